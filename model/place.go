package model

// SharedPlace is a label that failing hosts share: where they stand, as a rule. "10 of 11 hosts in rack r1".
type SharedPlace struct {
	Key   string `json:"key"` // "rack"
	Value string `json:"value"`
	Hosts int    `json:"hosts"` // that fail and have it
	Of    int    `json:"of"`    // that fail
}

// Whole reports whether all failing hosts are there.
func (p *SharedPlace) Whole() bool { return p != nil && p.Hosts == p.Of }

// Same reports whether two places read the same.
func (p *SharedPlace) Same(other *SharedPlace) bool {
	if p == nil || other == nil {
		return p == other
	}
	return *p == *other
}
