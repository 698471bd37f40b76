package bot

import (
	"strconv"

	"opsbot/model"
	"opsbot/texts"
)

// digest lists open incidents, then those that were opened and resolved meanwhile.
func (s *renderer) digest(f model.Snapshot) (head, rows, tail blocks) {
	id := "digest.hours"
	switch {
	case f.FirstStart:
		id = "digest.first_start"
	case f.Backlog:
		id = "digest.backlog"
	}
	head = blocks{block(s.p.HTML(id))}
	if len(f.Open) == 0 {
		head = append(head, block(s.p.HTML("digest.nothing")))
	} else {
		head = append(head, block(s.p.HTMLN("digest.open", len(f.Open))))
	}
	if n := len(f.Gone); n > 0 {
		gone := make([]string, 0, n)
		for i := range f.Gone {
			gone = append(gone, s.name(&f.Gone[i])+" #"+strconv.FormatInt(int64(f.Gone[i].ID), 10))
		}
		tail = blocks{block(s.p.HTMLN("digest.gone", n, texts.Args{"names": s.p.Names(gone, mostGone)}))}
	}
	return head, s.lines(f.Open), tail
}

// mostGone limits the names of resolved incidents.
const mostGone = 5
