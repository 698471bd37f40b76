// Package gatus reads the configuration of Gatus: endpoints with their conditions, external endpoints, alerting, maintenance.
package gatus

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"

	"opsbot/model"
	"opsbot/movein/moved"
)

// Read reads files, or folders of them, as Gatus joins them.
func Read(_ context.Context, paths []string, o moved.Options) (*moved.Moved, error) {
	files, err := moved.Files(paths, []string{".yml", ".yaml"})
	if err != nil {
		return nil, err
	}
	r := &reader{m: &moved.Moved{}, o: o, seen: map[string]int{}}
	for _, file := range files {
		text, err := moved.ReadFile(file)
		if err != nil {
			return nil, err
		}
		documents, err := moved.YAML(text)
		if err != nil {
			return nil, fmt.Errorf("read %q: %w", file, err)
		}
		for _, d := range documents {
			r.documents = append(r.documents, document{file, d})
		}
	}
	r.all()
	return r.m, nil
}

type document struct {
	file string
	moved.Node
}

type reader struct {
	m         *moved.Moved
	o         moved.Options
	documents []document
	defaults  map[string]moved.Node // alerts by type: the default of each
	seen      map[string]int        // endpoints by name
}

// endpoints are those of a document; "services" is their name in old versions.
func (d document) endpoints() []moved.Node {
	return append(d.Get("endpoints").List(), d.Get("services").List()...)
}

func (r *reader) all() {
	r.defaults = map[string]moved.Node{}
	for _, d := range r.documents {
		for _, p := range d.Get("alerting").Pairs() {
			r.defaults[p.Key] = p.Get("default-alert")
		}
		for _, e := range append(d.endpoints(), d.Get("external-endpoints").List()...) {
			r.seen[strings.ToLower(e.Get("name").Text())]++
		}
	}
	for _, d := range r.documents {
		for _, e := range d.endpoints() {
			r.endpoint(d, e)
		}
		for _, e := range d.Get("external-endpoints").List() {
			r.external(d, e)
		}
		r.alerting(d)
		r.maintenance(d)
		r.rest(d)
	}
	if len(r.m.Tables)+len(r.m.Notes) == 0 {
		r.m.Left("", model.Say("movein.empty"))
	}
}

// table is a check of an endpoint: its id is the group and the name, as Gatus knows it.
func (r *reader) table(d document, e moved.Node, kind string) *moved.Table {
	name, group := e.Get("name").Text(), e.Get("group").Text()
	id := name
	if group != "" {
		id = group + "/" + name
	}
	wanted := name
	if r.seen[strings.ToLower(name)] > 1 && group != "" {
		wanted = group + "-" + name
	}
	t := moved.Check(id, wanted, kind)
	t.At = fmt.Sprintf("%s %q", moved.Line(d.file, e.Line()), id)
	return t
}

// variable is a reference to the environment, which is not read.
var variable = regexp.MustCompile(`\$(?:\{[^}]*\}|[A-Za-z_][A-Za-z0-9_]*)`)

// endpoint carries one endpoint over.
func (r *reader) endpoint(d document, e moved.Node) {
	t := r.table(d, e, "web")
	address := strings.TrimSpace(e.Get("url").Text())
	switch {
	case !e.Get("enabled").Flag(true):
		r.m.Left(t.At, model.Say("movein.paused"))
		return
	case variable.MatchString(address):
		r.m.Left(t.At, model.Say("movein.variable", "name", variable.FindString(address)))
		return
	}
	c := readConditions(e)
	if !r.kind(t, e, address, c) {
		return
	}
	for _, text := range c.unknown {
		r.m.Differs(t.At, model.Say("movein.condition", "condition", text))
	}
	r.common(t, e)
	r.m.Add(t)
	r.domain(t, address, c.domain)
}

// domain is a check of its own for what Gatus asks in passing: how long the domain of an endpoint is registered.
func (r *reader) domain(of *moved.Table, address string, days int) {
	u, err := url.Parse(address)
	if days == 0 || err != nil {
		return
	}
	name, err := publicsuffix.EffectiveTLDPlusOne(u.Hostname())
	if err != nil {
		r.m.Differs(of.At, model.Say("movein.condition", "condition", "[DOMAIN_EXPIRATION]"))
		return
	}
	t := moved.Check(of.ID+" domain", of.Name+"-domain", "domain")
	t.At = of.At
	r.m.Add(t.Set("domain", name).Set("days", days).Every(12 * time.Hour))
}

// kind sets what depends on how the endpoint is reached. It returns false, with a note, if opsbot cannot.
func (r *reader) kind(t *moved.Table, e moved.Node, address string, c *conditions) bool {
	u, err := url.Parse(address)
	if e.Get("dns").There() {
		return r.dns(t, e, address, c)
	}
	if err != nil || u.Scheme == "" {
		r.m.Left(t.At, model.Say("movein.no_url"))
		return false
	}
	switch u.Scheme {
	case "http", "https":
		return r.web(t, e, address, c)
	case "tcp":
		t.Keys[0].Value = "tcp"
		t.Set("address", u.Host)
	case "icmp":
		t.Keys[0].Value = "ping"
		t.Set("address", u.Hostname()).Duration("slower_than", c.slower)
	case "tls", "starttls":
		t.Keys[0].Value = "tls"
		t.Set("address", u.Host).Set("days", c.days)
		if c.days == 0 {
			r.m.Differs(t.At, model.Say("movein.expires"))
		}
		if u.Scheme == "starttls" {
			t.Set("starttls", startTLS[u.Port()])
		}
	default:
		r.m.Left(t.At, model.Say("movein.no_kind", "kind", u.Scheme))
		return false
	}
	if u.Host == "" {
		r.m.Left(t.At, model.Say("movein.no_address"))
		return false
	}
	c.onlyConnected(t.Keys[0].Value.(string))
	return true
}

// startTLS are the protocols of ports; any other speaks SMTP, as Gatus does.
var startTLS = map[string]string{"": "smtp", "25": "smtp", "587": "smtp", "143": "imap", "110": "pop3", "21": "ftp", "389": "ldap", "5432": "postgres"}

func (r *reader) web(t *moved.Table, e moved.Node, address string, c *conditions) bool {
	client := e.Get("client")
	q := moved.Request{
		URL: address, Method: e.Get("method").Text(), Body: e.Get("body").Text(), Headers: e.Get("headers").Map(), Redirects: 10,
		Status: c.statuses(), SlowerThan: c.slower, ExpiresIn: c.days, Insecure: client.Get("insecure").Flag(false),
	}
	if client.Get("ignore-redirect").Flag(false) {
		q.Redirects = 0
	}
	if e.Get("graphql").Flag(false) {
		r.m.Left(t.At, model.Say("movein.no_kind", "kind", "graphql"))
		return false
	}
	for name, value := range q.Headers {
		if found := variable.FindString(value); found != "" {
			r.m.Left(t.At, model.Say("movein.variable", "name", name+" "+found))
			return false
		}
	}
	for _, option := range []string{"oauth2", "identity-aware-proxy", "tls", "proxy-url", "dns-resolver", "network"} {
		if client.Get(option).There() {
			r.m.Differs(t.At, model.Say("movein.option", "option", option, "value", moved.Shown(client.Get(option).Text())))
		}
	}
	c.body(&q)
	return q.Fill(r.m, t)
}

// dns asks the name server in the URL.
func (r *reader) dns(t *moved.Table, e moved.Node, address string, c *conditions) bool {
	t.Keys[0].Value = "dns"
	t.Set("domain", strings.TrimSuffix(e.Get("dns", "query-name").Text(), "."))
	if kind := strings.ToUpper(e.Get("dns", "query-type").Text()); kind != "A" {
		t.Set("type", kind)
	}
	t.Set("server", strings.TrimPrefix(strings.TrimPrefix(address, "udp://"), "tcp://"))
	t.Set("answers", c.answers)
	c.onlyConnected("dns")
	return true
}

// common sets what endpoints of all kinds have.
func (r *reader) common(t *moved.Table, e moved.Node) {
	every := moved.Time(e.Get("interval").Text(), time.Second)
	if every == 0 {
		every = time.Minute
	}
	t.Every(every)
	t.Duration("timeout", min(moved.Time(e.Get("client", "timeout").Text(), time.Second), 10*time.Minute))
	r.limits(t, e)
	labels := e.Get("extra-labels").Map()
	labels["group"] = e.Get("group").Text()
	t.Set("labels", moved.Labels(labels))
	if e.Get("maintenance-windows").There() {
		r.m.Differs(t.At, model.Say("movein.option", "option", "maintenance-windows", "value", ""))
	}
}

// The thresholds of alerts that say none.
const (
	defaultFailures   = 3
	defaultRecoveries = 2
)

// limits are the smallest thresholds of the alerts of an endpoint.
func (r *reader) limits(t *moved.Table, e moved.Node) {
	failures, recoveries := 0, 0
	for _, alert := range e.Get("alerts").List() {
		if !alert.Get("enabled").Flag(true) {
			continue
		}
		byDefault := r.defaults[alert.Get("type").Text()]
		n := firstNumber(defaultFailures, alert.Get("failure-threshold"), byDefault.Get("failure-threshold"))
		if failures == 0 || n < failures {
			failures, recoveries = n, firstNumber(defaultRecoveries, alert.Get("success-threshold"), byDefault.Get("success-threshold"))
			t.Set("comment", alert.Get("description").Text())
		}
	}
	if failures == 0 {
		failures, recoveries = defaultFailures, defaultRecoveries
	}
	t.Failures(failures).Set("recoveries", max(1, min(recoveries, 64)))
}

func firstNumber(otherwise int, nodes ...moved.Node) int {
	for _, n := range nodes {
		var v int
		if _, err := fmt.Sscan(n.Text(), &v); err == nil && v > 0 {
			return v
		}
	}
	return otherwise
}
