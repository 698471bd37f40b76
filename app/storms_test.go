package app_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"opsbot/sandbox"
	"opsbot/sandbox/fleet"
	"opsbot/sandbox/monitors"
)

// newWatchedWorld is the world as `make run` has it: with the systems that watch the fleet. The product is started.
func newWatchedWorld(t *testing.T) *product {
	t.Helper()
	p := newWorld(t)
	files, err := p.world.Files(true)
	if err != nil {
		t.Fatal(err)
	}
	p.write(files["opsbot.toml"])
	p.start()
	p.settled()
	p.answered("/status sources", "icinga 2.14.6", "alertmanager 0.28.1")
	return p
}

// turn moves a switch as the page does.
func (p *product) turn(name string, mode fleet.Mode) {
	p.t.Helper()
	body, err := json.Marshal(map[string]any{"name": name, "mode": mode})
	if err != nil {
		p.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(p.wait(), http.MethodPost, p.world.URL()+"api/targets", bytes.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	if err := answer.Body.Close(); err != nil || answer.StatusCode != http.StatusNoContent {
		p.t.Fatalf("%s to %s is answered %s", name, mode, answer.Status)
	}
}

// The newcomer's first impact card: a rack falls, Icinga says so, and one card has the verdict, what was seen live, what is in no
// inventory, and what to do, in both languages. The next press brings all back, and the same card says so.
func TestIcingaStorm(t *testing.T) {
	t.Parallel()
	p := newWatchedWorld(t)
	pressed := time.Now()
	p.turn(monitors.NameIcinga, fleet.Storm)
	card := p.message(sandbox.OpsChat, 0, "3 hosts reported by icinga", "clientA at risk: web1, web2, db9 · rack r1", "2 of 4 up, needs 2", "2 down",
		"db9", "📞 +74950000000, duty manager")
	if took := time.Since(pressed); took > 10*time.Second {
		t.Errorf("the card took %v", took)
	}
	p.message(sandbox.OpsChatRu, 0, "icinga сообщает о 3 хостах", "clientA — под угрозой", "2 недоступны", "db9", "📞 +74950000000")
	p.answered("/unmapped", "db9")
	p.notified("web1 refuses", 0)

	p.turn(monitors.NameIcinga, fleet.OK)
	calm := p.message(sandbox.OpsChat, card.ID-1, "3 hosts were reported by icinga", "All resolved there", "2 up")
	if calm.ID != card.ID {
		t.Errorf("the end is message %d, the card is %d:\n%s", calm.ID, card.ID, p.chat(sandbox.OpsChat))
	}
}

// What people do under the card is done at the monitors too, and the card says so: Ack is an acknowledgement of all that Icinga
// reports, a mute is a downtime there and a silence at Alertmanager.
func TestStormsAreAnswered(t *testing.T) {
	t.Parallel()
	p := newWatchedWorld(t)
	p.turn(monitors.NameIcinga, fleet.Storm)
	card := p.message(sandbox.OpsChat, 0, "3 hosts reported by icinga", "2 down", "db9")
	p.turn(monitors.NamePrometheus, fleet.Storm)
	other := p.message(sandbox.OpsChat, 0, "2 hosts reported by prometheus", "web8") // of other clients: a card of its own
	p.press(card, "Ack")
	p.active(monitors.NameIcinga, monitors.Acked, "web1", "web2", "db9")
	p.message(sandbox.OpsChat, card.ID-1, "acknowledged by Anna", "✍️")
	p.press(card, "Mute…")
	p.press(p.message(sandbox.OpsChat, card.ID, "for how long", "icinga"), "1 h")
	p.active(monitors.NameIcinga, monitors.Downtime, "web1", "web2")
	if notes := p.world.Monitors.Notes()[monitors.NamePrometheus]; slices.ContainsFunc(notes, func(n monitors.Note) bool { return n.What == monitors.Silence }) {
		t.Errorf("a mute of what icinga reports silences at prometheus: %+v", notes)
	}
	p.press(other, "Mute…")
	p.press(p.message(sandbox.OpsChat, card.ID, "for how long", "prometheus"), "1 h")
	p.active(monitors.NamePrometheus, monitors.Silence, "web7", "web8")
}

// stands waits until a note by Anna about these hosts stands at a monitor.
func (p *product) active(name string, what monitors.What, hosts ...string) {
	p.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for ctx := p.wait(); ; {
		notes := p.world.Monitors.Notes()[name]
		i := slices.IndexFunc(notes, func(n monitors.Note) bool { return n.What == what && strings.Contains(n.By, "Anna") })
		if i >= 0 && !slices.ContainsFunc(hosts, func(host string) bool { return !slices.Contains(notes[i].Hosts, host) }) {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			p.t.Fatalf("at %s stand %+v, want %s of %q\nchat:\n%s\nlog:\n%s", name, notes, what, hosts, p.chat(sandbox.OpsChat), p.out)
		}
	}
}

// Alertmanager's hook brings the storm at once; what works after all is said to.
func TestPrometheusStorm(t *testing.T) {
	t.Parallel()
	p := newWatchedWorld(t)
	p.turn(monitors.NamePrometheus, fleet.Storm)
	card := p.message(sandbox.OpsChat, 0, "2 hosts reported by prometheus", "clientB degraded, +1 client", "clientB", "clientC", "1 down", "web8")
	p.turn(monitors.NamePrometheus, fleet.OK)
	p.message(sandbox.OpsChat, card.ID-1, "2 hosts were reported by prometheus", "All resolved there", "2 up")
}

// Icinga is taken away: that is an incident of its own, and its end is told.
func TestIcingaAway(t *testing.T) {
	t.Parallel()
	p := newWatchedWorld(t)
	p.turn(monitors.NameIcinga, fleet.Killed)
	card := p.message(sandbox.OpsChat, 0, "icinga is disconnected")
	p.turn(monitors.NameIcinga, fleet.OK)
	p.message(sandbox.OpsChat, card.ID, "icinga is connected again")
	if notes := p.world.Monitors.Notes()[monitors.NameIcinga]; slices.ContainsFunc(notes, func(n monitors.Note) bool { return n.What == monitors.Reports }) {
		t.Errorf("back, it reports %+v", notes)
	}
}
