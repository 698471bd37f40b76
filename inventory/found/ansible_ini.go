package found

import (
	"strings"
)

// ini reads an Ansible inventory in INI format.
func (a *ansible) ini(file, text string) {
	section, kind := "ungrouped", ""
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line[0] == '#' || line[0] == ';':
		case line[0] == '[':
			title, _, closed := strings.Cut(line[1:], "]")
			if !closed {
				a.say("%s:%d: a section has no ]", file, i+1)
			}
			section, kind, _ = strings.Cut(strings.TrimSpace(title), ":")
			a.group(section)
		case kind == "children":
			child, _, _ := strings.Cut(line, " ")
			a.child(section, strings.TrimSpace(child))
		case kind == "vars":
			key, val, _ := strings.Cut(line, "=")
			a.group(section).vars.set(strings.TrimSpace(key), unquoted(withoutComment(val)))
		case kind == "":
			a.iniHost(section, line)
		default:
			a.say("%s:%d: section %q is left out", file, i+1, section+":"+kind)
			kind = "vars-of-nobody"
		}
	}
}

// iniHost parses a line like `web[01:10] ansible_host=10.0.0.5 client="A Corp"`.
func (a *ansible) iniHost(group, line string) {
	words := iniWords(line)
	if len(words) == 0 {
		return
	}
	own := vars{}
	for _, word := range words[1:] {
		if key, val, ok := strings.Cut(word, "="); ok {
			own.set(key, unquoted(val))
		}
	}
	for _, name := range a.ranges(words[0]) {
		a.host(group, name, own)
	}
}

// iniWords splits a line at unquoted spaces, up to a comment.
func iniWords(line string) []string {
	var words []string
	var word strings.Builder
	quote := rune(0)
	for _, r := range line + " " {
		switch {
		case quote != 0:
			if r == quote {
				quote = 0
			}
			word.WriteRune(r)
		case r == '#' && word.Len() == 0:
			return words
		case r == ' ' || r == '\t':
			if word.Len() > 0 {
				words = append(words, word.String())
				word.Reset()
			}
		default:
			if r == '"' || r == '\'' {
				quote = r
			}
			word.WriteRune(r)
		}
	}
	if word.Len() > 0 { // an unterminated quote
		words = append(words, strings.TrimSpace(word.String()))
	}
	return words
}

func withoutComment(text string) string {
	if at := strings.Index(text, " #"); at >= 0 {
		return text[:at]
	}
	return text
}

func unquoted(text string) string {
	text = strings.TrimSpace(text)
	if n := len(text); n >= 2 && (text[0] == '"' || text[0] == '\'') && text[n-1] == text[0] {
		return text[1 : n-1]
	}
	return text
}
