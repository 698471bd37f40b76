package inbound

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"opsbot/model"
)

// The limits of silences for mutes.
const (
	maxSilence     = model.Day        // set at once; for a longer mute it is renewed in time
	renewBefore    = maxSilence / 2   // before the end of the current silence
	silencesAtOnce = 100              // things per call
	maxSilenced    = 1000             // things per mute: beyond, a person should write a silence by hand
	absentFor      = 15 * time.Minute // until a host that the source did not know is queried again
	maxComment     = 500              // bytes of a mute's reason

	restSilences = "quiets"

	thingHost   = "host:"
	thingObject = "object:"
)

// sentSilence is a Suppress that was sent to a source. It is stored before the call: a silence that nobody knows of hides a problem
// with no end in sight, one that is stored but not set is found out.
type sentSilence struct {
	Mute     model.MuteID     `json:"mute"`
	Incident model.IncidentID `json:"incident,omitempty"` // the muted one
	Things   []string         `json:"things,omitempty"`   // as by things; none: it is to be expired
	Handle   string           `json:"handle,omitempty"`   // "": the answer is unknown
	Mark     string           `json:"mark"`               // at the end of its comment
	Asked    time.Time        `json:"asked"`
	Until    time.Time        `json:"until"`
	looked   bool             // the source does not have it, so far
}

func muteKey(id model.MuteID) string { return "mute:" + strconv.FormatInt(int64(id), 10) }

// suppress silences at the source what is muted and not silenced yet.
func (d *syncer) suppress(ctx context.Context) (wrote bool) {
	for i := range d.desired.Silences {
		want := &d.desired.Silences[i]
		key := muteKey(want.Mute.ID)
		missing := d.missing(want)
		if d.unsure(&want.Mute) {
			continue
		}
		delete(d.syncState.Causes, key)
		if n := len(d.things(want)); n > maxSilenced {
			d.syncState.Causes[key] = model.NewReason(model.ReasonSourceDeclines, "said", fmt.Sprintf("%d at once, over %d", n, maxSilenced))
		}
		if p := d.resting(restSilences, key); p != nil && len(missing) > 0 {
			d.syncState.Causes[key] = p.why
			continue
		}
		for some := range slices.Chunk(missing, silencesAtOnce) {
			set, err := d.suppressSome(ctx, want, some)
			wrote = wrote || set
			if interrupted(ctx, err) {
				return wrote
			}
			if err != nil {
				d.syncState.Causes[key] = d.failed(restOf(key, restSilences, err), "suppress for mute "+strconv.FormatInt(int64(want.Mute.ID), 10), err)
				break
			}
			d.well(restSilences, key)
		}
	}
	return wrote
}

// restOf is the key to delay after a failure: one thing if the source refuses, everything if it is away.
func restOf(one, all string, err error) string {
	if definite(AsFault(err)) {
		return one
	}
	return all
}

// things names what a mute is about at this source: hosts of the inventory if the source supports these, else its objects.
func (d *syncer) things(want *model.DesiredSilence) []string {
	var out []string
	if _, can := d.target.Writer.(HostFinder); can && len(want.Hosts) > 0 {
		for _, host := range want.Hosts {
			out = append(out, thingHost+host)
		}
	} else {
		for i := range want.Events {
			if e := &want.Events[i]; e.Source == d.source && e.Object != "" {
				out = append(out, thingObject+e.Object)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// missing returns the things of a mute that the source does not silence for long enough.
func (d *syncer) missing(want *model.DesiredSilence) []string {
	covered := map[string]bool{}
	for _, q := range d.syncState.Silences {
		if q.Mute == want.Mute.ID && q.Handle != "" && !d.outdated(q, want) {
			for _, thing := range q.Things {
				covered[thing] = true
			}
		}
	}
	all := d.things(want)
	return slices.DeleteFunc(all[:min(len(all), maxSilenced)], func(thing string) bool {
		_, absent := d.absent[thing]
		return covered[thing] || absent
	})
}

// outdated reports whether a silence ends too early.
func (d *syncer) outdated(q *sentSilence, want *model.DesiredSilence) bool {
	return q.Until.Before(want.Mute.Until) && q.Until.Before(d.o.Now().Add(renewBefore))
}

// suppressSome silences some things of a mute at the source; set says that something may be in force there now.
func (d *syncer) suppressSome(ctx context.Context, want *model.DesiredSilence, things []string) (set bool, err error) {
	events, things, err := d.eventsOf(ctx, want, things)
	if err != nil || len(events) == 0 {
		return false, err
	}
	now := d.o.Now()
	q := &sentSilence{
		Mute: want.Mute.ID, Incident: want.Mute.Incident, Things: things, Mark: newMark(), Asked: now, Until: now.Add(maxSilence),
	}
	if want.Mute.Until.Before(q.Until) {
		q.Until = want.Mute.Until
	}
	d.syncState.Silences = append(d.syncState.Silences, q)
	if err := d.keep(ctx); err != nil {
		d.drop(q)
		return false, err
	}
	note := Note{Author: line(want.Mute.OwnerName, maxAuthor), Comment: comment(&want.Mute, q.Mark), Until: q.Until}
	err = d.call(ctx, func(ctx context.Context) error {
		var err error
		q.Handle, err = d.target.Writer.Suppress(ctx, events, note)
		return err
	})
	switch {
	case err == nil && q.Handle == "":
		err = &Fault{Reason: model.NewReason(model.ReasonSourceGarbage, "said", "no handle"), Err: errors.New("no handle")}
		q.Things = nil
	case err != nil && q.Handle == "" && definite(AsFault(err)):
		d.drop(q)
		return false, err
	case err != nil: // what was set of it is expired, if it is known
		q.Things = nil
	}
	if kept := d.keep(ctx); kept != nil { // it is retried at the end of the turn; until then only the mark is known
		d.o.Log(d.source, kept)
	}
	return true, err
}

func (d *syncer) drop(q *sentSilence) {
	d.syncState.Silences = slices.DeleteFunc(d.syncState.Silences, func(other *sentSilence) bool { return other == q })
}

// comment is the comment of a silence at the source.
func comment(m *model.Mute, mark string) string {
	said := fmt.Sprintf("mute #%d, %s", m.ID, mark)
	if reason := line(strings.TrimSpace(m.Reason), maxComment); reason != "" {
		said = reason + ", " + said
	}
	return said
}

// newMark is a unique word.
func newMark() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // crypto/rand.Read never fails
	return "opsbot-" + hex.EncodeToString(b[:])
}

// eventsOf returns events that represent things, and the things that exist. A host that the source does not know is left out for a
// while, unless it has active events there.
func (d *syncer) eventsOf(ctx context.Context, want *model.DesiredSilence, things []string) (out []model.Event, found []string, err error) {
	for _, thing := range things {
		of, err := d.hostEvents(ctx, thing)
		if err != nil {
			return nil, nil, err
		}
		if len(of) == 0 {
			of = d.active(want, thing)
		}
		if len(of) == 0 {
			d.absent[thing] = d.o.Now().Add(absentFor)
			continue
		}
		out, found = append(out, of...), append(found, thing)
	}
	return out, found, nil
}

// active returns the events of this source by which a thing can be named.
func (d *syncer) active(want *model.DesiredSilence, thing string) (out []model.Event) {
	for i := range want.Events {
		e := &want.Events[i]
		if e.Source == d.source && e.Object != "" && (thing == thingObject+e.Object || thing == thingHost+e.Host) {
			out = append(out, *e)
		}
	}
	return out
}

// hostEvents returns a host of the inventory as the source knows it. The source is queried once per turn.
func (d *syncer) hostEvents(ctx context.Context, thing string) ([]model.Event, error) {
	host, whole := strings.CutPrefix(thing, thingHost)
	finder, can := d.target.Writer.(HostFinder)
	if !can || !whole {
		return nil, nil
	}
	if d.known == nil {
		var all []model.Event
		err := d.call(ctx, func(ctx context.Context) (err error) {
			all, err = finder.Objects(ctx)
			return err
		})
		if err != nil {
			return nil, err
		}
		d.known = map[string][]model.Event{}
		for i := range all {
			all[i].Source = d.source
			if name := d.o.Locate(&all[i]); name != "" {
				d.known[name] = append(d.known[name], all[i])
			}
		}
	}
	return d.known[host], nil
}

// saySilences writes the card lines of mutes of incidents.
func (d *syncer) saySilences() {
	type silenced struct {
		things map[string]bool
		until  time.Time
	}
	all := map[model.IncidentID]*silenced{}
	for _, q := range d.syncState.Silences {
		if q.Incident == 0 || q.Handle == "" || len(q.Things) == 0 {
			continue
		}
		of := all[q.Incident]
		if of == nil {
			of = &silenced{things: map[string]bool{}}
			all[q.Incident] = of
		}
		for _, thing := range q.Things {
			of.things[thing] = true
		}
		if q.Until.After(of.until) {
			of.until = q.Until
		}
	}
	for id, q := range all {
		until := q.until.UTC().Format(time.RFC3339)
		d.say(id, model.NewReason(model.ReplySilenced, "source", d.source, "count", strconv.Itoa(len(q.things)), "until", until))
	}
	for i := range d.desired.Silences {
		want := &d.desired.Silences[i]
		cause, failed := d.syncState.Causes[muteKey(want.Mute.ID)]
		if n := len(d.missing(want)) + max(0, len(d.things(want))-maxSilenced); failed && n > 0 && want.Mute.Incident != 0 {
			d.say(want.Mute.Incident, failure(model.ReplySilenceFailed, d.source, strconv.Itoa(n), cause))
		}
	}
}
