package app

import (
	"github.com/sirupsen/logrus"

	"opsbot/inventory"
)

// nameLog writes to the log which names DNS has stopped to answer for, and which it answers for again. One goroutine
// uses it at a time.
type nameLog struct {
	log     logrus.FieldLogger
	failing map[string]bool
}

// look writes what differs from the last look.
func (l *nameLog) look(warnings []inventory.Warning) {
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
