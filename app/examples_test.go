package app_test

import (
	"context"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"opsbot/cli/control"
	"opsbot/deploy/examples"
	"opsbot/sandbox"
	"opsbot/sandbox/botapi"
	"opsbot/sandbox/fleet"
)

// example is the product on the world of an example.
type example struct {
	*product
	client *control.Client
	edits  []string // old, new: what a test changes in the example's opsbot.toml
}

// newExample starts the world of an example, with its own files; edits change opsbot.toml. The product is not started yet.
func newExample(t *testing.T, name string, edits ...string) *example {
	t.Helper()
	files, err := examples.Files(name)
	if err != nil {
		t.Fatal(err)
	}
	p := &product{t: t, dir: t.TempDir(), out: &buffer{}}
	p.world, err = sandbox.Start(context.WithoutCancel(t.Context()), sandbox.Options{
		Dir: p.dir, PageAddr: "127.0.0.1:0", FreePorts: true, Example: sandbox.Example{Name: name, Files: files},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.world.Close)
	p.config, p.names = filepath.Join(p.dir, "opsbot.toml"), names(p.world.Names())
	e := &example{product: p, client: control.New(filepath.Join(p.dir, "opsbot.sock"), "en"), edits: edits}
	e.lay()
	return e
}

// lay writes the files as the world has them now.
func (e *example) lay() {
	e.t.Helper()
	files, err := e.world.Files(true)
	if err != nil {
		e.t.Fatal(err)
	}
	files["opsbot.toml"] = e.unpinned(files["opsbot.toml"])
	for i := 0; i < len(e.edits); i += 2 {
		if !strings.Contains(files["opsbot.toml"], e.edits[i]) {
			e.t.Fatalf("opsbot.toml has no %q", e.edits[i])
		}
		files["opsbot.toml"] = strings.ReplaceAll(files["opsbot.toml"], e.edits[i], e.edits[i+1])
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(e.dir, name), []byte(text), 0o600); err != nil {
			e.t.Fatal(err)
		}
	}
}

// turn sets switches; of the disk, which is one of the configuration, the product is told.
func (e *example) turn(modes map[string]fleet.Mode) {
	e.t.Helper()
	for name, mode := range modes {
		e.set(name, mode)
	}
	if _, files := modes[sandbox.Disk]; files {
		e.lay()
		if _, err := e.client.Reload(e.wait()); err != nil {
			e.t.Fatal(err)
		}
	}
}

// until asks how something stands until the answer has all words.
func (e *example) until(what string, words ...string) {
	e.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for ctx := e.wait(); ; <-tick.C {
		st, err := e.client.Status(ctx, strings.Fields(what))
		if err != nil {
			e.t.Fatalf("wait for %q of %q: %v", words, what, err)
		}
		if holds(st.Text, words) && !strings.Contains(st.Text, "not run yet") {
			return
		}
	}
}

// notifiedOf are the messages about a check, as they read now.
func (e *example) notifiedOf(name string) []string {
	var notified []string
	for _, m := range e.world.Bot.Messages(sandbox.OpsChat) {
		if m.FromBot && strings.Contains(m.Text, name+":") {
			notified = append(notified, m.Text)
		}
	}
	return notified
}

// press presses a button of a message as the admin.
func (p *product) press(m botapi.Message, label string) {
	p.t.Helper()
	for _, row := range m.Buttons {
		for _, b := range row {
			if b.Text == label {
				if _, err := p.world.Bot.Press(sandbox.Admin, m.Chat, m.ID, b.Data); err != nil {
					p.t.Fatal(err)
				}
				return
			}
		}
	}
	p.t.Fatalf("no button %q under %q", label, m.Text)
}

// names is a resolver that knows these names only.
type names map[string][]netip.Addr

func (n names) LookupNetIP(_ context.Context, network, host string) ([]netip.Addr, error) {
	if addresses := n[host]; network == "ip4" && len(addresses) > 0 {
		return addresses, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
}

// TestSiteMonitorSendsEachOnce breaks all eight through their stubs: each is told once, in the site's own words, with the
// right reason; healed, each that re-arms itself is told once more, and the latched wait for their button.
func TestSiteMonitorSendsEachOnce(t *testing.T) {
	t.Parallel()
	e := newExample(t, "site-monitor")
	e.start()
	e.until("", "All clear", "8 checks")
	breakages := map[string]struct {
		stub  string
		mode  fleet.Mode
		words []string
	}{
		"disk":            {sandbox.Disk, fleet.Full, []string{"disk / ", "clear the archive"}},
		"licence":         {sandbox.Licence, fleet.Broken, []string{"condition failed: expiration_time.is_available == true", "renew it with the vendor"}},
		"recognition":     {sandbox.Recognition, fleet.Denied, []string{"condition failed: document; got {}", "restart the recognition"}},
		"main-db":         {sandbox.MainDB, fleet.Killed, []string{"connection refused (127.0.90.9:", "call the DBA"}},
		"exchange-socket": {sandbox.Exchange, fleet.Killed, []string{"connection refused (127.0.90.20:", "restart the exchange"}},
		"terminals":       {sandbox.Desk1, fleet.Killed, []string{"1 of 3 fail: 127.0.90.102:", "whether it has power"}},
		"translator":      {sandbox.Translator, fleet.Denied, []string{"condition failed: document; got false", "restart translator"}},
		"synchronizer":    {sandbox.Synchronizer, fleet.Sick, []string{"HTTP 503, expected 200-299", "restart synchronizer"}},
	}
	broken, healed := map[string]fleet.Mode{}, map[string]fleet.Mode{}
	for _, b := range breakages {
		broken[b.stub], healed[b.stub] = b.mode, fleet.OK
	}
	e.turn(broken)
	cards := map[string]botapi.Message{}
	for name, b := range breakages {
		cards[name] = e.message(sandbox.OpsChat, 0, append(b.words, name+": ", " · 127.0.90.1")...)
	}
	e.turn(healed)
	latched := map[string]bool{"disk": true, "licence": true}
	for name, card := range cards {
		if !latched[name] {
			e.message(sandbox.OpsChat, card.ID, name+": works again, after")
		}
	}
	for name := range latched {
		card := e.message(sandbox.OpsChat, cards[name].ID-1, name+": works again since", "press Reset")
		if notified := e.notifiedOf(name); len(notified) != 1 || card.ID != cards[name].ID {
			t.Errorf("%s is told again while it waits to be re-armed: %q", name, notified)
		}
		e.press(card, "Reset")
		e.message(sandbox.OpsChat, card.ID, name+": works again, after")
	}
	e.until("", "All clear")
	for name := range breakages {
		if notified := e.notifiedOf(name); len(notified) != 2 {
			t.Errorf("%s was told %d times: %q", name, len(notified), notified)
		}
	}
	e.output("🔴 main-db: connection refused", "🟢 main-db: works again") // console = true
	e.output(`\"terminals\":false`, `\"terminals\":true`)               // the state of every check, as JSON in the log
}

// TestSiteMonitorCountsFailures: what depends on the network is told at the third failure in a row, and not before.
func TestSiteMonitorCountsFailures(t *testing.T) {
	t.Parallel()
	// Slow enough that it can be healed between its first failure and its third.
	e := newExample(t, "site-monitor", `confirm_every = "1s"`, `confirm_every = "1h"`)
	e.start()
	e.until("", "All clear", "8 checks")
	e.set(sandbox.MainDB, fleet.Killed)
	e.until("main-db", "1 failing")
	e.set(sandbox.MainDB, fleet.OK)
	e.until("main-db", "🟢")
	e.set(sandbox.MainDB, fleet.Killed) // the count begins anew
	e.until("main-db", "1 failing")
	if notified := e.notifiedOf("main-db"); len(notified) > 0 {
		t.Errorf("told below its limit: %q", notified)
	}
	e.message(sandbox.OpsChat, 0, "main-db: connection refused")
}

// TestSiteMonitorKeepsItsHours: outside the hours nothing is told, critical or not; the morning's digest has what stands.
func TestSiteMonitorKeepsItsHours(t *testing.T) {
	t.Parallel()
	e := newExample(t, "site-monitor", `"always"`, `"Mon-Sun 08:00-22:00"`)
	zone, err := time.LoadLocation("Europe/Moscow")
	if err != nil {
		t.Fatal(err)
	}
	night := time.Date(2026, 11, 23, 23, 0, 0, 0, zone)
	var ahead atomic.Int64
	begun := time.Now()
	e.now = func() time.Time { return night.Add(time.Since(begun)).Add(time.Duration(ahead.Load())) }
	e.start()
	e.until("", "All clear", "8 checks")
	e.turn(map[string]fleet.Mode{sandbox.Licence: fleet.Broken, sandbox.MainDB: fleet.Killed, sandbox.Desk2: fleet.Killed})
	e.open(e.client, 3)
	e.set(sandbox.Desk2, fleet.OK)
	e.open(e.client, 2)
	if all := e.world.Bot.Messages(sandbox.OpsChat); len(all) > 0 {
		t.Errorf("told at night:\n%s", e.chat(sandbox.OpsChat))
	}
	ahead.Store(int64(9*time.Hour + time.Minute))
	e.message(sandbox.OpsChat, 0, "2 open incidents:", "main-db is down", "licence is down", "1 opened and resolved meanwhile: terminals")
	e.message(sandbox.OpsChatRu, 0, "main-db", "licence", "terminals")
	e.set(sandbox.MainDB, fleet.OK)
	e.message(sandbox.OpsChat, 0, "main-db: works again, after 9 h")
}

// TestWebFleetFindsAndSends: what the analysis finds is in the answer to /webtest, and told once by the schedule.
func TestWebFleetFindsAndSends(t *testing.T) {
	t.Parallel()
	e := newExample(t, "web-fleet")
	e.start()
	e.until("", "All clear", "22 checks")
	ask := func(what string, words ...string) {
		t.Helper()
		id := e.say(sandbox.Admin, sandbox.OpsChat, "/webtest "+what)
		e.message(sandbox.OpsChat, id, words...)
	}
	ask("customer1", "customer1: all ok")
	e.turn(map[string]fleet.Mode{"127.0.77.1": fleet.Killed, "store": fleet.Sick})
	ask("customer1", "customer1", "1 host", "127.0.77.1", "store")
	both := e.message(sandbox.OpsChat, 0, "customer1 down", "127.0.77.1 refuses connections", "customer1 store: down")
	e.message(sandbox.OpsChat, 0, "customer2 down: store")
	if err := e.world.Fleet.Heal(); err != nil {
		t.Fatal(err)
	}
	e.message(sandbox.OpsChat, both.ID, "customer1 works again", "127.0.77.1") // the store may have been well before the host
	e.set("127.0.77.3", fleet.Partly)
	ask("customer2", "customer2", "reports", "503")
	ask("customer3", "customer3: all ok")
	e.notified("127.0.77.1 refuses", 0) // its card was edited
}
