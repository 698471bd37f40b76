package app_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"

	"opsbot/cli/control"
	"opsbot/test/ports"
)

// bystanders are a host with a log, and a client of whom nothing is declared but a domain; a token is limited to it.
const bystanders = `
[web]
listen = %q
[[web.tokens]]
name    = "outsider"
token   = "token-of-an-outsider"
role    = "operator"
clients = ["outsider"]

[[hosts]]
name    = "vault"
address = "127.0.88.77"

[[clients]]
name     = "outsider"
domains  = ["outsider.test"]
services = ["reports"]
owns_dns = %v

[[logs]]
name    = "secret"
local   = true
hosts   = ["vault"]
command = ["echo", "root logged in"]
`

// TestDNSOpensNoLogs: whoever runs the DNS of a client points it at a host of the inventory, and gets nothing of it; the same config with
// owns_dns says that the DNS is ours.
func TestDNSOpensNoLogs(t *testing.T) {
	t.Parallel()
	for _, owns := range []bool{false, true} {
		p := newWorld(t)
		p.names = names{"outsider.test": {netip.MustParseAddr("127.0.88.77")}}
		listen := ports.Address(t)
		config := strings.Replace(p.world.Config(), "[webtest]", "[webtest]\ndns_allow = [\"127.0.88.0/24\"]", 1)
		p.write(config + fmt.Sprintf(bystanders, listen, owns))
		p.start()
		code, body := p.ask(listen, "token-of-an-outsider", `{"words": ["vault"]}`)
		if opened := code == http.StatusOK && strings.Contains(body, "root logged in"); opened != owns {
			t.Errorf("owns_dns %v: %d %s", owns, code, body)
		}
		p.asks("/logs vault", "root logged in") // of somebody who sees everything
		p.stop()
	}
}

// TestWhereDNSLeadsIsSaid: a domain that leads into a private network is no host, a line of /status and a row of /unmapped, until a
// reload allows the network.
func TestWhereDNSLeadsIsSaid(t *testing.T) {
	t.Parallel()
	p := newWorld(t)
	p.names = names{"outsider.test": {netip.MustParseAddr("127.0.88.77"), netip.MustParseAddr("169.254.169.254")}}
	config := p.world.Config() + fmt.Sprintf(bystanders, ports.Address(t), false)
	p.write(config)
	p.start()
	p.asks("/status", "not every address of these domains is tested: outsider.test")
	p.asks("/unmapped", "outsider.test · DNS", "127.0.88.77, 169.254.169.254", "dns_allow")
	p.write(strings.Replace(config, "[webtest]", "[webtest]\ndns_allow = [\"127.0.88.0/24\", \"169.254.169.254\"]", 1))
	if _, err := control.New(filepath.Join(p.dir, "opsbot.sock"), "en").Reload(p.wait()); err != nil {
		t.Fatal(err)
	}
	p.asks("/status outsider", "2")
	p.asks("/unmapped", "No event sources configured") // and no row
}
