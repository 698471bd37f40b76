package ops_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"opsbot"
	"opsbot/ops"
)

// Mails and the rest implement ops.Reports: what is written holds who reads what.
func (b *bench) Mails() []ops.ReportTarget {
	return []ops.ReportTarget{{Name: "email:oncall", To: opsbot.Destination{Channel: "email:oncall"}, Language: "ru"}}
}

func (b *bench) WebTest(language string, t *opsbot.WebTest) (opsbot.Report, error) {
	var clients []string
	for i := range t.Clients {
		clients = append(clients, t.Clients[i].Client)
	}
	return opsbot.Report{Title: language + ": " + strings.Join(clients, " "), Parts: &opsbot.ReportParts{}}, nil
}

func (b *bench) Client(_ context.Context, language string, p *opsbot.ClientPast) (opsbot.Report, error) {
	return opsbot.Report{Title: language + ": " + p.Client.Name + " " + p.Asked, Parts: &opsbot.ReportParts{}}, b.cannot[p.Client.Name]
}

func (b *bench) ClientTarget(c opsbot.Client) (ops.ReportTarget, bool) {
	return ops.ReportTarget{Name: "email:reports/" + c.Name, To: opsbot.Destination{Channel: "email:reports/" + c.Name}, Language: "en", Addresses: c.ReportTo}, true
}

func (b *bench) Made(_ context.Context, name string) (time.Time, error) { return b.reported[name], nil }

func (b *bench) Post(_ context.Context, c opsbot.Change) error {
	b.posted = append(b.posted, c)
	for name, due := range c.Reported {
		b.reported[name] = due
	}
	b.audit = append(b.audit, c.Audit...)
	return nil
}

func reportOf(words ...string) ops.ReportRequest {
	from := time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
	return ops.ReportRequest{Words: words, Span: opsbot.Span{From: from, To: from.AddDate(0, 1, 0)}, Asked: "2026-02"}
}

// testOf is a test of clients, each with one endpoint and a finding.
func testOf(clients ...string) *opsbot.WebTest {
	t := &opsbot.WebTest{Cause: &opsbot.Cause{Labels: []string{"dc=x"}}, Logs: []opsbot.LogExcerpt{{Host: "web1"}}, All: true}
	for _, name := range clients {
		e := &opsbot.Endpoint{ServiceKey: opsbot.ServiceKey{Client: name, Service: "reports"}, Host: "web1"}
		c := opsbot.ClientTest{Client: name, Severity: opsbot.SeverityCritical, Rows: []opsbot.EndpointTest{{Endpoint: e, Result: opsbot.Result{Status: opsbot.StatusFail}}}}
		c.Findings = []opsbot.Finding{{Kind: opsbot.FindingHostsDown, Severity: opsbot.SeverityCritical, Client: name}}
		c.Failed, t.Failed = 1, t.Failed+1
		t.Clients = append(t.Clients, c)
	}
	return t
}

// TestMailShowsWhatTheAskerSees: of a test that somebody else has run in the chat, too.
func TestMailShowsWhatTheAskerSees(t *testing.T) {
	b := newBench(t)
	who := actor(opsbot.RoleOperator)
	who.Scope = opsbot.ScopeOf([]string{"acme"})
	if _, err := b.actions.MailTest(b.Context(), who, testOf("acme", "beta"), "email:oncall"); err != nil {
		t.Fatal(err)
	}
	if got := b.posted[0].Notifications[0]; got.Snapshot.Report.Title != "ru: acme" || got.Kind != opsbot.NotifyReport || got.Severity != opsbot.SeverityCritical {
		t.Errorf("%+v", got.Snapshot.Report)
	}
	if got := b.posted[0].Audit[0]; got.Target != "acme" || got.After != "email:oncall" {
		t.Errorf("%+v", got)
	}
	who.Scope = opsbot.ScopeOf([]string{"gamma"})
	if _, err := b.actions.MailTest(b.Context(), who, testOf("acme", "beta"), "email:oncall"); opsbot.CodeOf(err) != opsbot.ErrNothingSelected {
		t.Error(err)
	}
	if _, err := b.actions.MailTest(b.Context(), actor(opsbot.RoleAdmin), testOf("acme"), "email:boss"); opsbot.CodeOf(err) != opsbot.ErrNoMail {
		t.Error(err)
	}
	if len(b.posted) != 1 {
		t.Errorf("%d were posted", len(b.posted))
	}
}

// TestWithin: what is left of a test for some clients tells nothing of the others.
func TestWithin(t *testing.T) {
	all, inv := testOf("acme", "beta"), newBench(t).inv
	if got := all.Within(inv, opsbot.Scope{}); !reflect.DeepEqual(got, all) {
		t.Error("who sees everything gets something else")
	}
	some := all.Within(inv, opsbot.ScopeOf([]string{"beta"}))
	if len(some.Clients) != 1 || some.Failed != 1 || some.Hosts != 1 || some.Services != 1 || some.Cause != nil || len(some.Logs) > 0 || some.All || some.Selector.String() != "beta" {
		t.Errorf("%+v", some)
	}
	if all.Failed != 2 || len(all.Clients) != 2 || all.Cause == nil {
		t.Errorf("the whole changed: %+v", all)
	}
}

// TestWithinLogs: the log of a host tells of all that it carries, whatever was tested.
func TestWithinLogs(t *testing.T) {
	inv := newBench(t).inv
	host := func(mine bool) string {
		for _, c := range inv.ChecksOfClient("acme") {
			if inv.HostIsOf(c.Endpoint.Host, opsbot.ScopeOf([]string{"acme"})) == mine {
				return c.Endpoint.Host
			}
		}
		t.Fatal("there is no such host")
		return ""
	}
	mine, shared := host(true), host(false)
	test := testOf("acme")
	test.Logs, test.LogsLeft = []opsbot.LogExcerpt{{Host: shared}, {Host: mine}}, 3
	seen := test.Within(inv, opsbot.ScopeOf([]string{"acme"}))
	if len(seen.Logs) != 1 || seen.Logs[0].Host != mine || seen.LogsLeft != 3 || !seen.All {
		t.Errorf("%+v", seen)
	}
	if seen := test.Within(inv, opsbot.Scope{}); len(seen.Logs) != 2 || len(test.Logs) != 2 {
		t.Errorf("without a bound: %+v", seen.Logs)
	}
}

// TestRecipients: who gets a report follows from what they may see of it.
func TestRecipients(t *testing.T) {
	acme := opsbot.ScopeOf([]string{"acme"})
	target := func(name string, scope opsbot.Scope) ops.ReportTarget {
		return ops.ReportTarget{Name: name, To: opsbot.Destination{Channel: name}, Scope: scope}
	}
	plan := func(least opsbot.Severity) *ops.ReportPlan {
		return &ops.ReportPlan{
			MinSeverity: least, ToErrors: []ops.ReportTarget{target("oncall", opsbot.Scope{}), target("acme", acme), target("both", opsbot.Scope{})},
			ToFine: []ops.ReportTarget{target("archive", opsbot.Scope{}), target("acme-archive", acme), target("both", opsbot.Scope{})},
		}
	}
	only := func(severity opsbot.Severity, clients ...string) *opsbot.WebTest { // those that are named have findings
		all := testOf("acme", "beta")
		for i := range all.Clients {
			if slices.Contains(clients, all.Clients[i].Client) {
				all.Clients[i].Findings[0].Severity, all.Clients[i].Severity = severity, opsbot.SeverityWarning
				continue
			}
			all.Clients[i].Severity, all.Clients[i].Findings = opsbot.SeverityInfo, nil
		}
		return all
	}
	for _, c := range []struct {
		name  string
		least opsbot.Severity
		test  *opsbot.WebTest
		want  string
	}{
		{"both fail", opsbot.SeverityWarning, only(opsbot.SeverityCritical, "acme", "beta"), "oncall acme both"},
		{"nothing found", opsbot.SeverityWarning, only(opsbot.SeverityCritical), "archive acme-archive both"},
		{"nothing found, all wanted", opsbot.SeverityInfo, only(opsbot.SeverityInfo), "archive acme-archive both"},
		{"critical, though its clients hardly feel it", opsbot.SeverityCritical, only(opsbot.SeverityCritical, "acme"), "oncall acme both"},
		{"a warning", opsbot.SeverityWarning, only(opsbot.SeverityWarning, "acme"), "oncall acme both"},
		{"a warning where only critical counts", opsbot.SeverityCritical, only(opsbot.SeverityWarning, "acme"), "archive acme-archive both"},
		{"of another client", opsbot.SeverityWarning, only(opsbot.SeverityCritical, "beta"), "oncall both acme-archive"},
		{"without what acme sees", opsbot.SeverityWarning, testOf("beta"), "oncall both"},
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

// TestRunReport: one transaction holds what is sent, that it was made, and who asked; each reads it in their language.
func TestRunReport(t *testing.T) {
	b := newBench(t)
	b.inv = inventory("acme/reports@web1", "beta/reports@web2")
	due := epoch.Add(time.Minute)
	plan := &ops.ReportPlan{Name: "nightly", Due: due, MinSeverity: opsbot.SeverityWarning, ToFine: []ops.ReportTarget{
		{Name: "email:a", To: opsbot.Destination{Channel: "email:a"}, Language: "en"},
		{Name: "chat:b", To: opsbot.Destination{Channel: "telegram", Chat: -1}, Language: "ru", Scope: opsbot.ScopeOf([]string{"beta"})},
	}}
	config := opsbot.Actor{Name: "nightly", Via: "config", Role: opsbot.RoleAdmin}
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
	if _, err := b.actions.RunReport(b.Context(), config, plan); opsbot.CodeOf(err) != opsbot.ErrUnknownWord || len(b.posted) != 1 {
		t.Errorf("%v, %d posted", err, len(b.posted))
	}
	ctx, cancel := context.WithCancel(b.Context())
	cancel()
	plan.Words = nil
	if _, err := b.actions.RunReport(ctx, config, plan); !errors.Is(err, context.Canceled) || len(b.posted) != 1 {
		t.Errorf("a run that was cut short is a report: %v, %d posted", err, len(b.posted))
	}
}

// TestRunClientReports: what could not be made is made by the next run, and nobody gets theirs twice.
func TestRunClientReports(t *testing.T) {
	b := newBench(t)
	b.inv = inventory("acme/reports@web1", "beta/reports@web2", "gamma/store@web3")
	plan := &ops.ReportPlan{Name: "monthly", Due: epoch, Asked: "2026-02", Span: reportOf().Span}
	plan.Way = func(c opsbot.Client) (ops.ReportTarget, bool) {
		to, _ := b.ClientTarget(c)
		return to, c.Name != "gamma"
	}
	config := opsbot.Actor{Name: "monthly", Via: "config", Role: opsbot.RoleAdmin}
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
	plan.Due, plan.Words = epoch.Add(opsbot.Day), []string{"beta"}
	if sent, err = b.actions.RunClientReports(b.Context(), config, plan); err != nil || len(sent) != 1 || sent[0].Name != "email:reports/beta" {
		t.Errorf("%v %v", sent, err)
	}
}

// TestClientPast: only the services of the client, the incidents that touched them, and those that nothing else explains.
func TestClientPast(t *testing.T) {
	b := newBench(t)
	b.inv = inventory("acme/reports@web1", "acme/store@web1", "beta/reports@web1", "beta/reports@web2")
	at := func(id opsbot.IncidentID, kind opsbot.IncidentKind, client, service, host string) opsbot.Incident {
		in := opsbot.Incident{
			ID: id, Kind: kind, Host: host, OpenedAt: epoch.Add(-opsbot.Day).Add(time.Duration(id) * time.Minute), ClosedAt: epoch,
			Affected: []opsbot.ServiceState{{ServiceKey: opsbot.ServiceKey{Client: client, Service: service}}},
			Failing:  []opsbot.FailingCheck{{Check: "beta/reports@web1"}}, Severity: opsbot.SeverityWarning, Worst: opsbot.SeverityCritical,
		}
		if kind == opsbot.IncidentService {
			in.ServiceKey = opsbot.ServiceKey{Client: client, Service: service}
		}
		return in
	}
	shared := at(3, opsbot.IncidentHost, "acme", "store", "web1")
	shared.Affected = append(shared.Affected, opsbot.ServiceState{ServiceKey: opsbot.ServiceKey{Client: "beta", Service: "reports"}})
	part := at(4, opsbot.IncidentService, "acme", "store", "")
	part.Parent = 3
	ofStorm := at(5, opsbot.IncidentService, "acme", "reports", "")
	ofStorm.Parent = 99
	before := at(6, opsbot.IncidentService, "acme", "reports", "")
	before.OpenedAt, before.ClosedAt = epoch.AddDate(0, -3, 0), epoch.AddDate(0, -2, 0)
	b.over = []opsbot.Incident{at(1, opsbot.IncidentService, "beta", "reports", ""), at(2, opsbot.IncidentHost, "beta", "reports", "web1"), shared, part, ofStorm, before, at(7, opsbot.IncidentHost, "beta", "reports", "web2")}
	b.pasts = map[opsbot.ServiceKey]opsbot.ServicePast{{Client: "acme", Service: "store"}: {Up: time.Hour, Down: time.Hour}, {Client: "beta", Service: "reports"}: {Down: 9 * time.Hour}}
	p, err := b.actions.ClientPast(b.Context(), actor(opsbot.RoleViewer), reportOf("acme"))
	if err != nil {
		t.Fatal(err)
	}
	var ids []opsbot.IncidentID
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
	if !slices.Equal(ids, []opsbot.IncidentID{3, 5}) {
		t.Errorf("incidents %v", ids)
	}
	if len(p.Services) != 2 || p.Services[0].Service != "store" || !p.Whole || p.Client.Name != "acme" {
		t.Errorf("%+v", p.Services)
	}
	if p, err = b.actions.ClientPast(b.Context(), actor(opsbot.RoleViewer), ops.ReportRequest{Words: []string{"acme", "reports"}, Span: opsbot.Span{From: epoch.Add(-time.Hour), To: epoch.Add(time.Hour)}, Asked: "x"}); err != nil || len(p.Services) != 1 || p.Whole || !p.To.Equal(epoch) {
		t.Errorf("%+v, %v", p, err)
	}
	for _, words := range [][]string{{"acme", "beta"}, {"web1"}, {"main-db"}, {"acme", "web1"}, {"all"}} {
		b.inv = inventory("acme/reports@web1", "beta/reports@web2", "main-db")
		if _, err := b.actions.ClientPast(b.Context(), actor(opsbot.RoleAdmin), reportOf(words...)); opsbot.CodeOf(err) != opsbot.ErrOneClient {
			t.Errorf("%v: %v", words, err)
		}
	}
}

// TestClientPastOfWhatIsGone: what was removed is in the report of a time in which it was measured, with its incidents.
func TestClientPastOfWhatIsGone(t *testing.T) {
	b := newBench(t)
	b.inv = inventory("acme/reports@web1")
	key := func(service string) opsbot.ServiceKey { return opsbot.ServiceKey{Client: "acme", Service: service} }
	b.pasts = map[opsbot.ServiceKey]opsbot.ServicePast{
		key("old"):    {Up: time.Hour, Down: time.Hour, Endpoints: []opsbot.EndpointPast{{Host: "old7"}}},
		key("older"):  {Unmeasured: 28 * opsbot.Day},
		key("counts"): {Unmeasured: 28 * opsbot.Day, Counts: opsbot.Counts{OK: 1}},
	}
	b.over = []opsbot.Incident{{
		ID: 9, Kind: opsbot.IncidentHost, Host: "old7", OpenedAt: epoch.Add(-opsbot.Day), ClosedAt: epoch, Affected: []opsbot.ServiceState{{ServiceKey: key("old")}},
	}}
	p, err := b.actions.ClientPast(b.Context(), actor(opsbot.RoleViewer), reportOf("acme"))
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
	if p, err = b.actions.ClientPast(b.Context(), actor(opsbot.RoleViewer), reportOf("acme", "reports")); err != nil || len(p.Services) != 1 {
		t.Errorf("of one service: %+v, %v", p.Services, err)
	}
	old := opsbot.Span{From: epoch.AddDate(-3, 0, 0), To: epoch.AddDate(-3, 1, 0)}
	p, err = b.actions.ClientPast(b.Context(), actor(opsbot.RoleViewer), ops.ReportRequest{Words: []string{"acme"}, Span: old, Asked: "2023-03"})
	if err != nil || !p.KeptFrom.Equal(epoch.Add(-opsbot.IncidentsKept)) {
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

// FuzzParseReport: whatever is written, a time that is taken has begun, has an end after its beginning, and is bounded.
func FuzzParseReport(f *testing.F) {
	for _, seed := range []string{"acme 2026-10", "acme 2026-10-01..2026-10-15", "7d", "a ..", "a 0000-01", "a 9999-12", "a 2026-10..2026-10", "a 999999999w"} {
		f.Add(seed)
	}
	now := time.Date(2026, 11, 22, 21, 30, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		req, err := ops.ParseReport(strings.Fields(text), now)
		if err == nil && (!req.Span.From.Before(now) || req.Span.Length() <= 0 || req.Span.Length() > 400*opsbot.Day || len(req.Words) == 0) {
			t.Errorf("%q: %+v", text, req)
		}
	})
}
