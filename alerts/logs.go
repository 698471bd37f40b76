package alerts

import (
	"context"
	"slices"

	"opsbot/model"
)

// maxLogGroups is how many lines of logs a card is given.
const maxLogGroups = 3

// NoteLogs puts what the logs of its hosts said on an open incident's card, in the place of what stood there: a silent edit.
// Of an incident that is not open, and when it is there already, nothing happens. The error is the store's: it is on the
// card, and stored with the next commit.
func (b *Manager) NoteLogs(ctx context.Context, id model.IncidentID, groups []model.LogGroup) error {
	return b.update(ctx, func(s *transaction) {
		in := s.byID[id]
		groups = groups[:min(len(groups), maxLogGroups)]
		if in == nil || slices.Equal(in.Logs, groups) {
			return
		}
		in.Logs = slices.Clone(groups)
		s.waiting.incidents[id] = in.Incident
		s.touch(in, touch{edited: true})
	})
}
