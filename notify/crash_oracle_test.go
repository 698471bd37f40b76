package notify_test

import (
	"encoding/json"
	"html"
	"os"
	"path/filepath"
	"slices"
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
	twice, invented                                                                                   int
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
	begun    map[seenOf]bool // by a message of its own or a digest
	reports  map[string]bool // that were seen complete
	repeats  int
	messages int
	digests  int // of backlogs
	listed   int // incidents in them
	widest   int // incidents of a digest
	v        verdicts
}

func (r *trialRun) judge() {
	r.t.Helper()
	o := &oracle{
		t: r.t, r: r, incidents: map[model.IncidentID]model.Incident{}, calls: r.server.Calls(), first: map[int64]bool{},
		last: map[inOrder]int64{}, down: map[seenOf]bool{}, up: map[seenOf]bool{}, begun: map[seenOf]bool{}, reports: map[string]bool{},
	}
	o.load()
	for i := range o.calls {
		o.see(&o.calls[i])
	}
	for _, c := range o.cards {
		o.card(c)
	}
	for _, in := range o.incidents {
		to := chatAll
		if in.Readers.Limited { // a storm of client a's
			to = chatMoved
		}
		if !r.plan.joins && !o.knows(to, in.ID, o.down) { // of joins it may be muted
			o.v.lost++
			o.t.Errorf("lost: #%d %s was never notified", in.ID, in.Key())
		}
	}
	o.ackedIsKept()
	o.reported()
	o.patience()
	if r.plan.joins {
		o.judgeJoins()
	}
	o.t.Logf("%d incidents, %d messages, %d repeats, %d calls, %d kills, %d digests of at most %d incidents",
		len(o.incidents), o.messages, o.repeats, len(o.calls), len(r.killed), o.digests, o.widest)
	if o.v != (verdicts{}) {
		o.t.Errorf("%+v", o.v)
	}
	if o.widest < slices.Max(append([]int{0}, r.plan.fills...))/4 {
		o.t.Errorf("%d incidents in a digest try too little", o.widest)
	}
	if o.messages+o.listed < r.plan.least || o.repeats == 0 && !underRace { // which kills too seldom to be sure of one
		o.t.Errorf("%d messages, %d incidents in digests and %d repeats try too little", o.messages, o.listed, o.repeats)
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
	if w.Kind != model.NotifyUpdated {
		o.invented(chat, &w)
	}
	o.sent(chat, &w, o.first[w.ID])
	o.first[w.ID], o.last[order] = true, w.ID
}

// sent notes what a message says. What a repeat says was said before.
func (o *oracle) sent(chat model.ChatID, w *wire, repeat bool) {
	key := seenOf{chat, w.Incident}
	switch w.Kind {
	case model.NotifyReport:
		o.reports[w.Report] = true
	case model.NotifyOpened, model.NotifyRaised:
		if w.Kind == model.NotifyOpened && o.begun[key] && !o.up[key] && !repeat {
			o.twice(chat, w, w.Incident)
		}
		o.begin(key)
		if w.Closed { // so late that it shows the end itself
			o.end(key, w, repeat)
		}
	case model.NotifyResolved:
		if !o.down[key] {
			o.v.upWithoutDown++
			o.t.Errorf("%d was notified of the end of #%d, and never of its beginning", chat, w.Incident)
		}
		o.end(key, w, repeat)
	case model.NotifyDigest:
		o.digests++
		n := len(w.Open) + len(w.Resolved) + len(w.Gone)
		o.listed, o.widest = o.listed+n, max(o.widest, n)
	}
	o.lists(chat, w, repeat)
}

// lists notes what a message says about several incidents.
func (o *oracle) lists(chat model.ChatID, w *wire, repeat bool) {
	for _, id := range w.Open {
		o.down[seenOf{chat, id}] = true
		if w.Kind == model.NotifyDigest {
			o.begin(seenOf{chat, id})
		}
	}
	for _, id := range w.Gone {
		o.begin(seenOf{chat, id})
	}
	for _, id := range slices.Concat(w.Resolved, w.Gone) {
		if !o.down[seenOf{chat, id}] {
			o.v.upWithoutDown++
			o.t.Errorf("%d read in a %s that #%d is over, and never that it began", chat, w.Kind, id)
		}
		o.end(seenOf{chat, id}, w, repeat)
	}
}

// begin notes that a chat reads of an incident: what a limited chat was told to be over for it may begin again.
func (o *oracle) begin(key seenOf) { o.down[key], o.begun[key], o.up[key] = true, true, false }

func (o *oracle) end(key seenOf, w *wire, repeat bool) {
	if o.up[key] && !repeat {
		o.twice(key.chat, w, key.incident)
	}
	o.up[key] = true
}

// twice counts what is said again and not marked as a repeat.
func (o *oracle) twice(chat model.ChatID, w *wire, id model.IncidentID) {
	if w.Repeat {
		return
	}
	o.v.twice++
	o.t.Errorf("%s %d tells %d of #%d again", w.Kind, w.ID, chat, id)
}

// lag is how long a message may be on its way, by the fast clock, from where it is known what is true to where it is rendered.
const lag = crashSpeed * time.Second

// invented compares what a message says is open or over with what was so when it was rendered. For a limited chat an incident may
// be over before its end.
func (o *oracle) invented(chat model.ChatID, w *wire) {
	claims := func(id model.IncidentID, open bool) {
		in := o.incidents[id]
		isOver := !in.Open() && in.ClosedAt.Before(w.At.Add(-lag))
		isOpen := (in.Open() || in.ClosedAt.After(w.At.Add(lag))) && chat != chatMoved
		if (open && isOver) || (!open && isOpen) {
			o.v.invented++
			o.t.Errorf("%s %d of %s tells %d that #%d is open: %t, which ended at %s", w.Kind, w.ID, w.At, chat, id, open, in.ClosedAt)
		}
	}
	switch w.Kind {
	case model.NotifyOpened, model.NotifyRaised, model.NotifyReminder, model.NotifyResolved:
		claims(w.Incident, !w.Closed)
	}
	for _, id := range w.Open {
		claims(id, true)
	}
	for _, id := range slices.Concat(w.Resolved, w.Gone) {
		claims(id, false)
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

// knows reports whether a chat saw the beginning (or the end) of an incident, or of what it is part of for that chat.
func (o *oracle) knows(chat model.ChatID, id model.IncidentID, what map[seenOf]bool) bool {
	for ; id != 0; id = o.parent(chat, id) {
		if what[seenOf{chat, id}] {
			return true
		}
	}
	return false
}

// parent is what an incident is part of for a chat: the limited one has storms of its own, and knows of no others.
func (o *oracle) parent(chat model.ChatID, id model.IncidentID) model.IncidentID {
	in := o.incidents[id]
	if chat != chatMoved {
		return in.Parent
	}
	if parent, known := o.incidents[in.Parent]; known && parent.Kind != model.IncidentStorm {
		return in.Parent
	}
	return in.Storms[model.ScopeOf([]string{"a"}).Key()]
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
	if in.Open() {
		return
	}
	nobody := in.Kind == model.IncidentEventGroup && c.Severity == model.SeverityInfo // was affected: its end is an edit
	if !nobody && !o.knows(c.To.Chat, c.Incident, o.up) {
		o.v.downWithoutUp++
		o.t.Errorf("%d saw #%d, %s, go down and never up", c.To.Chat, c.Incident, in.Key())
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

// unread is how long before its death a process may have been sent an answer that it had no time to read and to store, on a starved
// machine. Its last request may take effect that much later, too: requests outlive their sender.
const unread = time.Second

// patience counts calls that came before a 429 allowed them. One that a process could not remember does not count: the one before was
// killed before it had read and stored the answer, or the clock by which it was stored was set meanwhile.
func (o *oracle) patience() {
	asked := map[string]time.Time{}
	excused := 0
	stored, steps := o.moments("paused"), o.moments("steps")
	for _, c := range o.calls {
		chat := c.Params["chat_id"]
		if c.Early {
			from := asked[chat]
			within := func(at moment) bool { return at.After(from) && at.Before(c.At) }
			known := slices.ContainsFunc(stored, func(at moment) bool { return at.of == chat && within(at) })
			died := slices.ContainsFunc(o.r.killed, func(death time.Time) bool { return within(moment{Time: death}) })
			if o.diedAfter(from) && !known || died && slices.ContainsFunc(steps, within) {
				excused++
			} else {
				o.v.early++
				o.t.Errorf("%s to %s came %s after its 429, which came %s after a death and %s before one", c.Method, chat, c.At.Sub(asked[chat]),
					o.sinceDeath(asked[chat]), o.untilDeath(asked[chat]))
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

// moment is a line of a file that the victims wrote: what happened to what, and when.
type moment struct {
	time.Time
	of string
}

func (o *oracle) moments(file string) (all []moment) {
	text, err := os.ReadFile(filepath.Join(o.r.dir, file))
	if err != nil {
		o.t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		at, of, _ := strings.Cut(strings.TrimSpace(line), " ")
		if ms, err := strconv.ParseInt(at, 10, 64); err == nil { // the last one of a life may be cut off
			all = append(all, moment{time.UnixMilli(ms), of})
		}
	}
	return all
}

func (o *oracle) diedAfter(answer time.Time) bool {
	for _, death := range o.r.killed {
		if death.Sub(answer).Abs() < unread {
			return true
		}
	}
	return false
}

// untilDeath is how long after a time the next process was killed; 0 if none was.
func (o *oracle) untilDeath(at time.Time) time.Duration {
	for _, death := range o.r.killed {
		if death.After(at) {
			return death.Sub(at)
		}
	}
	return 0
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
