package model

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Clip makes a text from outside one line of at most most UTF-16 units, as Telegram counts, that is read in the order it is written
// in. An ellipsis ends what was cut.
func Clip(s string, most int) string { return clipUnits(strings.Map(HarmlessRune, s), most) }

// mostPersonName bounds a person's name, in UTF-16 units.
const mostPersonName = 64

// PersonName is the name that somebody gave themselves, or a group, made fit to stand within a line: it cannot end the line, turn its
// direction, hide in it, or look like the fields and separators that opsbot writes around names.
func PersonName(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune(separators, r), unicode.IsSpace(r), unicode.IsControl(r), r == '\u2028', r == '\u2029':
			return ' '
		case !unicode.IsPrint(r) && r != '\u200d', unicode.Is(unicode.Cf, r) && r != '\u200d': // the joiner is part of many emoji
			return -1
		default:
			return r
		}
	}, strings.ToValidUTF8(s, ""))
	return Clip(strings.Join(strings.Fields(s), " "), mostPersonName)
}

// separators are what stands between the fields of a line of the log, of an answer or of a list, and what looks like them. The @ and
// the slashes would make a mention, a command or a link of a name.
const separators = "=＝:：;；\"“”„«»|｜·•‧∙⋅→⟶➜➔\\`@＠/／#＃✅❌"

// ClipLines is Clip for a text of several lines, which it keeps.
func ClipLines(s string, most int) string {
	return clipUnits(strings.Map(func(r rune) rune {
		if r == '\n' {
			return r
		}
		return HarmlessRune(r)
	}, s), most)
}

func clipUnits(s string, most int) string {
	if len(s) <= most { // no text has more units than bytes
		return s
	}
	units, end := 0, 0 // end is how far the text fits with an ellipsis behind it
	for i, r := range s {
		if units < most {
			end = i
		}
		if units += utf16.RuneLen(r); units > most {
			return s[:end] + "…"
		}
	}
	return s
}

// ClipBytes cuts a text to most bytes, between letters: for what is stored.
func ClipBytes(s string, most int) string {
	if len(s) <= most {
		return s
	}
	end := most
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end]
}

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

// userinfo is a login in a URL, valid or not.
var userinfo = regexp.MustCompile(`//[^/?#]*@`)

// WithoutLogin is a URL for people: user and password in it are hidden.
func WithoutLogin(address string) string { return userinfo.ReplaceAllString(address, "//…@") }
