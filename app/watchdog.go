package app

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"opsbot/model"
)

// lateBound is how late the schedule may be: its starts are spread, and a busy machine catches up within seconds.
const lateBound = time.Minute

// overdueIssue is the health issue of due checks without a result.
func (r *checkRuns) overdueIssue(now time.Time) (model.Reason, bool) {
	over, waits := r.overdue(now)
	args := []string{"count", strconv.Itoa(over.Count), "since", over.Since.UTC().Format(time.RFC3339)}
	switch {
	case over.Count == 0:
		return model.Reason{}, false
	case waits:
		return model.NewReason(model.IssueOverloaded, args...), true
	default:
		return model.NewReason(model.IssueOverdue, append(args, "check", string(over.First))...), true
	}
}

// stuck returns why checks hang; nil: they do not, or wait rightly.
func (r *checkRuns) stuck(now time.Time) error {
	over, waits := r.overdue(now)
	if over.Count == 0 || waits {
		return nil
	}
	return fmt.Errorf("%d due checks have no result, the first is %s since %s", over.Count, over.First, over.Since.UTC().Format(time.RFC3339))
}

// alive returns why opsbot does not work, as far as a restart may help; nil: it works. It never returns when the manager is
// stuck.
func (t *term) alive() error {
	if t.alerts.commits.hang() {
		return fmt.Errorf("a commit is under way for longer than %s", commitBound)
	}
	t.alerts.manager.Mutes()
	return t.checks.stuck(t.Now())
}

// well returns why nobody can rely on opsbot now; nil: it runs checks, stores and notifies.
func (t *term) well() error {
	if err := t.alive(); err != nil {
		return err
	}
	if err := t.speaks(); err != nil {
		return err
	}
	if err := t.alerts.manager.Health().Err; err != nil {
		return fmt.Errorf("store what was judged: %w", err)
	}
	if late := t.checks.scheduler.Late(t.Now()); late > lateBound {
		return fmt.Errorf("the schedule is late by %s", late.Truncate(time.Second))
	}
	if health, polls := t.chat.health(); polls && !health.OK() {
		return errors.New("polls of Telegram are not answered")
	}
	return nil
}
