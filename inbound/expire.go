package inbound

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"opsbot/model"
)

const (
	// lostFor is how long a possibly set silence is searched for: a call whose answer was lost may take effect late.
	lostFor = 10 * time.Minute
	// lostPace is the interval of that search.
	lostPace = time.Minute
	// expireFor is how long after its end a silence may still be expired: it is over by then, and only left in a list.
	expireFor = model.Day

	restExpire = "lifts"
)

var errLost = errors.New("it is unknown whether it was set: it expires by itself")

// findLost finds the result of a Suppress whose answer was lost. What is found is expired: it may be incomplete, and what is still
// desired is set again.
func (d *syncer) findLost(ctx context.Context) {
	for _, q := range slices.Clone(d.syncState.Silences) {
		key := "find:" + q.Mark
		if q.Handle != "" || d.resting(restExpire, key) != nil {
			continue
		}
		q.Things = nil
		var handle string
		err := d.call(ctx, func(ctx context.Context) (err error) {
			handle, err = d.target.Writer.Find(ctx, q.Mark)
			return err
		})
		now := d.o.Now()
		switch {
		case interrupted(ctx, err):
			return
		case err != nil && (AsFault(err).Reason.Code == model.ReasonSourceRight || now.Sub(q.Until) > expireFor):
			d.o.Log(d.source, fmt.Errorf("search for what mute %d may have set until %s: %w: %w", q.Mute, q.Until.UTC().Format(time.RFC3339), errLost, err))
			d.drop(q)
		case err != nil:
			d.failed(restOf(key, restExpire, err), "look for what may have been set", err)
		case handle != "":
			q.Handle = handle
		case now.Sub(q.Asked) >= lostFor:
			d.drop(q)
		default:
			q.looked = true
			d.pauses[key] = &rest{until: now.Add(lostPace)}
		}
	}
}

// unsure reports whether something of a mute may have been set and was not searched for yet: setting it again could double it.
func (d *syncer) unsure(m *model.Mute) bool {
	return slices.ContainsFunc(d.syncState.Silences, func(q *sentSilence) bool { return q.Mute == m.ID && q.Handle == "" && !q.looked })
}

// expire ends what is set at the source and no longer desired, and reports whether anything was.
func (d *syncer) expire(ctx context.Context) (wrote bool) {
	for _, q := range slices.Clone(d.syncState.Silences) {
		key := "lift:" + q.Mark
		if q.Handle == "" || !d.spare(q) || d.resting(restExpire, key) != nil {
			continue
		}
		err := d.call(ctx, func(ctx context.Context) error { return d.target.Writer.Expire(ctx, q.Handle) })
		switch {
		case interrupted(ctx, err):
			return wrote
		case err == nil:
			d.drop(q)
			d.well(restExpire, key)
			wrote = true
		default:
			d.failed(restOf(key, restExpire, err), fmt.Sprintf("expire what mute %d set", q.Mute), err)
			if d.o.Now().Sub(q.Until) > expireFor {
				d.drop(q)
			}
		}
	}
	return wrote
}

// spare reports whether a silence is no longer desired, or one that lasts longer replaces it.
func (d *syncer) spare(q *sentSilence) bool {
	at := slices.IndexFunc(d.desired.Silences, func(w model.DesiredSilence) bool { return w.Mute.ID == q.Mute })
	if at < 0 || len(q.Things) == 0 {
		return true
	}
	want := &d.desired.Silences[at]
	if !d.outdated(q, want) {
		return false
	}
	missing := d.missing(want)
	return !slices.ContainsFunc(q.Things, func(thing string) bool { return slices.Contains(missing, thing) })
}
