package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"

	"opsbot/bot"
	"opsbot/model"
	"opsbot/report/chart"
	"opsbot/web"
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

// Chart has a chart drawn and writes it to a file, "" writes none. The words may hold a length of time.
func (a *ControlClient) Chart(ctx context.Context, words []string, file string) (Answer, error) {
	said, err := a.said(ctx, "chart", withLength(words))
	if err != nil {
		return said, err
	}
	var v web.ChartView
	if err := json.Unmarshal(said.JSON, &v); err != nil {
		return said, fmt.Errorf("read the answer: %w", err)
	}
	if file != "" {
		if err := os.WriteFile(file, v.PNG, 0o644); err != nil { //nolint:gosec // a picture for whoever asked, who may show it around
			return said, fileError(model.ErrFile, file, err)
		}
	}
	v.PNG = nil
	said.JSON, err = json.Marshal(v)
	return said, err
}
