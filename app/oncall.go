package app

import (
	"context"
	"errors"
	"time"

	"opsbot/app/setup"
	"opsbot/model"
	"opsbot/notify"
	"opsbot/oncall"
	"opsbot/ops"
	"opsbot/store"
)

// newRota makes who is on call: what the configuration in use says with its calendars, and what is stored of takeovers and covers.
func newRota(ctx context.Context, b *base, box *outbox) (*ops.Rota, *calendars, error) {
	feeds, err := newCalendars(ctx, b)
	if err != nil {
		return nil, nil, err
	}
	kept, err := loadDuty(ctx, b)
	if err != nil {
		return nil, nil, err
	}
	return ops.NewRota(dutyStore{b.db, box.dispatcher, feeds.wake}, feeds.current, kept), feeds, nil
}

// loadDuty returns what is stored of on-call duty. Where the configuration has no people nobody is on call, and nothing is read.
func loadDuty(ctx context.Context, b *base) (kept ops.DutyMemory, err error) {
	if len(b.conf.current().Config.People) == 0 {
		return kept, nil
	}
	if kept.Overrides, err = b.db.Overrides(ctx); err != nil {
		return kept, err
	}
	if kept.Covers, err = b.db.Covers(ctx); err != nil {
		return kept, err
	}
	if kept.Notified, err = b.db.ShiftsNotified(ctx); err != nil {
		return kept, err
	}
	kept.Links, err = b.db.CalendarLinks(ctx)
	return kept, err
}

// takeUpDuty reads what is stored of on-call duty when a reload brings the first people.
func takeUpDuty(ctx context.Context, b *base, rota *ops.Rota, feeds *calendars, old *setup.Loaded) {
	if len(old.Config.People) > 0 || len(b.conf.current().Config.People) == 0 {
		return
	}
	kept, err := loadDuty(ctx, b)
	if err = errors.Join(err, feeds.takeUp(ctx)); err != nil {
		b.component("oncall").WithError(err).Error("read who is on call")
		return
	}
	rota.TakeUp(kept)
}

// dutyStore has the dispatcher send at once what people are told of on-call duty.
type dutyStore struct {
	*store.DB
	dispatcher *notify.Dispatcher
	wake       func() // others may be on call
}

// AddOverride implements ops.DutyStore.
func (s dutyStore) AddOverride(ctx context.Context, o model.Override, entry model.AuditEntry) (model.Override, error) {
	defer s.wake()
	return s.DB.AddOverride(ctx, o, entry)
}

// SetOverride implements ops.DutyStore.
func (s dutyStore) SetOverride(ctx context.Context, o model.Override, entry model.AuditEntry) error {
	defer s.wake()
	return s.DB.SetOverride(ctx, o, entry)
}

// ChangeDuty implements ops.DutyStore.
func (s dutyStore) ChangeDuty(ctx context.Context, c model.DutyChange) (model.DutyChange, error) {
	c, err := s.DB.ChangeDuty(ctx, c)
	if c.Override != nil {
		s.wake()
	}
	if err == nil && len(c.Notifications) > 0 {
		s.dispatcher.Notify()
	}
	return c, err
}

// contacts is where messages about on-call duty go. It implements ops.Contacts.
type contacts struct {
	*base
	people *ops.People
	outbox *outbox
}

// Direct implements ops.Contacts: the private chat of whoever was let in, unless it accepts nothing now.
func (c *contacts) Direct(p oncall.Person) (to model.Destination, who model.Actor, ok bool) {
	chat := model.ChatID(p.Telegram)
	if who, ok = c.people.Actor(ops.Who{User: p.Telegram, Chat: chat, Private: true}); !ok || chat == 0 || c.client == nil {
		return to, who, false
	}
	to = model.Destination{Channel: "telegram", Chat: chat}
	for _, out := range c.outbox.dispatcher.Outages() {
		if out.To == to && out.Failure == model.SendDenied {
			return to, who, false
		}
	}
	return to, who, true
}

// Group implements ops.Contacts.
func (c *contacts) Group(schedule string) (to model.Destination, always, ok bool) {
	cfg := c.conf.current().Config
	for i := range cfg.OnCall {
		if s := &cfg.OnCall[i]; s.Name == schedule {
			if to, ok = cfg.Telegram.Destination(s.Notify); ok {
				return to, true, true
			}
		}
	}
	to, ok = c.outbox.noticeTo(model.Destination{})
	return to, false, ok
}

// The pace at which it is looked whether others are on call, and the pause after a failure.
const (
	shiftPace  = 15 * time.Second
	shiftPause = time.Minute
	wakePause  = 100 * time.Millisecond
)

// shifts tells people who goes on and off call.
type shifts struct {
	*base
	actions *ops.Actions
	changed <-chan struct{} // others may be on call
}

// run goes on until ctx ends. The given clock may jump, so that it is looked again and again.
func (s *shifts) run(ctx context.Context) error {
	log := s.rateLimited("oncall", "tell people of on-call duty")
	for _, u := range s.actions.Unready() {
		s.component("oncall").WithField("person", u.Person).WithField("why", string(u.Why)).Warn("somebody who is on call soon cannot answer for it")
	}
	for {
		wait := shiftPace
		if err := s.actions.NotifyShifts(ctx); err != nil && ctx.Err() == nil {
			log(err)
			wait = shiftPause
		}
		select {
		case <-ctx.Done():
			return nil
		case <-s.changed:
			wait = wakePause // whoever changed it has yet to take it over
		case <-time.After(wait):
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
	}
}
