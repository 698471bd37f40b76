package charset

import "bytes"

// Encode returns a text in the encoding, as it stands within a longer one; ok is false if it has letters that the encoding lacks.
func (c Charset) Encode(text string) (data []byte, ok bool) {
	if c.form == nil {
		return []byte(text), true
	}
	data, err := c.form.NewEncoder().Bytes([]byte(text))
	if err != nil {
		return nil, false
	}
	const escape, ascii = "\x1b", "\x1b(B" // of ISO-2022-JP, which switches between alphabets
	if bytes.HasPrefix(data, []byte(escape)) && bytes.HasSuffix(data, []byte(ascii)) && len(data) > 2*len(ascii) {
		data = data[len(ascii) : len(data)-len(ascii)]
	}
	return data, true
}

// Candidates are the encodings that Detect tells apart, UTF-8 first.
func Candidates() []Charset {
	return []Charset{UTF8, Windows1251, KOI8R, CP866, Windows1252, UTF16LE, UTF16BE}
}
