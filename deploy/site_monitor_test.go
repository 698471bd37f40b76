package deploy_test

import (
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

	"opsbot/app"
	"opsbot/checks"
	"opsbot/model"
)

// page is a stub of an HTTP service with a settable answer.
type page struct {
	*httptest.Server
	body atomic.Pointer[string]
}

func newPage(t *testing.T) *page {
	t.Helper()
	p := &page{}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, *p.body.Load()) }))
	t.Cleanup(p.Close)
	return p
}

func (p *page) says(body string) { p.body.Store(&body) }

// door is a stub of a socket, which can be closed and reopened at the same address.
type door struct {
	t       *testing.T
	address string
	l       net.Listener
}

func newDoor(t *testing.T) *door {
	t.Helper()
	d := &door{t: t, address: "127.0.0.1:0"}
	d.open()
	d.address = d.l.Addr().String()
	t.Cleanup(d.shut)
	return d
}

func (d *door) open() {
	l, err := net.Listen("tcp", d.address)
	if err != nil {
		d.t.Fatal(err)
	}
	d.l = l
}

func (d *door) shut() { _ = d.l.Close() } // a second time it fails, which does not matter

// site is the example with stubs instead of the machines that it names.
type site struct {
	dir                                            string
	licence, recognition, translator, synchronizer *page
	db, socket, hall, website, old                 *door
}

// Answers of the licence server.
const (
	licenceOK    = `{"expiration_time": {"is_available": true}}`
	licenceEnded = `{"expiration_time": {"is_available": false}}`
)

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{
		dir: t.TempDir(), licence: newPage(t), recognition: newPage(t), translator: newPage(t), synchronizer: newPage(t),
		db: newDoor(t), socket: newDoor(t), hall: newDoor(t), website: newDoor(t), old: newDoor(t),
	}
	s.licence.says(licenceOK)
	for _, p := range []*page{s.recognition, s.translator, s.synchronizer} {
		p.says(`{"ok": true}`)
	}
	host, port, _ := net.SplitHostPort(s.socket.address)
	s.copy(t, "opsbot.toml", map[string]string{
		"192.0.2.10:8090": s.licence.Listener.Addr().String(), "192.0.2.11:8091": s.recognition.Listener.Addr().String(),
		"{local_ip}:8085": "{local_ip}" + portOf(s.translator), "{local_ip}:8086": "{local_ip}" + portOf(s.synchronizer),
		"192.0.2.9:5432": s.db.address, `local_ip = "auto"`: `local_ip = "127.0.0.1"`, "used     = 90 ": "used     = 100 ",
	})
	s.copy(t, "socket.yml", map[string]string{"192.0.2.20": host, "7700": port})
	s.copy(t, "terminals.txt", map[string]string{
		"192.0.2.101": s.hall.address, "192.0.2.102": s.website.address, "192.0.2.103:8080": s.old.address,
	})
	return s
}

func portOf(p *page) string {
	_, port, _ := strings.Cut(p.Listener.Addr().String(), ":")
	return ":" + port
}

// copy writes a file of the example with other addresses; each must occur in it.
func (s *site) copy(t *testing.T, name string, instead map[string]string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("examples/site-monitor", name))
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	for from, to := range instead {
		if !strings.Contains(text, from) {
			t.Fatalf("%s has no %q", name, from)
		}
		text = strings.ReplaceAll(text, from, to)
	}
	s.write(t, name, text)
}

func (s *site) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// rewrite changes a file of the copy, and returns a func that changes it back.
func (s *site) rewrite(t *testing.T, name, from, to string) (back func()) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(s.dir, name))
	if err != nil || !strings.Contains(string(data), from) {
		t.Fatalf("%s has no %q (%v)", name, from, err)
	}
	s.write(t, name, strings.ReplaceAll(string(data), from, to))
	return func() { s.write(t, name, string(data)) }
}

// load loads the example as in production, by the names of its checks.
func (s *site) load(t *testing.T) map[string]*model.Check {
	t.Helper()
	loaded, err := app.Load(filepath.Join(s.dir, "opsbot.toml"), noEnv)
	if err != nil {
		t.Fatalf("%v", err)
	}
	byName := map[string]*model.Check{}
	for _, c := range loaded.Standalone {
		byName[string(c.ID)] = c
	}
	return byName
}

// TestSiteMonitor breaks each of the eight through its stub, and repairs it.
func TestSiteMonitor(t *testing.T) {
	s := newSite(t)
	engine := checks.NewEngine(checks.DefaultLimits(), time.Now)
	all := s.load(t)
	look := func(name string) model.Result { return engine.Run(t.Context(), checks.Scheduled, all[name]) }
	for name := range all {
		if r := look(name); r.Status != model.StatusOK {
			t.Errorf("%s: at first: %s %+v", name, r.Status, r.Reason)
		}
	}
	breakages := []struct {
		name, check string
		hurt, heal  func()
		code        model.ReasonCode
		args        map[string]string
	}{
		{"the licence has ended", "licence", func() { s.licence.says(licenceEnded) }, func() { s.licence.says(licenceOK) }, model.ReasonJSONFalse, map[string]string{
			"want": "expiration_time.is_available == true",
		}},
		{"no face is recognised", "recognition", func() { s.recognition.says("{}") }, func() { s.recognition.says(`{"ok": 1}`) }, model.ReasonJSONFalse, nil},
		{"the database is gone", "main-db", s.db.shut, s.db.open, model.ReasonRefused, map[string]string{"addr": s.db.address}},
		{"the socket is gone", "exchange-socket", s.socket.shut, s.socket.open, model.ReasonRefused, map[string]string{"addr": s.socket.address}},
		{"one terminal is off", "terminals", s.website.shut, s.website.open, model.ReasonMembersFailed, map[string]string{
			"failed": "1", "total": "3", "names": s.website.address, "cause": string(model.ReasonRefused),
		}},
		{"the translator answers with a page", "translator", func() { s.translator.says("<html>") }, func() { s.translator.says("[1]") }, model.ReasonJSONBad, nil},
		{"the synchronizer says no", "synchronizer", func() { s.synchronizer.says("false") }, func() { s.synchronizer.says("true") }, model.ReasonJSONFalse, nil},
	}
	for _, b := range breakages {
		b.hurt()
		r := look(b.check)
		if r.Status != model.StatusFail || r.Reason.Code != b.code {
			t.Errorf("%s: %s %+v", b.name, r.Status, r.Reason)
		}
		for k, want := range b.args {
			if r.Reason.Args[k] != want {
				t.Errorf("%s: %s is %q, want %q", b.name, k, r.Reason.Args[k], want)
			}
		}
		b.heal()
		if r := look(b.check); r.Status != model.StatusOK {
			t.Errorf("%s: healed: %s %+v", b.name, r.Status, r.Reason)
		}
	}
}

// TestSiteMonitorDisk has no stub to break: the limit is changed instead.
func TestSiteMonitorDisk(t *testing.T) {
	s := newSite(t)
	engine := checks.NewEngine(checks.DefaultLimits(), time.Now)
	back := s.rewrite(t, "opsbot.toml", "used     = 100 ", "used     = 1 ")
	if r := engine.Run(t.Context(), checks.Scheduled, s.load(t)["disk"]); r.Reason.Code != model.ReasonDiskUsed {
		t.Errorf("over the limit: %s %+v", r.Status, r.Reason)
	}
	back()
	if r := engine.Run(t.Context(), checks.Scheduled, s.load(t)["disk"]); r.Status != model.StatusOK {
		t.Errorf("below: %s %+v", r.Status, r.Reason)
	}
}

// TestSiteMonitorFollowsItsFiles moves the socket and adds a terminal while the checks exist.
func TestSiteMonitorFollowsItsFiles(t *testing.T) {
	s := newSite(t)
	engine := checks.NewEngine(checks.DefaultLimits(), time.Now)
	all := s.load(t)
	_, from, _ := net.SplitHostPort(s.socket.address)
	_, to, _ := net.SplitHostPort(s.db.address)
	s.socket.shut()
	if r := engine.Run(t.Context(), checks.Scheduled, all["exchange-socket"]); r.Status != model.StatusFail {
		t.Errorf("before the settings follow: %s %+v", r.Status, r.Reason)
	}
	s.rewrite(t, "socket.yml", from, to)
	if r := engine.Run(t.Context(), checks.Scheduled, all["exchange-socket"]); r.Status != model.StatusOK || r.Address != s.db.address {
		t.Errorf("the socket has moved: %s %+v", r.Status, r)
	}
	s.rewrite(t, "terminals.txt", "# hall", "\n"+s.socket.address)
	if r := engine.Run(t.Context(), checks.Scheduled, all["terminals"]); r.Reason.Args["failed"] != "1" || r.Reason.Args["total"] != "4" {
		t.Errorf("a terminal more, which is off: %s %+v", r.Status, r.Reason)
	}
}

// TestSiteMonitorSendsAsItsOwnersDo checks the settings that make it equivalent to the monitor that it replaces.
func TestSiteMonitorSendsAsItsOwnersDo(t *testing.T) {
	s := newSite(t)
	loaded, err := app.Load(filepath.Join(s.dir, "opsbot.toml"), noEnv)
	if err != nil {
		t.Fatal(err)
	}
	if a := loaded.Config.Alerts; a.Hours == nil || len(a.HoursBypass) != 0 || !a.Console {
		t.Errorf("hours %v, bypass %v, console %v", a.Hours, a.HoursBypass, a.Console)
	}
	for _, c := range loaded.Standalone {
		latched := c.ID == "disk" || c.ID == "licence"
		network := c.ID == "recognition" || c.ID == "main-db" || c.ID == "exchange-socket" || c.ID == "terminals"
		if c.Latched != latched || (c.Failures.N == 3) != network || c.Comment == "" {
			t.Errorf("%s: latch %v, failures %v, comment %q", c.ID, c.Latched, c.Failures, c.Comment)
		}
	}
}
