package inbound

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"opsbot/model"
)

// The intervals of retries.
const (
	firstRest = 5 * time.Second
	longRest  = 5 * time.Minute // for refusals: they repeat until somebody changes something at the source
)

// rest is why something is not retried yet.
type rest struct {
	until    time.Time
	failures int
	why      model.Reason
}

// failed delays the next try of a key, and logs the error if it differs from the last.
func (d *syncer) failed(key, what string, err error) model.Reason {
	fault := AsFault(err)
	p := d.pauses[key]
	if p == nil {
		p = &rest{}
		d.pauses[key] = p
	}
	if p.why.Code != fault.Reason.Code {
		d.o.Log(d.source, fmt.Errorf("%s: %w", what, err))
	}
	if p.failures == 0 || !d.o.Now().Before(p.until) { // many events of one call failed once
		p.failures++
	}
	p.why = fault.Reason
	pause := longRest
	if !definite(fault) {
		pause = min(firstRest<<min(p.failures-1, 10), longRest)
	}
	p.until = d.o.Now().Add(pause)
	return p.why
}

// resting is why one of some keys is not tried now; nil if all are.
func (d *syncer) resting(keys ...string) *rest {
	for _, key := range keys {
		if p := d.pauses[key]; p != nil && d.o.Now().Before(p.until) {
			return p
		}
	}
	return nil
}

func (d *syncer) well(keys ...string) {
	for _, key := range keys {
		delete(d.pauses, key)
	}
}

// definite reports whether the source certainly refused: nothing was done.
func definite(f *Fault) bool {
	switch f.Reason.Code {
	case model.ReasonSourceRefuses, model.ReasonSourceRight, model.ReasonSourceDeclines:
		return true
	}
	return false
}

// interrupted reports whether an error is just the end of our own context.
func interrupted(ctx context.Context, err error) bool { return err != nil && ctx.Err() != nil }

// causes are the reasons why something is not done, without duplicates; of silences that could not be expired too.
func (d *syncer) causes() []model.Reason {
	var all []model.Reason
	for _, key := range slices.Sorted(maps.Keys(d.syncState.Causes)) {
		all = append(all, d.syncState.Causes[key])
	}
	for _, q := range d.syncState.Silences {
		if p := d.resting(restExpire, "lift:"+q.Mark); p != nil && q.Handle != "" && d.spare(q) {
			all = append(all, p.why)
		}
	}
	var once []model.Reason
	for _, r := range all {
		if !slices.ContainsFunc(once, r.Equal) {
			once = append(once, r)
		}
	}
	return once
}

func unsupported(err error) bool { return errors.Is(err, errors.ErrUnsupported) }

// failure is the card line of something that could not be done.
func failure(code model.ReasonCode, source, count string, cause model.Reason) model.Reason {
	pairs := []string{"source", source, "count", count, "cause", string(cause.Code)}
	for key, value := range cause.Args {
		pairs = append(pairs, key, value)
	}
	return model.NewReason(code, pairs...)
}
