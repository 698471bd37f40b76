package report

import (
	"strconv"

	"opsbot/model"
)

// The types of a report's attachments.
const (
	csvType  = "text/csv; charset=utf-8"
	textType = "text/plain; charset=utf-8"
)

// byteOrder begins a table: without it spreadsheets do not detect UTF-8.
const byteOrder = "\ufeff"

// table writes rows; every cell is escaped for spreadsheets.
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
