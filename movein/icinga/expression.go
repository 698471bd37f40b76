package icinga

import (
	"errors"
	"path"
	"regexp"
	"slices"
	"strings"
)

// errUnknown says that an expression is more than can be read without executing it.
var errUnknown = errors.New("not a plain expression")

// maxNested bounds expressions within each other.
const maxNested = 40

// maxText bounds a text that is put together.
const maxText = 16 << 10

// dictionary is a value with keys.
type dictionary map[string]any

// scope is what words mean in an expression.
type scope map[string]any

// evaluator evaluates the tokens of one expression: literals, variables, comparisons, match() and regex().
type evaluator struct {
	tokens []token
	at     int
	depth  int
	scope  scope
}

// evaluate is the value of an expression: nil, bool, float64, string, []any or dictionary.
func evaluate(all []token, s scope) (any, error) {
	e := &evaluator{tokens: withoutLines(all), scope: s}
	v, err := e.either()
	if err == nil && e.at < len(e.tokens) {
		err = errUnknown
	}
	return v, err
}

// withoutLines drops the line ends outside of dictionaries, where they separate.
func withoutLines(all []token) []token {
	depth := 0
	var out []token
	for _, t := range all {
		switch {
		case t.is("{"):
			depth++
		case t.is("}"):
			depth--
		}
		if t.kind != newline || depth > 0 {
			out = append(out, t)
		}
	}
	return out
}

func (e *evaluator) peek() token {
	if e.at < len(e.tokens) {
		return e.tokens[e.at]
	}
	return token{kind: newline}
}

func (e *evaluator) take(signs ...string) bool {
	if e.peek().is(signs...) {
		e.at++
		return true
	}
	return false
}

// truth is a value as a condition.
func truth(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case bool:
		return v
	case float64:
		return v != 0
	case string:
		return v != ""
	case []any:
		return len(v) > 0
	case dictionary:
		return len(v) > 0
	default:
		return true
	}
}

func (e *evaluator) either() (any, error) {
	left, err := e.both()
	for err == nil && e.take("||") {
		var right any
		if right, err = e.both(); err == nil && !truth(left) {
			left = right
		}
	}
	return left, err
}

func (e *evaluator) both() (any, error) {
	left, err := e.compared()
	for err == nil && e.take("&&") {
		var right any
		if right, err = e.compared(); err == nil && truth(left) {
			left = right
		}
	}
	return left, err
}

func (e *evaluator) compared() (any, error) {
	left, err := e.sum()
	for err == nil {
		op := e.peek()
		not := op.is("!") && e.at+1 < len(e.tokens) && e.tokens[e.at+1].is("in")
		switch {
		case not:
			e.at += 2
		case op.is("==", "!=", "<", ">", "<=", ">=", "in"):
			e.at++
		default:
			return left, nil
		}
		var right any
		if right, err = e.sum(); err != nil {
			return nil, err
		}
		if not {
			left = !contains(right, left)
		} else {
			left, err = comparison(op.text, left, right)
		}
	}
	return left, err
}

func comparison(op string, left, right any) (any, error) {
	a, isNumber := left.(float64)
	b, too := right.(float64)
	switch {
	case op == "in":
		return contains(right, left), nil
	case op == "==":
		return equal(left, right), nil
	case op == "!=":
		return !equal(left, right), nil
	case !isNumber || !too:
		return nil, errUnknown
	}
	return map[string]bool{"<": a < b, ">": a > b, "<=": a <= b, ">=": a >= b}[op], nil
}

// equal compares plain values; of others none is equal.
func equal(a, b any) bool {
	switch a.(type) {
	case nil, bool, float64, string:
	default:
		return false
	}
	switch b.(type) {
	case nil, bool, float64, string:
		return a == b
	default:
		return false
	}
}

func contains(list, item any) bool {
	all, ok := list.([]any)
	return ok && slices.ContainsFunc(all, func(v any) bool { return equal(v, item) })
}

func (e *evaluator) sum() (any, error) {
	left, err := e.single()
	for err == nil && e.peek().is("+", "-", "*", "/") {
		op := e.peek().text
		e.at++
		var right any
		if right, err = e.single(); err == nil {
			left, err = added(op, left, right)
		}
	}
	return left, err
}

// added joins texts, lists and dictionaries, and computes with numbers.
func added(op string, left, right any) (any, error) {
	if a, ok := left.(float64); ok {
		if b, ok := right.(float64); ok {
			if op == "/" && b == 0 {
				return nil, errUnknown
			}
			return map[string]float64{"+": a + b, "-": a - b, "*": a * b, "/": a / (b + map[bool]float64{true: 1}[b == 0])}[op], nil
		}
	}
	if op != "+" {
		return nil, errUnknown
	}
	switch a := left.(type) {
	case nil:
		return right, nil
	case []any:
		if b, ok := right.([]any); ok && len(a)+len(b) <= maxText {
			return append(slices.Clone(a), b...), nil
		}
	case dictionary:
		if b, ok := right.(dictionary); ok {
			return merged(a, b), nil
		}
	case string, float64:
		if joined := said(left) + said(right); len(joined) <= maxText {
			return joined, nil
		}
	}
	return nil, errUnknown
}

func merged(a, b dictionary) dictionary {
	all := dictionary{}
	for key, v := range a {
		all[key] = v
	}
	for key, v := range b {
		all[key] = v
	}
	return all
}

// single is a value with what is behind it: .key, [index], (arguments).
func (e *evaluator) single() (any, error) {
	if e.depth++; e.depth > maxNested {
		return nil, errUnknown
	}
	defer func() { e.depth-- }()
	if e.take("!") {
		v, err := e.single()
		return !truth(v), err
	}
	if e.take("-") {
		v, err := e.single()
		n, ok := v.(float64)
		if err == nil && !ok {
			err = errUnknown
		}
		return -n, err
	}
	v, err := e.primary()
	for err == nil {
		switch {
		case e.take("."):
			key := e.peek()
			e.at++
			v, err = member(v, key.text)
		case e.take("["):
			var key any
			if key, err = e.either(); err == nil && !e.take("]") {
				err = errUnknown
			}
			if err == nil {
				v, err = member(v, said(key))
			}
		default:
			return v, nil
		}
	}
	return v, err
}

// member is a value within another; what is not there is nil.
func member(v any, key string) (any, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil //nolint:nilnil // null is a value of the language
	case dictionary:
		return v[key], nil
	default:
		return nil, errUnknown
	}
}

func (e *evaluator) primary() (any, error) {
	t := e.peek()
	e.at++
	switch {
	case t.kind == text:
		return t.text, nil
	case t.kind == number:
		return t.value, nil
	case t.is("("):
		v, err := e.either()
		if err == nil && !e.take(")") {
			err = errUnknown
		}
		return v, err
	case t.is("["):
		return e.list("]")
	case t.is("{"):
		return e.dictionary()
	case t.kind != word:
		return nil, errUnknown
	case e.peek().is("("):
		e.at++
		return e.call(t.text)
	}
	switch t.text {
	case "null":
		return nil, nil //nolint:nilnil // null is a value of the language
	case "true", "false":
		return t.text == "true", nil
	}
	v, known := e.scope[t.text]
	if !known {
		return nil, errUnknown
	}
	return v, nil
}

// list reads values up to a closing sign.
func (e *evaluator) list(closing string) (any, error) {
	all := []any{}
	for {
		for e.peek().kind == newline && e.at < len(e.tokens) || e.peek().is(",") {
			e.at++
		}
		if e.take(closing) {
			return all, nil
		}
		if e.at >= len(e.tokens) || len(all) > maxText {
			return nil, errUnknown
		}
		v, err := e.either()
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
}

// dictionary reads `key = value` up to its bracket.
func (e *evaluator) dictionary() (any, error) {
	all := dictionary{}
	for {
		for e.at < len(e.tokens) && (e.peek().kind == newline || e.peek().is(",", ";")) {
			e.at++
		}
		if e.take("}") {
			return all, nil
		}
		key := e.peek()
		e.at++
		if e.at >= len(e.tokens) || key.kind != word && key.kind != text || !e.take("=") {
			return nil, errUnknown
		}
		v, err := e.either()
		if err != nil {
			return nil, err
		}
		all[key.text] = v
	}
}

// call is one of the few functions that are known.
func (e *evaluator) call(name string) (any, error) {
	arguments, err := e.list(")")
	if err != nil {
		return nil, err
	}
	args, _ := arguments.([]any)
	switch {
	case name == "match" && len(args) >= 2:
		return anyText(args[1], func(s string) bool { return glob(said(args[0]), s) }), nil
	case name == "regex" && len(args) >= 2:
		pattern, err := regexp.Compile(said(args[0]))
		if err != nil {
			return nil, errUnknown
		}
		return anyText(args[1], pattern.MatchString), nil
	case name == "len" && len(args) == 1:
		if list, ok := args[0].([]any); ok {
			return float64(len(list)), nil
		}
	}
	return nil, errUnknown
}

// anyText asks about a text, or about each of a list until one fits.
func anyText(v any, fits func(string) bool) bool {
	if list, ok := v.([]any); ok {
		return slices.ContainsFunc(list, func(item any) bool { return fits(said(item)) })
	}
	return fits(said(v))
}

// glob matches "web*", in which * stands for any letters and ? for one.
func glob(pattern, s string) bool {
	ok, err := path.Match(strings.NewReplacer(`[`, `\[`, `/`, "\x00").Replace(pattern), strings.ReplaceAll(s, "/", "\x00"))
	return ok && err == nil
}
