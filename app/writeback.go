package app

import (
	"context"
	"slices"
	"time"

	"opsbot/inbound"
	"opsbot/model"
	"opsbot/ops"
	"opsbot/store"
)

// newWriteback makes what writes acknowledgements and mutes back to the sources.
func newWriteback(b *base, judging *alerting, all *sources) *inbound.Writeback {
	manager := judging.manager
	log := b.component("write-back")
	return inbound.NewWriteback(inbound.WritebackOptions{
		DesiredState: manager.DesiredState, Targets: all.targets, Locate: judging.locator.host, Keep: syncKeeper{b.db}, NoteReplies: redactedReplies(b.redact, manager.NoteReplies),
		Allowed: b.permit.allow, Now: b.Now,
		Log: func(source string, err error) {
			log.WithError(err).WithField("source", source).Warn("write back to a source")
		},
	})
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

// syncSetting is what was written to a source, by its name.
const syncSetting = "inbound.sync."

// syncKeeper keeps in the database what was written.
type syncKeeper struct{ db *store.DB }

// SyncState implements inbound.Keeper.
func (k syncKeeper) SyncState(ctx context.Context, source string) (string, error) {
	return k.db.Setting(ctx, syncSetting+source)
}

// SaveSyncState implements inbound.Keeper.
func (k syncKeeper) SaveSyncState(ctx context.Context, source, text string) error {
	return k.db.SetSetting(ctx, syncSetting+source, text)
}

// notifyOnChange writes what people do back to the sources at once.
type notifyOnChange struct {
	ops.Muter
	wake func()
}

// Ack implements ops.Muter.
func (n notifyOnChange) Ack(ctx context.Context, id model.IncidentID, ack model.Ack, audit model.AuditEntry) (model.Incident, error) {
	defer n.wake()
	return n.Muter.Ack(ctx, id, ack, audit)
}

// Unack implements ops.Muter.
func (n notifyOnChange) Unack(ctx context.Context, id model.IncidentID, scope model.Scope, audit model.AuditEntry) (model.Incident, error) {
	defer n.wake()
	return n.Muter.Unack(ctx, id, scope, audit)
}

// Mute implements ops.Mutes.
func (n notifyOnChange) Mute(ctx context.Context, m model.Mute, audit model.AuditEntry) (model.Mute, model.Hidden, error) {
	defer n.wake()
	return n.Muter.Mute(ctx, m, audit)
}

// ExtendMute implements ops.Mutes.
func (n notifyOnChange) ExtendMute(ctx context.Context, id model.MuteID, until time.Time, audit model.AuditEntry) (model.Mute, error) {
	defer n.wake()
	return n.Muter.ExtendMute(ctx, id, until, audit)
}

// EndMutes implements ops.Mutes.
func (n notifyOnChange) EndMutes(ctx context.Context, ends []model.MuteEnd, report bool) ([]model.Mute, error) {
	defer n.wake()
	return n.Muter.EndMutes(ctx, ends, report)
}

// sourceDirectory answers what people ask about sources. It implements ops.Sources.
type sourceDirectory struct {
	sources   *sources
	writeback *inbound.Writeback
	*locator
}

// SourceStates implements ops.Sources: with what could not be written to them.
func (d sourceDirectory) SourceStates() []model.SourceState {
	all := d.sources.states()
	for i := range all {
		for _, why := range d.writeback.Undone(all[i].Name) {
			known := slices.ContainsFunc(all[i].Missing, why.Equal)
			if !known && why.Code != all[i].Failing.Code {
				all[i].Missing = append(all[i].Missing, why)
			}
		}
	}
	return all
}

// states are those of all sources.
func (s *sources) states() []model.SourceState {
	var out []model.SourceState
	for _, one := range s.all() {
		out = append(out, one.watcher.State())
	}
	return out
}
