package checks_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"opsbot/checks"
	"opsbot/model"
)

// listener is a port that accepts connections.
func listener(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l.Addr().String()
}

// refuser is a port without a listener: it is reserved by a socket that does not listen.
func refuser(t *testing.T) string {
	t.Helper()
	conn, err := net.Dial("tcp", listener(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn.LocalAddr().String()
}

func put(t *testing.T, path, text string) {
	t.Helper()
	next := path + ".next"
	if err := os.WriteFile(next, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(next, path); err != nil {
		t.Fatal(err)
	}
}

// check returns the check of valid options.
func check(t *testing.T, o checks.Options) *model.Check {
	t.Helper()
	if wrong := inEnglish(o.Validate()); wrong != nil {
		t.Fatal(wrong)
	}
	return &model.Check{Timeout: 5 * time.Second, Checker: o.Checker()}
}

func run(t *testing.T, c *model.Check) model.Result {
	t.Helper()
	return engine().Run(t.Context(), checks.OnDemand, c)
}

func tolerance(t *testing.T, text string) (v checks.Tolerance) {
	t.Helper()
	if err := v.UnmarshalText([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return v
}

// TestAddressesFileIsReadAnew replaces, breaks and removes the file while the check exists.
func TestAddressesFileIsReadAnew(t *testing.T) {
	up, down := listener(t), refuser(t)
	_, port, err := net.SplitHostPort(up)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "terminals.txt")
	put(t, path, "\ufeff# terminals\r\n\r\n"+up+" # the first\r\n127.0.0.1\r\n")
	o := &checks.TCPOptions{Targets: checks.Targets{AddressesFile: "terminals.txt"}}
	o.SetEnvironment(model.Environment{Dir: dir})
	if _, err := fmt.Sscan(port, &o.Port); err != nil {
		t.Fatal(err)
	}
	c := check(t, o)
	steps := []struct {
		name, text string
		status     model.Status
		code       model.ReasonCode
		cause      model.ReasonCode
	}{
		{"as it was", "", model.StatusOK, "", ""},
		{"a member more", up + "\n" + down + "\n", model.StatusFail, model.ReasonMembersFailed, model.ReasonRefused},
		{"a bad line: the last list fails still", up + "\nhalf a line\n", model.StatusFail, model.ReasonMembersFailed, ""},
		{"good again", up, model.StatusOK, "", ""},
		{"a bad line: the last list answers, which is not fine", up + "\nhalf a line\n", model.StatusUnknown, model.ReasonMembersKept, model.ReasonTargetsLine},
		{"emptied", "# none\n", model.StatusUnknown, model.ReasonMembersKept, model.ReasonTargetsEmpty},
		{"removed", "-", model.StatusUnknown, model.ReasonMembersKept, model.ReasonTargetsFile},
		{"back", up, model.StatusOK, "", ""},
	}
	for _, s := range steps {
		switch s.text {
		case "":
		case "-":
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		default:
			put(t, path, s.text)
		}
		r := run(t, c)
		if r.Status != s.status || r.Reason.Code != s.code || s.cause != "" && r.Reason.Args["cause"] != string(s.cause) {
			t.Errorf("%s: got %s %+v", s.name, r.Status, r.Reason)
		}
	}
}

// TestAFileThatHangs: a file system stops answering, and answers again: nobody waits for it, one read is open at a
// time, and what was known before does not count as current.
func TestAFileThatHangs(t *testing.T) {
	var reads atomic.Int32
	answer := make(chan struct{}, 10)
	c := checks.SourceCheck(func() []string {
		reads.Add(1)
		<-answer
		return []string{"a"}
	})
	answer <- struct{}{}
	if r := c.Check(t.Context()); r.Status != model.StatusOK {
		t.Fatalf("at first: %+v", r)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for range 20 {
		if r := c.Check(ended); r.Status != model.StatusUnknown || r.Reason.Code != model.ReasonTargetsFile {
			t.Fatalf("while it hangs: %+v", r)
		}
	}
	if n := reads.Load(); n > 2 {
		t.Errorf("%d questions were asked, one is open", n-1)
	}
	answer <- struct{}{}
	answer <- struct{}{}
	if r := c.Check(t.Context()); r.Status != model.StatusOK {
		t.Errorf("it answers again: %+v", r)
	}
}

// TestAddressFromAnotherProgram reads one address from every format, as it is at each run.
func TestAddressFromAnotherProgram(t *testing.T) {
	up := listener(t)
	host, port, err := net.SplitHostPort(up)
	if err != nil {
		t.Fatal(err)
	}
	const secret = "hunter2"
	cases := []struct {
		name, file, text, hostKey, portKey string
		code                               model.ReasonCode
	}{
		{"YAML", "a.yml", "password: hunter2\nsocket:\n  host: HOST\n  port: PORT\n", "socket.host", "socket.port", ""},
		{"YAML list", "a.yaml", "servers:\n- {host: HOST, port: PORT}\n", "servers.0.host", "servers.0.port", ""},
		{"JSON", "a.json", `{"socket": {"host": "HOST", "port": PORT}}`, "socket.host", "socket.port", ""},
		{"TOML", "a.toml", "[socket]\nhost = 'HOST'\nport = PORT\n", "socket.host", "socket.port", ""},
		{"TOML tables", "a.toml", "[[socket]]\nhost = 'HOST'\nport = PORT\n", "socket.0.host", "socket.0.port", ""},
		{"INI", "a.ini", "; x\n[db.main]\nhost = \"HOST\" ; here\nport: PORT\n", "db.main.host", "db.main.port", ""},
		{"both in one", "a.conf", "listen = HOST:PORT # all\n", "listen", "", ""},
		{"a number as a key beside it", "a.yml", "upstreams:\n  80: {name: plain}\n  main:\n    host: HOST\n    port: PORT\n", "upstreams.main.host", "upstreams.main.port", ""},
		{"below a number", "a.yml", "upstreams:\n  80: {host: HOST}\n  true: 1\n  1.5: x\nport: PORT\n", "upstreams.80.host", "port", ""},
		{"in the second document", "a.yml", "a: 1\n---\nsocket: {host: HOST, port: PORT}\n", "socket.host", "socket.port", ""},
		{"in the second line of JSON", "a.json", "{\"a\": 1}\n{\"at\": \"HOST:PORT\"}\n", "at", "", ""},
		{"a mark before it", "a.json", "\ufeff{\"at\": \"HOST:PORT\"}", "at", "", ""},
		{"key and value", "a.conf", "# hunter2\nbind HOST\nport PORT\n", "bind", "port", ""},
		{"key and value, both in one", "a.conf", "daemonize yes\nlisten HOST:PORT;\n", "listen", "", ""},
		{"spaces in a key", "a.ini", "[g]\nlisten address = HOST:PORT\n", "g.listen address", "", ""},
		{"an environment", "app.env", "export DB_ADDR=HOST\nDB_NUM=\"PORT\"\n", "DB_ADDR", "DB_NUM", ""},
		{"properties", "a.properties", "db.host=HOST\ndb.port: PORT\n", "db.host", "db.port", ""},
		{"a URL", "a.yml", "url: http://user:hunter2@HOST:PORT/path?x=hunter2\n", "url", "", ""},
		{"a URL, its port elsewhere", "a.yml", "url: http://HOST/path\nport: PORT\n", "url", "port", ""},
		{"a port alone", "a.yml", "listen: \":PORT\"\n", "listen", "", ""},
		{"all addresses", "a.yml", "listen: \"*:PORT\"\n", "listen", "", ""},
		{"a colon before the port", "a.yml", "host: HOST\nport: \":PORT\"\n", "host", "port", ""},
		{"two ports", "a.yml", "host: HOST:1\nport: PORT\n", "host", "port", ""},
		{"an empty file", "a.yml", "", "at", "", model.ReasonTargetsKey},
		{"half of JSON", "a.json", "{\"at\": \"HOST:PORT\"} {", "at", "", model.ReasonTargetsForm},
		{"a socket", "a.yml", "at: unix:///run/hunter2\n", "at", "", model.ReasonTargetsValue},
		{"no such key", "a.yml", "socket: {host: HOST}\n", "socket.host", "socket.port", model.ReasonTargetsKey},
		{"a key below a text", "a.yml", "socket: hunter2\n", "socket.host", "", model.ReasonTargetsKey},
		{"beyond the list", "a.yml", "s: [HOST]\n", "s.1", "", model.ReasonTargetsKey},
		{"a table", "a.yml", "socket: {host: {name: hunter2}}\n", "socket.host", "", model.ReasonTargetsValue},
		{"no address", "a.yml", "socket: {host: hunter2 x, port: PORT}\n", "socket.host", "socket.port", model.ReasonTargetsValue},
		{"no port", "a.yml", "socket: {host: HOST, port: hunter2}\n", "socket.host", "socket.port", model.ReasonTargetsValue},
		{"not YAML", "a.yml", "a: [hunter2\n", "a", "", model.ReasonTargetsForm},
		{"not JSON", "a.json", "hunter2", "a", "", model.ReasonTargetsForm},
		{"not TOML", "a.toml", "hunter2 = hunter2", "a", "", model.ReasonTargetsForm},
		{"not INI", "a.ini", "[hunter2", "a", "", model.ReasonTargetsForm},
		{"deep", "a.toml", "a = " + strings.Repeat("[", 1<<19), "a", "", model.ReasonTargetsForm},
		{"large", "a.ini", strings.Repeat("a = hunter2\n", 1<<17), "a", "", model.ReasonTargetsFile},
		{"not there", "", "", "a", "", model.ReasonTargetsFile},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if c.file != "" {
				put(t, filepath.Join(dir, c.file), strings.NewReplacer("HOST", host, "PORT", port).Replace(c.text))
			} else {
				c.file = "none.yml"
			}
			o := &checks.TCPOptions{Targets: checks.Targets{AddressFrom: c.file, HostKey: c.hostKey, PortKey: c.portKey}}
			o.SetEnvironment(model.Environment{Dir: dir})
			r := run(t, check(t, o))
			want := model.StatusOK
			if c.code != "" {
				want = model.StatusUnknown
			}
			if r.Status != want || r.Reason.Code != c.code {
				t.Errorf("got %s %+v", r.Status, r.Reason)
			}
			if words, err := json.Marshal(r); err != nil || strings.Contains(string(words), secret) {
				t.Errorf("other content of the file is revealed: %s %v", words, err)
			}
		})
	}
}

func TestAddressFromFollowsTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "other.yml")
	o := &checks.TCPOptions{Targets: checks.Targets{AddressFrom: path, HostKey: "at"}}
	c := check(t, o)
	up, down := listener(t), refuser(t)
	for _, s := range []struct {
		text string
		code model.ReasonCode
	}{{"at: " + up, ""}, {"at: " + down, model.ReasonRefused}, {"to: x", model.ReasonRefused}, {"at: " + up, ""}, {"to: x", model.ReasonMembersKept}} {
		put(t, path, s.text)
		if r := run(t, c); r.Reason.Code != s.code {
			t.Errorf("%s: got %s %+v", s.text, r.Status, r.Reason)
		}
	}
}

func TestPlaceholders(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "true") }))
	defer srv.Close()
	_, port, err := net.SplitHostPort(srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	around := model.Environment{LocalIP: "127.0.0.1"}
	web := &checks.JSONOptions{WebOptions: checks.WebOptions{URL: "http://{local_ip}:" + port + "/"}}
	web.SetEnvironment(around)
	if r := run(t, check(t, web)); r.Status != model.StatusOK {
		t.Errorf("in a URL: %+v", r)
	}
	tcp := &checks.TCPOptions{Address: "{local_ip}:" + port}
	tcp.SetEnvironment(around)
	if r := run(t, check(t, tcp)); r.Status != model.StatusOK {
		t.Errorf("in an address: %+v", r)
	}
	tcp.Address = "{external_ip}:" + port
	if wrong := fmt.Sprint(inEnglish(tcp.Validate())); !strings.Contains(wrong, "{external_ip} is not known: set it in [instance]") {
		t.Errorf("an address that is not known: %s", wrong)
	}
}

// TestTLSOfManyNamesTheOneThatEnds has its authorities in a file next to the configuration.
func TestTLSOfManyNamesTheOneThatEnds(t *testing.T) {
	long, short := certificate(t, 60*model.Day), certificate(t, 6*model.Day)
	ending := tlsServer(t, short)
	file := roots(t, long, short)
	o := &checks.TLSOptions{ServerName: "a.test", Days: 14, CAFile: filepath.Base(file)}
	o.Addresses = []string{tlsServer(t, long), ending}
	o.SetEnvironment(model.Environment{Dir: filepath.Dir(file)})
	if r := run(t, check(t, o)); r.Reason.Args["cause"] != string(model.ReasonTLSExpires) || r.Reason.Args["names"] != ending {
		t.Errorf("got %s %+v", r.Status, r.Reason)
	}
}

func TestLocalIP(t *testing.T) {
	ip := checks.LocalIP()
	l, err := net.Listen("tcp", net.JoinHostPort(ip, "0")) // only on an address of this machine
	if err != nil {
		t.Fatalf("%q: %v", ip, err)
	}
	if addr := net.ParseIP(ip); addr == nil || addr.IsUnspecified() {
		t.Errorf("got %q", ip)
	}
	_ = l.Close()
}

func TestTargetsSayWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "bad.txt"), "10.0.0.1:80\n10.0.0.2\n")
	put(t, filepath.Join(dir, "none.txt"), "# none\n")
	cases := []struct {
		address string
		targets checks.Targets
		want    string
	}{
		{"10.0.0.1:1", checks.Targets{Addresses: []string{"10.0.0.2:1"}}, "address, addresses cannot be set together: keep one"},
		{"", checks.Targets{AddressesFile: "a", AddressFrom: "b.yml"}, "addresses_file, address_from cannot be set together: keep one"},
		{"", checks.Targets{Addresses: []string{"10.0.0.2"}}, `addresses "10.0.0.2" is not host:port`},
		{"", checks.Targets{AddressesFile: "absent.txt"}, `addresses_file "absent.txt" cannot be read: no such file or directory`},
		{"", checks.Targets{AddressesFile: "."}, `addresses_file "." cannot be read: not a regular file`},
		{"", checks.Targets{AddressesFile: "bad.txt"}, `addresses_file "bad.txt": line 2 is not an address, or needs a port`},
		{"", checks.Targets{AddressesFile: "none.txt"}, `addresses_file "none.txt" has no addresses`},
		{"", checks.Targets{AddressFrom: "a.xml", HostKey: "a"}, `address_from "a.xml" must end in .yml`},
		{"", checks.Targets{AddressFrom: "a.yml"}, "host_key is missing"},
		{"10.0.0.1:1", checks.Targets{HostKey: "a"}, "host_key needs address_from, which is not set"},
		{"10.0.0.1:1", checks.Targets{PortKey: "a"}, "port_key needs address_from, which is not set"},
		{"10.0.0.1", checks.Targets{Port: 70000}, "port 70000 is out of range"},
		{"10.0.0.1:1", checks.Targets{MembersFailed: tolerance(t, "1")}, "members_failed needs addresses, addresses_file, hosts or every_address"},
		{"::1", checks.Targets{Port: 80}, ""},
		{"[::1]", checks.Targets{Port: 80}, ""},
		{"db", checks.Targets{Port: 80}, ""},
		{"", checks.Targets{Addresses: []string{"db/x:80"}}, `"db/x:80" is not host:port`},
	}
	for _, c := range cases {
		o := &checks.TCPOptions{Address: c.address, Targets: c.targets}
		o.SetEnvironment(model.Environment{Dir: dir})
		wrong := fmt.Sprint(inEnglish(o.Validate()))
		if c.want == "" && wrong != "[]" || !strings.Contains(wrong, c.want) {
			t.Errorf("%q %+v: %s, want %q", c.address, c.targets, wrong, c.want)
		}
	}
}

func TestTolerance(t *testing.T) {
	for _, bad := range []string{"", "-1", "100%", "x", "1.5"} {
		var v checks.Tolerance
		if v.UnmarshalText([]byte(bad)) == nil {
			t.Errorf("%q was taken", bad)
		}
	}
	for _, good := range []string{"0", "3", "99%"} {
		if text, err := tolerance(t, good).MarshalText(); err != nil || string(text) != good {
			t.Errorf("%q became %q, %v", good, text, err)
		}
	}
}

func FuzzTargetFile(f *testing.F) {
	f.Add([]byte("10.0.0.1:80\n# x\n\n10.0.0.2 # y\r\n::1\n"), 80)
	f.Add([]byte("{local_ip}\n"), 0)
	f.Fuzz(func(t *testing.T, data []byte, port int) {
		members, ok := checks.ParseList(data, port)
		if ok == (len(members) == 0) {
			t.Fatalf("members %q, ok %v", members, ok)
		}
		for _, m := range members {
			if wrong := inEnglish((&checks.TCPOptions{Address: m}).Validate()); wrong != nil {
				t.Errorf("%q: %q", m, wrong)
			}
		}
	})
}

func FuzzKeyPath(f *testing.F) {
	for _, name := range []string{"a.yml", "a.json", "a.toml", "a.ini"} {
		f.Add(name, []byte(`{"a": {"b": ["10.0.0.1:80"]}}`), "a.b.0")
		f.Add(name, []byte("[a]\nb = 10.0.0.1\n"), "a.b")
	}
	f.Fuzz(func(t *testing.T, name string, data []byte, keys string) {
		if address, ok := checks.AddressIn(name, data, keys); ok {
			if wrong := inEnglish((&checks.TCPOptions{Address: address}).Validate()); wrong != nil {
				t.Errorf("%q: %q", address, wrong)
			}
		}
	})
}
