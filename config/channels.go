package config

import (
	"crypto/x509"
	"maps"
	"net"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"opsbot/model"
)

// Email is a mail server and its recipients.
type Email struct {
	Name         string        `toml:"name"` // of the target "email:NAME"
	SMTP         string        `toml:"smtp"` // host:port
	From         MailAddress   `toml:"from"`
	To           []MailAddress `toml:"to"` // at least one, unless only reports to clients use it
	CC           []MailAddress `toml:"cc"`
	ReplyTo      MailAddress   `toml:"reply_to"` // "": From
	User         string        `toml:"user"`     // "": no login
	Password     Secret        `toml:"password"` // Load fills it from password_file
	PasswordFile string        `toml:"password_file"`
	TLS          MailTLS       `toml:"tls"`
	Language     Language      `toml:"language"`
	Trust
	At model.Place `toml:"-"`
}

// Teams is a workflow of Microsoft Teams.
type Teams struct {
	Name     string      `toml:"name"`
	URL      Secret      `toml:"url"` // Load fills it from url_file
	URLFile  string      `toml:"url_file"`
	Language Language    `toml:"language"`
	At       model.Place `toml:"-"`
}

// Webhook is a receiver of signed JSON.
type Webhook struct {
	Name       string            `toml:"name"`
	URL        Secret            `toml:"url"` // Load fills it from url_file
	URLFile    string            `toml:"url_file"`
	Secret     Secret            `toml:"secret"` // signs requests; Load fills it from secret_file
	SecretFile string            `toml:"secret_file"`
	Headers    map[string]Secret `toml:"headers"`
	Language   Language          `toml:"language"` // of the field text
	Trust
	At model.Place `toml:"-"`
}

// Trust is the authorities whose certificates a channel accepts.
type Trust struct {
	CAFile string         `toml:"ca_file"` // PEM; replaces the machine's authorities
	Roots  *x509.CertPool `toml:"-"`       // of CAFile; nil: the machine's
}

func (e *Email) setDefaults() { *e = Email{TLS: MailStartTLS, Language: "en"} }

func (t *Teams) setDefaults() { *t = Teams{Language: "en"} }

func (w *Webhook) setDefaults() { *w = Webhook{Language: "en"} }

// MailAddress is "oncall@example.com" or "On call <oncall@example.com>".
type MailAddress string

// UnmarshalText accepts one address.
func (a *MailAddress) UnmarshalText(text []byte) error {
	if _, err := mail.ParseAddress(string(text)); err != nil {
		return &model.ValueError{What: model.Say("config.value.mail", "key", "address", "got", string(text))}
	}
	*a = MailAddress(text)
	return nil
}

// MailTLS is how a connection to a mail server is encrypted.
type MailTLS string

// The values of MailTLS.
const (
	MailStartTLS MailTLS = "starttls" // servers without STARTTLS are refused
	MailImplicit MailTLS = "tls"
	MailNone     MailTLS = "none"
)

// UnmarshalText accepts the values above.
func (m *MailTLS) UnmarshalText(text []byte) error {
	switch v := MailTLS(text); v {
	case MailStartTLS, MailImplicit, MailNone:
		*m = v
		return nil
	default:
		return model.OneOf("tls", text, MailStartTLS, MailImplicit, MailNone)
	}
}

// channels checks the channels other than chats, and returns the names of every kind of channel.
func (l *loader) channels(root *node, cfg *Config) map[string]*names {
	known := map[string]*names{
		"chat":    newNames(l, model.Say("config.unknown.chat")),
		"email":   newNames(l, model.Say("config.unknown.email")),
		"teams":   newNames(l, model.Say("config.unknown.teams")),
		"webhook": newNames(l, model.Say("config.unknown.webhook")),
	}
	for _, c := range cfg.Telegram.Chats {
		known["chat"].list = append(known["chat"].list, c.Name)
	}
	for i := range cfg.Email {
		n := root.child("email").item(i)
		known["email"].add(n, cfg.Email[i].Name)
		l.email(n, cfg, &cfg.Email[i])
	}
	for i := range cfg.Teams {
		t, n := &cfg.Teams[i], root.child("teams").item(i)
		known["teams"].add(n, t.Name)
		l.address(n, &t.URL, t.URLFile)
	}
	for i := range cfg.Webhook {
		n := root.child("webhook").item(i)
		known["webhook"].add(n, cfg.Webhook[i].Name)
		l.webhook(n, &cfg.Webhook[i])
	}
	return known
}

func (l *loader) email(n *node, cfg *Config, e *Email) {
	if !n.isTable {
		return
	}
	for _, key := range []string{"smtp", "from", "to"} {
		if n.child(key) == nil || (key == "to" && len(n.child(key).list()) == 0) {
			if key == "to" && cfg.onlyVia(e.Name) {
				continue
			}
			l.wrong(n, key, model.Say("config.missing"))
		}
	}
	if host, port, err := net.SplitHostPort(e.SMTP); e.SMTP != "" && (err != nil || host == "" || !isPort(port)) {
		l.wrong(n, "smtp", model.Say("config.like", "got", e.SMTP, "example", "smtp.example.com:587"))
	}
	l.secret(n, "password", &e.Password, e.PasswordFile)
	switch {
	case e.User == "" && (!e.Password.IsZero() || e.PasswordFile != ""):
		l.wrong(n, "password", model.Say("config.login.no_user"))
	case e.User != "" && n.child("password") == nil && n.child("password_file") == nil:
		l.wrong(n, "user", model.Say("config.login.no_password"))
	case e.User != "" && e.TLS == MailNone:
		l.wrong(n, "tls", model.Say("config.email.clear"))
	}
	l.trust(n, &e.Trust)
}

func isPort(text string) bool {
	n, err := strconv.Atoi(text)
	return err == nil && n >= 1 && n <= 65535
}

func (l *loader) webhook(n *node, w *Webhook) {
	l.address(n, &w.URL, w.URLFile)
	l.secret(n, "secret", &w.Secret, w.SecretFile)
	l.trust(n, &w.Trust)
	for _, name := range slices.Sorted(maps.Keys(w.Headers)) {
		switch value := w.Headers[name].Reveal(); {
		case !headerName.MatchString(name):
			l.wrong(n, "headers", model.Say("config.header.name", "name", name))
		case reserved.MatchString(name):
			l.wrong(n, "headers", model.Say("config.header.own", "name", name))
		case strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f }):
			l.wrong(n, "headers", model.Say("config.header.value", "name", name))
		}
	}
}

var (
	headerName = regexp.MustCompile(`^[A-Za-z0-9-]+$`)
	reserved   = regexp.MustCompile(`(?i)^(content-.*|host|transfer-encoding|connection|x-opsbot-.*)$`)
)

// secret reads a secret from KEY, or from the file in KEY_file.
func (l *loader) secret(n *node, key string, value *Secret, file string) {
	switch {
	case file == "":
	case n.child(key) != nil:
		l.wrong(n, key+"_file", model.Say("config.both", "key", key, "other", key+"_file"))
	default:
		data, err := readBounded(l.beside(file))
		if err != nil {
			l.wrong(n, key+"_file", unreadable(file, err))
			return
		}
		if *value = NewSecret(strings.TrimSpace(string(data))); value.IsZero() {
			l.wrong(n, key+"_file", model.Say("config.file.empty", "file", file))
		}
	}
}

// address checks a secret URL. Its problems do not quote it.
func (l *loader) address(n *node, value *Secret, file string) {
	if !n.isTable {
		return
	}
	l.secret(n, "url", value, file)
	key := "url"
	if file != "" {
		key = "url_file"
	}
	switch parsed, err := url.Parse(value.Reveal()); {
	case value.IsZero() && file != "": // secret reported it
	case n.child("url") == nil && file == "":
		l.wrong(n, "url", model.Say("config.missing"))
	case err != nil || (parsed.Scheme != "http" && parsed.Scheme != "https") || parsed.Hostname() == "":
		l.wrong(n, key, model.Say("config.secret_url", "example", "https://host/path"))
	}
}

// trust reads ca_file.
func (l *loader) trust(n *node, t *Trust) {
	if t.CAFile == "" {
		return
	}
	data, err := readBounded(l.beside(t.CAFile))
	if err != nil {
		l.wrong(n, "ca_file", unreadable(t.CAFile, err))
		return
	}
	if t.Roots = x509.NewCertPool(); !t.Roots.AppendCertsFromPEM(data) {
		l.wrong(n, "ca_file", model.Say("config.file.no_certificate", "file", t.CAFile))
	}
}

// used reports channels that no target names: nothing would ever be sent there.
func (l *loader) used(root *node, cfg *Config, known map[string]*names) {
	named := map[string]bool{}
	for _, t := range cfg.targets() {
		named[t.String()] = true
	}
	for _, kind := range channelKinds {
		for i, item := range root.child(kind).list() {
			name := ""
			if n := item.child("name"); n != nil {
				name, _ = n.value.(string)
			}
			if slices.Contains(known[kind].list, name) && !named[kind+":"+name] {
				l.wrong(root.child(kind).item(i), "", model.Say("config.unused", "target", kind+":"+name))
			}
		}
	}
}

// targets are the targets of all routes and reports, and of the fallback.
func (c *Config) targets() []Target {
	all := slices.Clone(c.Alerts.Fallback)
	for i := range c.Routes {
		all = append(all, c.Routes[i].To...)
	}
	for i := range c.Reports {
		r := &c.Reports[i]
		all = append(append(append(all, r.ToErrors...), r.ToFine...), r.Via)
	}
	return all
}
