package cli

import (
	"time"

	"opsbot/model"
)

// TestView is `opsbot webtest --json`: names here are kept from version to version.
type TestView struct {
	At       time.Time       `json:"at"`
	TookMS   int64           `json:"took_ms"`
	Selector string          `json:"selector"`
	Hosts    int             `json:"hosts"`
	Tests    int             `json:"tests"`
	OK       int             `json:"ok"`
	Failed   int             `json:"failed"`
	Unknown  int             `json:"unknown"` // could not be checked: neither ok nor failed
	Findings []model.Finding `json:"findings"`
	Results  []RowView       `json:"results"`

	Logs     []model.LogExcerpt `json:"logs,omitempty"`      // of the hosts that failed, where they were asked for
	LogsLeft int                `json:"logs_left,omitempty"` // hosts that failed and were not asked
}

// RowView is one endpoint's result.
type RowView struct {
	Client  string       `json:"client"`
	Service string       `json:"service"`
	Host    string       `json:"host"`
	URL     string       `json:"url"`
	Address string       `json:"address"`
	Status  model.Status `json:"status"`
	Reason  model.Reason `json:"reason,omitzero"`
	TookMS  int64        `json:"took_ms"`
	Tries   int          `json:"tries"`
}

// view is what a script reads.
func (t *webTest) view() *TestView {
	v := &TestView{
		At: t.test.At, TookMS: t.test.Took.Milliseconds(), Selector: t.test.Selector.String(), Hosts: t.test.Hosts,
		Tests: t.test.Total(), OK: t.test.Up, Failed: t.test.Failed, Unknown: t.test.Unknown,
		Findings: []model.Finding{}, Results: []RowView{}, Logs: t.test.Logs, LogsLeft: t.test.LogsLeft,
	}
	for _, c := range t.test.Clients {
		v.Findings = append(v.Findings, c.Findings...)
		for _, row := range c.Rows {
			e, r := row.Endpoint, row.Result
			v.Results = append(v.Results, RowView{
				Client: e.Client, Service: e.Service, Host: e.Host, URL: e.URL, Address: e.Address,
				Status: r.Status, Reason: r.Reason, TookMS: r.Took.Milliseconds(), Tries: r.Tries,
			})
		}
	}
	return v
}
