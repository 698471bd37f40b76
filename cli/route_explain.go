package cli

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"opsbot/alerts"
	"opsbot/app/setup"
	"opsbot/inventory"
	"opsbot/model"
	"opsbot/notify/console"
	"opsbot/texts"
)

// routeOptions ask where an incident would be sent, by a configuration alone.
type routeOptions struct {
	config   string
	name     string // of a client, or of a standalone check
	severity model.Severity
	service  string       // of the client; "" asks for each of them
	labels   model.Labels // of what fails, beside the client's or the check's
	p        *texts.Printer
	now      time.Time
}

// explainRoutes describes where an incident would be sent. An unknown name is an *model.Error with choices.
func explainRoutes(o *routeOptions) (string, error) {
	loaded, err := setup.Load(o.config, nil)
	if err != nil {
		return "", err
	}
	cases, err := routeCases(inventory.NewLive(loaded.Source(), inventory.Options{}).Current(), o)
	if err != nil {
		return "", err
	}
	e := &routeExplainer{
		routeOptions: o, loaded: loaded, routing: loaded.Routing(loaded.Config.Telegram.KnownChats()),
		p: o.p.In(loaded.Config.Alerts.Timezone.Location()),
	}
	return e.all(cases), nil
}

// routeCase is one possible incident.
type routeCase struct {
	what  string
	in    *model.Incident
	about alerts.About
}

// routeCases are the incidents that a name may mean: of a check, or of each service of a client.
func routeCases(inv *model.Inventory, o *routeOptions) ([]routeCase, error) {
	if c, ok := inv.Check(model.CheckID(o.name)); ok && c.Endpoint == nil && o.service == "" {
		in := &model.Incident{Kind: model.IncidentCheck, Check: c.ID, Severity: o.severity}
		return []routeCase{{o.name, in, alerts.About{Hours: c.Hours, Labels: []model.Labels{c.Labels.Merged(o.labels)}}}}, nil
	}
	client, ok := inv.Client(o.name)
	if !ok {
		return nil, unknownName(o.name, clientsAndChecks(inv))
	}
	about := alerts.About{Labels: []model.Labels{client.Labels.Merged(o.labels)}}
	var cases []routeCase
	var names []string
	for _, s := range inv.Services() {
		if s.Client != client.Name {
			continue
		}
		names = append(names, s.Service)
		if o.service == "" || s.Service == o.service {
			state := model.ServiceState{ServiceKey: s.ServiceKey, Verdict: model.VerdictDown, Tier: s.Tier}
			in := &model.Incident{Kind: model.IncidentService, ServiceKey: s.ServiceKey, Severity: o.severity, Affected: []model.ServiceState{state}}
			cases = append(cases, routeCase{s.Client + " " + s.Service, in, about})
		}
	}
	if len(cases) == 0 {
		return nil, unknownName(o.service, names)
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

// routeExplainer describes where incidents are sent.
type routeExplainer struct {
	*routeOptions
	loaded  *setup.Loaded
	routing alerts.Routing
	p       *texts.Printer
}

// all describes where each case is sent; cases with the same recipients are listed together.
func (e *routeExplainer) all(cases []routeCase) string {
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
		lines = append(lines, e.p.T("route.what", texts.Args{"what": whats[i], "severity": e.severity}), wheres[i])
	}
	if len(e.routing.Routes) == 0 && !e.loaded.Config.Telegram.Token.IsZero() {
		lines = append(lines, e.p.T("route.paired"))
	}
	return strings.Join(lines, "\n")
}

// where are the routes that match a case, each with its recipients.
func (e *routeExplainer) where(c *routeCase) string {
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
	if f := e.loaded.Config.Alerts; len(f.Fallback) > 0 && e.severity == model.SeverityCritical {
		var to []string
		for _, t := range f.Fallback {
			to = append(to, t.String())
		}
		lines = append(lines, e.p.T("route.fallback", texts.Args{"after": time.Duration(f.FallbackAfter), "to": strings.Join(to, ", ")}))
	}
	return strings.Join(lines, "\n")
}

// beside are the recipients without a route: every chat when there are no routes, and the console.
func (e *routeExplainer) beside(c *routeCase, targets []alerts.Target) []string {
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

// target is a recipient, with when it is notified.
func (e *routeExplainer) target(t *alerts.Target) string {
	args := texts.Args{"to": setup.DestinationName(t.To, e.routing.Chats)}
	switch opens := e.routing.Opens(t, e.severity, e.now); {
	case opens.IsZero():
		return e.p.T("route.never", args)
	case opens.After(e.now):
		args["until"] = e.p.Moment(opens, e.now)
		return e.p.T("route.waits", args)
	case t.Sounds(e.severity, e.now):
		return e.p.T("route.now", args)
	default:
		return e.p.T("route.now.silent", args)
	}
}
