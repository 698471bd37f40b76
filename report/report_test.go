package report_test

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"opsbot/model"
	"opsbot/report"
	"opsbot/test/golden"
	"opsbot/texts"
)

var (
	at     = time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)
	moscow = time.FixedZone("MSK", 3*3600)
)

func writer(t testing.TB, chart report.Chart) *report.Writer {
	t.Helper()
	catalog, err := texts.Load()
	if err != nil {
		t.Fatal(err)
	}
	w, err := report.New(report.Options{Texts: catalog, Zone: func() *time.Location { return moscow }, Instance: func() string { return "ops-msk" }, Chart: chart})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// goldens compares all of a report.
func goldens(t *testing.T, name string, r model.Report) {
	t.Helper()
	golden.Compare(t, filepath.Join("testdata", name+".html"), string(r.Parts.Document()))
	golden.Compare(t, filepath.Join("testdata", name+".txt"), r.Title+"\n\n"+r.Text+"\n\n"+r.Parts.Text+"\n")
	for _, f := range r.Parts.Files {
		if !f.Inline {
			golden.Compare(t, filepath.Join("testdata", name+strings.TrimPrefix(f.Name, r.Parts.Name)), string(f.Data))
		}
	}
	wellFormed(t, r.Parts.HTML)
}

// wellFormed checks that every element is closed, nothing is active or loaded, and no placeholder is left.
func wellFormed(t *testing.T, page string) {
	t.Helper()
	var open []string
	z := html.NewTokenizer(strings.NewReader(page))
	for {
		switch z.Next() {
		case html.ErrorToken:
			if len(open) > 0 {
				t.Errorf("open at the end: %v", open)
			}
			for _, bad := range []string{"<no value>", "ZgotmplZ", "<script", "javascript:", "<link", "@import", "%!", "[report."} {
				if strings.Contains(page, bad) {
					t.Errorf("the page has %q", bad)
				}
			}
			return
		case html.StartTagToken:
			tok := z.Token()
			if !strings.Contains(" meta img br ", " "+tok.Data+" ") {
				open = append(open, tok.Data)
			}
			for _, a := range tok.Attr {
				if strings.HasPrefix(a.Key, "on") || (a.Key == "src" || a.Key == "href") && !strings.HasPrefix(a.Val, "cid:") {
					t.Errorf("%s %s=%q", tok.Data, a.Key, a.Val)
				}
			}
		case html.EndTagToken:
			if tok := z.Token(); len(open) == 0 || open[len(open)-1] != tok.Data {
				t.Fatalf("</%s> closes %v", tok.Data, open)
			}
			open = open[:len(open)-1]
		}
	}
}

// rows builds the results of a client: hosts by services, "." is ok, "x" fails, "?" is unknown.
func rows(client string, services []string, hosts map[string]string, order ...string) model.ClientTest {
	c := model.ClientTest{Client: client}
	for _, host := range order {
		for i, mark := range hosts[host] {
			e := &model.Endpoint{
				ServiceKey: model.ServiceKey{Client: client, Service: services[i]}, Host: host,
				Address: fmt.Sprintf("10.0.0.%d:%d", len(c.Rows)+1, 8801+i), URL: fmt.Sprintf("http://%s:%d/%s.html", host, 8801+i, services[i]),
			}
			r := model.Result{Check: e.ID(), Status: model.StatusOK, Took: 12 * time.Millisecond, Tries: 1}
			switch mark {
			case 'x':
				r.Status, r.Tries = model.StatusFail, 3
				r.Reason = model.NewReason(model.ReasonWebStatus, "got", "503", "want", "200", "took", "41ms", "addr", e.Address)
			case '?':
				r.Status, r.Reason = model.StatusUnknown, model.NewReason(model.ReasonLocal, "said", "no route to host")
			}
			c.Add(r.Status)
			c.Rows = append(c.Rows, model.EndpointTest{Endpoint: e, Result: r})
		}
	}
	return c
}

var four = []string{"reports", "support", "analytics", "store"}

// oneClient is a test of one client.
func oneClient() *model.WebTest {
	c := rows("customer1", four, map[string]string{"web1": "....", "web2": "xxxx", "web3": "..x.", "web4": ".?.."}, "web1", "web2", "web3", "web4")
	c.Verdict, c.Severity = model.VerdictAtRisk, model.SeverityCritical
	c.Findings = []model.Finding{
		{Kind: model.FindingHostsDown, Severity: model.SeverityCritical, Client: "customer1", Hosts: []string{"web2"}, Failed: 4, Total: 4},
		{Kind: model.FindingErrorLevel, Severity: model.SeverityWarning, Client: "customer1", Services: []string{"analytics"}, Failed: 1, Total: 3},
		{Kind: model.FindingUnchecked, Severity: model.SeverityWarning, Client: "customer1", Failed: 1, Total: 12},
	}
	return &model.WebTest{
		Selector: model.Selector{Clients: []string{"customer1"}}, At: at, Took: 10*time.Second + 41*time.Millisecond, Hosts: 4, Services: 4,
		Tally: c.Tally, Clients: []model.ClientTest{c}, Cause: &model.Cause{Labels: []string{"dc=fra1", "rack=7"}, Failed: 4, Of: 5, Fine: 3},
		Logs: []model.LogExcerpt{
			{
				Host: "web2", Source: "nginx", From: at.Add(-5 * time.Minute), To: at, Matched: 412, Cut: true,
				Groups: []model.LogGroup{{Text: "upstream timed out (110: Connection timed out) while connecting to upstream … 10.0.0.3:8801", Count: 409}, {Text: "GET /reports.html HTTP/1.1 503", Count: 3, Status: 503, Page: true}},
				Lines:  []string{"2026/11/22 02:59:58 [error] 7#7: *91 upstream timed out (110: Connection timed out) while connecting to upstream", `10.0.0.9 - - [22/Nov/2026:02:59:59 +0000] "GET /reports.html HTTP/1.1" 503 190`},
			},
			{Host: "web3", Source: "journal", Why: model.NewReason(model.ReasonSSHLogin, "user", "opsbot", "addr", "10.0.0.3:22")},
		},
	}
}

// severalClients is a test of several clients.
func severalClients() *model.WebTest {
	a := rows("customer2", four[:2], map[string]string{"web5": "xx", "web6": "x."}, "web5", "web6")
	a.Verdict, a.Severity = model.VerdictDown, model.SeverityCritical
	a.Findings = []model.Finding{
		{Kind: model.FindingHostsDown, Severity: model.SeverityCritical, Client: "customer2", Hosts: []string{"web5"}, Failed: 2, Total: 2},
		{Kind: model.FindingServicesDown, Severity: model.SeverityCritical, Client: "customer2", Services: []string{"reports"}, Failed: 1, Total: 1},
	}
	b := rows("customer3", four, map[string]string{"web1": "....", "web7": "...?"}, "web1", "web7")
	b.Severity = model.SeverityWarning
	b.Findings = []model.Finding{{Kind: model.FindingUnchecked, Severity: model.SeverityWarning, Client: "customer3", Failed: 1, Total: 8}}
	c := rows("customer4", four[3:], map[string]string{"web8": "."}, "web8")
	t := &model.WebTest{All: true, At: at, Took: 812 * time.Millisecond, Hosts: 5, Services: 7, Clients: []model.ClientTest{a, b, c}}
	for _, c := range t.Clients {
		t.Up, t.Failed, t.Unknown = t.Up+c.Up, t.Failed+c.Failed, t.Unknown+c.Unknown
	}
	return t
}

// allWell is a test that found nothing.
func allWell() *model.WebTest {
	c := rows("customer1", four, map[string]string{"web1": "...."}, "web1")
	return &model.WebTest{Selector: model.Selector{Clients: []string{"customer1"}}, At: at, Took: 90 * time.Millisecond, Hosts: 1, Services: 4, Tally: c.Tally, Clients: []model.ClientTest{c}}
}

func TestWebTest(t *testing.T) {
	w := writer(t, nil)
	for _, language := range texts.Languages() {
		for name, test := range map[string]*model.WebTest{"one": oneClient(), "several": severalClients(), "well": allWell()} {
			t.Run(name+"/"+language, func(t *testing.T) {
				r, err := w.WebTest(language, test)
				if err != nil {
					t.Fatal(err)
				}
				goldens(t, "webtest-"+name+"."+language, r)
			})
		}
	}
}

// hostile are names that would be misinterpreted by a browser, a mail program or a spreadsheet if not escaped.
var hostile = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `=HYPERLINK("http://evil.example","click")`, "@SUM(A1)", "-1+1", "\u202eevil\u202c",
	"שרת־1", "ночь", "a\nb\r\nSubject: x", strings.Repeat("long", 100), "{{.Secret}}", "</td></table>", "\x00\x1b[31mred", "😀",
}

// TestHostile: whatever names and reasons contain, the page stays well-formed, the tables stay tables, and the mail's subject
// is a line.
func TestHostile(t *testing.T) {
	w := writer(t, nil)
	for _, name := range hostile {
		c := rows(name, []string{name, name + "2"}, map[string]string{name: "x?", "web1": "x."}, name, "web1")
		c.Severity, c.Verdict = model.SeverityCritical, model.VerdictDown
		c.Findings = []model.Finding{{Kind: model.FindingHostsDown, Severity: model.SeverityCritical, Client: name, Hosts: []string{name}, Failed: 1, Total: 1}}
		c.Rows[0].Result.Reason = model.NewReason(model.ReasonWebNoMatch, "want", name, "got", name, "took", "1ms", "addr", name)
		other := rows("other", four[:1], map[string]string{"web1": "x"}, "web1")
		for _, clients := range [][]model.ClientTest{{c}, {c, other}} {
			test := &model.WebTest{
				Selector: model.Selector{Clients: []string{name}}, At: at, Clients: clients, Tally: model.Tally{Failed: 3, Unknown: 1}, Hosts: 2,
				Cause: &model.Cause{Labels: []string{"dc=" + name}, Failed: 2, Of: 2},
				Logs:  []model.LogExcerpt{{Host: name, Source: name, Lines: []string{name}, Groups: []model.LogGroup{{Text: name, Count: 2}}, Why: model.NewReason(model.ReasonLocal, "said", name)}},
			}
			r, err := w.WebTest("en", test)
			if err != nil {
				t.Fatal(err)
			}
			harmless(t, r)
		}
		past := february()
		past.Client.Name, past.Asked = name, name
		past.Services[0].Service, past.Services[0].Endpoints[0].Host = name, name
		past.Incidents[0].Host, past.Incidents[0].Acks = name, []model.Ack{{Name: name}}
		r, err := w.Client(t.Context(), "en", past)
		if err != nil {
			t.Fatal(err)
		}
		harmless(t, r)
	}
}

func harmless(t *testing.T, r model.Report) {
	t.Helper()
	wellFormed(t, r.Parts.HTML)
	for what, text := range map[string]string{"title": r.Title, "text": r.Text, "all": r.Parts.Text, "page": r.Parts.HTML} {
		if strings.ContainsAny(text, "\u202e\x00\x1b\r") {
			t.Errorf("the %s turns what follows, or steers a terminal: %q", what, text)
		}
	}
	if strings.ContainsAny(r.Title, "\n") || strings.ContainsAny(r.Parts.Name, "/\\\n<>:\"|?*") {
		t.Errorf("title %q, file %q", r.Title, r.Parts.Name)
	}
	for _, f := range r.Parts.Files {
		if !strings.HasSuffix(f.Name, ".csv") {
			continue
		}
		all, err := csv.NewReader(strings.NewReader(string(f.Data))).ReadAll()
		if err != nil {
			t.Errorf("%s: %v", f.Name, err)
		}
		for _, row := range all {
			for _, cell := range row {
				if cell != model.CSVCell(cell) {
					t.Errorf("%s: %q is a formula", f.Name, cell)
				}
			}
		}
	}
}

// gmail is how much of a mail Gmail shows, in bytes.
const gmail = 102 << 10

// TestMany: thousands of rows give a page of bounded size, and a table of all of them.
func TestMany(t *testing.T) {
	const clients, hosts = 50, 25
	test := &model.WebTest{All: true, At: at}
	for i := range clients {
		marks, order := map[string]string{}, []string{}
		for j := range hosts {
			host := fmt.Sprintf("web%d-%d", i, j)
			marks[host], order = "xxxx", append(order, host)
		}
		c := rows(fmt.Sprintf("customer%d", i), four, marks, order...)
		c.Findings = []model.Finding{{Kind: model.FindingHostsDown, Severity: model.SeverityCritical, Client: c.Client, Hosts: order}, {Kind: model.FindingServicesDown, Client: c.Client, Services: four}}
		c.Severity, c.Verdict = model.SeverityCritical, model.VerdictDown
		test.Clients = append(test.Clients, c)
		test.Failed += c.Failed
	}
	bare := *test
	if r, err := writer(t, nil).WebTest("ru", &bare); err != nil || len(r.Parts.HTML) > gmail {
		t.Errorf("without logs the page has %d bytes, %v", len(r.Parts.HTML), err)
	}
	for i := range 200 {
		e := model.LogExcerpt{Host: fmt.Sprint("web", i), Source: "nginx"}
		for j := range 60 {
			e.Lines = append(e.Lines, strings.Repeat("x", 2000))
			e.Groups = append(e.Groups, model.LogGroup{Text: strings.Repeat("y", 500), Count: j})
		}
		test.Logs = append(test.Logs, e)
	}
	r, err := writer(t, nil).WebTest("en", test)
	if err != nil {
		t.Fatal(err)
	}
	wellFormed(t, r.Parts.HTML)
	if n := len(r.Parts.HTML); n > gmail*3/2 { // the longest possible
		t.Errorf("the page has %d bytes", n)
	}
	if n := strings.Count(string(r.Parts.Files[0].Data), "\n"); n != clients*hosts*len(four)+1 {
		t.Errorf("the table has %d lines", n)
	}
	for _, want := range []string{"+4920 more in the CSV", "+60 more in the CSV", "190 more logs in the log file"} {
		if !strings.Contains(html.UnescapeString(r.Parts.HTML), want) || !strings.Contains(r.Parts.Text, want) {
			t.Errorf("it does not say %q", want)
		}
	}
	if n := len(r.Parts.Files[1].Data); n > 5<<20 || !strings.Contains(string(r.Parts.Files[1].Data), "more logs did not fit") {
		t.Errorf("the file of logs has %d bytes", n)
	}
	if n := len(r.Text); n > 4000 {
		t.Errorf("what a message shows has %d bytes", n)
	}
}

// february is the history of a client's services in a month.
func february() *model.ClientPast {
	span := model.Span{From: time.Date(2026, 2, 1, 0, 0, 0, 0, moscow), To: time.Date(2026, 3, 1, 0, 0, 0, 0, moscow)}
	latency := model.Latency{P50: 82 * time.Millisecond, P95: 340 * time.Millisecond, P99: 1240 * time.Millisecond, Max: 9 * time.Second}
	endpoint := func(service, host string, down time.Duration) model.EndpointPast {
		return model.EndpointPast{
			Check: model.EndpointCheckID("customer1", service, host), Host: host, Up: span.Length() - down - 4*time.Hour, Down: down, Excused: 2 * time.Hour, Unmeasured: 2 * time.Hour,
			Counts: model.Counts{OK: 8000, Failed: int(down / time.Minute)}, Latency: latency,
		}
	}
	service := func(name string, down time.Duration) model.ServicePast {
		e := endpoint(name, "web1", down)
		return model.ServicePast{
			ServiceKey: model.ServiceKey{Client: "customer1", Service: name}, Up: e.Up, Down: down, Excused: e.Excused, Unmeasured: e.Unmeasured, Counts: e.Counts, Latency: latency,
			Endpoints: []model.EndpointPast{e, endpoint(name, "web2", down+20*time.Minute)},
		}
	}
	store := model.ServicePast{ServiceKey: model.ServiceKey{Client: "customer1", Service: "store"}, Unmeasured: span.Length(), Endpoints: []model.EndpointPast{{Host: "web3", Unmeasured: span.Length()}}}
	opened := time.Date(2026, 2, 14, 21, 30, 0, 0, time.UTC)
	return &model.ClientPast{
		Client: model.Client{Name: "customer1"}, Span: span, Asked: "2026-02", Whole: true,
		Services: []model.ServicePast{service("reports", 95*time.Minute), service("support", 20*time.Second), service("analytics", 0), store},
		Promised: map[string]float64{"reports": 99.9, "support": 99.9, "analytics": 100},
		Series:   model.Series{Span: span, Step: time.Hour, Points: make([]model.SeriesPoint, 3)},
		Incidents: []model.Incident{
			{
				ID: 12, Kind: model.IncidentHost, Host: "web2", Reason: model.NewReason(model.ReasonHostDown, "host", "web2", "failed", "31", "total", "31"),
				Worst: model.SeverityCritical, OpenedAt: opened, ClosedAt: opened.Add(75 * time.Minute), Acks: []model.Ack{
					{Name: "of another client", At: opened, Scope: model.ScopeOf([]string{"customer2"})}, {Name: "Olga", At: opened.Add(time.Minute)},
				}, Comment: "call 10.0.0.9, password in the safe",
				Affected: []model.ServiceState{
					{ServiceKey: model.ServiceKey{Client: "customer1", Service: "reports"}, Verdict: model.VerdictDown},
					{ServiceKey: model.ServiceKey{Client: "customer1", Service: "support"}, Verdict: model.VerdictAtRisk},
					{ServiceKey: model.ServiceKey{Client: "customer1", Service: "analytics"}},
				},
				Notes: []model.Note{
					{Name: "Olga", Text: "cable of rack 7 replaced"},
					{Name: "Olga", Text: "A cable was faulty; it is replaced.", ForClient: true},
					{Name: "Max", Text: "for customer2 alone", ForClient: true, Scope: model.ScopeOf([]string{"customer2"})},
				},
			},
			{
				ID: 14, Kind: model.IncidentService, ServiceKey: model.ServiceKey{Client: "customer1", Service: "reports"},
				Reason: model.NewReason(model.ReasonServiceState, "verdict", "down", "up", "0", "total", "2", "need", "1"), Worst: model.SeverityCritical, OpenedAt: span.To.Add(-30 * time.Minute),
			},
		},
	}
}

func TestClient(t *testing.T) {
	drawn := ""
	w := writer(t, func(_ context.Context, s model.Series, language string) ([]byte, error) {
		drawn += fmt.Sprintf("%s %d;", language, len(s.Points))
		return []byte("\x89PNG"), nil
	})
	for _, language := range texts.Languages() {
		t.Run(language, func(t *testing.T) {
			r, err := w.Client(t.Context(), language, february())
			if err != nil {
				t.Fatal(err)
			}
			goldens(t, "client."+language, r)
			internal := february()
			internal.Internal = true
			if r, err = w.Client(t.Context(), language, internal); err != nil {
				t.Fatal(err)
			}
			goldens(t, "client-internal."+language, r)
		})
	}
	if drawn != "en 3;en 3;ru 3;ru 3;" {
		t.Errorf("drawn %q", drawn)
	}
}

// TestClientReadsNothingThatIsOurs: no comment, no address, no count of other clients on a shared host.
func TestClientReadsNothingThatIsOurs(t *testing.T) {
	past := february()
	past.Incidents = append(past.Incidents, model.Incident{
		ID: 15, Kind: model.IncidentHost, Host: "web2", OpenedAt: past.From, Reason: model.NewReason(model.ReasonHostFails, "host", "web2", "failed", "31", "total", "31"),
		Failing: []model.FailingCheck{{Check: "customer9/store@web2", Reason: model.NewReason(model.ReasonRefused, "addr", "10.0.0.3:8804")}},
	}, model.Incident{
		ID: 16, Kind: model.IncidentService, ServiceKey: past.Services[0].ServiceKey, OpenedAt: past.From, Comment: "call 10.0.0.9",
		Reason: model.NewReason(model.ReasonSSHKeyFile, "file", "/etc/opsbot/key", "said", "10.0.0.9 refused"),
	})
	past.Client.Contacts, past.Client.Runbook = []string{"+7 495"}, "https://wiki.example.com"
	r, err := writer(t, nil).Client(t.Context(), "en", past)
	if err != nil {
		t.Fatal(err)
	}
	all := r.Title + r.Text + r.Parts.Text + r.Parts.HTML
	for _, f := range r.Parts.Files {
		all += string(f.Data)
	}
	for _, ours := range []string{"customer9", "10.0.0.", "31", "safe", "/etc/opsbot", "+7 495", "wiki", "ssh", "web2", "Olga", "another client", "rack 7", "customer2"} {
		if ours == "31" {
			ours = " 31 "
		}
		if strings.Contains(all, ours) {
			t.Errorf("the client reads %q", ours)
		}
	}
}

// TestPromise: the SLA is compared exactly, and nothing below it reads as 100 %.
func TestPromise(t *testing.T) {
	day := model.Span{From: at, To: at.Add(model.Day)}
	for _, c := range []struct {
		name       string
		up, down   time.Duration
		promised   float64
		want, miss string
	}{
		{"all", model.Day, 0, 99.9, "100 %", ""},
		{"a second of a day", model.Day - time.Second, time.Second, 99.9, "99.998 %", ""},
		{"a moment of a year", 400 * model.Day, time.Second, 100, "99.999 %", "over the allowed downtime"},
		{"just kept", 999 * time.Second, time.Second, 99.9, "99.9 %", ""},
		{"just missed", 998 * time.Second, 2 * time.Second, 99.9, "99.8 %", "s, 1 s over the allowed downtime"},
		{"all down", 0, model.Day, 99.9, "0 %", "s, 23 h 58 min over the allowed downtime"},
		{"not measured", 0, 0, 99.9, "not measured", ""},
		{"nothing promised", model.Day / 2, model.Day / 2, 0, "50 %", ""},
	} {
		past := &model.ClientPast{Client: model.Client{Name: "a"}, Span: day, Asked: "1d", Whole: true, Promised: map[string]float64{}}
		past.Services = []model.ServicePast{{ServiceKey: model.ServiceKey{Client: "a", Service: "s"}, Up: c.up, Down: c.down}}
		if c.promised > 0 {
			past.Promised["s"] = c.promised
		}
		r, err := writer(t, nil).Client(t.Context(), "en", past)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(r.Text, strings.ReplaceAll("s: "+c.want, " %", "\u00a0%")) || c.miss != "" != strings.Contains(r.Text, "missed") || !strings.Contains(r.Text, c.miss) {
			t.Errorf("%s: %s", c.name, r.Text)
		}
		if table := string(r.Parts.Files[0].Data); strings.Contains(table, ",100.0000,") != (c.want == "100 %") {
			t.Errorf("%s: %s", c.name, table)
		}
	}
}

// TestPromiseUnknown: unmeasured time does not count as met.
func TestPromiseUnknown(t *testing.T) {
	service := func(name string, up, down time.Duration) model.ServicePast {
		return model.ServicePast{ServiceKey: model.ServiceKey{Client: "a", Service: name}, Up: up, Down: down}
	}
	good, bad, unmeasured := service("good", model.Day, 0), service("bad", model.Day/2, model.Day/2), service("blind", 0, 0)
	gap := func(d time.Duration) model.ServicePast {
		s := service("good", model.Day-d, 0)
		s.Unmeasured = d
		return s
	}
	for _, c := range []struct {
		services []model.ServicePast
		want     string
		green    bool
	}{
		{[]model.ServicePast{good}, "SLA met.", true},
		{[]model.ServicePast{gap(time.Minute)}, "SLA met.", true}, // kept even if it was down all that time
		{[]model.ServicePast{gap(2 * time.Minute)}, "SLA met in the time that was measured: 99.861\u00a0%.", false},
		{[]model.ServicePast{gap(18 * time.Hour)}, "SLA met in the time that was measured: 25\u00a0%.", false},
		{[]model.ServicePast{good, unmeasured}, "1 service with an SLA not measured: SLA result unknown", false},
		{[]model.ServicePast{bad, good, unmeasured}, "1 service missed its SLA: bad, 11 h 58 min over the allowed downtime; 1 service with an SLA not measured: SLA result unknown", false},
	} {
		past := &model.ClientPast{
			Client: model.Client{Name: "a"}, Span: model.Span{From: at, To: at.Add(model.Day)}, Asked: "1d", Whole: true, Services: c.services,
			Promised: map[string]float64{"good": 99.9, "bad": 99.9, "blind": 99.9},
		}
		r, err := writer(t, nil).Client(t.Context(), "en", past)
		if err != nil {
			t.Fatal(err)
		}
		for what, text := range map[string]string{"message": r.Text, "text": r.Parts.Text, "page": html.UnescapeString(r.Parts.HTML)} {
			if !strings.Contains(text, c.want) || !c.green && strings.Contains(text, "SLA met.") {
				t.Errorf("the %s does not say %q:\n%s", what, c.want, text)
			}
		}
		if kept := strings.Contains(r.Parts.HTML, "border-left:4px solid #2e7d32"); kept != c.green {
			t.Errorf("%q: green is %v", c.want, kept)
		}
	}
}

// TestForgotten: a report says that incidents are no longer stored, instead of showing none.
func TestForgotten(t *testing.T) {
	past := february()
	past.Incidents, past.KeptFrom = nil, past.To.Add(-time.Hour)
	r, err := writer(t, nil).Client(t.Context(), "en", past)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{r.Text, r.Parts.Text, r.Parts.HTML} {
		if !strings.Contains(text, "Incidents that ended before 28 Feb 2026, 23:00 MSK are no longer kept.") || strings.Contains(text, "No incidents recorded") {
			t.Error(text)
		}
	}
}

// TestRemoved: a report says that a service was removed.
func TestRemoved(t *testing.T) {
	past := february()
	past.Removed = map[string]bool{"support": true}
	for language, want := range map[string]string{"en": "support (removed)", "ru": "support (удалён)"} {
		r, err := writer(t, nil).Client(t.Context(), language, past)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{r.Text, r.Parts.Text, r.Parts.HTML} {
			if !strings.Contains(text, want) || strings.Contains(text, "reports (") {
				t.Error(text)
			}
		}
	}
}

// TestNoPicture: a report is rendered even if the chart fails.
func TestNoPicture(t *testing.T) {
	w := writer(t, func(context.Context, model.Series, string) ([]byte, error) { return nil, errors.New("no font") })
	r, err := w.Client(t.Context(), "en", february())
	if err != nil || strings.Contains(r.Parts.HTML, "<img") || len(r.Parts.Files) != 2 {
		t.Errorf("%v, %d files", err, len(r.Parts.Files))
	}
}
