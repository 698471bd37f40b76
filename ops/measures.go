package ops

import (
	"context"

	"opsbot/model"
)

// Measures is how everything is that a program may see which collects metrics, as stored: no check is run for it.
type Measures struct {
	Checks   []CheckRow // by the inventory; Next is not set
	LeftOut  int        // checks beyond the bound
	Services []model.ServiceState
	Clients  map[string]model.Verdict // of their worst service
	OnCall   []ScheduleDuty           // without phones; nobody limited to clients sees it
}

// Measures returns at most that many checks with their states, and the services of all.
func (k *Actions) Measures(ctx context.Context, who model.Actor, most int) (*Measures, error) {
	if err := k.need(ctx, who, model.RoleViewer, "metrics", ""); err != nil {
		return nil, err
	}
	m := &Measures{Clients: map[string]model.Verdict{}}
	var checks []*model.Check
	for _, c := range k.d.Inventory.Current().Checks() {
		switch {
		case !who.Scope.Sees(c.Client()):
		case len(checks) == most:
			m.LeftOut++
		default:
			checks = append(checks, c)
		}
	}
	now := k.d.Alerts.StateOf(who.Scope, checks)
	m.Checks = make([]CheckRow, len(checks))
	for i, c := range checks {
		m.Checks[i] = CheckRow{Check: c, State: now.Checks[i]}
	}
	m.Services = now.Services
	for i := range m.Services {
		s := &m.Services[i]
		m.Clients[s.Client] = max(m.Clients[s.Client], s.Verdict)
	}
	a := &OnCall{At: k.d.Now()}
	roster := k.roster(who)
	for _, s := range roster.Schedules {
		m.OnCall = append(m.OnCall, a.duty(roster, s))
	}
	a.Schedules = m.OnCall
	a.HidePhones()
	return m, nil
}
