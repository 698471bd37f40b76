package alerts_test

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"opsbot/alerts"
	"opsbot/model"
)

var zoo = []string{
	"main-db", "disk", "a/web@h1", "a/web@h2", "a/web@h3", "a/shop@h1", "a/shop@h2", "b/web@h1", "b/web@h3", "b/shop@h4",
}

// TestWhateverHappens feeds a Manager anything, kills it anywhere, and then compares what was notified with what must have been.
func TestWhateverHappens(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		w := newWorld(t, zoo...)
		w.soften("disk")
		w.routing.Chats = append(w.routing.Chats, model.Chat{ID: 2, Scope: model.ScopeOf([]string{"a"})})
		w.manager.SetRouting(w.routing)
		if rapid.Bool().Draw(r, "hours") {
			hours, _ := model.ParseActiveHours("10:10-10:30;11:00-12:00;15:00-09:00", time.UTC)
			w.routing.Hours = &hours
			w.manager.SetRouting(w.routing)
		}
		if rapid.Bool().Draw(r, "routes") {
			at := func(chat model.ChatID) []model.Destination {
				return []model.Destination{{Channel: "telegram", Chat: chat}}
			}
			night, _ := model.ParseActiveHours("20:00-06:00", time.UTC)
			w.routing.Routes = []alerts.Route{{Clients: []string{"a"}, Hours: &night, To: append(at(1), at(2)...)}, {To: at(1)}}
			w.manager.SetRouting(w.routing)
		}
		w.rules = someRules(r)
		w.gather = rapid.SampledFrom([]time.Duration{0, alerts.GatherFirst, time.Hour}).Draw(r, "gather")
		w.restart()
		r.Repeat(map[string]func(*rapid.T){
			"ack": func(r *rapid.T) {
				for _, in := range w.manager.OpenIncidents(model.Scope{}) {
					_, _ = w.manager.Ack(context.Background(), in.ID, model.Ack{Name: "ann"}, model.AuditEntry{})
				}
			},
			"unack": func(r *rapid.T) {
				scope := rapid.SampledFrom([]model.Scope{{}, model.ScopeOf([]string{"a"})}).Draw(r, "scope")
				for _, in := range w.manager.OpenIncidents(scope) {
					_, _ = w.manager.Unack(context.Background(), in.ID, scope, model.AuditEntry{})
				}
			},
			"offline": func(r *rapid.T) {
				var why model.Reason
				if rapid.Bool().Draw(r, "offline") {
					why = model.NewReason(model.ReasonOffline)
				}
				_ = w.manager.SetConnectivity(context.Background(), why)
			},
			"result": func(r *rapid.T) {
				status := rapid.SampledFrom([]model.Status{model.StatusOK, model.StatusFail, model.StatusFail, model.StatusUnknown}).Draw(r, "status")
				w.result(rapid.SampledFrom(zoo).Draw(r, "check"), status)
			},
			"event": func(r *rapid.T) {
				e := w.event(rapid.SampledFrom([]string{"h1", "h2", "h3", "h4", "unknown1", "unknown2"}).Draw(r, "host"))
				e.OpenedAt = w.at.Add(-time.Duration(rapid.IntRange(0, 2000).Draw(r, "ago")) * time.Second)
				e.Suppressed = rapid.IntRange(0, 9).Draw(r, "planned") == 0
				if end := rapid.SampledFrom([]model.EventEnd{"", "", model.EndConfirmed, model.EndUnconfirmed}).Draw(r, "end"); end != "" {
					e.EndedAt, e.End = w.at, end
				}
				w.receive(e)
			},
			"source": func(r *rapid.T) {
				var why model.Reason
				if rapid.Bool().Draw(r, "silent") {
					why = model.NewReason(model.ReasonSourceAway)
				}
				_ = w.manager.SetSource(context.Background(), "icinga", why)
			},
			"verify checks": func(r *rapid.T) {
				ids := w.toVerify
				w.toVerify = nil
				for _, id := range ids {
					w.result(string(id), rapid.SampledFrom([]model.Status{model.StatusOK, model.StatusFail, model.StatusUnknown}).Draw(r, "seen"))
				}
			},
			"verify hosts": func(*rapid.T) {
				ids := w.toVerify
				w.toVerify = nil
				for _, id := range ids {
					w.result(string(id), model.StatusFail)
				}
			},
			"wait":    func(r *rapid.T) { w.wait(time.Duration(rapid.IntRange(1, 1200).Draw(r, "s")) * time.Second) },
			"restart": func(*rapid.T) { w.restart() },
			"ask":     func(r *rapid.T) { selectionAgrees(r, w) },
			"disk":    func(*rapid.T) { w.store.full = !w.store.full },
			"mute": func(r *rapid.T) {
				m := model.Mute{Chat: 1, Until: w.at.Add(time.Duration(rapid.IntRange(1, 90).Draw(r, "m")) * time.Minute)}
				if rapid.Bool().Draw(r, "narrow") {
					m.Selector = model.Selector{Clients: []string{"a"}}
				}
				_, _, _ = w.manager.Mute(context.Background(), m, model.AuditEntry{})
			},
			"unmute": func(r *rapid.T) {
				for _, m := range w.manager.Mutes() {
					_, _ = w.manager.EndMute(context.Background(), m.ID, rapid.Bool().Draw(r, "report"), model.AuditEntry{})
				}
			},
			"leave":  func(*rapid.T) { w.reload(zoo[:6]...) },
			"return": func(*rapid.T) { w.reload(zoo...) },
		})
		w.store.full = false
		_ = w.manager.SetConnectivity(context.Background(), model.Reason{})
		_ = w.manager.SetSource(context.Background(), "icinga", model.Reason{})
		for range 2 {
			w.recheckAll("h1", "h2", "h3") // what nobody verifies stays unknown
			w.wait(13 * time.Hour)
			w.restart()
		}
		w.wait(13 * time.Hour)
		oracle(r, w)
	})
}

// overviewAgrees holds what is said of everything in a scope to what is said of each check, service and incident.
func overviewAgrees(r *rapid.T, w *world, scope model.Scope) {
	got, states := w.manager.Overview(scope), w.manager.States()
	var want model.CheckCounts
	for _, c := range w.inv.Checks() {
		if s := states[c.ID]; scope.Sees(c.Client()) {
			want.Add(c, &s)
		}
	}
	if !reflect.DeepEqual(got.CheckCounts, want) {
		r.Errorf("%+v are counted, want %+v", got.CheckCounts, want)
	}
	if open := w.manager.OpenIncidents(scope); !reflect.DeepEqual(got.Incidents, open) {
		r.Errorf("open are %+v, want %+v", got.Incidents, open)
	}
	ofChecks := w.manager.StateOf(scope, w.inv.Checks()).Services
	if !slices.Equal(got.Services, ofChecks) || !slices.IsSortedFunc(got.Services, model.CompareStates) {
		r.Errorf("services %+v, want %+v", got.Services, ofChecks)
	}
}

// selectionAgrees holds what is said of some checks to what is said of all.
func selectionAgrees(r *rapid.T, w *world) {
	some := rapid.SliceOfNDistinct(rapid.SampledFrom(w.inv.Checks()), 0, 4, rapid.ID[*model.Check]).Draw(r, "checks")
	scope := rapid.SampledFrom([]model.Scope{{}, model.ScopeOf([]string{"a"}), model.ScopeOf([]string{"b"})}).Draw(r, "scope")
	overviewAgrees(r, w, scope)
	got := w.manager.StateOf(scope, some)
	ids, services := map[model.CheckID]bool{}, map[model.ServiceKey]bool{}
	states := w.manager.States()
	for i, c := range some {
		if ids[c.ID] = true; c.Endpoint != nil {
			services[c.Endpoint.ServiceKey] = true
		}
		if !reflect.DeepEqual(got.Checks[i], states[c.ID]) {
			r.Errorf("%s is %+v, want %+v", c.ID, got.Checks[i], states[c.ID])
		}
	}
	want := slices.DeleteFunc(w.manager.ServiceStates(scope), func(s model.ServiceState) bool { return !services[s.ServiceKey] })
	if !slices.Equal(got.Services, want) {
		r.Errorf("services %+v, want %+v", got.Services, want)
	}
	for _, in := range w.manager.OpenIncidents(scope) {
		touches := in.Gathered() || in.Kind == model.IncidentSource || in.Kind == model.IncidentConnectivity || ids[in.Check] ||
			slices.ContainsFunc(in.Failing, func(f model.FailingCheck) bool { return ids[f.Check] })
		same := func(other model.Incident) bool { return reflect.DeepEqual(other, in) }
		if n := slices.IndexFunc(got.Incidents, same); touches && n < 0 {
			r.Errorf("%s is missing", in.Key())
		}
	}
}

// someRules are rules with anything on or off.
func someRules(r *rapid.T) alerts.Rules {
	var rules alerts.Rules
	if rapid.Bool().Draw(r, "storms") {
		rules.Storm = alerts.Storm{Over: rapid.IntRange(1, 3).Draw(r, "over"), Within: 30 * time.Second}
	}
	if rapid.Bool().Draw(r, "flapping") {
		rules.Flapping = alerts.Flapping{Over: rapid.IntRange(1, 4).Draw(r, "changes"), Within: time.Hour, Quiet: 10 * time.Minute}
	}
	if rapid.Bool().Draw(r, "reminders") {
		rules.Remind = []time.Duration{10 * time.Minute, time.Hour}
	}
	if rapid.Bool().Draw(r, "daily") {
		rules.Daily = func(after time.Time) time.Time { return after.Truncate(model.Day).Add(model.Day) }
	}
	if rapid.Bool().Draw(r, "window") {
		rules.Windows = []model.MaintenanceWindow{{
			Name: "backup", Selector: model.Selector{Clients: []string{"a"}}, Length: 20 * time.Minute,
			Next: func(after time.Time) time.Time { return after.Truncate(3 * time.Hour).Add(3 * time.Hour) },
		}}
	}
	return rules
}

func (w *world) reload(checks ...string) {
	w.inv = inventoryOf(checks...)
	if c, ok := w.inv.Check("disk"); ok {
		c.Severity = model.SeverityWarning
	}
	_ = w.manager.SetInventory(context.Background(), w.inv)
}

// oracle reads the outbox as each chat would have seen it.
func oracle(r *rapid.T, w *world) {
	for _, chat := range w.routing.Chats {
		sees(r, w, chat)
	}
	for id, in := range w.store.open {
		switch {
		case !in.Open():
		case in.Kind == model.IncidentConnectivity:
			r.Errorf("still offline: %+v", in.Flap)
		case in.Kind == model.IncidentStorm && !hasParts(w, id) && !ofEventGroup(w, in):
			r.Errorf("nothing is open of %s", in.Key())
		case in.Kind == model.IncidentSource:
			r.Errorf("%s is still silent", in.Source)
		case in.Kind == model.IncidentStorm && in.Parent != 0 && !ofEventGroup(w, in):
			r.Errorf("%s is part of #%d", in.Key(), in.Parent)
		}
	}
	for id, st := range w.manager.States() {
		if st.Phase == model.PhaseDown && !coveredByIncident(w, id) {
			r.Errorf("down without an incident: %s", id)
		}
	}
}

// sees judges what one chat was notified of.
func sees(r *rapid.T, w *world, chat model.Chat) {
	down, up := map[model.IncidentID]int{}, map[model.IncidentID]int{}
	notified := map[model.IncidentID]model.Severity{} // how bad at the most
	for _, t := range w.store.notifications {
		if t.To.Chat != chat.ID {
			continue
		}
		if !t.NotBefore.IsZero() {
			r.Errorf("still held: %s", describe(&t))
		}
		leaks(r, &t, chat.Scope)
		if t.Kind == model.NotifyOpened || t.Kind == model.NotifyRaised {
			notified[t.Incident] = max(notified[t.Incident], t.Severity)
		}
		for _, in := range t.Snapshot.Open {
			notified[in.ID] = max(notified[in.ID], in.Severity)
		}
		switch t.Kind {
		case model.NotifyOpened:
			down[t.Incident]++
		case model.NotifyResolved:
			up[t.Incident]++
		case model.NotifyDigest, model.NotifyMuteEnded:
			for _, in := range t.Snapshot.Open {
				down[in.ID] = max(1, down[in.ID])
			}
			for _, in := range slices.Concat(t.Snapshot.Resolved, t.Snapshot.Gone) {
				up[in.ID]++
			}
		}
	}
	for id, in := range w.store.open {
		if in.Kind == model.IncidentStorm && !in.Readers.Equal(chat.Scope) {
			if down[id]+up[id] > 0 {
				r.Errorf("%d: the %s of others is notified", chat.ID, in.Key())
			}
			continue
		}
		inhibited := false
		for up := parentFor(w, in, chat.Scope); up != 0; up = parentFor(w, w.store.open[up], chat.Scope) {
			inhibited = inhibited || down[up] > 0
		}
		quiet := in.Kind == model.IncidentEventGroup && notified[id] == model.SeverityInfo // that nobody is affected need not be notified, nor that it is over
		// For those who see a part of an event group it may be over, and begin again: more fails by itself, and with that the group hurts.
		// Outside their hours that comes and goes too, and is in the digest as gone; an end that waits for them is no more when it
		// begins again.
		again := in.Kind == model.IncidentEventGroup && chat.Scope.Limited && up[id] <= down[id]+1 && (down[id] <= up[id]+1 || w.routing.Hours != nil || w.routing.Routes != nil)
		switch {
		case again:
		case quiet && (down[id] == 0 || up[id] == 0):
		case down[id] > 1 || up[id] > 1:
			dump(r, w, chat.ID)
			r.Errorf("%d: %s: notified down %d times, up %d times", chat.ID, in.Key(), down[id], up[id])
		case in.Open() && down[id] == 0 && !inhibited && !chat.Scope.Limited:
			dump(r, w, chat.ID)
			r.Errorf("%d: lost: %s", chat.ID, in.Key())
		case in.Open() && up[id] > 0 && (!chat.Scope.Limited || in.Kind != model.IncidentEventGroup): // it may be over for some
			r.Errorf("%d: notified up, but open: %s", chat.ID, in.Key())
		case !in.Open() && down[id] > 0 && up[id] == 0 && !inhibited:
			dump(r, w, chat.ID)
			r.Errorf("%d: notified down, never up: %s", chat.ID, in.Key())
		}
	}
}

// parentFor is what an incident is part of for who sees a scope; 0 is nothing.
func parentFor(w *world, in model.Incident, scope model.Scope) model.IncidentID {
	if scope.Limited && (in.Parent == 0 || w.store.open[in.Parent].Kind == model.IncidentStorm) {
		return in.Storms[scope.Key()]
	}
	return in.Parent
}

// leaks finds what a notification says of what a scope does not see.
func leaks(r *rapid.T, t *model.Notification, scope model.Scope) {
	if !scope.Limited {
		return
	}
	all := slices.Concat(t.Snapshot.Open, t.Snapshot.Resolved, t.Snapshot.Gone)
	if t.Snapshot.Incident != nil {
		all = append(all, *t.Snapshot.Incident)
	}
	for _, in := range all {
		hidden := in.Kind == model.IncidentCheck || in.Client != "" && !scope.Sees(in.Client) || in.Storm != nil && len(in.Storm.Checks) > 0
		for _, state := range in.Affected {
			hidden = hidden || !scope.Sees(state.Client)
		}
		for _, f := range in.Failing {
			client, _, _ := strings.Cut(string(f.Check), "/")
			hidden = hidden || !scope.Sees(client)
		}
		if hidden {
			r.Errorf("a limited chat reads %s: %+v", describe(t), in)
		}
	}
}

// ofEventGroup reports whether an open event group took over all of a storm.
func ofEventGroup(w *world, storm model.Incident) bool {
	group := w.store.open[storm.Parent]
	return group.Kind == model.IncidentEventGroup && group.Open()
}

func hasParts(w *world, id model.IncidentID) bool {
	for _, in := range w.store.open {
		if in.Open() && (in.Parent == id || slices.Contains(slices.Collect(maps.Values(in.Storms)), id)) {
			return true
		}
	}
	return false
}

func coveredByIncident(w *world, id model.CheckID) bool {
	for _, in := range w.manager.OpenIncidents(model.Scope{}) {
		for _, f := range in.Failing {
			if f.Check == id {
				return true
			}
		}
	}
	return false
}

func dump(r *rapid.T, w *world, chat model.ChatID) {
	for _, t := range w.store.notifications {
		if t.To.Chat == chat {
			r.Logf("%s %s", t.Created.Format("15:04:05"), describe(&t))
		}
	}
	for id, in := range w.store.open {
		r.Logf("#%d %s parent %d opened %s closed %s", id, in.Key(), in.Parent, in.OpenedAt.Format("15:04:05"), in.ClosedAt.Format("15:04:05"))
	}
}
