package alerts

import (
	"time"

	"opsbot/model"
)

// remember notes a transition when what is known of a check has changed: its phase, or whether it can be judged at all, or
// that it is known. before is its state before a result, at the moment of that. That a new check is ok needs no words: its state
// says so as long as it is not Remembered.
func (b *Manager) remember(t *tracked, before *model.CheckState, at time.Time) {
	now := &t.state
	same := before.Phase == now.Phase && before.UnknownSince.IsZero() == now.UnknownSince.IsZero()
	if same && (known(before) || well(now)) {
		return
	}
	b.recall(t.check.ID, before)
	now.Remembered = true
	b.waiting.transitions = append(b.waiting.transitions, transition(t.check.ID, now, at))
}

// known reports whether there ever was a result.
func known(s *model.CheckState) bool {
	return !s.At.IsZero() || !s.Since.IsZero() || !s.UnknownSince.IsZero()
}

// well reports whether a state is that of a check that works and can be judged.
func well(s *model.CheckState) bool { return s.Phase == model.PhaseOK && s.UnknownSince.IsZero() }

// recall notes that a check has been ok since its first result, where only its state said so.
func (b *Manager) recall(id model.CheckID, s *model.CheckState) {
	if !s.Remembered && !s.Since.IsZero() && well(s) {
		b.waiting.transitions = append(b.waiting.transitions, model.Transition{Check: id, At: s.Since, Status: model.StatusOK})
	}
}

func transition(id model.CheckID, s *model.CheckState, at time.Time) model.Transition {
	tr := model.Transition{Check: id, At: at, Phase: s.Phase, Status: s.Status}
	if s.Status != model.StatusOK {
		tr.Reason = s.Reason
	}
	return tr
}

// begin notes how checks that are not well stand, where an earlier version did not: from here on is a past.
func (b *Manager) begin(at time.Time) {
	for _, c := range b.inv.Checks() {
		if t := b.checks[c.ID]; known(&t.state) && !t.state.Remembered && !well(&t.state) {
			t.state.Remembered = true
			b.waiting.checks[c.ID] = t.state
			b.waiting.transitions = append(b.waiting.transitions, transition(c.ID, &t.state, at))
		}
	}
}

// left notes that a check left the inventory.
func (b *Manager) left(id model.CheckID, s *model.CheckState, at time.Time) {
	b.recall(id, s)
	b.waiting.transitions = append(b.waiting.transitions, model.Transition{Check: id, At: at, Gone: true})
}
