package chart_test

import (
	"bytes"
	"errors"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/report/chart"
	"opsbot/texts"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// day is 24 hours of an endpoint: unmeasured at first, with an outage, a maintenance, and an unknown status.
func day(from time.Time) model.Series {
	s := model.Series{Span: model.Span{From: from, To: from.Add(24 * time.Hour)}, Step: 10 * time.Minute}
	for i := range 144 {
		p := model.SeriesPoint{Up: s.Step, Counts: model.Counts{OK: 10}}
		p.P50 = time.Duration(80+30*math.Sin(float64(i)/11)) * time.Millisecond
		p.P95 = p.P50*2 + time.Duration(i*37%50)*time.Millisecond
		switch {
		case i < 20:
			p = model.SeriesPoint{Unmeasured: s.Step}
		case i >= 60 && i < 66:
			p = model.SeriesPoint{Down: s.Step, Counts: model.Counts{Failed: 10}}
		case i == 90:
			p.Down, p.Up = 30*time.Second, s.Step-30*time.Second
		case i >= 100 && i < 110:
			p.Excused, p.Up = s.Step, 0
		case i >= 120 && i < 124:
			p = model.SeriesPoint{Unknown: s.Step, Counts: model.Counts{Unknown: 10}}
		}
		s.Points = append(s.Points, p)
	}
	return s
}

func words(t *testing.T, lang string, z *time.Location) chart.Words {
	t.Helper()
	catalog, err := texts.Load()
	if err != nil {
		t.Fatal(err)
	}
	p := catalog.For(lang).In(z)
	return chart.Words{
		Title: p.T("chart.title", texts.Args{"what": "clientA reports", "span": p.Duration(24 * time.Hour)}), P50: p.T("chart.p50"), P95: p.T("chart.p95"), Empty: p.T("chart.empty"),
		Up: p.T("chart.up"), Down: p.T("chart.down"), Unknown: p.T("chart.unknown"), Unmeasured: p.T("chart.unmeasured"), Excused: p.T("chart.excused"),
		Date: p.Date, Duration: p.Duration,
	}
}

func TestPictures(t *testing.T) {
	z := zone(t, "Europe/Moscow")
	for _, lang := range texts.Languages() {
		p := chart.Picture{Series: day(time.Date(2026, 11, 21, 11, 20, 0, 0, time.UTC)), Zone: z, Words: words(t, lang, z)}
		var out bytes.Buffer
		if err := p.PNG(&out); err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(bytes.NewReader(out.Bytes()))
		if err != nil || img.Bounds().Dx() != chart.Width || img.Bounds().Dy() != chart.Height || out.Len() > 200<<10 {
			t.Fatalf("%v: %v, %d bytes", err, img.Bounds(), out.Len())
		}
		if dir := os.Getenv("OPSBOT_PICTURES"); dir != "" { // for a person to look at
			if err := os.WriteFile(filepath.Join(dir, "chart."+lang+".png"), out.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := (&chart.Picture{}).PNG(&bytes.Buffer{}); !errors.Is(err, chart.ErrNothing) {
		t.Errorf("nothing to draw: %v", err)
	}
}
