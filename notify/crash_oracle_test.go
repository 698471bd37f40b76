package notify_test

import (
	"encoding/json"
	"html"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/sandbox/botapi"
)

// seenOf is what one chat saw of one incident.
type seenOf struct {
	chat     model.ChatID
	incident model.IncidentID
}

// inOrder is what one chat must see in order: its alerts, and its reports.
type inOrder struct {
	chat   model.ChatID
	report bool
}

// verdicts are the oracle's counters. All must be 0.
type verdicts struct {
	lost, unmarked, disorder, early, downWithoutUp, upWithoutDown, staleCards, forgotten, lostReports int
}

// oracle reads what the server accepted, in order, and what is stored, and compares.
type oracle struct {
	t         *testing.T
	r         *trialRun
	incidents map[model.IncidentID]model.Incident
	cards     []model.Card
	calls     []botapi.Call

	first    map[int64]bool
	last     map[inOrder]int64
	down, up map[seenOf]bool
	reports  map[string]bool // that were seen complete
	repeats  int
	messages int
	v        verdicts
}

func (r *trialRun) judge() {
	r.t.Helper()
	o := &oracle{
		t: r.t, r: r, incidents: map[model.IncidentID]model.Incident{}, calls: r.server.Calls(), first: map[int64]bool{},
		last: map[inOrder]int64{}, down: map[seenOf]bool{}, up: map[seenOf]bool{}, reports: map[string]bool{},
	}
	o.load()
	for i := range o.calls {
		o.see(&o.calls[i])
	}
	for _, c := range o.cards {
		o.card(c)
	}
	for _, in := range o.incidents {
		if !o.knows(chatAll, in.ID, o.down) {
			o.v.lost++
			o.t.Errorf("lost: #%d %s was never notified", in.ID, in.Key())
		}
	}
	o.ackedIsKept()
	o.reported()
	o.patience()
	o.t.Logf("%d incidents, %d messages, %d repeats, %d calls, %d kills", len(o.incidents), o.messages, o.repeats, len(o.calls), len(r.killed))
	if o.v != (verdicts{}) {
		o.t.Errorf("%+v", o.v)
	}
	if o.messages < r.plan.least || o.repeats == 0 {
		o.t.Errorf("%d messages and %d repeats try too little", o.messages, o.repeats)
	}
}

func (o *oracle) load() {
	db := o.r.open()
	defer func() { _ = db.Close() }()
	all, err := db.Incidents(o.t.Context(), time.Time{}, 1<<20)
	if err != nil {
		o.t.Fatal(err)
	}
	for i := range all {
		o.incidents[all[i].ID] = all[i]
	}
	for id := range o.incidents {
		for _, chat := range []model.ChatID{chatAll, chatMoved, chatHours, chatOutcast} {
			card, found, err := db.Card(o.t.Context(), id, model.Destination{Channel: "telegram", Chat: chat})
			if err != nil {
				o.t.Fatal(err)
			}
			if found {
				o.cards = append(o.cards, card)
			}
		}
	}
}

// see records one call that had an effect.
func (o *oracle) see(c *botapi.Call) {
	chat, w, ok := said(c)
	if !ok {
		return
	}
	if c.Method == "sendmessage" {
		o.messages++
	}
	if o.first[w.ID] && w.Kind != model.NotifyUpdated {
		o.repeats++
		if !w.Repeat {
			o.v.unmarked++
			o.t.Errorf("%s %d of #%d came twice to %d, and does not say so", w.Kind, w.ID, w.Incident, chat)
		}
	}
	order := inOrder{chat, w.Kind == model.NotifyReport}
	if w.ID < o.last[order] {
		o.v.disorder++
		o.t.Errorf("%d saw %d after %d", chat, w.ID, o.last[order])
	}
	o.first[w.ID], o.last[order] = true, w.ID
	o.sent(chat, &w)
}

func (o *oracle) sent(chat model.ChatID, w *wire) {
	key := seenOf{chat, w.Incident}
	switch w.Kind {
	case model.NotifyReport:
		o.reports[w.Report] = true
	case model.NotifyOpened, model.NotifyRaised:
		o.down[key] = true
		if w.Closed { // so late that it shows the end itself
			o.up[key] = true
		}
	case model.NotifyResolved:
		if !o.down[key] && chat != chatOutcast {
			o.v.upWithoutDown++
			o.t.Errorf("%d was notified of the end of #%d, and never of its beginning", chat, w.Incident)
		}
		o.up[key] = true
	}
	for _, id := range w.Open {
		o.down[seenOf{chat, id}] = true
	}
	for _, id := range w.Gone {
		o.down[seenOf{chat, id}], o.up[seenOf{chat, id}] = true, true
	}
}

// said parses a message or an edit that a chat accepted. Old and new ids of one chat count as one.
func said(c *botapi.Call) (model.ChatID, wire, bool) {
	var w wire
	if !c.Executed || (c.Method != "sendmessage" && c.Method != "editmessagetext") {
		return 0, w, false
	}
	if json.Unmarshal([]byte(html.UnescapeString(c.Params["text"])), &w) != nil {
		return 0, w, false
	}
	return chatOf(c), w, true
}

func chatOf(c *botapi.Call) model.ChatID {
	id, _ := strconv.ParseInt(c.Params["chat_id"], 10, 64)
	if model.ChatID(id) == chatScoped {
		return chatMoved
	}
	return model.ChatID(id)
}

// knows reports whether a chat saw the beginning (or the end) of an incident, or of its parent.
func (o *oracle) knows(chat model.ChatID, id model.IncidentID, what map[seenOf]bool) bool {
	for ; id != 0; id = o.incidents[id].Parent {
		if what[seenOf{chat, id}] {
			return true
		}
	}
	return false
}

// card compares what a chat should have been notified of with what it saw, and its message with the current state.
func (o *oracle) card(c model.Card) {
	key := seenOf{c.To.Chat, c.Incident}
	if !c.Down {
		return
	}
	if !o.down[key] {
		o.v.lost++
		o.t.Errorf("lost: %d never saw #%d", c.To.Chat, c.Incident)
	}
	in := o.incidents[c.Incident]
	if in.Open() || c.To.Chat == chatOutcast {
		return
	}
	if !o.knows(c.To.Chat, c.Incident, o.up) {
		o.v.downWithoutUp++
		o.t.Errorf("%d saw #%d go down and never up", c.To.Chat, c.Incident)
	}
	if c.Message != 0 && !o.shown(c).Closed {
		o.v.staleCards++
		o.t.Errorf("the card of #%d in %d does not say that it is over", c.Incident, c.To.Chat)
	}
}

// shown is what the message of a card shows now. Messages from before a chat's migration cannot be edited.
func (o *oracle) shown(c model.Card) wire {
	for _, m := range o.r.server.Messages(int64(c.To.Chat)) {
		if m.ID != c.Message {
			continue
		}
		var w wire
		if err := json.Unmarshal([]byte(m.Text), &w); err != nil {
			o.t.Errorf("%q: %v", m.Text, err)
		}
		return w
	}
	return wire{Closed: c.To.Chat == chatMoved}
}

// ackedIsKept: a standalone check whose failure was committed has an incident from then on, until it works again.
func (o *oracle) ackedIsKept() {
	byCheck := map[model.CheckID][]model.Incident{}
	for _, in := range o.incidents {
		if in.Kind == model.IncidentCheck {
			byCheck[in.Check] = append(byCheck[in.Check], in)
		}
	}
	for _, a := range o.r.acks() {
		single := false
		for _, id := range crashSingles {
			single = single || model.CheckID(id) == a.Check
		}
		if !single || !a.Down {
			continue
		}
		kept := false
		for _, in := range byCheck[a.Check] {
			kept = kept || (!in.OpenedAt.After(a.At) && (in.Open() || !in.ClosedAt.Before(a.At.Add(-time.Second))))
		}
		if !kept {
			o.v.forgotten++
			o.t.Errorf("%s was taken in as down at %s, and no incident knows of it", a.Check, a.At)
		}
	}
}

// reported: every report that was in the outbox arrived, with what it is made of, and nothing of it is left behind.
func (o *oracle) reported() {
	made, err := os.ReadFile(filepath.Join(o.r.dir, "reports"))
	if err != nil {
		o.t.Fatal(err)
	}
	n := 0
	for name := range strings.Lines(string(made)) {
		n++
		if !o.reports[strings.TrimSpace(name)] {
			o.v.lostReports++
			o.t.Errorf("%s did not arrive whole", strings.TrimSpace(name))
		}
	}
	if n < 3 {
		o.t.Errorf("%d reports try too little", n)
	}
	db := o.r.open()
	defer func() { _ = db.Close() }()
	for id := range o.first {
		if parts, err := db.ReportParts(o.t.Context(), id); err != nil || parts != nil {
			o.t.Errorf("of the report %d that arrived there is still %v, %v", id, parts, err)
		}
	}
}

// unread is how long before its death a process may have been sent an answer that it had no time to read and to store. Its
// last request may take effect that much later, too: requests outlive their sender.
const unread = 150 * time.Millisecond

// patience counts calls that came before a 429 allowed them. One that a process could not remember, since it was killed
// with the answer unread, does not count.
func (o *oracle) patience() {
	asked := map[string]time.Time{}
	excused := 0
	for _, c := range o.calls {
		chat := c.Params["chat_id"]
		if c.Early {
			if o.diedAfter(asked[chat]) {
				excused++
			} else {
				o.v.early++
				o.t.Errorf("%s to %s came %s after its 429, %s after a death", c.Method, chat, c.At.Sub(asked[chat]), o.sinceDeath(asked[chat]))
			}
		}
		if c.Status == 429 {
			asked[chat] = c.At
		}
	}
	if excused > 0 {
		o.t.Logf("early, but unknown to the process: %d", excused)
	}
}

func (o *oracle) diedAfter(answer time.Time) bool {
	for _, death := range o.r.killed {
		if death.Sub(answer).Abs() < unread {
			return true
		}
	}
	return false
}

// sinceDeath is how long before a time the last process was killed.
func (o *oracle) sinceDeath(at time.Time) time.Duration {
	since := at.Sub(o.r.epoch)
	for _, death := range o.r.killed {
		if death.Before(at) {
			since = min(since, at.Sub(death))
		}
	}
	return since
}
