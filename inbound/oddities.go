package inbound

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"opsbot/inbound/payload"
	"opsbot/model"
)

const (
	oddFor    = 24 * time.Hour // how long an oddity is shown after its last occurrence; it is logged again after such a pause
	maxOdd    = 100            // kept of a source
	shownOdd  = 5              // fields named in a reason
	clockSlop = time.Minute    // how far ahead a source's clock may be before that is said
)

// oddities is what was dropped from the events of one source. It is safe for concurrent use. The zero value is ready.
type oddities struct {
	mu   sync.Mutex
	seen map[oddity]occurrence
}

type oddity struct {
	field string
	fault payload.Fault
}

type occurrence struct {
	count int
	last  time.Time
}

// note records what was dropped, and returns what is new.
func (o *oddities) note(all []payload.Oddity, now time.Time) (fresh []payload.Oddity) {
	if len(all) == 0 {
		return nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.forget(now)
	if o.seen == nil {
		o.seen = map[oddity]occurrence{}
	}
	for _, one := range all {
		key := oddity{line(one.Field, maxKey), one.Fault}
		before, known := o.seen[key]
		if !known && len(o.seen) >= maxOdd {
			continue
		}
		if !known {
			fresh = append(fresh, one)
		}
		o.seen[key] = occurrence{before.count + one.Count, now}
	}
	return fresh
}

func (o *oddities) forget(now time.Time) {
	maps.DeleteFunc(o.seen, func(_ oddity, at occurrence) bool { return now.Sub(at.last) > oddFor })
}

// reasons is what was dropped lately, for people.
func (o *oddities) reasons(now time.Time) []model.Reason {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.forget(now)
	var fields []string
	future, skipped := false, 0
	for key, at := range o.seen {
		switch key.fault {
		case payload.Future:
			future = true
		case payload.Skipped:
			skipped += at.count
		default:
			fields = append(fields, key.field)
		}
	}
	return oddReasons(fields, future, skipped)
}

func oddReasons(fields []string, future bool, skipped int) (all []model.Reason) {
	if skipped > 0 {
		all = append(all, model.NewReason(model.ReasonSourceSkipped, "count", strconv.Itoa(skipped)))
	}
	if len(fields) > 0 {
		slices.Sort(fields)
		fields = slices.Compact(fields)
		more := ""
		if len(fields) > shownOdd {
			fields, more = fields[:shownOdd], ", …"
		}
		all = append(all, model.NewReason(model.ReasonSourceOdd, "fields", strings.Join(fields, ", ")+more))
	}
	if future {
		all = append(all, model.NewReason(model.ReasonSourceFuture))
	}
	return all
}

// NoteOdd records what was dropped from events, for the connection status. Each kind is logged once.
func (w *Watcher) NoteOdd(all []payload.Oddity) {
	if fresh := w.odd.note(all, w.o.Now()); len(fresh) > 0 {
		w.o.Log(errors.New("dropped from events: " + payload.Sentence(fresh)))
	}
}

// bygone replaces a start time in the future by an unknown one, which is the time of arrival, and bounds an end by now.
func (l *Ledger) bygone(e model.Event, now time.Time) model.Event {
	for _, at := range []struct {
		field string
		time  *time.Time
		most  time.Time
	}{{"the start time", &e.OpenedAt, time.Time{}}, {"the end time", &e.EndedAt, moment(now)}} {
		if !at.time.After(now) {
			continue
		}
		if at.time.Sub(now) > clockSlop && l.o.Odd != nil {
			l.o.Odd(payload.Oddity{Field: at.field, Fault: payload.Future, Count: 1})
		}
		*at.time = at.most
	}
	return e
}
