package gatus

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"opsbot/movein/moved"
)

// conditions are those of one endpoint, by what they are about.
type conditions struct {
	status  []func(int) bool
	slower  time.Duration
	days    int               // of the certificate
	domain  int               // days of the registration
	json    []string          // conditions of opsbot on a document
	texts   map[string]string // of the JSON ones, as Gatus writes them
	wants   []want            // on the whole body
	answers []string          // of DNS
	unknown []string
}

// want is what the whole body must be, as a regular expression, or as a text that it must hold.
type want struct{ contains, matches, said string }

// comparison is one condition: a word, an operator, a word.
var comparison = regexp.MustCompile(`^\s*(.+?)\s*(==|!=|<=|>=|<|>)\s*(.*?)\s*$`)

// readConditions reads those of an endpoint.
func readConditions(e moved.Node) *conditions {
	c := &conditions{texts: map[string]string{}}
	for _, text := range e.Get("conditions").Texts() {
		m := comparison.FindStringSubmatch(text)
		if m == nil || !c.add(m[1], m[2], m[3], text) {
			c.unknown = append(c.unknown, text)
		}
	}
	return c
}

// add takes one condition over; false: opsbot has nothing for it.
func (c *conditions) add(left, op, right, said string) bool {
	switch {
	case left == "[CONNECTED]":
		return op == "==" && right == "true"
	case left == "[DNS_RCODE]":
		return op == "==" && right == "NOERROR"
	case left == "[STATUS]":
		return c.addStatus(op, right)
	case left == "[RESPONSE_TIME]" && (op == "<" || op == "<="):
		ms, err := strconv.Atoi(right)
		d := time.Duration(ms) * time.Millisecond
		if err == nil && ms > 0 && ms < 1<<30 && (c.slower == 0 || d < c.slower) {
			c.slower = d
		}
		return err == nil
	case left == "[CERTIFICATE_EXPIRATION]" && (op == ">" || op == ">="):
		d := moved.Time(right, time.Millisecond)
		c.days = max(c.days, min(3650, int((d+24*time.Hour-1)/(24*time.Hour))))
		return d > 0
	case left == "[DOMAIN_EXPIRATION]" && (op == ">" || op == ">="):
		d := moved.Time(right, time.Millisecond)
		c.domain = max(c.domain, min(3650, int((d+24*time.Hour-1)/(24*time.Hour))))
		return d > 0
	case left == "[BODY]":
		return c.addBody(op, right, said)
	default:
		return c.addJSON(left, op, right, said)
	}
}

// alternatives are the values of any(…), or the one value.
func alternatives(text string) []string {
	inner, ok := strings.CutPrefix(text, "any(")
	if !ok || !strings.HasSuffix(inner, ")") {
		return []string{text}
	}
	var all []string
	for v := range strings.SplitSeq(strings.TrimSuffix(inner, ")"), ",") {
		all = append(all, strings.TrimSpace(v))
	}
	return all
}

func (c *conditions) addStatus(op, right string) bool {
	var wanted []int
	for _, text := range alternatives(right) {
		n, err := strconv.Atoi(text)
		if err != nil {
			return false
		}
		wanted = append(wanted, n)
	}
	first := wanted[0]
	compare := map[string]func(int) bool{
		"==": func(n int) bool { return slices.Contains(wanted, n) },
		"!=": func(n int) bool { return !slices.Contains(wanted, n) },
		"<":  func(n int) bool { return n < first }, "<=": func(n int) bool { return n <= first },
		">": func(n int) bool { return n > first }, ">=": func(n int) bool { return n >= first },
	}
	c.status = append(c.status, compare[op])
	return true
}

// statuses are the statuses that all conditions allow, as ranges. Without conditions any will do.
func (c *conditions) statuses() []any {
	var ranges []any
	from := 0
	for n := 100; n <= 600; n++ {
		allowed := n < 600 && !slices.ContainsFunc(c.status, func(f func(int) bool) bool { return !f(n) })
		switch {
		case allowed && from == 0:
			from = n
		case !allowed && from == n-1:
			ranges, from = append(ranges, from), 0
		case !allowed && from > 0:
			ranges, from = append(ranges, strconv.Itoa(from)+"-"+strconv.Itoa(n-1)), 0
		}
	}
	if len(ranges) == 1 && ranges[0] == "200-299" {
		return nil
	}
	return ranges
}

// pattern is the inside of pat(…).
func pattern(text string) (string, bool) {
	inner, ok := strings.CutPrefix(text, "pat(")
	return strings.TrimSuffix(inner, ")"), ok && strings.HasSuffix(inner, ")")
}

// expression is a glob of Gatus as a regular expression of the whole text.
func expression(glob string) string {
	return "(?s)^" + strings.ReplaceAll(strings.ReplaceAll(regexp.QuoteMeta(glob), `\*`, ".*"), `\?`, ".") + "$"
}

// addBody is a condition on the whole body.
func (c *conditions) addBody(op, right, said string) bool {
	if op != "==" || strings.HasPrefix(right, "any(") {
		return false
	}
	glob, isPattern := pattern(right)
	inner := strings.Trim(glob, "*")
	switch {
	case isPattern && inner != "" && !strings.ContainsAny(inner, "*?") && glob == "*"+inner+"*":
		c.wants = append(c.wants, want{contains: inner, said: said})
	case isPattern:
		c.wants = append(c.wants, want{matches: expression(glob), said: said})
	case right != "":
		c.answers = append(c.answers, right)
		c.wants = append(c.wants, want{matches: `^\s*` + regexp.QuoteMeta(right) + `\s*$`, said: said})
	default:
		return false
	}
	return true
}

// bodyPath is what a condition on a document begins with.
var bodyPath = regexp.MustCompile(`^\[BODY\]((?:\.[^.\[\]()]+|\[\d+\])*)$`)

// addJSON is a condition on a value of the document, on its length, or on whether it is there.
func (c *conditions) addJSON(left, op, right, said string) bool {
	function, inner, called := strings.Cut(strings.TrimSuffix(left, ")"), "(")
	if !called {
		function, inner = "", left
	}
	m := bodyPath.FindStringSubmatch(inner)
	if m == nil {
		return false
	}
	path := documentPath(m[1])
	condition, ok := "", false
	switch function {
	case "":
		condition, ok = compared(path, op, right)
	case "len":
		_, err := strconv.Atoi(right)
		condition, ok = "len("+path+") "+op+" "+right, err == nil
	case "has":
		equal := (op == "==") == (right == "true")
		condition, ok = path+map[bool]string{true: " != nil", false: " == nil"}[equal], right == "true" || right == "false"
	}
	if ok {
		c.json = append(c.json, condition)
		c.texts[condition] = said
	}
	return ok
}

// word is a key that can be written as it is.
var word = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// segment is a part of a path.
var segment = regexp.MustCompile(`\.([^.\[\]()]+)|\[(\d+)\]`)

// reserved are words of the language of conditions.
var reserved = []string{"true", "false", "nil", "document"}

// documentPath is a path of Gatus in opsbot's language.
func documentPath(path string) string {
	var b strings.Builder
	for _, m := range segment.FindAllStringSubmatch(path, -1) {
		key, index := m[1], m[2]
		switch {
		case index != "" && b.Len() == 0:
			b.WriteString("document[" + index + "]")
		case index != "":
			b.WriteString("[" + index + "]")
		case word.MatchString(key) && b.Len() == 0 && !slices.Contains(reserved, key):
			b.WriteString(key)
		case word.MatchString(key) && b.Len() > 0:
			b.WriteString("." + key)
		case b.Len() == 0:
			b.WriteString("document[" + strconv.Quote(key) + "]")
		default:
			b.WriteString("[" + strconv.Quote(key) + "]")
		}
	}
	if b.Len() == 0 {
		return "document"
	}
	return b.String()
}

// compared compares a value with a word, with several, or with a pattern.
func compared(path, op, right string) (string, bool) {
	if glob, ok := pattern(right); ok {
		return map[bool]string{true: "not "}[op == "!="] + "(string(" + path + ") matches " + strconv.Quote(expression(glob)) + ")", op == "==" || op == "!="
	}
	all := alternatives(right)
	if len(all) == 1 && !strings.HasPrefix(right, "any(") {
		value := literal(right)
		return path + " " + op + " " + value, op == "==" || op == "!=" || value == right // sizes are those of numbers
	}
	for i := range all {
		all[i] = strconv.Quote(all[i])
	}
	not := map[bool]string{true: "not "}[op == "!="]
	return not + "(string(" + path + ") in [" + strings.Join(all, ", ") + "])", op == "==" || op == "!="
}

// literal is a value as opsbot writes it: a number, true, false, nil, or a text.
func literal(text string) string {
	if _, err := strconv.ParseFloat(text, 64); err == nil && !strings.ContainsAny(text, "xXpPnN_") || text == "true" || text == "false" {
		return text
	}
	if text == "null" {
		return "nil"
	}
	return strconv.Quote(text)
}

// body sets what the body must hold. opsbot tests a document or a text, and one pattern; what more there is stays unknown.
func (c *conditions) body(q *moved.Request) {
	if len(c.json) > 0 {
		q.Condition = strings.Join(c.json, " and ")
		for _, w := range c.wants {
			c.unknown = append(c.unknown, w.said)
		}
		return
	}
	for i, w := range c.wants {
		if i > 0 {
			c.unknown = append(c.unknown, w.said)
			continue
		}
		q.Contains, q.Matches = w.contains, w.matches
	}
}

// onlyConnected makes unknown what a kind without a page cannot test.
func (c *conditions) onlyConnected(kind string) {
	for _, condition := range c.json {
		c.unknown = append(c.unknown, c.texts[condition])
	}
	if len(c.status) > 0 {
		c.unknown = append(c.unknown, "[STATUS]")
	}
	for _, w := range c.wants {
		if kind != "dns" || w.contains != "" {
			c.unknown = append(c.unknown, w.said)
		}
	}
	if c.slower > 0 && kind != "ping" {
		c.unknown = append(c.unknown, "[RESPONSE_TIME]")
	}
	if c.days > 0 && kind != "tls" {
		c.unknown = append(c.unknown, "[CERTIFICATE_EXPIRATION]")
	}
}
