package ops

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"opsbot/model"
)

// Sources provides the systems that send events.
type Sources interface {
	// SourceStates returns the connection status of each source, in the order of the configuration.
	SourceStates() []model.SourceState
	// LastContact is when a source last reported or listed an event; zero if that is not known.
	LastContact(key model.EventKey) time.Time
	// Near returns the hosts of the inventory with the most similar names to that of an event, and why the event matches none
	// of them unless its name is simply unknown.
	Near(e *model.Event) (hosts []string, why model.Reason)
}

// Sources returns the connection status of the event sources.
func (k *Actions) Sources(ctx context.Context, who model.Actor) ([]model.SourceState, error) {
	if err := k.need(ctx, who, model.RoleViewer, "sources", ""); err != nil {
		return nil, err
	}
	return k.sources(who.Scope), nil
}

// sourcesNamed finds sources by their names or prefixes.
func (k *Actions) sourcesNamed(words []string) ([]string, error) {
	var known, names []string
	for _, s := range k.sources(model.Scope{}) {
		known = append(known, s.Name)
	}
	for _, w := range words {
		fits := slices.DeleteFunc(slices.Clone(known), func(name string) bool {
			return !strings.HasPrefix(strings.ToLower(name), strings.ToLower(w))
		})
		if at := slices.IndexFunc(known, func(name string) bool { return strings.EqualFold(name, w) }); at >= 0 {
			fits = known[at : at+1]
		}
		if len(fits) != 1 {
			if len(fits) == 0 {
				fits = known
			}
			return nil, &model.Error{Code: model.ErrNoSource, Args: map[string]string{"word": shorten(w)}, Choices: firstChoices(fits)}
		}
		names = append(names, fits[0])
	}
	return names, nil
}

// mostChoices is how many buttons of "did you mean" fit a phone.
const mostChoices = 6

func firstChoices(all []string) []string { return all[:min(len(all), mostChoices)] }

// UnmappedHost is a name in events that is not in the inventory, or a client's domain with addresses that are not tested (Source "DNS", no
// Events): as JSON a row of `opsbot unmapped --json`.
type UnmappedHost struct {
	Name     string         `json:"name"` // as its source gives it
	Names    []string       `json:"names"`
	Source   string         `json:"source"`
	Events   int            `json:"events"`         // active
	Severity model.Severity `json:"severity"`       // of the worst of these
	Since    time.Time      `json:"since"`          // the earliest start of them
	Near     []string       `json:"near,omitempty"` // hosts with the most similar names
	Why      model.Reason   `json:"why,omitzero"`   // why it matches none of them; zero: the name is unknown
}

// Unmapped lists names in events that are not in the inventory, worst first; a limited scope sees none of them. Then come domains with
// addresses that are not tested.
func (k *Actions) Unmapped(ctx context.Context, who model.Actor) ([]UnmappedHost, error) {
	if err := k.need(ctx, who, model.RoleViewer, "unmapped", ""); err != nil {
		return nil, err
	}
	var all []UnmappedHost
	at := map[string]int{}
	for _, e := range k.events(ctx, who) {
		if !e.IsUnmapped() {
			continue
		}
		key := e.Source + "\x00" + e.Names[0]
		i, there := at[key]
		if !there {
			i = len(all)
			at[key] = i
			s := UnmappedHost{Name: e.Names[0], Names: e.Names, Source: e.Source, Since: e.OpenedAt}
			s.Near, s.Why = k.d.Sources.Near(&e)
			all = append(all, s)
		}
		all[i].Events++
		all[i].Severity = max(all[i].Severity, e.Severity)
		if e.OpenedAt.Before(all[i].Since) {
			all[i].Since = e.OpenedAt
		}
	}
	slices.SortStableFunc(all, func(a, b UnmappedHost) int {
		return cmp.Or(cmp.Compare(b.Severity, a.Severity), model.CompareNatural(a.Name, b.Name), cmp.Compare(a.Source, b.Source))
	})
	return append(all, k.d.Inventory.Beyond(who.Scope)...), nil
}
