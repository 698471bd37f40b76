package config

import (
	"net/url"

	"opsbot/model"
)

// Watchdog is a URL to call regularly: the service behind it reports when the calls stop.
type Watchdog struct {
	PingURL     Secret         `toml:"ping_url"` // a secret, anybody can call it; Load fills it from ping_url_file
	PingURLFile string         `toml:"ping_url_file"`
	Every       model.Duration `toml:"every" range:"10s..1d"`
}

func (l *loader) watchdog(n *node, w *Watchdog) {
	l.secret(n, "ping_url", &w.PingURL, w.PingURLFile)
	if w.PingURL.IsZero() {
		return
	}
	u, err := url.Parse(w.PingURL.Reveal())
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		l.wrong(n, "ping_url", model.Say("config.secret_url", "example", "https://hc.example.com/ping/…"))
	}
}
