package config

import (
	"crypto/tls"
	"errors"
	"io/fs"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"opsbot/model"
)

// validate finds the mistakes that no single value shows: missing keys, duplicates, unknown names.
func (l *loader) validate(root *node, cfg *Config) {
	l.instance(root.child("instance"), cfg)
	l.telegram(root.child("telegram"), &cfg.Telegram)
	l.paths(root, cfg)
	l.watchdog(root.child("watchdog"), &cfg.Watchdog)
	l.cluster(root, cfg)
	l.inventory(root, cfg)
	l.routes(root, cfg)
	l.notifications(root, cfg)
	l.onCall(root, cfg)
	l.gateways(root, cfg)
	l.tokens(root.child("web"), cfg)
	l.publicURL(root.child("web"), &cfg.Web)
	l.inbound(root, cfg)
	l.logs(root, cfg)
	l.standalone(root.child("checks"), cfg)
	if root.child("alerts").child("console") == nil {
		cfg.Alerts.Console = cfg.Telegram.Token.IsZero()
	}
	cfg.setZones()
}

func (l *loader) instance(n *node, cfg *Config) {
	if a := cfg.Instance.LocalIP; a != autoIP && !isAddress(a) {
		l.wrong(n, "local_ip", model.Say("config.instance.local_ip", "got", a))
	}
	if a := cfg.Instance.ExternalIP; a != "" && !isAddress(a) {
		l.wrong(n, "external_ip", model.Say("config.not_ip", "got", a))
	}
	if u := cfg.Instance.ExternalIPURL; u != (URL{}) {
		if scheme := u.scheme(); scheme != "http" && scheme != "https" {
			l.wrong(n, "external_ip_url", model.Say("config.scheme", "got", scheme, "allowed", []string{"http", "https"}))
		}
		if cfg.Instance.ExternalIP != "" {
			l.wrong(n, "external_ip_url", model.Say("config.both", "key", "external_ip", "other", "external_ip_url"))
		}
	}
}

// tokenForm matches a bot token: the id of the bot and a secret.
var tokenForm = regexp.MustCompile(`^[0-9]+:[A-Za-z0-9_-]+$`)

func (l *loader) telegram(n *node, t *Telegram) {
	l.token(n, t)
	l.addresses(n, "api_urls", t.APIURLs, "http", "https")
	l.addresses(n, "proxies", t.Proxies, "http", "https", "socks5")
	if len(t.APIURLs) == 0 {
		l.wrong(n, "api_urls", model.Say("config.empty.one"))
	}
	l.chats(n.child("chats"), t.Chats)
	seen := map[model.UserID]bool{}
	for i, user := range t.Users {
		item := n.child("users").item(i)
		if item.child("id") == nil {
			l.wrong(item, "", model.Say("config.missing.user_id", "key", "id"))
		} else if seen[user.ID] {
			l.wrong(item, "id", model.Say("config.telegram.user_twice", "id", user.ID))
		}
		seen[user.ID] = true
		if user.Role == model.RoleNone {
			l.wrong(item, "role", noRole())
		}
		l.notEmptyLimit(item, "clients")
	}
}

// notEmptyLimit reports an empty list of a limit: it would mean no limit.
func (l *loader) notEmptyLimit(n *node, key string) {
	if list := n.child(key); list != nil && list.isArray && len(list.items) == 0 {
		l.wrong(n, key, model.Say("config.empty.limit"))
	}
}

func (l *loader) token(n *node, t *Telegram) {
	if !t.Token.IsZero() && t.TokenFile != "" {
		l.wrong(n, "token_file", model.Say("config.both", "key", "token", "other", "token_file"))
		return
	}
	key := "token"
	env := strings.TrimSpace(l.opts.Getenv(tokenEnv))
	switch {
	case env != "": // it wins; maybe only the service can read the file
		t.Token, key = NewSecret(env), tokenEnv
	case tokenForm.MatchString(t.TokenFile):
		l.wrong(n, "token_file", model.Say("config.telegram.token_file"))
		return
	case t.TokenFile != "":
		key = "token_file"
		data, err := readBounded(l.beside(t.TokenFile))
		if err != nil {
			l.wrong(n, key, unreadable(t.TokenFile, err))
			return
		}
		t.Token = NewSecret(strings.TrimSpace(string(data)))
		if t.Token.IsZero() {
			l.wrong(n, key, model.Say("config.file.empty", "file", t.TokenFile))
		}
	}
	if !t.Token.IsZero() && !tokenForm.MatchString(t.Token.Reveal()) {
		l.wrong(n, key, model.Say("config.telegram.token"))
	}
}

func (l *loader) addresses(n *node, key string, urls []URL, schemes ...string) {
	for i, u := range urls {
		if scheme := u.scheme(); scheme != "" && !slices.Contains(schemes, scheme) {
			l.wrong(n, key, model.Say("config.scheme", "key", indexedKey(key, i), "got", scheme, "allowed", schemes))
		}
	}
}

func (l *loader) chats(n *node, chats []Chat) {
	names := newNames(l, model.Sentence{})
	type topic struct {
		chat  model.ChatID
		topic int
	}
	seen := map[topic]bool{}
	for i, chat := range chats {
		item := n.item(i)
		names.add(item, chat.Name)
		where := topic{chat.ID, chat.Topic}
		switch {
		case item.child("id") == nil:
			l.wrong(item, "", model.Say("config.missing.chat_id", "key", "id"))
		case chat.ID == 0:
			l.wrong(item, "id", model.Say("config.telegram.no_chat"))
		case seen[where]:
			l.wrong(item, "id", model.Say("config.telegram.chat_twice", "id", chat.ID, "topic", chat.Topic))
		}
		seen[where] = true
		l.notEmptyLimit(item, "clients")
	}
}

// database checks where the database is: in a file, or on a server. Problems do not quote the connection string, which is a secret.
func (l *loader) database(n *node, s *Store) {
	if s.Path == "" {
		l.wrong(n, "path", model.Say("config.empty"))
	}
	if n == nil || !n.isTable {
		return
	}
	l.secret(n, "dsn", &s.DSN, s.DSNFile)
	key := "dsn"
	if s.DSNFile != "" {
		key = "dsn_file"
	}
	if n.child("path") != nil && n.child(key) != nil {
		l.wrong(n, key, model.Say("config.both", "key", "path", "other", key))
	}
	if !s.DSN.IsZero() && !isDSN(s.DSN.Reveal()) || n.child("dsn") != nil && s.DSN.IsZero() {
		l.wrong(n, key, model.Say("config.store.dsn"))
	}
}

// isDSN reports whether a text has a form of PostgreSQL's: a URL, or key=value.
func isDSN(text string) bool {
	u, err := url.Parse(text)
	if err == nil && u.Scheme != "" {
		return u.Scheme == "postgres" || u.Scheme == "postgresql"
	}
	return !strings.Contains(text, "://") && keyValue.MatchString(text)
}

var keyValue = regexp.MustCompile(`(^|\s)(host|hostaddr|dbname|service|user)\s*=`)

// maxSocket is the longest path of a unix socket on Linux, in bytes: sun_path of unix(7) without its final zero.
const maxSocket = 107

func (l *loader) paths(root *node, cfg *Config) {
	l.database(root.child("store"), &cfg.Store)
	cfg.Store.Path = l.beside(cfg.Store.Path)
	if root.child("control").child("socket") == nil {
		cfg.Control.Socket = defaultSocket(cfg.Store.Path)
	}
	cfg.Control.Socket = l.beside(cfg.Control.Socket)
	if len(cfg.Control.Socket) > maxSocket {
		l.wrong(root.child("control"), "socket",
			model.Say("config.socket", "path", cfg.Control.Socket, "size", len(cfg.Control.Socket), "most", maxSocket))
	}
	if listen := cfg.Web.Listen; listen != "" {
		_, port, err := net.SplitHostPort(listen)
		if n, errPort := strconv.Atoi(port); err != nil || errPort != nil || n < 0 || n > 65535 {
			l.wrong(root.child("web"), "listen", model.Say("config.like", "got", listen, "example", "127.0.0.1:8080"))
		}
	}
	l.certificate(root.child("web"), &cfg.Web)
	for i := range cfg.Inventory {
		l.inventoryFile(root.child("inventory").item(i), &cfg.Inventory[i])
	}
}

// certificate checks the files of the listener's TLS, which belong together.
func (l *loader) certificate(n *node, w *Web) {
	for _, key := range []struct{ name, value, other, needs string }{
		{"cert_file", w.CertFile, w.KeyFile, "key_file"}, {"key_file", w.KeyFile, w.CertFile, "cert_file"},
	} {
		switch {
		case key.value == "":
		case key.other == "":
			l.wrong(n, key.name, model.Say("config.needs", "other", key.needs))
			return
		case w.Listen == "":
			l.wrong(n, key.name, model.Say("config.needs", "other", "listen"))
			return
		}
	}
	if w.CertFile == "" {
		return
	}
	w.CertFile, w.KeyFile = l.beside(w.CertFile), l.beside(w.KeyFile)
	if _, err := tls.LoadX509KeyPair(w.CertFile, w.KeyFile); err != nil {
		l.wrong(n, "cert_file", model.Say("config.certificate", "file", w.CertFile, "other", w.KeyFile, "said", err))
	}
}

func (l *loader) inventoryFile(n *node, f *InventoryFile) {
	if f.Kind != defaultInventory {
		l.wrong(n, "kind", model.OneOf("kind", []byte(f.Kind), defaultInventory).What)
	}
	if n.child("path") == nil {
		l.wrong(n, "", model.Say("config.missing", "key", "path"))
		return
	}
	path := l.beside(f.Path)
	if info, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) && l.opts.NewInventory {
		f.Path = path
		return
	} else if err != nil {
		l.wrong(n, "path", unreadable(f.Path, err))
	} else if info.IsDir() {
		l.wrong(n, "path", model.Say("config.file.directory", "file", f.Path))
	}
	f.Path = path
}

// beside resolves a path relative to the main file.
func (l *loader) beside(path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(l.dir, path)
}

func (l *loader) schedule(n *node, expr model.Schedule) {
	if l.opts.CheckSchedule == nil {
		return
	}
	if err := l.opts.CheckSchedule(string(expr)); err != nil {
		l.wrong(n, "schedule", sentenceOf(err))
	}
}

// noRole says that the role "none" is not allowed.
func noRole() model.Sentence {
	return model.Say("config.value.one_of", "key", "role", "got", model.RoleNone, "allowed", "viewer, operator, admin")
}

// indexedKey is the i-th element of a list: "proxies[1]".
func indexedKey(key string, i int) string { return key + "[" + strconv.Itoa(i+1) + "]" }

func isAddress(text string) bool {
	_, err := netip.ParseAddr(text)
	return err == nil
}

// setZones sets the zone of all hours to alerts.timezone.
func (c *Config) setZones() {
	zone := c.Alerts.Timezone.Location()
	set := func(h *model.ActiveHours) {
		if h != nil {
			*h = h.In(zone)
		}
	}
	set(c.Alerts.Hours)
	set(c.Alerts.QuietHours)
	for i := range c.Routes {
		set(c.Routes[i].Hours)
		set(c.Routes[i].QuietHours)
	}
	for i := range c.Checks {
		set(c.Checks[i].Hours)
	}
}
