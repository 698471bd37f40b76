package alerts

import (
	"context"
	"slices"

	"opsbot/model"
)

// maxReplies is how many lines a card is given of what became of what the sources were asked to do.
const maxReplies = 10

// NoteReplies puts what became of what the sources were asked to do on an open burst's card, in the place of what stood there. Of
// any other incident, and when it is there already, nothing happens. The error is the store's: it is on the card, and stored
// with the next commit.
func (b *Manager) NoteReplies(ctx context.Context, id model.IncidentID, replies []model.Reason) error {
	return b.update(ctx, func(s *transaction) {
		in := s.byID[id]
		replies = replies[:min(len(replies), maxReplies)]
		if in == nil || in.EventGroup == nil || slices.EqualFunc(in.EventGroup.Replies, replies, sameReason) {
			return
		}
		said := *in.EventGroup
		said.Replies = slices.Clone(replies)
		in.EventGroup = &said
		s.waiting.incidents[id] = in.Incident
		s.touch(in, touch{edited: true})
	})
}
