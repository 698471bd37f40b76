package inbound_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"opsbot/model"
)

// step is an action. The meaning of its numbers depends on it.
type step struct {
	what  string
	a, b  int
	moods []mood
}

var steps = rapid.Custom(func(t *rapid.T) step {
	return step{
		what: rapid.SampledFrom([]string{"mute", "mute", "extend", "lift", "event", "ack", "ack", "unack", "again", "poll", "mood", "mood", "disk", "kill", "wait", "wait"}).Draw(t, "what"),
		a:    rapid.IntRange(0, 1000).Draw(t, "a"), b: rapid.IntRange(0, 3).Draw(t, "b"),
		moods: rapid.SliceOfN(rapid.SampledFrom([]mood{willing, away, lost, partly, refusing, declining, hanging}), 1, 4).Draw(t, "moods"),
	}
})

// TestSourcesEndUpWithWhatIsWanted creates, extends and ends mutes while the sources fail in every way, the disk too, and the
// program is killed at any write. In the end each source silences exactly what the active mutes are about, once, for long enough;
// the events of each acknowledged incident are acknowledged, and those of an incident that no longer is are not.
func TestSourcesEndUpWithWhatIsWanted(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		all := rapid.SliceOfN(steps, 1, 30).Draw(r, "steps")
		var wrong []string
		synctest.Test(t, func(t *testing.T) {
			m := &market{office: newOffice(t), taken: map[model.IncidentID]model.DesiredAck{}, writers: map[string]*notary{"icinga": newNotary(), "prom": newNotary()}}
			m.office.refine = m.refine
			m.office.start()
			m.office.hire("icinga", &register{notary: m.writers["icinga"], hosts: []string{"web0", "web1", "web2"}})
			m.office.hire("prom", &clerk{notary: m.writers["prom"]})
			for _, s := range all {
				m.do(s)
			}
			m.peace()
			m.office.stop()
			wrong = m.wrong
		})
		if len(wrong) > 0 {
			r.Fatal(strings.Join(wrong, "\n"))
		}
	})
}

// market is an office with two sources, one with a list of hosts, and one that takes many acknowledgements in one call.
type market struct {
	office  *office
	writers map[string]*notary
	mutes   int
	events  int
	taken   map[model.IncidentID]model.DesiredAck // taken back
	polled  map[string]bool                       // events that their source was seen to have as acknowledged
	wrong   []string
}

// refine is the desired state with what polls have shown.
func (m *market) refine(w *model.DesiredState) {
	w.Acks = slices.Clone(w.Acks)
	for i := range w.Acks {
		w.Acks[i].Events = slices.Clone(w.Acks[i].Events)
		for k := range w.Acks[i].Events {
			w.Acks[i].Events[k].Acked = m.polled[w.Acks[i].Events[k].ID]
		}
	}
	for _, a := range m.taken {
		for _, e := range a.Events {
			if e.Acked = m.polled[e.ID]; e.Acked {
				w.Unacked = append(w.Unacked, e)
			}
		}
	}
}

// poll reads back what the sources have.
func (m *market) poll() {
	seen := map[string]bool{}
	for _, n := range m.writers {
		for _, id := range n.acked() {
			seen[id] = true
		}
	}
	m.office.change(func(*model.DesiredState) { m.polled = seen })
}

// unack takes an acknowledgement back; again acknowledges what was taken back.
func (m *market) unack(which int) {
	m.office.change(func(w *model.DesiredState) {
		if w.Acks = slices.Clone(w.Acks); len(w.Acks) > 0 {
			which %= len(w.Acks)
			m.taken[w.Acks[which].Incident] = w.Acks[which]
			w.Acks = slices.Delete(w.Acks, which, which+1)
		}
	})
}

func (m *market) again(which int) {
	m.office.change(func(w *model.DesiredState) {
		ids := slices.Sorted(maps.Keys(m.taken))
		if len(ids) == 0 {
			return
		}
		a := m.taken[ids[which%len(ids)]]
		delete(m.taken, a.Incident)
		a.Ack.At = time.Now()
		w.Acks = append(slices.Clone(w.Acks), a)
	})
}

func (m *market) do(s step) {
	switch s.what {
	case "mute":
		m.mutes++
		mute := muteOf(model.MuteID(m.mutes), time.Duration(1+3*s.a)*time.Minute)
		m.office.change(func(w *model.DesiredState) {
			w.Silences = append(slices.Clone(w.Silences), model.DesiredSilence{Mute: mute, Hosts: []string{fmt.Sprint("web", s.b)}}) // no source knows web3
		})
	case "extend":
		m.some(s.a, func(q *model.DesiredSilence) {
			if q.Mute.Active(time.Now()) {
				q.Mute.Until = q.Mute.Until.Add(time.Duration(s.b) * time.Hour)
			}
		})
	case "lift":
		m.some(s.a, func(q *model.DesiredSilence) { q.Mute.EndedAt = time.Now() })
	case "event":
		m.events++
		e := problem("prom", fmt.Sprint("e", m.events))
		m.some(s.a, func(q *model.DesiredSilence) { q.Events = append(slices.Clone(q.Events), e) })
	case "ack":
		m.ack([]string{"icinga", "prom"}[s.a%2])
	case "unack":
		m.unack(s.a)
	case "again":
		m.again(s.a)
	case "poll":
		m.poll()
	case "mood":
		m.mood(m.writers[[]string{"icinga", "prom"}[s.a%2]], s.moods)
	case "disk":
		m.office.keep.fail([]error{nil, errors.New("disk full")}[s.a%2])
	case "kill":
		m.office.kill(s.b) // in the middle of its work
	case "wait":
		pass(time.Minute)
		m.poll() // a source is polled every minute
		pass(time.Duration(1+s.a*s.a/50) * time.Second)
		m.poll()
	}
}

// some changes a mute that was created, and may be over.
func (m *market) some(which int, f func(q *model.DesiredSilence)) {
	m.office.change(func(w *model.DesiredState) {
		if w.Silences = slices.Clone(w.Silences); len(w.Silences) > 0 {
			f(&w.Silences[which%len(w.Silences)])
		}
	})
}

func (m *market) ack(source string) {
	m.events++
	a := ackOf(problem(source, fmt.Sprint("e", m.events)))
	a.Incident = model.IncidentID(m.events)
	m.office.change(func(w *model.DesiredState) {
		w.Acks = append(slices.Clone(w.Acks), a)
		w.Cards = append(slices.Clone(w.Cards), a.Incident)
	})
}

// mood makes a source fail from now on, in one way or in several by turns.
func (m *market) mood(n *notary, moods []mood) {
	n.mu.Lock()
	defer n.mu.Unlock()
	turn := 0
	n.mood = func(string) mood {
		turn++
		return moods[turn%len(moods)]
	}
}

func (m *market) errorf(format string, args ...any) {
	m.wrong = append(m.wrong, fmt.Sprintf(format, args...))
}

// peace lets everything work for a while, after which all must be in sync.
func (m *market) peace() {
	m.office.keep.fail(nil)
	for _, n := range m.writers {
		n.set(willing)
	}
	for range 4 {
		m.poll()
		pass(15 * time.Minute)
	}
	want := map[string][]string{"icinga": {}, "prom": {}}
	for _, q := range m.office.wanted().Silences {
		if q.Hosts[0] != "web3" {
			want["icinga"] = append(want["icinga"], fmt.Sprintf("#%d the-%s", q.Mute.ID, q.Hosts[0]))
		}
		for i := range q.Events {
			want["prom"] = append(want["prom"], fmt.Sprintf("#%d %s", q.Mute.ID, q.Events[i].ID))
		}
	}
	for name, n := range m.writers {
		slices.Sort(want[name])
		if got := n.holds(); !slices.Equal(got, want[name]) {
			m.errorf("%s holds %q, want %q\nlog: %q", name, got, want[name], m.office.logged[max(0, len(m.office.logged)-8):])
		}
	}
	for _, q := range m.office.wanted().Silences {
		for _, n := range m.writers {
			for _, held := range n.silences {
				active := held.until.After(time.Now()) // otherwise it is a leftover in the source's list
				if active && held.mute == fmt.Sprintf("#%d", q.Mute.ID) && held.until.Before(q.Mute.Until) && held.until.Before(time.Now().Add(model.Day/2)) {
					m.errorf("mute %s holds until %v, silenced until %v", held.mute, q.Mute.Until, held.until)
				}
			}
		}
	}
	for _, a := range m.office.wanted().Acks {
		for _, e := range a.Events {
			if m.writers[e.Source].acks[e.ID] == 0 {
				m.errorf("%s is not acknowledged at %s", e.ID, e.Source)
			}
		}
		if got, want := m.office.card(a.Incident), "reply.acked "+a.Events[0].Source+" 1"; got != want {
			m.errorf("the card says %q, want %q", got, want)
		}
	}
	for id, a := range m.taken {
		for _, e := range a.Events {
			if m.writers[e.Source].acks[e.ID] != 0 {
				m.errorf("%s is acknowledged at %s, and no longer here", e.ID, e.Source)
			}
		}
		if got := m.office.card(id); got != "" {
			m.errorf("the card says %q of what was taken back", got)
		}
	}
}
