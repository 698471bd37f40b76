package app

import (
	"opsbot/app/setup"
	"opsbot/inventory"
	"opsbot/model"
	"opsbot/ops"
)

// actionDeps are the parts that people act on.
type actionDeps struct {
	live    *inventory.Live
	runs    *checkRuns
	judging *alerting
	sources *eventSources
	outbox  *outbox
	reports *reports
	logs    *logReading
	issues  *healthIssues
}

// newActions makes the use cases.
func newActions(b *base, d *actionDeps) *ops.Actions {
	return ops.New(ops.Deps{
		Inventory:    setup.InventoryView{Live: d.live},
		Engine:       d.runs.onDemand(),
		Alerts:       d.judging.manager,
		Muter:        notifyOnChange{d.judging.manager, d.sources.writeback.Wake},
		Archive:      b.db,
		Audit:        b.db,
		Reports:      d.reports,
		Outbox:       messages{b.db, d.outbox.dispatcher},
		SetAside:     b.db,
		Windows:      func() []model.MaintenanceWindow { return b.conf.current().Windows() },
		Baselines:    b.db,
		Wait:         setup.Wait,
		Events:       d.judging.manager,
		Closer:       d.sources,
		Sources:      sourceDirectory{d.sources.sources, d.sources.writeback, d.judging.locator},
		Recheck:      d.runs.recheck,
		HealthIssues: d.issues.all,
		Past:         d.runs.recorder,
		Now:          b.Now,
		Logs:         d.logs,
		LogPolicy:    func() ops.LogPolicy { return b.conf.current().LogPolicy() },
		Collected:    d.logs.collected,
	})
}
