package texts

import (
	"strconv"
	"strings"

	"opsbot/model"
)

// maxWords bounds the words that a web test was asked by, in UTF-16 units.
const maxWords = 64

// TestVerdict is the headline of a web test, without its mark: "clientA: at risk", "2 of 3 clients down".
func (p *Printer) TestVerdict(t *model.WebTest) string {
	what := model.Clip(t.Selector.String(), maxWords)
	everything := t.All || what == ""
	if everything {
		what = p.T("webtest.all")
	}
	if len(t.Clients) == 0 {
		return p.T("webtest.well", Args{"what": what})
	}
	worst := &t.Clients[0]
	if everything && len(t.Clients) == 1 {
		what, everything = model.Clip(worst.Client, maxName), false
	}
	switch {
	case worst.Verdict != model.VerdictOK && len(t.Clients) > 1:
		return p.verdictOfSeveral(t, what, everything)
	case worst.Verdict != model.VerdictOK:
		return p.T("webtest.verdict", Args{"what": what, "verdict": worst.Verdict})
	case worst.Severity > model.SeverityInfo:
		return p.T("webtest.warning", Args{"what": what})
	case t.Failed > 0:
		return p.T("webtest.below", Args{"what": what})
	default:
		return p.T("webtest.well", Args{"what": what})
	}
}

func (p *Printer) verdictOfSeveral(t *model.WebTest, what string, everything bool) string {
	worst := t.Clients[0].Verdict
	text := p.ClientsAre(worst, t.WithVerdict(worst), len(t.Clients))
	if everything {
		return text
	}
	return what + ": " + text
}

// TestCounts is "2 hosts · 4 ok · 2 failed · took 12 ms"; what did not happen is left out.
func (p *Printer) TestCounts(t *model.WebTest) string {
	parts := []string{p.N("count.hosts", t.Hosts)}
	for _, part := range []struct {
		id string
		n  int
	}{{"webtest.ok", t.Up}, {"webtest.failed", t.Failed}, {"webtest.unknown", t.Unknown}} {
		if part.n > 0 {
			parts = append(parts, p.T(part.id, Args{"n": part.n}))
		}
	}
	return strings.Join(append(parts, p.T("webtest.took", Args{"took": t.Took})), " · ")
}

// TestTable has a row for each endpoint of a web test that a scope sees, below a row of column names.
func (p *Printer) TestTable(t *model.WebTest, scope model.Scope) [][]string {
	rows := [][]string{{"client", "service", "host", "address", "url", "status", "reason", "ms", "tries"}}
	for i := range t.Clients {
		if !scope.Sees(t.Clients[i].Client) {
			continue
		}
		for j := range t.Clients[i].Rows {
			e, r := t.Clients[i].Rows[j].Endpoint, &t.Clients[i].Rows[j].Result
			rows = append(rows, []string{
				e.Client, e.Service, e.Host, e.Address, e.URL, r.Status.String(), p.Reason(r.Reason),
				strconv.FormatInt(r.Took.Milliseconds(), 10), strconv.Itoa(r.Tries),
			})
		}
	}
	return rows
}

// Finding is one finding of a web test in words, without its mark.
func (p *Printer) Finding(f *model.Finding) string {
	return p.N("finding."+string(f.Kind), len(f.Hosts), Args{
		"hosts": p.Names(f.Hosts, maxNames), "services": p.Names(f.Services, maxNames), "failed": f.Failed, "total": f.Total,
	})
}
