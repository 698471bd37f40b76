package alerts

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"opsbot/model"
)

// The constants of looking for our own blindness.
const (
	recentSpan  = 5 * time.Second // results of this long are what comes "at once"
	minChecks   = 20              // and no fewer checks than these, however long ago: of small fleets
	minFailures = 3               // checks that have to fail before the probes are asked
	probePause  = 2 * time.Second // between two tries of the probes
)

// Probe is something near by that answers whenever our own network works.
type Probe struct {
	Name    string // "tcp:10.0.0.1:53"
	Checker model.Checker
}

// ConnectivityOptions are what Connectivity needs.
type ConnectivityOptions struct {
	Probes  []Probe       // none: it always sees
	Share   int           // percent of what is looked at that has to fail before the probes are asked
	Timeout time.Duration // of one probe
	Now     func() time.Time
	Offline func() bool // what is remembered: from when the program ended, or from a Connectivity before this one
	// Changed is told when sight is lost (with a reason) or regained (with the zero Reason).
	Changed func(ctx context.Context, why model.Reason)
}

// Connectivity tells failures of what is looked at from our own: when much of it fails at once, it asks the probes first. While
// none of these answers, what a network has to do with is unknown, not failed. It is safe for concurrent use.
type Connectivity struct {
	o ConnectivityOptions

	mu      sync.Mutex
	recent  []*seen // what came lately, oldest first
	latest  map[model.CheckID]*seen
	fails   int // among latest
	offline bool
	asked   time.Time // when the probes were last asked and one answered
}

// seen is the last that came of a check.
type seen struct {
	at    time.Time
	check model.CheckID
	fails bool
	stale bool // a later one came
}

// NewConnectivity makes one.
func NewConnectivity(o ConnectivityOptions) *Connectivity {
	return &Connectivity{o: o, latest: map[model.CheckID]*seen{}, offline: o.Offline()}
}

// Filter returns the results as they may be judged. It may take as long as a probe's timeout.
func (s *Connectivity) Filter(ctx context.Context, results []model.Result) []model.Result {
	if len(s.o.Probes) == 0 {
		return results
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range results {
		s.note(&results[i])
	}
	if !s.offline && s.suspicious() && s.o.Now().Sub(s.asked) >= probePause {
		s.ask(ctx)
	}
	if !s.offline {
		return results
	}
	filtered := slices.Clone(results)
	for i := range filtered {
		if r := &filtered[i]; r.Status == model.StatusFail && r.Reason.OfNetwork() {
			r.Status, r.Reason = model.StatusUnknown, model.NewReason(model.ReasonUnseen)
		}
	}
	return filtered
}

// Probe asks the probes again when it is blind; without probes it sees. It is to be called every few seconds.
func (s *Connectivity) Probe(ctx context.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case !s.offline && s.o.Offline(): // said by the Connectivity before this one, in its last moment
		s.o.Changed(ctx, model.Reason{})
	case !s.offline:
	case len(s.o.Probes) == 0: // they were taken out of the configuration
		s.offline = false
		s.o.Changed(ctx, model.Reason{})
	default:
		s.ask(ctx)
	}
}

// note takes in a result. Of each check the last one counts: those of the last few seconds, and of a small fleet the last
// of all.
func (s *Connectivity) note(r *model.Result) {
	now := s.o.Now()
	if last := s.latest[r.Check]; last != nil {
		last.stale = true
		s.drop(last)
	}
	n := &seen{at: now, check: r.Check, fails: r.Status == model.StatusFail && r.Reason.OfNetwork()}
	s.recent, s.latest[r.Check] = append(s.recent, n), n
	if n.fails {
		s.fails++
	}
	for first := s.recent[0]; first.stale || len(s.latest) > minChecks && now.Sub(first.at) > recentSpan; first = s.recent[0] {
		if !first.stale {
			s.drop(first)
		}
		s.recent = s.recent[1:]
	}
	if len(s.recent) > 2*len(s.latest)+minChecks { // behind one that comes once a day
		s.recent = slices.DeleteFunc(s.recent, func(n *seen) bool { return n.stale })
	}
}

func (s *Connectivity) drop(old *seen) {
	delete(s.latest, old.check)
	if old.fails {
		s.fails--
	}
}

// suspicious reports whether so much fails at once that it may be us.
func (s *Connectivity) suspicious() bool {
	return s.fails >= minFailures && s.fails*100 >= s.o.Share*len(s.latest)
}

// ask asks all probes at once, and takes up what they say. One answer is enough to see.
func (s *Connectivity) ask(ctx context.Context) {
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
	case sees && s.offline:
		s.offline, s.asked = false, s.o.Now()
		s.recent, s.fails = nil, 0
		clear(s.latest)
		s.o.Changed(context.WithoutCancel(ctx), model.Reason{})
	case sees:
		s.asked = s.o.Now()
	case !s.offline:
		s.offline = true
		s.o.Changed(context.WithoutCancel(ctx), s.why())
	}
}

// answered reports whether a probe got through to the other side. A refusal is an answer of a machine that is there.
func answered(r model.Result) bool {
	return r.Status == model.StatusOK || r.Reason.Code == model.ReasonRefused
}

func (s *Connectivity) why() model.Reason {
	names := make([]string, len(s.o.Probes))
	for i, p := range s.o.Probes {
		names[i] = p.Name
	}
	return model.NewReason(model.ReasonOffline, "probes", strings.Join(names, ", "), "checks", strconv.Itoa(s.fails))
}
