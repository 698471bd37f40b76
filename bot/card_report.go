package bot

import (
	"strings"

	"opsbot/bot/telegram"
	"opsbot/model"
)

// report renders the short text of a report: its verdict and findings.
func (s *renderer) report(r *model.Report) (out message) {
	for line := range strings.Lines(r.Text) {
		line = model.Clip(strings.TrimRight(line, "\n"), 300)
		if len(out.head) == 0 {
			out.head = blocks{bold(line)}
			continue
		}
		out.rows = append(out.rows, escaped(line))
	}
	return out
}

// ReportMail renders a report as a mail: the text and the page, each with a note about late delivery.
func (c *Cards) ReportMail(t model.Notification) (text, page string) {
	r := t.Snapshot.Report
	note := strings.TrimSpace(plain(string(c.renderer(t).stamps(t))))
	text = r.Text
	if r.Parts != nil {
		text, page = r.Parts.Text, r.Parts.Noted(note)
	}
	if note != "" {
		text = note + "\n\n" + text
	}
	return text, page
}

// captioned fits a message into the caption of a document.
func (s *renderer) captioned(m message) string {
	return m.fitInto(telegram.MaxCaption-spare/4, len(m.rows), s.more)
}

// caption renders a report as the caption of a document.
func (c *Cards) caption(t model.Notification) string {
	s := c.renderer(t)
	m := s.report(t.Snapshot.Report)
	if len(m.head) > 0 {
		m.head[0] += s.stamps(t)
	}
	return s.captioned(m)
}
