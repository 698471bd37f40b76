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

// The constants of the connectivity guard.
const (
	recentSpan  = 5 * time.Second // results within this span fail "at once"
	minChecks   = 20              // the least number of checks that is looked at, however old their results
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
	Probes  []Probe       // none: it is never offline
	Share   int           // percent of checks that have to fail before the probes are asked
	Timeout time.Duration // of one probe
	Now     func() time.Time
	Offline func() bool // what was known before: when the program ended, or with other probes
	// Changed is called when opsbot goes offline (with a reason) or is online again (with the zero Reason).
	Changed func(ctx context.Context, why model.Reason)
}

// Connectivity is a guard that separates failures of our own network from failures of what is checked. When many checks fail
// at once, it asks the probes first. While none of these answers, opsbot is offline: failures that a network may cause are
// unknown. It is safe for concurrent use.
type Connectivity struct {
	o ConnectivityOptions

	mu      sync.Mutex
	recent  []*seen // what came lately, oldest first
	latest  map[model.CheckID]*seen
	fails   int // among latest
	offline bool
	asked   time.Time // when the probes were last asked and one answered
}

// seen is the last result of a check.
type seen struct {
	at    time.Time
	check model.CheckID
	fails bool
	stale bool // a later one came
}

// NewConnectivity makes a Connectivity.
func NewConnectivity(o ConnectivityOptions) *Connectivity {
	return &Connectivity{o: o, latest: map[model.CheckID]*seen{}, offline: o.Offline()}
}

// Configure changes the probes and the share of a running Connectivity. It begins anew with what is remembered, and waits for
// a Filter or Probe under way.
func (c *Connectivity) Configure(probes []Probe, share int, timeout time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.o.Probes, c.o.Share, c.o.Timeout = probes, share, timeout
	c.forget()
	c.asked, c.offline = time.Time{}, c.o.Offline()
}

// Run probes until ctx ends.
func (c *Connectivity) Run(ctx context.Context) error {
	tick := time.NewTicker(probePause)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			c.Probe(ctx)
		}
	}
}

// forget drops all results that were seen.
func (c *Connectivity) forget() {
	c.recent, c.fails = nil, 0
	clear(c.latest)
}

// Filter returns the results as they may be judged. It may take as long as a probe's timeout.
func (c *Connectivity) Filter(ctx context.Context, results []model.Result) []model.Result {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.o.Probes) == 0 {
		return results
	}
	for i := range results {
		c.note(&results[i])
	}
	if !c.offline && c.suspicious() && c.o.Now().Sub(c.asked) >= probePause {
		c.ask(ctx)
	}
	if !c.offline {
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

// Probe asks the probes again while opsbot is offline; without probes it is online. Run calls it.
func (c *Connectivity) Probe(ctx context.Context) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case !c.offline && c.o.Offline(): // Manager and guard differ
		c.o.Changed(ctx, model.Reason{})
	case !c.offline:
	case len(c.o.Probes) == 0: // they were taken out of the configuration
		c.offline = false
		c.o.Changed(ctx, model.Reason{})
	default:
		c.ask(ctx)
	}
}

// note takes in a result. Of each check the last one counts: those of the last few seconds, and of a small fleet the last of
// all.
func (c *Connectivity) note(r *model.Result) {
	now := c.o.Now()
	if last := c.latest[r.Check]; last != nil {
		last.stale = true
		c.drop(last)
	}
	n := &seen{at: now, check: r.Check, fails: r.Status == model.StatusFail && r.Reason.OfNetwork()}
	c.recent, c.latest[r.Check] = append(c.recent, n), n
	if n.fails {
		c.fails++
	}
	for first := c.recent[0]; first.stale || len(c.latest) > minChecks && now.Sub(first.at) > recentSpan; first = c.recent[0] {
		if !first.stale {
			c.drop(first)
		}
		c.recent = c.recent[1:]
	}
	if len(c.recent) > 2*len(c.latest)+minChecks { // behind one that comes once a day
		c.recent = slices.DeleteFunc(c.recent, func(n *seen) bool { return n.stale })
	}
}

func (c *Connectivity) drop(old *seen) {
	delete(c.latest, old.check)
	if old.fails {
		c.fails--
	}
}

// suspicious reports whether so much fails at once that it may be us.
func (c *Connectivity) suspicious() bool {
	return c.fails >= minFailures && c.fails*100 >= c.o.Share*len(c.latest)
}

// ask asks all probes at once, and takes up what they answer. One answer is enough to be online.
func (c *Connectivity) ask(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, c.o.Timeout)
	defer cancel()
	answers := make(chan bool, len(c.o.Probes))
	for _, p := range c.o.Probes {
		go func() { answers <- answered(p.Checker.Check(ctx)) }()
	}
	online := false
	for range c.o.Probes {
		if <-answers {
			online = true
			cancel()
		}
	}
	switch {
	case online && c.offline:
		c.offline, c.asked = false, c.o.Now()
		c.forget()
		c.o.Changed(context.WithoutCancel(ctx), model.Reason{})
	case online:
		c.asked = c.o.Now()
	case !c.offline:
		c.offline = true
		c.o.Changed(context.WithoutCancel(ctx), c.why())
	}
}

// answered reports whether a probe got through to the other side. A refusal is an answer of a machine that is there.
func answered(r model.Result) bool {
	return r.Status == model.StatusOK || r.Reason.Code == model.ReasonRefused
}

func (c *Connectivity) why() model.Reason {
	names := make([]string, len(c.o.Probes))
	for i, p := range c.o.Probes {
		names[i] = p.Name
	}
	return model.NewReason(model.ReasonOffline, "probes", strings.Join(names, ", "), "checks", strconv.Itoa(c.fails))
}
