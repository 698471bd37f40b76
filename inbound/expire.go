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
	// lostFor is for how long what may have been set is looked for: a call whose answer was lost may be done late.
	lostFor = 10 * time.Minute
	// lostPace is how often.
	lostPace = time.Minute
	// expireFor is for how long after the end of what was told it is tried to lift it: it is over by then, and only left in a list.
	expireFor = model.Day

	restExpire = "lifts"
)

var errLost = errors.New("nobody can say whether it was set: it ends by itself")

// findLost finds what became of a Suppress whose answer was lost. What is found is lifted: whether all of it was set is not known, and
// what is still wanted is asked for anew.
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
			d.o.Log(d.source, fmt.Errorf("look for what mute %d may have set until %s: %w: %w", q.Mute, q.Until.UTC().Format(time.RFC3339), errLost, err))
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

// unsure reports whether something of a mute may have been set that was not looked for yet: setting it again could double it.
func (d *syncer) unsure(m *model.Mute) bool {
	return slices.ContainsFunc(d.syncState.Silences, func(q *sentSilence) bool { return q.Mute == m.ID && q.Handle == "" && !q.looked })
}

// lift lifts what holds at the source and is not wanted any more, and reports whether anything was.
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
			d.failed(restOf(key, restExpire, err), fmt.Sprintf("lift what mute %d set", q.Mute), err)
			if d.o.Now().Sub(q.Until) > expireFor {
				d.drop(q)
			}
		}
	}
	return wrote
}

// spare reports whether what was set is not wanted any more, or something that holds for longer is in its place.
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
