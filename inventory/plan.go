package inventory

import (
	"fmt"
	"maps"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/idna"

	"opsbot/model"
)

// Plan is what was declared, validated and merged: everything known without DNS. It is immutable.
type Plan struct {
	hosts   []plannedHost
	byWord  map[string]int // names, aliases and addresses in lower case, to hosts
	clients []plannedClient
	names   []string // to resolve by DNS, sorted
	reach   model.Reach
}

// plannedHost is a declared host.
type plannedHost struct {
	spec    model.HostSpec
	address netip.Addr // invalid if it comes from DNS
	name    string     // to resolve by DNS; "" if the address is known
}

// plannedClient is a client merged with its group.
type plannedClient struct {
	client   model.Client
	places   []place // all of the client's
	services []plannedService
	ownsDNS  bool // the hosts behind its domains are its own
}

// declared calls f with each host of the plan on which a client, or one of its services, was declared; with some more than once.
func (p *plannedClient) declared(f func(host int)) {
	on := func(places []place) {
		for _, at := range places {
			if at.domain == "" {
				f(at.host)
			}
		}
	}
	on(p.places)
	for i := range p.services {
		on(p.services[i].places)
	}
}

// plannedService is one service of a client, settings merged down to the client's own.
type plannedService struct {
	service  model.Service
	settings model.EndpointSettings
	places   []place // nil is all of the client's
}

// placesOf returns where a service of a client runs.
func (s *plannedService) placesOf(p *plannedClient) []place {
	if s.places != nil {
		return s.places
	}
	return p.places
}

// place is where a service runs: a planned host, or every address of a domain.
type place struct {
	host   int // index in Plan.hosts, if domain is ""
	domain string
}

// Compile validates and merges declarations. An error is model.Problems: everything that is wrong, sorted.
func Compile(d Declared) (*Plan, error) {
	c := newCompiler(d)
	c.declareHosts(d.Hosts)
	clients, problems := mergeParts(d.Clients, func(s *model.ClientSpec) string { return s.Name },
		func(s *model.ClientSpec) model.Place { return s.At }, mergeClient)
	c.problems = append(c.problems, problems...)
	for i := range clients {
		c.client(&clients[i])
	}
	if len(c.problems) > 0 {
		c.problems.Sort()
		return nil, c.problems
	}
	c.plan.collectNames()
	c.plan.reach = model.NewReach(d.DNSAllow, c.plan.near(d.Near))
	return c.plan, nil
}

// UnknownClients returns problems for references to undeclared clients.
func (p *Plan) UnknownClients(refs []model.ClientRef) model.Problems {
	names := make([]string, len(p.clients))
	known := make(map[string]bool, len(p.clients))
	for i := range p.clients {
		names[i] = p.clients[i].client.Name
		known[names[i]] = true
	}
	var problems model.Problems
	for _, ref := range refs {
		if !known[ref.Client] {
			problems = append(problems, ref.At.Problem(model.UnknownName(model.Say("config.unknown.client"), ref.Client, names)))
		}
	}
	return problems
}

func (p *Plan) collectNames() {
	for i := range p.hosts {
		if p.hosts[i].name != "" {
			p.names = append(p.names, p.hosts[i].name)
		}
	}
	for i := range p.clients {
		p.names = append(p.names, p.clients[i].client.Domains...)
	}
	slices.Sort(p.names)
	p.names = slices.Compact(p.names)
}

// compiler builds a Plan and collects problems.
type compiler struct {
	plan     *Plan
	defaults model.ServiceSettings
	services map[string]model.ServiceSpec
	groups   map[string]model.GroupSpec
	wrong    func(url string, settings model.EndpointSettings) []model.Sentence
	problems model.Problems
}

func newCompiler(d Declared) *compiler {
	c := &compiler{
		plan: &Plan{byWord: make(map[string]int, len(d.Hosts))}, defaults: d.Defaults, wrong: d.Wrong,
		services: make(map[string]model.ServiceSpec, len(d.Services)), groups: make(map[string]model.GroupSpec, len(d.Groups)),
	}
	for _, s := range d.Services {
		c.services[s.Name] = s
	}
	for _, g := range d.Groups {
		c.groups[g.Name] = g
	}
	return c
}

func (c *compiler) fail(of subject, what model.Sentence) {
	c.problems = append(c.problems, of.problem(what))
}

func (c *compiler) client(spec *model.ClientSpec) {
	group, known := c.groups[spec.Group]
	if spec.Group != "" && !known {
		c.fail(clientNamed(spec.At, spec.Name), model.UnknownName(model.Say("config.unknown.group"), spec.Group, slices.Sorted(maps.Keys(c.groups))))
	}
	p := plannedClient{client: model.Client{
		Name: spec.Name, Tier: firstOf(spec.Tier, group.Tier, c.defaults.Tier), Contacts: spec.Contacts,
		Runbook: firstOf(spec.Runbook, group.Runbook), Labels: group.Labels.Merged(spec.Labels),
		ReportTo: spec.ReportTo, ReportLanguage: spec.ReportLanguage,
	}}
	if p.ownsDNS = value(group.OwnsDNS); spec.OwnsDNS != nil {
		p.ownsDNS = *spec.OwnsDNS
	}
	if len(spec.Contacts) == 0 {
		p.client.Contacts = group.Contacts
	}
	for _, domain := range spec.Domains {
		if name, ok := c.domain(spec, domain); ok {
			p.client.Domains = union(p.client.Domains, name)
			p.places = append(p.places, place{domain: name})
		}
	}
	words := spec.Hosts
	if len(words) == 0 {
		words = group.Hosts
	}
	p.places = append(p.places, c.places(spec.At, &p.client, words)...)
	if len(p.places) == 0 && len(spec.Domains)+len(words) == 0 {
		c.fail(clientNamed(spec.At, spec.Name), model.Say("config.client.nowhere"))
	}
	c.servicesOf(spec, group, &p)
	c.plan.clients = append(c.plan.clients, p)
}

// domain normalizes a domain for DNS.
func (c *compiler) domain(spec *model.ClientSpec, domain string) (string, bool) {
	if _, err := netip.ParseAddr(domain); err == nil {
		c.fail(clientNamed(spec.At, spec.Name), model.Say("config.client.domain_address", "got", domain))
		return "", false
	}
	name, err := dnsName(domain)
	if err != nil {
		c.fail(clientNamed(spec.At, spec.Name), model.Say("config.not_domain", "key", "domains", "got", domain))
	}
	return name, err == nil
}

// dnsName normalizes a name for DNS. A name that ends in a number is invalid: it is a malformed IP address (RFC 3696,
// section 2).
func dnsName(text string) (string, error) {
	name, err := idna.Lookup.ToASCII(strings.TrimSuffix(text, "."))
	if err == nil && (name == "" || len(name) > 253) {
		return "", fmt.Errorf("name of %d bytes", len(name))
	}
	last := name[strings.LastIndexByte(name, '.')+1:]
	if err == nil && strings.Contains(name, ".") && strings.Trim(last, "0123456789") == "" {
		return "", fmt.Errorf("name that ends in the number %q", last)
	}
	return name, err
}

func (c *compiler) servicesOf(spec *model.ClientSpec, group model.GroupSpec, p *plannedClient) {
	names := spec.Services
	if len(names) == 0 {
		names = group.Services
	}
	for _, name := range slices.Sorted(maps.Keys(spec.Service)) {
		if _, known := c.services[name]; known && !slices.Contains(names, name) {
			c.fail(clientNamed(spec.Service[name].At, spec.Name), model.Say("config.client.not_its_service", "got", name, "known", names))
		}
	}
	if len(names) == 0 {
		c.fail(clientNamed(spec.At, spec.Name), model.Say("config.client.no_services"))
	}
	for _, name := range union(nil, names...) {
		declared, known := c.services[name]
		if !known {
			c.fail(clientNamed(spec.At, spec.Name), model.UnknownName(model.Say("config.unknown.service"), name, slices.Sorted(maps.Keys(c.services))))
			continue
		}
		own := spec.Service[name]
		settings := c.defaults
		for _, nearer := range []model.ServiceSettings{declared.ServiceSettings, group.ServiceSettings, spec.ServiceSettings, own.ServiceSettings} {
			settings = mergeService(settings, nearer)
		}
		s := plannedService{
			service: model.Service{
				ServiceKey: model.ServiceKey{Client: spec.Name, Service: name}, MinUp: value(settings.MinUp),
				ErrThreshold: value(settings.ErrThreshold), Tier: settings.Tier, SLA: value(settings.SLA),
				Runbook: firstOf(own.Runbook, declared.Runbook),
			},
			settings: settings.EndpointSettings,
			places:   c.places(own.At, &p.client, own.Hosts),
		}
		c.checkURL(spec.At, p, &s)
		p.services = append(p.services, s)
	}
}

// checkURL validates the URL of a service before there are hosts for it.
func (c *compiler) checkURL(at model.Place, p *plannedClient, s *plannedService) {
	template := value(s.settings.URL)
	of := serviceNamed(at, s.service.ServiceKey)
	switch {
	case template == "" && s.settings.Port == nil:
		c.fail(of, model.Say("config.missing.port_or_url", "key", "port"))
		return
	case template.Has("port") && s.settings.Port == nil:
		c.fail(of, model.Say("config.url.port", "got", template))
		return
	case template.Has("domain") && len(p.client.Domains) == 0:
		c.fail(of, model.Say("config.url.domain", "got", template))
		return
	}
	text := endpointURL(s.settings, facts{client: p.client.Name, domain: "example.com", address: netip.IPv6Unspecified()})
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "":
		c.fail(of, model.Say("config.url", "key", "url", "got", model.WithoutLogin(text)))
		return
	case u.User != nil:
		c.fail(of, model.Say("config.web.login_shown", "key", "url"))
		return
	}
	c.checkOptions(at, text, s.settings)
	for _, at := range s.placesOf(p) {
		if at.domain == "" && len(c.plan.hosts[at.host].spec.More) > 0 {
			spec := &c.plan.hosts[at.host].spec
			c.checkOptions(spec.At, text, mergeEndpoint(s.settings, spec.EndpointSettings))
		}
	}
}

// checkOptions reports wrong options at their own place, once: a mistake of a service is one of all its clients.
func (c *compiler) checkOptions(at model.Place, text string, settings model.EndpointSettings) {
	if c.wrong == nil || len(settings.More) == 0 {
		return
	}
	for _, sentence := range c.wrong(text, settings) {
		place := at
		if option := settings.More[sentence.Key()]; option != nil {
			place = option.At
		}
		if problem := place.Problem(sentence); !slices.ContainsFunc(c.problems, problem.Same) {
			c.problems = append(c.problems, problem)
		}
	}
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}
