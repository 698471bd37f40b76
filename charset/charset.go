// Package charset turns bytes of other programs into text: logs, pages, answers of plugins, tables. It finds out which encoding they
// have, or is told its name. It is a leaf: it knows nothing of who reads.
package charset

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
)

// Charset is an encoding of text. The zero value is UTF-8. It is immutable and safe for concurrent use.
type Charset struct {
	name string
	form encoding.Encoding // nil: UTF-8
	wide bool              // units of two bytes
}

// The encodings that Detect tells apart.
var (
	UTF8        = Charset{name: "utf-8"}
	UTF16LE     = Charset{"utf-16le", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), true}
	UTF16BE     = Charset{"utf-16be", unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), true}
	Windows1251 = Charset{"windows-1251", charmap.Windows1251, false}
	KOI8R       = Charset{"koi8-r", charmap.KOI8R, false}
	CP866       = Charset{"ibm866", charmap.CodePage866, false}
	Windows1252 = Charset{"windows-1252", charmap.Windows1252, false} // latin-1, with the letters that Windows adds
)

// aliases are names that people write and the WHATWG's table of labels lacks.
var aliases = map[string]Charset{
	"utf8": UTF8, "utf-16": UTF16LE, "utf16": UTF16LE, "utf16le": UTF16LE, "utf16be": UTF16BE, "utf-16le": UTF16LE, "utf-16be": UTF16BE,
	"latin-1": Windows1252, "cp1252": Windows1252, "cp-1251": Windows1251, "win-1251": Windows1251, "win1251": Windows1251, "koi8r": KOI8R,
	"cp866": CP866, "cp-866": CP866, "dos-866": CP866,
}

// Named is the encoding of a name, as HTTP, HTML and people write it, in any case: "windows-1251", "latin1", "Shift_JIS".
func Named(name string) (Charset, bool) {
	name = strings.ToLower(strings.TrimSpace(name))
	if c, known := aliases[name]; known {
		return c, true
	}
	form, err := htmlindex.Get(name)
	if err != nil {
		return Charset{}, false
	}
	if name, err = htmlindex.Name(form); err != nil || name == "replacement" {
		return Charset{}, false
	}
	if name == UTF8.name {
		return UTF8, true
	}
	return Charset{name, form, strings.HasPrefix(name, "utf-16")}, true
}

// Name is the usual name in lower case.
func (c Charset) Name() string {
	if c.form == nil {
		return UTF8.name
	}
	return c.name
}

// Wide reports whether a character takes two bytes, so that data must not be cut at an odd one.
func (c Charset) Wide() bool { return c.wide }

// Decode returns data as valid UTF-8, without a byte order mark. What is no character of the encoding becomes U+FFFD.
func (c Charset) Decode(data []byte) string {
	if c.form == nil {
		return strings.ToValidUTF8(string(bytes.TrimPrefix(data, bomUTF8)), string(utf8.RuneError))
	}
	text, err := c.form.NewDecoder().Bytes(data)
	if err != nil { // these decoders replace what they do not know
		text = data
	}
	return strings.TrimPrefix(strings.ToValidUTF8(string(text), string(utf8.RuneError)), "\ufeff")
}

// The byte order marks.
var (
	bomUTF8 = []byte("\xef\xbb\xbf")
	bomLE   = []byte("\xff\xfe")
	bomBE   = []byte("\xfe\xff")
)

// Text decodes data of an unknown encoding, and returns which one was found. Lines that are UTF-8 stay as they are; the others are read in
// the encoding that they together seem to have, since programs of different ages write to one file.
func Text(data []byte) (string, Charset) {
	found := Detect(data)
	if found.form == nil || found.wide {
		return found.Decode(data), found
	}
	var b strings.Builder
	for line := range bytes.Lines(bytes.TrimPrefix(data, bomUTF8)) {
		if isUTF8(line) {
			b.WriteString(UTF8.Decode(line))
		} else {
			b.WriteString(found.Decode(line))
		}
	}
	return b.String(), found
}

// Detect finds the encoding of data: by a byte order mark, by its zero bytes, and else by which letters its bytes would be. Data that is
// ASCII, or cut within a character at its ends, is UTF-8.
func Detect(data []byte) Charset {
	switch {
	case bytes.HasPrefix(data, bomUTF8):
		return UTF8
	case bytes.HasPrefix(data, bomLE):
		return UTF16LE
	case bytes.HasPrefix(data, bomBE):
		return UTF16BE
	}
	if c, ok := wide(data); ok {
		return c
	}
	if utf8.Valid(data) {
		return UTF8
	}
	var odd []byte
	for line := range bytes.Lines(data) {
		if !isUTF8(line) {
			odd = append(odd, line...)
		}
		if len(odd) > maxSample {
			break
		}
	}
	if len(odd) == 0 {
		return UTF8
	}
	return narrow(odd)
}

// maxSample is how much of the lines in another encoding is looked at, in bytes.
const maxSample = 64 << 10

// isUTF8 reports whether a line is UTF-8, maybe damaged: more of its characters are right than wrong.
func isUTF8(line []byte) bool {
	if utf8.Valid(line) {
		return true
	}
	right, wrong := 0, 0
	for i := 0; i < len(line); {
		r, n := utf8.DecodeRune(line[i:])
		switch {
		case r == utf8.RuneError && n == 1 && i+utf8.UTFMax > len(line) && !utf8.FullRune(line[i:]): // cut off
			return right >= wrong
		case r == utf8.RuneError && n == 1:
			wrong++
		case n > 1:
			right++
		}
		i += n
	}
	return right > wrong
}

// wide recognizes UTF-16 without a mark: of each unit the same byte is one of the few that scripts of Europe have there.
func wide(data []byte) (Charset, bool) {
	const enough, most = 4, 4096
	units, low, high, zeros := 0, 0, 0, 0
	for i := 0; i+1 < len(data) && units < most; i += 2 {
		a, b := data[i], data[i+1]
		if a == 0 && b == 0 { // a hole in a file
			continue
		}
		units++
		if isPage(b) && a != 0 {
			low++
		}
		if isPage(a) && b != 0 {
			high++
		}
		if min(a, b) <= 4 { // no byte of a text in another encoding
			zeros++
		}
	}
	switch {
	case units < enough || zeros*2 < units:
		return Charset{}, false
	case low*10 >= units*9:
		return UTF16LE, true
	case high*10 >= units*9:
		return UTF16BE, true
	}
	return Charset{}, false
}

// isPage reports whether a byte is the upper half of ASCII and Latin, of Greek and Cyrillic, or of punctuation.
func isPage(b byte) bool { return b == 0 || b == 1 || b == 3 || b == 4 || b == 0x20 || b == 0x21 }
