package impact

import (
	"maps"
	"slices"

	"opsbot/model"
)

// Assess returns what broken hosts and services mean for clients, from the live results of the endpoints of all services on the hosts, and
// of those services. A failure is attributed to the events if it is on one of the hosts, or of one of the services, and began from Began to
// Until; a service is affected when it is worse than it would be without those failures. Other services are not in the answer.
func Assess(inv *model.Inventory, q model.ImpactQuestion) model.Impact {
	a := assessment{inv: inv, q: q, on: make(map[string]bool, len(q.Hosts)), about: map[model.ServiceKey]bool{}, clients: map[string]model.Verdict{}}
	for _, key := range q.About {
		a.about[key] = true
	}
	for _, host := range q.Hosts {
		a.on[host] = true
	}
	for _, key := range a.reached() {
		a.service(key)
	}
	a.conclude()
	return a.out
}

// Reached returns the services in the scope of a question that have an endpoint on one of its hosts, and those that it is about, by name.
func Reached(inv *model.Inventory, q *model.ImpactQuestion) []model.ServiceKey {
	seen := map[model.ServiceKey]bool{}
	for _, host := range q.Hosts {
		for _, c := range inv.ChecksOfHost(host) {
			seen[c.Endpoint.ServiceKey] = true
		}
	}
	for _, key := range q.About {
		seen[key] = true
	}
	maps.DeleteFunc(seen, func(key model.ServiceKey, _ bool) bool { return !q.Scope.Sees(key.Client) })
	keys := slices.Collect(maps.Keys(seen))
	slices.SortFunc(keys, func(a, b model.ServiceKey) int {
		if c := model.CompareNatural(a.Client, b.Client); c != 0 {
			return c
		}
		return model.CompareNatural(a.Service, b.Service)
	})
	return keys
}

type assessment struct {
	inv *model.Inventory
	q   model.ImpactQuestion
	on  map[string]bool

	about   map[model.ServiceKey]bool
	out     model.Impact
	clients map[string]model.Verdict // of those reached: the worst verdict of an affected service, ok if there is none
	broke   map[model.CheckID]bool   // new failures
}

func (a *assessment) reached() []model.ServiceKey {
	a.broke = map[model.CheckID]bool{}
	return Reached(a.inv, &a.q)
}

// look returns the status that counts for an endpoint now, and whether it is attributed to the hosts.
func (a *assessment) look(c *model.Check) (status model.Status, fresh, since bool) {
	seen := a.q.See(c)
	here := a.on[c.Endpoint.Host] || a.about[c.Endpoint.ServiceKey]
	status = seen.Status
	if here && !seen.Fresh && !seen.Soon {
		status = model.StatusUnknown
	}
	other := !seen.Since.IsZero() && (seen.Since.Before(a.q.Began) || !a.q.Until.IsZero() && seen.Since.After(a.q.Until))
	return status, seen.Fresh, here && status != model.StatusOK && !other
}

func (a *assessment) service(key model.ServiceKey) {
	service, known := a.inv.Service(key)
	if !known {
		return
	}
	var now, without model.Tally
	var s model.ServiceImpact
	for _, c := range a.inv.ChecksOfService(key) {
		status, fresh, since := a.look(c)
		now.Add(status)
		a.out.Total++
		if fresh {
			a.out.Done++
		}
		switch {
		case since:
			without.Add(model.StatusOK)
		default:
			without.Add(status)
		}
		switch {
		case since && status == model.StatusUnknown:
			a.out.Unseen = append(a.out.Unseen, c.ID)
		case status != model.StatusFail:
		case since:
			s.Since++
			a.broke[c.ID] = true
		default:
			s.Earlier++
		}
	}
	s.ServiceState, s.Without = service.Judge(now), service.Judge(without).Verdict
	a.take(&s)
}

func (a *assessment) take(s *model.ServiceImpact) {
	worst, known := a.clients[s.Client]
	switch {
	case s.Affected():
		a.out.Services = append(a.out.Services, *s)
		a.clients[s.Client] = max(worst, s.Verdict)
		return
	case s.Verdict != model.VerdictOK:
		a.out.Before = append(a.out.Before, *s)
	}
	if !known {
		a.clients[s.Client] = model.VerdictOK
	}
}

func (a *assessment) conclude() {
	slices.SortFunc(a.out.Services, model.CompareImpacts)
	slices.SortFunc(a.out.Before, model.CompareImpacts)
	for _, worst := range a.clients {
		switch worst {
		case model.VerdictOK:
			a.out.Spared++
		case model.VerdictDown:
			a.out.Down++
			a.out.Clients++
		default:
			a.out.Clients++
		}
	}
	for host := range a.on {
		if h, seen := a.host(host); seen {
			a.out.Hosts = append(a.out.Hosts, h)
		}
	}
	slices.SortFunc(a.out.Hosts, model.CompareHosts)
	a.out.Broke = slices.Collect(maps.Keys(a.broke))
	if a.q.Cause {
		a.out.Cause = a.cause()
	}
}

// host returns the verification of a host; seen is false if the scope has nothing on it.
func (a *assessment) host(host string) (h model.HostImpact, seen bool) {
	h.Host = host
	var t model.Tally
	pending := false
	for _, c := range a.inv.ChecksOfHost(host) {
		if a.q.Scope.Sees(c.Endpoint.Client) {
			status, fresh, since := a.look(c)
			t.Add(status)
			pending = pending || !fresh
			h.Since = h.Since || since
		}
	}
	switch {
	case t.Total() == 0:
		h.Verification = model.VerifyBare
		return h, !a.q.Scope.Limited
	case pending:
		h.Verification = model.VerifyPending
	case t.Failed > 0 && t.Up == 0:
		h.Verification = model.VerifyConfirmed
	case t.Failed > 0:
		h.Verification = model.VerifyPartly
	case t.Unknown > 0:
		h.Verification = model.VerifyUnchecked
	default:
		h.Verification = model.VerifyRefuted
	}
	return h, true
}

// cause is what the new failures have in common that the rest does not, within the scope.
func (a *assessment) cause() *model.Cause {
	if len(a.broke) < leastFailures {
		return nil
	}
	var failed, fine []*model.Check
	for _, c := range a.inv.Checks() {
		switch {
		case c.Endpoint == nil || !a.q.Scope.Sees(c.Endpoint.Client):
		case a.broke[c.ID]:
			failed = append(failed, c)
		case a.q.See(c).Status == model.StatusOK:
			fine = append(fine, c)
		}
	}
	return CommonCause(failed, fine)
}
