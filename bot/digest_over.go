package bot

import (
	"strconv"

	"opsbot/model"
	"opsbot/texts"
)

// The room for names of resolved incidents in a list, in UTF-16 units. What does not fit is counted, with the command that has all.
const (
	roomResolved = 800
	mostGone     = 5
)

// resolvedNow names what the reader was notified of as down, and is over: every one that fits.
func (s *renderer) resolvedNow(f model.Snapshot) blocks {
	return s.over("digest.resolved", f.Resolved, len(f.Resolved))
}

// cameAndWent names a few of the incidents that were opened and resolved meanwhile.
func (s *renderer) cameAndWent(f model.Snapshot) blocks {
	most := mostGone
	if len(f.Gone) == mostGone+1 { // "and 1 more" is as long as the name
		most++
	}
	return s.over("digest.gone", f.Gone, most)
}

func (s *renderer) over(id string, all []model.Incident, most int) blocks {
	if len(all) == 0 {
		return nil
	}
	names, room, shown := "", roomResolved, 0
	for i := range all[:min(most, len(all))] {
		name := model.Clip(s.name(&all[i]), maxOverName) + " #" + strconv.FormatInt(int64(all[i].ID), 10)
		if i > 0 {
			name = ", " + name
		}
		if room -= size(string(escaped(name))); room < 0 {
			break
		}
		names, shown = names+name, shown+1
	}
	if left := len(all) - shown; left > 0 {
		names += s.p.N("digest.more", left, texts.Args{"command": s.historyOf(all)})
	}
	return blocks{block(s.p.HTMLN(id, len(all), texts.Args{"names": names}))}
}

// maxOverName is the room for one name, in UTF-16 units.
const maxOverName = 70

// historyOf is the command that lists incidents that are over, among others: a reader may come to it hours later.
func (s *renderer) historyOf(all []model.Incident) string {
	first := s.now
	for i := range all {
		first = model.Earlier(first, all[i].ClosedAt)
	}
	span := s.now.Sub(first).Truncate(model.Day) + 2*model.Day
	return "/history " + model.Duration(span).String()
}
