package alerts

import (
	"context"
	"strconv"

	"opsbot/model"
)

// Ack notes that somebody has an incident in hand: it is not reminded of any more, and its cards say who. It ends with the
// incident. Another one takes its place. ErrNoIncident when it is not open; after ErrStore it holds, and is stored with
// the next commit.
func (b *Manager) Ack(ctx context.Context, id model.IncidentID, ack model.Ack, audit model.AuditEntry) (model.Incident, error) {
	var acked *model.Incident
	err := b.update(ctx, func(s *transaction) {
		in := s.byID[id]
		if in == nil {
			return
		}
		ack.At = s.at
		in.Ack = &ack
		s.waiting.incidents[id] = in.Incident
		s.waiting.audit = append(s.waiting.audit, audit)
		s.touch(in, touch{edited: true})
		shown := in.Incident
		acked = &shown
	})
	if acked == nil {
		return model.Incident{}, &model.Error{Code: model.ErrNoIncident, Args: map[string]string{"word": strconv.FormatInt(int64(id), 10)}}
	}
	return *acked, storeError(err)
}
