package bot

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"opsbot/bot/telegram"
	"opsbot/model"
	"opsbot/ops"
	"opsbot/texts"
)

// Drawing is the data of a chart, with its texts in the reader's language.
type Drawing struct {
	Series model.Series
	Zone   *time.Location

	Title, P50, P95, Empty                 string
	Up, Down, Unknown, Unmeasured, Excused string

	Date     func(t time.Time) string
	Duration func(d time.Duration) string
}

// Draw renders a drawing as a PNG. It may block until other drawings are done.
type Draw func(ctx context.Context, d *Drawing) ([]byte, error)

// cmdChart sends a chart of response times and uptime.
func (r *request) cmdChart(ctx context.Context, args string) error {
	length, ws, err := r.spanIn(words(args), ops.ChartSpan)
	if err != nil {
		return err
	}
	if ws, err = r.orSubject(ctx, ws, wholeOf); err != nil {
		return err
	}
	if len(ws) == 0 {
		return r.cmdClients(ctx, "chart")
	}
	r.about = strings.Join(ws, " ")
	r.in.Yield()
	c, err := r.b.d.Actions.Chart(ctx, r.actor, ws, length)
	if err != nil {
		return err
	}
	s := r.renderer()
	png, err := r.b.d.Draw(ctx, s.drawing(c, r.zone()))
	if err != nil {
		return err
	}
	r.photo(ctx, s.chart(c), telegram.File{Name: "chart.png", Data: png}, r.buttons(ctx, 3, r.spans(c.Words)...))
	return nil
}

// photo sends an image, as a document if Telegram refuses it as a photo.
func (r *request) photo(ctx context.Context, caption string, f telegram.File, rows [][]telegram.Button) {
	r.upload(ctx, r.quoting(r.outgoing(caption, rows)), f, func(ctx context.Context, o telegram.Outgoing) (model.Receipt, error) {
		receipt, err := r.b.d.Sender.SendPhoto(ctx, o, f)
		if failed(err, model.SendBad) {
			return r.b.d.Sender.SendDocument(ctx, o, f)
		}
		return receipt, err
	})
}

// spans are buttons for other time spans of the same chart.
func (r *request) spans(words string) []action {
	var all []action
	for _, span := range []struct{ id, length string }{{"chart.day", "24h"}, {"chart.week", "7d"}, {"chart.month", "30d"}} {
		if line := "/chart " + words + " " + span.length; len(line) <= longestLine {
			all = append(all, action{label: r.p.T(span.id), name: actRun, args: map[string]string{"line": line}})
		}
	}
	return all
}

func (s *renderer) drawing(c *ops.Chart, zone *time.Location) *Drawing {
	return s.picture(c.Series, zone, model.Clip(s.chartTitle(c), 56))
}

// picture is a drawing of a series.
func (s *renderer) picture(series model.Series, zone *time.Location, title string) *Drawing {
	t := func(id string) string { return s.p.T(id) }
	return &Drawing{
		Series: series, Zone: zone, Title: title, P50: t("chart.p50"), P95: t("chart.p95"), Empty: t("chart.empty"),
		Up: t("chart.up"), Down: t("chart.down"), Unknown: t("chart.unknown"), Unmeasured: t("chart.unmeasured"), Excused: t("chart.excused"),
		Date: s.p.Date, Duration: s.latency,
	}
}

func (s *renderer) chartTitle(c *ops.Chart) string {
	what := c.Selector.String()
	if what == "" {
		what = s.p.T("chart.all")
	}
	return s.p.T("chart.title", texts.Args{"what": what, "span": c.Asked.Length().Round(time.Second)})
}

// chart is the caption of a chart.
func (s *renderer) chart(c *ops.Chart) string {
	lines := blocks{bold(model.Clip(s.chartTitle(c), 120)), s.uptime(&c.Uptime, s.outages(&c.Uptime))}
	lines = append(lines, s.notUptime(&c.Uptime)...)
	if c.OK > 0 {
		lines = append(lines, block(s.p.HTML("chart.latency", texts.Args{"p50": s.latency(c.P50), "p95": s.latency(c.P95)})))
	}
	if c.Series.From.After(c.Asked.From) {
		lines = append(lines, block(s.p.HTML("chart.since", texts.Args{"since": s.moment(c.Series.From)})))
	}
	return lines.join()
}

// outages is "3 outages of reports", "3 outages of 2 services", or "" if there were none: one incident may be several of them, or none.
func (s *renderer) outages(u *ops.Uptime) string {
	if u.Outages == 0 {
		return ""
	}
	of := u.Name
	switch {
	case of != "":
	case u.Services == u.Units:
		of = s.p.N("uptime.of_services", u.Units)
	default:
		of = s.p.N("count.checks", u.Units)
	}
	return s.p.N("uptime.outages", u.Outages, texts.Args{"of": model.Clip(of, 100)})
}

// uptime is "99.95% up · 22 min down · 3 outages". Of several checks, the share is the mean, and the downtime and outages are
// the sum.
func (s *renderer) uptime(u *ops.Uptime, count string) block {
	percent, known := u.Share().Percent()
	if !known {
		return escaped(joinedBy(" · ", s.p.T("uptime.nothing"), count))
	}
	down := ""
	if u.Down > 0 {
		id := "uptime.down"
		if u.Units > 1 {
			id = "uptime.down_together"
		}
		down = s.p.T(id, texts.Args{"down": max(time.Second, u.Down).Truncate(time.Second)})
	}
	args := texts.Args{"percent": s.percent(percent)}
	share := s.p.T("uptime.up", args)
	switch {
	case u.Units > 1 && u.Services == u.Units:
		share = s.p.N("uptime.services", u.Units, args)
	case u.Units > 1:
		share = s.p.N("uptime.checks", u.Units, args)
	}
	return escaped(joinedBy(" · ", share, down, count))
}

// notUptime is the time that counts neither as up nor as down: not measured, unknown, maintenance.
func (s *renderer) notUptime(u *ops.Uptime) blocks {
	var parts []string
	for _, part := range []struct {
		id string
		d  time.Duration
	}{{"uptime.unmeasured", u.Unmeasured}, {"uptime.unknown", u.Unknown}, {"uptime.excused", u.Excused}} {
		if d := (part.d / time.Duration(max(1, u.Units))).Truncate(time.Second); d > 0 {
			parts = append(parts, s.p.T(part.id, texts.Args{"time": d}))
		}
	}
	if len(parts) == 0 {
		return nil
	}
	return blocks{escaped(strings.Join(parts, " · "))}
}

// latency renders a duration with a precision below a millisecond: "0.4 ms".
func (s *renderer) latency(d time.Duration) string {
	if d >= 10*time.Millisecond || d == 0 {
		return s.p.Duration(d)
	}
	text := strconv.FormatFloat(math.Round(d.Seconds()*1e5)/100, 'f', -1, 64)
	if d >= time.Millisecond {
		text = strconv.FormatFloat(math.Round(d.Seconds()*1e4)/10, 'f', -1, 64)
	}
	return s.p.T("unit.ms", texts.Args{"n": s.p.Decimal(text)})
}

// percent rounds down: a second of downtime is never 100%.
func (s *renderer) percent(p float64) string {
	text := "100"
	if p < 100 {
		text = fmt.Sprintf("%.2f", math.Floor(p*100)/100)
	}
	return s.p.Decimal(text)
}

// joinedBy joins the parts that are not empty.
func joinedBy(by string, parts ...string) string {
	var some []string
	for _, p := range parts {
		if p != "" {
			some = append(some, p)
		}
	}
	return strings.Join(some, by)
}
