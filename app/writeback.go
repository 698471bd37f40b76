package app

import (
	"context"
	"maps"
	"slices"
	"time"

	"opsbot/inbound"
	"opsbot/model"
	"opsbot/ops"
	"opsbot/store"
)

// buildWriteback makes what tells the sources of acknowledgements and mutes.
func (a *App) buildWriteback(context.Context) error {
	log := a.component("write-back")
	a.writeback = inbound.NewWriteback(inbound.WritebackOptions{
		DesiredState: a.manager.DesiredState, Targets: a.sources.targets, Locate: a.hostOf, Keep: syncKeeper{a.db}, NoteReplies: a.manager.NoteReplies, Now: a.o.Now,
		Log: func(source string, err error) {
			log.WithError(err).WithField("source", source).Warn("tell a source what people want")
		},
	})
	return nil
}

// targets are the sources that can be written to.
func (s *sources) targets() []inbound.Target {
	var all []inbound.Target
	for _, one := range s.all() {
		if writer, can := one.client.(inbound.Writer); can {
			all = append(all, inbound.Target{
				Name: one.cfg.Name, Writer: writer, Acknowledge: one.cfg.Acknowledge, Downtime: one.cfg.Downtime, Wake: one.watcher.Wake,
			})
		}
	}
	return all
}

// hostOf is the host of the present inventory that an event is about.
func (a *App) hostOf(e *model.Event) string {
	l := a.nearest.Load()
	if l == nil {
		return ""
	}
	name, _ := l.Host(e)
	return name
}

// syncSetting is what a source was told, by its name.
const syncSetting = "inbound.sync."

// syncKeeper keeps that in the database.
type syncKeeper struct{ db *store.DB }

// SyncState implements inbound.Keeper.
func (k syncKeeper) SyncState(ctx context.Context, source string) (string, error) {
	return k.db.Setting(ctx, syncSetting+source)
}

// SaveSyncState implements inbound.Keeper.
func (k syncKeeper) SaveSyncState(ctx context.Context, source, text string) error {
	return k.db.SetSetting(ctx, syncSetting+source, text)
}

// heeded has the sources told at once of what people do.
type notifyOnChange struct {
	ops.Muter
	wake func()
}

// Ack implements ops.Muter.
func (h notifyOnChange) Ack(ctx context.Context, id model.IncidentID, ack model.Ack, audit model.AuditEntry) (model.Incident, error) {
	defer h.wake()
	return h.Muter.Ack(ctx, id, ack, audit)
}

// Mute implements ops.Mutes.
func (h notifyOnChange) Mute(ctx context.Context, m model.Mute, audit model.AuditEntry) (model.Mute, model.Hidden, error) {
	defer h.wake()
	return h.Muter.Mute(ctx, m, audit)
}

// ExtendMute implements ops.Mutes.
func (h notifyOnChange) ExtendMute(ctx context.Context, id model.MuteID, until time.Time, audit model.AuditEntry) (model.Mute, error) {
	defer h.wake()
	return h.Muter.ExtendMute(ctx, id, until, audit)
}

// EndMute implements ops.Mutes.
func (h notifyOnChange) EndMute(ctx context.Context, id model.MuteID, report bool, audit model.AuditEntry) (model.Mute, error) {
	defer h.wake()
	return h.Muter.EndMute(ctx, id, report, audit)
}

// SourceStates implements ops.Sources: with what cannot be told to them.
func (d directory) SourceStates() []model.SourceState {
	all := d.sources.SourceStates()
	for i := range all {
		for _, why := range d.app.writeback.Undone(all[i].Name) {
			known := slices.ContainsFunc(all[i].Missing, func(r model.Reason) bool { return r.Code == why.Code && maps.Equal(r.Args, why.Args) })
			if !known && why.Code != all[i].Failing.Code {
				all[i].Missing = append(all[i].Missing, why)
			}
		}
	}
	return all
}
