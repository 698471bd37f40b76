package cli

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// site is a folder with a configuration that has one inventory file.
type site struct{ dir string }

func newSite(t *testing.T, more string) site {
	t.Helper()
	s := site{t.TempDir()}
	s.write(t, "opsbot.toml", `
[[services]]
name = "reports"
port = 8801
[[groups]]
name = "std"
services = ["reports"]
[[hosts]]
name = "db"
address = "10.3.3.3"
[[inventory]]
path = "clients.csv"
`+more)
	return s
}

func (s site) path(name string) string { return filepath.Join(s.dir, name) }

func (s site) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(s.path(name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (s site) read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(s.path(name))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(text)
}

func (s site) run(t *testing.T, args ...string) (code int, out, errOut string) {
	t.Helper()
	return opsbotRun(t, append([]string{"import"}, append(args, "--config", s.path("opsbot.toml"))...)...)
}

// rows is a CSV of hosts of one client.
func rows(from, to int) string {
	var b strings.Builder
	b.WriteString("name,ip,client\n")
	for n := from; n <= to; n++ {
		fmt.Fprintf(&b, "web%d,10.0.0.%d,acme\n", n, n)
	}
	return b.String()
}

// TestImportNightly is what cron does, night after night.
func TestImportNightly(t *testing.T) {
	s := newSite(t, "")
	nights := []struct {
		name, csv string
		flags     []string
		code      int
		says      []string
		rows      int
		bak       int
	}{
		{"nobody said yes", rows(1, 20), nil, ExitFailed, []string{"needs confirmation", "--yes"}, 0, 0},
		{"only shown", rows(1, 20), []string{"--dry-run"}, ExitOK, []string{"Hosts: 0 → 20. Clients: 0 → 1.", "Added, 20 rows:", "+ web1 (acme)", "… and 10 more", "Nothing written."}, 0, 0},
		{"the first", rows(1, 20), []string{"--yes"}, ExitOK, []string{"clients.csv written. To apply: opsbot reload"}, 20, 0},
		{"nothing new", rows(1, 20), []string{"--yes"}, ExitOK, []string{"No changes to write."}, 20, 0},
		{"one comes, one goes", rows(2, 21), []string{"--yes"}, ExitOK, []string{"Added, 1 row:\n  + web21 (acme)", "Removed, 1 row:\n  - web1 (acme)", "previous version kept as"}, 20, 20},
		{"the source lost its memory", "name,ip,client\nweb2,10.0.0.2,acme\n", []string{"--yes"}, ExitRefused, []string{"This removes 19 of 20 hosts and 0 of 1 clients", "--allow-removals"}, 20, 20},
		{"it did not", "name,ip,client\nweb2,10.0.0.2,acme\n", []string{"--yes", "--allow-removals"}, ExitOK, []string{"clients.csv written"}, 1, 20},
		{"it does not compile", "name,ip,client,services\nweb2,10.0.0.2,acme,nonsense\n", []string{"--yes"}, ExitFailed, []string{`unknown service "nonsense"`, "clients.csv:2"}, 1, 20},
		{"it cannot be read", "colour\nred\n", []string{"--yes"}, ExitFailed, []string{"no column names the host"}, 1, 20},
	}
	for _, n := range nights {
		s.write(t, "cmdb.csv", n.csv)
		code, out, errOut := s.run(t, append([]string{"csv", s.path("cmdb.csv"), "--group", "std"}, n.flags...)...)
		if code != n.code {
			t.Errorf("%s: exit code %d, want %d: %s%s", n.name, code, n.code, out, errOut)
		}
		for _, want := range n.says {
			if !strings.Contains(out+errOut, want) {
				t.Errorf("%s: %q is missing in:\n%s%s", n.name, want, out, errOut)
			}
		}
		for file, want := range map[string]int{"clients.csv": n.rows, "clients.csv.bak": n.bak} {
			if got := max(0, strings.Count(s.read(t, file), "\n")-1); got != want {
				t.Errorf("%s: %s has %d rows, want %d", n.name, file, got, want)
			}
		}
	}
	if left, _ := filepath.Glob(s.path(".*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

// TestImportAsks at a terminal.
func TestImportAsks(t *testing.T) {
	for _, c := range []struct {
		name, csv, answers, language string
		yes                          bool
		code                         int
		written                      bool
	}{
		{"yes", rows(1, 2), "y\n", "en", false, ExitOK, true},
		{"да", rows(1, 2), "Да\n", "ru", false, ExitOK, true},
		{"no", rows(1, 2), "n\n", "en", false, ExitProblems, false},
		{"nothing", rows(1, 2), "", "en", false, ExitProblems, false},
		{"removals: yes, yes", rows(1, 1), "yes\ny\n", "en", false, ExitOK, true},
		{"removals: yes, no", rows(1, 1), "yes\nn\n", "en", false, ExitProblems, false},
		{"removals: no", rows(1, 1), "n\ny\n", "en", false, ExitRefused, false},
		{"removals: --yes does not answer that", rows(1, 1), "y\ny\n", "en", true, ExitRefused, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSite(t, "")
			before := "client,host,address,group,source\nacme,web1,10.0.0.1,std,csv\n"
			if strings.HasPrefix(c.name, "removals") {
				before += "acme,web9,10.0.0.9,std,csv\n"
			}
			s.write(t, "clients.csv", before)
			s.write(t, "cmdb.csv", c.csv)
			var out, errOut bytes.Buffer
			con := newConsole(t, c.language, &out, &errOut)
			con.In, con.Interactive = strings.NewReader(c.answers), true
			cmd := importCSVCmd{Path: s.path("cmdb.csv"), importFlags: importFlags{writeFlags: writeFlags{ConfigFlag: ConfigFlag{s.path("opsbot.toml")}, Yes: c.yes}, Group: "std"}}
			if code := exitCode(con, cmd.Run(con)); code != c.code {
				t.Errorf("exit code %d, want %d: %s%s", code, c.code, &out, &errOut)
			}
			if written := s.read(t, "clients.csv") != before; written != c.written {
				t.Errorf("written: %t", written)
			}
			if !strings.Contains(out.String(), "[y/N]") && !c.yes {
				t.Errorf("nothing was asked: %s", &out)
			}
		})
	}
}

// TestImportWithoutAConfiguration prints the file.
func TestImportWithoutAConfiguration(t *testing.T) {
	path := file(t, "hosts.ini", "[client_acme]\nweb[1:2] dc=fra1\n")
	code, out, errOut := opsbotRun(t, "import", "ansible", path)
	if _, err := os.Stat(DefaultConfig); err == nil {
		t.Skip("this machine has a configuration")
	}
	want := "client,host,address,services,tier,group,aliases,labels,source\nacme,web1,,,,,,dc=fra1,ansible\nacme,web2,,,,,,dc=fra1,ansible\n"
	if code != ExitOK || out != want || !strings.Contains(errOut, "Added, 2 rows") {
		t.Errorf("%d\n%s\n%s", code, out, errOut)
	}
	if code, _, errOut := opsbotRun(t, "import", "ansible", path+".yml"); code != ExitFailed || !strings.Contains(errOut, ".yml: no such file") {
		t.Errorf("an inventory that is not there: %d %s", code, errOut)
	}
	if code, _, errOut := opsbotRun(t, "import", "ansible", path, "--config", path+".toml"); code != ExitFailed || !strings.Contains(errOut, ".toml: no such file") {
		t.Errorf("a configuration that is not there: %d %s", code, errOut)
	}
}

// TestImportAsksIcinga has a stand-in answer as Icinga does.
func TestImportAsksIcinga(t *testing.T) {
	fail := false
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		switch {
		case fail || user != "opsbot" || password != "s3cret":
			w.WriteHeader(http.StatusUnauthorized)
		case strings.HasPrefix(r.URL.Path, "/v1/objects/hosts"):
			_, _ = io.WriteString(w, `{"results":[{"name":"web1","type":"Host","attrs":{"name":"web1","display_name":"Front","address":"10.0.0.1","address6":"","groups":["client-acme"],"vars":{"dc":"fra1"}}}]}`)
		default:
			_, _ = io.WriteString(w, `{"results":[]}`)
		}
	}))
	defer srv.Close()
	s := newSite(t, fmt.Sprintf("[[inbound]]\nname = 'icinga'\nkind = 'icinga'\nurl = %q\nuser = 'opsbot'\npassword = 's3cret'\n", srv.URL))
	code, out, errOut := s.run(t, "icinga", "--group", "std", "--yes")
	if code != ExitOK || !strings.Contains(out, "+ web1 (acme)") {
		t.Fatalf("%d\n%s\n%s", code, out, errOut)
	}
	if text := s.read(t, "clients.csv"); !strings.Contains(text, "acme,web1,10.0.0.1,,,std,Front,") || !strings.Contains(text, ",icinga\n") {
		t.Errorf("it holds:\n%s", text)
	}
	before := s.read(t, "clients.csv")
	fail = true
	for args, want := range map[string]string{
		"icinga": "Cannot get the hosts of icinga", "icinga icingaa": "No source “icingaa” of kind icinga", "zabbix": "No source of kind zabbix",
	} {
		code, _, errOut := s.run(t, append(strings.Fields(args), "--yes", "--allow-removals")...)
		if code != ExitFailed || !strings.Contains(errOut, want) || strings.Contains(errOut, "s3cret") {
			t.Errorf("%s: %d %s", args, code, errOut)
		}
	}
	if s.read(t, "clients.csv") != before {
		t.Error("a source that does not answer changed the file")
	}
}
