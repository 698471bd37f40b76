package bot

import "opsbot/model"

// digest lists first what was notified before and is resolved, then what is open, then what was opened and resolved meanwhile.
func (s *renderer) digest(f model.Snapshot) (out message) {
	id := "digest.hours"
	switch {
	case f.FirstStart:
		id = "digest.first_start"
	case f.Backlog:
		id = "digest.backlog"
	}
	out.head = append(blocks{block(s.p.HTML(id))}, s.resolvedNow(f)...)
	if len(f.Open) == 0 {
		out.head = append(out.head, block(s.p.HTML("digest.nothing")))
	} else {
		out.head = append(out.head, s.counted(f.Open)+":")
	}
	out.rows = s.details(f.Open)
	out.tail = s.cameAndWent(f)
	return out
}
