package texts_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"opsbot/model"
	"opsbot/texts"
)

// TestWhatIsPrintedIsReadAgain: a length and a moment that opsbot writes can be typed back, in both languages and on every clock.
func TestWhatIsPrintedIsReadAgain(t *testing.T) {
	catalog, err := texts.Load()
	if err != nil {
		t.Fatal(err)
	}
	zones := []string{"UTC", "Europe/Berlin", "Europe/Moscow", "America/St_Johns", "Asia/Kathmandu", "Australia/Lord_Howe"}
	rapid.Check(t, func(r *rapid.T) {
		zone, err := time.LoadLocation(rapid.SampledFrom(zones).Draw(r, "zone"))
		if err != nil {
			r.Fatal(err)
		}
		p := catalog.For(rapid.SampledFrom(texts.Languages()).Draw(r, "language")).In(zone)
		length := time.Duration(rapid.Int64Range(1, int64(90*model.Day/time.Second)).Draw(r, "seconds")) * time.Second
		text := p.Duration(length)
		d, err := model.ParseLength(text)
		if err != nil || p.Duration(time.Duration(d)) != text {
			r.Fatalf("%v is written %q, which is %v, %v", length, text, d, err)
		}
		now := time.Unix(rapid.Int64Range(1767225600, 1893456000).Draw(r, "now"), 0).In(zone)
		at := now.Add(time.Duration(rapid.Int64Range(1, 366*24*60).Draw(r, "minutes")) * time.Minute).Truncate(time.Minute)
		if !at.After(now) {
			return
		}
		readBack(r, p, at, now)
	})
}

// readBack holds a moment after now, and now as seen from there, to how they are written.
func readBack(r *rapid.T, p *texts.Printer, at, now time.Time) {
	text := p.Moment(at, now)
	m, err := model.ParseMoment(text)
	if err != nil {
		r.Fatalf("%v is written %q: %v", at, text, err)
	}
	const wall = "2006-01-02 15:04" // a time that comes twice is written the same
	if got, ok := m.At(now); !ok || got.Format(wall) != at.Format(wall) {
		r.Fatalf("%v is written %q at %v, which is %v, %v", at, text, now, got, ok)
	}
	text = p.Moment(now, at)
	m, err = model.ParseMoment(text)
	if err != nil {
		r.Fatalf("%v is written %q: %v", now, text, err)
	}
	if got, ok := m.Before(at); !ok || got.Format(wall) != now.Format(wall) {
		r.Fatalf("%v is written %q at %v, which was %v, %v", now, text, at, got, ok)
	}
}
