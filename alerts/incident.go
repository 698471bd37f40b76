package alerts

import (
	"slices"
	"time"

	"opsbot/model"
)

// incident is an open one with what each destination was told of it.
type incident struct {
	model.Incident
	cards []*model.Card

	edited time.Time // of a storm or a burst: when its cards were last edited
	stale  bool      // of these: an edit waits for its time
	passed bool      // of these: it takes in no more, and chats for which it is over were told

	taken *incident // of a storm: the burst that took over parts of it

	weighed  time.Time                   // of a burst: when it was last found out what it means
	due      time.Time                   // of a burst: when that is to be done again, whatever comes
	dirty    bool                        // of a burst: something it is made of has changed since
	hosts    map[string]bool             // of a burst: what its events are about
	asked    map[model.CheckID]time.Time // of a burst: when endpoints were asked for
	lastAsk  time.Time                   // of a burst: the last time that something was asked for
	wanted   time.Time                   // of a burst: when somebody had all of it looked at again, and it is not yet seen
	found    model.Impact                // of a burst: what it means, whole
	restored bool                        // of a burst: it was told before a restart
	covered  bool                        // of a burst: all that its hosts carry was asked for
	unmapped bool                        // of a burst: something critical is said of what nobody knows
	flapping bool                        // of a burst: what it is about comes and goes, and is told as that
	views    *views                      // of a burst: the same for those who do not see everything
}

// card is what a destination was told; nil is nothing, and nothing will be.
func (in *incident) card(to model.Destination) *model.Card {
	for _, c := range in.cards {
		if c.To == to {
			return c
		}
	}
	return nil
}

// apply makes an incident what it has to be: it opens, changes or ends.
func (s *transaction) apply(key string, want *model.Incident) {
	in := s.open[key]
	if in != nil {
		want = s.flutter(in, want)
	}
	switch {
	case want == nil && in == nil:
	case want == nil:
		s.end(in)
	case in == nil:
		s.begin(want)
	default:
		s.change(in, want)
	}
}

func (s *transaction) begin(want *model.Incident) *incident {
	s.lastIncident++
	want.ID, want.OpenedAt, want.Worst = s.lastIncident, s.at, want.Severity
	if n := s.countChange(want.Key()); n > s.rules.Flapping.Over {
		want.Flap = &model.Flap{Changes: n, ChangedAt: s.at}
		s.wakeBy(s.at.Add(s.rules.Flapping.Quiet))
	}
	in := &incident{Incident: *want}
	s.keep(in)
	s.waiting.incidents[in.ID] = in.Incident
	s.touch(in, touch{opened: true})
	s.arrived(in)
	if in.Kind == model.IncidentHost { // it may be the parent of what is open
		for _, state := range in.Affected {
			s.keys[state.ServiceKey] = true
		}
	}
	return in
}

func (s *transaction) change(in *incident, want *model.Incident) {
	want.ID, want.OpenedAt, want.Ack = in.ID, in.OpenedAt, in.Ack
	want.Worst = max(in.Worst, in.Severity, want.Severity)
	if want.Parent == 0 {
		want.Parent = s.rootParent(in)
	}
	for i := range want.Failing {
		want.Failing[i] = steady(in.Failing, want.Failing[i])
	}
	if in.Reason.Code == want.Reason.Code && in.Kind == model.IncidentCheck {
		want.Reason = in.Reason
	}
	if showsSame(&in.Incident, want) {
		return
	}
	s.touch(in, touch{edited: true, raised: want.Severity > in.Severity})
	in.Incident = *want
	s.waiting.incidents[in.ID] = in.Incident
}

// steady keeps the words for a failure as they were while its kind is the same: the times in them differ with every
// result, and each difference would be an edit of every card.
func steady(was []model.FailingCheck, now model.FailingCheck) model.FailingCheck {
	for _, f := range was {
		if f.Check == now.Check && f.Reason.Code == now.Reason.Code {
			return f
		}
	}
	return now
}

// alike reports whether two pictures of an incident show the same.
func showsSame(a, b *model.Incident) bool {
	return a.Severity == b.Severity && a.Parent == b.Parent && a.Comment == b.Comment && a.WorksSince.Equal(b.WorksSince) &&
		sameReason(a.Reason, b.Reason) && sameStorm(a.Storm, b.Storm) && sameGroup(a.EventGroup, b.EventGroup) && sameFlap(a.Flap, b.Flap) && slices.Equal(a.Affected, b.Affected) &&
		slices.EqualFunc(a.Failing, b.Failing, func(x, y model.FailingCheck) bool {
			return x.Check == y.Check && x.Reason.Code == y.Reason.Code
		})
}

func sameReason(a, b model.Reason) bool {
	if a.Code != b.Code || len(a.Args) != len(b.Args) {
		return false
	}
	for k, v := range a.Args {
		if b.Args[k] != v {
			return false
		}
	}
	return true
}

// end closes an incident. It leaves the indexes when its end has been told, at the end of the step.
func (s *transaction) end(in *incident) {
	if s.gone(in) {
		in.Reason = model.NewReason(model.ReasonLeftInventory, "name", in.name())
	}
	in.ClosedAt = s.at
	s.waiting.incidents[in.ID] = in.Incident
	s.touch(in, touch{edited: true})
	for _, c := range s.inv.ChecksOfHost(in.Host) { // services it had adopted stand by themselves again
		s.keys[c.Endpoint.ServiceKey] = true
	}
	s.countChange(in.Key())
	delete(s.open, in.Key())
	s.storms = slices.DeleteFunc(s.storms, func(storm *incident) bool { return storm == in })
	s.groups = slices.DeleteFunc(s.groups, func(group *incident) bool { return group == in })
}

// gone reports whether an incident is about nothing that is in the inventory any more.
func (s *transaction) gone(in *incident) bool {
	return len(in.Failing) > 0 && !slices.ContainsFunc(in.Failing, func(f model.FailingCheck) bool { return s.checks[f.Check] != nil })
}

func (in *incident) name() string {
	switch in.Kind {
	case model.IncidentHost:
		return in.Host
	case model.IncidentService:
		return in.String()
	case model.IncidentCheck:
		return string(in.Check)
	default:
		return in.Key()
	}
}

// snapshot is an incident as one destination may see it.
func (b *Manager) snapshot(in *incident, to model.Destination, scope model.Scope) *model.Incident {
	shown := b.scoped(&in.Incident, scope)
	if parent := b.byID[in.Parent]; parent != nil && parent.card(to) == nil {
		shown.Parent = 0 // what explains it is not known there
	}
	if in.Open() {
		shown.MutedUntil, _ = b.muted(in, to, b.now())
	}
	return shown
}

// scoped is a copy of an incident without what lies outside a scope.
func (b *Manager) scoped(in *model.Incident, scope model.Scope) *model.Incident {
	shown := *in
	if !scope.Limited {
		return &shown
	}
	shown.Logs = nil // a host's log has requests of others too
	whole := b.byID[in.ID]
	switch in.Kind {
	case model.IncidentStorm:
		b.picture(&shown, b.parts(whole), scope)
		return &shown
	case model.IncidentEventGroup:
		return b.viewOf(&shown, whole, scope)
	}
	sees := func(c *model.Check) bool { return scope.Sees(c.Client()) }
	shown.Failing, shown.Affected = nil, nil
	for _, f := range in.Failing {
		if t := b.checks[f.Check]; t != nil && sees(t.check) {
			shown.Failing = append(shown.Failing, f)
		}
	}
	for _, state := range in.Affected {
		if scope.Sees(state.Client) {
			shown.Affected = append(shown.Affected, state)
		}
	}
	if whole != nil {
		shown.Severity = b.severity(whole, scope)
	}
	if in.Kind == model.IncidentHost && in.Reason.Code != model.ReasonLeftInventory {
		total := 0
		for _, c := range b.inv.ChecksOfHost(in.Host) {
			if sees(c) {
				total++
			}
		}
		shown.Reason = hostReason(in.Reason.Code, in.Host, len(shown.Failing), total)
	}
	return &shown
}

// muted reports whether all of an incident is muted for a destination, and until when.
func (b *Manager) muted(in *incident, to model.Destination, at time.Time) (time.Time, bool) {
	switch in.Kind {
	case model.IncidentStorm:
		return b.mutedStorm(in, to, at)
	case model.IncidentEventGroup:
		return b.mutedGroup(in, to, at)
	}
	if len(in.Failing) == 0 {
		end := b.mutedUntil(in.ID, "", to, at)
		return end, !end.IsZero()
	}
	var until time.Time
	for _, f := range in.Failing {
		end := b.mutedUntil(in.ID, f.Check, to, at)
		if end.IsZero() {
			return time.Time{}, false
		}
		until = earlier(until, end)
	}
	return until, !until.IsZero()
}

// mutedUntil is the last end of the mutes that cover a check of an incident; zero when there is none.
func (b *Manager) mutedUntil(id model.IncidentID, check model.CheckID, to model.Destination, at time.Time) time.Time {
	var last time.Time
	for _, m := range b.mutes {
		if !m.Active(at) || (m.Here && (m.Chat != to.Chat || m.Topic != to.Topic)) {
			continue
		}
		covers := m.Incident == id && id != 0
		if m.Incident == 0 {
			t := b.checks[check]
			covers = m.Selector.IsZero() || t != nil && m.Selector.Matches(t.check)
		}
		if covers && m.Until.After(last) {
			last = m.Until
		}
	}
	return last
}

// mutedStorm reports whether a storm is muted, by itself or by all its parts being so.
func (b *Manager) mutedStorm(in *incident, to model.Destination, at time.Time) (time.Time, bool) {
	if end := b.mutedUntil(in.ID, "", to, at); !end.IsZero() {
		return end, true
	}
	var until time.Time
	for _, part := range b.parts(in) {
		end, yes := b.muted(part, to, at)
		if !yes {
			return time.Time{}, false
		}
		until = earlier(until, end)
	}
	return until, !until.IsZero()
}
