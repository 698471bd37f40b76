package cloudprober

import (
	"fmt"
	"strconv"
	"strings"

	"opsbot/movein/moved"
)

// The limits of a text: a damaged one must not fill the memory.
const (
	maxDepth  = 40
	maxFields = 200_000
)

// parser reads the text form of protocol buffers, without knowing the messages: fields to values, a repeated field to a list.
type parser struct {
	text   string
	at     int
	line   int
	fields int
}

// parse reads a whole configuration.
func parse(text string) (moved.Node, error) {
	p := &parser{text: text, line: 1}
	n, err := p.message("", 0)
	if err != nil {
		return moved.Node{}, fmt.Errorf("line %d: %w", p.line, err)
	}
	return n, nil
}

// message reads fields up to the closing bracket, "" at the end of the text.
func (p *parser) message(closing string, depth int) (moved.Node, error) {
	if depth > maxDepth {
		return moved.Node{}, fmt.Errorf("nested too deep")
	}
	m := moved.NewMap(p.line)
	for {
		word, err := p.token()
		switch {
		case err != nil:
			return m, err
		case word == closing:
			return m, nil
		case word == "" || strings.ContainsAny(word, "{}<>:"):
			return m, fmt.Errorf("unexpected %q", word)
		case word == ";" || word == ",":
			continue
		}
		if p.fields++; p.fields > maxFields {
			return m, fmt.Errorf("more than %d fields", maxFields)
		}
		if err := p.field(&m, word, depth); err != nil {
			return m, err
		}
	}
}

// field reads the value of a field.
func (p *parser) field(m *moved.Node, name string, depth int) error {
	for strings.HasPrefix(name, "[") && !strings.HasSuffix(name, "]") { // an extension: [a.b.c]
		word, err := p.token()
		if err != nil || word == "" {
			return fmt.Errorf("an extension without its end")
		}
		name += word
	}
	word, err := p.token()
	if err == nil && word == ":" {
		word, err = p.token()
	}
	if err != nil {
		return err
	}
	if word != "[" {
		return p.add(m, name, word, depth)
	}
	for {
		if word, err = p.token(); err != nil || word == "]" {
			return err
		}
		if word == "," {
			continue
		}
		if err := p.add(m, name, word, depth); err != nil {
			return err
		}
	}
}

// add adds a value that begins with a word.
func (p *parser) add(m *moved.Node, name, word string, depth int) error {
	switch word {
	case "{", "<":
		inner, err := p.message(map[string]string{"{": "}", "<": ">"}[word], depth+1)
		m.Append(name, inner)
		return err
	case "", "}", ">", ":", "]":
		return fmt.Errorf("%s has no value", name)
	}
	line := p.line
	value, isText := unquoted(word)
	for isText { // texts beside each other are one
		at, lines := p.at, p.line
		next, err := p.token()
		more, again := unquoted(next)
		if err != nil || !again {
			p.at, p.line = at, lines
			break
		}
		value += more
	}
	m.Append(name, moved.NewText(value, line))
	return nil
}

// unquoted is the content of a quoted text.
func unquoted(word string) (string, bool) {
	if len(word) < 2 || word[0] != '"' && word[0] != '\'' {
		return word, false
	}
	inner := word[1 : len(word)-1]
	if word[0] == '\'' {
		inner = strings.ReplaceAll(strings.ReplaceAll(inner, `\'`, `'`), `"`, `\"`)
	}
	if text, err := strconv.Unquote(`"` + strings.ReplaceAll(inner, `\'`, `'`) + `"`); err == nil {
		return text, true
	}
	return inner, true
}

// token is the next word, sign or quoted text; "" at the end.
func (p *parser) token() (string, error) {
	p.skip()
	if p.at >= len(p.text) {
		return "", nil
	}
	start := p.at
	switch c := p.text[p.at]; {
	case c == '"' || c == '\'':
		for p.at++; p.at < len(p.text) && p.text[p.at] != c && p.text[p.at] != '\n'; p.at++ {
			if p.text[p.at] == '\\' {
				p.at++
			}
		}
		if p.at >= len(p.text) || p.text[p.at] != c {
			return "", fmt.Errorf("a text without its end")
		}
		p.at++
	case strings.IndexByte("{}<>:;,[]", c) >= 0:
		p.at++
	default:
		for p.at < len(p.text) && strings.IndexByte(" \t\r\n{}<>:;,[]\"'#", p.text[p.at]) < 0 {
			p.at++
		}
		if p.at == start { // "#" alone is skipped before
			p.at++
		}
	}
	return p.text[start:p.at], nil
}

// skip passes spaces and comments.
func (p *parser) skip() {
	for p.at < len(p.text) {
		switch p.text[p.at] {
		case '\n':
			p.line++
			p.at++
		case ' ', '\t', '\r':
			p.at++
		case '#':
			for p.at < len(p.text) && p.text[p.at] != '\n' {
				p.at++
			}
		default:
			return
		}
	}
}
