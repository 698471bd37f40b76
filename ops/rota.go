package ops

import (
	"context"
	"crypto/subtle"
	"maps"
	"slices"
	"sync"
	"time"

	"opsbot/model"
	"opsbot/oncall"
)

// DutyStore stores changes of on-call duty, each with its audit entry.
type DutyStore interface {
	AddOverride(ctx context.Context, o model.Override, entry model.AuditEntry) (model.Override, error)
	SetOverride(ctx context.Context, o model.Override, entry model.AuditEntry) error
	// ChangeDuty stores a change with what people are told of it, and returns it with its numbers.
	ChangeDuty(ctx context.Context, c model.DutyChange) (model.DutyChange, error)
	// SetCalendarLink stores the address of a person's calendar in place of the one before; DropCalendarLink forgets it.
	SetCalendarLink(ctx context.Context, l model.CalendarLink, entry model.AuditEntry) error
	DropCalendarLink(ctx context.Context, person string, entry model.AuditEntry) error
}

// DutyMemory is what is stored of on-call duty.
type DutyMemory struct {
	Overrides []model.Override // by number
	Covers    []model.Cover    // by number
	Notified  map[string]model.ShiftsNotified
	Links     []model.CalendarLink
}

// overridesFor is how long overrides that are over still count: a shift that is shown may have begun with one.
const overridesFor = 8 * model.Week

// Rota is who is on call: what the configuration says, with its overrides, and who asks to be covered. It is safe for concurrent use.
type Rota struct {
	store      DutyStore
	configured func() *oncall.Roster

	changing sync.Mutex // one change at a time that is made of what is known; held while it is stored

	mu        sync.Mutex       // guards what follows; nothing outside is asked while it is held
	overrides []model.Override // by number
	covers    []model.Cover    // by number
	notified  map[string]model.ShiftsNotified
	links     map[string]model.CalendarLink // by person
}

// NewRota returns a Rota that goes on with what is stored.
func NewRota(store DutyStore, configured func() *oncall.Roster, kept DutyMemory) *Rota {
	r := &Rota{store: store, configured: configured}
	r.TakeUp(kept)
	return r
}

// TakeUp goes on with what is stored, in place of what is known.
func (r *Rota) TakeUp(kept DutyMemory) {
	r.changing.Lock()
	defer r.changing.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.overrides, r.covers, r.notified, r.links = kept.Overrides, kept.Covers, kept.Notified, map[string]model.CalendarLink{}
	for _, l := range kept.Links {
		r.links[l.Person] = l
	}
	if r.notified == nil {
		r.notified = map[string]model.ShiftsNotified{}
	}
}

// Roster is who can be on call, and the schedules with their overrides.
func (r *Rota) Roster(now time.Time) *oncall.Roster {
	base := r.configured()
	out := &oncall.Roster{People: base.People}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range base.Schedules {
		schedule := *s
		for _, o := range r.overrides {
			if o.Schedule == s.Name && o.To.After(now.Add(-overridesFor)) {
				schedule.Overrides = append(schedule.Overrides, o)
			}
		}
		out.Schedules = append(out.Schedules, &schedule)
	}
	return out
}

// Ever are the schedules with all overrides that are kept.
func (r *Rota) Ever() []*oncall.Schedule {
	base := r.configured()
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []*oncall.Schedule
	for _, s := range base.Schedules {
		schedule := *s
		for _, o := range r.overrides {
			if o.Schedule == s.Name {
				schedule.Overrides = append(schedule.Overrides, o)
			}
		}
		all = append(all, &schedule)
	}
	return all
}

// change stores a change that is made of what is known, if there is one.
func (r *Rota) change(ctx context.Context, of func(m DutyMemory) (model.DutyChange, error)) (model.DutyChange, error) {
	r.changing.Lock()
	defer r.changing.Unlock()
	c, err := of(r.memory())
	if err != nil || c.Notified == nil && c.Cover == nil && len(c.Notifications) == 0 {
		return c, err
	}
	if c, err = r.store.ChangeDuty(ctx, c); err == nil {
		r.changed(&c)
	}
	return c, err
}

// memory is a copy of what is known.
func (r *Rota) memory() DutyMemory {
	r.mu.Lock()
	defer r.mu.Unlock()
	return DutyMemory{Overrides: slices.Clone(r.overrides), Covers: slices.Clone(r.covers), Notified: maps.Clone(r.notified)}
}

// changed takes over a change that is stored.
func (r *Rota) changed(c *model.DutyChange) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c.Notified != nil {
		r.notified = c.Notified
	}
	if c.Override != nil {
		r.overrides = append(r.overrides, *c.Override)
	}
	if c.Cover == nil {
		return
	}
	if at := slices.IndexFunc(r.covers, func(o model.Cover) bool { return o.ID == c.Cover.ID }); at >= 0 {
		r.covers[at] = *c.Cover
	} else {
		r.covers = append(r.covers, *c.Cover)
	}
}

// wanted are the covers that are open, by number.
func (r *Rota) wanted() []model.Cover {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(r.covers), func(c model.Cover) bool { return !c.Ended.IsZero() })
}

// add stores an override.
func (r *Rota) add(ctx context.Context, o model.Override, entry model.AuditEntry) (model.Override, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	o, err := r.store.AddOverride(ctx, o, entry)
	if err == nil {
		r.overrides = append(r.overrides, o)
	}
	return o, err
}

// end ends an override at a time; it must be one of active.
func (r *Rota) end(ctx context.Context, id int64, at time.Time, entry model.AuditEntry) (model.Override, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := slices.IndexFunc(r.overrides, func(o model.Override) bool { return o.ID == id && o.To.After(at) })
	if i < 0 {
		return model.Override{}, &model.Error{Code: model.ErrNoOverride}
	}
	o := r.overrides[i]
	o.To = at
	if err := r.store.SetOverride(ctx, o, entry); err != nil {
		return o, err
	}
	r.overrides[i] = o
	return o, nil
}

// active are the overrides that are not over, by number.
func (r *Rota) active(now time.Time) []model.Override {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(r.overrides), func(o model.Override) bool { return !o.To.After(now) })
}

// link is the address of a person's calendar; false: there is none.
func (r *Rota) link(person string) (model.CalendarLink, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	l, known := r.links[person]
	return l, known
}

// setLink stores the address of a person's calendar; one without a hash forgets it.
func (r *Rota) setLink(ctx context.Context, l model.CalendarLink, entry model.AuditEntry) error {
	r.changing.Lock()
	defer r.changing.Unlock()
	if l.Hash == "" {
		if err := r.store.DropCalendarLink(ctx, l.Person, entry); err != nil {
			return err
		}
	} else if err := r.store.SetCalendarLink(ctx, l, entry); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if delete(r.links, l.Person); l.Hash != "" {
		r.links[l.Person] = l
	}
	return nil
}

// linked finds whose calendar has an address, by the hash of its secret.
func (r *Rota) linked(hash string) (person string, known bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, l := range r.links {
		if subtle.ConstantTimeCompare([]byte(l.Hash), []byte(hash)) == 1 {
			person, known = l.Person, true
		}
	}
	return person, known
}
