package alerts

import (
	"cmp"
	"context"
	"slices"
	"time"

	"opsbot/model"
)

// askFor has the endpoints of all services on a host looked at, those that were not yet; with anew those on the host itself
// again.
func (s *transaction) askFor(group *incident, host string, anew bool) {
	for _, on := range s.inv.ChecksOfHost(host) {
		for _, c := range s.inv.ChecksOfService(on.Endpoint.ServiceKey) {
			asked, before := group.asked[c.ID]
			if before && (!anew || c.Endpoint.Host != host || s.at.Before(asked.Add(reverifyAfter))) {
				continue
			}
			group.asked[c.ID], group.lastAsk = s.at, s.at
			s.toVerify = append(s.toVerify, c.ID)
		}
	}
}

// verifyAgain has a host looked at; what is known of it holds until that is done.
func (s *transaction) verifyAgain(group *incident, host string) {
	for _, c := range s.inv.ChecksOfHost(host) {
		if _, asked := group.asked[c.ID]; asked {
			s.toVerify = append(s.toVerify, c.ID)
		}
	}
}

// askLate asks again for what was asked for long ago and was not seen: it may have been lost on the way.
func (s *transaction) askLate(group *incident) {
	if s.at.Before(group.lastAsk.Add(verifyLost)) {
		return
	}
	for id, asked := range group.asked {
		if t := s.checks[id]; t == nil {
			delete(group.asked, id)
		} else if t.state.At.Before(asked) {
			s.toVerify = append(s.toVerify, id)
			group.lastAsk = s.at
		}
	}
}

// orderVerifications puts what is to be looked at in the order of whom it hurts: the gold tier first, then services of which most
// endpoints are said to be broken.
func (s *transaction) orderVerifications() {
	if len(s.toVerify) < 2 || len(s.groups) == 0 {
		return
	}
	type rank struct {
		gold  bool
		share int // percent of a service's endpoints that are on the hosts
	}
	ranks := map[model.ServiceKey]rank{}
	of := func(id model.CheckID) rank {
		t := s.checks[id]
		if t == nil || t.check.Endpoint == nil {
			return rank{}
		}
		key := t.check.Endpoint.ServiceKey
		if r, known := ranks[key]; known {
			return r
		}
		all, hit := s.inv.ChecksOfService(key), 0
		for _, c := range all {
			if slices.ContainsFunc(s.groups, func(group *incident) bool { return group.hosts[c.Endpoint.Host] }) {
				hit++
			}
		}
		service, _ := s.inv.Service(key)
		r := rank{service.Tier == model.TierGold, hit * 100 / max(1, len(all))}
		ranks[key] = r
		return r
	}
	slices.SortStableFunc(s.toVerify, func(a, b model.CheckID) int {
		x, y := of(a), of(b)
		if x.gold != y.gold {
			if x.gold {
				return -1
			}
			return 1
		}
		return cmp.Compare(y.share, x.share)
	})
}

// VerifyAgain has all that an open burst is about and a scope sees looked at again; what is known of it holds until that is done. It returns how many
// endpoints that is; none is that there is no such burst. The error is the store's.
func (b *Manager) VerifyAgain(ctx context.Context, id model.IncidentID, scope model.Scope) (n int, err error) {
	err = b.update(ctx, func(s *transaction) {
		group := s.byID[id]
		if group == nil || group.EventGroup == nil {
			return
		}
		for id := range group.asked {
			if t := s.checks[id]; t != nil && scope.Sees(t.check.Client()) {
				s.toVerify = append(s.toVerify, id)
				n++
			}
		}
		slices.Sort(s.toVerify)
		group.wanted = s.at
	})
	return n, storeError(err)
}

// showVerification dates what a burst's card saw anew when somebody had all of it looked at again and that is done: whoever pressed
// the button shall see that something was done, be what was seen the same as before.
func (s *transaction) showVerification(group *incident) {
	if group.wanted.IsZero() {
		return
	}
	for id := range group.asked {
		if t := s.checks[id]; t != nil && t.state.At.Before(group.wanted) {
			return
		}
	}
	said := *group.EventGroup
	said.Checked, group.wanted = s.at, time.Time{}
	group.EventGroup = &said
	s.waiting.incidents[group.ID] = group.Incident
	s.touch(group, touch{edited: true})
}
