package checks

import (
	"bytes"
	"io"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"unicode/utf8"

	"opsbot/charset"
)

// maxPrelude is how far into a page its encoding may be named: browsers look at 1,024 bytes.
const maxPrelude = 4096

// ownWords is where a page names its encoding: HTML's meta, in both forms, and XML's declaration.
var ownWords = regexp.MustCompile(`(?i)<meta[^>]{1,500}?charset\s*=\s*["']?\s*([\w:.-]+)|^\s*<\?xml[^>]{1,200}?encoding\s*=\s*["']([\w:.-]+)`)

// namedCharset is the encoding that an answer names: by a byte order mark, in its header, or in the beginning of the page.
func namedCharset(header http.Header, begin []byte) (charset.Charset, bool) {
	for mark, c := range map[string]charset.Charset{"\xef\xbb\xbf": charset.UTF8, "\xff\xfe": charset.UTF16LE, "\xfe\xff": charset.UTF16BE} {
		if bytes.HasPrefix(begin, []byte(mark)) {
			return c, true
		}
	}
	_, params, _ := mime.ParseMediaType(header.Get("Content-Type")) // nothing is named in one that cannot be parsed
	if c, known := charset.Named(params["charset"]); known {
		return c, true
	}
	m := ownWords.FindSubmatch(begin[:min(len(begin), maxPrelude)])
	if m == nil {
		return charset.Charset{}, false
	}
	c, known := charset.Named(string(m[1]) + string(m[2]))
	return c, known && !c.Wide() // these words could not be read if it were
}

// decoded is a whole body as text. UTF-8 with letters beyond ASCII is UTF-8 whatever its header says: no other encoding looks like it.
func decoded(header http.Header, body []byte) []byte {
	named, known := namedCharset(header, body)
	switch {
	case isUTF8(body) && !named.Wide():
		return bytes.TrimPrefix(body, []byte("\ufeff"))
	case known && named.Name() != charset.UTF8.Name():
		return []byte(named.Decode(body))
	default:
		text, _ := charset.Text(body)
		return []byte(text)
	}
}

func isUTF8(body []byte) bool {
	return utf8.Valid(body) && bytes.ContainsFunc(body, func(r rune) bool { return r >= 0x80 })
}

// forms are the bytes that a text may be on a page whose beginning is known: those of UTF-8, and those of the page's encoding. If
// nothing names it, it is one of those that can be told apart.
func forms(header http.Header, begin []byte, text string) [][]byte {
	possible := charset.Candidates()
	if named, known := namedCharset(header, begin); known {
		possible = []charset.Charset{charset.UTF8, named}
	}
	var all [][]byte
	for _, c := range possible {
		if data, ok := c.Encode(text); ok {
			all = append(all, data)
		}
	}
	return all
}

// holds reads until the expected text, or to the end. It keeps no more than one window of the body.
func holds(body io.Reader, header http.Header, wanted string) (bool, error) {
	longest := 4*len(wanted) + 16 // in the longest encoding, and its escapes
	if longest > windowSize/2 {   // so that each turn of the window brings as much again
		return holdsIn(make([]byte, 0, windowSize+longest), body, &wantedText{text: wanted, raw: []byte(wanted), header: header, longest: longest})
	}
	window := windows.Get().(*[windowSize]byte) //nolint:forcetypeassert // the pool has nothing else
	defer windows.Put(window)
	return holdsIn(window[:0], body, &wantedText{text: wanted, raw: []byte(wanted), header: header, longest: longest})
}

// wantedText is a text that is looked for on one page.
type wantedText struct {
	text    string
	raw     []byte // text in UTF-8
	header  http.Header
	longest int // bytes that it may have
	forms   [][]byte
	known   bool // the beginning of the page has been seen
}

// in reports whether a part of the page has the text; what comes first is its beginning.
func (w *wantedText) in(window []byte) bool {
	if bytes.Contains(window, w.raw) {
		return true
	}
	if !w.known { // what names the encoding may come later
		w.known = len(window) >= maxPrelude
		w.forms = nil
		if !isASCII(w.text) || bytes.IndexByte(window, 0) >= 0 { // else it is the same in every other encoding
			w.forms = forms(w.header, window, w.text)
		}
	}
	return slices.ContainsFunc(w.forms, func(form []byte) bool { return bytes.Contains(window, form) })
}

func holdsIn(window []byte, body io.Reader, wanted *wantedText) (bool, error) {
	for {
		n, err := body.Read(window[len(window):cap(window)])
		window = window[:len(window)+n]
		if wanted.in(window) {
			return true, nil
		}
		if err == io.EOF {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		if len(window) == cap(window) {
			window = window[:copy(window, window[len(window)-wanted.longest:])]
		}
	}
}
