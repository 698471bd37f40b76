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
func (c Condition) Works() bool { return c.waits() || c == ConditionOK }

// waits reports whether it works right now and is not over.
func (c Condition) waits() bool { return c == ConditionResting || c == ConditionLatched }

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
	return g != nil && g.Done < g.Total && g.Clients == 0 && g.UnmappedAll+g.NoHostAll+len(g.Critical) == 0 && g.Verifications.Confirmed+g.Verifications.Partly == 0
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

// CountIncidents counts incidents as people do: those of Roots, and a storm as its incidents. Every number of incidents that people
// read is counted here.
func CountIncidents(all []Incident) (c IncidentCount) {
	for _, in := range Roots(all) {
		if in.Kind == IncidentStorm && in.Storm != nil {
			c.addStorm(&in)
		} else {
			c.add(in.Condition(), 1)
		}
	}
	return c
}

// Roots are the incidents that count, in their order: without those that are attached to a host's or an event group's, and without
// storms of which an incident is listed.
func Roots(all []Incident) []Incident {
	at := make(map[IncidentID]*Incident, len(all))
	for i := range all {
		at[all[i].ID] = &all[i]
	}
	listed := map[IncidentID]bool{} // storms of which an incident is listed
	for i := range all {
		if parent := at[all[i].Parent]; parent != nil && parent.Kind == IncidentStorm {
			listed[parent.ID] = true
		}
	}
	roots := make([]Incident, 0, len(all))
	for i := range all {
		if in := &all[i]; !isPart(at, in) && !listed[in.ID] {
			roots = append(roots, *in)
		}
	}
	return roots
}

// isPart reports whether an incident is attached to a listed one that is no storm, by itself or with a storm.
func isPart(at map[IncidentID]*Incident, in *Incident) bool {
	for range len(at) {
		parent := at[in.Parent]
		if parent == nil {
			return false
		}
		if parent.Kind != IncidentStorm {
			return true
		}
		in = parent
	}
	return false
}

func (c *IncidentCount) addStorm(in *Incident) {
	switch condition := in.Condition(); condition {
	case ConditionOK, ConditionResting:
		c.add(condition, max(1, in.Storm.Total))
	default:
		c.add(condition, max(1, in.Storm.Open))
	}
}

func (c *IncidentCount) add(condition Condition, n int) {
	switch condition {
	case ConditionOK:
		c.Ended += n
	case ConditionVerifying:
		c.Verifying += n
	case ConditionResting, ConditionLatched:
		c.Working += n
	default:
		c.Open += n
	}
}
