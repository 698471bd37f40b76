package app

import (
	"github.com/sirupsen/logrus"

	"opsbot/inventory"
)

// nameLog writes to the log for which names DNS has stopped to answer, and for which it answers again. One goroutine
// uses it at a time.
type nameLog struct {
	log     logrus.FieldLogger
	failing map[string]bool
}

// update writes what differs from the last update.
func (l *nameLog) update(warnings []inventory.Warning) {
	now := make(map[string]bool, len(warnings))
	for _, w := range warnings {
		now[w.Name] = true
		if !l.failing[w.Name] {
			l.log.WithFields(logrus.Fields{"name": w.Name, "reason": string(w.Reason.Code), "kept": w.Kept}).Warn("no DNS answer for a name")
		}
	}
	for name := range l.failing {
		if !now[name] {
			l.log.WithField("name", name).Info("DNS answers for a name again")
		}
	}
	l.failing = now
}
