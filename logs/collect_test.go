package logs_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"opsbot/logs"
	"opsbot/model"
)

// stage is a collector with fake dependencies.
type stage struct {
	*testing.T
	c *logs.Collector

	mu     sync.Mutex
	at     time.Time
	asked  []string
	notes  []string
	spans  []model.Span
	lines  int
	most   int
	fails  []error
	refuse error
	hold   chan struct{}
	noted  chan struct{}
}

var longLine = strings.Repeat("x", 600)

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{T: t, at: now, most: 3, lines: 1, noted: make(chan struct{}, 1000)}
	s.c = logs.NewCollector(logs.CollectorOptions{
		Read: s.read, Note: s.note, Around: func() (time.Duration, int) { return time.Minute, s.most }, Now: func() time.Time { return s.at },
		Fail: func(err error) { s.fails = append(s.fails, err) },
	})
	return s
}

func (s *stage) read(ctx context.Context, hosts []string, span model.Span) (all []model.LogExcerpt) {
	if s.hold != nil {
		select {
		case <-s.hold:
		case <-ctx.Done():
			return nil
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, hosts...)
	s.spans = append(s.spans, span)
	for _, host := range hosts {
		lines := slices.Repeat([]string{longLine}, s.lines)
		all = append(all, model.LogExcerpt{Host: host, Source: "error", Lines: lines, Groups: []model.LogGroup{
			{Text: "[error] refused", Error: true, Count: 2}, {Text: "fine", Count: 9}, {Text: "GET /" + host, Status: 502, Count: 1},
		}})
	}
	return all
}

func (s *stage) note(_ context.Context, id model.IncidentID, groups []model.LogGroup) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notes = append(s.notes, fmt.Sprint("#", id, " ", said(groups)))
	s.noted <- struct{}{}
	return s.refuse
}

// run collects until that many notes were made.
func (s *stage) run(notes int) {
	s.Helper()
	ctx, cancel := context.WithCancel(s.Context())
	var over sync.WaitGroup
	over.Go(func() { _ = s.c.Run(ctx) })
	for range notes {
		select {
		case <-s.noted:
		case <-time.After(10 * time.Second):
			s.Fatalf("no note came; asked %v", s.asked)
		}
	}
	cancel()
	over.Wait()
}

func hostDown(id model.IncidentID, host string) model.Incident {
	return model.Incident{ID: id, Kind: model.IncidentHost, Host: host, OpenedAt: now}
}

func TestCollect(t *testing.T) {
	s := newStage(t)
	in := hostDown(1, "web1")
	in.Failing = []model.FailingCheck{{Check: "a/b@web1", Since: now.Add(-30 * time.Second)}}
	s.c.See([]model.Incident{in})
	s.run(1)
	if s.notes[0] != "#1 2 × 0 [error] refused\n1 × 502 GET /web1\n" || !s.spans[0].From.Equal(now.Add(-90*time.Second)) || !s.spans[0].To.Equal(now) {
		t.Errorf("%q %v", s.notes, s.spans)
	}
	got, at, found := s.c.Collected(1)
	if !found || len(got) != 1 || got[0].Host != "web1" || !at.Equal(now) {
		t.Errorf("%+v %v %v", got, at, found)
	}
	if _, _, found := s.c.Collected(2); found {
		t.Error("something is kept of an incident that never was")
	}
}

// TestWhatIsNotCollected: closed, old and attached incidents, incidents without a host; and everything once it is switched
// off.
func TestWhatIsNotCollected(t *testing.T) {
	s := newStage(t)
	over, old, part, check := hostDown(1, "web1"), hostDown(2, "web1"), hostDown(3, "web1"), hostDown(4, "web1")
	over.ClosedAt, old.OpenedAt, part.Parent, check.Kind = now, now.Add(-time.Hour), 9, model.IncidentCheck
	s.c.See([]model.Incident{over, old, part, check, {ID: 5, Kind: model.IncidentService, OpenedAt: now}})
	s.most = 0
	s.c.See([]model.Incident{hostDown(6, "web1")})
	s.most = 3
	s.c.See([]model.Incident{hostDown(7, "web7")})
	s.run(1)
	if !slices.Equal(s.asked, []string{"web7"}) {
		t.Errorf("asked were %v", s.asked)
	}
}

// TestAGrowingIncident: hosts that are added later are read once, up to the limit; hosts of two incidents once for both.
func TestAGrowingIncident(t *testing.T) {
	s := newStage(t)
	group := model.Incident{ID: 1, Kind: model.IncidentEventGroup, OpenedAt: now, EventGroup: &model.EventGroup{Hosts: []string{"web1", "web2"}, Refuted: []string{"web2"}}}
	s.c.See([]model.Incident{group})
	more := group
	more.EventGroup = &model.EventGroup{Hosts: []string{"web1", "web3", "web4", "web5"}}
	s.c.See([]model.Incident{more, more, hostDown(2, "web1")})
	s.run(3)
	if !slices.Equal(s.asked, []string{"web1", "web3", "web4"}) {
		t.Errorf("asked were %v", s.asked)
	}
	if got, _, found := s.c.Collected(2); !found || len(got) != 1 {
		t.Errorf("the other incident of web1: %+v %v", got, found)
	}
}

// TestTooMuchToCollect: See never waits, and what is kept is bounded.
func TestTooMuchToCollect(t *testing.T) {
	s := newStage(t)
	s.lines = 500
	var storm []model.Incident
	for i := range 5000 {
		storm = append(storm, hostDown(model.IncidentID(i+1), fmt.Sprintf("web%d", i)))
	}
	s.c.See(storm)
	s.run(64)
	if len(s.asked) != 64 {
		t.Errorf("%d hosts were asked", len(s.asked))
	}
	size, kept := 0, 0
	for i := range storm {
		got, _, found := s.c.Collected(storm[i].ID)
		if found {
			kept++
		}
		for _, e := range got {
			if !e.Cut {
				t.Fatal("it does not say that there was more")
			}
			for _, line := range e.Lines {
				size += len(line)
			}
		}
	}
	if size > 8<<20 || kept == 0 {
		t.Errorf("%d incidents of %d bytes are kept", kept, size)
	}
	for i := range 200 { // and over time
		s.c.See([]model.Incident{hostDown(model.IncidentID(10_000+i), fmt.Sprintf("later%d", i))})
		s.run(1)
	}
	kept = 0
	for id := range model.IncidentID(20_000) {
		if _, _, found := s.c.Collected(id); found {
			kept++
		}
	}
	if kept > 64 {
		t.Errorf("%d incidents are kept", kept)
	}
}

func TestANoteThatCannotBeMade(t *testing.T) {
	s := newStage(t)
	s.refuse = errors.New("disk full")
	s.c.See([]model.Incident{hostDown(1, "web1")})
	s.run(1)
	if len(s.fails) != 1 {
		t.Errorf("%v", s.fails)
	}
}

func TestCollectingEndsWhileAHostHangs(t *testing.T) {
	s := newStage(t)
	s.hold = make(chan struct{})
	s.c.See([]model.Incident{hostDown(1, "web1")})
	s.run(0)
	if len(s.notes) > 0 {
		t.Errorf("%q", s.notes)
	}
}
