package config

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"opsbot/model"
)

// Gateway is a web service that reaches people: by a call, a text message, a push. Its texts may have fields ("{{.To}}"), and are secrets: an
// account or a key may stand anywhere in them.
type Gateway struct {
	Name         string            `toml:"name"` // of the rule "gateway:NAME" of a person
	URL          Secret            `toml:"url"`  // Load fills it from url_file
	URLFile      string            `toml:"url_file"`
	Method       GatewayMethod     `toml:"method"` // "": POST, or GET without a body
	Query        map[string]Secret `toml:"query"`
	Headers      map[string]Secret `toml:"headers"`
	Form         map[string]Secret `toml:"form"` // one of form, json, xml and body, or none
	JSON         Secret            `toml:"json"`
	XML          Secret            `toml:"xml"`
	Body         Secret            `toml:"body"`
	User         string            `toml:"user"`     // of basic authentication; "": none
	Password     Secret            `toml:"password"` // Load fills it from password_file
	PasswordFile string            `toml:"password_file"`
	Secret       Secret            `toml:"secret"` // the field {{.Secret}}; Load fills it from secret_file
	SecretFile   string            `toml:"secret_file"`
	Status       []model.CodeRange `toml:"status"` // of an answer that accepts; none: 200 to 299
	Answer       Pattern           `toml:"answer"` // what such an answer contains; not set: anything
	Limit        model.Rate        `toml:"limit"`  // messages to one person; zero: no limit
	Timeout      model.Duration    `toml:"timeout" range:"1s..25s"`
	Language     Language          `toml:"language"` // of people who have none
	Trust
	At model.Place `toml:"-"`

	Request *model.GatewayRequest `toml:"-"` // of all that
}

func (g *Gateway) setDefaults() {
	*g = Gateway{Timeout: model.Duration(10 * time.Second), Language: "en"}
}

// GatewayMethod is a method of HTTP.
type GatewayMethod string

// UnmarshalText accepts GET, POST and PUT.
func (m *GatewayMethod) UnmarshalText(text []byte) error {
	switch v := GatewayMethod(text); v {
	case "GET", "POST", "PUT":
		*m = v
		return nil
	default:
		return model.OneOf("method", text, "GET", "POST", "PUT")
	}
}

// Pattern is a regular expression. The zero Pattern is not set.
type Pattern struct{ *regexp.Regexp }

// UnmarshalText compiles it.
func (p *Pattern) UnmarshalText(text []byte) error {
	compiled, err := regexp.Compile(string(text))
	if err != nil || len(text) == 0 {
		return &model.ValueError{What: model.Say("config.value.pattern", "got", string(text))}
	}
	p.Regexp = compiled
	return nil
}

// IsZero reports whether it is not set.
func (p Pattern) IsZero() bool { return p.Regexp == nil }

// String is what UnmarshalText reads; "" if it is not set.
func (p Pattern) String() string {
	if p.Regexp == nil {
		return ""
	}
	return p.Regexp.String()
}

// MarshalText writes String.
func (p Pattern) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// gateways validates [[gateways]] and where people are reached by them.
func (l *loader) gateways(root *node, cfg *Config) {
	known := newNames(l, model.Say("config.unknown.gateway"))
	for i := range cfg.Gateways {
		n := root.child("gateways").item(i)
		known.add(n, cfg.Gateways[i].Name)
		if n.isTable {
			l.gateway(n, cfg, &cfg.Gateways[i])
		}
	}
	for i := range cfg.People {
		item := root.child("people").item(i)
		for _, name := range slices.Sorted(maps.Keys(cfg.People[i].Gateways)) {
			known.has(item, "gateways", name)
		}
		l.reached(item, cfg, &cfg.People[i])
	}
}

// reached reports the gateways that page a person and have no address to reach them at.
func (l *loader) reached(n *node, cfg *Config, p *Person) {
	for _, r := range p.Rules {
		name, isGateway := strings.CutPrefix(r.Way, model.WayGateway)
		g, known := cfg.Gateway(name)
		if isGateway && known && g.Request != nil && g.Request.Has("To") && p.By(name).IsZero() {
			l.wrong(n, "rules", model.Say("config.gateway.no_address", "gateway", name))
		}
	}
}

func (l *loader) gateway(n *node, cfg *Config, g *Gateway) {
	l.secret(n, "url", &g.URL, g.URLFile)
	l.secret(n, "password", &g.Password, g.PasswordFile)
	l.secret(n, "secret", &g.Secret, g.SecretFile)
	l.trust(n, &g.Trust)
	if n.child("url") == nil && g.URLFile == "" {
		l.wrong(n, "", model.Say("config.missing", "key", "url"))
	}
	switch password := n.child("password") != nil || n.child("password_file") != nil; {
	case g.User == "" && password:
		l.wrong(n, "password", model.Say("config.login.no_user"))
	case g.User != "" && !password:
		l.wrong(n, "user", model.Say("config.login.no_password"))
	}
	var wrong []model.Wrong
	g.Request, wrong = model.NewGatewayRequest(g.spec())
	for _, w := range wrong {
		if w.Key == "url" && g.URLFile != "" {
			w.Key = "url_file"
		}
		l.wrong(n, w.Key, w.What)
	}
	switch {
	case len(wrong) > 0:
	case g.Request.Has("AckURL") && cfg.Web.PublicURL == (URL{}):
		l.wrong(n, "", model.Say("config.gateway.no_public_url", "field", "{{.AckURL}}"))
	case g.Request.Has("Secret") && n.child("secret") == nil && g.SecretFile == "":
		l.wrong(n, "", model.Say("config.missing.or_file", "key", "secret"))
	case !g.URL.IsZero() && !webAddress(g.URL.Reveal()):
		l.wrong(n, "url", model.Say("config.secret_url", "example", "https://host/path"))
	}
}

// webAddress reports whether an address with fields in it is one of HTTP.
func webAddress(address string) bool {
	u, err := url.Parse(strings.NewReplacer("{{", "", "}}", "", " ", "").Replace(address))
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != ""
}

func (g *Gateway) spec() *model.GatewaySpec {
	return &model.GatewaySpec{
		Method: string(g.Method), URL: g.URL.Reveal(), Query: revealed(g.Query), Headers: revealed(g.Headers), Form: revealed(g.Form),
		JSON: g.JSON.Reveal(), XML: g.XML.Reveal(), Body: g.Body.Reveal(), User: g.User, Password: g.Password.Reveal(),
	}
}

func revealed(all map[string]Secret) map[string]string {
	if all == nil {
		return nil
	}
	out := make(map[string]string, len(all))
	for name, value := range all {
		out[name] = value.Reveal()
	}
	return out
}

// Gateway finds a gateway by name.
func (c *Config) Gateway(name string) (*Gateway, bool) {
	at := slices.IndexFunc(c.Gateways, func(g Gateway) bool { return g.Name == name })
	if at < 0 {
		return nil, false
	}
	return &c.Gateways[at], true
}

// By is where a gateway reaches the person: their value for it, else their phone number; zero: nowhere.
func (p *Person) By(gateway string) Secret {
	if own, ok := p.Gateways[gateway]; ok {
		return own
	}
	return p.Phone
}
