package bot

import (
	"opsbot/model"
	"opsbot/texts"
)

// SetAside renders rows of the database that could not be read.
func (w *Plain) SetAside(language string, rows []model.SetAsideRow) string {
	s := w.renderer(language)
	if len(rows) == 0 {
		return s.p.T("set_aside.none")
	}
	lines := blocks{block(s.p.HTMLN("set_aside.head", len(rows)))}
	for i := range rows {
		r := &rows[i]
		lines = append(lines, block(s.p.HTML("set_aside.line", texts.Args{
			"id": r.ID, "table": r.Table, "key": model.Clip(r.Key, 80), "at": s.moment(r.At), "why": model.Clip(r.Why, 200),
		})))
	}
	return plain(append(lines, block(s.p.HTML("set_aside.do"))).join())
}

// DroppedAside renders how many rows were dropped.
func (w *Plain) DroppedAside(language string, n int) string {
	return w.renderer(language).p.N("set_aside.dropped", n)
}
