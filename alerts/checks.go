package alerts

import (
	"slices"
	"time"

	"opsbot/model"
)

// checks are the states of all checks of the inventory, and what they come to per host and service.
type checks struct {
	inv      *model.Inventory
	all      map[model.CheckID]*tracked
	ordered  []*tracked                 // all of them, in the inventory's order
	unknown  map[model.CheckID]*tracked // unknown, and not yet a warning
	services map[model.ServiceKey]model.ServiceState
	failed   map[string]bool        // hosts that fail as a whole
	onHosts  map[model.CheckID]bool // standalone checks that fail on hosts
}

// tracked is one check of the inventory.
type tracked struct {
	check   *model.Check
	state   model.CheckState
	counted bool // it fails and is part of what is judged: what it touches was verified
}

func newChecks(inv *model.Inventory, states map[model.CheckID]model.CheckState) checks {
	c := checks{
		inv: inv, all: make(map[model.CheckID]*tracked, len(inv.Checks())), unknown: map[model.CheckID]*tracked{},
		ordered:  make([]*tracked, 0, len(inv.Checks())),
		services: map[model.ServiceKey]model.ServiceState{}, failed: map[string]bool{}, onHosts: map[model.CheckID]bool{},
	}
	for _, check := range inv.Checks() {
		tr := &tracked{check: check, state: states[check.ID]}
		c.all[check.ID] = tr
		c.ordered = append(c.ordered, tr)
		if !tr.state.UnknownSince.IsZero() {
			c.unknown[check.ID] = tr
		}
		c.noteHosts(tr)
	}
	return c
}

// setInventory changes to another inventory, and returns the checks that came with it and those that left.
func (c *checks) setInventory(inv *model.Inventory) (added []model.CheckID, gone []*tracked) {
	old := c.all
	c.inv, c.services = inv, map[model.ServiceKey]model.ServiceState{}
	c.all, c.ordered = make(map[model.CheckID]*tracked, len(inv.Checks())), make([]*tracked, 0, len(inv.Checks()))
	for _, check := range inv.Checks() {
		tr := old[check.ID]
		if tr == nil {
			tr = &tracked{}
			added = append(added, check.ID)
		}
		tr.check = check
		c.all[check.ID] = tr
		c.ordered = append(c.ordered, tr)
	}
	for id, tr := range old {
		if c.all[id] == nil {
			delete(c.unknown, id)
			delete(c.onHosts, id)
			gone = append(gone, tr)
		}
	}
	return added, gone
}

// noteHosts notes whether a check fails on hosts.
func (c *checks) noteHosts(tr *tracked) {
	if len(tr.state.Hosts) > 0 {
		c.onHosts[tr.check.ID] = true
	} else {
		delete(c.onHosts, tr.check.ID)
	}
}

// count makes what an open incident shows as failing part of what is judged: it was verified before.
func (c *checks) count(in *incident) {
	for _, f := range in.Failing {
		if tr := c.all[f.Check]; tr != nil && tr.state.Phase != model.PhaseOK {
			tr.counted = true
		}
	}
}

// waits reports whether the check is down and what it touches is not verified yet.
func (tr *tracked) waits() bool { return tr.state.Phase == model.PhaseDown && !tr.counted }

// fails reports whether the check fails and is part of what is judged.
func (tr *tracked) fails() bool { return tr.state.Phase != model.PhaseOK && tr.counted }

// failsSince reports whether the last thing seen of a check is a failure, and no older than a moment.
func (tr *tracked) failsSince(at time.Time) bool {
	return tr.state.Status == model.StatusFail && tr.state.Phase != model.PhaseOK && !tr.state.At.Before(at)
}

// failing is a check as an incident shows it.
func (tr *tracked) failing() model.FailingCheck {
	since := tr.state.Since
	if tr.state.Phase != model.PhaseDown && !tr.state.UnknownSince.IsZero() {
		since = tr.state.UnknownSince
	}
	return model.FailingCheck{Check: tr.check.ID, Reason: tr.state.Reason, Since: since}
}

// allFail reports whether the last thing seen of every endpoint of a host is a failure.
func (c *checks) allFail(host string) bool {
	return !slices.ContainsFunc(c.inv.ChecksOfHost(host), func(check *model.Check) bool {
		st := &c.all[check.ID].state
		return st.Status != model.StatusFail || st.Phase == model.PhaseOK
	})
}

// hostFails reports whether a host has to have an incident: all its endpoints fail and at least one was verified to. Once it has
// one, it keeps it until an endpoint is ok again; endpoints that never ran do not count then.
func (c *checks) hostFails(host string) bool {
	onHost := c.inv.ChecksOfHost(host)
	verified := slices.ContainsFunc(onHost, func(check *model.Check) bool {
		return c.all[check.ID].fails()
	})
	if !verified || !c.failed[host] {
		return verified && c.allFail(host)
	}
	return !slices.ContainsFunc(onHost, func(check *model.Check) bool {
		st := &c.all[check.ID].state
		return st.Phase == model.PhaseOK && st.Status == model.StatusOK
	})
}

// judgeService counts a service's endpoints again, and reports whether its state has changed.
func (c *checks) judgeService(key model.ServiceKey) (changed bool) {
	now, known := c.tally(key)
	if !known {
		delete(c.services, key)
		return false
	}
	if c.services[key] == now {
		return false
	}
	c.services[key] = now
	return true
}

func (c *checks) tally(key model.ServiceKey) (model.ServiceState, bool) {
	service, known := c.inv.Service(key)
	endpoints := c.inv.ChecksOfService(key)
	if !known || len(endpoints) == 0 {
		return model.ServiceState{}, false
	}
	var seen model.Tally
	for _, check := range endpoints {
		tr := c.all[check.ID]
		switch {
		case c.failed[check.Endpoint.Host] || tr.fails():
			seen.Add(model.StatusFail)
		case !tr.state.UnknownSince.IsZero():
			seen.Add(model.StatusUnknown)
		default: // a check that never ran is fine until it has earned something else
			seen.Add(model.StatusOK)
		}
	}
	return service.Judge(seen), true
}

// longestTimeout is the longest timeout of what the failure of a check touches first.
func (t *transaction) longestTimeout(tr *tracked) time.Duration {
	lists := [][]*model.Check{{tr.check}}
	if e := tr.check.Endpoint; e != nil {
		lists = append(lists, t.checks.inv.ChecksOfHost(e.Host), t.checks.inv.ChecksOfService(e.ServiceKey))
	}
	for _, host := range tr.state.Hosts {
		lists = append(lists, t.checks.inv.ChecksOfHost(host))
	}
	var longest time.Duration
	for _, all := range lists {
		for _, c := range all {
			longest = max(longest, c.Timeout)
		}
	}
	return longest
}
