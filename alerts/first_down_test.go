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

// noteDown notes since when each service is down.
func (w *truth) noteDown() {
	now := map[string]time.Time{}
	for _, s := range w.manager.ServiceStates(model.Scope{}) {
		if name := model.ServiceSubject(s.ServiceKey); s.Verdict == model.VerdictDown {
			now[name] = w.at
			if at, known := w.isDown[name]; known {
				now[name] = at
			}
		}
	}
	w.isDown = now
}

// doubled demands that nothing is news twice. A card lists what is muted in its incident, and says nothing new of it: where there were
// mutes it may be news by another.
func (w *truth) doubled(r *rapid.T) {
	if len(w.store.mutes) > 0 {
		return
	}
	for i := range w.store.notifications {
		n := &w.store.notifications[i]
		if n.ID <= w.read || n.Kind != model.NotifyRaised || !n.NotBefore.IsZero() || n.Snapshot.Joined == nil {
			continue
		}
		for _, s := range slices.Concat(n.Snapshot.Joined.Services, n.Snapshot.Joined.Worse) {
			name := model.ServiceSubject(s.ServiceKey)
			since, down := w.isDown[name]
			if s.Verdict == model.VerdictDown && down && w.saidDown(n, name, since.Add(time.Second)) {
				dump(r, w.world, n.To.Chat)
				r.Fatalf("%d: %s is news twice, at %s, down since %s", n.To.Chat, name, n.Created.Format(time.TimeOnly), since.Format(time.TimeOnly))
			}
		}
	}
	w.read = w.store.last
}

// saidDown reports whether a message before another one said at the same place that a service is down, of an incident that was open until then.
func (w *truth) saidDown(later *model.Notification, name string, since time.Time) bool {
	return slices.ContainsFunc(w.store.notifications, func(n model.Notification) bool {
		if n.To != later.To || n.ID >= later.ID || n.Created.Before(since) || !n.NotBefore.IsZero() || n.Snapshot.Incident == nil {
			return false
		}
		if n.Kind != model.NotifyRaised && n.Kind != model.NotifyOpened {
			return false
		}
		closed := w.store.open[n.Incident].ClosedAt
		if !closed.IsZero() && !closed.After(later.Created) {
			return false
		}
		return slices.ContainsFunc(n.Snapshot.Incident.Affected, func(s model.ServiceState) bool {
			return model.ServiceSubject(s.ServiceKey) == name && s.Verdict == model.VerdictDown
		})
	})
}

// TestWhateverIsOpenAFirstDownIsNotified breaks anything at any time, while other things are open, muted and acknowledged, and demands
// that each reader is notified of each client's service and each check that is down, in time and with a sound.
func TestWhateverIsOpenAFirstDownIsNotified(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		w := newTruth(t)
		w.routing.Chats = append(w.routing.Chats, model.Chat{ID: 2, Scope: model.ScopeOf([]string{"b"})}, model.Chat{ID: 3, Scope: model.ScopeOf([]string{"a", "c"})})
		w.rulesOf(r)
		w.restart()
		r.Repeat(map[string]func(*rapid.T){
			"break": func(r *rapid.T) { w.breaks(r, w.broken, true) },
			"mend":  func(r *rapid.T) { w.breaks(r, w.broken, false) },
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
				w.mutes(r, model.Mute{Incident: in.ID})
			},
			"ack": func(*rapid.T) {
				for _, in := range w.manager.OpenIncidents(model.Scope{}) {
					_, _ = w.manager.Ack(context.Background(), in.ID, model.Ack{Name: "ann"}, model.AuditEntry{})
				}
			},
			"disturb": func(r *rapid.T) { w.disturb(r) },
			"restart": func(*rapid.T) { w.restart() },
			"wait":    func(r *rapid.T) { w.pass(time.Duration(rapid.IntRange(1, 10).Draw(r, "s")) * time.Second) },
			"wait on": func(r *rapid.T) { w.pass(time.Duration(rapid.IntRange(30, 70).Draw(r, "s")) * time.Second) },
			"":        func(r *rapid.T) { w.compare(r) },
		})
	})
}

// disturb does what happens more rarely.
func (w *truth) disturb(r *rapid.T) {
	switch rapid.SampledFrom([]string{"mute checks", "unmute", "lose sight", "see again", "slow", "disk", "migrate", "leave", "return"}).Draw(r, "disturb") {
	case "mute checks":
		w.mutes(r, model.Mute{Selector: rapid.SampledFrom(selectors).Draw(r, "selector")})
	case "unmute":
		for _, m := range w.manager.Mutes() {
			_, _ = w.manager.EndMute(context.Background(), m.ID, rapid.Bool().Draw(r, "report"), model.AuditEntry{})
		}
	case "lose sight":
		w.breaks(r, w.unseen, true)
	case "see again":
		clear(w.unseen)
	case "slow":
		w.slow = !w.slow
	case "disk":
		w.store.full = !w.store.full
	case "migrate":
		w.migrate(rapid.IntRange(0, 2).Draw(r, "chat"))
	case "leave":
		w.reload(w.without(rapid.SampledFrom([]string{"@h1", "b/", "a/api"}).Draw(r, "what"))...)
	case "return":
		w.reload(farm...)
	}
}

// selectors are what mutes select in the property above.
var selectors = []model.Selector{
	{}, {Clients: []string{"a"}}, {Clients: []string{"b"}}, {Hosts: []string{"h2"}}, {Services: []string{"web"}}, {Clients: []string{"a"}, Services: []string{"api"}},
}

// breaks breaks or mends a host, a client or a check.
func (w *truth) breaks(r *rapid.T, which map[string]bool, broken bool) {
	what := rapid.SampledFrom([]string{"@h1", "@h2", "@h3", "@h5", "@h7", "a/", "b/", "d/", "main-db", "b/web@h4", "c/web@h6", "a/api@h2"}).Draw(r, "what")
	for _, id := range farm {
		if strings.Contains(id, what) {
			which[id] = broken
		}
	}
}

// compare holds what is down against what each chat was notified of.
func (w *truth) compare(r *rapid.T) {
	w.see()
	w.doubled(r)
	for _, chat := range w.routing.Chats {
		for name, since := range w.down[chat.ID] {
			if w.at.Sub(since) > notifiedWithin && !w.wasNotified(chat.ID, name, since) {
				dump(r, w.world, chat.ID)
				r.Fatalf("%d: never notified that %s is down, at %s, since %s", chat.ID, name, w.at.Format(time.TimeOnly), since.Format(time.TimeOnly))
			}
		}
	}
}

// excused reports whether a chat need not be notified that a service or a check is down: its hours are closed, nothing can be stored, it cannot be
// judged, or a mute covers it.
func (w *truth) excused(chat model.ChatID, name string, checks []*model.Check) bool {
	if w.store.full || !w.routing.Hours.Open(w.at) {
		return true
	}
	if slices.ContainsFunc(checks, func(c *model.Check) bool { return w.unseen[string(c.ID)] }) {
		return true
	}
	return slices.ContainsFunc(w.manager.Mutes(), func(m model.Mute) bool {
		switch {
		case !m.Active(w.at) || m.Here && m.Chat != chat:
			return false
		case m.Incident != 0:
			return m.Covers.Covers(name, true)
		default:
			return slices.ContainsFunc(checks, m.Selector.Matches)
		}
	})
}

// wasNotified reports whether a chat was notified that a service is down since it was, give or take the second in which this test looks, or
// earlier by an incident that was open until now: there it was never notified as up.
func (w *truth) wasNotified(chat model.ChatID, name string, since time.Time) bool {
	names := func(n *model.Notification, in *model.Incident) bool {
		closed := w.store.open[in.ID].ClosedAt
		if !n.Created.After(since.Add(-2*time.Second)) && !closed.IsZero() && w.at.Sub(closed) > notifiedWithin {
			return false
		}
		if in.Kind == model.IncidentCheck && in.Key() == name || in.Storm != nil && slices.ContainsFunc(in.Storm.Checks, func(id model.CheckID) bool { return model.CheckSubject(id) == name }) {
			return true
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
