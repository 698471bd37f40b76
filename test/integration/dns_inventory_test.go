//go:build integration

package integration_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// zone is a dnsmasq of its own on port 53 of an address of loopback, with the names of a file.
type zone struct {
	t       *testing.T
	address string
	names   string
	process *exec.Cmd
}

func newZone(t *testing.T) *zone {
	t.Helper()
	z := &zone{t: t, address: "127.77.54.1", names: filepath.Join(t.TempDir(), "names")}
	z.says("127.77.55.1 shop.a.test", "127.77.55.2 shop.a.test")
	z.start()
	t.Cleanup(z.stop)
	return z
}

func (z *zone) says(lines ...string) {
	write(z.t, filepath.Dir(z.names), filepath.Base(z.names), strings.Join(lines, "\n")+"\n")
}

func (z *zone) start() {
	z.t.Helper()
	z.process = exec.CommandContext(z.t.Context(), "dnsmasq", "--no-daemon", "--no-resolv", "--no-hosts", "--conf-file=/dev/null", "--port=53", "--listen-address="+z.address,
		"--bind-interfaces", "--pid-file=", "--user=", "--local=/a.test/", "--addn-hosts="+z.names)
	if err := z.process.Start(); err != nil {
		z.t.Fatal(err)
	}
	for end := time.Now().Add(20 * time.Second); ; {
		conn, err := net.DialTimeout("tcp", z.address+":53", time.Second)
		if err == nil {
			_ = conn.Close()
			return
		}
		if time.Now().After(end) {
			z.t.Fatalf("dnsmasq: %v", err)
		}
	}
}

func (z *zone) stop() {
	_ = z.process.Process.Signal(syscall.SIGTERM)
	_ = z.process.Wait() // it was told to end
}

// TestIntegrationDNSInventory: the hosts of a client are what a real name server says, each of them is tested, and a test that is made after the server said
// something else goes to the new ones; one that does not answer is said, and is no failure of the client.
func TestIntegrationDNSInventory(t *testing.T) {
	z := newZone(t)
	dir := t.TempDir()
	resolv := write(t, dir, "resolv.conf", "nameserver "+z.address+"\noptions timeout:1 attempts:1\n")
	if err := os.Chmod(resolv, 0o644); err != nil { //nolint:gosec // everybody's, as the machine's
		t.Fatal(err)
	}
	listen, err := net.Listen("tcp", "127.77.55.1:0")
	if err != nil {
		t.Fatal(err)
	}
	page := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})}
	go func() { _ = page.Serve(listen) }()
	t.Cleanup(func() { _ = page.Close() })
	port := listen.Addr().(*net.TCPAddr).Port
	config := write(t, dir, "opsbot.toml", fmt.Sprintf("[webtest]\ndns_allow = [\"127.77.55.0/24\"]\nfailures = 1\n[[services]]\nname = \"site\"\nport = %d\n[[clients]]\nname = \"shop\"\ndomains = [\"shop.a.test\"]\nservices = [\"site\"]\n", port))
	program := filepath.Join(dir, "opsbot")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "opsbot/cmd/opsbot").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	test := func(want int, hosts ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "unshare", "--mount", "sh", "-c", `mount --bind "$0" /etc/resolv.conf && exec "$@"`, resolv, program, "webtest", "all", "--json", "--config", config)
		var said strings.Builder
		cmd.Stderr = &said
		out, err := cmd.Output()
		code := 0
		if e, isExit := errors.AsType[*exec.ExitError](err); isExit {
			code = e.ExitCode()
		} else if err != nil {
			t.Fatal(err)
		}
		for _, host := range hosts {
			if !strings.Contains(string(out), host) {
				t.Errorf("no %s in %s", host, out)
			}
		}
		if code != want || want != 2 && !json.Valid(out) {
			t.Fatalf("exit code %d, want %d:\n%s%s", code, want, out, said.String())
		}
		return string(out) + said.String()
	}
	if out := test(1, "127.77.55.1", "127.77.55.2"); !strings.Contains(out, "refused") { // the second does not listen
		t.Errorf("the second host is not said to refuse: %s", out)
	}
	z.says("127.77.55.1 shop.a.test")
	z.stop()
	z.start()
	if out := test(0, "127.77.55.1"); strings.Contains(out, "127.77.55.2") {
		t.Errorf("what the name server says no more is tested: %s", out)
	}
	z.says("192.168.77.1 shop.a.test") // where a client's name may not lead
	z.stop()
	z.start()
	if out := test(2); strings.Contains(out, `"ok"`) {
		t.Errorf("%s", out)
	}
	z.stop()
	if out := test(2); !strings.Contains(out, "shop.a.test") && !strings.Contains(out, "DNS") {
		t.Errorf("a name server that is away is not said: %s", out)
	}
	z.start() // for its end
}
