package opsbot

import "unicode"

// HarmlessRune makes spaces of line ends and the like, and drops (-1) the marks that turn the direction of all that follows. It
// is fit for strings.Map.
func HarmlessRune(r rune) rune {
	switch {
	case '\u202a' <= r && r <= '\u202e', '\u2066' <= r && r <= '\u2069':
		return -1
	case unicode.IsControl(r), r == '\u2028', r == '\u2029':
		return ' '
	default:
		return r
	}
}
