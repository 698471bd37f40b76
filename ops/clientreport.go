package ops

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"opsbot/model"
)

// ReportRequest asks for the history of a client's services.
type ReportRequest struct {
	Words []string // a selector of one client, or of services of one
	Span  model.Span
	Asked string // the time as written; "" is this month
	// Internal is with hosts, and who acknowledged what: for colleagues. What a client gets by mail never is.
	Internal bool
}

// internal are the words that ask for what clients do not read.
func internal(word string) bool {
	return slices.Contains([]string{"internal", "внутренний", "внутренне"}, strings.ToLower(word))
}

// longestReport bounds the time of a report: older data is not kept.
const longestReport = 400 * model.Day

// ParseReport parses "clientA", "clientA 2026-10", "clientA last month", "clientA 7d", "clientA 2026-10-01..2026-10-15", in any order, and
// "internal" at the end: days are whole, and the last one is included. Without a time it is this month. now gives the time zone. Names are not resolved.
func ParseReport(words []string, now time.Time) (ReportRequest, error) {
	req := ReportRequest{}
	for len(words) > 0 {
		span, asked, n := leadingSpan(words, now)
		switch {
		case n > 0 && req.Asked != "", n == 0 && strings.Contains(words[0], ".."):
			return req, badSpan(words[0])
		case n > 0:
			req.Span, req.Asked, words = span, asked, words[n:]
		default:
			req.Words, words = append(req.Words, words[0]), words[1:]
		}
	}
	if req.Asked == "" {
		from := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, now.Location())
		req.Span, req.Asked = model.Span{From: from, To: from.AddDate(0, 1, 0)}, from.Format(model.MonthForm)
	}
	if n := len(req.Words); n > 1 && internal(req.Words[n-1]) { // alone it is a name
		req.Words, req.Internal = req.Words[:n-1], true
	}
	if len(req.Words) == 0 {
		return req, &model.Error{Code: model.ErrNeedArgument, Args: map[string]string{"command": "report"}}
	}
	if !req.Span.From.Before(now) || req.Span.Length() <= 0 || req.Span.Length() > longestReport {
		return req, badSpan(req.Asked)
	}
	return req, nil
}

func badSpan(word string) error {
	return &model.Error{Code: model.ErrBadSpan, Args: map[string]string{"word": shorten(word)}}
}

// leadingSpan reads the time that words begin with, and of how many words it is: 0 if they begin with none. asked is one word for it.
func leadingSpan(words []string, now time.Time) (span model.Span, asked string, n int) {
	if p, n := model.LeadingPeriod(words); n > 0 {
		return p.Of(now), p.Text(now), n
	}
	if d, n := model.LeadingLength(words); n > 0 && d > 0 {
		return model.Span{From: now.Add(-time.Duration(d)), To: now}, d.String(), n
	}
	return span, "", 0
}

// ClientPast returns the history of one client's services. What is not known is unmeasured.
func (k *Actions) ClientPast(ctx context.Context, who model.Actor, req ReportRequest) (*model.ClientPast, error) {
	target := strings.Join(req.Words, " ") + " " + req.Asked
	if err := k.need(ctx, who, model.RoleViewer, "report", target); err != nil {
		return nil, err
	}
	inv := k.d.Inventory.Current()
	sel, err := k.oneClient(inv, who, req)
	if err != nil {
		return nil, err
	}
	p, err := k.clientPast(ctx, inv, sel, req)
	if err == nil {
		k.numbering(ctx, who.Counts()).Incidents(pointers(p.Incidents)...)
	}
	return p, k.noted(ctx, k.entry(who, "report", target), err)
}

// oneClient returns a selector of one client, or of services of one.
func (k *Actions) oneClient(inv *model.Inventory, who model.Actor, req ReportRequest) (model.Selector, error) {
	sel, err := k.resolve(inv, req.Words, who.Scope)
	if err == nil && (len(sel.Clients) != 1 || len(sel.Hosts)+len(sel.Checks)+len(sel.Labels) > 0) {
		err = &model.Error{Code: model.ErrOneClient, Args: map[string]string{"words": shorten(strings.Join(req.Words, " "))}}
	}
	return sel, err
}

// pastForClient is the history that a client itself reads: with the numbers of whoever sees that client alone.
func (k *Actions) pastForClient(ctx context.Context, inv *model.Inventory, sel model.Selector, req ReportRequest) (*model.ClientPast, error) {
	p, err := k.clientPast(ctx, inv, sel, req)
	if err == nil {
		k.numbering(ctx, model.ScopeOf([]string{p.Client.Name})).Incidents(pointers(p.Incidents)...)
	}
	return p, err
}

func (k *Actions) clientPast(ctx context.Context, inv *model.Inventory, sel model.Selector, req ReportRequest) (*model.ClientPast, error) {
	client, _ := inv.Client(sel.Clients[0])
	now := k.d.Now()
	p := &model.ClientPast{Client: client, Span: req.Span, Asked: req.Asked, Whole: !req.Span.To.After(now), Internal: req.Internal, Promised: map[string]float64{}, Removed: map[string]bool{}}
	if !p.Whole {
		p.To = now
	}
	if kept := now.Add(-model.IncidentsKept); p.From.Before(kept) {
		p.KeptFrom = kept
	}
	var keys []model.ServiceKey
	var checks []model.CheckID
	for _, s := range inv.Services() {
		if s.Client != client.Name || len(sel.Services) > 0 && !slices.Contains(sel.Services, s.Service) {
			continue
		}
		keys = append(keys, s.ServiceKey)
		if s.SLA > 0 {
			p.Promised[s.Service] = s.SLA
		}
		for _, c := range inv.ChecksOfService(s.ServiceKey) {
			checks = append(checks, c.ID)
		}
	}
	of := pastOf{keys: keys, checks: checks}
	if len(sel.Services) == 0 && k.d.Past != nil {
		of.removed = k.d.Past.Removed(inv, client.Name)
	}
	if err := k.addPast(ctx, p, inv, of); err != nil {
		return nil, err
	}
	return p, k.addTouching(ctx, p, inv)
}

// pastOf is the subject of a report.
type pastOf struct {
	keys    []model.ServiceKey
	removed []model.ServiceKey // no longer in the inventory: shown if they were measured
	checks  []model.CheckID
}

// steps is how many steps the chart of a report has: more do not fit a page.
const steps = 240

func (k *Actions) addPast(ctx context.Context, p *model.ClientPast, inv *model.Inventory, of pastOf) error {
	if k.d.Past == nil {
		for _, key := range of.keys {
			p.Services = append(p.Services, unmeasured(inv, key, p.Length()))
		}
		return nil
	}
	all, err := k.d.Past.ServicePasts(ctx, inv, slices.Concat(of.keys, of.removed), p.Span)
	if err != nil {
		return err
	}
	p.Services = slices.Clone(all[:len(of.keys)])
	for i := range of.removed {
		if s := &all[len(of.keys)+i]; s.Up+s.Down+s.Unknown+s.Excused > 0 || s.Total() > 0 {
			p.Services, p.Removed[s.Service] = append(p.Services, *s), true
		}
	}
	slices.SortStableFunc(p.Services, func(a, b model.ServicePast) int { return worsePast(p, &a, &b) })
	step := max(time.Minute, (p.Length() / steps).Truncate(time.Minute))
	p.Series, err = k.d.Past.Series(ctx, of.checks, p.Span, step)
	return err
}

// unmeasured is the history of a service without data.
func unmeasured(inv *model.Inventory, key model.ServiceKey, length time.Duration) model.ServicePast {
	s := model.ServicePast{ServiceKey: key, Unmeasured: length}
	for _, c := range inv.ChecksOfService(key) {
		s.Endpoints = append(s.Endpoints, model.EndpointPast{Check: c.ID, Host: c.Endpoint.Host, Unmeasured: length})
	}
	return s
}

// worsePast orders by how far the SLA was missed, then by downtime, worst first.
func worsePast(p *model.ClientPast, a, b *model.ServicePast) int {
	return cmp.Or(cmp.Compare(over(p, b), over(p, a)), cmp.Compare(b.Down, a.Down), model.CompareNatural(a.Service, b.Service))
}

// over is by how much a service was down for longer than its SLA allows.
func over(p *model.ClientPast, s *model.ServicePast) time.Duration {
	promised, ok := p.Promised[s.Service]
	if !ok {
		return 0
	}
	return max(0, s.Down-model.Allowed(s.Share().Known, promised))
}

// mostReported bounds how many incidents a report lists.
const mostReported = 2000

// touchesServices reports whether an incident affected any of these services: a host may have carried only other clients.
func touchesServices(in *model.Incident, services []model.ServiceKey) bool {
	if in.Kind == model.IncidentService {
		return slices.Contains(services, in.ServiceKey)
	}
	return slices.ContainsFunc(touched(in), func(s model.ServiceState) bool { return slices.Contains(services, s.ServiceKey) })
}

// ClientReport renders the report of a client's past in a language.
func (k *Actions) ClientReport(ctx context.Context, language string, p *model.ClientPast) (model.Report, error) {
	return k.d.Reports.Client(ctx, language, p)
}

// ClientMail returns the recipient of a client's report.
func (k *Actions) ClientMail(ctx context.Context, who model.Actor, req ReportRequest) (ReportTarget, error) {
	if err := k.need(ctx, who, model.RoleOperator, "report", strings.Join(req.Words, " ")); err != nil {
		return ReportTarget{}, err
	}
	_, client, err := k.clientOf(k.d.Inventory.Current(), who, req)
	if err != nil {
		return ReportTarget{}, err
	}
	return k.clientMail(client)
}

// clientOf is the client that a request is about.
func (k *Actions) clientOf(inv *model.Inventory, who model.Actor, req ReportRequest) (model.Selector, model.Client, error) {
	sel, err := k.oneClient(inv, who, req)
	if err != nil {
		return sel, model.Client{}, err
	}
	client, _ := inv.Client(sel.Clients[0])
	return sel, client, nil
}

// ReportsOf reports whether the reports of a client can be sent to it.
func (k *Actions) ReportsOf(c model.Client) bool {
	_, err := k.clientMail(c)
	return err == nil
}

func (k *Actions) clientMail(c model.Client) (ReportTarget, error) {
	if len(c.ReportTo) == 0 {
		return ReportTarget{}, &model.Error{Code: model.ErrNoClientMail, Args: map[string]string{"client": shorten(c.Name)}}
	}
	to, ok := k.d.Reports.ClientTarget(c)
	if !ok {
		return to, &model.Error{Code: model.ErrNoVia}
	}
	return to, nil
}

// MailClient sends the report of a client to its own address.
func (k *Actions) MailClient(ctx context.Context, who model.Actor, req ReportRequest) (ReportTarget, error) {
	target := strings.Join(req.Words, " ") + " " + req.Asked
	if err := k.need(ctx, who, model.RoleOperator, "report", target); err != nil {
		return ReportTarget{}, err
	}
	inv := k.d.Inventory.Current()
	sel, client, err := k.clientOf(inv, who, req)
	if err != nil {
		return ReportTarget{}, err
	}
	to, err := k.clientMail(client)
	if err != nil {
		return to, k.noted(ctx, k.entry(who, "report", target), err)
	}
	req.Internal = false
	p, err := k.pastForClient(ctx, inv, sel, req)
	if err != nil {
		return to, err
	}
	r, err := k.ClientReport(ctx, to.Language, p)
	if err != nil {
		return to, err
	}
	entry := k.entry(who, "report", target)
	entry.After = to.Name
	return to, k.posted(ctx, model.Change{
		Notifications: []model.Notification{k.reportTo(to.To, &r, model.SeverityInfo)}, Audit: []model.AuditEntry{entry},
	})
}
