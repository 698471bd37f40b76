package ops

import (
	"context"
	"slices"

	"opsbot/model"
)

// Choice is one thing that a command can be about.
type Choice struct {
	Name  string
	Word  string           // of a selector that selects it alone
	State model.CheckState // of a host, that of its worst check
}

// ChoiceKind is what a command wants named.
type ChoiceKind int

// The kinds.
const (
	ChooseHost    ChoiceKind = iota // that carries something
	ChooseLogs                      // a host whose logs can be read
	ChooseCheck                     // any check
	ChooseLatched                   // a check that waits for a reset
	ChooseBroken                    // a check that is not ok
)

// Choices are what a command of the requester can be about, worst first, then by name.
func (k *Actions) Choices(ctx context.Context, who model.Actor, kind ChoiceKind) ([]Choice, error) {
	if err := k.need(ctx, who, model.RoleViewer, "choices", ""); err != nil {
		return nil, err
	}
	inv := k.d.Inventory.Current()
	var seen []*model.Check
	for _, c := range inv.Checks() {
		if who.Scope.Sees(c.Client()) {
			seen = append(seen, c)
		}
	}
	states := k.d.Alerts.StateOf(who.Scope, seen).Checks
	var all []Choice
	at := map[string]int{}
	for i, c := range seen {
		choice := Choice{Name: string(c.ID), Word: string(c.ID), State: states[i]}
		if c.Endpoint == nil {
			choice.Word = "check:" + choice.Word
		}
		if kind == ChooseHost || kind == ChooseLogs {
			if c.Endpoint == nil {
				continue
			}
			choice.Name, choice.Word = c.Endpoint.Host, "host:"+c.Endpoint.Host
		}
		j, there := at[choice.Word]
		switch {
		case !there:
			at[choice.Word] = len(all)
			all = append(all, choice)
		case rank(&choice.State) < rank(&all[j].State):
			all[j] = choice
		}
	}
	all = slices.DeleteFunc(all, func(c Choice) bool { return !k.chosen(kind, &c) })
	slices.SortStableFunc(all, func(a, b Choice) int {
		if by := rank(&a.State) - rank(&b.State); by != 0 {
			return by
		}
		return model.CompareNatural(a.Name, b.Name)
	})
	return all, nil
}

// chosen reports whether a choice is one of a kind.
func (k *Actions) chosen(kind ChoiceKind, c *Choice) bool {
	switch kind {
	case ChooseLogs:
		return k.HasLogs([]string{c.Name})
	case ChooseLatched:
		return c.State.Condition() == model.ConditionLatched
	case ChooseBroken:
		return c.State.Condition() != model.ConditionOK
	default:
		return true
	}
}
