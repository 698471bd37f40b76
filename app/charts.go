package app

import (
	"bytes"
	"context"
	"fmt"

	"opsbot/bot"
	"opsbot/report/chart"
)

// charts draws for all who ask, one at a time: a drawing takes a processor for a third of a second.
type charts struct{ turn chan struct{} }

func newCharts() charts { return charts{make(chan struct{}, 1)} }

func (c charts) draw(ctx context.Context, d *bot.Drawing) ([]byte, error) {
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	p := chart.Picture{Series: d.Series, Zone: d.Zone, Words: chart.Words{
		Title: d.Title, P50: d.P50, P95: d.P95, Empty: d.Empty, Up: d.Up, Down: d.Down, Unknown: d.Unknown, Unmeasured: d.Unmeasured, Excused: d.Excused,
		Date: d.Date, Duration: d.Duration,
	}}
	var out bytes.Buffer
	if err := p.PNG(&out); err != nil {
		return nil, fmt.Errorf("draw a chart: %w", err)
	}
	return out.Bytes(), nil
}
