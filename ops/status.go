package ops

import (
	"context"
	"slices"
	"strings"
	"time"

	"opsbot/model"
)

// Status is the current state, as stored: no check is run for it.
type Status struct {
	At       time.Time
	Selector model.Selector // zero: everything the requester may see
	Words    string         // as the requester wrote them
	Limited  bool           // to some clients: what is not here may be elsewhere

	Clients map[model.Verdict]int // clients by the verdict of their worst service
	model.CheckCounts
	Services []model.ServiceState // worst first, then by name
	Rows     []CheckRow           // selected checks, worst first; only with a Selector

	Incidents    []model.Incident // open, worst first
	Mutes        []model.Mute     // active, the one that ends first in front
	HealthIssues []model.Reason   // of opsbot itself
	Leader       model.Reason     // who leads, of several opsbots; zero: there is one, or the requester sees only a part
	Client       *model.Client    // set if exactly one client is selected
}

// CheckRow is one check with its state.
type CheckRow struct {
	Check *model.Check
	State model.CheckState
	Next  time.Time // when it runs next; zero: not known, or one of several
}

// Status returns the state of what the words select; without words, everything the requester may see.
func (k *Actions) Status(ctx context.Context, who model.Actor, words []string) (*Status, error) {
	if err := k.need(ctx, who, model.RoleViewer, "status", strings.Join(words, " ")); err != nil {
		return nil, err
	}
	inv := k.d.Inventory.Current()
	st := &Status{At: k.d.Now(), Words: strings.Join(words, " "), Limited: who.Scope.Limited}
	if len(words) > 0 {
		sel, err := k.resolve(inv, words, who.Scope)
		if err != nil {
			return nil, err
		}
		st.Selector = sel
	}
	open, err := k.addStates(st, inv, who.Scope)
	if err != nil {
		return nil, err
	}
	st.addIncidents(inv, who.Scope, k.numbered(ctx, who, open))
	st.Mutes = k.activeMutes(ctx, who, st.At)
	st.HealthIssues, st.Leader = k.healthIssues(who.Scope), k.leader(who.Scope)
	if len(st.Selector.Clients) == 1 {
		if c, ok := inv.Client(st.Selector.Clients[0]); ok {
			c = shownClient(who, c)
			st.Client = &c
		}
	}
	return st, nil
}

// addStates adds how what is selected is: checks, services; and returns the open incidents that may touch it. Without words that is all,
// which is counted where it is: nothing of the fleet is copied.
func (k *Actions) addStates(st *Status, inv *model.Inventory, scope model.Scope) ([]model.Incident, error) {
	if st.Words == "" {
		now := k.d.Alerts.Overview(scope)
		st.CheckCounts = now.CheckCounts
		st.addServices(now.Services)
		return now.Incidents, nil
	}
	selection := st.Selector.Select(inv, scope)
	if len(selection) == 0 {
		return nil, &model.Error{Code: model.ErrNothingSelected, Args: map[string]string{"words": shorten(st.Words)}}
	}
	now := k.d.Alerts.StateOf(scope, selection)
	for i, c := range selection {
		st.Add(c, &now.Checks[i])
		st.Rows = append(st.Rows, CheckRow{Check: c, State: now.Checks[i]})
	}
	slices.SortStableFunc(st.Rows, compareRows)
	if len(st.Rows) == 1 && k.d.NextRun != nil {
		st.Rows[0].Next = k.d.NextRun(st.Rows[0].Check.ID)
	}
	st.addServices(now.Services)
	return now.Incidents, nil
}

// compareRows orders checks worst first.
func compareRows(a, b CheckRow) int { return rank(&a.State) - rank(&b.State) }

func rank(s *model.CheckState) int {
	return slices.Index([]model.Condition{
		model.ConditionOpen, model.ConditionFailing, model.ConditionUnknown, model.ConditionLatched, model.ConditionOK,
	}, s.Condition())
}

func (st *Status) addServices(services []model.ServiceState) {
	worst := map[string]model.Verdict{}
	for i := range services {
		s := &services[i]
		worst[s.Client] = max(worst[s.Client], s.Verdict)
	}
	st.Services = services
	st.Clients = map[model.Verdict]int{}
	for _, v := range worst {
		st.Clients[v]++
	}
}

// addIncidents adds root incidents: of the whole fleet a storm as one, of a part of it the storm's incidents in that part.
func (st *Status) addIncidents(inv *model.Inventory, scope model.Scope, open []model.Incident) {
	selects := func(id model.CheckID) bool {
		c, known := inv.Check(id)
		return known && st.Selector.Matches(c) && scope.Sees(c.Client())
	}
	whole, storms := st.Selector.IsZero(), map[model.IncidentID]bool{}
	for i := range open {
		storms[open[i].ID] = open[i].Gathered()
	}
	for _, in := range open {
		touched := selects(in.Check) || slices.ContainsFunc(in.Failing, func(f model.FailingCheck) bool { return selects(f.Check) })
		switch {
		case in.Kind == model.IncidentConnectivity, in.Kind == model.IncidentSource, in.Kind == model.IncidentPage, in.Gathered() && in.Parent == 0 && whole:
			st.Incidents = append(st.Incidents, in)
		case touched && (in.Parent == 0 || storms[in.Parent] && !whole):
			st.Incidents = append(st.Incidents, in)
		}
	}
	slices.SortFunc(st.Incidents, func(a, b model.Incident) int { return model.CompareIncidents(&a, &b) })
}
