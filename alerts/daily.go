package alerts

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"opsbot/model"
)

// The times before a certificate's end at which the daily digest is sent for its sake: at the first two once, from the last
// one on every day.
const (
	certificateFirst = 30 * model.Day
	certificateAgain = 14 * model.Day
	certificateDaily = 7 * model.Day
)

// digestDaily writes the daily digest, when its time has come, for every destination that has something to read in it.
func (ds *deferrals) digestDaily(t *transaction) {
	if t.rules.Daily == nil {
		return
	}
	due := t.rules.Daily(ds.lastDaily)
	if due.IsZero() {
		return
	}
	if t.at.Before(due) {
		t.wakeBy(due)
		return
	}
	before := ds.lastDaily
	ds.lastDaily, t.pending.daily = t.at, t.at
	t.wakeBy(t.rules.Daily(t.at))
	certificates, issues := t.certificates(), t.healthIssues()
	leader, changed := t.leader(before)
	for _, to := range t.routing.everywhere() {
		snapshot := model.Snapshot{Open: t.openAt(to), Daily: &model.Daily{Mutes: t.mutes.visibleTo(to, t.at)}}
		var news bool
		snapshot.Daily.Certificates, news = expiriesAt(certificates, to.Scope, dailySpan{before, t.at})
		if !to.Scope.Limited {
			snapshot.Daily.HealthIssues, snapshot.Daily.Leader = issues, leader
			news = news || changed
		}
		if !news && len(snapshot.Open)+len(snapshot.Daily.Mutes)+len(snapshot.Daily.HealthIssues) == 0 {
			continue
		}
		t.write(model.Notification{Kind: model.NotifyDaily, To: to.To, Severity: worstOf(snapshot.Open), Silent: true, Snapshot: snapshot})
	}
}

// leader is who leads, and whether that has changed since the last digest: then it is news.
func (t *transaction) leader(last time.Time) (who model.Reason, changed bool) {
	if t.rules.Leader == nil {
		return model.Reason{}, false
	}
	who, since := t.rules.Leader()
	return who, since.After(last)
}

// healthIssues are what ails opsbot itself.
func (t *transaction) healthIssues() []model.Reason {
	var issues []model.Reason
	if t.rules.HealthIssues != nil {
		issues = t.rules.HealthIssues()
	}
	if n := t.events.unmapped(); n > 0 {
		issues = append(issues, model.NewReason(model.IssueUnmapped, "count", strconv.Itoa(n)))
	}
	return issues
}

// openAt are the open incidents that a destination was routed and that have no parent there, worst first.
func (t *transaction) openAt(to Target) []model.Incident {
	var all []*incident
	for _, in := range t.incidents.byID {
		if in.Open() && in.card(to.To) != nil && t.concerns(in, to.Scope) && !t.inhibited(in, to.To) {
			all = append(all, in)
		}
	}
	sortIncidents(all)
	return t.snapshots(to.To, all)
}

// visibleTo are the mutes that have begun and that a destination may know of, by their end. A limited chat knows its own.
func (ms *mutes) visibleTo(to Target, at time.Time) []model.Mute {
	var all []model.Mute
	for _, m := range ms.active {
		if m.Active(at) && (!to.Scope.Limited || m.Chat == to.To.Chat) {
			all = append(all, *m)
		}
	}
	slices.SortFunc(all, func(a, b model.Mute) int { return a.Until.Compare(b.Until) })
	return all
}

// certificates are the checks that have seen a certificate which ends soon, by its end. A certificate that several endpoints
// show ends for all of them at the same moment.
func (t *transaction) certificates() map[time.Time][]*model.Check {
	ends := map[time.Time][]*model.Check{}
	for _, c := range t.checks.inv.Checks() {
		at := t.checks.all[c.ID].state.Expires.UTC()
		if !at.IsZero() && at.Sub(t.at) <= certificateFirst {
			ends[at] = append(ends[at], c)
		}
	}
	return ends
}

// dailySpan is the time since the last daily digest.
type dailySpan struct{ before, now time.Time }

// expiriesAt are the ends that a scope may see, the next one first. news reports whether one of them is worth a digest.
func expiriesAt(ends map[time.Time][]*model.Check, scope model.Scope, span dailySpan) (all []model.Expiry, news bool) {
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
		news = news || span.isNews(at)
	}
	return all, news
}

// isNews reports whether an end came near enough to be worth a digest.
func (s dailySpan) isNews(end time.Time) bool {
	passed := func(ahead time.Duration) bool {
		return s.before.Before(end.Add(-ahead)) && !s.now.Before(end.Add(-ahead))
	}
	return end.Sub(s.now) <= certificateDaily || passed(certificateFirst) || passed(certificateAgain)
}
