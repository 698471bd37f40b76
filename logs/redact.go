package logs

import (
	"encoding/base64"
	"regexp"
	"strings"
	"unicode"
)

// hidden replaces a secret, as everywhere in opsbot's output.
const hidden = "<secret>"

// redactor redacts secrets in lines. It is immutable and safe for concurrent use.
type redactor struct{ own []*regexp.Regexp }

func newRedactor(own []*regexp.Regexp) *redactor { return &redactor{own} }

var (
	privateKey = regexp.MustCompile(`(?s)-----BEGIN [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----|\z)`)
	keyEnd     = regexp.MustCompile(`(?s)\A.*-----END [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----`)
)

// blocks redacts secrets that span several lines. It is for a whole piece, before that is split into lines.
func (r *redactor) blocks(piece string) string {
	if !strings.Contains(piece, "PRIVATE KEY") {
		return piece
	}
	piece = privateKey.ReplaceAllString(piece, hidden)
	if strings.Contains(piece, "-----END ") { // it began before what was read
		piece = keyEnd.ReplaceAllString(piece, hidden)
	}
	return piece
}

// line redacts a line, and its continuation lines.
func (r *redactor) line(s string) string {
	s = r.blocks(s)
	for _, own := range r.own {
		s = replaceOwn(s, own)
	}
	low := strings.ToLower(s)
	s = hideLogins(s)
	for _, form := range [][]rule{rules, commands} {
		for i := range form {
			if form[i].worth(low) {
				s = form[i].apply(s)
			}
		}
	}
	s = hideValues(s)
	s = hideNamed(s)
	s = hideCards(s)
	s = hideStages(s)
	return hideTokens(s)
}

// replaceOwn redacts the match of a configured pattern: its groups, if it has any, else all of it.
func replaceOwn(s string, own *regexp.Regexp) string {
	if own.NumSubexp() == 0 {
		return own.ReplaceAllString(s, hidden)
	}
	var b strings.Builder
	from := 0
	for _, m := range own.FindAllStringSubmatchIndex(s, -1) {
		for g := 2; g < len(m); g += 2 {
			if m[g] >= from {
				b.WriteString(s[from:m[g]])
				b.WriteString(hidden)
				from = m[g+1]
			}
		}
	}
	return b.String() + s[from:]
}

// rule is a form of secrets. It is applied if one of the words is in the line, in lower case.
type rule struct {
	words []string
	form  *regexp.Regexp
	with  string
}

func (r *rule) worth(low string) bool {
	for _, w := range r.words {
		if strings.Contains(low, w) {
			return true
		}
	}
	return len(r.words) == 0
}

func (r *rule) apply(s string) string { return r.form.ReplaceAllString(s, r.with) }

// rules in the order of their use. A header's value extends to the end of its text, or of the line.
var rules = []rule{
	{[]string{"authorization", "cookie", "x-api-key", "x-auth"}, regexp.MustCompile(`(?im)((?:proxy-)?authorization|(?:set-)?cookie2?|x-api-key|x-auth[\w-]*)(\\*["'] *[:=] *\\*["'])(?:\\.|[^"'\\\n])*`), "${1}${2}" + hidden},
	{[]string{"authorization", "cookie", "x-api-key", "x-auth"}, regexp.MustCompile(`(?im)\b((?:proxy-)?authorization|(?:set-)?cookie2?|x-api-key|x-auth[\w-]*)(\s*[:=]\s*)([^"'\s][^\n]*|["'][^\n]*)`), "${1}${2}" + hidden},
	{[]string{"bearer"}, regexp.MustCompile(`(?i)\b(bearer)(\s+|%20|\+)[\w.~+/%-]{8,}=*`), "${1}${2}" + hidden},
	{[]string{"://"}, regexp.MustCompile(`(?i)([a-z][a-z0-9+.-]*://)[^\s/?#:@"'<>]{16,}@`), "${1}" + hidden + "@"},
	{[]string{"eyj"}, regexp.MustCompile(`\beyJ[\w-]{8,}(?:\.[\w-]*){1,4}`), hidden},
	{[]string{":"}, regexp.MustCompile(`\d{6,12}:[\w-]{30,}`), hidden},
	{[]string{"akia", "asia"}, regexp.MustCompile(`\b(?:AKIA|ASIA)[A-Z0-9]{16}\b`), hidden},
	{[]string{"gh", "glpat-", "xox", "sk-", "sk_", "rk_", "aiza", "ya29", "npm_", "sg.", "hvs.", "dop_v1", "shpat_", "pypi-", "whsec_", "tvly-"}, regexp.MustCompile(`\b(?:gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abeprs]-[\w-]{10,}|sk-[\w-]{16,}|[srpk]k_(?:live|test)_\w{10,}|AIza[\w-]{30,}|ya29\.[\w-]{10,}|npm_\w{30,}|SG\.[\w-]{16,}\.[\w-]{16,}|hvs\.[\w-]{20,}|dop_v1_\w{20,}|shpat_\w{20,}|pypi-[\w-]{20,}|whsec_\w{10,})`), hidden},
	{[]string{"hooks.", "webhook", "/services/"}, regexp.MustCompile(`(?i)(hooks\.slack\.com/\w+/|/api/webhooks/|/webhookb2?/)[^\s"'<>]+`), "${1}" + hidden},
	{[]string{"identified by", "password '", "password \""}, regexp.MustCompile(`(?i)\b(identified by|password)(\s+)(?:'(?:''|\\.|[^'\\\n])*'|"(?:""|\\.|[^"\\\n])*")`), "${1}${2}" + hidden},
	{[]string{"--"}, regexp.MustCompile(`(?i)(--?(?:[\w-]*(?:password|passwd|passphrase|secret|token|api-?key|credentials?)))(\s+)("(?:\\.|[^"\\\n])*"|'(?:''|\\.|[^'\\\n])*'|[^\s-]\S*)`), "${1}${2}" + hidden},
	{[]string{"curl", "wget", " -u"}, regexp.MustCompile(`(\s(?:-u|--user)[ =]?)[^\s:]+:\S+`), "${1}" + hidden},
}

// secretKey matches the name of a secret value, up to the value's beginning. A name in capitals, with dashes or dots in it,
// escaped within JSON or in a query is one too.
var secretKey = regexp.MustCompile(`(?i)((?:[\w.$\[\]-]|%5b|%5d)*(?:passw(?:or)?ds?|passwd|passphrase|passcode|secret|token|api[_.-]?key|access[_.-]?key|auth[_.-]?key|private[_.-]?key|secret[_.-]?key|encryption[_.-]?key|signing[_.-]?key|account[_.-]?key|shared[_.-]?key|session|sess(?:_?id)?|phpsessid|jsessionid|\bsid|csrf|xsrf|jwt|credential|signature|cvv2?|cvc2?|one[_.-]?time|remember|logged[_.-]?in|nonce|пароль|__host-|__secure-)(?:[\w.\[\]-]|%5b|%5d)*` +
	`|\b(?:pwd|pass|pw|pin|otp|sig|auth|authkey|hmac|bearer|apikey|key|code|state))` +
	`((?:\\*["'])?\s*(?:=>|:=|=|:|%3d|%3a)\s*)`)

// keyHints are the words, in lower case, of which every name of a secret contains one.
var keyHints = []string{"pass", "secret", "token", "key", "sess", "sid", "csrf", "xsrf", "jwt", "credential", "signature", "cvv", "cvc", "one", "remember", "logged", "nonce", "пароль", "__host", "__secure", "pwd", "pw", "pin", "otp", "sig", "auth", "hmac", "bearer", "code", "state"}

// shortKeys are names that often have no secret: only in a query, with a long value.
var shortKeys = map[string]bool{"key": true, "code": true, "state": true, "nonce": true}

// hideValues redacts the values of such names.
func hideValues(s string) string {
	low := strings.ToLower(s)
	hint := false
	for _, h := range keyHints {
		hint = hint || strings.Contains(low, h)
	}
	if !hint || !strings.ContainsAny(s, "=:%") {
		return s
	}
	var b strings.Builder
	from := 0
	for from < len(s) {
		m := secretKey.FindStringSubmatchIndex(s[from:])
		if m == nil {
			break
		}
		name, begin := s[from+m[2]:from+m[3]], from+m[1]
		end := valueEnd(s, begin)
		value := s[begin:end]
		b.WriteString(s[from:begin])
		if worthHiding(name, value, s[:from+m[2]]) {
			b.WriteString(quoteOf(value) + hidden + closing(value))
		} else {
			end = begin + len(quoteOf(value))
			b.WriteString(s[begin:end])
		}
		from = end
	}
	return b.String() + s[from:]
}

// worthHiding leaves what is no secret: empty values, redacted ones, a URL, and short names outside a query.
func worthHiding(name, value, before string) bool {
	bare := strings.Trim(value, `\"'`)
	if bare == "" || bare == hidden || strings.HasPrefix(bare, "//") {
		return false
	}
	if shortKeys[strings.ToLower(name)] {
		query := strings.HasSuffix(before, "?") || strings.HasSuffix(before, "&") || strings.HasSuffix(before, "%26") || strings.HasSuffix(before, "%3F")
		return query && len(bare) >= 8
	}
	return true
}

// quoteOf is the quote that a value begins with, escaped or not; doubled if the surrounding text is quoted itself, as in CSV.
func quoteOf(value string) string {
	i := 0
	for i < len(value) && value[i] == '\\' {
		i++
	}
	if i < len(value) && (value[i] == '"' || value[i] == '\'') {
		if i == 0 && len(value) > 2 && value[1] == value[0] && (isDigit(value[2]) || unicode.IsLetter(rune(value[2]))) {
			return value[:2]
		}
		return value[:i+1]
	}
	return ""
}

func closing(value string) string {
	if q := quoteOf(value); q != "" && len(value) > len(q) && strings.HasSuffix(value, q) {
		return q
	}
	return ""
}

// valueEnd is the end of a value that begins at from: its closing quote, else a space, a quote, or the next pair of a query.
func valueEnd(s string, from int) int {
	rest := s[from:]
	if q := quoteOf(rest); q != "" {
		for i := len(q); i < len(rest); i++ {
			if rest[i] == '\n' {
				return from + i
			}
			if !strings.HasPrefix(rest[i:], q) || escapedAt(rest, i, q) {
				continue
			}
			if len(q) == 1 && i > 1 && strings.HasPrefix(rest[i+1:], q) { // a doubled quote is one, as in SQL
				i++
				continue
			}
			return from + i + len(q)
		}
		return len(s)
	}
	for i, r := range rest {
		switch {
		case unicode.IsSpace(r), r == '"', r == '\'', r == '<' && i > 0 && !strings.HasPrefix(rest[i:], hidden):
			return from + i
		case r == '&' && nextPair.MatchString(rest[i+1:]):
			return from + i
		}
	}
	return len(s)
}

// escapedAt reports whether a quote is within the text: with one more backslash before it than the opening one.
func escapedAt(s string, at int, quote string) bool {
	return len(quote) == 1 && at > 0 && s[at-1] == '\\' && (at < 2 || s[at-2] != '\\')
}

var nextPair = regexp.MustCompile(`^[\w.%\[\]-]+=`)

var cardForm = regexp.MustCompile(`[2-6]\d{3}[ -]?\d{4}[ -]?\d{4}[ -]?\d{1,7}|3[47]\d{2}[ -]?\d{6}[ -]?\d{5}`)

// hideCards redacts the numbers of payment cards.
func hideCards(s string) string {
	var b strings.Builder
	from := 0
	for from < len(s) {
		m := cardForm.FindStringIndex(s[from:])
		if m == nil {
			break
		}
		begin, end := from+m[0], from+m[1]
		apart := (begin == 0 || !isDigit(s[begin-1])) && (end == len(s) || !isDigit(s[end]))
		if apart && isCard(s[begin:end]) {
			b.WriteString(s[from:begin] + hidden)
			from = end
			continue
		}
		if begin > 0 && isDigit(s[begin-1]) || !apart { // the middle of a longer number: skip all of it
			for end < len(s) && isDigit(s[end]) {
				end++
			}
		} else {
			end = begin + 1
			for end < len(s) && isDigit(s[end]) {
				end++
			}
		}
		b.WriteString(s[from:end])
		from = end
	}
	return b.String() + s[from:]
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

// isCard reports whether digits are a card number: 13 to 19 of them, with a valid check digit (Luhn, ISO/IEC 7812-1).
func isCard(text string) bool {
	sum, n := 0, 0
	for i := len(text) - 1; i >= 0; i-- {
		if !isDigit(text[i]) {
			continue
		}
		d := int(text[i] - '0')
		if n++; n%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return n >= 13 && n <= 19 && sum%10 == 0
}

var (
	basicForm = regexp.MustCompile(`(?i)\b(basic)(\s+|%20)([\w+/%-]{4,}=*)`)
	tokenForm = regexp.MustCompile(`[\w+/-]{32,}={0,2}`)
)

// hideTokens redacts secrets without a name: HTTP logins, and long random words.
func hideTokens(s string) string {
	if strings.Contains(strings.ToLower(s), "basic") {
		s = basicForm.ReplaceAllStringFunc(s, func(found string) string {
			m := basicForm.FindStringSubmatch(found)
			raw, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(m[3], "%3D", "="))
			if err != nil || !strings.Contains(string(raw), ":") {
				return found
			}
			return m[1] + m[2] + hidden
		})
	}
	return tokenForm.ReplaceAllStringFunc(s, func(word string) string {
		if isRandom(word) {
			return hidden
		}
		return word
	})
}

// isRandom reports whether a word looks like random base64: mixed lower case, upper case and digits, and no path.
func isRandom(word string) bool {
	var lower, upper, digits, slashes, turns, odd, apart int
	last := 0
	for i := range len(word) {
		kind := 0
		switch b := word[i]; {
		case b >= 'a' && b <= 'z':
			lower++
			kind = 1
		case b >= 'A' && b <= 'Z':
			upper++
			kind = 2
		case isDigit(b):
			digits++
			kind = 3
		case b == '/':
			slashes++
		}
		if b := word[i] | 0x20; kind == 0 {
			apart++
		} else if b > 'f' {
			odd++
		}
		if kind != 0 && last != 0 && kind != last {
			turns++
		}
		if kind != 0 {
			last = kind
		}
	}
	if (lower == 0 || upper == 0) && odd >= 3 && apart == 0 { // of one case, and no hash: that has a to f only
		return digits >= 4 && turns*4 >= len(word)
	}
	return lower >= 4 && upper >= 4 && digits >= 2 && slashes*16 <= len(word) && turns*4 >= len(word)
}
