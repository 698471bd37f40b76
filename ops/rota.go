package ops

import (
	"context"
	"slices"
	"sync"
	"time"

	"opsbot/model"
	"opsbot/oncall"
)

// Overrides stores overrides of on-call duty, each change with its audit entry.
type Overrides interface {
	AddOverride(ctx context.Context, o model.Override, entry model.AuditEntry) (model.Override, error)
	SetOverride(ctx context.Context, o model.Override, entry model.AuditEntry) error
}

// overridesFor is how long overrides that are over still count: a shift that is shown may have begun with one.
const overridesFor = 8 * model.Week

// Rota is who is on call: what the configuration says, with its overrides. It is safe for concurrent use.
type Rota struct {
	store      Overrides
	configured func() *oncall.Roster

	mu        sync.Mutex
	overrides []model.Override // by number
}

// NewRota returns a Rota. kept are the overrides that are stored, by number.
func NewRota(store Overrides, configured func() *oncall.Roster, kept []model.Override) *Rota {
	return &Rota{store: store, configured: configured, overrides: kept}
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
