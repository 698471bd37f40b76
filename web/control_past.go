package web

import (
	"context"
	"net/http"
	"time"

	"opsbot/model"
	"opsbot/ops"
)

// PastRenderer renders the past.
type PastRenderer interface {
	// Chart returns a chart as a PNG, and its caption.
	Chart(ctx context.Context, language string, c *ops.Chart) (text string, png []byte, err error)
}

// ChartView is a chart for scripts: names here are stable across versions.
type ChartView struct {
	From   time.Time   `json:"from"`
	StepMS int64       `json:"step_ms"`
	Points []PointView `json:"points"`
	Uptime UptimeView  `json:"uptime"`
	PNG    []byte      `json:"png,omitempty"`
}

// PointView is one step of a chart. Its times are the mean of the checks.
type PointView struct {
	OK           int   `json:"ok"`
	Failed       int   `json:"failed"`
	Unknown      int   `json:"unknown"`
	P50US        int64 `json:"p50_us"`
	P95US        int64 `json:"p95_us"`
	DownMS       int64 `json:"down_ms"`
	UnmeasuredMS int64 `json:"unmeasured_ms"`
}

// UptimeView is the availability of what was selected over the whole time; the times are sums over all services.
type UptimeView struct {
	Services     int     `json:"services"` // and checks whose service is not fully selected
	Percent      float64 `json:"percent"`
	Known        bool    `json:"known"` // if false there is no percentage
	UpMS         int64   `json:"up_ms"`
	DownMS       int64   `json:"down_ms"`
	UnknownMS    int64   `json:"unknown_ms"`
	UnmeasuredMS int64   `json:"unmeasured_ms"`
	ExcusedMS    int64   `json:"excused_ms"`
	Outages      int     `json:"outages"`
}

func pastRoutes(mux *http.ServeMux, d *ControlDeps) {
	handle(mux, "POST /v1/chart", func(r *http.Request, req ControlRequest) (string, any, error) {
		length, ws, err := d.span(req, ops.ChartSpan)
		if err != nil {
			return "", nil, err
		}
		c, err := d.Actions.Chart(r.Context(), actor(r), ws, length)
		if err != nil {
			return "", nil, err
		}
		text, png, err := d.Renderer.Chart(r.Context(), req.Language, c)
		if err != nil {
			return "", nil, err
		}
		v := chartView(c)
		v.PNG = png
		return text, v, nil
	})
}

// span is how far back a request asks, by its length or its words ("since monday"), and the words that are left.
func (d *ControlDeps) span(req ControlRequest, otherwise time.Duration) (time.Duration, []string, error) {
	if req.For > 0 {
		return time.Duration(req.For), req.Words, nil
	}
	now := d.Now()
	from, text, rest, err := model.CutPast(req.Words, now)
	if err != nil || text == "" {
		return otherwise, req.Words, err
	}
	return now.Sub(from), rest, nil
}

func chartView(c *ops.Chart) ChartView {
	v := ChartView{From: c.Series.From, StepMS: c.Series.Step.Milliseconds(), Points: make([]PointView, len(c.Series.Points)), Uptime: uptimeView(&c.Uptime)}
	for i := range c.Series.Points {
		v.Points[i] = pointView(&c.Series.Points[i])
	}
	return v
}

func pointView(p *model.SeriesPoint) PointView {
	n := p.Counts
	return PointView{
		OK: n.OK, Failed: n.Failed, Unknown: n.Unknown, P50US: p.P50.Microseconds(), P95US: p.P95.Microseconds(),
		DownMS: p.Down.Milliseconds(), UnmeasuredMS: p.Unmeasured.Milliseconds(),
	}
}

func uptimeView(u *ops.Uptime) UptimeView {
	v := UptimeView{
		Services: u.Units, UpMS: u.Up.Milliseconds(), DownMS: u.Down.Milliseconds(), UnknownMS: u.Unknown.Milliseconds(),
		UnmeasuredMS: u.Unmeasured.Milliseconds(), ExcusedMS: u.Excused.Milliseconds(), Outages: u.Outages,
	}
	v.Percent, v.Known = u.Share().Percent()
	return v
}
