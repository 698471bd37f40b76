package app_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"opsbot/cli/control"
	"opsbot/sandbox"
	"opsbot/sandbox/fleet"
	"opsbot/sandbox/monitors"
)

// strict is a proxy before an Icinga: while it is on, our user may only read, as Icinga says that.
type strict struct {
	on atomic.Bool
	*httptest.Server
}

func newStrict(t *testing.T, icinga string) *strict {
	t.Helper()
	to, err := url.Parse(icinga)
	if err != nil {
		t.Fatal(err)
	}
	s, proxy := &strict{}, httputil.NewSingleHostReverseProxy(to)
	proxy.FlushInterval = -1 // the event stream
	s.on.Store(true)
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case s.on.Load() && strings.HasPrefix(r.URL.Path, "/v1/actions/"):
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `{"error": 404, "status": "No objects found."}`)
		case s.on.Load() && r.URL.Path == "/v1":
			_, _ = io.WriteString(w, `{"results": [{"version": "r2.14.6-1", "permissions": ["status/query", "objects/query/*", "events/*"]}]}`)
		default:
			proxy.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(func() {
		s.CloseClientConnections()
		s.Close()
	})
	return s
}

// An Ack is said to have failed at the source, in both languages, until the right is there; a mute is a downtime there, across a
// restart, until it is lifted. So is an Ack, until it is taken back.
func TestWriteBack(t *testing.T) {
	t.Parallel()
	p := newWorld(t)
	files, err := p.world.Files(true)
	if err != nil {
		t.Fatal(err)
	}
	config := files["opsbot.toml"]
	ours := regexp.MustCompile(`(kind += "icinga"\nurl += ")([^"]+)"`).FindStringSubmatch(config)
	if ours == nil {
		t.Fatalf("no Icinga in\n%s", config)
	}
	guard := newStrict(t, ours[2])
	config = strings.Replace(config, ours[2], guard.URL, 1)
	p.write(config)
	p.start()
	p.settled()
	p.answered("/status sources", "icinga 2.14.6", "actions/acknowledge-problem")

	p.turn(monitors.NameIcinga, fleet.Storm)
	card := p.message(sandbox.OpsChat, 0, "3 hosts reported by icinga", "2 down")
	p.press(card, "Ack")
	p.message(sandbox.OpsChat, card.ID-1, "⚠️ icinga: could not acknowledge there (3)", "actions/acknowledge-problem")
	p.message(sandbox.OpsChatRu, 0, "⚠️ icinga: не удалось подтвердить там (3)", "actions/acknowledge-problem")

	guard.on.Store(false)
	p.write(strings.Replace(config, `disconnected_after = "10s"`, `disconnected_after = "11s"`, 1)) // what is configured anew is tried at once
	if _, err := control.New(filepath.Join(p.dir, "opsbot.sock"), "en").Reload(p.wait()); err != nil {
		t.Fatal(err)
	}
	acked := p.message(sandbox.OpsChat, card.ID-1, "✍️ icinga: 3 events acknowledged there")
	p.active(monitors.NameIcinga, monitors.Acked, "web1", "web2", "db9")

	p.answered("/mute 1h web1 web2 -- update", "update")
	p.active(monitors.NameIcinga, monitors.Downtime, "web1", "web2")
	p.stop()
	p.start()
	p.answered("/unmute web1 web2", "")
	p.gone(monitors.NameIcinga, monitors.Downtime)

	// What was acknowledged before the restart is taken back there, and can be acknowledged again.
	p.press(acked, "Un-ack")
	p.gone(monitors.NameIcinga, monitors.Acked)
	p.answered("/ack 1", "Undo: /unack 1")
	p.active(monitors.NameIcinga, monitors.Acked, "web1", "web2", "db9")
}

// gone waits until nothing of a kind stands at a monitor.
func (p *product) gone(name string, what monitors.What) {
	p.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for ctx := p.wait(); slices.ContainsFunc(p.world.Monitors.Notes()[name], func(n monitors.Note) bool { return n.What == what }); {
		select {
		case <-tick.C:
		case <-ctx.Done():
			p.t.Fatalf("at %s stand %+v\nlog:\n%s", name, p.world.Monitors.Notes()[name], p.out)
		}
	}
}
