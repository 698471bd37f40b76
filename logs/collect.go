package logs

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"opsbot/model"
)

// CollectorOptions are the dependencies of a Collector. All are required.
type CollectorOptions struct {
	// Read reads the log lines of hosts in a span; hosts without logs are left out.
	Read func(ctx context.Context, hosts []string, span model.Span) []model.LogExcerpt
	// Note puts groups on an incident's card.
	Note func(ctx context.Context, id model.IncidentID, groups []model.LogGroup) error
	// Around is how much is read: how long before the beginning of a failure, of how many hosts; 0 hosts is nothing.
	Around func() (before time.Duration, hosts int)
	Fail   func(error) // receives failures of Note
	Now    func() time.Time
}

// Collector collects excerpts of the logs when incidents open, so that the lines are there when somebody requests them. It
// works in the background: if too many incidents open at once, the rest is left out, and read on request. It is safe for
// concurrent use.
type Collector struct {
	o     CollectorOptions
	queue chan task

	mu    sync.Mutex
	kept  map[model.IncidentID]*keptLogs
	order []model.IncidentID // of kept, the oldest first
	size  int                // bytes of all lines

	recent map[string]recentLogs // by host; only for Run
}

// task is an incident with the hosts to read.
type task struct {
	id    model.IncidentID
	hosts []string
	began time.Time
}

type keptLogs struct {
	at       time.Time
	excerpts []model.LogExcerpt
	asked    map[string]bool // hosts
	size     int
}

type recentLogs struct {
	at       time.Time
	from     time.Time
	excerpts []model.LogExcerpt
}

// The limits of collecting.
const (
	maxTasks     = 64               // queued
	maxKept      = 64               // incidents
	maxKeptBytes = 8 << 20          // of all of them
	keptLines    = 100              // of one log
	keptGroups   = 20               // of one log
	maxAge       = 10 * time.Minute // an older incident was not opened just now
	sameLook     = 30 * time.Second // another incident of a host reuses what was read for the previous one
	batchSize    = 4                // hosts at a time: requests of people need some of the rest
	noted        = 3                // groups on a card
)

// NewCollector returns an empty collector.
func NewCollector(o CollectorOptions) *Collector {
	return &Collector{o: o, queue: make(chan task, maxTasks), kept: map[model.IncidentID]*keptLogs{}, recent: map[string]recentLogs{}}
}

// See records incidents as they were stored. It returns at once.
func (c *Collector) See(all []model.Incident) {
	_, most := c.o.Around()
	if most == 0 {
		return
	}
	for i := range all {
		in := &all[i]
		if !in.Open() || in.Parent != 0 || c.o.Now().Sub(in.OpenedAt) > maxAge {
			continue
		}
		switch in.Kind {
		case model.IncidentHost, model.IncidentService, model.IncidentEventGroup:
			c.want(in, most)
		}
	}
}

// want queues the hosts of an incident that were not queued yet.
func (c *Collector) want(in *model.Incident, most int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := c.kept[in.ID]
	if k == nil {
		k = &keptLogs{asked: map[string]bool{}}
	}
	t := task{id: in.ID, began: in.Began()}
	for _, host := range in.Hosts() {
		if !k.asked[host] && len(k.asked) < most {
			k.asked[host] = true
			t.hosts = append(t.hosts, host)
		}
	}
	if len(t.hosts) == 0 {
		return
	}
	select {
	case c.queue <- t:
		if c.kept[in.ID] == nil {
			c.kept[in.ID] = k
			c.order = append(c.order, in.ID)
			c.forget()
		}
	default:
		for _, host := range t.hosts {
			delete(k.asked, host)
		}
	}
}

// forget makes room; the caller holds mu.
func (c *Collector) forget() {
	for len(c.order) > maxKept || c.size > maxKeptBytes && len(c.order) > 1 {
		c.size -= c.kept[c.order[0]].size
		delete(c.kept, c.order[0])
		c.order = c.order[1:]
	}
}

// Run collects until ctx ends.
func (c *Collector) Run(ctx context.Context) error {
	for {
		select {
		case t := <-c.queue:
			c.collect(ctx, t)
		case <-ctx.Done():
			return nil
		}
	}
}

func (c *Collector) collect(ctx context.Context, t task) {
	before, _ := c.o.Around()
	span := model.Span{From: t.began.Add(-before), To: c.o.Now()}
	for hosts := range slices.Chunk(t.hosts, batchSize) {
		found := c.read(ctx, hosts, span)
		if ctx.Err() != nil {
			return
		}
		groups := c.keep(t.id, found)
		if len(groups) == 0 {
			continue
		}
		if err := c.o.Note(ctx, t.id, groups); err != nil {
			c.o.Fail(err)
		}
	}
}

// read reads the logs of hosts, reusing recent ones.
func (c *Collector) read(ctx context.Context, hosts []string, span model.Span) []model.LogExcerpt {
	now := c.o.Now()
	for host, r := range c.recent {
		if now.Sub(r.at) > sameLook {
			delete(c.recent, host)
		}
	}
	var found []model.LogExcerpt
	var ask []string
	for _, host := range hosts {
		if r, known := c.recent[host]; known && !span.From.Before(r.from) {
			found = append(found, r.excerpts...)
		} else {
			ask = append(ask, host)
		}
	}
	if len(ask) == 0 {
		return found
	}
	fresh := c.o.Read(ctx, ask, span)
	for i := range fresh {
		shorten(&fresh[i])
	}
	for _, host := range ask {
		r := recentLogs{at: now, from: span.From}
		for i := range fresh {
			if fresh[i].Host == host {
				r.excerpts = append(r.excerpts, fresh[i])
			}
		}
		c.recent[host] = r
	}
	return append(found, fresh...)
}

// shorten keeps the newest lines of an excerpt.
func shorten(e *model.LogExcerpt) {
	if more := len(e.Lines) - keptLines; more > 0 {
		e.Lines, e.Cut = slices.Clone(e.Lines[more:]), true
	}
	e.Groups = slices.Clone(e.Groups[:min(len(e.Groups), keptGroups)])
}

// keep adds excerpts to an incident's, and returns their groups.
func (c *Collector) keep(id model.IncidentID, found []model.LogExcerpt) []model.LogGroup {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := c.kept[id]
	if k == nil { // it was dropped while it was read
		return nil
	}
	k.at = c.o.Now()
	k.excerpts = append(k.excerpts, found...)
	size := 0
	for i := range k.excerpts {
		for _, line := range k.excerpts[i].Lines {
			size += len(line)
		}
	}
	c.size += size - k.size
	k.size = size
	c.forget()
	return Worst(k.excerpts, noted)
}

// Collected returns what was collected when an incident opened, and when.
func (c *Collector) Collected(id model.IncidentID) (excerpts []model.LogExcerpt, at time.Time, found bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := c.kept[id]
	if k == nil || k.at.IsZero() {
		return nil, time.Time{}, false
	}
	return slices.Clone(k.excerpts), k.at, true
}

// Worst returns the largest groups of all excerpts that indicate a problem: failed requests, lines marked as errors. Equal
// groups of several hosts are merged.
func Worst(excerpts []model.LogExcerpt, most int) []model.LogGroup {
	type key struct {
		text   string
		status int
		page   bool
	}
	at := map[key]int{}
	var all []model.LogGroup
	for i := range excerpts {
		for _, g := range excerpts[i].Groups {
			if g.Status < 400 && !g.Error {
				continue
			}
			k := key{g.Text, g.Status, g.Page}
			if n, there := at[k]; there {
				all[n].Count += g.Count
				continue
			}
			at[k] = len(all)
			all = append(all, g)
		}
	}
	slices.SortStableFunc(all, func(a, b model.LogGroup) int { return cmp.Compare(b.Count, a.Count) })
	return all[:min(len(all), most)]
}
