package app

import (
	"fmt"
	"math"
	"time"

	"opsbot/app/setup"
	"opsbot/texts"
)

// logStartup writes what runs, and how to become the admin when there is none.
func (t *term) logStartup() {
	inv := t.live.Current()
	cfg := t.conf.current().Config
	log := t.component("app")
	log.WithFields(map[string]any{
		"socket": cfg.Control.Socket, "instance": cfg.Instance.Name, "version": t.Version,
		"clients": len(inv.Clients()), "hosts": len(inv.Hosts()), "checks": len(inv.Checks()),
	}).Info("opsbot runs")
	if t.chat == nil {
		log.Warn("there is no Telegram token: alerts go to the console only")
		return
	}
	if code, ends, open := t.people.OpenPairing(); open {
		p := t.texts.For(setup.Language(t.Getenv))
		fmt.Fprintln(t.Stdout, p.T("console.pairing", texts.Args{"minutes": math.Round(time.Until(ends).Minutes()), "code": code}))
		log.WithField("code", code).Warn("there is no admin: send the bot /start and this code")
	}
}
