package app

import (
	"sync/atomic"
	"time"

	"opsbot/checks"
	"opsbot/inventory"
	"opsbot/model"
)

// links are what checks ask of the rest of the daemon. Checks are made from the configuration before the rest is: a part
// is there once it is set.
type links struct {
	heartbeatReceiver
	live atomic.Pointer[inventory.Live]
	now  func() time.Time // nil is time.Now
}

func (l *links) checkDeps() checks.Deps { return checks.Deps{Hosts: l, Heartbeats: l, Now: l.now} }

// Pick implements checks.HostPicker.
func (l *links) Pick(words []string) []model.Host {
	if live := l.live.Load(); live != nil {
		return inventory.Pick(live.Current(), words)
	}
	return nil
}
