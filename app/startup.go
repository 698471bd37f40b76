package app

import (
	"fmt"
	"math"
	"time"

	"opsbot/app/setup"
	"opsbot/texts"
)

// logStartup writes what runs, and how to become the admin when there is none.
func (a *App) logStartup() {
	inv := a.live.Current()
	cfg := a.conf.current().Config
	log := a.component("app")
	log.WithFields(map[string]any{
		"socket": cfg.Control.Socket, "instance": cfg.Instance.Name, "version": a.Version,
		"clients": len(inv.Clients()), "hosts": len(inv.Hosts()), "checks": len(inv.Checks()),
	}).Info("opsbot runs")
	if a.chat == nil {
		log.Warn("there is no Telegram token: alerts go to the console only")
		return
	}
	if code, ends, open := a.people.OpenPairing(); open {
		p := a.texts.For(setup.Language(a.Getenv))
		fmt.Fprintln(a.Stdout, p.T("console.pairing", texts.Args{"minutes": math.Round(time.Until(ends).Minutes()), "code": code}))
		log.WithField("code", code).Warn("there is no admin: send the bot /start and this code")
	}
}
