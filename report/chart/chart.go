// Package chart draws the past of something: latencies above, and below a strip of when it was up, down, unknown, in
// maintenance or not measured.
//
// It takes a Series, a zone and words in the reader's language, and returns a PNG that is readable on a phone. It must not
// know where a Series comes from nor where an image goes.
package chart

import (
	"errors"
	"io"
	"time"

	"opsbot/model"
)

// Words are the texts in an image, in the reader's language.
type Words struct {
	Title string // the subject, and the time span
	P50   string // label of the median: "half are quicker"
	P95   string
	Empty string // shown if there is no ok result in the time

	Up, Down, Unknown, Unmeasured, Excused string // of the strip's colours

	Date     func(t time.Time) string // formats a day without a year: "21 Nov"
	Duration func(d time.Duration) string
}

// Picture is the content of a chart.
type Picture struct {
	Series model.Series
	Zone   *time.Location // of the axis; nil is UTC
	Words  Words
}

// The size of an image in pixels. A phone shows it at a third: what is 33 high here is 11 there.
const (
	Width  = 1080
	Height = 720
)

// ErrNothing is returned for a Series without a step.
var ErrNothing = errors.New("there is nothing to draw")

// PNG draws an image. It takes about 0.3 s of one processor: draw one or two at a time.
func (p *Picture) PNG(w io.Writer) error {
	if len(p.Series.Points) == 0 {
		return ErrNothing
	}
	return p.draw(w)
}

func (p *Picture) zone() *time.Location {
	if p.Zone == nil {
		return time.UTC
	}
	return p.Zone
}
