package config

import "opsbot/model"

// publicURL validates the address under which people reach the listener.
func (l *loader) publicURL(n *node, w *Web) {
	if w.PublicURL == (URL{}) {
		return
	}
	u := w.PublicURL.parsed()
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		l.wrong(n, "public_url", model.Say("config.scheme", "got", u.Scheme, "allowed", []string{"http", "https"}))
	case u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		l.wrong(n, "public_url", model.Say("config.like", "got", w.PublicURL, "example", "https://ops.example.com"))
	case w.Listen == "":
		l.wrong(n, "public_url", model.Say("config.needs", "other", "listen"))
	}
}
