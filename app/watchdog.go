package app

import (
	"errors"
	"fmt"
	"time"
)

// lateBound is how late the schedule may be: its starts are spread, and a busy machine catches up within seconds.
const lateBound = time.Minute

// alive returns why opsbot does not work, as far as a restart may help; nil: it works. It never returns when the manager is
// stuck.
func (a *App) alive() error {
	if a.alerts.commits.hang() {
		return fmt.Errorf("a commit is under way for longer than %s", commitBound)
	}
	a.alerts.manager.Mutes()
	return nil
}

// well returns why nobody can rely on opsbot now; nil: it runs checks, stores and notifies.
func (a *App) well() error {
	if err := a.alive(); err != nil {
		return err
	}
	if err := a.alerts.manager.Health().Err; err != nil {
		return fmt.Errorf("store what was judged: %w", err)
	}
	if late := a.checks.scheduler.Late(time.Now()); late > lateBound {
		return fmt.Errorf("the schedule is late by %s", late.Truncate(time.Second))
	}
	if health, polls := a.chat.health(); polls && !health.OK() {
		return errors.New("polls of Telegram are not answered")
	}
	return nil
}
