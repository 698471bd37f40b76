package model

import (
	"net/netip"
	"slices"
)

// Reach is the addresses that somebody else's DNS or redirect may lead opsbot to: public ones, and those of its networks. What is
// behind it is asked from inside the hosting company: a client's DNS must not turn opsbot into a way in. The zero Reach is public
// addresses only. It is immutable.
type Reach struct{ networks []netip.Prefix }

// NewReach allows the networks that were declared. Without any (nil) it allows those of the addresses near: a /24 or a /64 each, but no
// loopback and link-local ones, which only a declaration allows.
func NewReach(declared []netip.Prefix, near []netip.Addr) Reach {
	if declared != nil {
		return Reach{declared}
	}
	var r Reach
	for _, a := range near {
		bits := 24
		if a.Is6() {
			bits = 64
		}
		if p, err := a.Prefix(bits); err == nil && !a.IsLoopback() && !a.IsLinkLocalUnicast() && !slices.Contains(r.networks, p) {
			r.networks = append(r.networks, p)
		}
	}
	return r
}

// sharedSpace is the address space between a provider and its customers' routers (RFC 6598): private to whoever sees it.
var sharedSpace = netip.MustParsePrefix("100.64.0.0/10")

// Allows reports whether an address lies within reach.
func (r Reach) Allows(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	inside := slices.ContainsFunc(r.networks, func(p netip.Prefix) bool { return p.Contains(a) })
	return inside || a.IsGlobalUnicast() && !a.IsPrivate() && !sharedSpace.Contains(a)
}
