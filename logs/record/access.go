package record

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// asked is what a client asked for, and the answer's status; 0 if there was none.
type asked struct {
	method, path string
	status       int
}

// accessForms are the forms of access lines, tried in their order: the exact ones first.
var accessForms = []struct {
	name string
	read func(p *Parser, text string) (asked, bool)
}{
	{"HAProxy", readHAProxy},
	{"uWSGI", byPattern(uwsgi)},
	{"Squid", byPattern(squid)},
	{"common and combined", readCommon},
	{"a quoted request", readQuoted},
	{"method and path as words", readWords},
}

// readRequest reads a line of an access log.
func (l *line) readRequest(p *Parser, text string) bool {
	if l.Continues || strings.IndexByte(text, '/') < 0 && strings.IndexByte(text, '"') < 0 {
		return false
	}
	if strings.Contains(text, `, request: "`) || strings.Contains(text, "level=") || strings.Contains(text, "msg=") { // of nginx's error log, and fields
		return false
	}
	if p.columns != nil && p.isW3C(text) && l.readColumns(p, text) {
		return true
	}
	for i := range accessForms {
		if r, ok := accessForms[i].read(p, text); ok {
			l.Method, l.Path, l.Status, l.Request = r.method, r.path, r.status, true
			l.Level = levelIn(text)
			return true
		}
	}
	return false
}

// statuses are those that servers send: registered ones, and those of nginx, IIS and proxies. Sizes and times are rarely among them.
var statuses = func() (known [600]bool) {
	for _, span := range [][2]int{{100, 103}, {200, 208}, {226, 226}, {300, 308}, {400, 418}, {421, 426}, {428, 429}, {431, 431}, {440, 440}, {444, 444}, {449, 451}, {460, 463}, {494, 511}, {520, 530}, {561, 561}, {598, 599}} {
		for n := span[0]; n <= span[1]; n++ {
			known[n] = true
		}
	}
	return known
}()

func knownStatus(text string) (int, bool) {
	n, ok := statusOf(text)
	return n, ok && statuses[n]
}

// haproxy is a line of HAProxy after its time: frontend, backend/server, five timers, the status, which is -1 if there was no answer.
var haproxy = regexp.MustCompile(`(?:^|\s)\S+ \S+/\S+ [+-]?\d+(?:/[+-]?\d+){4} (-1|\d{3}) \+?\d+ [^"]*"([^"]*)`)

func readHAProxy(_ *Parser, text string) (asked, bool) {
	if strings.Count(text, "/") < 6 || strings.Count(text, `"`) == 0 {
		return asked{}, false
	}
	m := haproxy.FindStringSubmatch(text)
	if m == nil {
		return asked{}, false
	}
	var a asked
	a.status, _ = statusOf(m[1])
	if words := strings.Fields(m[2]); len(words) >= 2 && isMethod(words[0]) {
		a.method, a.path = words[0], pathOf(words[1])
	}
	return a, true
}

var (
	uwsgi = regexp.MustCompile(`(?P<method>[A-Z]{3,10}) (?P<path>\S+) => generated .*\(HTTP/[\d.]+ (?P<status>\d{3})\)`)
	squid = regexp.MustCompile(`\b[A-Z]{3,}[A-Z_]*/(?P<status>\d{3}) \d+ (?P<method>[A-Z]{3,10}) (?P<path>\S+)`)
)

// byPattern reads lines by a pattern with the groups method, path and status.
func byPattern(form *regexp.Regexp) func(*Parser, string) (asked, bool) {
	method, path, status := form.SubexpIndex("method"), form.SubexpIndex("path"), form.SubexpIndex("status")
	first := "=>"
	if status < path {
		first = "_"
	}
	return func(_ *Parser, text string) (asked, bool) {
		if !strings.Contains(text, first) {
			return asked{}, false
		}
		m := form.FindStringSubmatch(text)
		if m == nil {
			return asked{}, false
		}
		n, ok := statusOf(m[status])
		return asked{m[method], pathOf(m[path]), n}, ok
	}
}

// readCommon reads the common and combined formats, where the request follows the time; it need be no right one: a client may send bytes.
func readCommon(p *Parser, text string) (asked, bool) {
	_, after, ok := strings.Cut(text, `] "`)
	if !ok || p.statusAt != 0 && p.statusAt != 1 {
		return asked{}, false
	}
	quoted, rest := cutQuoted(after)
	word, _, _ := strings.Cut(strings.TrimLeft(rest, " "), " ")
	n, ok := statusOf(strings.TrimSpace(word))
	if !ok {
		return asked{}, false
	}
	a := asked{status: n}
	words := strings.Fields(quoted)
	if len(words) >= 2 && isMethod(words[0]) {
		a.method, a.path = words[0], pathOf(words[1])
		return a, p.statusAt == 1 || statuses[n]
	}
	_, other := quotedRequest(rest)
	return a, !other
}

// token is a word of an access line outside of its request, and where it is: 1 is the word after the request, -1 that before.
type token struct {
	text string
	at   int
}

// readQuoted reads a request in quotes, with the status anywhere, as log_format of nginx and LogFormat of Apache allow.
func readQuoted(p *Parser, text string) (asked, bool) {
	span, ok := quotedRequest(text)
	if !ok {
		return asked{}, false
	}
	words := strings.Fields(text[span[0]:span[1]])
	a := asked{method: words[0], path: pathOf(words[1])}
	a.status, ok = p.pickStatus(tokensAround(text, span))
	return a, ok
}

// quotedRequest is where the first quoted request is, without its quotes.
func quotedRequest(text string) (span [2]int, found bool) {
	for i := 0; i < len(text); i++ {
		if text[i] != '"' && text[i] != '\'' || i > 0 && isWordByte(text[i-1]) {
			continue
		}
		end := quoteEnd(text, i)
		words := strings.Fields(text[i+1 : end])
		if len(words) >= 2 && len(words) <= 3 && methods[words[0]] && isTarget(words[1]) && (len(words) == 2 || strings.HasPrefix(words[2], "HTTP/")) {
			return [2]int{i + 1, end}, true
		}
		if text[i] == '"' {
			i = end
		}
	}
	return span, false
}

// quoteEnd is where a quoted text that begins at i ends. nginx writes quotes within as \x22, Apache as \".
func quoteEnd(text string, i int) int {
	for j := i + 1; j < len(text); j++ {
		switch text[j] {
		case '\\':
			j++
		case text[i]:
			return j
		}
	}
	return len(text)
}

// cutQuoted is what is before a quote, and what is after it.
func cutQuoted(s string) (quoted, rest string) {
	end := quoteEnd(`"`+s, 0) - 1
	return s[:end], s[min(len(s), end+1):]
}

func isWordByte(b byte) bool {
	return b == '_' || b >= '0' && b <= '9' || b|0x20 >= 'a' && b|0x20 <= 'z'
}

func isTarget(word string) bool {
	return word == "*" || strings.HasPrefix(word, "/") || strings.Contains(word, "://") || strings.Contains(word, ":")
}

// tokensAround are the words around a request: what is quoted or bracketed is one word.
func tokensAround(text string, span [2]int) []token {
	var before, after []token
	for _, w := range wordsOf(text[:max(0, span[0]-1)]) {
		before = append(before, token{text: w})
	}
	for i := range before {
		before[i].at = i - len(before)
	}
	for i, w := range wordsOf(text[min(len(text), span[1]+1):]) {
		after = append(after, token{w, i + 1})
	}
	return append(after, before...)
}

// wordsOf splits by blanks, pipes, semicolons and commas; quotes and brackets hold together and are taken off.
func wordsOf(text string) []string {
	var words []string
	for i := 0; i < len(text); i++ {
		switch b := text[i]; b {
		case ' ', '\t', '|', ';', ',':
		case '"', '\'':
			end := quoteEnd(text, i)
			words = append(words, text[i+1:end])
			i = end
		case '[':
			end := strings.IndexByte(text[i:], ']')
			if end < 0 {
				return words
			}
			words = append(words, text[i+1:i+end])
			i += end
		default:
			end := i
			for end < len(text) && !strings.ContainsRune(" \t|;,", rune(text[end])) {
				if text[end] == '"' { // key="value"
					end = min(len(text)-1, quoteEnd(text, end))
				}
				end++
			}
			words = append(words, text[i:end])
			i = end - 1
		}
	}
	return words
}

// pickStatus picks the status of a request: one that says so, one in the learned place, the next after the request, the nearest before it.
func (p *Parser) pickStatus(tokens []token) (int, bool) {
	nearest, found := 0, 0
	for _, t := range tokens {
		if n, ok := keyedStatus(t.text); ok {
			return n, true
		}
		if t.at == p.statusAt && p.statusAt != 0 {
			if n, ok := statusOf(t.text); ok {
				return n, true
			}
		}
		n, ok := knownStatus(t.text)
		if !ok {
			continue
		}
		if found == 0 || t.at < 0 && nearest < 0 && t.at > nearest {
			nearest, found = t.at, n
		}
	}
	if found != 0 {
		return found, true
	}
	for _, t := range tokens {
		if n, ok := statusOf(t.text); ok && t.at == 1 {
			return n, true
		}
	}
	return 0, false
}

// keyedStatus reads status=502, and what else such fields are called.
func keyedStatus(word string) (int, bool) {
	name, value, found := strings.Cut(word, "=")
	if !found {
		if name, value, found = strings.Cut(word, ":"); !found {
			return 0, false
		}
	}
	if !slices.Contains(statusNames, strings.ToLower(strings.Trim(name, `"'`))) && name != "s" && name != "rc" && name != "st" {
		return 0, false
	}
	return statusOf(strings.Trim(value, `"'`))
}

// learnedLines is from how many lines the place of the status is learned, at most and at least.
const (
	maxLearned   = 300
	leastLearned = 3
	farthest     = 12 // words from the request
)

// learnStatus finds where access lines have their status: the place where most lines have a known one.
func (p *Parser) learnStatus(lines string) {
	var votes [2*farthest + 1]int
	seen := 0
	for text := range strings.Lines(lines) {
		span, ok := quotedRequest(text)
		if !ok || strings.HasPrefix(text, "{") || strings.Contains(text, `, request: "`) {
			continue
		}
		for _, t := range tokensAround(strings.TrimRight(text, "\r\n"), span) {
			if _, ok := knownStatus(t.text); ok && t.at >= -farthest && t.at <= farthest {
				votes[t.at+farthest]++
			}
		}
		if seen++; seen == maxLearned {
			break
		}
	}
	p.statusAt = 0
	if seen < leastLearned {
		return
	}
	best := 0
	for _, at := range placesOfStatus {
		if votes[at+farthest] > best {
			best, p.statusAt = votes[at+farthest], at
		}
	}
}

// placesOfStatus are the places, the likelier first.
var placesOfStatus = func() []int {
	var all []int
	for at := 1; at <= farthest; at++ {
		all = append(all, at)
	}
	for at := 1; at <= farthest; at++ {
		all = append(all, -at)
	}
	return all
}()

// readWords reads a method and a path that are words of their own, and a status among the others: of gin, Express, IIS, pipes.
func readWords(p *Parser, text string) (asked, bool) {
	if !mentionsMethod(text) {
		return asked{}, false
	}
	words := wordsOf(text)
	for i := 0; i+1 < len(words); i++ {
		method := strings.Trim(words[i], "[]():\"'")
		target := strings.Trim(words[i+1], `"'`)
		if i+2 < len(words) && strings.Contains(target, ".") && strings.HasPrefix(words[i+2], "/") { // a host between them: CloudFront
			target = words[i+2]
		}
		if !methods[method] || !strings.HasPrefix(target, "/") && !strings.HasPrefix(target, "http") {
			continue
		}
		tokens := make([]token, 0, len(words))
		for j := i + 2; j < len(words); j++ {
			tokens = append(tokens, token{strings.Trim(words[j], "[]():"), j - i})
		}
		for j := i - 1; j >= 0; j-- {
			tokens = append(tokens, token{strings.Trim(words[j], "[]():"), j - i})
		}
		other := Parser{} // the learned place is that of quoted requests
		n, ok := other.pickStatus(tokens)
		return asked{method, pathOf(target), n}, ok && statuses[n]
	}
	return asked{}, false
}

// methods are those of requests that are found without further signs.
var methods = map[string]bool{
	"GET": true, "HEAD": true, "POST": true, "PUT": true, "DELETE": true, "OPTIONS": true, "PATCH": true, "TRACE": true, "CONNECT": true, "PROPFIND": true, "PROPPATCH": true, "MKCOL": true, "REPORT": true,
	"COPY": true, "MOVE": true, "LOCK": true, "UNLOCK": true, "PURGE": true, "BAN": true, "SEARCH": true, "PRI": true, "QUERY": true,
}

func mentionsMethod(text string) bool {
	for _, m := range []string{"GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "PROPFIND", "CONNECT"} {
		if strings.Contains(text, m) {
			return true
		}
	}
	return false
}

func isMethod(word string) bool {
	for _, r := range word {
		if (r < 'A' || r > 'Z') && r != '-' && r != '_' {
			return false
		}
	}
	return word != "" && len(word) <= 20
}

// pathOf is the path of a request target: "/a/b" of "/a/b?c" and of "http://x/a/b".
func pathOf(target string) string {
	target, _, _ = strings.Cut(target, "?")
	target, _, _ = strings.Cut(target, "#")
	if strings.Contains(target, "://") {
		if u, err := url.Parse(target); err == nil {
			target = u.Path
			if target == "" {
				target = "/"
			}
		}
	}
	return target
}
