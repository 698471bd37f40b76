package cli

import (
	"context"
	"fmt"
	"time"

	"opsbot/app/setup"
	"opsbot/checks"
	"opsbot/inventory"
	"opsbot/logs"
	"opsbot/model"
	"opsbot/ops"
)

// byHand is the actor of a command that runs by itself.
var byHand = model.Actor{Via: "cli", Role: model.RoleAdmin}

// offline is what the use cases need for a command that runs by itself: no states, no audit log.
func offline(live *inventory.Live) ops.Deps {
	return ops.Deps{
		Inventory: setup.InventoryView{Live: live}, Engine: setup.Pool{Engine: checks.NewEngine(checks.DefaultLimits(), time.Now).Redacting(redact), Kind: checks.OnDemand},
		Alerts: noAlerts{}, Audit: noAudit{}, Recheck: func(model.CheckID) {}, Now: time.Now,
	}
}

// redact replaces the secrets in what targets say.
func redact(text string) string { return logs.Text(text, nil) }

// lookUp builds the inventory of a configuration, with the hosts that DNS knows.
func lookUp(ctx context.Context, l *setup.Loaded) (*inventory.Live, error) {
	live := inventory.NewLive(l.Source(), inventory.Options{})
	ctx, cancel := context.WithTimeout(ctx, setup.FirstLookup)
	defer cancel()
	if err := live.Start(ctx); err != nil {
		return nil, fmt.Errorf("look up names: %w", err)
	}
	return live, nil
}

// noAlerts has no states: a command that runs by itself judges nothing.
type noAlerts struct{}

// State implements ops.Alerts.
func (noAlerts) State(model.CheckID) (model.CheckState, bool) { return model.CheckState{}, false }

// States implements ops.Alerts.
func (noAlerts) States() map[model.CheckID]model.CheckState { return nil }

// Overview implements ops.Alerts.
func (noAlerts) Overview(model.Scope) model.Overview { return model.Overview{} }

// StateOf implements ops.Alerts.
func (noAlerts) StateOf(_ model.Scope, checks []*model.Check) model.SelectionState {
	return model.SelectionState{Checks: make([]model.CheckState, len(checks))}
}

// OpenIncidents implements ops.Alerts.
func (noAlerts) OpenIncidents(model.Scope) []model.Incident { return nil }

// Incident implements ops.Alerts.
func (noAlerts) Incident(model.IncidentID) (model.Incident, bool) { return model.Incident{}, false }

// noAudit keeps no audit log: the shell's history has what was run.
type noAudit struct{}

// Audit implements ops.Auditor.
func (noAudit) Audit(context.Context, model.AuditEntry) error { return nil }
