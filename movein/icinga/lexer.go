package icinga

import (
	"fmt"
	"strconv"
	"strings"
)

// kind is what a token is.
type kind int

const (
	word kind = iota
	text
	number
	sign
	newline
)

// token is a word, a sign, or a literal of Icinga's language.
type token struct {
	kind  kind
	text  string  // of a text its content
	value float64 // of a number; of a length of time in seconds
	line  int
}

func (t token) is(signs ...string) bool {
	for _, s := range signs {
		if (t.kind == sign || t.kind == word) && t.text == s {
			return true
		}
	}
	return false
}

// maxTokens bounds one file.
const maxTokens = 2_000_000

// units are those of lengths of time.
var units = map[string]float64{"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}

// lexer splits a text into tokens.
type lexer struct {
	text string
	at   int
	line int
	out  []token
}

// tokens are those of a text. Comments are left out.
func tokens(source string) ([]token, error) {
	l := &lexer{text: source, line: 1}
	for l.at < len(l.text) {
		if len(l.out) > maxTokens {
			return nil, fmt.Errorf("more than %d words", maxTokens)
		}
		if err := l.next(); err != nil {
			return nil, fmt.Errorf("line %d: %w", l.line, err)
		}
	}
	return l.out, nil
}

func (l *lexer) add(k kind, s string) { l.out = append(l.out, token{kind: k, text: s, line: l.line}) }

// upTo is the text up to an end, which is passed.
func (l *lexer) upTo(end string) (string, bool) {
	i := strings.Index(l.text[l.at:], end)
	if i < 0 {
		return "", false
	}
	inner := l.text[l.at : l.at+i]
	l.at += i + len(end)
	l.line += strings.Count(inner, "\n")
	return inner, true
}

func (l *lexer) next() error {
	rest := l.text[l.at:]
	c := rest[0]
	switch {
	case c == '\n':
		l.add(newline, "\n")
		l.line++
		l.at++
	case c == ' ' || c == '\t' || c == '\r':
		l.at++
	case c == '#' || strings.HasPrefix(rest, "//"):
		if end := strings.IndexByte(rest, '\n'); end >= 0 {
			l.at += end
		} else {
			l.at = len(l.text)
		}
	case strings.HasPrefix(rest, "/*"):
		l.at += 2
		if _, ok := l.upTo("*/"); !ok {
			return fmt.Errorf("a comment without its end")
		}
	case strings.HasPrefix(rest, "{{{"):
		l.at += 3
		line := l.line
		inner, ok := l.upTo("}}}")
		if !ok {
			return fmt.Errorf("a text without its end")
		}
		l.out = append(l.out, token{kind: text, text: inner, line: line})
	case c == '"':
		return l.quoted()
	case c >= '0' && c <= '9':
		l.number()
	case letter(c):
		end := 1
		for end < len(rest) && (letter(rest[end]) || rest[end] >= '0' && rest[end] <= '9') {
			end++
		}
		l.add(word, rest[:end])
		l.at += end
	default:
		l.sign(rest)
	}
	return nil
}

func letter(c byte) bool { return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

func (l *lexer) quoted() error {
	var b strings.Builder
	line := l.line
	for l.at++; l.at < len(l.text); l.at++ {
		switch c := l.text[l.at]; c {
		case '"':
			l.at++
			l.out = append(l.out, token{kind: text, text: b.String(), line: line})
			return nil
		case '\\':
			l.at++
			if l.at < len(l.text) {
				b.WriteByte(unescaped(l.text[l.at]))
			}
		case '\n':
			return fmt.Errorf("a text without its end")
		default:
			b.WriteByte(c)
		}
	}
	return fmt.Errorf("a text without its end")
}

func (l *lexer) number() {
	start := l.at
	for l.at < len(l.text) && (l.text[l.at] >= '0' && l.text[l.at] <= '9' || l.text[l.at] == '.') {
		l.at++
	}
	value, _ := strconv.ParseFloat(l.text[start:l.at], 64) // 1.2.3 is none, and 0
	end := l.at
	for end < len(l.text) && letter(l.text[end]) {
		end++
	}
	if factor, ok := units[l.text[l.at:end]]; ok {
		value, l.at = value*factor, end
	}
	l.out = append(l.out, token{kind: number, text: l.text[start:l.at], value: value, line: l.line})
}

// signs of more than one letter, the longest first.
var signs = []string{"&&", "||", "==", "!=", "<=", ">=", "=>", "+=", "-="}

func (l *lexer) sign(rest string) {
	for _, s := range signs {
		if strings.HasPrefix(rest, s) {
			l.add(sign, s)
			l.at += len(s)
			return
		}
	}
	l.add(sign, rest[:1])
	l.at++
}

// unescaped is what a letter behind a backslash means.
func unescaped(c byte) byte {
	switch c {
	case 'n':
		return '\n'
	case 't':
		return '\t'
	case 'r':
		return '\r'
	default:
		return c
	}
}
