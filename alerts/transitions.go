package alerts

import (
	"time"

	"opsbot/model"
)

// addTransition notes a transition when what is known of a check has changed: its phase, whether it can be judged, or that
// there is a result at all. before is its state before a result, at the moment of that. That a new check is ok needs no
// transition: its state says so as long as it is not Remembered.
func (p *pending) addTransition(tr *tracked, before *model.CheckState, at time.Time) {
	now := &tr.state
	same := before.Phase == now.Phase && before.UnknownSince.IsZero() == now.UnknownSince.IsZero()
	if same && (hasResult(before) || isFine(now)) {
		return
	}
	p.addFirstOK(tr.check.ID, before)
	now.Remembered = true
	p.transitions = append(p.transitions, transition(tr.check.ID, now, at))
}

// hasResult reports whether there ever was a result.
func hasResult(s *model.CheckState) bool {
	return !s.At.IsZero() || !s.Since.IsZero() || !s.UnknownSince.IsZero()
}

// isFine reports whether a state is that of a check that works and can be judged.
func isFine(s *model.CheckState) bool { return s.Phase == model.PhaseOK && s.UnknownSince.IsZero() }

// addFirstOK notes that a check has been ok since its first result, where only its state said so.
func (p *pending) addFirstOK(id model.CheckID, s *model.CheckState) {
	if !s.Remembered && !s.Since.IsZero() && isFine(s) {
		p.transitions = append(p.transitions, model.Transition{Check: id, At: s.Since, Status: model.StatusOK})
	}
}

func transition(id model.CheckID, s *model.CheckState, at time.Time) model.Transition {
	tr := model.Transition{Check: id, At: at, Phase: s.Phase, Status: s.Status}
	if s.Status != model.StatusOK {
		tr.Reason = s.Reason
	}
	return tr
}

// addLeft notes that a check left the inventory.
func (p *pending) addLeft(id model.CheckID, s *model.CheckState, at time.Time) {
	p.addFirstOK(id, s)
	p.transitions = append(p.transitions, model.Transition{Check: id, At: at, Gone: true})
}

// restoreChecks forgets stored checks that left the inventory, and notes how checks that are not fine are now, where an
// earlier version did not: their history begins here.
func (p *pending) restoreChecks(c *checks, stored map[model.CheckID]model.CheckState, at time.Time) {
	for id, s := range stored {
		if c.all[id] == nil {
			p.forget[id] = true
			p.addLeft(id, &s, at)
		}
	}
	for _, check := range c.inv.Checks() {
		if tr := c.all[check.ID]; hasResult(&tr.state) && !tr.state.Remembered && !isFine(&tr.state) {
			tr.state.Remembered = true
			p.checks[check.ID] = tr.state
			p.transitions = append(p.transitions, transition(check.ID, &tr.state, at))
		}
	}
}
