package inbound_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"opsbot/inbound"
	"opsbot/model"
)

// clerk is a notary that takes many acknowledgements in one call, or none of them.
type clerk struct {
	*notary
	unknown []string // ids for which a whole call is declined
	calls   []int    // how many events each had
}

func (c *clerk) AcknowledgeAll(ctx context.Context, all []model.Event, note inbound.Note) error {
	return c.each(ctx, "ack", all, func(e model.Event) {
		c.acks[e.ID]++
		c.notes = append(c.notes, note)
	})
}

func (c *clerk) UnacknowledgeAll(ctx context.Context, all []model.Event) error {
	return c.each(ctx, "unack", all, func(e model.Event) { delete(c.acks, e.ID) })
}

func (c *clerk) Acknowledge(ctx context.Context, e model.Event, note inbound.Note) error {
	return c.AcknowledgeAll(ctx, []model.Event{e}, note)
}

func (c *clerk) Unacknowledge(ctx context.Context, e model.Event) error {
	return c.UnacknowledgeAll(ctx, []model.Event{e})
}

func (c *clerk) each(ctx context.Context, call string, all []model.Event, do func(model.Event)) error {
	m, err := c.begin(ctx, call)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls = append(c.calls, len(all))
	if slices.ContainsFunc(all, func(e model.Event) bool { return slices.Contains(c.unknown, e.ID) }) {
		return fault(model.ReasonSourceDeclines, "no such object")
	}
	for _, e := range all {
		do(e)
	}
	if m == lost {
		return fault(model.ReasonSourceAway, "reset")
	}
	return nil
}

// many are events of a source.
func many(source string, n int) []model.Event {
	all := make([]model.Event, n)
	for i := range all {
		all[i] = problem(source, fmt.Sprintf("e%03d", i))
		all[i].Incident = 7
	}
	return all
}

// What waits for a source that takes many at once goes as one call, there and back.
func TestAcknowledgementsGoAsOneCall(t *testing.T) {
	run(t, func(t *testing.T, o *office) {
		zabbix := &clerk{notary: newNotary()}
		o.hire("zabbix", zabbix)
		all := many("zabbix", 150)
		o.change(func(w *model.DesiredState) {
			w.Cards, w.Acks = []model.IncidentID{7}, []model.DesiredAck{ackOf(all...)}
		})
		if len(zabbix.acks) != 150 || !slices.Equal(zabbix.calls, []int{150}) {
			t.Errorf("%d acknowledged in calls of %v", len(zabbix.acks), zabbix.calls)
		}
		o.says(7, "reply.acked zabbix 150")
		for i := range all {
			all[i].Acked = true
		}
		zabbix.calls = nil
		o.change(func(w *model.DesiredState) { w.Acks, w.Unacked = nil, all })
		if len(zabbix.acks) != 0 || !slices.Equal(zabbix.calls, []int{150}) {
			t.Errorf("%d left in calls of %v", len(zabbix.acks), zabbix.calls)
		}
	})
}

// One event that the source does not know costs the others nothing, and not a call each.
func TestOneDeclinedEventCostsNoOther(t *testing.T) {
	for _, unknown := range [][]string{{"e000"}, {"e077"}, {"e149"}, {"e010", "e011"}} {
		run(t, func(t *testing.T, o *office) {
			zabbix := &clerk{notary: newNotary(), unknown: unknown}
			o.hire("zabbix", zabbix)
			o.change(func(w *model.DesiredState) {
				w.Cards, w.Acks = []model.IncidentID{7}, []model.DesiredAck{ackOf(many("zabbix", 150)...)}
			})
			if len(zabbix.acks) != 150-len(unknown) || len(zabbix.calls) > 20 {
				t.Errorf("%v: %d acknowledged in %d calls", unknown, len(zabbix.acks), len(zabbix.calls))
			}
			o.says(7, fmt.Sprintf("reply.acked zabbix %d; reply.ack_failed zabbix %d source.declines", 150-len(unknown), len(unknown)))
		})
	}
}

// A source that is away fails once for all that waits for it, and is tried again soon.
func TestManyThatFailAtOnceAreOneFailure(t *testing.T) {
	run(t, func(t *testing.T, o *office) {
		zabbix := &clerk{notary: newNotary()}
		zabbix.set(away)
		o.hire("zabbix", zabbix)
		o.change(func(w *model.DesiredState) {
			w.Cards, w.Acks = []model.IncidentID{7}, []model.DesiredAck{ackOf(many("zabbix", 150)...)}
		})
		zabbix.set(willing)
		pass(20 * time.Second) // the next comparison
		if len(zabbix.acks) != 150 || zabbix.count("ack") != 2 {
			t.Errorf("%d acknowledged after %d calls", len(zabbix.acks), zabbix.count("ack"))
		}
	})
}
