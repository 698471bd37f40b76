package report

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"opsbot/model"
	"opsbot/texts"
)

// The limits of a web test report; the table has everything. Gmail shows 102 KB of a mail, and hides the rest behind a link.
const (
	mostFindings = 40
	mostFailures = 80
	mostNamed    = 8 // names in a finding
	inShort      = 6 // findings in what a message shows
)

// testView is the data of a web test's page.
type testView struct {
	frame
	Verdict  string
	Counts   string
	Findings []string
	MoreOf   string // findings
	Cause    string

	Several      bool // clients
	Failures     []failure
	MoreFailures string
	Matrix       *matrix
	Logs         []excerpt
	MoreLogs     string
}

// failure is an endpoint that is not ok.
type failure struct {
	Client, Service, Host, Reason string
	Tries                         int
	Unknown                       bool
}

// WebTest is the report of a web test.
func (w *Writer) WebTest(language string, t *model.WebTest) (model.Report, error) {
	p := w.renderer(language)
	v := p.testView(t)
	html, err := p.page("webtest.html", v)
	if err != nil {
		return model.Report{}, err
	}
	name := "webtest-" + p.file(t.At)
	parts := &model.ReportParts{Text: p.testText(v), HTML: html, Name: name, Files: []model.ReportFile{
		{Name: name + ".csv", Type: csvType, Data: p.testCSV(t)},
	}}
	if len(t.Logs) > 0 {
		parts.Files = append(parts.Files, model.ReportFile{Name: name + "-logs.txt", Type: textType, Data: []byte(p.logText(t.Logs))})
	}
	return model.Report{Title: v.Title, Text: p.shortTest(v), Parts: parts}, nil
}

func (p *renderer) testView(t *model.WebTest) *testView {
	severity := t.Severity()
	verdict := p.testVerdict(t)
	v := &testView{
		frame: p.frame(marks[severity]+" "+verdict, severity), Verdict: verdict, Counts: p.p.TestCounts(t), Several: len(t.Clients) > 1, Cause: p.cause(t.Cause),
	}
	if severity == model.SeverityInfo && t.Failed+t.Unknown > 0 {
		v.Title = "🟡 " + verdict
	}
	v.Foot = p.p.T("report.test.foot", texts.Args{"at": p.date(t.At), "took": t.Took, "instance": clip(p.w.instance(), maxName), "what": clip(t.Selector.String(), maxReason)})
	if t.All || t.Selector.IsZero() {
		v.Foot = p.p.T("report.test.foot", texts.Args{"at": p.date(t.At), "took": t.Took, "instance": clip(p.w.instance(), maxName), "what": p.p.T("webtest.all")})
	}
	p.addFindings(v, t)
	p.addFailures(v, t)
	v.Matrix = p.matrix(t)
	v.Logs, v.MoreLogs = p.excerpts(t.Logs)
	return v
}

// testVerdict is the first line: the most important result, without a sign.
func (p *renderer) testVerdict(t *model.WebTest) string {
	if len(t.Clients) == 0 {
		return p.say("webtest.well", texts.Args{"mark": "", "what": p.p.T("webtest.all")})
	}
	worst, what := &t.Clients[0], clip(t.Selector.String(), maxName)
	switch {
	case len(t.Clients) == 1 && (t.All || what == ""):
		what = clip(worst.Client, maxName)
	case t.All || what == "":
		what = p.p.T("webtest.all")
	}
	args := texts.Args{"mark": "", "what": what, "verdict": worst.Verdict}
	id := "webtest.well"
	switch {
	case worst.Verdict != model.VerdictOK && len(t.Clients) > 1:
		return p.p.T("clients.are", texts.Args{
			"n": t.WithVerdict(worst.Verdict), "of": p.p.N("count.of_clients", len(t.Clients)), "verdict": worst.Verdict,
		})
	case worst.Verdict != model.VerdictOK:
		id = "webtest.verdict"
	case worst.Severity > model.SeverityInfo:
		id = "webtest.warning"
	case t.Failed > 0:
		id = "webtest.below"
	}
	return strings.TrimSpace(p.say(id, args))
}

// addFindings adds the findings of all clients, worst first.
func (p *renderer) addFindings(v *testView, t *model.WebTest) {
	var all []model.Finding
	for i := range t.Clients {
		all = append(all, t.Clients[i].Findings...)
	}
	slices.SortStableFunc(all, func(a, b model.Finding) int { return cmp.Compare(b.Severity, a.Severity) })
	for i := range all[:min(len(all), mostFindings)] {
		v.Findings = append(v.Findings, p.finding(&all[i], v.Several))
	}
	v.MoreOf = p.more(len(all), len(v.Findings))
}

func (p *renderer) finding(f *model.Finding, several bool) string {
	mark := marks[f.Severity]
	if several {
		mark += " " + clip(f.Client, maxName) + ":"
	}
	return p.p.N("finding."+string(f.Kind), len(f.Hosts), texts.Args{
		"mark": mark, "hosts": p.named(f.Hosts, mostNamed), "services": p.named(f.Services, mostNamed), "failed": f.Failed, "total": f.Total,
	})
}

// cause is what the failures have in common; "" if nothing worth mentioning.
func (p *renderer) cause(c *model.Cause) string {
	if c == nil || !slices.ContainsFunc(c.Labels, func(mark string) bool { return !strings.HasPrefix(mark, "host=") }) {
		return "" // hosts that fail are named anyway
	}
	args := texts.Args{"labels": p.named(c.Labels, mostNamed), "of": c.Of, "fine": c.Fine}
	id := "cause.all"
	if c.Failed < c.Of {
		id = "cause.most"
	}
	line := p.p.N(id, c.Failed, args)
	if c.Fine > 0 {
		line += p.p.T("cause.fine", args)
	}
	return line
}

// addFailures lists the endpoints that are not ok: of the worst client first, failed before unknown.
func (p *renderer) addFailures(v *testView, t *model.WebTest) {
	all := 0
	for _, wanted := range []model.Status{model.StatusFail, model.StatusUnknown} {
		for i := range t.Clients {
			for j := range t.Clients[i].Rows {
				row := &t.Clients[i].Rows[j]
				if row.Result.Status != wanted {
					continue
				}
				if all++; all <= mostFailures {
					v.Failures = append(v.Failures, p.failure(row))
				}
			}
		}
	}
	v.MoreFailures = p.more(all, len(v.Failures))
}

func (p *renderer) failure(row *model.EndpointTest) failure {
	e := row.Endpoint
	return failure{
		Client: clip(e.Client, maxName), Service: clip(e.Service, maxName), Host: clip(e.Host, maxName),
		Reason: clip(p.p.Reason(row.Result.Reason), maxReason), Tries: row.Result.Tries, Unknown: row.Result.Status == model.StatusUnknown,
	}
}

// shortTest is what a message shows.
func (p *renderer) shortTest(v *testView) string {
	lines := []string{v.Title, v.Counts}
	lines = append(lines, v.Findings[:min(len(v.Findings), inShort)]...)
	if left := len(v.Findings) - inShort; left > 0 {
		lines = append(lines, p.p.N("more", left))
	}
	if v.Cause != "" {
		lines = append(lines, v.Cause)
	}
	return strings.Join(lines, "\n")
}

// testText is the whole report as text.
func (p *renderer) testText(v *testView) string {
	lines := []string{v.Title, v.Counts, ""}
	lines = append(lines, v.Findings...)
	lines = appendSome(lines, v.MoreOf, v.Cause)
	if len(v.Failures) > 0 {
		lines = append(lines, "", p.p.T("report.failures"))
	}
	for i := range v.Failures {
		f := &v.Failures[i]
		line := "- " + f.Host + " " + f.Service + ": " + f.Reason
		if v.Several {
			line = "- " + f.Client + ", " + f.Host + " " + f.Service + ": " + f.Reason
		}
		if f.Tries > 1 {
			line += " (" + p.p.N("count.tries", f.Tries) + ")"
		}
		lines = append(lines, line)
	}
	lines = appendSome(lines, v.MoreFailures)
	if len(v.Logs) > 0 {
		lines = append(lines, "", p.p.T("report.logs"))
	}
	for i := range v.Logs {
		lines = append(lines, v.Logs[i].text()...)
	}
	return strings.Join(append(appendSome(lines, v.MoreLogs), "", v.Foot), "\n")
}

// appendSome appends non-empty lines.
func appendSome(lines []string, more ...string) []string {
	for _, line := range more {
		if line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

func count(n int) string { return strconv.Itoa(n) }
