package found

import (
	"slices"
	"strings"

	"opsbot/model"
)

// ini reads an Ansible inventory in INI format.
func (a *ansible) ini(file, text string) {
	section, kind := "ungrouped", ""
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line[0] == '#' || line[0] == ';':
		case isSection(line):
			title, sort, closed := sectionOf(line)
			if !closed {
				a.say(model.Say("config.import.ansible_bracket", "file", file, "line", i+1))
			}
			section, kind = title, sort
			a.group(section)
		case kind == "children":
			child, _, _ := strings.Cut(line, " ")
			a.child(section, strings.TrimSpace(child))
		case kind == "vars":
			key, val, _ := strings.Cut(line, "=")
			a.group(section).vars.set(strings.TrimSpace(key), literal(val))
		case kind == "":
			a.iniHost(section, line)
		default:
			a.say(model.Say("config.import.ansible_section", "file", file, "line", i+1, "section", section+":"+kind))
			kind = "vars-of-nobody"
		}
	}
}

// isSection reports whether a line begins a section. A host may begin with a bracket too: a range, or an IPv6 address with a port.
func isSection(line string) bool {
	_, _, closed := sectionOf(line)
	return closed || strings.HasPrefix(line, "[") && !strings.Contains(line, "]")
}

// sectionOf parses `[title]` and `[title:kind]`; closed is false if the line is no whole section.
func sectionOf(line string) (title, kind string, closed bool) {
	inner, ok := strings.CutPrefix(line, "[")
	if !ok {
		return "", "", false
	}
	inner, rest, closed := strings.Cut(inner, "]")
	title, kind, _ = strings.Cut(strings.TrimSpace(inner), ":")
	rest = strings.TrimSpace(rest)
	if rest != "" && rest[0] != '#' && rest[0] != ';' || strings.Contains(kind, ":") || kind != "" && isNumber(kind) {
		return "", "", false
	}
	return title, kind, closed
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

// literal is the value of a variable of a group: a literal of Python, after which a comment may follow, or else all of the line.
func literal(text string) string {
	text = strings.TrimSpace(text)
	if text != "" && (text[0] == '"' || text[0] == '\'') {
		inner, rest, closed := strings.Cut(text[1:], text[:1])
		if rest = strings.TrimSpace(rest); closed && (rest == "" || rest[0] == '#') {
			return inner
		}
		return text
	}
	before, _, commented := strings.Cut(text, "#")
	if before = strings.TrimSpace(before); commented && (isNumber(before) || slices.Contains([]string{"True", "False", "None"}, before)) {
		return before
	}
	return text
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
