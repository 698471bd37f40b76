package alerts

import (
	"context"
	"slices"
	"strconv"

	"opsbot/model"
)

// The most lines that a card is given.
const (
	maxLogGroups = 3  // of logs
	maxReplies   = 10 // of what the sources answered
)

// Ack notes that somebody has an incident in hand: no more reminders are sent, and its cards say who. It ends with the
// incident. Another one takes its place. ErrNoIncident when it is not open; after ErrStore it counts, and is stored with the
// next commit.
func (m *Manager) Ack(ctx context.Context, id model.IncidentID, ack model.Ack, audit model.AuditEntry) (model.Incident, error) {
	var acked *model.Incident
	err := m.update(ctx, func(t *transaction) {
		in := t.incidents.byID[id]
		if in == nil {
			return
		}
		ack.At, ack.Covers = t.at, t.named(in)
		in.Ack = &ack
		t.pending.audit = append(t.pending.audit, audit)
		t.noteOnCard(in)
		shown := in.Incident
		acked = &shown
	})
	if acked == nil {
		return model.Incident{}, &model.Error{Code: model.ErrNoIncident, Args: map[string]string{"word": strconv.FormatInt(int64(id), 10)}}
	}
	return *acked, storeError(err)
}

// NoteLogs puts what the logs of its hosts say on an open incident's card, in place of what was there: a silent edit. Of an
// incident that is not open, and when it is there already, nothing happens. The error is the store's: it is on the card, and
// stored with the next commit.
func (m *Manager) NoteLogs(ctx context.Context, id model.IncidentID, groups []model.LogGroup) error {
	return m.update(ctx, func(t *transaction) {
		in := t.incidents.byID[id]
		groups = groups[:min(len(groups), maxLogGroups)]
		if in == nil || slices.Equal(in.Logs, groups) {
			return
		}
		in.Logs = slices.Clone(groups)
		t.noteOnCard(in)
	})
}

// NoteReplies puts what the sources answered to what they were asked to do on an open event group's card, in place of what
// was there. Of any other incident, and when it is there already, nothing happens. The error is the store's: it is on the
// card, and stored with the next commit.
func (m *Manager) NoteReplies(ctx context.Context, id model.IncidentID, replies []model.Reason) error {
	return m.update(ctx, func(t *transaction) {
		in := t.incidents.byID[id]
		replies = replies[:min(len(replies), maxReplies)]
		if in == nil || in.EventGroup == nil || slices.EqualFunc(in.EventGroup.Replies, replies, model.Reason.Equal) {
			return
		}
		answered := *in.EventGroup
		answered.Replies = slices.Clone(replies)
		in.EventGroup = &answered
		t.noteOnCard(in)
	})
}

// noteOnCard has an incident stored and its cards edited.
func (t *transaction) noteOnCard(in *incident) {
	t.store(in)
	t.touch(in, touch{edited: true})
}
