package alerts_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"opsbot/alerts"
	"opsbot/model"
)

// farm is what TestWhateverIsOpenAFirstDownIsNotified is tried on: hosts shared by clients, a host of one client alone, and checks of no host.
var farm = []string{
	"a/web@h1", "a/web@h2", "a/api@h2", "a/api@h3", "b/web@h1", "b/web@h4", "b/api@h5", "c/web@h5", "c/web@h6", "d/web@h7", "d/web@h8", "main-db", "backup",
}

// truth is a world in which things are broken or not, and everything that is run sees just that.
type truth struct {
	*world
	broken map[string]bool                       // checks
	unseen map[string]bool                       // checks that cannot be judged
	limit  int                                   // of failures in a row, of every other check
	asked  []string                              // what is to be verified and has not answered
	slow   bool                                  // one a second answers
	isDown map[string]time.Time                  // by subject: since when it is down, whoever need not know
	down   map[model.ChatID]map[string]time.Time // by chat and subject: since when it has been judged down, and had to be notified
}

func newTruth(t *testing.T) *truth {
	t.Helper()
	return &truth{
		world: newWorld(t, farm...), broken: map[string]bool{}, unseen: map[string]bool{}, isDown: map[string]time.Time{}, down: map[model.ChatID]map[string]time.Time{},
	}
}

// run runs checks, and whatever the Manager wants verified because of them, unless that is slow.
func (w *truth) run(ids ...string) {
	for len(ids) > 0 {
		var results []model.Result
		for _, id := range ids {
			results = append(results, outcome(id, w.status(id), w.at))
		}
		w.handle(results)
		if ids = nil; !w.slow {
			ids = w.answering()
		}
	}
}

// answering is what of all that is to be verified answers next.
func (w *truth) answering() (ids []string) {
	for _, id := range w.toVerify {
		w.asked = append(w.asked, string(id))
	}
	w.toVerify = nil
	n := len(w.asked)
	if w.slow {
		n = min(n, 1)
	}
	ids, w.asked = w.asked[:n:n], w.asked[n:]
	return ids
}

// status is what a run of a check sees.
func (w *truth) status(id string) model.Status {
	switch {
	case w.unseen[id]:
		return model.StatusUnknown
	case w.broken[id]:
		return model.StatusFail
	default:
		return model.StatusOK
	}
}

// pass lets time pass, while everything is run every 20 s and what is to be verified at once.
func (w *truth) pass(d time.Duration) {
	for end := w.at.Add(d); w.at.Before(end); {
		w.wait(min(end.Sub(w.at), time.Second))
		ids := w.answering()
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
	w.noteDown()
	for _, chat := range w.routing.Chats {
		now := map[string]time.Time{}
		for name, checks := range w.downFor(chat.Scope) {
			if w.excused(chat.ID, name, checks) {
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

// downFor are the services and standalone checks that are down, of those that a scope sees, with the checks of each.
func (w *truth) downFor(scope model.Scope) map[string][]*model.Check {
	down := map[string][]*model.Check{}
	for _, s := range w.manager.ServiceStates(scope) {
		if s.Verdict == model.VerdictDown {
			down[model.ServiceSubject(s.ServiceKey)] = w.inv.ChecksOfService(s.ServiceKey)
		}
	}
	for _, c := range w.inv.Checks() {
		if st, _ := w.manager.State(c.ID); c.Endpoint == nil && !scope.Limited && st.Phase == model.PhaseDown {
			down[model.CheckSubject(c.ID)] = []*model.Check{c}
		}
	}
	return down
}

// rulesOf draws what the configuration may say.
func (w *truth) rulesOf(r *rapid.T) {
	w.rules.Storm = alerts.Storm{Over: rapid.SampledFrom([]int{0, 1, 3}).Draw(r, "over"), Within: 10 * time.Second}
	if rapid.IntRange(0, 3).Draw(r, "reminders") == 0 {
		w.rules.Remind = []time.Duration{45 * time.Second}
	}
	if rapid.IntRange(0, 3).Draw(r, "hours") == 0 {
		w.closesAtTimes()
	}
	if rapid.IntRange(0, 3).Draw(r, "routes") == 0 {
		w.routing.Routes = []alerts.Route{
			{MinSeverity: model.SeverityCritical, Clients: []string{"a", "c"}, To: chats(3), Continue: true}, {Clients: []string{"b"}, To: chats(2), Continue: true}, {To: chats(1)},
		}
	}
	w.limit = rapid.IntRange(1, 3).Draw(r, "failures")
	w.reload(farm...)
}

// chats are Telegram chats as destinations.
func chats(ids ...model.ChatID) (all []model.Destination) {
	for _, id := range ids {
		all = append(all, model.Destination{Channel: "telegram", Chat: id})
	}
	return all
}

// reload has other checks from now on.
func (w *truth) reload(checks ...string) {
	w.inv = inventoryOf(checks...)
	for i, c := range w.inv.Checks() {
		if i%2 == 0 {
			c.Failures.N = w.limit
		}
	}
	_ = w.manager.SetInventory(context.Background(), w.inv)
}

// closesAtTimes has notifications go out for three minutes of each five.
func (w *truth) closesAtTimes() {
	var spans []string
	for m := range 12 {
		spans = append(spans, fmt.Sprintf("10:%02d-10:%02d;11:%02d-11:%02d", m*5, m*5+3, m*5, m*5+3))
	}
	hours, err := model.ParseActiveHours(strings.Join(spans, ";"), time.UTC)
	if err != nil {
		w.t.Fatal(err)
	}
	w.routing.Hours, w.routing.Bypass = &hours, nil
}

// mutes sets a mute, for seconds or for days, everywhere or in one chat.
func (w *truth) mutes(r *rapid.T, m model.Mute) {
	m.Chat, m.Here = 1, rapid.IntRange(0, 2).Draw(r, "here") == 0
	if m.Here {
		m.Chat = rapid.SampledFrom(w.routing.Chats).Draw(r, "chat").ID
	}
	m.Until = w.at.Add(rapid.SampledFrom([]time.Duration{20 * time.Second, time.Minute, 7 * model.Day}).Draw(r, "for"))
	_, _, _ = w.manager.Mute(context.Background(), m, model.AuditEntry{})
}

// migrate gives a chat another id, as the store does with all that it keeps.
func (w *truth) migrate(i int) {
	from := w.routing.Chats[i].ID
	to := from + 100
	w.routing.Chats = slices.Clone(w.routing.Chats)
	w.routing.Chats[i].ID = to
	w.routing.Routes = slices.Clone(w.routing.Routes)
	for j := range w.routing.Routes {
		if w.routing.Routes[j].To[0].Chat == from {
			w.routing.Routes[j].To = chats(to)
		}
	}
	w.store.migrate(from, to)
	w.manager.Migrate(from, to)
	w.down[to] = w.down[from]
}

func (s *memStore) migrate(from, to model.ChatID) {
	for i := range s.notifications {
		if n := &s.notifications[i]; n.To.Chat == from {
			n.To.Chat = to
		}
	}
	for key, card := range s.cards {
		if card.To.Chat == from {
			delete(s.cards, key)
			card.To.Chat = to
			s.cards[fmt.Sprint(card.Incident, card.To)] = card
		}
	}
	for id, m := range s.mutes {
		if m.Chat == from {
			m.Chat = to
			s.mutes[id] = m
		}
	}
}

// without are the checks whose names have no such part.
func (w *truth) without(part string) []string {
	return slices.DeleteFunc(slices.Clone(farm), func(id string) bool { return strings.Contains(id, part) })
}
