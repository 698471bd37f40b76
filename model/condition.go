package model

// Condition is how an incident or a check is right now. Whatever lists or counts incidents asks for it: what works right now, or
// is still being verified, is neither counted nor shown as open.
type Condition string

// The conditions.
const (
	ConditionOpen      Condition = "open"      // it is broken now
	ConditionMuted     Condition = "muted"     // it is broken now, and all of it is muted
	ConditionVerifying Condition = "verifying" // it was reported, and nothing is known of it yet
	ConditionUnknown   Condition = "unknown"   // a check has no result that says anything
	ConditionFailing   Condition = "failing"   // a check fails, below its limit
	ConditionResting   Condition = "resting"   // it is flapping, and works right now
	ConditionLatched   Condition = "latched"   // it works again, and waits for a reset
	ConditionOK        Condition = "ok"        // it works; an incident that ended
)

// IsOpen reports whether it counts as open: it is broken now.
func (c Condition) IsOpen() bool { return c == ConditionOpen || c == ConditionMuted }

// Works reports whether it works right now, although it may not be over.
func (c Condition) Works() bool {
	return c == ConditionResting || c == ConditionLatched || c == ConditionOK
}

// Condition is how the incident is now. It is muted only if all of it is.
func (in *Incident) Condition() Condition {
	switch {
	case !in.Open():
		return ConditionOK
	case !in.WorksSince.IsZero():
		return ConditionLatched
	case in.Flap.Rests(), in.Storm.rests():
		return ConditionResting
	case in.EventGroup.unverified():
		return ConditionVerifying
	case !in.MutedUntil.IsZero():
		return ConditionMuted
	default:
		return ConditionOpen
	}
}

// rests reports whether all that is left of a storm works right now.
func (s *Storm) rests() bool { return s != nil && s.Total > 0 && s.Open == 0 }

// unverified reports whether an event group consists of hosts that are being verified, and nobody is known to be affected.
func (g *EventGroup) unverified() bool {
	return g != nil && g.Done < g.Total && g.Clients == 0 && g.UnmappedAll+g.NoHostAll == 0 && g.Verifications.Confirmed+g.Verifications.Partly == 0
}

// Condition is how the check is now.
func (s *CheckState) Condition() Condition {
	switch {
	case s.Phase == PhaseDown && !s.WorksSince.IsZero():
		return ConditionLatched
	case s.Phase == PhaseDown:
		return ConditionOpen
	case s.Status == StatusUnknown:
		return ConditionUnknown
	case s.Phase == PhaseFailing:
		return ConditionFailing
	default:
		return ConditionOK
	}
}

// IncidentCount counts incidents by how they are now.
type IncidentCount struct {
	Open      int // broken now
	Verifying int
	Working   int // right now: they rest, or wait for a reset
	Ended     int
}

// All is how many there are.
func (c IncidentCount) All() int { return c.Open + c.Verifying + c.Working + c.Ended }

// CountIncidents counts what was notified as one: an incident that is attached to another counts as part of that one, whether that
// one is listed or not. Every number of incidents that people read is counted here.
func CountIncidents(all []Incident) (c IncidentCount) {
	at := make(map[IncidentID]*Incident, len(all))
	for i := range all {
		at[all[i].ID] = &all[i]
	}
	roots := map[IncidentID]Condition{}
	for i := range all {
		root, listed := rootOf(at, &all[i])
		switch condition := all[i].Condition(); {
		case listed:
			roots[root] = at[root].Condition()
		case roots[root] == "" || condition.IsOpen():
			roots[root] = condition
		}
	}
	for _, condition := range roots {
		c.add(condition)
	}
	return c
}

// rootOf follows the parents of an incident as far as they are listed; listed reports whether the last one is.
func rootOf(at map[IncidentID]*Incident, in *Incident) (root IncidentID, listed bool) {
	for range len(at) {
		if in.Parent == 0 {
			break
		}
		parent, there := at[in.Parent]
		if !there {
			return in.Parent, false
		}
		in = parent
	}
	return in.ID, true
}

func (c *IncidentCount) add(condition Condition) {
	switch condition {
	case ConditionOK:
		c.Ended++
	case ConditionVerifying:
		c.Verifying++
	case ConditionResting, ConditionLatched:
		c.Working++
	default:
		c.Open++
	}
}
