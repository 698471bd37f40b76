package setup

import (
	"opsbot/alerts"
	"opsbot/model"
)

// critical is an incident that may open, and the client or check that it is of.
type critical struct {
	of    string
	in    model.Incident
	about alerts.About
}

// criticals are a critical incident of each service of each client, and of each standalone check whose incidents are critical.
func (n *noter) criticals() []critical {
	var all []critical
	for _, s := range n.inv.Services() {
		client, _ := n.inv.Client(s.Client)
		c := critical{of: s.Client, about: alerts.About{Labels: []model.Labels{client.Labels}}}
		c.in = model.Incident{Kind: model.IncidentService, ServiceKey: s.ServiceKey, Severity: model.SeverityCritical, Affected: []model.ServiceState{
			{ServiceKey: s.ServiceKey, Verdict: model.VerdictDown, Tier: s.Tier},
		}}
		all = append(all, c)
	}
	for _, check := range n.inv.Checks() {
		if check.Endpoint != nil || check.Severity != model.SeverityCritical {
			continue
		}
		c := critical{of: string(check.ID), about: alerts.About{Labels: []model.Labels{check.Labels}}}
		c.in = model.Incident{Kind: model.IncidentCheck, Check: check.ID, Severity: model.SeverityCritical}
		all = append(all, c)
	}
	return all
}
