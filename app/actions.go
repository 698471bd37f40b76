package app

import (
	"context"
	"time"

	"github.com/sirupsen/logrus"

	"opsbot/app/setup"
	"opsbot/inventory"
	"opsbot/model"
	"opsbot/ops"
	"opsbot/store"
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
	rota    *ops.Rota
	people  *ops.People
	links   *ops.AckLinks
}

// newActions makes the use cases.
func newActions(b *base, d *actionDeps) *ops.Actions {
	return ops.New(ops.Deps{
		Inventory:    setup.InventoryView{Live: d.live},
		Engine:       d.runs.onDemand(),
		Alerts:       d.judging.manager,
		Numbers:      d.judging.manager,
		Muter:        notifyOnChange{d.judging.manager, d.sources.writeback.Wake},
		Archive:      b.db,
		Audit:        auditLog{b.db, b.component("audit")},
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
		NextRun:      d.runs.scheduler.NextRun,
		HealthIssues: d.issues.all,
		Leader:       b.cluster.reason(),
		Past:         d.runs.recorder,
		Now:          b.Now,
		Logs:         d.logs,
		LogPolicy:    func() ops.LogPolicy { return b.conf.current().LogPolicy() },
		Collected:    d.logs.collected,
		Rota:         d.rota,
		Links:        d.links,
		Duty:         duty(b, d.people),
		Gateways:     phones{d.outbox},
		Pager:        d.judging.manager,
		SentPages:    b.db.SentPages,
		PublicURL:    func() string { return b.conf.current().Config.Web.PublicURL.Reveal() },
		Contacts:     &contacts{b, d.people, d.outbox},
	})
}

// auditLog is the audit log. What the database refuses is in the log of the program, at least.
type auditLog struct {
	db  *store.DB
	log logrus.FieldLogger
}

// auditFor is how long an answer waits for its audit entry.
const auditFor = 3 * time.Second

// Audit implements ops.Auditor.
func (a auditLog) Audit(ctx context.Context, entry model.AuditEntry) error {
	ctx, cancel := context.WithTimeout(ctx, auditFor)
	defer cancel()
	err := a.db.Audit(ctx, entry)
	if err != nil {
		a.log.WithError(err).WithFields(auditFields(&entry)).Warn("an audit entry could not be stored")
	}
	return err
}
