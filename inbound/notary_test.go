package inbound_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"opsbot/inbound"
	"opsbot/model"
)

// notary is a source in memory that can be written to. It is safe for concurrent use.
type notary struct {
	mu       sync.Mutex
	acks     map[string]int // by id of an event, how often
	notes    []inbound.Note
	silences map[string]silenced // by handle
	calls    map[string]int
	serial   int
	most     int // highest number of concurrent calls
	busy     int
	// mood decides the outcome of a call: "suppress", "ack", "unack", "lift", "find", "objects".
	mood func(call string) mood
}

// silenced is a downtime at a notary.
type silenced struct {
	mute    string // "mute #3"
	mark    string
	objects []string
	until   time.Time
}

// mood is the outcome of a call.
type mood int

const (
	willing mood = iota
	away         // nothing is done
	lost         // it is done, but the answer is lost
	partly       // half of it is done, and the answer says so
	refusing
	declining
	lacking // the right
	hanging // until the caller gives up; nothing is done
	unable
	panicking
)

func fault(code model.ReasonCode, said string) error {
	return &inbound.Fault{Reason: model.NewReason(code, "said", said), Err: errors.New(said)}
}

// begin decides the outcome of a call; the error is that of one that does nothing.
func (n *notary) begin(ctx context.Context, call string) (m mood, err error) {
	if ctx.Err() != nil {
		return away, ctx.Err() // it is never sent
	}
	n.mu.Lock()
	n.calls[call]++
	n.busy++
	n.most = max(n.most, n.busy)
	m = n.mood(call)
	n.mu.Unlock()
	if m == hanging {
		<-ctx.Done()
	}
	<-time.After(time.Millisecond) // calls overlap
	n.mu.Lock()
	n.busy--
	n.mu.Unlock()
	return m, map[mood]error{
		away: fault(model.ReasonSourceAway, "refused"), hanging: context.DeadlineExceeded, refusing: fault(model.ReasonSourceRefuses, "401"),
		declining: fault(model.ReasonSourceDeclines, "no such object"), lacking: fault(model.ReasonSourceRight, ""),
		unable: &inbound.Fault{Reason: model.NewReason(model.ReasonSourceRight), Err: errors.ErrUnsupported},
	}[m]
}

func (n *notary) Acknowledge(ctx context.Context, e model.Event, note inbound.Note) error {
	m, err := n.begin(ctx, "ack")
	if m == panicking {
		panic("out of order")
	}
	if err != nil {
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.acks[e.ID]++
	n.notes = append(n.notes, note)
	if m == lost {
		return fault(model.ReasonSourceAway, "reset")
	}
	return nil
}

func (n *notary) Unacknowledge(ctx context.Context, e model.Event) error {
	m, err := n.begin(ctx, "unack")
	if err != nil {
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.acks, e.ID)
	if m == lost {
		return fault(model.ReasonSourceAway, "reset")
	}
	return nil
}

func (n *notary) Suppress(ctx context.Context, all []model.Event, note inbound.Note) (string, error) {
	m, err := n.begin(ctx, "suppress")
	if err != nil {
		return "", err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	words := strings.Fields(note.Comment)
	q := silenced{mark: words[len(words)-1], until: note.Until, mute: strings.TrimSuffix(words[len(words)-2], ",")}
	for i := range all {
		q.objects = append(q.objects, all[i].Object)
	}
	if m == partly {
		q.objects = q.objects[:len(q.objects)/2]
	}
	n.serial++
	handle := fmt.Sprint("h", n.serial)
	n.silences[handle] = q
	n.notes = append(n.notes, note)
	switch m {
	case lost:
		return "", fault(model.ReasonSourceAway, "reset")
	case partly:
		return handle, fault(model.ReasonSourceDeclines, "half of it")
	}
	return handle, nil
}

func (n *notary) Expire(ctx context.Context, handle string) error {
	m, err := n.begin(ctx, "lift")
	if err != nil {
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.silences, handle)
	if m == lost {
		return fault(model.ReasonSourceAway, "reset")
	}
	return nil
}

func (n *notary) Find(ctx context.Context, mark string) (string, error) {
	m, err := n.begin(ctx, "find")
	if err != nil {
		return "", err
	}
	if m == lost {
		return "", fault(model.ReasonSourceAway, "reset")
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for handle, q := range n.silences {
		if q.mark == mark && q.until.After(time.Now()) {
			return handle, nil
		}
	}
	return "", nil
}

// set sets the outcome of all calls.
func (n *notary) set(m mood) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.mood = func(string) mood { return m }
}

// only sets it for one kind of call; the others succeed.
func (n *notary) only(call string, m mood) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.mood = func(other string) mood {
		if other == call {
			return m
		}
		return willing
	}
}

// holds is what it silences, as "mute object", each as often as it was set.
func (n *notary) holds() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	out := []string{}
	for _, q := range n.silences {
		for _, object := range q.objects {
			if q.until.After(time.Now()) {
				out = append(out, q.mute+" "+object)
			}
		}
	}
	slices.Sort(out)
	return out
}

// acksOf is how often an event was acknowledged here.
func (n *notary) acksOf(id string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.acks[id]
}

// take acknowledges an event as somebody at the source does.
func (n *notary) take(id string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.acks[id] = 1
}

// first is the note of its first call.
func (n *notary) first() inbound.Note {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.notes[0]
}

// peak is the highest number of calls at once.
func (n *notary) peak() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.most
}

// left is how many silences it has, those that ran out by themselves too.
func (n *notary) left() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.silences)
}

// last is when the last of its silences ends.
func (n *notary) last() time.Time {
	n.mu.Lock()
	defer n.mu.Unlock()
	var last time.Time
	for _, q := range n.silences {
		if q.until.After(last) {
			last = q.until
		}
	}
	return last
}

// swap replaces its silences, and returns the old ones.
func (n *notary) swap(silences map[string]silenced) map[string]silenced {
	n.mu.Lock()
	defer n.mu.Unlock()
	was := n.silences
	n.silences = silences
	return was
}

func (n *notary) count(call string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.calls[call]
}

func (n *notary) acked() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Sorted(maps.Keys(n.acks))
}

func newNotary() *notary {
	return &notary{acks: map[string]int{}, silences: map[string]silenced{}, calls: map[string]int{}, mood: func(string) mood { return willing }}
}

// register is a notary that knows hosts: those of its list, by their names there.
type register struct {
	*notary
	hosts []string
}

func (r *register) Objects(ctx context.Context) ([]model.Event, error) {
	if _, err := r.begin(ctx, "objects"); err != nil {
		return nil, err
	}
	var out []model.Event
	for _, host := range r.hosts {
		out = append(out, model.Event{Object: "the-" + host, Names: []string{host}})
	}
	return out, nil
}
