package checks

import "opsbot/model"

// The optional abilities of Options: a kind that has the methods is given what they ask for. One more is
// model.EnvironmentUser, which the configuration calls before Validate.

// HostSelector is implemented by options that select hosts of the inventory, so that words that match none can be found
// before the check runs.
type HostSelector interface {
	// Selectors are the words of the option hosts; nil when it is not set.
	Selectors() []string
}

// ReachUser is implemented by options whose check goes where its target leads it.
type ReachUser interface {
	// SetReach bounds where redirects may lead, beside the target's own address.
	SetReach(reach model.Reach)
}

// IDUser is implemented by options whose check must know which one it is.
type IDUser interface {
	// SetID is called before Checker.
	SetID(id model.CheckID)
}

// depsUser is implemented by options of kinds that ask other parts.
type depsUser interface {
	// setDeps is called when the options are made, before anything is decoded into them.
	setDeps(d Deps)
}

var (
	_ HostSelector          = (*Targets)(nil)
	_ model.EnvironmentUser = (*Targets)(nil)
	_ depsUser              = (*Targets)(nil)
	_ depsUser              = (*DomainOptions)(nil)
	_ ReachUser             = (*WebOptions)(nil)
	_ IDUser                = (*HeartbeatOptions)(nil)
	_ model.EnvironmentUser = (*HeartbeatOptions)(nil)
	_ depsUser              = (*HeartbeatOptions)(nil)
)
