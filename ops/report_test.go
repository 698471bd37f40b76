package ops_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/ops"
)

// Mails and the following methods implement ops.Reports: each report holds its readers.
func (b *bench) Mails() []ops.ReportTarget {
	return []ops.ReportTarget{
		{Name: "email:oncall", To: model.Destination{Channel: "email:oncall"}, Language: "ru"},
		{Name: "email:acme", To: model.Destination{Channel: "email:acme"}, Language: "ru", Scope: model.ScopeOf([]string{"acme"})},
	}
}

func (b *bench) WebTest(language string, t *model.WebTest) (model.Report, error) {
	var clients []string
	for i := range t.Clients {
		clients = append(clients, t.Clients[i].Client)
	}
	return model.Report{Title: language + ": " + strings.Join(clients, " "), Parts: &model.ReportParts{}}, nil
}

func (b *bench) Client(_ context.Context, language string, p *model.ClientPast) (model.Report, error) {
	return model.Report{Title: language + ": " + p.Client.Name + " " + p.Asked, Parts: &model.ReportParts{}}, b.cannot[p.Client.Name]
}

func (b *bench) ClientTarget(c model.Client) (ops.ReportTarget, bool) {
	return ops.ReportTarget{Name: "email:reports/" + c.Name, To: model.Destination{Channel: "email:reports/" + c.Name}, Language: "en", Addresses: c.ReportTo}, true
}

func (b *bench) Made(_ context.Context, name string) (time.Time, error) { return b.reported[name], nil }

func (b *bench) Post(_ context.Context, c model.Change) error {
	b.posted = append(b.posted, c)
	for name, due := range c.Reported {
		b.reported[name] = due
	}
	b.audit = append(b.audit, c.Audit...)
	return nil
}

func reportOf(words ...string) ops.ReportRequest {
	from := time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
	return ops.ReportRequest{Words: words, Span: model.Span{From: from, To: from.AddDate(0, 1, 0)}, Asked: "2026-02"}
}

// testOf is a test of clients, each with one endpoint and a finding.
func testOf(clients ...string) *model.WebTest {
	t := &model.WebTest{Cause: &model.Cause{Labels: []string{"dc=x"}}, Logs: []model.LogExcerpt{{Host: "web1"}}, All: true}
	for _, name := range clients {
		e := &model.Endpoint{ServiceKey: model.ServiceKey{Client: name, Service: "reports"}, Host: "web1"}
		c := model.ClientTest{Client: name, Severity: model.SeverityCritical, Rows: []model.EndpointTest{{Endpoint: e, Result: model.Result{Status: model.StatusFail}}}}
		c.Findings = []model.Finding{{Kind: model.FindingHostsDown, Severity: model.SeverityCritical, Client: name}}
		c.Failed, t.Failed = 1, t.Failed+1
		t.Clients = append(t.Clients, c)
	}
	return t
}

// TestMailsOfLimitedPeople: whoever is limited to clients mails to recipients of these clients, and is offered no others; what a limited
// recipient gets is theirs, whoever mails it.
func TestMailsOfLimitedPeople(t *testing.T) {
	b := newBench(t)
	for _, c := range []struct {
		clients []string
		want    string
	}{{nil, "email:oncall email:acme"}, {[]string{"acme"}, "email:acme"}, {[]string{"acme", "beta"}, "email:acme"}, {[]string{"beta"}, ""}} {
		var names []string
		for _, to := range b.actions.Mails(actor(model.RoleOperator, c.clients...)) {
			names = append(names, to.Name)
		}
		if got := strings.Join(names, " "); got != c.want {
			t.Errorf("%v: offered %q, want %q", c.clients, got, c.want)
		}
	}
	if _, err := b.actions.MailTest(b.Context(), actor(model.RoleOperator, "acme"), testOf("acme"), "email:oncall"); model.CodeOf(err) != model.ErrNoMail {
		t.Errorf("to people who see everything: %v", err)
	}
	if _, err := b.actions.MailTest(b.Context(), actor(model.RoleAdmin), testOf("acme", "beta"), "email:acme"); err != nil {
		t.Fatal(err)
	}
	if got := b.posted[0].Notifications[0].Snapshot.Report.Title; got != "ru: acme" {
		t.Errorf("acme's people get %q", got)
	}
}

// TestMailShowsWhatTheUserSees, even of a test that somebody else has run in the chat.
func TestMailShowsWhatTheUserSees(t *testing.T) {
	b := newBench(t)
	who := actor(model.RoleOperator)
	who.Scope = model.ScopeOf([]string{"acme"})
	if _, err := b.actions.MailTest(b.Context(), who, testOf("acme", "beta"), "email:acme"); err != nil {
		t.Fatal(err)
	}
	if got := b.posted[0].Notifications[0]; got.Snapshot.Report.Title != "ru: acme" || got.Kind != model.NotifyReport || got.Severity != model.SeverityCritical {
		t.Errorf("%+v", got.Snapshot.Report)
	}
	if got := b.posted[0].Audit[0]; got.Target != "acme" || got.After != "email:acme" {
		t.Errorf("%+v", got)
	}
	who.Scope = model.ScopeOf([]string{"gamma"})
	if _, err := b.actions.MailTest(b.Context(), who, testOf("acme", "beta"), "email:acme"); model.CodeOf(err) != model.ErrNoMail {
		t.Error(err)
	}
	if _, err := b.actions.MailTest(b.Context(), actor(model.RoleAdmin), testOf("acme"), "email:boss"); model.CodeOf(err) != model.ErrNoMail {
		t.Error(err)
	}
	if len(b.posted) != 1 {
		t.Errorf("%d were posted", len(b.posted))
	}
}

// TestWithin: what is left of a test for some clients reveals nothing about the others.
func TestWithin(t *testing.T) {
	all, inv := testOf("acme", "beta"), newBench(t).inv
	if got := all.Within(inv, model.Scope{}); !reflect.DeepEqual(got, all) {
		t.Error("an unlimited scope changes the test")
	}
	some := all.Within(inv, model.ScopeOf([]string{"beta"}))
	if len(some.Clients) != 1 || some.Failed != 1 || some.Hosts != 1 || some.Services != 1 || some.Cause != nil || len(some.Logs) > 0 || some.All || some.Selector.String() != "beta" {
		t.Errorf("%+v", some)
	}
	if all.Failed != 2 || len(all.Clients) != 2 || all.Cause == nil {
		t.Errorf("the whole changed: %+v", all)
	}
}

// TestWithinLogs: the log of a host reveals everything that it carries, whatever was tested.
func TestWithinLogs(t *testing.T) {
	inv := newBench(t).inv
	host := func(mine bool) string {
		for _, c := range inv.ChecksOfClient("acme") {
			if inv.HostIsOf(c.Endpoint.Host, model.ScopeOf([]string{"acme"})) == mine {
				return c.Endpoint.Host
			}
		}
		t.Fatal("there is no such host")
		return ""
	}
	mine, shared := host(true), host(false)
	test := testOf("acme")
	test.Logs, test.LogsLeft = []model.LogExcerpt{{Host: shared}, {Host: mine}}, 3
	seen := test.Within(inv, model.ScopeOf([]string{"acme"}))
	if len(seen.Logs) != 1 || seen.Logs[0].Host != mine || seen.LogsLeft != 3 || !seen.All {
		t.Errorf("%+v", seen)
	}
	if seen := test.Within(inv, model.Scope{}); len(seen.Logs) != 2 || len(test.Logs) != 2 {
		t.Errorf("without a bound: %+v", seen.Logs)
	}
}

// TestRecipients: who gets a report depends on what they may see of it.
func TestRecipients(t *testing.T) {
	acme := model.ScopeOf([]string{"acme"})
	target := func(name string, scope model.Scope) ops.ReportTarget {
		return ops.ReportTarget{Name: name, To: model.Destination{Channel: name}, Scope: scope}
	}
	plan := func(least model.Severity) *ops.ReportPlan {
		return &ops.ReportPlan{
			MinSeverity: least, ToErrors: []ops.ReportTarget{target("oncall", model.Scope{}), target("acme", acme), target("both", model.Scope{})},
			ToFine: []ops.ReportTarget{target("archive", model.Scope{}), target("acme-archive", acme), target("both", model.Scope{})},
		}
	}
	only := func(severity model.Severity, clients ...string) *model.WebTest { // the named ones have findings
		all := testOf("acme", "beta")
		for i := range all.Clients {
			if slices.Contains(clients, all.Clients[i].Client) {
				all.Clients[i].Findings[0].Severity, all.Clients[i].Severity = severity, model.SeverityWarning
				continue
			}
			all.Clients[i].Severity, all.Clients[i].Findings = model.SeverityInfo, nil
		}
		return all
	}
	for _, c := range []struct {
		name  string
		least model.Severity
		test  *model.WebTest
		want  string
	}{
		{"both fail", model.SeverityWarning, only(model.SeverityCritical, "acme", "beta"), "oncall acme both"},
		{"nothing found", model.SeverityWarning, only(model.SeverityCritical), "archive acme-archive both"},
		{"nothing found, all wanted", model.SeverityInfo, only(model.SeverityInfo), "archive acme-archive both"},
		{"critical, with little effect on clients", model.SeverityCritical, only(model.SeverityCritical, "acme"), "oncall acme both"},
		{"a warning", model.SeverityWarning, only(model.SeverityWarning, "acme"), "oncall acme both"},
		{"a warning where only critical counts", model.SeverityCritical, only(model.SeverityWarning, "acme"), "archive acme-archive both"},
		{"of another client", model.SeverityWarning, only(model.SeverityCritical, "beta"), "oncall both acme-archive"},
		{"without what acme sees", model.SeverityWarning, testOf("beta"), "oncall both"},
	} {
		var got []string
		for _, to := range plan(c.least).Recipients(newBench(t).inv, c.test) {
			got = append(got, to.Name)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v, want %s", c.name, got, c.want)
		}
	}
}

// TestRunReport: one transaction holds the reports, that they were created, and who asked; each is in the reader's
// language.
func TestRunReport(t *testing.T) {
	b := newBench(t)
	b.inv = inventory("acme/reports@web1", "beta/reports@web2")
	due := epoch.Add(time.Minute)
	plan := &ops.ReportPlan{Name: "nightly", Due: due, MinSeverity: model.SeverityWarning, ToFine: []ops.ReportTarget{
		{Name: "email:a", To: model.Destination{Channel: "email:a"}, Language: "en"},
		{Name: "chat:b", To: model.Destination{Channel: "telegram", Chat: -1}, Language: "ru", Scope: model.ScopeOf([]string{"beta"})},
	}}
	config := model.Actor{Name: "nightly", Via: "config", Role: model.RoleAdmin}
	to, err := b.actions.RunReport(b.Context(), config, plan)
	if err != nil || len(to) != 2 || len(b.posted) != 1 {
		t.Fatalf("%v %v %d", to, err, len(b.posted))
	}
	c := b.posted[0]
	if len(c.Notifications) != 2 || c.Notifications[0].Snapshot.Report.Title != "en: acme beta" || c.Notifications[1].Snapshot.Report.Title != "ru: beta" || !c.Reported["nightly"].Equal(due) {
		t.Errorf("%+v", c)
	}
	if len(c.Audit) != 1 || c.Audit[0].After != "email:a chat:b" || c.Audit[0].Actor.Via != "config" {
		t.Errorf("%+v", c.Audit)
	}
	plan.Words = []string{"nobody"}
	if _, err := b.actions.RunReport(b.Context(), config, plan); model.CodeOf(err) != model.ErrUnknownWord || len(b.posted) != 1 {
		t.Errorf("%v, %d posted", err, len(b.posted))
	}
	ctx, cancel := context.WithCancel(b.Context())
	cancel()
	plan.Words = nil
	if _, err := b.actions.RunReport(ctx, config, plan); !errors.Is(err, context.Canceled) || len(b.posted) != 1 {
		t.Errorf("a run that was cut short is a report: %v, %d posted", err, len(b.posted))
	}
}

// TestRunClientReports: the next run creates the missing reports, and nobody gets theirs twice.
func TestRunClientReports(t *testing.T) {
	b := newBench(t)
	b.inv = inventory("acme/reports@web1", "beta/reports@web2", "gamma/store@web3")
	plan := &ops.ReportPlan{Name: "monthly", Due: epoch, Asked: "2026-02", Span: reportOf().Span}
	plan.Way = func(c model.Client) (ops.ReportTarget, bool) {
		to, _ := b.ClientTarget(c)
		return to, c.Name != "gamma"
	}
	config := model.Actor{Name: "monthly", Via: "config", Role: model.RoleAdmin}
	b.cannot["acme"] = errors.New("no room")
	sent, err := b.actions.RunClientReports(b.Context(), config, plan)
	if err == nil || !strings.Contains(err.Error(), "report of acme: no room") || len(sent) != 1 || sent[0].Name != "email:reports/beta" || !b.reported["monthly"].IsZero() {
		t.Fatalf("%v %v %v", sent, err, b.reported)
	}
	delete(b.cannot, "acme")
	sent, err = b.actions.RunClientReports(b.Context(), config, plan)
	if err != nil || len(sent) != 1 || sent[0].Name != "email:reports/acme" || !b.reported["monthly"].Equal(epoch) {
		t.Fatalf("%v %v %v", sent, err, b.reported)
	}
	if got := b.posted[1].Notifications[0].Snapshot.Report.Title; got != "en: acme 2026-02" {
		t.Error(got)
	}
	plan.Due, plan.Words = epoch.Add(model.Day), []string{"beta"}
	if sent, err = b.actions.RunClientReports(b.Context(), config, plan); err != nil || len(sent) != 1 || sent[0].Name != "email:reports/beta" {
		t.Errorf("%v %v", sent, err)
	}
}

// TestClientPast has only the client's services, the incidents that affected them, and no incidents attached to others.
func TestClientPast(t *testing.T) {
	b := newBench(t)
	b.inv = inventory("acme/reports@web1", "acme/store@web1", "beta/reports@web1", "beta/reports@web2")
	at := func(id model.IncidentID, kind model.IncidentKind, client, service, host string) model.Incident {
		in := model.Incident{
			ID: id, Kind: kind, Host: host, OpenedAt: epoch.Add(-model.Day).Add(time.Duration(id) * time.Minute), ClosedAt: epoch,
			Affected: []model.ServiceState{{ServiceKey: model.ServiceKey{Client: client, Service: service}}},
			Failing:  []model.FailingCheck{{Check: "beta/reports@web1"}}, Severity: model.SeverityWarning, Worst: model.SeverityCritical,
		}
		if kind == model.IncidentService {
			in.ServiceKey = model.ServiceKey{Client: client, Service: service}
		}
		return in
	}
	shared := at(3, model.IncidentHost, "acme", "store", "web1")
	shared.Affected = append(shared.Affected, model.ServiceState{ServiceKey: model.ServiceKey{Client: "beta", Service: "reports"}})
	part := at(4, model.IncidentService, "acme", "store", "")
	part.Parent = 3
	ofStorm := at(5, model.IncidentService, "acme", "reports", "")
	ofStorm.Parent = 99
	before := at(6, model.IncidentService, "acme", "reports", "")
	before.OpenedAt, before.ClosedAt = epoch.AddDate(0, -3, 0), epoch.AddDate(0, -2, 0)
	b.over = []model.Incident{at(1, model.IncidentService, "beta", "reports", ""), at(2, model.IncidentHost, "beta", "reports", "web1"), shared, part, ofStorm, before, at(7, model.IncidentHost, "beta", "reports", "web2")}
	b.pasts = map[model.ServiceKey]model.ServicePast{{Client: "acme", Service: "store"}: {Up: time.Hour, Down: time.Hour}, {Client: "beta", Service: "reports"}: {Down: 9 * time.Hour}}
	p, err := b.actions.ClientPast(b.Context(), actor(model.RoleViewer), reportOf("acme"))
	if err != nil {
		t.Fatal(err)
	}
	var ids []model.IncidentID
	for _, in := range p.Incidents {
		ids = append(ids, in.ID)
		for _, s := range in.Affected {
			if s.Client != "acme" {
				t.Errorf("#%d tells of %s", in.ID, s)
			}
		}
		if len(in.Failing) > 0 || in.Worst != in.Severity {
			t.Errorf("#%d tells of what others had: %+v", in.ID, in)
		}
	}
	if !slices.Equal(ids, []model.IncidentID{3, 5}) {
		t.Errorf("incidents %v", ids)
	}
	if len(p.Services) != 2 || p.Services[0].Service != "store" || !p.Whole || p.Client.Name != "acme" {
		t.Errorf("%+v", p.Services)
	}
	if p, err = b.actions.ClientPast(b.Context(), actor(model.RoleViewer), ops.ReportRequest{Words: []string{"acme", "reports"}, Span: model.Span{From: epoch.Add(-time.Hour), To: epoch.Add(time.Hour)}, Asked: "x"}); err != nil || len(p.Services) != 1 || p.Whole || !p.To.Equal(epoch) {
		t.Errorf("%+v, %v", p, err)
	}
	for _, words := range [][]string{{"acme", "beta"}, {"web1"}, {"main-db"}, {"acme", "web1"}, {"all"}} {
		b.inv = inventory("acme/reports@web1", "beta/reports@web2", "main-db")
		if _, err := b.actions.ClientPast(b.Context(), actor(model.RoleAdmin), reportOf(words...)); model.CodeOf(err) != model.ErrOneClient {
			t.Errorf("%v: %v", words, err)
		}
	}
}

// TestClientPastOfWhatIsGone: what was removed is in the report of a time in which it was measured, with its incidents.
func TestClientPastOfWhatIsGone(t *testing.T) {
	b := newBench(t)
	b.inv = inventory("acme/reports@web1")
	key := func(service string) model.ServiceKey { return model.ServiceKey{Client: "acme", Service: service} }
	b.pasts = map[model.ServiceKey]model.ServicePast{
		key("old"):    {Up: time.Hour, Down: time.Hour, Endpoints: []model.EndpointPast{{Host: "old7"}}},
		key("older"):  {Unmeasured: 28 * model.Day},
		key("counts"): {Unmeasured: 28 * model.Day, Counts: model.Counts{OK: 1}},
	}
	b.over = []model.Incident{{
		ID: 9, Kind: model.IncidentHost, Host: "old7", OpenedAt: epoch.Add(-model.Day), ClosedAt: epoch, Affected: []model.ServiceState{{ServiceKey: key("old")}},
	}}
	p, err := b.actions.ClientPast(b.Context(), actor(model.RoleViewer), reportOf("acme"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for i := range p.Services {
		names = append(names, p.Services[i].Service)
	}
	if !slices.Equal(names, []string{"old", "counts", "reports"}) || len(p.Removed) != 2 || p.Removed["reports"] || len(p.Incidents) != 1 || !p.KeptFrom.IsZero() {
		t.Errorf("%v, removed %v, %d incidents, kept from %v", names, p.Removed, len(p.Incidents), p.KeptFrom)
	}
	if p, err = b.actions.ClientPast(b.Context(), actor(model.RoleViewer), reportOf("acme", "reports")); err != nil || len(p.Services) != 1 {
		t.Errorf("of one service: %+v, %v", p.Services, err)
	}
	old := model.Span{From: epoch.AddDate(-3, 0, 0), To: epoch.AddDate(-3, 1, 0)}
	p, err = b.actions.ClientPast(b.Context(), actor(model.RoleViewer), ops.ReportRequest{Words: []string{"acme"}, Span: old, Asked: "2023-03"})
	if err != nil || !p.KeptFrom.Equal(epoch.Add(-model.IncidentsKept)) {
		t.Errorf("incidents are kept from %v, %v", p.KeptFrom, err)
	}
}

func TestParseReport(t *testing.T) {
	moscow, err := time.LoadLocation("Europe/Moscow")
	if err != nil {
		t.Fatal(err)
	}
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		words    string
		zone     *time.Location
		from, to string // RFC 3339; "" is refused
		rest     string
	}{
		{"acme", moscow, "2026-11-01T00:00:00+03:00", "2026-12-01T00:00:00+03:00", "acme"},
		{"acme 2026-10", moscow, "2026-10-01T00:00:00+03:00", "2026-11-01T00:00:00+03:00", "acme"},
		{"2026-10 acme reports", berlin, "2026-10-01T00:00:00+02:00", "2026-11-01T00:00:00+01:00", "acme reports"},
		{"acme 7d", moscow, "2026-11-16T00:30:00+03:00", "2026-11-23T00:30:00+03:00", "acme"},
		{"acme 7 days", moscow, "2026-11-16T00:30:00+03:00", "2026-11-23T00:30:00+03:00", "acme"},
		{"7 дней acme", moscow, "2026-11-16T00:30:00+03:00", "2026-11-23T00:30:00+03:00", "acme"},
		{"acme 2026-10-01..2026-10-15", moscow, "2026-10-01T00:00:00+03:00", "2026-10-16T00:00:00+03:00", "acme"},
		{"acme 2026-09..2026-10", moscow, "2026-09-01T00:00:00+03:00", "2026-11-01T00:00:00+03:00", "acme"},
		{"acme 2026-10-25", berlin, "2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00", "acme"},
		{"acme 2026-11-22", moscow, "2026-11-22T00:00:00+03:00", "2026-11-23T00:00:00+03:00", "acme"},
		{"acme 2026-12", moscow, "", "", ""},
		{"acme 2026-10-15..2026-10-01", moscow, "", "", ""},
		{"acme 2026-10-01..", moscow, "", "", ""},
		{"acme 2024-01..2026-10", moscow, "", "", ""},
		{"acme 401d", moscow, "", "", ""},
		{"acme 7d 8d", moscow, "", "", ""},
		{"2026-10", moscow, "", "", ""},
	} {
		now := time.Date(2026, 11, 22, 21, 30, 0, 0, time.UTC).In(c.zone)
		req, err := ops.ParseReport(strings.Fields(c.words), now)
		if c.from == "" {
			if err == nil {
				t.Errorf("%s: %+v", c.words, req)
			}
			continue
		}
		if err != nil || req.Span.From.Format(time.RFC3339) != c.from || req.Span.To.Format(time.RFC3339) != c.to || strings.Join(req.Words, " ") != c.rest {
			t.Errorf("%s: %s to %s of %v, %v", c.words, req.Span.From.Format(time.RFC3339), req.Span.To.Format(time.RFC3339), req.Words, err)
		}
	}
}

func TestLastWhole(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ period, at, from, to, asked string }{
		{"month", "2026-11-01T08:00:00+01:00", "2026-10-01T00:00:00+02:00", "2026-11-01T00:00:00+01:00", "2026-10"},
		{"month", "2026-01-31T08:00:00+01:00", "2025-12-01T00:00:00+01:00", "2026-01-01T00:00:00+01:00", "2025-12"},
		{"week", "2026-11-02T08:00:00+01:00", "2026-10-26T00:00:00+01:00", "2026-11-02T00:00:00+01:00", "2026-10-26..2026-11-01"},
		{"week", "2026-11-01T23:00:00+01:00", "2026-10-19T00:00:00+02:00", "2026-10-26T00:00:00+01:00", "2026-10-19..2026-10-25"},
		{"day", "2026-10-26T00:00:00+01:00", "2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00", "2026-10-25"},
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		span, asked := ops.LastWhole(c.period, at.In(berlin))
		if span.From.Format(time.RFC3339) != c.from || span.To.Format(time.RFC3339) != c.to || asked != c.asked {
			t.Errorf("%s before %s: %s to %s, %s", c.period, c.at, span.From.Format(time.RFC3339), span.To.Format(time.RFC3339), asked)
		}
		req, err := ops.ParseReport([]string{"a", asked}, at.In(berlin))
		if err != nil || !req.Span.From.Equal(span.From) || !req.Span.To.Equal(span.To) {
			t.Errorf("%s is read as %s to %s, %v", asked, req.Span.From, req.Span.To, err)
		}
	}
}

// FuzzParseReport: whatever is written, an accepted time has begun, ends after its beginning, and is bounded.
func FuzzParseReport(f *testing.F) {
	for _, seed := range []string{"acme 2026-10", "acme 2026-10-01..2026-10-15", "7d", "a ..", "a 0000-01", "a 9999-12", "a 2026-10..2026-10", "a 999999999w"} {
		f.Add(seed)
	}
	now := time.Date(2026, 11, 22, 21, 30, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		req, err := ops.ParseReport(strings.Fields(text), now)
		if err == nil && (!req.Span.From.Before(now) || req.Span.Length() <= 0 || req.Span.Length() > 400*model.Day || len(req.Words) == 0) {
			t.Errorf("%q: %+v", text, req)
		}
	})
}
