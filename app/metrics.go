package app

import (
	"context"
	"time"

	"opsbot/model"
	"opsbot/oncall"
	"opsbot/web"
)

// snapshot is what the metrics show.
func (t *term) snapshot() web.Snapshot {
	now := t.Now()
	s := web.Snapshot{
		Checks: map[string]int{}, Results: map[string]uint64{}, Sends: t.sends(),
		FallbackCopies: t.outbox.dispatcher.Stats().FallbackCopies, Floods: t.chat.floods(), SkippedStarts: t.checks.scheduler.Skipped(), Overdue: t.checks.scheduler.Overdue(now).Count,
		Mutes: len(t.alerts.manager.Mutes()), PollAge: -1, StoreFailing: t.alerts.manager.Health().Err != nil || t.cluster != nil && t.cluster.isAway(), Leads: t.cluster != nil,
	}
	all := t.alerts.manager.Overview(model.Scope{})
	s.Incidents, s.Working = openIncidents(all.Incidents)
	s.Refused = t.refusals.counts()
	t.checkMetrics(&s, &all.CheckCounts)
	t.storeMetrics(&s, now)
	for _, out := range t.outbox.dispatcher.Outages() {
		s.Outages = append(s.Outages, web.Outage{To: t.outbox.name(out.To), Failure: string(out.Failure)})
	}
	s.Escalations, s.Pages = t.pagingMetrics()
	s.Gaps = gapLengths(t.health.issues.rota.Roster(now), now)
	s.Sources = map[string]web.Received{}
	for _, source := range t.sources.states() {
		s.Sources[source.Name] = web.Received{Up: source.Failing.IsZero(), Open: source.Active}
	}
	if health, polls := t.chat.health(); polls && !health.LastPoll.IsZero() {
		s.PollAge = now.Sub(health.LastPoll)
	}
	return s
}

// checkMetrics fills in the states of checks, and the results that were judged.
func (t *term) checkMetrics(s *web.Snapshot, counts *model.CheckCounts) {
	for _, phase := range []model.CheckPhase{model.PhaseOK, model.PhaseFailing, model.PhaseDown} {
		s.Checks[phase.String()] = counts.Checks[phase]
	}
	s.Unknown = counts.Unknown
	for status, n := range t.checks.intake.Counts() {
		s.Results[model.Status(status).String()] = n //nolint:gosec // 0 to 2
	}
}

// storeMetrics fills in what the database knows; what it does not answer is left out.
func (t *term) storeMetrics(s *web.Snapshot, now time.Time) {
	if q, err := t.db.Queue(context.Background(), now); err == nil {
		s.OutboxLength, s.DeadLetters = q.Length, q.Dead
		if !q.Oldest.IsZero() {
			s.OutboxAge = t.health.issues.oldest.age(q.Oldest, now)
		}
	}
	s.StoreErrors, s.SetAside = map[web.StorePart]uint64{}, map[string]int{}
	for _, c := range t.db.FaultCounts() {
		s.StoreErrors[web.StorePart{Area: c.Area, Write: c.Write}] = c.Failed
	}
	if counts, err := t.db.SetAsideCounts(context.Background()); err == nil {
		s.SetAside = counts
	}
	if size, err := t.db.Size(context.Background()); err == nil {
		s.StoreBytes = size
	}
}

// pagingMetrics are who is being paged, and what became of pages. Those that can be are 0, so that a series does not begin with its first page.
// Where nobody can be paged there are none.
func (t *term) pagingMetrics() (escalations map[string]int, pages map[web.Page]uint64) {
	cfg := t.conf.current().Config
	if len(cfg.People) == 0 {
		return nil, nil
	}
	counts := t.alerts.manager.PagingCounts()
	escalations, pages = map[string]int{}, map[web.Page]uint64{}
	for _, state := range []model.EscalationState{model.EscalationWaiting, model.EscalationPaging, model.EscalationAcked, model.EscalationExhausted} {
		escalations[string(state)] = counts.Escalations[state]
	}
	ways := []string{model.WayDM, model.WayMention}
	for i := range cfg.Gateways {
		ways = append(ways, model.WayGateway+cfg.Gateways[i].Name)
	}
	for _, way := range ways {
		for _, state := range []model.PageState{model.PageSent, model.PageFailed, model.PageCancelled} {
			pages[web.Page{Via: way, Result: string(state)}] = 0
		}
	}
	for of, n := range counts.Pages {
		pages[web.Page{Via: of.Way, Result: string(of.State)}] = n
	}
	return escalations, pages
}

// openIncidents counts them by kind and severity, and apart those of what works right now. Kinds without any are 0, so that a series does
// not begin with its first incident.
func openIncidents(all []model.Incident) (open map[web.Open]int, working int) {
	open = map[web.Open]int{}
	for _, kind := range []model.IncidentKind{
		model.IncidentCheck, model.IncidentService, model.IncidentHost, model.IncidentStorm, model.IncidentEventGroup, model.IncidentSource, model.IncidentConnectivity, model.IncidentPage,
	} {
		for severity := model.SeverityInfo; severity <= model.SeverityCritical; severity++ {
			open[web.Open{Kind: string(kind), Severity: severity.String()}] = 0
		}
	}
	for _, in := range all {
		if in.Condition().Works() {
			working++
			continue
		}
		open[web.Open{Kind: string(in.Kind), Severity: in.Severity.String()}]++
	}
	return open, working
}

func (t *term) sends() map[web.Send]uint64 {
	all := map[web.Send]uint64{}
	for try, n := range t.outbox.dispatcher.Stats().Tries {
		result := "sent"
		if try.Failure != "" {
			result = string(try.Failure)
		}
		all[web.Send{Channel: try.Channel, Result: result}] = n
	}
	return all
}

// gapLengths is how long nobody is on call soon, by schedule. Gaps that are meant are none.
func gapLengths(roster *oncall.Roster, now time.Time) map[string]time.Duration {
	all := map[string]time.Duration{}
	for _, s := range roster.Schedules {
		if s.GapsAllowed || s.Missing {
			continue
		}
		var length time.Duration
		for _, gap := range s.Gaps(now, now.Add(gapNotice)) {
			length += gap.To.Sub(gap.From)
		}
		all[s.Name] = length
	}
	return all
}
