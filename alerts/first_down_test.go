package alerts_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"opsbot/alerts"
	"opsbot/model"
)

// notifiedWithin is what is promised: in the outbox within CollectWait of its verification, and delivered within RaisePace more.
const notifiedWithin = alerts.CollectWait + alerts.RaisePace

// farm is what the property below is tried on: hosts shared by clients, a host of one client alone, and checks of no host.
var farm = []string{
	"a/web@h1", "a/web@h2", "a/api@h2", "a/api@h3", "b/web@h1", "b/web@h4", "b/api@h5", "c/web@h5", "c/web@h6", "d/web@h7", "d/web@h8", "main-db", "backup",
}

// truth is a world in which things are broken or not, and everything that is run sees just that.
type truth struct {
	*world
	broken map[string]bool                       // checks
	down   map[model.ChatID]map[string]time.Time // by chat and subject: since when it has been judged down
}

// run runs checks, and whatever the Manager wants verified because of them.
func (w *truth) run(ids ...string) {
	for len(ids) > 0 {
		var results []model.Result
		for _, id := range ids {
			status := model.StatusOK
			if w.broken[id] {
				status = model.StatusFail
			}
			results = append(results, outcome(id, status, w.at))
		}
		w.toVerify = nil
		w.handle(results)
		ids = nil
		for _, id := range w.toVerify {
			ids = append(ids, string(id))
		}
	}
}

// pass lets time pass, while everything is run every 20 s and what is to be verified at once.
func (w *truth) pass(d time.Duration) {
	for end := w.at.Add(d); w.at.Before(end); {
		w.wait(min(end.Sub(w.at), time.Second))
		ids := []string{}
		for _, id := range w.toVerify {
			ids = append(ids, string(id))
		}
		if w.at.Unix()%20 == 0 {
			ids = append(ids, farm...)
		}
		w.run(ids...)
		w.see()
	}
}

// see notes since when each service is down for a chat, and not muted: what a mute's preview named while it was down need not be
// notified of.
func (w *truth) see() {
	for _, chat := range w.routing.Chats {
		now := map[string]time.Time{}
		for _, s := range w.manager.ServiceStates(chat.Scope) {
			name := model.ServiceSubject(s.ServiceKey)
			if s.Verdict != model.VerdictDown || w.muted(name) {
				continue
			}
			now[name] = w.at
			if at, known := w.down[chat.ID][name]; known {
				now[name] = at
			}
		}
		w.down[chat.ID] = now
	}
}

// TestWhateverIsOpenAFirstDownIsNotified breaks anything at any time, while other things are open, muted and acknowledged, and demands
// that each reader is notified of each client's service that is down, in time and with a sound.
func TestWhateverIsOpenAFirstDownIsNotified(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		w := &truth{world: newWorld(t, farm...), broken: map[string]bool{}, down: map[model.ChatID]map[string]time.Time{}}
		w.routing.Chats = append(w.routing.Chats, model.Chat{ID: 2, Scope: model.ScopeOf([]string{"b"})})
		w.rules.Storm = alerts.Storm{Over: rapid.SampledFrom([]int{0, 1, 3}).Draw(r, "over"), Within: 10 * time.Second}
		w.restart()
		r.Repeat(map[string]func(*rapid.T){
			"break": func(r *rapid.T) { w.breaks(r, true) },
			"mend":  func(r *rapid.T) { w.breaks(r, false) },
			"event": func(r *rapid.T) {
				e := w.event(rapid.SampledFrom([]string{"h1", "h2", "h3", "h4", "h5", "h6", "h7", "h8", "x1"}).Draw(r, "host"))
				if rapid.IntRange(0, 3).Draw(r, "over") == 0 {
					e.EndedAt, e.End = w.at, model.EndConfirmed
				}
				w.receive(e)
			},
			"mute": func(r *rapid.T) {
				open := w.manager.OpenIncidents(model.Scope{})
				if len(open) == 0 {
					return
				}
				in := rapid.SampledFrom(open).Draw(r, "incident")
				_, _, _ = w.manager.Mute(context.Background(), model.Mute{Chat: 1, Incident: in.ID, Until: w.at.Add(7 * model.Day)}, model.AuditEntry{})
			},
			"ack": func(*rapid.T) {
				for _, in := range w.manager.OpenIncidents(model.Scope{}) {
					_, _ = w.manager.Ack(context.Background(), in.ID, model.Ack{Name: "ann"}, model.AuditEntry{})
				}
			},
			"restart": func(*rapid.T) { w.restart() },
			"wait":    func(r *rapid.T) { w.pass(time.Duration(rapid.IntRange(1, 70).Draw(r, "s")) * time.Second) },
			"":        func(r *rapid.T) { w.compare(r) },
		})
	})
}

// breaks breaks or mends a host, a client or a check.
func (w *truth) breaks(r *rapid.T, broken bool) {
	what := rapid.SampledFrom([]string{"@h1", "@h2", "@h3", "@h5", "@h7", "a/", "b/", "d/", "main-db", "b/web@h4", "c/web@h6", "a/api@h2"}).Draw(r, "what")
	for _, id := range farm {
		if strings.Contains(id, what) {
			w.broken[id] = broken
		}
	}
}

// compare holds what is down against what each chat was notified of.
func (w *truth) compare(r *rapid.T) {
	w.see()
	for _, chat := range w.routing.Chats {
		for name, since := range w.down[chat.ID] {
			if w.at.Sub(since) > notifiedWithin && !w.wasNotified(chat.ID, name, since) {
				dump(r, w.world, chat.ID)
				r.Fatalf("%d: never notified that %s is down, at %s, since %s", chat.ID, name, w.at.Format(time.TimeOnly), since.Format(time.TimeOnly))
			}
		}
	}
}

// muted reports whether a mute of an incident covers a subject that is down.
func (w *truth) muted(name string) bool {
	return slices.ContainsFunc(w.manager.Mutes(), func(m model.Mute) bool { return m.Covers.Covers(name, true) })
}

// wasNotified reports whether a chat was notified that a service is down since it was, give or take the second in which this test looks, or
// earlier by an incident that is still open: there it was never notified as up.
func (w *truth) wasNotified(chat model.ChatID, name string, since time.Time) bool {
	names := func(n *model.Notification, in *model.Incident) bool {
		if !n.Created.After(since.Add(-2*time.Second)) && !w.store.open[in.ID].ClosedAt.IsZero() {
			return false
		}
		return slices.ContainsFunc(in.Affected, func(s model.ServiceState) bool {
			return model.ServiceSubject(s.ServiceKey) == name && s.Verdict == model.VerdictDown
		})
	}
	for _, n := range w.store.notifications {
		if n.To.Chat != chat || !n.NotBefore.IsZero() || n.Kind == model.NotifyUpdated {
			continue
		}
		if n.Snapshot.Incident != nil && names(&n, n.Snapshot.Incident) {
			return true
		}
		for i := range n.Snapshot.Open {
			if names(&n, &n.Snapshot.Open[i]) {
				return true
			}
		}
	}
	return false
}
