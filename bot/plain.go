package bot

import (
	"context"
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
