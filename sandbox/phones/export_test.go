package phones

import "time"

// Hurry has phones ring, and people take calls, sooner.
func (p *Phones) Hurry(rings, awake time.Duration) { p.rings, p.awake = rings, awake }
