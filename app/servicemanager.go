package app

import (
	"context"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// runServiceManager tells systemd that we are ready, feeds its watchdog while opsbot works, and tells it that we stop.
func (a *App) runServiceManager(ctx context.Context) error {
	notify := func(state string) {
		if _, err := daemon.SdNotify(false, state); err != nil {
			a.component("systemd").WithError(err).Warn("notify systemd")
		}
	}
	notify(daemon.SdNotifyReady)
	defer notify(daemon.SdNotifyStopping)
	every, err := daemon.SdWatchdogEnabled(false)
	if err != nil || every == 0 {
		<-ctx.Done()
		return nil
	}
	tick := time.NewTicker(every / 2)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if err := a.alive(); err != nil { // alive never returns from a manager that is stuck: then nothing is fed as well
				a.component("systemd").WithError(err).Error("the watchdog is not fed")
				continue
			}
			notify(daemon.SdNotifyWatchdog)
		}
	}
}
