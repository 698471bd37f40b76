package config

import (
	"crypto/tls"
	"fmt"
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
	title              string
}

var sourceKinds = map[model.SourceKind]sourceAbility{
	model.SourceAlertmanager: {asked: true, hooks: true, title: "Alertmanager"},
	model.SourceIcinga:       {asked: true, acks: true, title: "Icinga"},
	model.SourceZabbix:       {asked: true, hooks: true, acks: true, title: "Zabbix"},
	model.SourceGeneric:      {hooks: true, title: "a generic source"},
}

// sourceNames lists the kinds in the order of their telling.
func sourceNames() []string {
	return []string{string(model.SourceAlertmanager), string(model.SourceIcinga), string(model.SourceZabbix), string(model.SourceGeneric)}
}

// inbound judges the sources of events.
func (l *loader) inbound(root *node, cfg *Config) {
	known := newNames(l, "inbound")
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

func (s *source) say(key, format string, args ...any) {
	s.wrong(s.n, key, fmt.Sprintf(format, args...))
}

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
		s.say("name", "name %q is a part of the address of its hook: letters of English, digits and . _ ~ - only", name)
	}
}

func (s *source) unknownKind() {
	kind := string(s.in.Kind)
	switch {
	case !s.has("kind"):
		s.say("", "kind is missing: allowed are %s", strings.Join(sourceNames(), ", "))
	case strings.EqualFold(kind, "prometheus"):
		s.say("kind", `kind %q: its alerts come from its Alertmanager: did you mean "alertmanager"`, kind)
	default:
		s.say("kind", "%s", unknown("kind", kind, sourceNames()))
	}
}

// addresses judges where the source is asked, and gathers all of that in URLs.
func (s *source) addresses() {
	in := s.in
	key := "urls"
	if s.has("url") {
		key = "url"
		if s.has("urls") {
			s.say("urls", "url and urls are both set: keep one")
		} else if in.URL != (URL{}) {
			in.URLs = []URL{in.URL}
		}
	}
	asked := s.hasAny("url", "urls")
	switch {
	case asked && !s.kind.asked:
		s.say(key, "%s is not for kind %s: it is not asked, it sends to POST /in/%s", key, in.Kind, in.Name)
	case s.has("urls") && in.Kind != model.SourceAlertmanager && s.kind.asked:
		s.say("urls", "urls are the Alertmanagers of one cluster: %s has one url", s.kind.title)
	case s.has("urls") && len(in.URLs) == 0 && !s.has("url"):
		s.say("urls", "urls is empty: name one, or leave it out")
	case !asked && in.Kind == model.SourceIcinga:
		s.say("", `url is missing: write it like "https://icinga.example.com:5665"`)
	}
	if (!asked || !s.kind.asked) && s.in.Kind != model.SourceIcinga && !s.hasAny("secret", "secret_file") {
		s.say("", "%s", s.disconnected())
	}
	s.addressesOf(key, in.URLs)
	s.addressesOf("prometheus", in.Prometheus)
	if s.has("prometheus") && in.Kind != model.SourceAlertmanager {
		s.say("prometheus", "prometheus is for kind alertmanager: %s knows itself what is over", s.kind.title)
	}
}

func (s *source) disconnected() string {
	if s.kind.asked {
		return "neither url nor secret: it would never hear anything"
	}
	return "secret is missing: it would never hear anything; give secret or secret_file, which those who send must show"
}

func (s *source) hasAny(keys ...string) bool { return slices.ContainsFunc(keys, s.has) }

func (s *source) addressesOf(key string, urls []URL) {
	s.loader.addresses(s.n, key, urls, "http", "https")
	for _, u := range urls {
		switch {
		case u.parsed().User != nil:
			s.say(key, "%s has a login in it: give user and password, or token", key)
		case u.scheme() == "http" && !u.near() && s.hasAny("password", "password_file", "token", "token_file"):
			s.say(key, "%s: http would send the login in the clear: use https, or have it on this machine", key)
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
				s.say(key, "%s is for url, which is not set", key)
			}
		}
		return
	case password && in.User == "":
		s.say("password", "password is for a user: user is missing")
	case in.User != "" && !password:
		s.say("user", "user has no password: set password or password_file")
	case in.User != "" && token:
		s.say("token", "user and token are both set: keep one")
	}
	switch {
	case in.Kind == model.SourceIcinga && token:
		s.say("token", "Icinga knows no token: set user and password, or client_cert and client_key")
	case in.Kind == model.SourceIcinga && in.User == "" && !password && !s.has("client_cert"):
		s.say("", "Icinga wants a login: set user and password, or client_cert and client_key")
	case in.Kind == model.SourceZabbix && !token:
		s.say("", "token is missing: an API token of Zabbix; give token or token_file")
	}
}

// certificate reads the one that opsbot shows.
func (s *source) certificate() {
	switch cert, key := s.in.ClientCert, s.in.ClientKey; {
	case cert == "" && key == "":
	case key == "":
		s.say("client_cert", "client_cert has no client_key")
	case cert == "":
		s.say("client_key", "client_key has no client_cert")
	default:
		pair, err := s.pair(cert, key)
		if err != nil {
			s.say("client_cert", "%s", err)
			return
		}
		s.in.Certificates = []tls.Certificate{pair}
	}
}

func (s *source) pair(cert, key string) (tls.Certificate, error) {
	certPEM, err := readBounded(s.beside(cert))
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("client_cert %q: %s", cert, bare(err))
	}
	keyPEM, err := readBounded(s.beside(key))
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("client_key %q: %s", key, bare(err))
	}
	pair, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil { // what it says may quote the file
		return tls.Certificate{}, fmt.Errorf("client_cert %q and client_key %q are no certificate and its key in PEM", cert, key)
	}
	return pair, nil
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
		s.say(key, "%s is for hooks, and %s is listened to: take it out", key, s.kind.title)
	case size == 0 && key == "secret":
		s.say(key, "secret is empty: at least %d bytes, random", leastSecret)
	case size > 0 && size < leastSecret:
		s.say(key, "%s is %d bytes long: at least %d, random", key, size, leastSecret)
	case !s.listens:
		s.say(key, `%s is for hooks, which come to [web] listen, and that is not set: write listen = "127.0.0.1:8080"`, key)
	}
}

// words judges lists of words: an empty one would fit nothing, or everything.
func (s *source) words() {
	for _, list := range []struct {
		key   string
		words []string
	}{{"host_from", s.in.HostFrom}, {"hosts_by", s.in.HostsBy}, {"domains", s.in.Domains}} {
		if s.has(list.key) && len(list.words) == 0 {
			s.say(list.key, "%s is empty: leave it out", list.key)
		}
		for i, word := range list.words {
			if strings.TrimSpace(word) == "" {
				s.say(list.key, "%s[%d] is empty", list.key, i+1)
			} else if slices.Contains(list.words[:i], word) {
				s.say(list.key, "%s[%d] %q stands there twice", list.key, i+1, word)
			}
		}
	}
	for i, way := range s.in.HostsBy {
		key, isLabel := strings.CutPrefix(way, "label:")
		if way = strings.TrimSpace(way); way != "" && !slices.Contains([]string{"name", "alias", "address"}, way) && (!isLabel || key == "") {
			s.say("hosts_by", "hosts_by[%d] %q: allowed are name, alias, address, label:KEY", i+1, way)
		}
	}
	for i, domain := range s.in.Domains {
		if strings.ContainsAny(strings.TrimSpace(domain), ":/@*, ") {
			s.say("domains", `domains[%d] %q: write it like "example.com"`, i+1, domain)
		}
	}
	for _, label := range slices.Sorted(maps.Keys(s.in.Ignore)) {
		if values := s.in.Ignore[label]; len(values) == 0 || slices.Contains(values, "") || label == "" {
			s.say("ignore", "ignore: the values of %q are empty: name what is left out", label)
		}
	}
}

// mapping judges where things stand in what a generic source sends.
func (s *source) mapping() {
	if s.in.Kind != model.SourceGeneric {
		if s.has("mapping") {
			s.say("mapping", "mapping is for kind generic: opsbot knows what %s sends", s.kind.title)
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
		s.say("mapping", `mapping needs the paths of id, host and state; missing: %s`, strings.Join(missing, ", "))
	}
	if len(m.Over) == 0 && m.State != "" {
		s.say("mapping", `mapping has no over: name the values of state that mean the end, or nothing would ever be over: over = ["ok"]`)
	}
	for _, key := range []string{"critical", "info"} {
		if s.n.child("mapping").child(key) != nil && m.Severity == "" {
			s.say("mapping", "mapping: %s are values of severity, which has no path", key)
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
		s.say("acknowledge", "acknowledge: Alertmanager knows no acknowledgement; take it out; with downtime = true a mute in the chat is a silence there")
	case !can:
		s.say("acknowledge", "acknowledge: %s", s.cannot())
	}
	if s.in.Downtime && !asked {
		s.say("downtime", "downtime: %s", s.cannot())
	}
}

func (s *source) cannot() string {
	if s.kind.asked {
		return "nothing can be done at a source without url"
	}
	return s.kind.title + " only sends, nothing can be done there"
}
