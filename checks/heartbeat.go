package checks

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"opsbot/model"
)

// HeartbeatOptions are the options of kind "heartbeat": a job must call http://LISTEN/beat/NAME with its token when it
// has succeeded, and may also report its start and its failures.
type HeartbeatOptions struct {
	Token     model.Secret   `toml:"token"`      // of the job's calls
	TokenFile string         `toml:"token_file"` // holds the token
	Expects   string         `toml:"expects"`    // cron expression: when a call is due
	Every     model.Duration `toml:"every"`      // or: how long after the last call the next is due
	Grace     model.Duration `toml:"grace"`      // how much later it may come. Default 10m
	Longest   model.Duration `toml:"longest"`    // maximum length of a run; 0 is no limit
	Methods   []string       `toml:"methods"`    // the HTTP methods that count, "POST" and "GET"

	id     model.CheckID
	around model.Environment
	deps   Deps
}

// Heartbeats provides the heartbeats of jobs.
type Heartbeats interface {
	// Heartbeat is the state of a check's job. The time of the first query is stored: heartbeats are expected from then
	// on.
	Heartbeat(ctx context.Context, id model.CheckID) (model.Heartbeat, error)
	// Outages are the times in which opsbot did not run, so that heartbeats may have been lost; the earliest first.
	Outages() []model.Span
}

// Timetable gives due times.
type Timetable interface {
	// Next is the first due time after t; zero if there is none.
	Next(t time.Time) time.Time
}

// heartbeatMethods are the HTTP methods that may count as a call. HEAD is none: nobody but a link preview asks so.
var heartbeatMethods = []string{"POST", "GET"}

// The limits of kind "heartbeat".
const (
	defaultGrace = model.Duration(10 * time.Minute)
	leastToken   = 16               // characters: the URL can be guessed from wherever the listener is reachable
	earlyCall    = 30 * time.Second // a call that much early counts as the one that was due: clocks differ
)

// SetEnvironment implements model.EnvironmentUser.
func (o *HeartbeatOptions) SetEnvironment(s model.Environment) { o.around = s }

// SetID implements IDUser.
func (o *HeartbeatOptions) SetID(id model.CheckID) { o.id = id }

func (o *HeartbeatOptions) setDeps(h Deps) { o.deps = h }

// Secret is the token, from either option. The options are valid.
func (o *HeartbeatOptions) Secret() model.Secret {
	text, _ := secretOf(o.around, o.Token, o.TokenFile)
	return model.NewSecret(text)
}

// Validate returns what is wrong.
func (o *HeartbeatOptions) Validate() []model.Sentence {
	var wrong []model.Sentence
	token, err := secretOf(o.around, o.Token, o.TokenFile)
	switch {
	case err != nil:
		wrong = append(wrong, wrongSecret(o.around, o.Token, "token", o.TokenFile)...)
	case token == "":
		wrong = append(wrong, model.Say("config.missing.heartbeat_token", "key", "token"))
	case len(token) < leastToken:
		wrong = append(wrong, model.Say("config.secret.short", "key", "token", "size", len(token), "least", leastToken))
	case !plainToken(token):
		wrong = append(wrong, model.Say("config.heartbeat.token", "key", "token"))
	}
	switch {
	case o.Expects == "" && o.Every == 0:
		wrong = append(wrong, model.Say("config.missing.every", "key", "every"))
	case o.Expects != "" && o.Every != 0:
		wrong = append(wrong, model.Say("config.both", "key", "expects", "other", "every"))
	case o.Expects != "":
		if _, err := o.timetable(); err != nil {
			wrong = append(wrong, wrongSchedule(err))
		}
	}
	if len(o.Methods) == 0 {
		wrong = append(wrong, model.Say("config.missing.one_of", "key", "methods", "allowed", heartbeatMethods))
	}
	for _, method := range o.Methods {
		if !slices.Contains(heartbeatMethods, method) {
			wrong = append(wrong, model.Say("config.value.one_of", "key", "methods", "got", method, "allowed", strings.Join(heartbeatMethods, ", ")))
		}
	}
	if !o.around.Listens {
		wrong = append(wrong, model.Say("config.heartbeat.listen", "key", "kind"))
	}
	return wrong
}

// wrongSchedule is what is wrong with the option expects.
func wrongSchedule(err error) model.Sentence {
	if v, ok := errors.AsType[*model.ValueError](err); ok {
		return v.What.With("key", "expects")
	}
	return model.Say("config.said", "key", "expects", "said", err)
}

func plainToken(token string) bool {
	for _, r := range token {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_' {
			return false
		}
	}
	return true
}

// timetable gives the times at which calls are due; every counts from the previous call.
func (o *HeartbeatOptions) timetable() (Timetable, error) {
	if o.Expects == "" || o.deps.Timetable == nil {
		return after(o.Every), nil
	}
	zone := o.around.Zone
	if zone == nil {
		zone = time.Local
	}
	return o.deps.Timetable(o.Expects, zone)
}

// after is due that long after a time.
type after time.Duration

// Next implements Timetable.
func (a after) Next(t time.Time) time.Time { return t.Add(time.Duration(a)) }

// Checker returns the check.
func (o *HeartbeatOptions) Checker() model.Checker {
	c := heartbeatCheck{id: o.id, calls: o.deps.Heartbeats, grace: time.Duration(o.Grace), longest: time.Duration(o.Longest), now: o.deps.Now, every: o.Expects == ""}
	if c.now == nil {
		c.now = time.Now
	}
	c.table, _ = o.timetable() // valid: Validate has checked it
	if o.Expects != "" {
		c.early = earlyCall
	}
	return c
}

type heartbeatCheck struct {
	id      model.CheckID
	calls   Heartbeats
	table   Timetable
	grace   time.Duration
	early   time.Duration
	every   bool // the call is due a length of time after the last one, not at a moment
	longest time.Duration
	now     func() time.Time
}

// Check evaluates the state of the job.
func (c heartbeatCheck) Check(ctx context.Context) model.Result {
	p := &probe{}
	if c.calls == nil {
		return p.result(unknown(model.ReasonLocal, "said", "nobody takes calls"))
	}
	h, err := c.calls.Heartbeat(ctx, c.id)
	if err != nil {
		return p.result(unknown(model.ReasonLocal, "said", plain(err)))
	}
	c.measure(p, h)
	return p.result(c.judge(h, c.calls.Outages(), c.now()))
}

// measure notes the job's last call, and when the next one is due.
func (c heartbeatCheck) measure(p *probe, h model.Heartbeat) {
	switch {
	case !h.Started.IsZero():
		p.measure(model.MeasuredRunning, "since", stamp(h.Started))
	case h.Ended.IsZero():
		p.measure(model.MeasuredNoCall)
	default:
		p.measure(model.MeasuredCall, "at", stamp(h.Ended))
	}
	if due := c.due(firstTime(h.Ended, h.Known)); !due.IsZero() {
		p.measure(model.MeasuredDue, "at", stamp(due))
	}
}

// deadline is until when a call that may come between two times is awaited. An outage of opsbot in that time moves it, as the call
// may have been lost: the job has its grace again from our start. It never makes the call unnecessary.
func (c heartbeatCheck) deadline(from, until, now time.Time, outages []model.Span) time.Time {
	from, until = model.Anchored(from, now), model.Anchored(until, now) // outages are on the wall clock
	for _, o := range outages {
		if moved := o.To.Add(c.grace); !o.From.After(until) && !o.To.Before(from) && moved.After(until) {
			until = moved
		}
	}
	return until
}

// judge compares the state of a job with what was expected. A run that takes too long comes first, then a call that is
// late, then the failure of the last run.
func (c heartbeatCheck) judge(h model.Heartbeat, outages []model.Span, now time.Time) *finding {
	lengths := h.Lengths()
	last := firstTime(h.Ended, h.Known)
	if c.every {
		last = firstTime(lengths.Ended, lengths.Known)
	}
	if started := lengths.Started; !started.IsZero() && c.longest > 0 {
		if now.After(c.deadline(started, started.Add(c.longest), now, outages)) {
			return fail(model.ReasonHeartbeatStuck, "since", stamp(h.Started), "limit", c.longest.String())
		}
		return lastRun(h) // while it runs no other call is due
	}
	due := c.due(last)
	switch {
	case due.IsZero() || !now.After(c.deadline(due.Add(-c.early), due.Add(c.grace), now, outages)):
		return lastRun(h)
	case h.Ended.IsZero():
		return fail(model.ReasonHeartbeatNever, "at", stamp(due))
	default:
		return fail(model.ReasonHeartbeatLate, "since", stamp(h.Ended), "at", stamp(due))
	}
}

func firstTime(a, b time.Time) time.Time {
	if a.IsZero() {
		return b
	}
	return a
}

// due is when the call after last is due.
func (c heartbeatCheck) due(last time.Time) time.Time { return c.table.Next(last.Add(c.early)) }

// lastRun is the failure of the last run, if it failed.
func lastRun(h model.Heartbeat) *finding {
	said := h.Said
	if said == "" {
		said = "it said nothing"
	}
	switch {
	case !h.Failed:
		return nil
	case h.Code != 0:
		return fail(model.ReasonHeartbeatExit, "at", stamp(h.Ended), "code", strconv.Itoa(h.Code), "said", said)
	default:
		return fail(model.ReasonHeartbeatFailed, "at", stamp(h.Ended), "said", said)
	}
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
