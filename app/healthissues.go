package app

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"opsbot/alerts"
	"opsbot/bot/telegram"
	"opsbot/model"
	"opsbot/oncall"
	"opsbot/ops"
	"opsbot/store"
	"opsbot/texts"
	"opsbot/web"
)

// healthIssues are what is wrong with opsbot itself now.
type healthIssues struct {
	*base
	manager func() *alerts.Manager
	polling func() (telegram.Health, bool) // false: there is no Telegram
	pinning func() []model.Reason          // chats in which we may not pin
	outages func() []model.Reason          // destinations that accept nothing
	runs    *checkRuns
	rota    *ops.Rota
	feeds   *calendars
	oldest  waiting

	presence atomic.Pointer[store.Presence] // of the database's file; nil before it was looked for
}

// waiting is how long the oldest due row of the outbox has waited, in elapsed time from when it was seen first: its stored time is on a wall
// clock that may have been set since. It is safe for concurrent use.
type waiting struct {
	mu    sync.Mutex
	row   time.Time // as it is stored
	since time.Time
}

// age is how long a row has waited that is stored with a time.
func (w *waiting) age(row, now time.Time) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !row.Equal(w.row) {
		w.row, w.since = row, model.Since(row, now)
	}
	return now.Sub(w.since)
}

// all are the current ones.
func (h *healthIssues) all() []model.Reason {
	var all []model.Reason
	if health := h.manager().Health(); health.Err != nil {
		what := health.Err.Error()
		if e, ok := errors.AsType[*model.Error](health.Err); ok && e.Args["what"] != "" {
			what = e.Args["what"]
		}
		all = append(all, model.NewReason(model.IssueStore, "what", what, "since", health.Since.UTC().Format(time.RFC3339)))
		return append(all, slices.DeleteFunc(h.around(), func(r model.Reason) bool { return isSameRefusal(r, what) })...)
	}
	if issue, ok := h.cluster.issue(); ok { // nothing was to be committed yet
		all = append(all, issue)
	}
	return append(all, h.around()...)
}

// isSameRefusal reports whether an issue says of one part what the refusal of commits says of all.
func isSameRefusal(r model.Reason, what string) bool {
	return r.Code == model.IssueStoreFault && r.Args["what"] == what && !strings.Contains(r.Args["doing"], ".read")
}

// around are those but for the manager's own, which asks for them while it evaluates and must not be called then.
func (h *healthIssues) around() []model.Reason {
	all := h.storeIssues()
	if health, polls := h.polling(); polls {
		if issue, ok := h.pollIssue(health); ok {
			all = append(all, issue)
		}
	}
	all = append(append(all, h.outages()...), h.pinning()...)
	now := h.Now()
	if issue, ok := h.runs.overdueIssue(now); ok {
		all = append(all, issue)
	}
	if q, err := h.db.Queue(context.Background(), now); err == nil {
		all = append(all, queueIssues(q, h.oldest.age(q.Oldest, now))...)
	}
	if issue, ok := h.conf.issue(); ok {
		all = append(all, issue)
	}
	all = append(all, h.feeds.issues()...)
	return append(all, gapIssues(h.rota.Roster(now), now)...)
}

// gapNotice is how long before a gap in on-call duty it is an issue: somebody can still be found.
const gapNotice = model.Day

// gapIssues are the gaps that begin soon, the first of each schedule, unless they are meant.
func gapIssues(roster *oncall.Roster, now time.Time) []model.Reason {
	var all []model.Reason
	for _, s := range roster.Schedules {
		gaps := s.Gaps(now, now.Add(gapNotice))
		if len(gaps) == 0 || s.GapsAllowed || s.Missing {
			continue
		}
		until := gaps[0].To
		if next, ok := s.Next(gaps[0].From); ok {
			until = next // it may be longer than was looked ahead
		}
		all = append(all, model.NewReason(model.IssueGap, "schedule", s.Name, "from", gaps[0].From.UTC().Format(time.RFC3339), "until", until.UTC().Format(time.RFC3339)))
	}
	return all
}

// outboxPatience is how old a due message may be before that is an issue: Telegram's own pauses are shorter.
const outboxPatience = 2 * time.Minute

func queueIssues(q model.QueueStats, age time.Duration) []model.Reason {
	var all []model.Reason
	if !q.Oldest.IsZero() && age > outboxPatience {
		all = append(all, model.NewReason(model.IssueOutbox, "waiting", strconv.Itoa(q.Length), "since", q.Oldest.UTC().Format(time.RFC3339)))
	}
	if q.Dead > 0 {
		all = append(all, model.NewReason(model.IssueDeadLetters, "count", strconv.Itoa(q.Dead)))
	}
	return all
}

// health is whether opsbot works.
type health struct {
	issues *healthIssues
	ready  atomic.Bool // everything runs
}

// healthz is the answer of /healthz. That Telegram is away is in it, and is no reason for a restart.
func (t *term) healthz() web.Health { return t.healthIn(t.texts.For(texts.English)) }

// healthIn is healthz in a language.
func (t *term) healthIn(p *texts.Printer) web.Health {
	h := web.Health{
		OK: t.alerts.manager.Health().Err == nil && !t.alerts.commits.hang() && unreadSince(t.db.Faults()).IsZero(), Ready: t.health.ready.Load(), Version: t.Version,
		Instance: t.conf.current().Config.Instance.Name,
	}
	if t.cluster != nil {
		t.cluster.describe(&h)
	}
	for _, issue := range t.health.issues.all() {
		if issue.Code == model.IssueGap || issue.Code == model.IssueCalendar { // it is not of opsbot's own health, nor for everybody who can reach the listener
			continue
		}
		h.HealthIssues = append(h.HealthIssues, p.Reason(public(issue)))
	}
	return h
}

// public is an issue without what is not for everybody who can reach the listener: errors in the configuration name clients.
func public(issue model.Reason) model.Reason {
	switch issue.Code {
	case model.IssueReload:
		return model.NewReason(model.IssueReload, "what", "opsbot config check says which")
	case model.IssueOverdue:
		return issue.Without("check")
	default:
		return issue
	}
}
