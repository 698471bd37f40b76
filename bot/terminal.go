package bot

import (
	"context"
	"strings"
	"time"

	"opsbot/model"
	"opsbot/ops"
	"opsbot/texts"
)

// Plain renders answers without markup, for the command line and the API. It is immutable and safe for concurrent use.
type Plain struct {
	Texts *texts.Catalog
	Zone  func() *time.Location
	Now   func() time.Time
	Draw  Draw // of charts
}

func (w *Plain) renderer(language string) *renderer {
	return &renderer{p: w.Texts.For(language).In(w.Zone()), now: w.Now()}
}

// Status renders a summary or a selection.
func (w *Plain) Status(language string, st *ops.Status) string {
	if st.Words == "" {
		return plain(w.renderer(language).fleet(st))
	}
	s := w.renderer(language)
	m := s.selection(st)
	return plain(m.fit(mostRows, s.more))
}

// Test renders a web test.
func (w *Plain) Test(language string, t *model.WebTest) string {
	return plain(w.renderer(language).test(t))
}

// Baseline renders a measurement before an update that is stored in a file.
func (w *Plain) Baseline(language string, b *model.Baseline, file string) string {
	s := w.renderer(language)
	return plain(s.baseline(b, block(s.p.HTML("compare.next_file", texts.Args{"file": file}))))
}

// Compared renders what an update changed.
func (w *Plain) Compared(language string, c *ops.Compared) string {
	return plain(w.renderer(language).compared(c))
}

// Muted renders a new mute, and how to end it.
func (w *Plain) Muted(language string, a ops.MuteAnswer) string {
	s := w.renderer(language)
	return plain(blocks{block(s.muted(a)), block(s.p.HTML("mute.undo", texts.Args{"id": int64(a.Mute.ID)}))}.join())
}

// Mutes renders the list of mutes.
func (w *Plain) Mutes(language string, mutes []model.Mute) string {
	s := w.renderer(language)
	if len(mutes) == 0 {
		return plain(s.p.HTML("mutes.none"))
	}
	return s.mutes(mutes).plain()
}

// Unmuted renders ended mutes.
func (w *Plain) Unmuted(language string, ended []ops.Unmuted) string {
	return plain(w.renderer(language).unmuted(ended))
}

// Chart renders a chart as a PNG with its caption.
func (w *Plain) Chart(ctx context.Context, language string, c *ops.Chart) (text string, png []byte, err error) {
	s := w.renderer(language)
	png, err = w.Draw(ctx, s.drawing(c, w.Zone()))
	return plain(s.chart(c)), png, err
}

// Picture renders a series as a PNG without a title.
func (w *Plain) Picture(ctx context.Context, language string, series model.Series) ([]byte, error) {
	return w.Draw(ctx, w.renderer(language).picture(series, w.Zone(), ""))
}

// Incidents renders the open incidents, attached ones below their parent.
func (w *Plain) Incidents(language string, all []model.Incident) string {
	s := w.renderer(language)
	if len(all) == 0 {
		return plain(s.p.HTML("incidents.none"))
	}
	return s.incidents(all).plain()
}

// Acked renders an acknowledged incident.
func (w *Plain) Acked(language string, in *model.Incident) string {
	return plain(w.renderer(language).acked(in))
}

// Noted renders an incident with the note that was written.
func (w *Plain) Noted(language string, in *model.Incident) string {
	return plain(w.renderer(language).noted(in))
}

// Unacked renders an incident whose acknowledgement was taken back.
func (w *Plain) Unacked(language string, in *model.Incident) string {
	return plain(w.renderer(language).unacked(in))
}

// Extended renders a mute that was given more time.
func (w *Plain) Extended(language string, m *model.Mute) string {
	return plain(w.renderer(language).extended(m))
}

// Rechecked renders how many checks run again.
func (w *Plain) Rechecked(language string, n int) string {
	return w.renderer(language).p.N("recheck.begun", n)
}

// History renders past incidents, newest first.
func (w *Plain) History(language string, past *ops.History) string {
	return w.renderer(language).history(past, "").plain()
}

// Maintenance renders maintenance windows.
func (w *Plain) Maintenance(language string, all []ops.Planned) string {
	s := w.renderer(language)
	if len(all) == 0 {
		return plain(s.p.HTML("maintenance.none"))
	}
	return s.maintenance(all).plain()
}

// Impact renders which clients events affect.
func (w *Plain) Impact(language string, found *ops.Impact) string {
	return w.renderer(language).impact(found).plain()
}

// Why renders why something is not ok.
func (w *Plain) Why(language string, y *ops.Why) string {
	return w.renderer(language).why(y).plain()
}

// Unmapped renders hosts that sources report and the inventory does not know.
func (w *Plain) Unmapped(language string, all []ops.UnmappedHost) string {
	s := w.renderer(language)
	if len(all) == 0 {
		return plain(s.p.HTML("unmapped.none"))
	}
	return plain(append(append(blocks{block(s.p.HTMLN("unmapped.head", len(all)))}, s.unmappedRows(all)...), block(s.p.HTML("unmapped.do"))).join())
}

// Events renders the open events of sources.
func (w *Plain) Events(language string, all []ops.OpenEvent) string {
	return w.renderer(language).events(all).plain()
}

// Closed renders events that were closed by hand.
func (w *Plain) Closed(language string, closed []ops.OpenEvent) string {
	return w.renderer(language).closed(closed).plain()
}

// Sources renders the connection status of each source.
func (w *Plain) Sources(language string, all []model.SourceState) string {
	return w.renderer(language).sources(all).plain()
}

// Logs renders logs as the document of the chat.
func (w *Plain) Logs(language string, a *ops.LogsAnswer) string {
	return w.renderer(language).logText(a)
}

// TestLogs renders the logs of the hosts that failed in a web test.
func (w *Plain) TestLogs(language string, t *model.WebTest) string {
	a := &ops.LogsAnswer{At: t.At, Excerpts: t.Logs, Left: t.LogsLeft}
	if len(t.Logs) > 0 {
		a.From, a.To = t.Logs[0].From, t.Logs[0].To
	}
	return w.renderer(language).logText(a)
}

// Report renders a client's report as text.
func (w *Plain) Report(report *model.Report) string { return strings.TrimSpace(report.Parts.Text) }

// Sent renders the recipients of a report.
func (w *Plain) Sent(language string, to ops.ReportTarget) string {
	p := w.renderer(language).p
	return p.T("report.mailed", texts.Args{"to": recipients(p, to)})
}
