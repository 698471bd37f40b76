package alerts

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"opsbot"
)

// The constants of looking for our own blindness.
const (
	sightSpan  = 5 * time.Second // results of this long are what comes "at once"
	sightLeast = 20              // and no fewer checks than these, however long ago: of small fleets
	sightFails = 3               // checks that have to fail before the probes are asked
	sightPause = 2 * time.Second // between two tries of the probes
)

// Probe is something near by that answers whenever our own network works.
type Probe struct {
	Name    string // "tcp:10.0.0.1:53"
	Checker opsbot.Checker
}

// SightOptions are what Sight needs.
type SightOptions struct {
	Probes  []Probe       // none: it always sees
	Share   int           // percent of what is looked at that has to fail before the probes are asked
	Timeout time.Duration // of one probe
	Now     func() time.Time
	Blind   func() bool // what is remembered: from when the program ended, or from a Sight before this one
	// Changed is told when sight is lost (with a reason) or regained (with the zero Reason).
	Changed func(ctx context.Context, why opsbot.Reason)
}

// Sight tells failures of what is looked at from our own: when much of it fails at once, it asks the probes first. While
// none of these answers, what a network has to do with is unknown, not failed. It is safe for concurrent use.
type Sight struct {
	o SightOptions

	mu     sync.Mutex
	recent []*seen // what came lately, oldest first
	latest map[opsbot.CheckID]*seen
	fails  int // among latest
	blind  bool
	asked  time.Time // when the probes were last asked and one answered
}

// seen is the last that came of a check.
type seen struct {
	at    time.Time
	check opsbot.CheckID
	fails bool
	stale bool // a later one came
}

// NewSight makes one.
func NewSight(o SightOptions) *Sight {
	return &Sight{o: o, latest: map[opsbot.CheckID]*seen{}, blind: o.Blind()}
}

// Sift returns the results as they may be judged. It may take as long as a probe's timeout.
func (s *Sight) Sift(ctx context.Context, results []opsbot.Result) []opsbot.Result {
	if len(s.o.Probes) == 0 {
		return results
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range results {
		s.note(&results[i])
	}
	if !s.blind && s.suspicious() && s.o.Now().Sub(s.asked) >= sightPause {
		s.ask(ctx)
	}
	if !s.blind {
		return results
	}
	sifted := slices.Clone(results)
	for i := range sifted {
		if r := &sifted[i]; r.Status == opsbot.StatusFail && r.Reason.OfNetwork() {
			r.Status, r.Reason = opsbot.StatusUnknown, opsbot.NewReason(opsbot.ReasonUnseen)
		}
	}
	return sifted
}

// Look asks the probes again when it is blind; without probes it sees. It is to be called every few seconds.
func (s *Sight) Look(ctx context.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case !s.blind && s.o.Blind(): // said by the Sight before this one, in its last moment
		s.o.Changed(ctx, opsbot.Reason{})
	case !s.blind:
	case len(s.o.Probes) == 0: // they were taken out of the configuration
		s.blind = false
		s.o.Changed(ctx, opsbot.Reason{})
	default:
		s.ask(ctx)
	}
}

// note takes in a result. Of each check the last one counts: those of the last few seconds, and of a small fleet the last
// of all.
func (s *Sight) note(r *opsbot.Result) {
	now := s.o.Now()
	if last := s.latest[r.Check]; last != nil {
		last.stale = true
		s.drop(last)
	}
	n := &seen{at: now, check: r.Check, fails: r.Status == opsbot.StatusFail && r.Reason.OfNetwork()}
	s.recent, s.latest[r.Check] = append(s.recent, n), n
	if n.fails {
		s.fails++
	}
	for first := s.recent[0]; first.stale || len(s.latest) > sightLeast && now.Sub(first.at) > sightSpan; first = s.recent[0] {
		if !first.stale {
			s.drop(first)
		}
		s.recent = s.recent[1:]
	}
	if len(s.recent) > 2*len(s.latest)+sightLeast { // behind one that comes once a day
		s.recent = slices.DeleteFunc(s.recent, func(n *seen) bool { return n.stale })
	}
}

func (s *Sight) drop(old *seen) {
	delete(s.latest, old.check)
	if old.fails {
		s.fails--
	}
}

// suspicious reports whether so much fails at once that it may be us.
func (s *Sight) suspicious() bool {
	return s.fails >= sightFails && s.fails*100 >= s.o.Share*len(s.latest)
}

// ask asks all probes at once, and takes up what they say. One answer is enough to see.
func (s *Sight) ask(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, s.o.Timeout)
	defer cancel()
	answers := make(chan bool, len(s.o.Probes))
	for _, p := range s.o.Probes {
		go func() { answers <- answered(p.Checker.Check(ctx)) }()
	}
	sees := false
	for range s.o.Probes {
		if <-answers {
			sees = true
			cancel()
		}
	}
	switch {
	case sees && s.blind:
		s.blind, s.asked = false, s.o.Now()
		s.recent, s.fails = nil, 0
		clear(s.latest)
		s.o.Changed(context.WithoutCancel(ctx), opsbot.Reason{})
	case sees:
		s.asked = s.o.Now()
	case !s.blind:
		s.blind = true
		s.o.Changed(context.WithoutCancel(ctx), s.why())
	}
}

// answered reports whether a probe got through to the other side. A refusal is an answer of a machine that is there.
func answered(r opsbot.Result) bool {
	return r.Status == opsbot.StatusOK || r.Reason.Code == opsbot.ReasonRefused
}

func (s *Sight) why() opsbot.Reason {
	names := make([]string, len(s.o.Probes))
	for i, p := range s.o.Probes {
		names[i] = p.Name
	}
	return opsbot.NewReason(opsbot.ReasonBlind, "probes", strings.Join(names, ", "), "checks", strconv.Itoa(s.fails))
}
