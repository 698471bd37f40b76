package impact

import (
	"slices"

	"opsbot/model"
)

// mostGuides is for how many clients a card says what to do.
const mostGuides = 3

// Advise fills in what the inventory says about an incident that is cut to a scope: where its hosts stand, its runbook, and what to do for the
// clients that it hits.
func Advise(inv *model.Inventory, in *model.Incident, scope model.Scope) {
	switch in.Kind {
	case model.IncidentHost:
		in.Place = PlaceOf(inv, []string{in.Host}, scope)
	case model.IncidentService:
		in.Place = PlaceOf(inv, in.Hosts(), scope)
		if s, known := inv.Service(in.ServiceKey); known {
			in.Runbook = s.Runbook
		}
	case model.IncidentCheck:
		if c, known := inv.Check(in.Check); known {
			in.Runbook, in.Place = c.Runbook, labelled(c.Labels)
		}
	case model.IncidentStorm:
		if in.Storm != nil {
			in.Place = in.Storm.Place
		}
	case model.IncidentEventGroup:
		if in.EventGroup != nil {
			in.Place, in.Guides = in.EventGroup.Place, in.EventGroup.Guides
		}
		return
	}
	broken := slices.DeleteFunc(slices.Clone(in.Affected), func(s model.ServiceState) bool { return s.Verdict == model.VerdictOK })
	in.Guides = inv.GuidesOf(broken, mostGuides)
}

// labelled is where a check is by its own labels; nil when they do not say.
func labelled(labels model.Labels) *model.SharedPlace {
	for _, key := range placeKeys {
		if value := labels[key]; value != "" {
			return &model.SharedPlace{Key: key, Value: value, Hosts: 1, Of: 1}
		}
	}
	return nil
}
