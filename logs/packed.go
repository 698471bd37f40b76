package logs

import (
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"context"
	"encoding/binary"
	"io"
	"math"
	"strings"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"

	"opsbot/model"
)

// packing is how a rotated file is compressed.
type packing struct {
	suffix  string
	magic   string                             // the first bytes of such a file
	program string                             // decompresses it on another machine, called with -dc
	open    func(io.Reader) (io.Reader, error) // nil: opsbot cannot read it
}

// packings are the forms that rotation leaves behind. Those that cannot be read are named instead of shown.
var packings = []packing{
	{".gz", "\x1f\x8b", "gzip", func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) }},
	{".bz2", "BZh", "bzip2", func(r io.Reader) (io.Reader, error) { return bzip2.NewReader(r), nil }},
	{".xz", "\xfd7zXZ\x00", "xz", openXZ},
	{".zst", "\x28\xb5\x2f\xfd", "zstd", openZstd},
	{".zstd", "\x28\xb5\x2f\xfd", "zstd", openZstd},
	{".lz4", "\x04\x22\x4d\x18", "", nil},
	{".lzma", "\x5d\x00\x00", "", nil},
	{".lzo", "\x89LZO", "", nil},
	{".Z", "\x1f\x9d", "", nil},
	{".zip", "PK\x03\x04", "", nil},
	{".7z", "7z\xbc\xaf\x27\x1c", "", nil},
	{".br", "", "", nil},
	{".tar", "", "", nil},
	{".tgz", "\x1f\x8b", "", nil},
}

// packingOf is how a file is compressed by its name; nil if it is not.
func packingOf(name string) *packing {
	for i := range packings {
		if strings.HasSuffix(name, packings[i].suffix) {
			return &packings[i]
		}
	}
	return nil
}

// packedByMagic is how the bytes of a file's beginning are compressed; nil if they are not.
func packedByMagic(data []byte) *packing {
	for i := range packings {
		if m := packings[i].magic; m != "" && bytes.HasPrefix(data, []byte(m)) {
			return &packings[i]
		}
	}
	return nil
}

// The bounds of decompressing, in bytes.
const (
	maxPacked   = 64 << 20 // of a file: all of it must be decompressed to see its end
	maxUnpacked = 1 << 30  // of what comes out
	maxFetched  = 16 << 20 // of a file that another machine cannot decompress
	maxWindow   = 32 << 20 // of the memory that a file asks for
)

func openZstd(r io.Reader) (io.Reader, error) {
	d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
	if err != nil {
		return nil, err
	}
	return d, nil
}

// openXZ refuses a file that asks for more memory than one read may take.
func openXZ(r io.Reader) (io.Reader, error) {
	head := make([]byte, xzHead)
	n, err := io.ReadFull(r, head)
	if err != nil && n == 0 {
		return nil, err
	}
	head = head[:n]
	if size, ok := xzWindow(head); ok && size > maxWindow {
		return nil, failed(model.ReasonLogsUnread, "path", "", "said", "xz: dictionary larger than 32 MB")
	}
	return xz.NewReader(io.MultiReader(bytes.NewReader(head), r))
}

// xzHead is the size of the beginning of a .xz that has the size of its dictionary: the stream's header of 12 bytes, and of the first
// block's header the sizes, flags, filter, length and the dictionary's size.
const xzHead = 12 + 5

// xzWindow is the size of the dictionary of a .xz with the one usual filter, LZMA2.
func xzWindow(head []byte) (size uint64, ok bool) {
	const flags, filter, length, bits = 13, 14, 15, 16
	if len(head) < xzHead || head[flags] != 0 || head[filter] != 0x21 || head[length] != 1 || head[bits] > 40 {
		return 0, false
	}
	b := uint64(head[bits])
	return (2 | b&1) << (b/2 + 11), true
}

// unpackHere returns the last n decompressed bytes of data; with an error those before it.
func unpackHere(ctx context.Context, p *packing, data io.Reader, n int) ([]byte, error) {
	end := &tail{room: packedEnd}
	data = io.TeeReader(data, end)
	unpacked, err := p.open(data)
	if err != nil {
		return nil, err
	}
	if d, ok := unpacked.(*zstd.Decoder); ok {
		defer d.Close()
	}
	out := &tail{room: n}
	size, err := io.Copy(out, io.LimitReader(whileOf{ctx, unpacked}, maxUnpacked))
	if err == nil && p.program == "xz" && size < maxUnpacked && size < xzSize(end.last()) {
		err = io.ErrUnexpectedEOF
	}
	return out.last(), err
}

// packedEnd is how much of the end of a compressed file is looked at, in bytes.
const packedEnd = 4096

// xzSize is how much comes out of a .xz, by the index at its end; 0 if the index is too long to be seen. A file that does not end as one is
// larger than anything: the library takes many that were cut or changed for complete.
func xzSize(end []byte) (size int64) {
	const footer = 12
	end = bytes.TrimRight(end, "\x00")
	if len(end) < footer || !bytes.HasSuffix(end, []byte("YZ")) {
		return math.MaxInt64
	}
	long := (int64(binary.LittleEndian.Uint32(end[len(end)-8:])) + 1) * 4
	if long+footer > int64(len(end)) {
		return 0
	}
	index := end[int64(len(end))-footer-long : len(end)-footer]
	if index[0] != 0 { // the mark of an index
		return math.MaxInt64
	}
	records, n := binary.Uvarint(index[1:])
	for at := 1 + n; n > 0 && records > 0; records-- {
		_, packed := binary.Uvarint(index[at:])
		unpacked, more := binary.Uvarint(index[min(len(index), at+max(0, packed)):])
		if packed <= 0 || more <= 0 {
			return math.MaxInt64
		}
		size += int64(min(unpacked, math.MaxInt32)) //nolint:gosec // bounded
		at += packed + more
	}
	return size
}
