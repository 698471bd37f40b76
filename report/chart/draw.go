package chart

import (
	"image/color"
	"io"
	"math"
	"slices"
	"sync"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/font/liberation"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// dpi makes a point of vg a pixel.
const dpi = 72

// Measures in pixels, from the bottom up.
const (
	margin      = 18
	textSize    = 31
	titleSize   = 36
	legendAt    = 12  // the line that explains the strip
	timesAt     = 62  // the labels of the times
	stripAt     = 112 // the strip's lower edge
	stripHeight = 74
	plotAt      = 204
	plotTop     = 118 // from the top
	swatch      = 26
	tickGap     = 10 // between an axis and its labels
)

// Colours that differ in brightness too: red and green alone look the same to some.
var colours = [kinds]color.RGBA{
	Down: {200, 30, 40, 255}, Unknown: {245, 166, 35, 255}, Excused: {98, 144, 230, 255}, Unmeasured: {196, 200, 204, 255}, Up: {104, 192, 118, 255},
}

var (
	ink      = color.RGBA{32, 36, 40, 255}
	faint    = color.RGBA{225, 228, 231, 255}
	middle   = color.RGBA{22, 92, 180, 255}
	slow     = color.RGBA{150, 106, 200, 255}
	plotFont = font.Font{Typeface: "Liberation", Variant: "Sans"}
)

// canvas is the image being drawn: a pixel is a point.
type canvas struct {
	draw.Canvas
	p *Picture
}

func (p *Picture) draw(w io.Writer) error {
	img := vgimg.NewWith(vgimg.UseWH(Width, Height), vgimg.UseDPI(dpi), vgimg.UseBackgroundColor(color.White))
	c := &canvas{draw.New(img), p}
	c.write(p.Words.Title, vg.Point{X: margin, Y: Height - margin}, style(titleSize, draw.XLeft, draw.YTop))
	left, right := c.latency()
	c.strip(left, right)
	c.legend()
	_, err := vgimg.PngCanvas{Canvas: img}.WriteTo(w)
	return err
}

// fonts are loaded with the first image: most opsbots draw none for days, and package plot would load them at every start.
var fonts = sync.OnceValue(func() *font.Cache { return font.NewCache(liberation.Collection()) })

func style(size vg.Length, x text.XAlignment, y text.YAlignment) text.Style {
	f := plotFont
	f.Size = size
	return text.Style{Color: ink, Font: f, XAlign: x, YAlign: y, Handler: text.Plain{Fonts: fonts()}}
}

func (c *canvas) write(words string, at vg.Point, s text.Style) { c.FillText(s, at, words) }

// latency draws the lines with their axes, and returns the edges of the plot.
func (c *canvas) latency() (left, right vg.Length) {
	top, marks := c.p.Top()
	label := style(textSize, draw.XRight, draw.YCenter)
	for _, m := range marks {
		left = max(left, label.Width(m.Label))
	}
	left, right = left+margin+tickGap, Width-2*margin
	const upper = Height - plotTop
	x := func(v float64) vg.Length { return left + (right-left)*vg.Length(v/c.p.length().Seconds()) }
	y := func(v float64) vg.Length { return plotAt + (upper-plotAt)*vg.Length(v/top) }
	grid := draw.LineStyle{Color: faint, Width: 2}
	for _, m := range marks {
		c.StrokeLine2(grid, left, y(m.At), right, y(m.At))
		c.FillText(label, vg.Point{X: left - tickGap, Y: y(m.At)}, m.Label)
	}
	for _, m := range c.p.Times() {
		c.StrokeLine2(grid, x(m.At), stripAt-10, x(m.At), upper)
		c.timeLabel(m, x(m.At), right)
	}
	place := func(d Dot) vg.Point { return vg.Point{X: x(d.X), Y: y(d.Y)} }
	p50, p95 := c.p.Lines()
	c.lines(p95, place, draw.LineStyle{Color: slow, Width: 4})
	c.lines(p50, place, draw.LineStyle{Color: middle, Width: 7})
	if len(p50) == 0 {
		c.write(c.p.Words.Empty, vg.Point{X: (left + right) / 2, Y: (plotAt + upper) / 2}, style(textSize, draw.XCenter, draw.YCenter))
	}
	at := c.key(vg.Point{X: left, Y: upper + 10}, middle, c.p.Words.P50)
	c.key(vg.Point{X: at + 2*margin, Y: upper + 10}, slow, c.p.Words.P95)
	return left, right
}

// timeLabel draws a label under its tick, within the image.
func (c *canvas) timeLabel(m Tick, at, right vg.Length) {
	s := style(textSize, draw.XCenter, draw.YBottom)
	half := s.Width(m.Label) / 2
	at = min(max(at, margin+half), right+2*margin-half)
	c.FillText(s, vg.Point{X: at, Y: timesAt}, m.Label)
}

// lines draws lines; a line of a single dot is a dot.
func (c *canvas) lines(all []Line, place func(Dot) vg.Point, in draw.LineStyle) {
	for _, line := range all {
		points := make([]vg.Point, len(line))
		for i, d := range line {
			points[i] = place(d)
		}
		if len(points) == 1 {
			c.DrawGlyph(draw.GlyphStyle{Color: in.Color, Radius: in.Width, Shape: draw.CircleGlyph{}}, points[0])
			continue
		}
		c.StrokeLines(in, points)
	}
}

// strip draws the state of each step, equal neighbours as one.
func (c *canvas) strip(left, right vg.Length) {
	n := len(c.p.Series.Points)
	edge := func(step int) vg.Length {
		return left + vg.Length(math.Round(float64(right-left)*float64(step)/float64(n)))
	}
	for i := 0; i < n; {
		from, parts := i, c.p.Parts(i)
		for i++; i < n && slices.Equal(c.p.Parts(i), parts); {
			i++
		}
		c.column(edge(from), edge(i), parts)
	}
}

// column draws the parts of steps, from the bottom.
func (c *canvas) column(left, right vg.Length, parts []Part) {
	from := vg.Length(stripAt)
	for _, part := range parts {
		to := from + vg.Length(part.Share)*stripHeight
		c.box(vg.Point{X: left, Y: from}, vg.Point{X: right, Y: to}, colours[part.Kind])
		from = to
	}
}

func (c *canvas) box(from, to vg.Point, in color.Color) {
	c.FillPolygon(in, []vg.Point{from, {X: to.X, Y: from.Y}, to, {X: from.X, Y: to.Y}})
}

// key draws a coloured square and its meaning, and returns where that ends.
func (c *canvas) key(at vg.Point, in color.Color, words string) (end vg.Length) {
	c.box(vg.Point{X: at.X, Y: at.Y + 8}, vg.Point{X: at.X + swatch, Y: at.Y + 8 + swatch}, in)
	c.write(words, vg.Point{X: at.X + swatch + 10, Y: at.Y}, style(textSize, draw.XLeft, draw.YBottom))
	return at.X + swatch + 10 + style(textSize, draw.XLeft, draw.YBottom).Width(words)
}

// legend explains the colours that occur.
func (c *canvas) legend() {
	names := [kinds]string{Down: c.p.Words.Down, Unknown: c.p.Words.Unknown, Excused: c.p.Words.Excused, Unmeasured: c.p.Words.Unmeasured, Up: c.p.Words.Up}
	at := vg.Length(margin)
	for _, kind := range c.p.Kinds() {
		at = c.key(vg.Point{X: at, Y: legendAt}, colours[kind], names[kind]) + 1.5*margin
	}
}
