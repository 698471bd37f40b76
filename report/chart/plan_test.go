package chart_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/report/chart"
	"opsbot/test/golden"
)

// values is the content of an image, in numbers.
func values(p *chart.Picture) string {
	var out strings.Builder
	show := func(name string, all []chart.Tick) {
		fmt.Fprintf(&out, "%s:", name)
		for _, t := range all {
			fmt.Fprintf(&out, " %s@%g", t.Label, t.At)
		}
		out.WriteString("\n")
	}
	show("times", p.Times())
	top, marks := p.Top()
	show(fmt.Sprintf("up to %g s", top), marks)
	p50, p95 := p.Lines()
	for name, lines := range map[string][]chart.Line{"p50": p50} {
		for _, l := range lines {
			fmt.Fprintf(&out, "%s: %d dots from %.0f (%.3f) to %.0f (%.3f)\n", name, len(l), l[0].X, l[0].Y, l[len(l)-1].X, l[len(l)-1].Y)
		}
	}
	fmt.Fprintf(&out, "p95: %d lines\n", len(p95))
	last := ""
	for i := range p.Series.Points {
		var parts strings.Builder
		for _, part := range p.Parts(i) {
			fmt.Fprintf(&parts, " %s %.2f", [...]string{"down", "unknown", "excused", "unmeasured", "up"}[part.Kind], part.Share)
		}
		if parts.String() != last {
			fmt.Fprintf(&out, "from step %d:%s\n", i, parts.String())
			last = parts.String()
		}
	}
	return out.String()
}

func TestValues(t *testing.T) {
	var out strings.Builder
	for _, lang := range []string{"en", "ru"} {
		z := zone(t, "Europe/Moscow")
		p := chart.Picture{Series: day(time.Date(2026, 11, 21, 11, 20, 0, 0, time.UTC)), Zone: z, Words: words(t, lang, z)}
		fmt.Fprintf(&out, "## a day, %s\n%s", lang, values(&p))
	}
	golden.Compare(t, "testdata/day.golden", out.String())
}

// TestTimes compares the ticks of the axis with the clock of the zone: at midnight if days are marked, across clock
// changes.
func TestTimes(t *testing.T) {
	for _, c := range []struct {
		zone   string
		from   time.Time
		length time.Duration
		want   string
	}{
		{"UTC", time.Date(2026, 3, 1, 12, 0, 30, 0, time.UTC), time.Minute, "12:00:40 12:01:00 12:01:20"},
		{"UTC", time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), time.Hour, "12:00 12:15 12:30 12:45 13:00"},
		{"Asia/Kolkata", time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), 24 * time.Hour, "18:00 2 Mar 06:00 12:00"},
		{"Europe/Berlin", time.Date(2026, 3, 28, 12, 0, 0, 0, time.UTC), 24 * time.Hour, "18:00 29 Mar 06:00 12:00"},  // the clock goes forward
		{"Europe/Berlin", time.Date(2026, 10, 24, 12, 0, 0, 0, time.UTC), 24 * time.Hour, "18:00 25 Oct 06:00 12:00"}, // and back
		{"Europe/Berlin", time.Date(2026, 3, 26, 12, 0, 0, 0, time.UTC), 5 * 24 * time.Hour, "27 Mar 28 Mar 29 Mar 30 Mar 31 Mar"},
		{"Europe/Moscow", time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC), 30 * 24 * time.Hour, "2 Nov 9 Nov 16 Nov 23 Nov 30 Nov"},
		{"UTC", time.Date(2025, 11, 20, 9, 0, 0, 0, time.UTC), 365 * 24 * time.Hour, "1 Dec 1 Mar 1 Jun 1 Sep"},
	} {
		z := zone(t, c.zone)
		p := chart.Picture{Series: model.Series{Span: model.Span{From: c.from}, Step: c.length / 10, Points: make([]model.SeriesPoint, 10)}, Zone: z, Words: words(t, "en", z)}
		var got []string
		for _, tick := range p.Times() {
			got = append(got, tick.Label)
			at := c.from.Add(time.Duration(tick.At * float64(time.Second))).In(z)
			if shown := at.Format("15:04"); !strings.HasPrefix(tick.Label, shown) && shown != "00:00" {
				t.Errorf("%s: %s stands at %s", c.zone, tick.Label, at)
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s, %v from %s: %v, want %s", c.zone, c.length, c.from, got, c.want)
		}
	}
}

// Unmeasured time is never shown as up, and bad states are always visible.
func TestParts(t *testing.T) {
	step := 10 * time.Minute
	s := model.Series{Step: step, Points: []model.SeriesPoint{
		{}, {Unmeasured: step}, {Up: step - time.Second, Down: time.Second}, {Unmeasured: step / 2, Up: step / 2}, {Excused: step}, {Up: step},
	}}
	p := chart.Picture{Series: s}
	for i, want := range [][]chart.Part{
		{{Kind: chart.Unmeasured, Share: 1}},
		{{Kind: chart.Unmeasured, Share: 1}},
		nil,
		{{Kind: chart.Unmeasured, Share: 0.5}, {Kind: chart.Up, Share: 0.5}},
		{{Kind: chart.Excused, Share: 1}},
		{{Kind: chart.Up, Share: 1}},
	} {
		got := p.Parts(i)
		if want == nil { // a second of ten minutes
			if got[0].Kind != chart.Down || got[0].Share < 0.2 {
				t.Errorf("a second down is %v", got)
			}
		} else if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("step %d is %v, want %v", i, got, want)
		}
	}
}

func BenchmarkPNG(b *testing.B) {
	p := chart.Picture{Series: day(time.Date(2026, 11, 21, 11, 20, 0, 0, time.UTC)), Words: chart.Words{
		Date: func(t time.Time) string { return t.Format("2 Jan") }, Duration: time.Duration.String,
	}}
	for b.Loop() {
		if err := p.PNG(discard{}); err != nil {
			b.Fatal(err)
		}
	}
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
