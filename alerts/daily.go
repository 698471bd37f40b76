package alerts

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"opsbot/model"
)

// The times before a certificate's end at which the digest of a day is sent for its sake: at the first two once, from the
// last one on every day.
const (
	certificateFirst = 30 * model.Day
	certificateAgain = 14 * model.Day
	certificateDaily = 7 * model.Day
)

// daily writes the digest of the day, when its time has come, for everybody who has something to read in it.
func (s *transaction) daily() {
	if s.rules.Daily == nil {
		return
	}
	due := s.rules.Daily(s.lastDaily)
	if due.IsZero() {
		return
	}
	if s.at.Before(due) {
		s.wakeBy(due)
		return
	}
	before := s.lastDaily
	s.lastDaily, s.waiting.daily = s.at, s.at
	s.wakeBy(s.rules.Daily(s.at))
	certificates := s.certificates()
	var healthIssues []model.Reason
	if s.rules.HealthIssues != nil {
		healthIssues = s.rules.HealthIssues()
	}
	if n := s.unmapped(); n > 0 {
		healthIssues = append(healthIssues, model.NewReason(model.IssueUnmapped, "count", strconv.Itoa(n)))
	}
	for _, t := range s.routing.everywhere() {
		snapshot := model.Snapshot{Open: s.openAt(t), Daily: &model.Daily{Mutes: s.mutesAt(t)}}
		var news bool
		snapshot.Daily.Certificates, news = s.expiriesAt(certificates, t.Scope, before)
		if !t.Scope.Limited {
			snapshot.Daily.HealthIssues = healthIssues
		}
		if !news && len(snapshot.Open)+len(snapshot.Daily.Mutes)+len(snapshot.Daily.HealthIssues) == 0 {
			continue
		}
		s.say(model.Notification{Kind: model.NotifyDaily, To: t.To, Severity: worstOf(snapshot.Open), Silent: true, Snapshot: snapshot})
	}
}

// openAt are the incidents that a destination was routed and that stand by themselves there, worst first.
func (s *transaction) openAt(t Target) []model.Incident {
	var all []*incident
	for _, in := range s.byID {
		if in.Open() && in.card(t.To) != nil && s.concerns(in, t.Scope) && !s.inhibited(in, t.To) {
			all = append(all, in)
		}
	}
	slices.SortFunc(all, func(a, b *incident) int { return model.CompareIncidents(&a.Incident, &b.Incident) })
	return s.pictures(t.To, all)
}

// mutesAt are the mutes that hold and that a destination may know of, by their end. A limited chat knows its own.
func (s *transaction) mutesAt(t Target) []model.Mute {
	var all []model.Mute
	for _, m := range s.mutes {
		if m.Active(s.at) && (!t.Scope.Limited || m.Chat == t.To.Chat) {
			all = append(all, *m)
		}
	}
	slices.SortFunc(all, func(a, b model.Mute) int { return a.Until.Compare(b.Until) })
	return all
}

// certificates are the checks that have seen a certificate which ends soon, by its end. A certificate that several
// endpoints show ends for all of them at the same moment.
func (s *transaction) certificates() map[time.Time][]*model.Check {
	ends := map[time.Time][]*model.Check{}
	for _, c := range s.inv.Checks() {
		at := s.checks[c.ID].state.Expires.UTC()
		if !at.IsZero() && at.Sub(s.at) <= certificateFirst {
			ends[at] = append(ends[at], c)
		}
	}
	return ends
}

// expiriesAt are the ends that a scope may see, the next one first. news reports whether one of them is worth a digest of
// its own, the last of which was written before.
func (s *transaction) expiriesAt(ends map[time.Time][]*model.Check, scope model.Scope, before time.Time) (all []model.Expiry, news bool) {
	for _, at := range slices.SortedFunc(maps.Keys(ends), time.Time.Compare) {
		e := model.Expiry{At: at}
		for _, c := range ends[at] {
			if scope.Sees(c.Client()) {
				e.Checks = append(e.Checks, c.ID)
			}
		}
		if len(e.Checks) == 0 {
			continue
		}
		slices.Sort(e.Checks)
		all = append(all, e)
		news = news || worthNotifying(at, before, s.at)
	}
	return all, news
}

// worthNotifying reports whether an end came near enough to be told since a moment.
func worthNotifying(end, before, at time.Time) bool {
	passed := func(ahead time.Duration) bool { return before.Before(end.Add(-ahead)) && !at.Before(end.Add(-ahead)) }
	return end.Sub(at) <= certificateDaily || passed(certificateFirst) || passed(certificateAgain)
}
