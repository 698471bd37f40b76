package app_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/notify/webhook"
	"opsbot/store"
	"opsbot/test/ports"
)

// TestKillDuringFallback kills the product again and again while its chat cannot be reached. The chat takes nothing, so
// what was decided stands in the outbox to the end: the fallback must have been told all of it, and what came twice must
// say so.
func TestKillDuringFallback(t *testing.T) {
	const checks, kills, enough = 8, 4, 15
	h := newHook(t)
	target := ports.Address(t)
	p := &product{t: t, dir: t.TempDir(), out: &buffer{}}
	p.config = filepath.Join(p.dir, "opsbot.toml")
	config := fmt.Sprintf(`[store]
path = "opsbot.db"
[control]
socket = "s"
[alerts]
console = false
fallback = ["webhook:cmdb"]
fallback_after = "0"
[alerts.storm]
incidents = 0
[alerts.flapping]
changes = 0
[[webhook]]
name = "cmdb"
url = %q
[[telegram.chats]]
name = "ops"
id = -100
`, h.URL)
	for i := range checks {
		config += fmt.Sprintf("[[checks]]\nname = \"db%d\"\nkind = \"tcp\"\naddress = %q\nschedule = \"@every 1s\"\n", i, target)
	}
	p.write(config)

	var got []webhook.Document
	collect := func(n int, patience time.Duration) {
		late := time.After(patience)
		for range n {
			select {
			case d := <-h.got:
				got = append(got, d)
			case <-late:
				return
			}
		}
	}
	var listener net.Listener
	t.Cleanup(func() {
		if listener != nil {
			_ = listener.Close()
		}
	})
	late := time.Now().Add(patience)
	for n := 0; n < kills || (len(got) < enough && time.Now().Before(late)); n++ { // a slow machine decides little between two
		pr := p.spawn("OPSBOT_TELEGRAM_TOKEN=")
		collect(1+rand.IntN(checks), time.Second)
		if listener == nil {
			l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", target)
			if err != nil {
				t.Fatal(err)
			}
			listener = l
		} else {
			_ = listener.Close()
			listener = nil
		}
		collect(rand.IntN(checks), time.Second)
		pr.kill()
	}
	pr := p.spawn("OPSBOT_TELEGRAM_TOKEN=")
	for { // until all is quiet: each second decides anew
		before := len(got)
		if collect(1, 2500*time.Millisecond); len(got) == before {
			break
		}
	}
	pr.kill()
	compare(t, decided(t, filepath.Join(p.dir, "opsbot.db")), got)
}

// decided is what waits for the chat: the kinds of each incident's messages.
func decided(t *testing.T, path string) map[string]bool {
	t.Helper()
	db, err := store.Open(t.Context(), store.Options{Path: path, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	all, err := db.Due(context.WithoutCancel(t.Context()), time.Now(), 10_000)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{}
	for i := range all {
		if notified := &all[i]; notified.To.Channel == "telegram" && notified.Kind != model.NotifyUpdated {
			want[fmt.Sprint(notified.Kind, " ", notified.Incident)] = true
		}
	}
	return want
}

// compare holds what the fallback was told to what was decided.
func compare(t *testing.T, want map[string]bool, got []webhook.Document) {
	t.Helper()
	first := map[string]string{} // what was told, to the id by which
	ended := map[model.IncidentID]bool{}
	for _, d := range got {
		var number model.IncidentID // 0 is of a digest
		if d.Incident != nil {
			number = d.Incident.Number
		}
		what := fmt.Sprint(d.Kind, " ", number)
		switch id, again := first[what]; {
		case !want[what] || d.FallbackFor != "chat:ops":
			t.Errorf("told without reason: %s, in place of %q", what, d.FallbackFor)
		case !again && ended[number]:
			t.Errorf("out of order: %s", what)
		case again && (!d.Repeat || d.ID != id):
			t.Errorf("a repeat that is not marked: %s, %s and %s", what, id, d.ID)
		}
		first[what] = d.ID
		ended[number] = ended[number] || d.Kind == model.NotifyResolved
	}
	var lost []string
	for what := range want {
		if first[what] == "" {
			lost = append(lost, what)
		}
	}
	if len(lost) > 0 || len(want) < 10 {
		t.Errorf("decided %d, told %d, lost: %s", len(want), len(got), strings.Join(lost, ", "))
	}
	t.Logf("decided %d, told %d", len(want), len(got))
}
