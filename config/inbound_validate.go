package config

import (
	"crypto/tls"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"opsbot/model"
)

// leastSecret is how long the secret of a hook must be, in bytes; see leastToken.
const leastSecret = leastToken

// sourceAbility is what the systems of a kind can do.
type sourceAbility struct {
	asked, hooks, acks bool
	title              string // its proper name; "" when it has none
}

var sourceKinds = map[model.SourceKind]sourceAbility{
	model.SourceAlertmanager: {asked: true, hooks: true, title: "Alertmanager"},
	model.SourceIcinga:       {asked: true, acks: true, title: "Icinga"},
	model.SourceZabbix:       {asked: true, hooks: true, acks: true, title: "Zabbix"},
	model.SourceGeneric:      {hooks: true},
}

// sourceNames lists the kinds in the order of their telling.
func sourceNames() []string {
	return []string{string(model.SourceAlertmanager), string(model.SourceIcinga), string(model.SourceZabbix), string(model.SourceGeneric)}
}

// inbound judges the sources of events.
func (l *loader) inbound(root *node, cfg *Config) {
	known := newNames(l, model.Sentence{})
	for i := range cfg.Inbound {
		s := source{loader: l, n: root.child("inbound").item(i), in: &cfg.Inbound[i], listens: cfg.Web.Listen != ""}
		if s.n == nil || !s.n.isTable {
			continue
		}
		known.add(s.n, s.in.Name)
		s.judge()
	}
}

// source is one [[inbound]] that is judged.
type source struct {
	*loader
	n       *node
	in      *Inbound
	kind    sourceAbility
	listens bool
}

func (s *source) has(key string) bool { return s.n.child(key) != nil }

func (s *source) fail(key string, what model.Sentence) { s.wrong(s.n, key, what) }

func (s *source) judge() {
	s.name()
	for _, secret := range []struct {
		key   string
		value *Secret
		file  string
	}{{"password", &s.in.Password, s.in.PasswordFile}, {"token", &s.in.Token, s.in.TokenFile}, {"secret", &s.in.Secret, s.in.SecretFile}} {
		s.secret(s.n, secret.key, secret.value, secret.file)
	}
	s.trust(s.n, &s.in.Trust)
	s.certificate()
	s.words()
	var known bool
	if s.kind, known = sourceKinds[s.in.Kind]; !known {
		s.unknownKind()
		return
	}
	s.addresses()
	if len(s.in.URLs) == 0 && !s.has("disconnected_after") {
		s.in.DisconnectedAfter = 0 // nothing need be wrong where it sends nothing, and it cannot be asked
	}
	s.login()
	s.hook()
	s.mapping()
	s.writes()
}

// pathSegment is what stands in an address without being written otherwise.
var pathSegment = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._~-]*$`)

func (s *source) name() {
	if name := s.in.Name; model.CheckName(name) == nil && !pathSegment.MatchString(name) {
		s.fail("name", model.Say("config.inbound.name", "got", name))
	}
}

func (s *source) unknownKind() {
	kind := string(s.in.Kind)
	switch {
	case !s.has("kind"):
		s.fail("", model.Say("config.missing.one_of", "key", "kind", "allowed", sourceNames()))
	case strings.EqualFold(kind, "prometheus"):
		s.fail("kind", model.Say("config.inbound.prometheus_kind", "got", kind))
	default:
		s.fail("kind", unknownKind(kind, sourceNames()))
	}
}

// addresses judges where the source is asked, and gathers all of that in URLs.
func (s *source) addresses() {
	in := s.in
	key := "urls"
	if s.has("url") {
		key = "url"
		if s.has("urls") {
			s.fail("urls", model.Say("config.both", "key", "url", "other", "urls"))
		} else if in.URL != (URL{}) {
			in.URLs = []URL{in.URL}
		}
	}
	asked := s.hasAny("url", "urls")
	switch {
	case asked && !s.kind.asked:
		s.fail(key, model.Say("config.inbound.not_asked", "kind", in.Kind, "name", in.Name))
	case s.has("urls") && in.Kind != model.SourceAlertmanager && s.kind.asked:
		s.fail("urls", model.Say("config.inbound.one_url", "kind", s.kind.title))
	case s.has("urls") && len(in.URLs) == 0 && !s.has("url"):
		s.fail("urls", model.Say("config.empty.one"))
	case !asked && in.Kind == model.SourceIcinga:
		s.fail("", model.Say("config.missing.like", "key", "url", "example", "https://icinga.example.com:5665"))
	}
	if (!asked || !s.kind.asked) && s.in.Kind != model.SourceIcinga && !s.hasAny("secret", "secret_file") {
		s.fail("", s.disconnected())
	}
	s.addressesOf(key, in.URLs)
	s.addressesOf("prometheus", in.Prometheus)
	if s.has("prometheus") && in.Kind != model.SourceAlertmanager {
		s.fail("prometheus", model.Say("config.inbound.prometheus"))
	}
}

// disconnected says that no event could ever come.
func (s *source) disconnected() model.Sentence {
	if s.kind.asked {
		return model.Say("config.missing.url_or_secret", "key", "url")
	}
	return model.Say("config.missing.secret", "key", "secret")
}

func (s *source) hasAny(keys ...string) bool { return slices.ContainsFunc(keys, s.has) }

func (s *source) addressesOf(key string, urls []URL) {
	s.loader.addresses(s.n, key, urls, "http", "https")
	for _, u := range urls {
		switch {
		case u.parsed().User != nil:
			s.fail(key, model.Say("config.inbound.login_in_url"))
		case u.scheme() == "http" && !u.near() && s.hasAny("password", "password_file", "token", "token_file"):
			s.fail(key, model.Say("config.inbound.clear"))
		}
	}
}

// near reports whether the address is this machine's own.
func (u URL) near() bool {
	parsed := u.parsed()
	a, err := netip.ParseAddr(parsed.Hostname())
	return parsed.Hostname() == "localhost" || err == nil && a.Unmap().IsLoopback()
}

// login judges what the source is shown when it is asked.
func (s *source) login() {
	in := s.in
	password, token := s.hasAny("password", "password_file"), s.hasAny("token", "token_file")
	switch {
	case !s.hasAny("url", "urls"):
		for _, key := range []string{"user", "password", "password_file", "token", "token_file", "client_cert", "server_name", "ca_file"} {
			if s.has(key) {
				s.fail(key, model.Say("config.needs", "other", "url"))
			}
		}
		return
	case password && in.User == "":
		s.fail("password", model.Say("config.login.no_user"))
	case in.User != "" && !password:
		s.fail("user", model.Say("config.login.no_password"))
	case in.User != "" && token:
		s.fail("token", model.Say("config.both", "key", "user", "other", "token"))
	}
	switch {
	case in.Kind == model.SourceIcinga && token:
		s.fail("token", model.Say("config.inbound.icinga_token"))
	case in.Kind == model.SourceIcinga && in.User == "" && !password && !s.has("client_cert"):
		s.fail("", model.Say("config.missing.icinga_login", "key", "user"))
	case in.Kind == model.SourceZabbix && !token:
		s.fail("", model.Say("config.missing.zabbix_token", "key", "token"))
	}
}

// certificate reads the one that opsbot shows.
func (s *source) certificate() {
	switch cert, key := s.in.ClientCert, s.in.ClientKey; {
	case cert == "" && key == "":
	case key == "":
		s.fail("client_cert", model.Say("config.needs", "other", "client_key"))
	case cert == "":
		s.fail("client_key", model.Say("config.needs", "other", "client_cert"))
	default:
		s.pair(cert, key)
	}
}

// pair reads a certificate and its key from their files.
func (s *source) pair(cert, key string) {
	certPEM, err := readBounded(s.beside(cert))
	if err != nil {
		s.fail("client_cert", unreadable(cert, err))
		return
	}
	keyPEM, err := readBounded(s.beside(key))
	if err != nil {
		s.fail("client_key", unreadable(key, err))
		return
	}
	pair, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil { // what it says may quote the file
		s.fail("client_cert", model.Say("config.inbound.certificate", "cert", cert, "file", key))
		return
	}
	s.in.Certificates = []tls.Certificate{pair}
}

// hook judges what lets the source in.
func (s *source) hook() {
	size := len(s.in.Secret.Reveal())
	key := "secret"
	if s.in.SecretFile != "" {
		key = "secret_file"
	}
	switch {
	case !s.hasAny("secret", "secret_file"):
	case !s.kind.hooks:
		s.fail(key, model.Say("config.inbound.no_hooks", "kind", s.kind.title))
	case size < leastSecret && (size > 0 || key == "secret"): // a file that could not be read was reported
		s.fail(key, model.Say("config.secret.short", "size", size, "least", leastSecret))
	case !s.listens:
		s.fail(key, model.Say("config.needs_listen"))
	}
}

// words judges lists of words: an empty one would fit nothing, or everything.
func (s *source) words() {
	for _, list := range []struct {
		key   string
		words []string
	}{{"host_from", s.in.HostFrom}, {"hosts_by", s.in.HostsBy}, {"domains", s.in.Domains}} {
		if s.has(list.key) && len(list.words) == 0 {
			s.fail(list.key, model.Say("config.empty.one"))
		}
		for i, word := range list.words {
			if strings.TrimSpace(word) == "" {
				s.fail(list.key, model.Say("config.empty", "key", indexedKey(list.key, i)))
			} else if slices.Contains(list.words[:i], word) {
				s.fail(list.key, model.Say("config.twice", "key", indexedKey(list.key, i), "got", word))
			}
		}
	}
	for i, way := range s.in.HostsBy {
		key, isLabel := strings.CutPrefix(way, "label:")
		if way = strings.TrimSpace(way); way != "" && !slices.Contains([]string{"name", "alias", "address"}, way) && (!isLabel || key == "") {
			s.fail("hosts_by", model.OneOf(indexedKey("hosts_by", i), []byte(way), "name", "alias", "address", "label:KEY").What)
		}
	}
	for i, domain := range s.in.Domains {
		if strings.ContainsAny(strings.TrimSpace(domain), ":/@*, ") {
			s.fail("domains", model.Say("config.like", "key", indexedKey("domains", i), "got", domain, "example", "example.com"))
		}
	}
	for _, label := range slices.Sorted(maps.Keys(s.in.Ignore)) {
		if values := s.in.Ignore[label]; len(values) == 0 || slices.Contains(values, "") || label == "" {
			s.fail("ignore", model.Say("config.inbound.ignore", "label", label))
		}
	}
}

// mapping judges where things stand in what a generic source sends.
func (s *source) mapping() {
	if s.in.Kind != model.SourceGeneric {
		if s.has("mapping") {
			s.fail("mapping", model.Say("config.inbound.mapping", "kind", s.kind.title))
		}
		return
	}
	m := s.in.Mapping
	var missing []string
	for _, need := range []struct{ key, path string }{{"id", m.ID}, {"host", m.Host}, {"state", m.State}} {
		if strings.TrimSpace(need.path) == "" {
			missing = append(missing, need.key)
		}
	}
	if len(missing) > 0 {
		s.fail("mapping", model.Say("config.inbound.mapping.paths", "missing", missing))
	}
	if len(m.Over) == 0 && m.State != "" {
		s.fail("mapping", model.Say("config.inbound.mapping.over"))
	}
	for _, key := range []string{"critical", "info"} {
		if s.n.child("mapping").child(key) != nil && m.Severity == "" {
			s.fail("mapping", model.Say("config.needs", "key", "mapping."+key, "other", "mapping.severity"))
		}
	}
}

// writes judges what may be done at the source, and settles what nobody said.
func (s *source) writes() {
	asked := s.hasAny("url", "urls")
	can := s.kind.acks && asked
	if !s.has("acknowledge") {
		s.in.Acknowledge = can
	}
	switch {
	case !s.has("acknowledge") || !s.in.Acknowledge:
	case s.in.Kind == model.SourceAlertmanager:
		s.fail("acknowledge", model.Say("config.inbound.no_acks"))
	case !can:
		s.fail("acknowledge", s.cannot())
	}
	if s.in.Downtime && !asked {
		s.fail("downtime", s.cannot())
	}
}

// cannot says why nothing can be written to the source.
func (s *source) cannot() model.Sentence {
	if s.kind.asked {
		return model.Say("config.needs", "other", "url")
	}
	return model.Say("config.inbound.only_sends")
}
