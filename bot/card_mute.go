package bot

import (
	"time"

	"opsbot/model"
	"opsbot/texts"
)

// muteWarning says that a mute ends soon, and how to extend it.
func (s *renderer) muteWarning(f model.Snapshot) (out message) {
	m := f.Mute
	out.head = blocks{block(s.p.HTML("mute.ending", texts.Args{
		"id": int64(m.ID), "what": s.muteTarget(m), "until": s.moment(m.Until), "left": max(0, m.Until.Sub(s.now)).Round(time.Second),
	}))}
	if m.Reason != "" {
		out.head = append(out.head, block(s.p.HTML("mute.reason", texts.Args{"reason": model.Clip(m.Reason, 250)})))
	}
	switch {
	case f.Hidden == nil:
	case f.Hidden.Broken == 0:
		out.head = append(out.head, block(s.p.HTML("mute.all_well")))
	default:
		out.head = append(out.head, block(s.p.HTMLN("mute.still_broken", f.Hidden.Broken)))
	}
	return out
}

// muteEnd lists the open incidents after a mute.
func (s *renderer) muteEnd(f model.Snapshot) (out message) {
	out.head = blocks{block(s.p.HTML("mute.ended", texts.Args{"id": int64(f.Mute.ID), "what": s.muteTarget(f.Mute)}))}
	out.head, out.tail = append(out.head, s.resolvedNow(f)...), s.cameAndWent(f)
	if len(f.Open) == 0 {
		out.head = append(out.head, block(s.p.HTML("mute.all_well")))
		return out
	}
	out.head, out.rows = append(out.head, s.counted(f.Open)+":"), s.details(f.Open)
	return out
}
