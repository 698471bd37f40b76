package app

import (
	"context"
	"time"

	"opsbot/model"
)

// CloseEvent implements ops.Closer. What the ledger of its source does not have, the manager ends by itself.
func (e *eventSources) CloseEvent(ctx context.Context, key model.EventKey, by string, audit model.AuditEntry) error {
	defer e.writeback.Wake()
	e.receiving.RLock()
	defer e.receiving.RUnlock()
	store := func(ctx context.Context, changed []model.Event) error {
		return e.manager.CloseEvents(ctx, audit, changed...)
	}
	if one := e.named(key.Source); one != nil {
		if known, err := one.watcher.Close(ctx, key.ID, by, store); known || err != nil {
			return err
		}
	}
	for _, open := range e.manager.Events(model.Scope{}) {
		if open.EventKey == key {
			open.EndedAt, open.End, open.ClosedBy = e.Now(), model.EndClosed, by
			return store(ctx, []model.Event{open})
		}
	}
	return &model.Error{Code: model.ErrNoEvent, Args: map[string]string{"word": model.Clip(key.String(), 64)}}
}

// LastContact implements ops.Sources.
func (d sourceDirectory) LastContact(key model.EventKey) time.Time {
	if one := d.sources.named(key.Source); one != nil {
		return one.watcher.LastContact(key.ID)
	}
	return time.Time{}
}
