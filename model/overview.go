package model

// CheckCounts counts checks by how they are now.
type CheckCounts struct {
	Checks   map[CheckPhase]int
	Alone    int // standalone checks that are broken now
	Latched  int // of the checks that are down: they work again, and wait for a reset
	Unknown  int // checks whose last result is unknown
	NeverRun int // checks that have no result yet
}

// Add counts one check more.
func (n *CheckCounts) Add(c *Check, s *CheckState) {
	if n.Checks == nil {
		n.Checks = map[CheckPhase]int{}
	}
	n.Checks[s.Phase]++
	switch {
	case s.At.IsZero():
		n.NeverRun++
	case s.Status == StatusUnknown:
		n.Unknown++
	}
	switch condition := s.Condition(); {
	case condition == ConditionLatched:
		n.Latched++
	case condition == ConditionOpen && c.Endpoint == nil:
		n.Alone++
	}
}

// Broken is how many of the checks are broken now.
func (n *CheckCounts) Broken() int { return n.Checks[PhaseDown] - n.Latched }

// Overview is how everything is that a scope sees, at one moment.
type Overview struct {
	CheckCounts
	Services  []ServiceState // worst first, then by name
	Incidents []Incident     // open, as the scope sees them, worst first
}
