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

// Note keeps what somebody wrote about an incident. On the cards of an open one it is shown by a silent edit; of one that is over, which the
// caller gives as it is stored, it is stored. ErrManyNotes when it has too many; after ErrUnchanged nothing has happened, after ErrUnstored
// it counts, and is stored with the next commit.
func (m *Manager) Note(ctx context.Context, about model.Incident, note model.Note, audit model.AuditEntry) (model.Incident, error) {
	if err := m.storable(ctx); err != nil {
		return model.Incident{}, err
	}
	refused := error(nil)
	err := m.update(ctx, func(t *transaction) {
		note.At = t.at
		in := t.incidents.byID[about.ID]
		if in != nil {
			about = in.Incident
		}
		if len(about.Notes) >= model.MaxNotes {
			refused = &model.Error{Code: model.ErrManyNotes, Args: map[string]string{"most": strconv.Itoa(model.MaxNotes)}}
			return
		}
		about.Notes = append(slices.Clone(about.Notes), note)
		t.pending.audit = append(t.pending.audit, audit)
		if in != nil {
			in.Notes = about.Notes
			t.noteOnCard(in)
			return
		}
		t.pending.incidents[about.ID] = about
	})
	if refused != nil {
		return model.Incident{}, refused
	}
	return about, unstored(err)
}
