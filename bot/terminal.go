package bot

import (
	"context"
	"strings"
	"time"

	"opsbot/model"
	"opsbot/ops"
	"opsbot/texts"
)

// Plain says what the chat says, without markup, for a terminal. It is immutable and safe for concurrent use.
type Plain struct {
	Texts *texts.Catalog
	Zone  func() *time.Location
	Now   func() time.Time
	Draw  Draw // of charts
}

func (w *Plain) renderer(language string) *renderer {
	return &renderer{p: w.Texts.For(language).In(w.Zone()), now: w.Now()}
}

// Status is how things stand.
func (w *Plain) Status(language string, st *ops.Status) string {
	if st.Words == "" {
		return plain(w.renderer(language).fleet(st))
	}
	message, _ := w.renderer(language).selection(st, 1)
	return plain(message)
}

// Test is what a web test saw.
func (w *Plain) Test(language string, t *model.WebTest) string {
	return plain(w.renderer(language).test(t))
}

// Baseline is what was measured before an update, into a file.
func (w *Plain) Baseline(language string, b *model.Baseline, file string) string {
	s := w.renderer(language)
	return plain(s.baseline(b, block(s.p.HTML("compare.next_file", texts.Args{"file": file}))))
}

// Compared is what an update changed.
func (w *Plain) Compared(language string, c *ops.Compared) string {
	return plain(w.renderer(language).compared(c))
}

// Muted is a mute that was set.
func (w *Plain) Muted(language string, a ops.MuteAnswer) string {
	return plain(w.renderer(language).muted(a))
}

// Mutes are the mutes that hold.
func (w *Plain) Mutes(language string, mutes []model.Mute) string {
	return plain(w.renderer(language).mutes(mutes))
}

// Unmuted are mutes that were lifted.
func (w *Plain) Unmuted(language string, ended []model.Mute) string {
	return plain(w.renderer(language).unmuted(ended))
}

// Chart is a chart as a PNG, and what is written under it.
func (w *Plain) Chart(ctx context.Context, language string, c *ops.Chart) (text string, png []byte, err error) {
	s := w.renderer(language)
	png, err = w.Draw(ctx, s.drawing(c, w.Zone()))
	return plain(s.chart(c)), png, err
}

// Picture is how something was over a time as a PNG, without a title.
func (w *Plain) Picture(ctx context.Context, language string, series model.Series) ([]byte, error) {
	return w.Draw(ctx, w.renderer(language).picture(series, w.Zone(), ""))
}

// Incidents are the open ones, each before those that it explains.
func (w *Plain) Incidents(language string, all []model.Incident) string {
	s := w.renderer(language)
	if len(all) == 0 {
		return plain(s.p.HTML("incidents.none"))
	}
	return plain(append(blocks{block(s.p.HTMLN("incidents.head", len(all)))}, s.tree(all)...).join())
}

// Acked is an incident that somebody took on.
func (w *Plain) Acked(language string, in *model.Incident) string {
	s := w.renderer(language)
	return plain(append(blocks{s.incidentLine(in)}, s.inHand(in)...).join())
}

// History is what was not well at some time since a moment, newest first.
func (w *Plain) History(language string, past *ops.History) string {
	head, rows, tail := w.renderer(language).history(past, "")
	return plain(append(append(head, rows...), tail...).join())
}

// Maintenance is what is planned.
func (w *Plain) Maintenance(language string, all []ops.Planned) string {
	return plain(w.renderer(language).maintenance(all))
}

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

// Logs is what the logs of hosts say, as the document that the chat gets.
func (w *Plain) Logs(language string, a *ops.LogsAnswer) string {
	return w.renderer(language).logText(a)
}

// TestLogs is what the logs of the hosts that failed in a web test say.
func (w *Plain) TestLogs(language string, t *model.WebTest) string {
	a := &ops.LogsAnswer{At: t.At, Excerpts: t.Logs, Left: t.LogsLeft}
	if len(t.Logs) > 0 {
		a.From, a.To = t.Logs[0].From, t.Logs[0].To
	}
	return w.renderer(language).logText(a)
}

// Report is a client's report in words, for a terminal.
func (w *Plain) Report(report *model.Report) string { return strings.TrimSpace(report.Parts.Text) }

// Sent says to whom a report goes.
func (w *Plain) Sent(language string, to ops.ReportTarget) string {
	p := w.renderer(language).p
	return p.T("report.mailed", texts.Args{"to": recipients(p, to)})
}
