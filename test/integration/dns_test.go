//go:build integration

package integration_test

import (
	"fmt"
	"strings"
	"testing"

	"opsbot/model"
	"opsbot/test/ports"
)

// nameServer starts dnsmasq with a zone of its own, without upstream servers.
func nameServer(t *testing.T) string {
	t.Helper()
	port := ports.Free(t)
	args := []string{
		"--no-daemon", "--no-resolv", "--no-hosts", "--conf-file=/dev/null", "--port=" + port, "--listen-address=127.0.0.1", "--bind-interfaces",
		"--pid-file=", "--user=", "--local=/a.test/", "--host-record=www.a.test,10.0.0.7", "--host-record=www.a.test,10.0.0.8",
		"--mx-host=a.test,mx.a.test,10", "--txt-record=a.test,v=spf1 -all", "--srv-host=_sip._tcp.a.test,sip.a.test,5060,1,2", "--cname=shop.a.test,www.a.test",
	}
	for i := range 30 { // more than fits into a packet
		args = append(args, fmt.Sprintf("--txt-record=big.a.test,%02d-%s", i, strings.Repeat("x", 80)))
	}
	start(t, port, nil, "dnsmasq", args...)
	return "127.0.0.1:" + port
}

func TestIntegrationDNS(t *testing.T) {
	server := nameServer(t)
	ask := func(domain, kind, rest string) model.Result {
		return look(t, fmt.Sprintf("kind = \"dns\"\ndomain = %q\ntype = %q\nserver = %q\n%s", domain, kind, server, rest))
	}
	well(t, "A", ask("www.a.test", "A", `answers = ["10.0.0.7"]`))
	well(t, "A, all of them", ask("www.a.test", "A", "answers = [\"10.0.0.7\", \"10.0.0.8\"]\nonly = true"))
	wants(t, "A and one too many", ask("www.a.test", "A", "answers = [\"10.0.0.7\"]\nonly = true"), model.StatusFail, model.ReasonDNSWrong, "got", "10.0.0.8")
	wants(t, "another A", ask("www.a.test", "A", `answers = ["10.0.0.9"]`), model.StatusFail, model.ReasonDNSWrong)
	wants(t, "no AAAA", ask("www.a.test", "AAAA", ""), model.StatusFail, model.ReasonDNSEmpty)
	wants(t, "no such name", ask("none.a.test", "A", ""), model.StatusFail, model.ReasonNoName)
	well(t, "MX", ask("a.test", "MX", `answers = ["10 mx.a.test"]`))
	well(t, "TXT", ask("a.test", "TXT", `answers = ["v=spf1 -all"]`))
	well(t, "SRV", ask("_sip._tcp.a.test", "SRV", `answers = ["1 2 5060 sip.a.test"]`))
	well(t, "PTR", ask("10.0.0.7", "PTR", `answers = ["www.a.test"]`))
	well(t, "over TCP", ask("big.a.test", "TXT", fmt.Sprintf(`answers = ["29-%s"]`, strings.Repeat("x", 80))))
	wants(t, "a name that is not its own", ask("www.example.com", "A", ""), model.StatusFail, model.ReasonDNSRefused, "said", "REFUSED")
	wants(t, "one of two servers", look(t, fmt.Sprintf("kind = \"dns\"\ndomain = \"www.a.test\"\ntimeout = \"2s\"\naddresses = [%q, \"127.0.0.9:%s\"]", server, ports.Free(t))),
		model.StatusFail, model.ReasonMembersFailed, "names", "127.0.0.9", "cause", "net.refused")
}
