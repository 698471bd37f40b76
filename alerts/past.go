package alerts

import (
	"time"

	"opsbot"
)

// remember notes a transition when what is known of a check has changed: its phase, or whether it can be judged at all, or
// that it is known. before is its state before a result, at the moment of that.
func (b *Book) remember(t *tracked, before *opsbot.CheckState, at time.Time) {
	now := &t.state
	if before.Phase == now.Phase && before.UnknownSince.IsZero() == now.UnknownSince.IsZero() && known(before) {
		return
	}
	b.waiting.transitions = append(b.waiting.transitions, transition(t.check.ID, now, at))
}

// known reports whether there ever was a result.
func known(s *opsbot.CheckState) bool {
	return !s.At.IsZero() || !s.Since.IsZero() || !s.UnknownSince.IsZero()
}

func transition(id opsbot.CheckID, s *opsbot.CheckState, at time.Time) opsbot.Transition {
	tr := opsbot.Transition{Check: id, At: at, Phase: s.Phase, Status: s.Status}
	if s.Status != opsbot.StatusOK {
		tr.Reason = s.Reason
	}
	return tr
}

// begin notes how all checks stand, where an earlier version did not: from here on is a past.
func (b *Book) begin(at time.Time) {
	for _, c := range b.inv.Checks() {
		if t := b.checks[c.ID]; known(&t.state) {
			b.waiting.transitions = append(b.waiting.transitions, transition(c.ID, &t.state, at))
		}
	}
}

// left notes that a check left the inventory.
func (b *Book) left(id opsbot.CheckID, at time.Time) {
	b.waiting.transitions = append(b.waiting.transitions, opsbot.Transition{Check: id, At: at, Gone: true})
}
