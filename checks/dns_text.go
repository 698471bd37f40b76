package checks

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// unescaped is a text of a zone file without its escapes: \" is a quote, \208 a byte (RFC 1035, 5.1).
func unescaped(text string) string {
	if !strings.Contains(text, `\`) {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' || i+1 == len(text) {
			b.WriteByte(text[i])
			continue
		}
		if code, ok := byteOf(text[i+1:]); ok {
			b.WriteByte(code)
			i += 3
			continue
		}
		i++
		b.WriteByte(text[i])
	}
	return b.String()
}

// byteOf is the byte that three digits name.
func byteOf(text string) (byte, bool) {
	if len(text) < 3 {
		return 0, false
	}
	n := 0
	for _, digit := range []byte(text[:3]) {
		if digit < '0' || digit > '9' {
			return 0, false
		}
		n = n*10 + int(digit-'0')
	}
	return byte(n), n <= 255 //nolint:gosec // used only if it fits
}

// printable is a text for people: bytes that are no letters keep their escapes.
func printable(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		if r == utf8.RuneError && n == 1 || !unicode.IsPrint(r) {
			for _, c := range []byte(text[i : i+n]) {
				fmt.Fprintf(&b, `\%03d`, c)
			}
		} else {
			b.WriteString(text[i : i+n])
		}
		i += n
	}
	return b.String()
}
