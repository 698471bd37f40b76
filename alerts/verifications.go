package alerts

import (
	"time"

	"opsbot/model"
)

// settleGrid is what waits are rounded up to, so that what falls together is judged together.
const settleGrid = 250 * time.Millisecond

// verifications are the waits for hosts of which an endpoint fell. They are stored nowhere: after a restart an endpoint that
// is down and part of no incident starts one again.
type verifications struct {
	byHost map[string]*verification
}

// verification is the wait for one host.
type verification struct {
	asked    time.Time
	limit    time.Time // when judging goes on without an answer
	answered bool
}

func newVerifications() verifications { return verifications{byHost: map[string]*verification{}} }

func (v *verification) ready() time.Time {
	if !v.answered {
		return v.limit
	}
	return onGrid(v.asked.Add(SettleTime))
}

func onGrid(t time.Time) time.Time {
	if rest := t.Sub(t.Truncate(settleGrid)); rest > 0 {
		return t.Add(settleGrid - rest)
	}
	return t
}

// answer notes that a host was verified, and returns when its wait ends; zero when none waits for it.
func (vs *verifications) answer(host string) time.Time {
	v := vs.byHost[host]
	if v == nil {
		return time.Time{}
	}
	v.answered = true
	return v.ready()
}

// waits reports whether a host is not ready at a moment.
func (vs *verifications) waits(host string, at time.Time) bool {
	v := vs.byHost[host]
	return v != nil && at.Before(v.ready())
}

// start starts the wait for a host where an endpoint is down that is not judged yet, and ends it where there is none.
func (vs *verifications) start(t *transaction, host string) {
	if t.checks.failed[host] {
		t.countHost(host)
	}
	if !t.checks.anyWaits(host) {
		delete(vs.byHost, host)
		return
	}
	v := vs.byHost[host]
	if v != nil {
		v.answered = v.answered || t.checks.allFail(host)
		t.wakeBy(v.ready())
		return
	}
	wait := SettleTime + longestTimeout(t.checks.inv.ChecksOfHost(host))
	v = &verification{asked: t.at, limit: onGrid(t.at.Add(wait)), answered: t.checks.allFail(host)}
	vs.byHost[host] = v
	if !v.answered {
		t.requests.hosts = append(t.requests.hosts, host)
	}
	t.wakeBy(v.ready())
}

// settle ends the waits whose time has come.
func (vs *verifications) settle(t *transaction) {
	var due []string
	for host, v := range vs.byHost {
		if v.asked.After(t.at) { // the clock was set back
			v.asked, v.limit = t.at, model.Earlier(v.limit, t.at.Add(SettleTime))
		}
		if !t.at.Before(v.limit) || (!t.at.Before(v.ready()) && !vs.waitsForOther(t, host)) {
			due = append(due, host)
		}
	}
	for _, host := range due {
		delete(vs.byHost, host)
		t.countHost(host)
	}
	for _, v := range vs.byHost {
		if ready := v.ready(); ready.After(t.at) {
			t.wakeBy(ready)
		} else {
			t.wakeBy(v.limit)
		}
	}
}

// waitsForOther reports whether a service that fell on this host also fell on one that is still being verified: both are
// judged together, so that the second is no rise of the first.
func (vs *verifications) waitsForOther(t *transaction, host string) bool {
	for _, c := range t.checks.inv.ChecksOfHost(host) {
		if !t.checks.all[c.ID].waits() {
			continue
		}
		for _, other := range t.checks.inv.ChecksOfService(c.Endpoint.ServiceKey) {
			if vs.waits(other.Endpoint.Host, t.at) && t.checks.all[other.ID].waits() {
				return true
			}
		}
	}
	return false
}

// countHost makes what is down on a host part of what is judged.
func (t *transaction) countHost(host string) {
	for _, c := range t.checks.inv.ChecksOfHost(host) {
		if tr := t.checks.all[c.ID]; tr.waits() {
			tr.counted = true
			t.dirty.check(tr)
		}
	}
}
