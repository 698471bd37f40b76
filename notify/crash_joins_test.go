package notify_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"opsbot/model"
)

// TestKillWhileOthersJoin is TestKill with clients that fail one after the other, while what failed before is open, muted or
// acknowledged: storms and event groups that are joined.
func TestKillWhileOthersJoin(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	kills := 20
	if underRace {
		kills = 7
	}
	trial(t, joinsPlan(kills))
}

func joinsPlan(kills int) crashPlan {
	return crashPlan{
		kills: kills, life: 400 * time.Millisecond, faults: shortFaults(), pace: 250 * time.Millisecond, away: 700 * time.Millisecond,
		least: 3 * kills, joins: true,
	}
}

// Times of the fast clock.
const (
	// settled is how long something must be down to be notified for certain, by a process that did all that was due: a verification that
	// never comes (its timeout and 3 s), 5 s for what joins with it, 30 s since the last that joined, 5 s from one change of a storm to the next.
	settled = 45 * time.Second
	// begins is what of that begins anew in each life: the verification and what joins with it.
	begins = 10 * time.Second
	// enough is settled, and as long as a killed process is away.
	enough = 75 * time.Second
	// unnoted is how long before it is noted something may be committed: a kill between the two, and the start of the next process.
	unnoted = 90 * time.Second
	// shownFor is how old what a row names may be.
	shownFor = 150 * time.Second
)

// joinsVerdicts are the counters of the oracle. All must be 0.
type joinsVerdicts struct{ lost, twice, invented, mutedSent, ackedReminded int }

// span is a time in which something was down, or muted.
type span struct{ from, until time.Time }

func (s span) overlaps(from, until time.Time) bool {
	return s.from.Before(until) && from.Before(s.until)
}

// life is a process: since when it ran, and at which times nothing was due.
type life struct {
	born time.Time
	idle []time.Time
}

// noted is a line of the journal.
type noted[T any] struct {
	at time.Time
	T  T
}

// joinsOracle knows from the driver what was down when, and from the journals what was muted and written, and compares that with what
// the chats saw.
type joinsOracle struct {
	*oracle
	down   map[string][]span // by subject
	rows   []noted[*rowJot]
	acked  []noted[*ackJot]
	mutes  map[uint64]*muteJot
	asked  map[uint64]time.Time
	set    map[uint64]time.Time
	ending map[model.MuteID]time.Time
	lives  []life
	end    time.Time
	took   []time.Duration
	tried  int // times that something was down for long and not muted
	joined int // rows that are about what joined
	seen   map[model.ChatID][]saw
	v      joinsVerdicts
}

func (o *oracle) judgeJoins() {
	o.t.Helper()
	j := &joinsOracle{
		oracle: o, down: map[string][]span{}, mutes: map[uint64]*muteJot{}, asked: map[uint64]time.Time{}, set: map[uint64]time.Time{},
		ending: map[model.MuteID]time.Time{}, end: o.fast(time.Now()),
	}
	j.readDown()
	j.readJots()
	for _, chat := range []model.ChatID{chatAll, chatMoved} {
		for subject, spans := range j.down {
			for _, s := range spans {
				if sees(chat, subject) {
					j.wasNotified(chat, subject, s)
				}
			}
		}
	}
	for i := range j.rows {
		j.row(i)
		if j.rows[i].T.Joined && j.first[j.rows[i].T.ID] {
			j.joined++
		}
	}
	o.t.Logf("joins: %d times down for long, each notified; %d rows, %d of what joined; %d mutes, %d acknowledgements", j.tried, len(j.rows), j.joined, len(j.set), len(j.acked))
	if slices.Sort(j.took); len(j.took) > 0 {
		o.t.Logf("from down to the outbox, kills included, by the fast clock: median %s, of 95%% at most %s",
			j.took[len(j.took)/2].Round(time.Second), j.took[len(j.took)*95/100].Round(time.Second))
	}
	if j.v != (joinsVerdicts{}) {
		o.t.Errorf("%+v", j.v)
	}
	if j.tried < o.r.plan.kills/20 || len(j.set) < o.r.plan.kills/10 {
		o.t.Errorf("%d times down and %d mutes try too little", j.tried, len(j.set))
	}
}

// fast is a moment on the fast clock.
func (o *oracle) fast(at time.Time) time.Time {
	return o.r.epoch.Add(crashSpeed * at.Sub(o.r.epoch))
}

// sees reports whether a chat may see a subject: one sees all, the other client a.
func sees(chat model.ChatID, subject string) bool {
	return chat == chatAll || strings.HasPrefix(subject, "service:a/")
}

// readDown makes the times in which each subject was down from the driver's journal.
func (j *joinsOracle) readDown() {
	checks := map[model.CheckID][]span{}
	since := map[model.CheckID]time.Time{}
	for _, a := range j.r.acks() {
		from, was := since[a.Check]
		switch {
		case a.Down && !was:
			since[a.Check] = a.At
		case !a.Down && was:
			checks[a.Check] = append(checks[a.Check], span{from, a.At})
			delete(since, a.Check)
		}
	}
	for id, from := range since {
		j.t.Errorf("%s is down at the end, since %s", id, from)
	}
	for _, id := range joinsSingles {
		j.down[model.CheckSubject(model.CheckID(id))] = checks[model.CheckID(id)]
	}
	for _, client := range joinsClients {
		for _, service := range crashServices {
			ids := joinsService(client, service)
			j.down[model.ServiceSubject(model.ServiceKey{Client: client, Service: service})] = both(checks[ids[0]], checks[ids[1]])
		}
	}
}

// both are the times that are in either list.
func both(a, b []span) []span {
	var all []span
	for _, one := range a {
		for _, other := range b {
			if one.overlaps(other.from, other.until) {
				all = append(all, span{latest(one.from, other.from), model.Earlier(one.until, other.until)})
			}
		}
	}
	return all
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (j *joinsOracle) readJots() {
	text, err := os.ReadFile(filepath.Join(j.r.dir, "jots"))
	if err != nil {
		j.t.Fatal(err)
	}
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		var line jot
		if json.Unmarshal(lines.Bytes(), &line) != nil {
			continue // of a life that was cut off
		}
		switch m := line.Mute; {
		case line.Born:
			j.lives = append(j.lives, life{born: line.At})
		case line.Idle:
			last := &j.lives[len(j.lives)-1]
			last.idle = append(last.idle, line.At)
		case line.Ack != nil:
			j.acked = append(j.acked, noted[*ackJot]{line.At, line.Ack})
		case m == nil:
			j.rows = append(j.rows, noted[*rowJot]{line.At, line.Row})
		case m.Step == "asked":
			j.mutes[m.N], j.asked[m.N] = m, line.At
		case m.Step == "set":
			j.mutes[m.N], j.set[m.N] = m, line.At
		default:
			j.ending[m.ID] = line.At
		}
	}
}

// covers reports whether a mute is certainly of a subject that is down or not.
func (m *muteJot) covers(subject string, down bool) bool {
	if m.Client != "" {
		return strings.HasPrefix(subject, "service:"+m.Client+"/")
	}
	return m.Covers.Covers(subject, down)
}

// mayCover reports whether a mute may be of a subject that is down.
func (m *muteJot) mayCover(subject string) bool {
	return m.covers(subject, true) || m.Perhaps.Covers(subject, true)
}

// until is when a mute was over at the latest: it ends with its incident.
func (j *joinsOracle) until(m *muteJot) time.Time {
	until := m.Until
	if in, known := j.incidents[m.Incident]; known && !in.Open() {
		until = model.Earlier(until, in.ClosedAt.Add(enough))
	}
	return until
}

// unmuted is the longest part of a time in which a subject was certainly not muted.
func (j *joinsOracle) unmuted(subject string, s span) span {
	free := []span{s}
	for n, m := range j.mutes {
		if !m.mayCover(subject) {
			continue
		}
		muted := span{j.asked[n], j.until(m)}
		if end, ended := j.ending[m.ID]; ended && m.ID != 0 && j.endedBy(end) {
			muted.until = model.Earlier(muted.until, end.Add(unnoted))
		}
		free = without(free, muted)
	}
	longest := span{}
	for _, f := range free {
		if f.until.Sub(f.from) > longest.until.Sub(longest.from) {
			longest = f
		}
	}
	return longest
}

// endedBy reports whether the process lived on for a while after it was about to end a mute.
func (j *joinsOracle) endedBy(end time.Time) bool {
	for _, death := range j.r.killed {
		if d := j.fast(death).Sub(end); d > 0 && d < crashSpeed*unread {
			return false
		}
	}
	return true
}

func without(all []span, cut span) []span {
	var left []span
	for _, s := range all {
		if !s.overlaps(cut.from, cut.until) {
			left = append(left, s)
			continue
		}
		if s.from.Before(cut.from) {
			left = append(left, span{s.from, cut.from})
		}
		if cut.until.Before(s.until) {
			left = append(left, span{cut.until, s.until})
		}
	}
	return left
}

// wasNotified: whatever is down for long, and not muted for long, was notified as down, by name.
func (j *joinsOracle) wasNotified(chat model.ChatID, subject string, s span) {
	free := j.unmuted(subject, s)
	if !j.isSettled(free) {
		return
	}
	j.tried++
	j.took = append(j.took, j.delay(chat, subject, free))
	for _, saw := range j.messagesTo(chat) {
		if saw.named[subject] && j.isAbout(saw, subject, s) {
			return
		}
	}
	j.v.lost++
	j.t.Errorf("lost: %d was never notified that %s was down from %s to %s (not muted from %s to %s)", chat, subject,
		j.clock(s.from), j.clock(s.until), j.clock(free.from), j.clock(free.until))
	j.story(chat, subject, s)
}

// isSettled reports whether a process came, within a time, to where it has notified of what was so since its beginning.
func (j *joinsOracle) isSettled(s span) bool {
	return slices.ContainsFunc(j.lives, func(l life) bool {
		due := latest(s.from.Add(settled), l.born.Add(begins))
		return slices.ContainsFunc(l.idle, func(at time.Time) bool { return !at.Before(due) && at.Before(s.until) })
	})
}

// story logs what there is of a subject up to a time: rows and messages of incidents that were open then, mutes, kills.
func (j *joinsOracle) story(chat model.ChatID, subject string, s span) {
	meant := func(id model.IncidentID, at time.Time) bool {
		in, known := j.incidents[id]
		if !known || at.After(s.until) {
			return !at.Before(s.from.Add(-enough)) && !at.After(s.until)
		}
		return in.Open() || in.ClosedAt.After(s.from)
	}
	for _, r := range j.rows {
		if down, named := r.T.Named[subject]; named && r.T.Chat == chat && meant(r.T.Incident, r.at) {
			j.t.Logf("  %s: row %d, %s (joined: %v) of #%d, down: %v, delivered: %v", j.clock(r.at), r.T.ID, r.T.Kind, r.T.Joined, r.T.Incident, down, j.first[r.T.ID])
		}
	}
	about := map[model.IncidentID]bool{}
	for _, r := range j.rows {
		if _, named := r.T.Named[subject]; named {
			about[r.T.Incident] = true
		}
	}
	for _, r := range j.rows {
		if of := r.T.Of[subject]; r.T.Chat == chat && slices.ContainsFunc(of, func(id model.IncidentID) bool { return meant(id, r.at) }) {
			j.t.Logf("  %s: row %d, %s of %v, delivered: %v", j.clock(r.at), r.T.ID, r.T.Kind, of, j.first[r.T.ID])
		}
	}
	for _, m := range j.messagesTo(chat) {
		if down, named := m.named[subject]; (named || about[m.incident]) && meant(m.incident, m.made) {
			j.t.Logf("  %s to %s: message %d, %s of #%d, names it: %v, down: %v", j.clock(m.made), j.clock(m.until), m.id, m.kind, m.incident, named, down)
		}
	}
	for n, at := range j.asked {
		if m := j.mutes[n]; m.mayCover(subject) && s.overlaps(at, j.until(m)) {
			j.t.Logf("  %s: mute %d of #%d%s until %s, ending at %s", j.clock(at), m.ID, m.Incident, m.Client, j.clock(m.Until), j.clock(j.ending[m.ID]))
		}
	}
	for _, was := range j.down[subject] {
		if was.until.After(s.from.Add(-10*time.Minute)) && was.from.Before(s.until) {
			j.t.Logf("  down from %s to %s", j.clock(was.from), j.clock(was.until))
		}
	}
	for _, death := range j.r.killed {
		if at := j.fast(death); s.overlaps(at, at.Add(time.Second)) {
			j.t.Logf("  %s: killed", j.clock(at))
		}
	}
	for i := range j.cards {
		c := &j.cards[i]
		in := j.incidents[c.Incident]
		if down, named := c.Named[subject]; named && c.To.Chat == chat && s.overlaps(in.OpenedAt, latest(in.ClosedAt, in.OpenedAt)) {
			j.t.Logf("  the card of #%d, %s, from %s to %s, part of #%d, names it, down: %v", in.ID, in.Key(), j.clock(in.OpenedAt), j.clock(in.ClosedAt), in.Parent, down)
		}
	}
}

// delay is how long after it was down, and not muted, something was in the outbox; 0 when it was before.
func (j *joinsOracle) delay(chat model.ChatID, subject string, s span) time.Duration {
	for _, r := range j.rows {
		if r.T.Chat == chat && isNews(r.T.Kind) && r.T.Named[subject] && !r.at.Before(s.from) {
			return r.at.Sub(s.from)
		}
	}
	return 0
}

// clock is a time since the beginning.
func (o *oracle) clock(at time.Time) time.Duration { return at.Sub(o.r.epoch).Round(time.Second) }

// saw is a delivered message.
type saw struct {
	id       int64
	kind     model.NotificationKind
	incident model.IncidentID
	of       map[string][]model.IncidentID // of a message of several: which of them name a subject
	named    model.Named
	made     time.Time // its row; of a digest the oldest message in it
	until    time.Time // the same; of what stands for others itself
}

// messagesTo are what a chat saw. What a row named counts, though by the time of its delivery that was over.
func (j *joinsOracle) messagesTo(chat model.ChatID) []saw {
	if j.seen == nil {
		j.seen = map[model.ChatID][]saw{}
		rows := map[int64]*rowJot{}
		for _, r := range j.rows {
			rows[r.T.ID] = r.T
		}
		for i := range j.calls {
			to, w, ok := said(&j.calls[i])
			if !ok || !isNews(w.Kind) {
				continue
			}
			one := saw{w.ID, w.Kind, w.Incident, map[string][]model.IncidentID{}, model.Named{}, w.Made, w.Made}
			one.add(w.Named, nil)
			if row := rows[w.ID]; row != nil {
				one.add(row.Named, row)
			}
			switch {
			case w.Kind == model.NotifyDigest:
				one.until = w.At
				for _, row := range j.replaced(to, &w, slices.Concat(w.Open, w.Gone, w.Resolved)) {
					one.add(row.Named, row)
				}
			case w.Closed: // so late that it shows the end itself: nothing is left to say of what waits behind it
				one.until = w.At
				for _, row := range j.replaced(to, &w, idList{w.Incident}) {
					some := maps.Clone(row.Named)
					maps.DeleteFunc(some, func(subject string, _ bool) bool { _, lists := w.Was[subject]; return !lists })
					one.add(some, row)
				}
			}
			j.seen[to] = append(j.seen[to], one)
		}
	}
	return j.seen[chat]
}

// add adds what a message names, by a row.
func (m *saw) add(named model.Named, row *rowJot) {
	for subject, down := range named {
		m.named.Add(subject, down)
		if row != nil {
			m.of[subject] = append(append(m.of[subject], row.Of[subject]...), row.Incident)
		}
	}
}

// replaced are the rows that a message stands for: of some incidents, those that were not sent by then.
func (j *joinsOracle) replaced(chat model.ChatID, w *wire, of idList) (all []*rowJot) {
	for _, r := range j.rows {
		if r.T.Chat == chat && slices.Contains(of, r.T.Incident) && !j.first[r.T.ID] && r.at.Before(w.At) {
			all = append(all, r.T)
		}
	}
	return all
}

// isNews are the kinds of messages that say that something is down.
func isNews(kind model.NotificationKind) bool {
	return slices.Contains([]model.NotificationKind{model.NotifyOpened, model.NotifyRaised, model.NotifyDigest, model.NotifyMuteEnded}, kind)
}

// isAbout reports whether a message was written while something was down, or earlier, of an incident that was open then.
func (j *joinsOracle) isAbout(m saw, subject string, s span) bool {
	if m.until.After(s.from.Add(-unnoted)) {
		return m.made.Before(s.until.Add(enough))
	}
	return slices.ContainsFunc(append([]model.IncidentID{m.incident}, m.of[subject]...), func(id model.IncidentID) bool {
		in, known := j.incidents[id]
		return known && (in.Open() || in.ClosedAt.After(s.from))
	})
}

// row: what is written was down, is not muted, and is no news that was written before.
func (j *joinsOracle) row(i int) {
	r, at := j.rows[i].T, j.rows[i].at
	if r.Kind != model.NotifyOpened && r.Kind != model.NotifyRaised && r.Kind != model.NotifyReminder {
		return
	}
	muted := len(r.Named) > 0 && j.first[r.ID]
	inHand := muted && r.Kind == model.NotifyReminder
	for subject, down := range r.Named {
		if down && !slices.ContainsFunc(j.down[subject], func(s span) bool { return s.overlaps(at.Add(-shownFor), at.Add(unnoted)) }) {
			j.v.invented++
			j.t.Errorf("invented: %s to %d of #%d at %s says that %s is down", r.Kind, r.Chat, r.Incident, j.clock(at), subject)
		}
		if down && r.Joined {
			j.newsOnce(i, subject)
		}
		muted = muted && j.isMuted(r, subject, down, at)
		inHand = inHand && j.isAcked(r.Incident, subject, down, at)
	}
	if inHand {
		j.v.ackedReminded++
		j.t.Errorf("acknowledged: %s to %d of #%d at %s names %v", r.Kind, r.Chat, r.Incident, j.clock(at), r.Named)
	}
	if muted && r.Chat != chatHours {
		j.v.mutedSent++
		j.t.Errorf("notified while muted: %s to %d of #%d at %s names %v", r.Kind, r.Chat, r.Incident, j.clock(at), r.Named)
		for subject := range r.Named {
			j.story(r.Chat, subject, span{at.Add(-time.Second), at.Add(time.Second)})
		}
	}
}

// isMuted reports whether a subject of a row was certainly muted at its time.
func (j *joinsOracle) isMuted(r *rowJot, subject string, down bool, at time.Time) bool {
	for n, set := range j.set {
		m := j.mutes[n]
		if at.Before(set) || !at.Before(m.Until) || !m.covers(subject, down) || m.Incident != 0 && m.Incident != r.Incident {
			continue
		}
		end, ended := j.ending[m.ID]
		in := j.incidents[m.Incident]
		if (!ended || at.Before(end)) && (m.Incident == 0 || in.Open() || at.Before(in.ClosedAt)) {
			return true
		}
	}
	return false
}

// isAcked reports whether a subject of an incident was in hand: the last acknowledgement counts.
func (j *joinsOracle) isAcked(id model.IncidentID, subject string, down bool, at time.Time) bool {
	covered := false
	for _, a := range j.acked {
		if a.T.Incident == id && a.at.Before(at) {
			covered = a.T.Covers.Covers(subject, down)
		}
	}
	return covered
}

// newsOnce: what joined an incident was not named before, by one that is still open, while it was down all the time.
func (j *joinsOracle) newsOnce(i int, subject string) {
	r, at := j.rows[i].T, j.rows[i].at
	for k := range j.rows[:i] {
		before, since := j.rows[k].T, j.rows[k].at
		in := j.incidents[before.Incident]
		if !j.first[before.ID] || !j.first[r.ID] { // it waited for more, and was replaced
			continue
		}
		whole := slices.ContainsFunc(j.down[subject], func(s span) bool { return s.from.Before(since) && s.until.After(at) })
		if before.Chat != r.Chat || !isNews(before.Kind) || before.Kind == model.NotifyDigest || !before.Named[subject] || !whole || !in.Open() && in.ClosedAt.Before(at) {
			continue
		}
		if free := j.unmuted(subject, span{since, at}); free != (span{since, at}) {
			continue
		}
		j.v.twice++
		j.t.Errorf("twice: %d was notified of %s by #%d at %s, and again by #%d at %s", r.Chat, subject, before.Incident, j.clock(since), r.Incident, j.clock(at))
		j.story(r.Chat, subject, span{since, at})
		return
	}
}
