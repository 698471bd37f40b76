package logs

import (
	"bytes"
	"context"
	"iter"
	"slices"
	"time"

	"opsbot/charset"
	"opsbot/model"
)

// The sizes of reading, in bytes. All are even, for encodings of two bytes.
const (
	firstChunk = 256 << 10
	nextChunk  = 1 << 20
	leastRoom  = 16 << 10
	probeChunk = 32 << 10
)

// backward reads a file from its end back, until a line before the span, or its beginning, or the limit.
type backward struct {
	where   place
	w       *want
	f       *file
	room    int // bytes it may read
	charset charset.Charset

	all   []byte // what was read
	start int64  // where that begins
	hole  bool   // what is before are zero bytes of a file that was truncated while it was written
}

// read reads; reached is false if the limit ended it.
func (b *backward) read(ctx context.Context) (reached bool, err error) {
	if p := packingOf(b.f.name); p != nil {
		return b.unpack(ctx, p)
	}
	chunk := min(firstChunk, b.room)
	sought := !b.w.past
	for b.start = b.f.size; b.start > 0 && b.room > 1; chunk = min(nextChunk, b.room) {
		n := b.aligned(chunk)
		data, err := b.where.read(ctx, b.f.name, b.start-int64(n), n)
		if err != nil { // what was read before the error ends anywhere, not where the rest begins
			b.broken(data, n)
			return false, err
		}
		if b.all == nil {
			b.charset = b.w.charsetOf(data)
		}
		if isHole(data) && b.beginsWithHole(ctx) {
			b.hole = true
			return true, nil
		}
		if i := b.later(data); !sought && b.start > int64(n) && i >= 0 { // all of it is later than the span
			sought = true
			if b.start, err = b.seek(ctx, b.start-int64(n), i); err != nil {
				return false, err
			}
			continue
		}
		sought = true
		b.all = slices.Concat(data, b.all)
		b.room -= n
		if b.start -= int64(n); b.start == 0 || b.enough() {
			return true, nil
		}
	}
	return b.f.size == 0, nil
}

// aligned is how much to read so that it begins at an even offset: no character of two bytes is cut.
func (b *backward) aligned(chunk int) int {
	n := int(min(int64(chunk), b.start))
	if from := b.start - int64(n); from%2 == 1 {
		if n > 1 {
			return n - 1
		}
		return n + 1
	}
	return n
}

func (b *backward) unpack(ctx context.Context, p *packing) (reached bool, err error) {
	if b.f.size > maxPacked {
		b.start = 1
		return false, nil
	}
	b.all, err = b.where.unpack(ctx, b.f, p, b.room)
	if reached = len(b.all) < b.room; !reached {
		b.start = 1 // it begins within
	}
	b.charset = b.w.charsetOf(b.all)
	return reached, err
}

// broken takes what was read before an error: up to its last whole line.
func (b *backward) broken(data []byte, n int) {
	b.start -= int64(n)
	data = data[:bytes.LastIndexByte(data, '\n')+1]
	b.all = slices.Concat(data, wholeLines(b.all, b.charset, true))
}

// whole reports whether the file was read from its beginning.
func (b *backward) whole() bool { return b.start == 0 || b.hole }

// raw are the complete lines of what was read.
func (b *backward) raw() []byte { return wholeLines(b.all, b.charset, !b.whole()) }

// enough reports whether what was read has all that is wanted.
func (b *backward) enough() bool {
	raw := b.raw()
	if b.w.from.IsZero() {
		return b.w.grep == "" && bytes.Count(raw, []byte("\n")) > b.w.last
	}
	return b.before(raw)
}

// before reports whether lines reach back before the span.
func (b *backward) before(raw []byte) bool {
	at, _, ok := b.firstTime(raw)
	return ok && at.Before(b.w.from)
}

// later is where the first line with a time begins in what was read, if it is later than the span; else -1. A possibly partial line does
// not count.
func (b *backward) later(data []byte) int {
	lines := wholeLines(data, b.charset, true)
	at, i, ok := b.firstTime(lines)
	if !ok || !b.w.isAfter(at) {
		return -1
	}
	return len(data) - len(lines) + i
}

// firstTime is the first time in lines, and where its line begins.
func (b *backward) firstTime(lines []byte) (at time.Time, where int, ok bool) {
	p := b.w.parser(sample(b.w.decodeAs(lines[:min(len(lines), sampleSize)], b.charset)))
	for i, line := range linesOf(lines, b.charset) {
		if at, ok := p.Time(b.w.decodeAs(line, b.charset)); ok {
			return at, i, true
		}
	}
	return at, 0, false
}

// sampleSize is how much of a file is looked at to learn how it writes dates, in bytes.
const sampleSize = 32 << 10

func sample(text string) string { return text[:min(len(text), sampleSize)] }

// seek finds by bisection an offset a little after which all lines are later than the span: near enough that the lines before it are within
// the limit. At high, and lead bytes on, is a line that is later.
func (b *backward) seek(ctx context.Context, high int64, lead int) (int64, error) {
	low, end := int64(0), high+int64(lead)
	for high-low > min(firstChunk, int64(b.room)/4) {
		middle := (low + (high-low)/2) &^ 1
		data, err := b.where.read(ctx, b.f.name, middle, probeChunk)
		if err != nil {
			return 0, err
		}
		if i := b.later(data); i >= 0 {
			high, end = middle, middle+int64(i)
		} else {
			low = middle
		}
	}
	return end, nil
}

// wholeLines are the complete lines of what was read; begun: it may begin within one.
func wholeLines(data []byte, c charset.Charset, begun bool) []byte {
	if !begun {
		return data
	}
	if i := lineEnd(data, c); i >= 0 {
		return data[i:]
	}
	return data
}

// lineEnd is where the first line ends, with its line end; -1 if it has none.
func lineEnd(data []byte, c charset.Charset) int {
	if !c.Wide() {
		return bytes.IndexByte(data, '\n') + 1 - btoi(bytes.IndexByte(data, '\n') < 0)
	}
	zero := 1 // where the zero byte of a line end is
	if c == charset.UTF16BE {
		zero = 0
	}
	for i := 0; i+1 < len(data); i += 2 {
		if data[i+zero] == 0 && data[i+1-zero] == '\n' {
			return i + 2
		}
	}
	return -1
}

// linesOf are the lines with their offsets.
func linesOf(data []byte, c charset.Charset) iter.Seq2[int, []byte] {
	return func(yield func(int, []byte) bool) {
		for at := 0; at < len(data); {
			n := lineEnd(data[at:], c)
			if n <= 0 {
				n = len(data) - at
			}
			if !yield(at, data[at:at+n]) {
				return
			}
			at += n
		}
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// charsetOf is the encoding of data of a file: as configured, else as it looks.
func (w *want) charsetOf(data []byte) charset.Charset {
	if w.encoding != nil {
		return *w.encoding
	}
	return charset.Detect(data)
}

// decode decodes the output of a program.
func (w *want) decode(data []byte) string { return w.decodeAs(data, w.charsetOf(data)) }

// decodeAs decodes lines. If no encoding is configured, lines that are UTF-8 stay as they are.
func (w *want) decodeAs(data []byte, c charset.Charset) string {
	if w.encoding != nil || c.Wide() {
		return c.Decode(data)
	}
	text, _ := charset.Text(data)
	return text
}

// beginsWithHole reports whether the file begins with zero bytes too: then nothing is before these.
func (b *backward) beginsWithHole(ctx context.Context) bool {
	data, err := b.where.read(ctx, b.f.name, 0, probeChunk)
	return err == nil && isHole(data[:min(len(data), block)])
}

// isHole reports whether data are zero bytes alone.
func isHole(data []byte) bool { return len(data) > 0 && len(bytes.Trim(data, "\x00")) == 0 }

// strangeIn is the reason if what was read of a file is no text: it is compressed under another name, or binary.
func strangeIn(raw []byte, c charset.Charset, whole bool) model.ReasonCode {
	if c.Wide() {
		return ""
	}
	text := bytes.TrimLeft(raw, "\x00")
	if whole && packedByMagic(text) != nil {
		return model.ReasonLogsPacked
	}
	const most = 8 << 10
	text = text[max(0, len(text)-most):]
	controls := 0
	for _, b := range text {
		if b < ' ' && b != '\n' && b != '\r' && b != '\t' && b != 0x1b && b != '\b' && b != '\f' || b == 0x7f {
			controls++
		}
	}
	if controls*20 > len(text) && controls > 8 {
		return model.ReasonLogsBinary
	}
	return ""
}
