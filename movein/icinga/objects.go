package icinga

import (
	"fmt"
	"maps"
	"strconv"

	"opsbot/movein/moved"
)

// said is a value as text.
func said(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	default:
		return fmt.Sprint(v)
	}
}

// definition is an object, a template, or an apply rule.
type definition struct {
	verb string // "object", "template", "apply"
	kind string // "Host", "Service", "CheckCommand"
	name []token
	loop *loop // of `apply … for (…)`
	body []statement
	file string
	line int
}

// loop is `for (key => value in list)`.
type loop struct {
	key, value string
	in         []token
}

// statement is a line of a body.
type statement struct {
	target []token // what is set: `vars.http_vhosts["http"]`; of import, assign and ignore the word
	op     string  // "=", "+=", "import", "assign", "ignore", "?" for what cannot be read
	value  []token
	line   int
}

func (d *definition) at() string { return moved.Line(d.file, d.line) }

// lines splits tokens at line ends and semicolons outside of brackets. A line that ends in an operator goes on.
func lines(all []token) [][]token {
	var out [][]token
	var current []token
	depth := 0
	for _, t := range all {
		switch {
		case t.is("{", "(", "["):
			depth++
		case t.is("}", ")", "]"):
			depth--
		}
		goesOn := len(current) > 0 && current[len(current)-1].is("&&", "||", "+", "=", "in", "+=", "==", "!=")
		if depth <= 0 && (t.kind == newline && !goesOn || t.is(";")) {
			if len(current) > 0 {
				out = append(out, current)
			}
			current = nil
			continue
		}
		if t.kind != newline || depth > 0 {
			current = append(current, t)
		}
	}
	if len(current) > 0 {
		out = append(out, current)
	}
	return out
}

// parseDefinition reads a statement of a file that begins with object, template or apply; nil if it is another one.
func parseDefinition(file string, all []token) *definition {
	if len(all) < 4 || !all[0].is("object", "template", "apply") {
		return nil
	}
	d := &definition{verb: all[0].text, kind: all[1].text, file: file, line: all[0].line}
	open := 2
	for open < len(all) && !all[open].is("{") {
		if all[open].is("for") && d.verb == "apply" {
			d.loop = parseLoop(all[open:])
		}
		if d.loop == nil && !all[open].is("to", "use", "ignore_on_error") {
			d.name = append(d.name, all[open])
		}
		open++
	}
	if open >= len(all) || !all[len(all)-1].is("}") {
		return nil
	}
	for _, line := range lines(all[open+1 : len(all)-1]) {
		d.body = append(d.body, parseStatement(line))
	}
	return d
}

// parseLoop reads `for (key => value in list)`, or `for (value in list)`.
func parseLoop(all []token) *loop {
	l := &loop{}
	i := 1
	if i < len(all) && all[i].is("(") {
		i++
	}
	for ; i < len(all) && !all[i].is("in"); i++ {
		if all[i].kind == word && all[i].text != "var" {
			l.key, l.value = l.value, all[i].text
		}
	}
	if l.key == "" { // of one name it is the key, or the value of a list
		l.key = l.value
	}
	depth := 0
	for i++; i < len(all); i++ {
		switch {
		case all[i].is("("):
			depth++
		case all[i].is(")"):
			if depth--; depth < 0 {
				return l
			}
		case all[i].is("{"):
			return l
		}
		l.in = append(l.in, all[i])
	}
	return l
}

// parseStatement reads a line of a body.
func parseStatement(line []token) statement {
	s := statement{op: "?", line: line[0].line}
	switch {
	case line[0].is("import"):
		s.op, s.value = "import", line[1:]
	case line[0].is("assign", "ignore") && len(line) > 2 && line[1].is("where"):
		s.op, s.value = line[0].text, line[2:]
	default:
		for i, t := range line {
			if t.is("=", "+=") {
				s.target, s.op, s.value = line[:i], t.text, line[i+1:]
				break
			}
			if t.is("{", "(") { // if (…) {…}, a call
				break
			}
		}
	}
	return s
}

// builder evaluates bodies.
type builder struct {
	templates map[string]*definition // by kind and name
	constants scope
}

// maxImports bounds templates of templates.
const maxImports = 20

// problem is a line that cannot be read, and where.
type problem struct {
	file string
	line int
}

// build applies the body of a definition to values.
func (b *builder) build(d *definition, values dictionary, s scope, depth int) []problem {
	var bad []problem
	for _, st := range d.body {
		switch st.op {
		case "import":
			name, err := evaluate(st.value, s)
			t := b.templates[d.kind+" "+said(name)]
			if err == nil && t != nil && depth < maxImports {
				bad = append(bad, b.build(t, values, s, depth+1)...)
			} else if err != nil || !builtin(said(name)) {
				bad = append(bad, problem{d.file, st.line})
			}
		case "assign", "ignore":
		case "=", "+=":
			inner := maps.Clone(s)
			maps.Copy(inner, scope{"vars": values["vars"]})
			for _, key := range []string{"address", "address6", "name", "display_name", "check_interval", "retry_interval"} {
				inner[key] = values[key]
			}
			v, err := evaluate(st.value, inner)
			if err == nil {
				err = set(values, st.target, st.op, v, inner)
			}
			if err != nil {
				bad = append(bad, problem{d.file, st.line})
			}
		default:
			bad = append(bad, problem{d.file, st.line})
		}
	}
	return bad
}

// builtin reports whether a template is one of Icinga's own, which set no more than a method.
func builtin(name string) bool {
	switch name {
	case "plugin-check-command", "ipv4-or-ipv6", "dummy", "legacy-timeperiod", "plugin-notification-command":
		return true
	default:
		return false
	}
}

// set puts a value at a path of keys: vars.http_vhosts["http"].
func set(values dictionary, target []token, op string, v any, s scope) error {
	var keys []string
	for i := 0; i < len(target); i++ {
		switch t := target[i]; {
		case t.is("."):
		case t.is("["):
			end := i + 1
			for end < len(target) && !target[end].is("]") {
				end++
			}
			key, err := evaluate(target[i+1:min(end, len(target))], s)
			if err != nil || end >= len(target) {
				return errUnknown
			}
			keys, i = append(keys, said(key)), end
		case t.kind == word:
			keys = append(keys, t.text)
		default:
			return errUnknown
		}
	}
	if len(keys) == 0 || len(keys) > maxNested {
		return errUnknown
	}
	return setKeys(values, keys, op, v)
}

// setKeys sets the last key, and makes the dictionaries on the way. Those that others have, too, are copied first.
func setKeys(values dictionary, keys []string, op string, v any) error {
	for _, key := range keys[:len(keys)-1] {
		inner, ok := values[key].(dictionary)
		if !ok && values[key] != nil {
			return errUnknown
		}
		inner = merged(nil, inner)
		values[key] = inner
		values = inner
	}
	last := keys[len(keys)-1]
	if op == "+=" {
		sum, err := added("+", values[last], v)
		if err != nil {
			return err
		}
		v = sum
	}
	values[last] = v
	return nil
}
