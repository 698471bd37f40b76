package alerts

import (
	"maps"
	"slices"

	"opsbot/model"
)

// incident is an open one with what each destination was notified of.
type incident struct {
	model.Incident
	cards []*model.Card
	group *eventGroup // nil unless it is an event group's
	storm *storm      // nil unless it is a storm's
}

func newIncident(of *model.Incident) *incident {
	in := &incident{Incident: *of}
	switch of.Kind {
	case model.IncidentStorm:
		in.storm = newStorm(in)
	case model.IncidentEventGroup:
		in.group = newEventGroup(in)
	}
	return in
}

// card is the card of a destination; nil when it has none and will get none.
func (in *incident) card(to model.Destination) *model.Card {
	for _, c := range in.cards {
		if c.To == to {
			return c
		}
	}
	return nil
}

// mergeCards makes one card of those of one destination, which had two ids and each was notified, and returns those that it made.
func (in *incident) mergeCards() (merged []*model.Card) {
	var kept []*model.Card
	for _, c := range in.cards {
		at := slices.IndexFunc(kept, func(k *model.Card) bool { return k.To == c.To })
		if at < 0 {
			kept = append(kept, c)
			continue
		}
		k := kept[at]
		if c.Down && (!k.Down || c.NotifiedAt.After(k.NotifiedAt)) {
			k, kept[at] = c, c
		}
		merged = append(merged, k)
	}
	in.cards = kept
	return merged
}

// isNotified reports whether some destination was notified of an incident.
func (in *incident) isNotified() bool {
	return slices.ContainsFunc(in.cards, func(c *model.Card) bool { return c.Down })
}

// collects reports whether others may join an incident while it is open.
func (in *incident) collects() bool { return in.Gathered() || in.Kind == model.IncidentHost }

// gathers reports whether an incident is of those that make storms.
func (in *incident) gathers() bool {
	switch in.Kind {
	case model.IncidentCheck, model.IncidentService, model.IncidentHost:
		return true
	default:
		return false
	}
}

// broken are the checks that an incident by itself is made of.
func (in *incident) broken() []model.CheckID {
	var ids []model.CheckID
	if in.group != nil {
		ids = slices.Clone(in.group.impact.Broke)
	}
	for _, f := range in.Failing {
		ids = append(ids, f.Check)
	}
	return ids
}

// checks are those that an incident is about: which fail, or of an event group could not be verified either.
func (in *incident) checks() []model.CheckID {
	ids := in.broken()
	if in.group != nil {
		ids = append(ids, in.group.impact.Unseen...)
	}
	return ids
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

// unabridged is an incident with all services that it affects.
func (in *incident) unabridged() *model.Incident {
	if in.group == nil || len(in.group.impact.Services) <= len(in.Affected) {
		return &in.Incident
	}
	all := in.Incident
	all.Affected = statesOf(&in.group.impact)
	return &all
}

// steady keeps the words for a failure as they were while its kind is the same: the times in them differ with every result,
// and each difference would be an edit of every card.
func steady(was []model.FailingCheck, now model.FailingCheck) model.FailingCheck {
	for _, f := range was {
		if f.Check == now.Check && f.Reason.Code == now.Reason.Code {
			return f
		}
	}
	return now
}

// showsSame reports whether two versions of an incident show the same.
func showsSame(a, b *model.Incident) bool {
	return a.Severity == b.Severity && a.Parent == b.Parent && maps.Equal(a.Storms, b.Storms) && a.Comment == b.Comment && a.WorksSince.Equal(b.WorksSince) &&
		a.Reason.Equal(b.Reason) && sameStorm(a.Storm, b.Storm) && sameGroup(a.EventGroup, b.EventGroup) &&
		sameFlap(a.Flap, b.Flap) && slices.Equal(a.Affected, b.Affected) &&
		slices.EqualFunc(a.Failing, b.Failing, func(x, y model.FailingCheck) bool {
			return x.Check == y.Check && x.Reason.Code == y.Reason.Code
		})
}
