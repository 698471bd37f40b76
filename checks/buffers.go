package checks

import (
	"bufio"
	"io"
	"sync"
)

// The sizes of what a request borrows for as long as it lasts.
const (
	readerSize = 4 << 10  // bufio's default
	windowSize = 32 << 10 // bytes of a body that are searched at a time
)

var (
	readers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, readerSize) }}
	windows = sync.Pool{New: func() any { return new([windowSize]byte) }}
)

// borrowReader lends a reader of r; giveBack ends the loan, and nothing may be read from it afterwards.
func borrowReader(r io.Reader) (reader *bufio.Reader, giveBack func()) {
	reader = readers.Get().(*bufio.Reader) //nolint:forcetypeassert // the pool has nothing else
	reader.Reset(r)
	return reader, func() { reader.Reset(nil); readers.Put(reader) }
}
