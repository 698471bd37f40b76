package bot

import (
	"opsbot/model"
	"opsbot/ops"
)

// Impact is what events mean for clients.
func (w *Plain) Impact(language string, found *ops.Impact) string {
	head, rows, tail := w.renderer(language).impact(found)
	return plain(append(append(head, rows...), tail...).join())
}

// Why is why something is not well.
func (w *Plain) Why(language string, y *ops.Why) string {
	head, rows, tail := w.renderer(language).why(y)
	return plain(append(append(head, rows...), tail...).join())
}

// Unmapped is what sources speak of and what is not in the inventory.
func (w *Plain) Unmapped(language string, all []ops.UnmappedHost) string {
	s := w.renderer(language)
	if len(all) == 0 {
		return plain(s.p.HTML("unmapped.none"))
	}
	return plain(append(append(blocks{block(s.p.HTMLN("unmapped.head", len(all)))}, s.unmappedRows(all)...), block(s.p.HTML("unmapped.do"))).join())
}

// Sources is how the systems that send events are heard.
func (w *Plain) Sources(language string, all []model.SourceState) string {
	head, rows := w.renderer(language).sources(all)
	return plain(append(head, rows...).join())
}
