package web_test

import (
	"context"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/ops"
	"opsbot/web"
)

// ServicePasts implements ops.Past.
func (h *house) ServicePasts(_ context.Context, _ *model.Inventory, keys []model.ServiceKey, span model.Span) ([]model.ServicePast, error) {
	all := make([]model.ServicePast, len(keys))
	for i, key := range keys {
		all[i] = model.ServicePast{ServiceKey: key, Up: span.Length() * 3 / 4, Down: span.Length() / 4, Outages: 2}
	}
	return all, nil
}

// Removed implements ops.Past.
func (h *house) Removed(*model.Inventory, string) []model.ServiceKey { return nil }

// Series implements ops.Past.
func (h *house) Series(_ context.Context, _ []model.CheckID, span model.Span, step time.Duration) (model.Series, error) {
	point := model.SeriesPoint{Counts: model.Counts{OK: 3}, Latency: model.Latency{P50: time.Millisecond}, Up: step}
	return model.Series{Span: span, Step: step, Points: []model.SeriesPoint{point}}, nil
}

func (words) Chart(_ context.Context, language string, c *ops.Chart) (string, []byte, error) {
	return "chart " + language + " " + c.Words, []byte("a picture"), nil
}

func TestChart(t *testing.T) {
	path := serve(t, newHouse())
	var answer struct {
		Text string
		Data web.ChartView
	}
	err := web.Call(t.Context(), path, "chart", web.ControlRequest{Words: []string{"acme"}, For: web.Length(time.Hour), Language: "ru"}, &answer)
	if err != nil {
		t.Fatal(err)
	}
	v := answer.Data
	if answer.Text != "chart ru acme" || string(v.PNG) != "a picture" || len(v.Points) != 1 || v.Points[0].P50US != 1000 || !v.Uptime.Known || v.Uptime.Percent != 75 || v.Uptime.Outages != 2*v.Uptime.Services {
		t.Errorf("got %q %+v", answer.Text, v)
	}
	for _, since := range [][]string{{"acme", "since", "2", "hours"}, {"acme", "полчаса"}, {"yesterday", "acme"}} {
		if err := web.Call(t.Context(), path, "chart", web.ControlRequest{Words: since}, &answer); err != nil || answer.Text != "chart en acme" && answer.Text != "chart  acme" {
			t.Errorf("%q: %q, %v", since, answer.Text, err)
		}
	}
	if err := web.Call(t.Context(), path, "chart", web.ControlRequest{}, &answer); model.CodeOf(err) != model.ErrNeedArgument {
		t.Errorf("without words: %v", err)
	}
}
