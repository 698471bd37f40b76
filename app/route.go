package app

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"opsbot/alerts"
	"opsbot/inventory"
	"opsbot/model"
	"opsbot/notify/console"
	"opsbot/texts"
)

// RouteOptions ask where an incident would be told, by a configuration alone.
type RouteOptions struct {
	ConfigPath string
	Name       string // of a client, or of a standalone check
	Severity   model.Severity
	Service    string       // of the client; "" asks for each of them
	Labels     model.Labels // of what fails, beside the client's or the check's
	Language   string
	Now        time.Time
}

// RouteTest says where an incident would be told, in words. A name that is not there is an *model.Error with choices.
func RouteTest(o RouteOptions) (string, error) {
	catalog, err := texts.Load()
	if err != nil {
		return "", err
	}
	loaded, err := Load(o.ConfigPath, nil)
	if err != nil {
		return "", err
	}
	inv := inventory.NewLive(loaded.source(), inventory.Options{}).Current()
	cases, err := casesOf(inv, &o)
	if err != nil {
		return "", err
	}
	e := &explainer{
		RouteOptions: o, loaded: loaded, routing: loaded.routing(loaded.Config.Telegram.KnownChats()),
		p: catalog.For(o.Language).In(loaded.Config.Alerts.Timezone.Location()),
	}
	return e.all(cases), nil
}

// routeCase is one incident that there might be.
type routeCase struct {
	what  string
	in    *model.Incident
	about alerts.About
}

// casesOf are the incidents that a name may mean: of a check, or of each service of a client.
func casesOf(inv *model.Inventory, o *RouteOptions) ([]routeCase, error) {
	if c, ok := inv.Check(model.CheckID(o.Name)); ok && c.Endpoint == nil && o.Service == "" {
		in := &model.Incident{Kind: model.IncidentCheck, Check: c.ID, Severity: o.Severity}
		return []routeCase{{o.Name, in, alerts.About{Hours: c.Hours, Labels: []model.Labels{c.Labels.Merged(o.Labels)}}}}, nil
	}
	client, ok := inv.Client(o.Name)
	if !ok {
		return nil, noSuch(o.Name, clientsAndChecks(inv))
	}
	about := alerts.About{Labels: []model.Labels{client.Labels.Merged(o.Labels)}}
	var cases []routeCase
	var names []string
	for _, s := range inv.Services() {
		if s.Client != client.Name {
			continue
		}
		names = append(names, s.Service)
		if o.Service == "" || s.Service == o.Service {
			state := model.ServiceState{ServiceKey: s.ServiceKey, Verdict: model.VerdictDown, Tier: s.Tier}
			in := &model.Incident{Kind: model.IncidentService, ServiceKey: s.ServiceKey, Severity: o.Severity, Affected: []model.ServiceState{state}}
			cases = append(cases, routeCase{s.Client + " " + s.Service, in, about})
		}
	}
	if len(cases) == 0 {
		return nil, noSuch(o.Service, names)
	}
	return cases, nil
}

func clientsAndChecks(inv *model.Inventory) []string {
	var names []string
	for _, c := range inv.Clients() {
		names = append(names, c.Name)
	}
	for _, c := range inv.Checks() {
		if c.Endpoint == nil {
			names = append(names, string(c.ID))
		}
	}
	return names
}

// mostChoices is how many names are offered in place of one that is not there.
const mostChoices = 5

func noSuch(word string, known []string) error {
	return &model.Error{Code: model.ErrUnknownWord, Args: map[string]string{"word": word}, Choices: model.Closest(word, known, mostChoices)}
}

// explainer says where incidents are told.
type explainer struct {
	RouteOptions
	loaded  *Loaded
	routing alerts.Routing
	p       *texts.Printer
}

// all says where each case is told; those that are told alike are said once.
func (e *explainer) all(cases []routeCase) string {
	var whats, wheres []string
	for i := range cases {
		where := e.where(&cases[i])
		if at := slices.Index(wheres, where); at >= 0 {
			whats[at] += ", " + cases[i].what
			continue
		}
		whats, wheres = append(whats, cases[i].what), append(wheres, where)
	}
	var lines []string
	for i := range whats {
		lines = append(lines, e.p.T("route.what", texts.Args{"what": whats[i], "severity": e.Severity}), wheres[i])
	}
	if len(e.routing.Routes) == 0 && !e.loaded.Config.Telegram.Token.IsZero() {
		lines = append(lines, e.p.T("route.paired"))
	}
	return strings.Join(lines, "\n")
}

func (e *explainer) where(c *routeCase) string {
	targets := e.routing.Route(c.in, c.about)
	places := e.routing.Matching(c.in, c.about)
	var lines []string
	for _, i := range places {
		at := e.loaded.Config.Routes[i].At
		lines = append(lines, e.p.T("route.by", texts.Args{"n": i + 1, "at": fmt.Sprintf("%s:%d", filepath.Base(at.File), at.Line)}))
		var here []string
		for j := range targets {
			if e.routing.Through(c.in, c.about, targets[j].To) == i {
				here = append(here, e.target(&targets[j]))
			}
		}
		if len(here) == 0 {
			here = []string{e.p.T("route.nothing")}
		}
		lines = append(lines, here...)
	}
	lines = append(lines, e.beside(c, targets)...)
	if len(lines) == 0 {
		return e.p.T("route.nowhere")
	}
	if f := e.loaded.Config.Alerts; len(f.Fallback) > 0 && e.Severity == model.SeverityCritical {
		var to []string
		for _, t := range f.Fallback {
			to = append(to, t.String())
		}
		lines = append(lines, e.p.T("route.fallback", texts.Args{"after": time.Duration(f.FallbackAfter), "to": strings.Join(to, ", ")}))
	}
	return strings.Join(lines, "\n")
}

// beside is what is told without a route: every chat where there are none, and the console.
func (e *explainer) beside(c *routeCase, targets []alerts.Target) []string {
	var lines []string
	last := ""
	for j := range targets {
		if e.routing.Through(c.in, c.about, targets[j].To) >= 0 {
			continue
		}
		id := "route.all"
		if targets[j].To.Channel == console.Name {
			id = "route.console"
		}
		if id != last {
			lines = append(lines, e.p.T(id))
		}
		last = id
		lines = append(lines, e.target(&targets[j]))
	}
	return lines
}

func (e *explainer) target(t *alerts.Target) string {
	args := texts.Args{"to": nameOf(t.To, e.routing.Chats)}
	switch opens := e.routing.Opens(t, e.Severity, e.Now); {
	case opens.IsZero():
		return e.p.T("route.never", args)
	case opens.After(e.Now):
		args["until"] = e.p.Moment(opens, e.Now)
		return e.p.T("route.waits", args)
	case t.Sounds(e.Severity, e.Now):
		return e.p.T("route.now", args)
	default:
		return e.p.T("route.now.silent", args)
	}
}
