package bot

import (
	"strconv"

	"opsbot/model"
	"opsbot/texts"
)

// digest lists open incidents, then those that were opened and resolved meanwhile.
func (s *renderer) digest(f model.Snapshot) (out message) {
	id := "digest.hours"
	switch {
	case f.FirstStart:
		id = "digest.first_start"
	case f.Backlog:
		id = "digest.backlog"
	}
	out.head = blocks{block(s.p.HTML(id))}
	if len(f.Open) == 0 {
		out.head = append(out.head, block(s.p.HTML("digest.nothing")))
	} else {
		out.head = append(out.head, s.counted(f.Open)+":")
	}
	if n := len(f.Gone); n > 0 {
		gone := make([]string, 0, n)
		for i := range f.Gone {
			gone = append(gone, s.name(&f.Gone[i])+" #"+strconv.FormatInt(int64(f.Gone[i].ID), 10))
		}
		out.tail = blocks{block(s.p.HTMLN("digest.gone", n, texts.Args{"names": s.p.Names(gone, mostGone)}))}
	}
	out.rows = s.details(f.Open)
	return out
}

// mostGone limits the names of resolved incidents.
const mostGone = 5
