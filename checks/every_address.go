package checks

import (
	"context"
	"net"

	"opsbot/model"
)

// everyAddress is a check of all addresses of a name, resolved on each run. It is immutable.
type everyAddress struct {
	host, port string
	names      *Names
	one        func(address string) model.Checker
	tolerated  Tolerance
}

// movable is a check that can be copied for another address, with everything else kept, the requested name above all.
type movable interface {
	at(address string) model.Checker
}

// everyAddress turns the check of one address into that of all addresses of its name.
func (t *Targets) everyAddress(one func(address string) model.Checker) func(address string) model.Checker {
	return func(address string) model.Checker {
		host, port, err := net.SplitHostPort(address)
		if err != nil { // the kind has no ports
			host, port = address, ""
		}
		e := everyAddress{host: host, port: port, names: t.names, one: one, tolerated: t.MembersFailed}
		if m, ok := one(address).(movable); ok {
			e.one = m.at
		}
		return e
	}
}

// Check resolves the name and checks all its addresses.
func (e everyAddress) Check(ctx context.Context) model.Result {
	p := newProbe(ctx, e.names)
	addrs, failed := p.resolve(ctx, e.host)
	if failed != nil {
		return p.result(failed)
	}
	members := make([]member, len(addrs))
	for i, addr := range addrs {
		if e.port != "" {
			addr = net.JoinHostPort(addr, e.port)
		}
		members[i] = member{name: addr, address: addr}
	}
	g := group{one: e.one, tolerated: e.tolerated, members: func(context.Context) ([]member, *finding) { return members, nil }}
	r := g.Check(ctx)
	r.Phases.Resolve = p.phases.Resolve
	return r
}

// wrongMembers validates the options for several members.
func (t *Targets) wrongMembers() []model.Sentence {
	several := len(t.Addresses) > 0 || t.AddressesFile != "" || len(t.Hosts) > 0
	switch {
	case t.EveryAddress && several:
		return []model.Sentence{model.Say("config.targets.every_address", "key", "every_address")}
	case t.MembersFailed != (Tolerance{}) && !several && !t.EveryAddress:
		return []model.Sentence{model.Say("config.targets.members_failed", "key", "members_failed")}
	default:
		return nil
	}
}
