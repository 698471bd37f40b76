package report

import (
	"strconv"

	"opsbot/model"
)

// The types of files beside a report.
const (
	csvType  = "text/csv; charset=utf-8"
	textType = "text/plain; charset=utf-8"
)

// byteOrder begins a table: without it spreadsheets take UTF-8 for something else.
const byteOrder = "\ufeff"

// table writes rows for a spreadsheet.
func table(rows [][]string) []byte { return append([]byte(byteOrder), model.CSV(rows)...) }

// testCSV is every endpoint of a web test.
func (p *renderer) testCSV(t *model.WebTest) []byte {
	rows := [][]string{{"client", "service", "host", "address", "url", "status", "reason", "ms", "tries"}}
	for i := range t.Clients {
		for j := range t.Clients[i].Rows {
			e, res := t.Clients[i].Rows[j].Endpoint, &t.Clients[i].Rows[j].Result
			rows = append(rows, []string{
				e.Client, e.Service, e.Host, e.Address, e.URL, res.Status.String(), p.p.Reason(res.Reason),
				strconv.FormatInt(res.Took.Milliseconds(), 10), count(res.Tries),
			})
		}
	}
	return table(rows)
}
