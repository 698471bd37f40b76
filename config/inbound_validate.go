package config

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"opsbot/model"
)

// minSecret is the shortest secret of a hook, in bytes; see minToken.
const minSecret = minToken

// sourceAbility is what a kind of source can do: answer polls, send to a hook, take acknowledgements.
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

// sourceNames lists the kinds as the documents do.
func sourceNames() []string {
	return []string{string(model.SourceAlertmanager), string(model.SourceIcinga), string(model.SourceZabbix), string(model.SourceGeneric)}
}

// inbound validates the sources of events.
func (l *loader) inbound(root *node, cfg *Config) {
	known := newNames(l, model.Sentence{})
	for i := range cfg.Inbound {
		s := source{loader: l, n: root.child("inbound").item(i), in: &cfg.Inbound[i], listens: cfg.Web.Listen != ""}
		if s.n == nil || !s.n.isTable {
			continue
		}
		known.add(s.n, s.in.Name)
		s.validate()
	}
}

// source is one [[inbound]] to validate.
type source struct {
	*loader
	n       *node
	in      *Inbound
	kind    sourceAbility
	listens bool
}

func (s *source) has(key string) bool { return s.n.child(key) != nil }

func (s *source) fail(key string, what model.Sentence) { s.wrong(s.n, key, what) }

func (s *source) validate() {
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
	s.lists()
	var known bool
	if s.kind, known = sourceKinds[s.in.Kind]; !known {
		s.unknownKind()
		return
	}
	s.addresses()
	if len(s.in.URLs) == 0 && !s.has("disconnected_after") {
		s.in.DisconnectedAfter = 0 // no events may just mean that all is well
	}
	s.login()
	s.hook()
	s.mapping()
	s.writeback()
}

// pathSegment is a name that needs no escaping in a URL.
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

// addresses checks the URLs of the source, and collects them in URLs.
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

// disconnected says that no event could ever arrive.
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
		case u.scheme() == "http" && !u.isLocal() && s.hasAny("password", "password_file", "token", "token_file"):
			s.fail(key, model.Say("config.inbound.clear"))
		}
	}
}

// isLocal reports whether the address is of this machine.
func (u URL) isLocal() bool {
	parsed := u.parsed()
	a, err := netip.ParseAddr(parsed.Hostname())
	return parsed.Hostname() == "localhost" || err == nil && a.Unmap().IsLoopback()
}
