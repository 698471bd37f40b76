package botapi

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// allowedTag follows the list of https://core.telegram.org/bots/api#html-style, with the attributes of each.
func allowedTag(name, attrs string) bool {
	switch name {
	case "b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "tg-spoiler", "a", "code", "pre", "blockquote", "tg-emoji":
		return true
	case "span":
		return attrs == `class="tg-spoiler"` || attrs == `class='tg-spoiler'`
	}
	return false
}

// parseHTML returns the plain text, or Telegram's error message.
func parseHTML(src string) (string, error) {
	var text strings.Builder
	var open []string
	for i := 0; i < len(src); {
		switch src[i] {
		case '&':
			r, n := parseEntity(src[i:])
			text.WriteString(r)
			i += n
		case '<':
			n, err := parseTag(src, i, &open)
			if err != nil {
				return "", err
			}
			i += n
		default:
			text.WriteByte(src[i])
			i++
		}
	}
	if len(open) > 0 {
		return "", entityError("Can't find end tag corresponding to start tag %q", open[len(open)-1])
	}
	return text.String(), nil
}

func entityError(format string, args ...any) error {
	return fmt.Errorf("can't parse entities: "+format, args...)
}

// parseTag parses the tag at i, updates the stack of open ones, and returns the tag's length.
func parseTag(src string, i int, open *[]string) (int, error) {
	end := strings.IndexByte(src[i:], '>')
	if end < 0 {
		return 0, entityError("Unclosed start tag at byte offset %d", i)
	}
	inner := src[i+1 : i+end]
	if name, closing := strings.CutPrefix(inner, "/"); closing {
		name = strings.ToLower(strings.TrimSpace(name))
		if len(*open) == 0 {
			return 0, entityError("Unexpected end tag at byte offset %d", i)
		}
		if want := (*open)[len(*open)-1]; name != want {
			return 0, entityError(`Unmatched end tag at byte offset %d, expected "</%s>", found "</%s>"`, i, want, name)
		}
		*open = (*open)[:len(*open)-1]
		return end + 1, nil
	}
	name, attrs, _ := strings.Cut(inner, " ")
	name = strings.ToLower(name)
	if !allowedTag(name, strings.TrimSpace(attrs)) {
		return 0, entityError("Unsupported start tag %q at byte offset %d", name, i)
	}
	*open = append(*open, name)
	return end + 1, nil
}

// parseEntity parses lt, gt, amp, quot and numeric ones; anything else is text, as on the real server.
func parseEntity(s string) (string, int) {
	end := strings.IndexByte(s, ';')
	if end < 2 || end > 10 {
		return "&", 1
	}
	name := s[1:end]
	switch name {
	case "lt":
		return "<", end + 1
	case "gt":
		return ">", end + 1
	case "amp":
		return "&", end + 1
	case "quot":
		return `"`, end + 1
	}
	digits, numeric := strings.CutPrefix(name, "#")
	if !numeric {
		return "&", 1
	}
	base := 10
	if hex, found := strings.CutPrefix(strings.ToLower(digits), "x"); found {
		digits, base = hex, 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	if err != nil || n == 0 || n > utf8.MaxRune {
		return "&", 1
	}
	return string(rune(n)), end + 1
}

// units is the length as Telegram counts it: in UTF-16.
func units(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0xFFFF {
			n++
		}
	}
	return n
}
