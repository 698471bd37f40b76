package main

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
	"regexp"
	"strings"
	"testing"
	"time"

	"opsbot/sandbox"
	"opsbot/sandbox/fleet"
)

// The tokens of the HTTP API in these tests.
const (
	adminToken    = "token-of-an-admin-1"
	operatorToken = "token-of-an-operator"
	viewerToken   = "token-of-a-viewer-1"
)

// world is a running opsbot on a simulated fleet, with monitors, people on call, a phone and a chat that does not exist.
type world struct {
	t   *testing.T
	box *sandbox.Sandbox
	bot *running

	dir, config, socket string
	web                 string // address of the web listener
	door                net.Listener
}

// env is what a command line of this world needs.
func (w *world) env() []string {
	return []string{"OPSBOT_CONFIG=" + w.config, "OPSBOT_SOCKET=" + w.socket}
}

// do runs a command line in this world.
func (w *world) do(line string, env ...string) ended {
	w.t.Helper()
	return finish(w.t, opsbot(w.t.Context(), append(w.env(), env...), strings.Fields(line)...), "")
}

// newWorld starts opsbot, and waits until all was checked once.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir()}
	w.config, w.socket = filepath.Join(w.dir, "opsbot.toml"), filepath.Join(w.dir, "opsbot.sock")
	box, err := sandbox.Start(context.WithoutCancel(t.Context()), sandbox.Options{Dir: w.dir, PageAddr: "127.0.0.1:0", FreePorts: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(box.Close)
	w.box = box
	w.openDoor()
	w.configure()
	w.inventories()
	if e := w.do("config check"); e.code != 0 {
		t.Fatal(e.all())
	}
	w.bot = start(t, w.env(), "run")
	w.until("everything was checked", func() bool {
		e := w.inProcess("status")
		return e.code == 0 && !strings.Contains(e.out, "not run yet")
	})
	return w
}

// openDoor listens where the latched check knocks.
func (w *world) openDoor() {
	w.t.Helper()
	l, err := (&net.ListenConfig{}).Listen(w.t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	w.door = l
	w.t.Cleanup(func() { _ = l.Close() }) // it may be closed
	go knocked(l)
}

// knocked lets whoever connects go again.
func knocked(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		_ = conn.Close() // they have what they wanted
	}
}

const worldConfig = `
[[web.tokens]]
name  = "root"
token = %q
role  = "admin"
[[web.tokens]]
name  = "deploy"
token = %q
role  = "operator"
[[web.tokens]]
name  = "board"
token = %q

[[telegram.chats]]
name = "nowhere"
id   = -1009999999999

[[people]]
name     = "anna"
telegram = 1001
phone    = "+4930555001122"
[[people]]
name     = "olga"
telegram = 1004

[[schedules]]
name = "primary"
zone = "UTC"
[[schedules.layers]]
people = ["anna"]
start  = "2020-01-06 10:00"
every  = "1w"

[[gateways]]
name = "sms"
url  = %q
form = { to = "{{.To}}", text = "{{.Text}}" }

[[checks]]
name     = "door"
kind     = "tcp"
address  = %q
reset    = "manual"
schedule = "@every 1s"
timeout  = "1s"
failures = 1

[[inbound]]
name  = "zabbix"
kind  = "zabbix"
url   = %q
token = "0123456789abcdef0123456789abcdef"

[[inbound]]
name   = "scripts"
kind   = "generic"
secret = "secret-of-the-hook-4711"
[inbound.mapping]
id    = "id"
host  = "host"
state = "state"
over  = ["ok"]
`

// ownPeople are the sections of the sandbox's people, with their routes.
var ownPeople = regexp.MustCompile(`(?s)\n\[\[people\]\].*\n\[\[routes\]\]\nto = \[[^\]]*\]\n`)

func (w *world) configure() {
	w.t.Helper()
	files, err := w.box.Files(true)
	if err != nil {
		w.t.Fatal(err)
	}
	text := ownPeople.ReplaceAllString(files["opsbot.toml"], "\n") // the world has people of its own
	w.web = regexp.MustCompile(`(?m)^listen = "(.+)"$`).FindStringSubmatch(text)[1]
	phone := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	w.t.Cleanup(phone.Close)
	text += fmt.Sprintf(worldConfig, adminToken, operatorToken, viewerToken, phone.URL, w.door.Addr(), zabbix(w.t, false)+"/api_jsonrpc.php")
	w.write("opsbot.toml", text)
}

// zabbix answers as one with two hosts, or with one less.
func zabbix(t *testing.T, less bool) string {
	t.Helper()
	const one = `{"hostid":"%[1]d","host":"zweb%[1]d","name":"zweb%[1]d","interfaces":[{"ip":"10.0.0.%[1]d","dns":"","useip":"1","main":"1"}],"tags":[],"macros":[],"groups":[],"hostgroups":[]}`
	hosts := "[" + fmt.Sprintf(one, 1)
	if !less {
		hosts += "," + fmt.Sprintf(one, 2)
	}
	srv := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		var call struct {
			Method string `json:"method"`
			ID     any    `json:"id"`
		}
		_ = json.NewDecoder(r.Body).Decode(&call)
		result := map[string]string{"apiinfo.version": `"7.0.5"`, "host.get": hosts + "]"}[call.Method]
		if result == "" {
			result = "[]"
		}
		out.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(out, `{"jsonrpc":"2.0","result":%s,"id":%v}`, result, call.ID)
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

// inventories writes what hosts are imported from, and the same with less of it.
func (w *world) inventories() {
	w.t.Helper()
	w.write("hosts/opsbot.toml", "")
	w.write("cmdb.csv", "name,address\na1,10.0.1.1\na2,10.0.1.2\n")
	w.write("less.csv", "name,address\na1,10.0.1.1\n")
	w.write("hosts.ini", "a1 ansible_host=10.0.1.1\na2 ansible_host=10.0.1.2\n")
	w.write("less.ini", "a1 ansible_host=10.0.1.1\n")
	w.write("less/opsbot.toml", fmt.Sprintf(`
[[inbound]]
name = "icinga"
kind = "icinga"
url  = %q
user = "x"
password = "y"
[[inbound]]
name  = "zabbix"
kind  = "zabbix"
url   = %q
token = "0123456789abcdef0123456789abcdef"
`, icingaWithoutHosts(w.t), zabbix(w.t, true)+"/api_jsonrpc.php"))
	w.write("moved/opsbot.toml", "[web]\nlisten = \"127.0.0.1:0\"\n[[checks]]\nname = \"mine\"\nkind = \"tcp\"\naddress = \"10.0.0.1:1\"\n")
	w.write("other.json", `{"version": "1.23.11", "monitorList": [{"id": 99, "name": "other", "type": "http", "url": "https://other.example.com/", "method": "GET", "interval": 60, "active": true}]}`)
}

// icingaWithoutHosts answers as one that has no host left.
func icingaWithoutHosts(t *testing.T) string {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, _ *http.Request) { fmt.Fprint(out, `{"results": []}`) }))
	t.Cleanup(srv.Close)
	return srv.URL
}

// write writes a file of the world and returns its path.
func (w *world) write(name, text string) string {
	w.t.Helper()
	path := filepath.Join(w.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return path
}

func (w *world) set(name string, mode fleet.Mode) {
	w.t.Helper()
	if err := w.box.Fleet.Set(name, mode); err != nil {
		w.t.Fatal(err)
	}
}

// inProcess is do without a process of its own, for what is asked again and again.
func (w *world) inProcess(line string) ended {
	var out, errOut strings.Builder
	code := run(w.t.Context(), append(strings.Fields(line), "--socket", w.socket), &out, &errOut)
	return ended{code, out.String(), errOut.String()}
}

// until waits for something that opsbot gets to.
func (w *world) until(what string, yes func() bool) {
	w.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for late := time.After(patience); !yes(); {
		select {
		case <-tick.C:
		case <-late:
			w.t.Fatalf("never: %s\n%s\n%s", what, w.inProcess("status").all(), w.bot.said)
		}
	}
}

// incident waits until a check has an open incident, or there is one of a kind, and returns its number.
func (w *world) incident(what string) string {
	w.t.Helper()
	var id string
	w.until("an incident of "+what, func() bool {
		var all []struct {
			ID          int64
			Check, Kind string
		}
		if err := json.Unmarshal([]byte(w.inProcess("incidents --json").out), &all); err != nil {
			return false
		}
		for _, in := range all {
			if in.Check == what || in.Kind == what {
				id = fmt.Sprint(in.ID)
			}
		}
		return id != ""
	})
	return id
}

// event has a script report a host that nobody knows, waits until it is open, and returns its reference.
func (w *world) event(host string) string {
	w.t.Helper()
	code, answer := w.request("/in/scripts", "secret-of-the-hook-4711", `{"id": "`+host+`", "host": "`+host+`", "state": "down"}`)
	if code != http.StatusOK {
		w.t.Fatalf("the hook answers %d %s", code, answer)
	}
	var ref string
	w.until("an event of "+host, func() bool {
		var all []struct{ Ref, ID string }
		if err := json.Unmarshal([]byte(w.inProcess("events --json").out), &all); err != nil {
			return false
		}
		for _, e := range all {
			if e.ID == host {
				ref = e.Ref
			}
		}
		return ref != ""
	})
	return ref
}

// request sends a body to the web listener with a token.
func (w *world) request(path, token, body string) (code int, answer string) {
	w.t.Helper()
	return w.send(http.MethodPost, path, token, body)
}

func (w *world) send(method, path, token, body string) (code int, answer string) {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, "http://"+w.web+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }() // it was read
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// waiting waits until a message cannot be delivered, and returns its number.
func (w *world) waiting() string {
	w.t.Helper()
	var id string
	w.until("a message waits", func() bool {
		var list struct{ Waiting []struct{ ID int64 } }
		if err := json.Unmarshal([]byte(w.inProcess("outbox list --json").out), &list); err != nil || len(list.Waiting) == 0 {
			return false
		}
		id = fmt.Sprint(list.Waiting[0].ID)
		return true
	})
	return id
}
