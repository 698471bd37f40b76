package icinga

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"time"

	"opsbot/inbound/httpclient"
	"opsbot/inbound/payload"
	"opsbot/model"
)

const (
	// gather is how long signals are collected before the objects are queried: a host that goes down signals with all its
	// services.
	gather = 50 * time.Millisecond
	// atOnce bounds how many objects one query names.
	atOnce = 500
	// maxLine bounds one message of the stream: it contains a check's output, twice.
	maxLine = 8 << 20
)

// received are the types of stream events that change a model.Event.
var received = []string{
	"StateChange", "AcknowledgementSet", "AcknowledgementCleared", "DowntimeStarted", "DowntimeTriggered", "DowntimeRemoved",
}

// line is one message of the stream.
type line struct {
	Type      string  `json:"type"`
	Host      string  `json:"host"`
	Service   string  `json:"service"`
	State     float64 `json:"state"`
	StateType float64 `json:"state_type"`
	Timestamp float64 `json:"timestamp"`
	Result    struct {
		Output string  `json:"output"`
		End    float64 `json:"execution_end"`
		Before struct {
			State     float64 `json:"state"`
			StateType float64 `json:"state_type"`
		} `json:"vars_before"`
	} `json:"check_result"`
	Downtime struct {
		Host    string `json:"host_name"`
		Service string `json:"service_name"`
	} `json:"downtime"`
}

// bell is what the stream said of an object since it was last queried.
type bell struct {
	host, service string
	failed        line    // the first that began a hard problem; its Type is "" if none did
	recovered     float64 // when it first was OK after that, or at all
	silenced      bool    // nothing but that it is OK
}

// bells collects signals. It is safe for concurrent use.
type bells struct {
	mu   sync.Mutex
	rung map[string]*bell
	wake chan struct{} // has room for one
}

func (b *bells) ring(l *line) {
	host, service := l.Host, l.Service
	if host == "" {
		host, service = l.Downtime.Host, l.Downtime.Service
	}
	change := l.Type == "StateChange"
	if host == "" || change && l.State != 0 && l.StateType != 1 { // a soft problem may pass
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	one := b.rung[join(host, service)]
	if one == nil {
		one = &bell{host: host, service: service, silenced: true}
		b.rung[join(host, service)] = one
	}
	one.note(l, change)
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

func (b *bell) note(l *line, change bool) {
	well := change && l.State == 0
	switch before := l.Result.Before; {
	case well && b.recovered == 0:
		b.recovered = l.Result.End
	case change && !well && b.failed.Type == "" && (before.State == 0 || before.StateType == 0):
		b.failed, b.recovered = *l, 0
	}
	b.silenced = b.silenced && well
}

func (b *bells) taken() []*bell {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := slices.Collect(maps.Values(b.rung))
	b.rung = map[string]*bell{}
	return all
}

// Stream implements inbound.Streamer. An idle stream sends nothing, so that a dead connection is detected only by TCP's
// keep-alive, after minutes; until then the poll finds what it would have reported. Icinga itself delays messages for up to 5 s
// (2.13 does, at random). Errors are *inbound.Fault.
func (c *Client) Stream(ctx context.Context, ready func(), receive func(model.Event)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	// The name must be unique: two listeners of one queue share its events.
	queue := fmt.Sprintf("opsbot-%d", c.o.Now().UnixNano())
	body, err := c.o.HTTP.Open(ctx, httpclient.Request{URL: c.base + "/events", Body: map[string]any{"queue": queue, "types": received}})
	if notFound(err) {
		return right{"events/*", forEvents}.missing()
	}
	if err != nil {
		return err
	}
	b := &bells{rung: map[string]*bell{}, wake: make(chan struct{}, 1)}
	lost := make(chan error, 1)
	go func() { lost <- read(body, &c.odd, b.ring) }()
	ready()
	err = c.attend(ctx, b, lost, receive)
	cancel()
	// The reader ends with the body; a close error does not matter.
	_ = body.Close()
	if of := <-lost; err == nil {
		return httpclient.Away(of)
	}
	return err
}

// attend queries signalled objects until ctx ends or a query fails, which is its error, or the stream is lost, which is none:
// then the error is in lost.
func (c *Client) attend(ctx context.Context, b *bells, lost chan error, receive func(model.Event)) error {
	for {
		select {
		case <-ctx.Done():
			return httpclient.Away(ctx.Err())
		case err := <-lost:
			lost <- err
			return c.look(ctx, b.taken(), receive)
		case <-b.wake:
		}
		soon := time.NewTimer(gather)
		select {
		case <-soon.C:
		case <-ctx.Done():
			soon.Stop()
		}
		if err := c.look(ctx, b.taken(), receive); err != nil {
			return err
		}
	}
}

// read decodes messages until there are no more, and returns why. A field of an unexpected type is noted, and costs nothing else.
func read(from io.Reader, odd *payload.Collector, each func(*line)) error {
	bounded := &io.LimitedReader{R: from, N: maxLine}
	decoder := json.NewDecoder(bounded)
	for {
		var l line
		field, err := payload.Lenient(decoder.Decode(&l))
		if err != nil {
			return unreadable(err, bounded.N <= 0)
		}
		if bounded.N = maxLine; field != "" {
			odd.Add("stream: "+field, payload.Unreadable)
		}
		each(&l)
	}
}

func unreadable(err error, full bool) error {
	switch {
	case full:
		return fmt.Errorf("a message of over %d bytes in the stream", maxLine)
	case errors.Is(err, io.EOF):
		return errors.New("the stream has ended")
	}
	return fmt.Errorf("read the stream: %w", err)
}

// look queries the signalled objects, and reports the state of each.
func (c *Client) look(ctx context.Context, rung []*bell, receive func(model.Event)) error {
	if len(rung) == 0 {
		return nil
	}
	if err := c.take(ctx); err != nil {
		return err
	}
	defer c.give()
	names, by := map[string][]string{}, map[string]*bell{}
	for _, b := range rung {
		key := join(b.host, b.service)
		if _, known := c.open[key]; b.silenced && !known {
			continue // it is OK, and was before
		}
		of := hosts.plural
		if b.service != "" {
			of = services.plural
		}
		names[of], by[key] = append(names[of], key), b
	}
	for _, of := range []kind{hosts, services} {
		for some := range slices.Chunk(slices.Sorted(slices.Values(names[of.plural])), atOnce) {
			found, err := c.named(ctx, of, some)
			if err != nil {
				return err
			}
			c.report(found, c.authors(ctx, found), by, receive)
		}
	}
	return nil
}

// named queries objects by name. Deleted ones are left out.
func (c *Client) named(ctx context.Context, of kind, names []string) ([]object, error) {
	var found []object
	_, err := c.each(ctx, names, right{"objects/query/" + of.title, forEvents}, func(some []string) error {
		got, err := c.query(ctx, of, map[string]any{of.plural: some})
		found = append(found, got...)
		return err
	})
	return found, err
}

// report reports the state of queried objects. The caller holds the turn.
func (c *Client) report(found []object, authors map[string]string, by map[string]*bell, receive func(model.Event)) {
	for i := range found {
		o := &found[i]
		b := by[o.key()]
		if b == nil {
			continue // nobody asked
		}
		known, was := c.open[o.key()]
		now, active := c.active(o, authors)
		switch {
		case was && (!active || now.ID != known.ID):
			known.EndedAt, known.End = wellAgain(o, b), model.EndUnconfirmed
			receive(known.Event)
			delete(c.open, o.key())
		case !was && b.failed.Type != "" && o.lastOK() > b.failed.Result.End:
			receive(c.passed(o, b))
		}
		if active {
			c.open[o.key()] = now
			receive(now.Event)
		}
	}
}

// wellAgain is when an object's problem ended, as far as it is known.
func wellAgain(o *object, b *bell) time.Time {
	at := b.recovered
	if at == 0 {
		at = o.lastOK()
	}
	return moment(at)
}

// passed is a problem that was over before the object was queried. No poll will ever name it: its key is its own beginning.
func (c *Client) passed(o *object, b *bell) model.Event {
	seen := *o
	seen.Attrs.State, seen.Attrs.StateType, seen.Attrs.CheckResult.Output = b.failed.State, 1, b.failed.Result.Output
	seen.Attrs.LastOK, seen.Attrs.LastUp, seen.Attrs.LastChange = b.failed.Result.End, 0, b.failed.Result.End
	e, _ := c.active(&seen, nil)
	e.EndedAt, e.End = wellAgain(o, b), model.EndUnconfirmed
	return e.Event
}
