package model

// SelectionState is how some checks are, at one moment.
type SelectionState struct {
	Checks   []CheckState   // in the order of the checks; zero of one that never ran
	Services []ServiceState // theirs that the scope sees, worst first
	// Incidents are the open ones of these checks, of their services and hosts, as the scope sees them, worst first; and, whatever they
	// touch, storms, event groups, disconnected sources and one's own connectivity.
	Incidents []Incident
}
