package notify

import (
	"context"
	"hash/maphash"
	"maps"
	"slices"
	"sync"
	"time"

	"opsbot/model"
)

// The defaults of Options about destinations that deny us.
const (
	DefaultFirstProbe   = time.Minute
	DefaultLongestProbe = time.Hour
)

const (
	// keptFor is how long notifications wait for a destination that denies us.
	keptFor = model.Week
	// acceptPause is the shortest time from one attempt to the next that another message in the same chat brings about.
	acceptPause = 5 * time.Second
	// unclearPatience is how long a denial in unknown words must last until it is found out whether it is about one message; unclearEdit, of
	// an edit, which is no news that somebody waits for.
	unclearPatience = 15 * time.Minute
	unclearEdit     = time.Minute
	// outageLocks is over how many locks destinations are spread: with hundreds that fail at once, few wait for another's write.
	outageLocks = 64
)

// outages are the destinations that accept nothing now. A destination that denies us has one attempt at a time, by whichever of its
// queues, ever more seldom: after as long as the denial has lasted. It is safe for concurrent use.
type outages struct {
	elapsed     func() time.Duration
	first, most time.Duration // waits between attempts at a destination that denies us

	seed    maphash.Seed
	writers [outageLocks]sync.Mutex // by destination; taken before mu

	mu  sync.Mutex
	all map[model.Destination]*outage
}

// outage is one of them. All times are elapsed ones: nobody sets their clock.
type outage struct {
	model.Outage
	began  time.Duration
	denied time.Duration // since when it denies us
	probed time.Duration // last attempt, of a denial
	next   time.Duration // the next attempt is not before, of a denial
	trying bool          // there is one now
	aside  bool          // only reports and the like are denied, as far as is known: alerts do not wait
}

func newOutages(o *Options) *outages {
	return &outages{elapsed: o.Elapsed, first: o.FirstProbe, most: o.LongestProbe, seed: maphash.MakeSeed(), all: map[model.Destination]*outage{}}
}

// writer is held by who stores what is known of a destination, from reading it on: its alerts and its reports may fail at the same time,
// and what was known first must not be stored last.
func (s *outages) writer(to model.Destination) *sync.Mutex {
	return &s.writers[maphash.Comparable(s.seed, to)%outageLocks]
}

// restore takes what was stored by an earlier run: each destination may have one attempt at once.
func (s *outages) restore(all []model.Outage, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range all {
		began := s.elapsed() - max(0, now.Sub(o.Since))
		s.all[o.To] = &outage{Outage: o, began: began, denied: began, next: s.elapsed(), probed: s.elapsed() - s.most}
	}
}

// of returns what is known of a destination, and for how long it has failed, or denied us; false: it accepts messages, as far as is known.
func (s *outages) of(to model.Destination) (o model.Outage, lasts time.Duration, is bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.all[to]
	if found == nil {
		return o, 0, false
	}
	if found.Failure == model.SendDenied {
		return found.Outage, s.elapsed() - found.denied, true
	}
	return found.Outage, s.elapsed() - found.began, true
}

// denied reports whether a destination denies us, and whether that is known of reports and the like only.
func (s *outages) denied(to model.Destination) (is, aside bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.all[to]
	if o == nil || o.Failure != model.SendDenied {
		return false, false
	}
	return true, o.aside
}

// list returns all of them, by destination.
func (s *outages) list() []model.Outage {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]model.Outage, 0, len(s.all))
	for _, o := range s.all {
		all = append(all, o.Outage)
	}
	slices.SortFunc(all, func(a, b model.Outage) int { return model.CompareNatural(a.To.String(), b.To.String()) })
	return all
}

// fails notes a failed attempt; now is for people, aside: it was of a report or the like. changed: it is news.
func (s *outages) fails(to model.Destination, send *model.SendError, now time.Time, aside bool) (o model.Outage, changed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.elapsed()
	found := s.all[to]
	if found == nil {
		found = &outage{Outage: model.Outage{To: to, Since: now}, began: at, aside: aside}
		s.all[to] = found
	}
	if aside && !found.aside {
		return found.Outage, false // what alerts meet decides
	}
	if found.aside && !aside && send.Failure != model.SendDenied { // that files are denied says nothing of alerts, and is learnt again by the next
		found = &outage{Outage: model.Outage{To: to, Since: now}, began: at}
		s.all[to] = found
	}
	before := found.Outage
	found.aside, found.trying = aside, false
	switch {
	case send.Failure == model.SendDenied:
		if before.Failure != model.SendDenied {
			found.denied = at
		}
		found.probed, found.next = at, at+min(max(at-found.denied, s.first), s.most)
		found.say(send, time.Time{}, 0)
	case before.Failure == model.SendDenied:
		found.next = at // which says most, is not forgotten for what says less: it may still do
	case send.Failure == model.SendFlood:
		found.say(send, now.Add(send.RetryAfter), send.RetryAfter)
	default:
		found.say(&model.SendError{Failure: send.Failure}, time.Time{}, 0)
	}
	return found.Outage, before != found.Outage
}

// say takes what a destination says.
func (o *outage) say(send *model.SendError, until time.Time, asked time.Duration) {
	o.Failure, o.Denial, o.Said, o.Until, o.Asked = send.Failure, send.Denial, said(send), until, asked
}

// noticed notes that a notice tells of a denial.
func (s *outages) noticed(to model.Destination) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o := s.all[to]; o != nil {
		o.Noticed = true
	}
}

// end forgets a destination, and returns what was known of it.
func (s *outages) end(to model.Destination) (o model.Outage, was bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.all[to]
	if found == nil {
		return o, false
	}
	delete(s.all, to)
	return found.Outage, true
}

// moved forgets a chat that has a new id: the new one has to say for itself.
func (s *outages) moved(from model.ChatID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.all, func(to model.Destination, _ *outage) bool { return to.Chat == from })
}

// wait is how long an attempt at a destination that denies us has to wait; 0 for all others, and for alerts if it denies us reports only.
func (s *outages) wait(to model.Destination, aside bool) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.all[to]
	if o == nil || o.Failure != model.SendDenied || o.aside && !aside {
		return 0
	}
	if o.trying {
		return longestSleep
	}
	return max(0, o.next-s.elapsed())
}

// probe takes the one attempt at a destination that denies us, until its result is known or free is called. aside: for reports.
func (s *outages) probe(to model.Destination, aside bool) { s.setTrying(to, aside, true) }

// free gives an attempt back that may not have been made.
func (s *outages) free(to model.Destination, aside bool) { s.setTrying(to, aside, false) }

func (s *outages) setTrying(to model.Destination, aside, is bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o := s.all[to]; o != nil && (aside || !o.aside) {
		o.trying = is
	}
}

// hurry allows an attempt at destinations: now, or when the last one was `least` ago. It reports whether there are any.
func (s *outages) hurry(which func(o *outage) bool, least time.Duration) (any bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range s.all {
		if which(o) {
			any, o.next = true, min(o.next, max(s.elapsed(), o.probed+least))
		}
	}
	return any
}

// fails records a failed attempt. Once nothing was accepted for long, or at once if we are denied, waiting critical notifications are
// copied to the fallback.
func (l *queue) fails(ctx context.Context, send *model.SendError) {
	if l.aside && send.Failure != model.SendDenied {
		return // a report may be too large for a line on which alerts go through
	}
	o, changed := l.d.outages.fails(l.to, send, l.d.Now(), l.aside)
	if changed || o.Failure == model.SendDenied && !o.Noticed { // a notice that could not be stored, or came too soon after the last, is tried again
		l.d.setOutage(ctx, l.to, changed)
	}
	l.copyWaiting(ctx)
}

// setOutage stores what is known of a destination, and has somebody told once that it denies us. Without a change it is for the notice alone.
func (d *Dispatcher) setOutage(ctx context.Context, to model.Destination, changed bool) {
	writer := d.outages.writer(to)
	writer.Lock()
	defer writer.Unlock()
	o, _, lasts := d.outages.of(to)
	if !lasts { // another queue's message was accepted since
		return
	}
	ctx, cancel := writing(ctx)
	defer cancel()
	var notice *model.Notification
	if o.Failure == model.SendDenied && !o.Noticed && d.says("denied "+to.String()) {
		notice = d.outageNotice(&o, model.DenialReason(&o, d.name(to)), model.SeverityWarning)
	}
	if notice == nil && !changed {
		return
	}
	o.Noticed = o.Noticed || notice != nil
	err := d.Store.SetOutage(ctx, o, notice)
	d.storeErr(err)
	switch {
	case notice == nil:
	case err != nil:
		d.unsaid("denied " + to.String())
	default:
		d.outages.noticed(to)
		d.Notify()
	}
	if changed {
		d.Outage(o)
	}
}

// outageNotice is a notice for another destination; nil if there is none.
func (d *Dispatcher) outageNotice(o *model.Outage, reason model.Reason, severity model.Severity) *model.Notification {
	to, ok := d.elsewhere(o.To)
	if !ok {
		return nil
	}
	return &model.Notification{
		Kind: model.NotifyNotice, To: to, Severity: severity, Silent: severity == model.SeverityInfo, Created: d.Now(),
		Snapshot: model.Snapshot{Notice: &reason},
	}
}

func (d *Dispatcher) name(to model.Destination) string {
	if d.Name == nil {
		return to.String()
	}
	return d.Name(to)
}

// works records that a destination accepted something, and has those told of it who were told that it does not.
func (d *Dispatcher) works(ctx context.Context, to model.Destination) {
	if _, _, lasts := d.outages.of(to); lasts { // hardly ever: a lock for each message would be much
		d.endOutage(ctx, to, true)
	}
}

// endOutage stores that nothing is known against a destination any more. accepts: it accepted something, and is not just forgotten.
func (d *Dispatcher) endOutage(ctx context.Context, to model.Destination, accepts bool) {
	writer := d.outages.writer(to)
	writer.Lock()
	defer writer.Unlock()
	o, was := d.outages.end(to)
	if !was {
		return
	}
	ctx, cancel := writing(ctx)
	defer cancel()
	var notice *model.Notification
	known := accepts && o.Noticed
	if known {
		reason := model.NewReason(model.NoticeAccepts, "to", d.name(to), "since", o.Since.UTC().Format(time.RFC3339))
		notice = d.outageNotice(&o, reason, model.SeverityInfo)
	}
	if err := d.Store.EndOutage(ctx, to, notice); err != nil {
		d.storeErr(err) // a stale row only costs an attempt after the next start
	}
	if notice != nil {
		d.Notify()
	}
	d.Outage(model.Outage{To: to, Since: o.Since, Noticed: known})
}

// recallOutages loads the failing destinations: an outage does not start over with a restart.
func (d *Dispatcher) recallOutages(ctx context.Context) error {
	all, err := d.Store.Outages(ctx)
	if err != nil {
		return err
	}
	d.outages.restore(all, d.Now())
	return nil
}

// forgetOutages ends the outages of destinations without waiting notifications: nothing tests whether they last.
func (d *Dispatcher) forgetOutages(ctx context.Context, rows map[queueKey][]model.Notification) {
	waits := map[model.Destination]bool{}
	for key := range rows {
		waits[key.to] = true
	}
	d.mu.Lock()
	for key, l := range d.queues {
		waits[key.to] = waits[key.to] || l.busy
	}
	d.mu.Unlock()
	for _, o := range d.outages.list() {
		if !waits[o.To] {
			d.endOutage(ctx, o.To, false)
		}
	}
}

// Outages returns the destinations that accept nothing now. It is safe for concurrent use.
func (d *Dispatcher) Outages() []model.Outage { return d.outages.list() }

// Admitted reports that a chat may be written to again, or is likely to: it is tried at once. It is safe for concurrent use.
func (d *Dispatcher) Admitted(chat model.ChatID) {
	d.hurry(func(o *outage) bool { return o.To.Chat == chat && chat != 0 }, 0)
}

// Accepts reports that a chat took another message: it is tried at once, unless it just was. Of files that it denies us a message says
// nothing. It is safe for concurrent use.
func (d *Dispatcher) Accepts(chat model.ChatID) {
	d.hurry(func(o *outage) bool { return o.To.Chat == chat && chat != 0 && !o.aside }, acceptPause)
}

// hurry has destinations tried again that accept nothing. Waits that a sender keeps for itself go on there.
func (d *Dispatcher) hurry(which func(*outage) bool, least time.Duration) {
	to := map[model.Destination]bool{}
	if !d.outages.hurry(func(o *outage) bool { to[o.To] = which(o); return to[o.To] }, least) {
		return
	}
	d.mu.Lock()
	for key, l := range d.queues {
		if to[key.to] && (!l.aside || least == 0) {
			l.until = 0
		}
	}
	d.mu.Unlock()
	d.Notify()
}
