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
	inShort      = 6 // findings in what a message shows
)

// testView is the data of a web test's page.
type testView struct {
	frame
	Verdict     string
	Counts      string
	Findings    []string
	MoreOf      string // findings
	allFindings int
	Cause       string

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
		{Name: name + ".csv", Type: csvType, Data: table(p.p.TestTable(t, model.Scope{}))},
	}}
	if len(t.Logs) > 0 {
		parts.Files = append(parts.Files, model.ReportFile{Name: name + "-logs.txt", Type: textType, Data: []byte(p.logText(t.Logs))})
	}
	return model.Report{Title: v.Title, Text: p.shortTest(v), Parts: parts}, nil
}

func (p *renderer) testView(t *model.WebTest) *testView {
	level, verdict := texts.OfWebTest(t), p.p.TestVerdict(t)
	v := &testView{
		frame: p.frame(level.Mark()+" "+verdict, level), Verdict: verdict, Counts: p.p.TestCounts(t), Several: len(t.Clients) > 1, Cause: p.p.Cause(t.Cause),
	}
	what := model.Clip(t.Selector.String(), maxReason)
	if t.All || t.Selector.IsZero() {
		what = p.p.T("webtest.all")
	}
	v.Foot = p.p.T("report.test.foot", texts.Args{"at": p.date(t.At), "took": t.Took, "instance": model.Clip(p.w.instance(), maxName), "what": what})
	p.addFindings(v, t)
	p.addFailures(v, t)
	v.Matrix = p.matrix(t)
	v.Logs, v.MoreLogs = p.excerpts(t.Logs)
	return v
}

// addFindings adds the findings of all clients, worst first.
func (p *renderer) addFindings(v *testView, t *model.WebTest) {
	var all []model.Finding
	for i := range t.Clients {
		all = append(all, t.Clients[i].Findings...)
	}
	slices.SortStableFunc(all, func(a, b model.Finding) int {
		return cmp.Or(cmp.Compare(b.Severity, a.Severity), cmp.Compare(b.Failed, a.Failed))
	})
	v.allFindings = len(all)
	for i := range all[:texts.AtMost(len(all), mostFindings)] {
		v.Findings = append(v.Findings, p.finding(&all[i], v.Several))
	}
	v.MoreOf = p.more(len(all), len(v.Findings))
}

func (p *renderer) finding(f *model.Finding, several bool) string {
	mark := texts.OfSeverity(f.Severity).Mark() + " "
	if several {
		mark += model.Clip(f.Client, maxName) + ": "
	}
	return mark + p.p.Finding(f)
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
				if all++; all <= mostFailures+1 {
					v.Failures = append(v.Failures, p.failure(row))
				}
			}
		}
	}
	v.Failures = v.Failures[:min(len(v.Failures), texts.AtMost(all, mostFailures))]
	v.MoreFailures = p.more(all, len(v.Failures))
}

func (p *renderer) failure(row *model.EndpointTest) failure {
	e := row.Endpoint
	return failure{
		Client: model.Clip(e.Client, maxName), Service: model.Clip(e.Service, maxName), Host: model.Clip(e.Host, maxName),
		Reason: model.Clip(p.p.Reason(row.Result.Reason), maxReason), Tries: row.Result.Tries, Unknown: row.Result.Status == model.StatusUnknown,
	}
}

// shortTest is what a message shows.
func (p *renderer) shortTest(v *testView) string {
	lines := []string{v.Title, v.Counts}
	shown := texts.AtMost(v.allFindings, inShort)
	lines = append(lines, v.Findings[:shown]...)
	if left := v.allFindings - shown; left > 0 {
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
