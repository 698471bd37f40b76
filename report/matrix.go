package report

import (
	"cmp"
	"slices"

	"opsbot/model"
	"opsbot/texts"
)

// The limits of a matrix: a phone has room for that many columns.
const (
	mostMatrixRows = 40
	mostColumns    = 6
)

// matrix is an overview of a web test: hosts and services of one client, clients and services of several.
type matrix struct {
	Corner  string // title of the rows
	Columns []string
	Rows    []matrixRow
	More    string // rows
	MoreOf  string // columns
}

type matrixRow struct {
	Name  string
	Cells []cell
}

// cell is one place of a matrix: a sign, and its class, "ok", "fail", "part", "unknown" or "none".
type cell struct{ Text, Class string }

// tallies count endpoints by row and column.
type tallies map[string]map[string]*model.Tally

func (t tallies) add(row, column string, s model.Status) {
	if t[row] == nil {
		t[row] = map[string]*model.Tally{}
	}
	if t[row][column] == nil {
		t[row][column] = &model.Tally{}
	}
	t[row][column].Add(s)
}

// bad is the number of failed and unknown endpoints of a row or column.
func bad(all map[string]*model.Tally) (failed, unknown int) {
	for _, t := range all {
		failed, unknown = failed+t.Failed, unknown+t.Unknown
	}
	return failed, unknown
}

// worstFirst orders names by failures, then in natural order.
func worstFirst(by tallies) []string {
	var all []string
	for name := range by {
		all = append(all, name)
	}
	slices.SortFunc(all, func(a, b string) int {
		failedA, unknownA := bad(by[a])
		failedB, unknownB := bad(by[b])
		return cmp.Or(cmp.Compare(failedB, failedA), cmp.Compare(unknownB, unknownA), model.CompareNatural(a, b))
	})
	return all
}

// matrix is nil if there is at most one endpoint.
func (p *renderer) matrix(t *model.WebTest) *matrix {
	rows, columns := tallies{}, tallies{}
	several := len(t.Clients) > 1
	for i := range t.Clients {
		for j := range t.Clients[i].Rows {
			row := &t.Clients[i].Rows[j]
			name := row.Endpoint.Host
			if several {
				name = row.Endpoint.Client
			}
			rows.add(name, row.Endpoint.Service, row.Result.Status)
			columns.add(row.Endpoint.Service, name, row.Result.Status)
		}
	}
	if t.Total() < 2 {
		return nil
	}
	m := &matrix{Corner: p.p.T("report.host")}
	if several {
		m.Corner = p.p.T("report.client")
	}
	services := worstFirst(columns)
	shown := services[:texts.AtMost(len(services), mostColumns)]
	m.Columns, m.MoreOf = names(shown), p.more(len(services), len(shown))
	all := worstFirst(rows)
	for _, name := range all[:texts.AtMost(len(all), mostMatrixRows)] {
		row := matrixRow{Name: model.Clip(name, maxName)}
		for _, service := range shown {
			row.Cells = append(row.Cells, cellOf(rows[name][service]))
		}
		m.Rows = append(m.Rows, row)
	}
	m.More = p.more(len(all), len(m.Rows))
	return m
}

func cellOf(t *model.Tally) cell {
	switch {
	case t == nil:
		return cell{"–", "none"}
	case t.Total() == 1 && t.Up == 1:
		return cell{"✓", "ok"}
	case t.Total() == 1 && t.Failed == 1:
		return cell{"✗", "fail"}
	case t.Total() == 1:
		return cell{"?", "unknown"}
	}
	c := cell{count(t.Up) + "/" + count(t.Total()), "part"}
	switch {
	case t.Up == t.Total():
		c.Class = "ok"
	case t.Up == 0 && t.Failed > 0:
		c.Class = "fail"
	case t.Failed == 0:
		c.Class = "unknown"
	}
	return c
}
