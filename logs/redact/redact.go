// Package redact takes secrets out of lines of logs, and leaves everything else: a diagnosis that is hidden is lost. It knows families of
// forms: names and their values (redact.go), words and commands (words.go), tokens by their form (tokens.go), numbers of cards (cards.go).
package redact

import (
	"encoding/base64"
	"regexp"
	"strings"
	"unicode"
)

// hidden replaces a secret, as everywhere in opsbot's output.
const hidden = "<secret>"

// Redactor redacts secrets in lines. It is immutable and safe for concurrent use.
type Redactor struct{ own []*regexp.Regexp }

// New returns a Redactor that redacts what these patterns match too: their groups, if they have any, else all of it.
func New(own []*regexp.Regexp) *Redactor { return &Redactor{own} }

var (
	privateKey = regexp.MustCompile(`(?s)-----BEGIN [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----|\z)`)
	keyEnd     = regexp.MustCompile(`(?s)\A.*-----END [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----`)
)

// Blocks redacts secrets that span several lines. It is for a whole piece, before that is split into lines.
func (r *Redactor) Blocks(piece string) string {
	if !strings.Contains(piece, "PRIVATE KEY") {
		return piece
	}
	piece = privateKey.ReplaceAllString(piece, hidden)
	if strings.Contains(piece, "-----END ") { // it began before what was read
		piece = keyEnd.ReplaceAllString(piece, hidden)
	}
	return piece
}

// Line redacts a line, and its continuation lines.
func (r *Redactor) Line(s string) string {
	s = r.Blocks(s)
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
	s = hideWords(s)
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
	{[]string{"authorization", "cookie", "x-api-key", "x-auth"}, regexp.MustCompile(`(?im)((?:proxy-)?authorization|(?:set-)?cookie2?|x-api-key|x-auth[\w-]*)(\\*["'] *[:=] *\\*["'])(?:(?:\\.|[^"'\\\n]){2,}|[^"'\\\n-])`), "${1}${2}" + hidden},
	{[]string{"authorization"}, regexp.MustCompile(`(?im)\b((?:proxy-)?authorization)(\s*[:=]\s*)((?:basic|bearer|digest|ntlm|negotiate|token|apikey|api-key|key|hawk|oauth|sharedkey(?:lite)?|aws4-hmac-sha256|jwt|signature|mac|bot)\s[^\n]*|[^\s"']*\d[^\s"']{7,}[^\n]*|[^\s"']{7,}\d[^\n]*|["'][^\n]*)`), "${1}${2}" + hidden},
	{[]string{"cookie"}, regexp.MustCompile(`(?im)\b((?:set-)?cookie2?)(\s*[:=]\s*)([^"'\s][^\n]*=[^\n]*|["'][^\n]*)`), "${1}${2}" + hidden},
	{[]string{"x-api-key", "x-auth"}, regexp.MustCompile(`(?im)\b(x-api-key|x-auth[\w-]*)(\s*[:=]\s*)([^"'\s][^\n]*|["'][^\n]*)`), "${1}${2}" + hidden},
	{[]string{"bearer"}, regexp.MustCompile(`(?i)\b(bearer)(\s+|%20|\+)(?:[\w.~+/%-]*\d[\w.~+/%-]{7,}|[\w.~+/%-]{7,}\d[\w.~+/%-]*|[\w.~+/%-]{20,}|[\w~+/%-]+\.[\w.~+/%-]{6,})=*`), "${1}${2}" + hidden},
	{[]string{"$"}, regexp.MustCompile(`\$(?:1|2[abxy]|5|6|7|y|gy|apr1|argon2\w*|scrypt|pbkdf2[\w-]*|sha1|md5)\$[./A-Za-z0-9$,=+*-]{16,}`), hidden},
	{[]string{"pbkdf2_", "bcrypt_sha256", "argon2"}, regexp.MustCompile(`\b(?:pbkdf2_sha\d+|bcrypt_sha256|argon2\w*)\$[./A-Za-z0-9$,=+*-]{16,}`), hidden},
	{[]string{"|", "%"}, regexp.MustCompile(`\b\d{15,16}(?:\||%7[Cc]|%)[\w-]{27,40}\b`), hidden},
	{[]string{"contribsys"}, regexp.MustCompile(`(?i)(contribsys__com[\s"'=:>]{1,6})[0-9a-f]{8}:[0-9a-f]{8}\b`), "${1}" + hidden},
	{[]string{"<add key"}, regexp.MustCompile(`(?i)(<add key="[^"]*(?:password|secret|token|key)"\s+value=")[^"]+`), "${1}" + hidden},
	{[]string{"1//0"}, regexp.MustCompile(`\b1//0[\w-]{10,}`), hidden},
	{[]string{"sentry", "ingest"}, regexp.MustCompile(`(https?://)[0-9a-f]{32}(@)`), "${1}" + hidden + "${2}"},
	{[]string{"://"}, regexp.MustCompile(`(?i)([a-z][a-z0-9+.-]*://)[^\s/?#:@"'<>]{16,}@`), "${1}" + hidden + "@"},
	{[]string{"eyj"}, regexp.MustCompile(`\beyJ[\w-]{8,}(?:\.[\w-]*){1,4}`), hidden},
	{[]string{":"}, regexp.MustCompile(`\b\d{6,16}:A[\w-]{30,}`), hidden},
	{[]string{"akia", "asia", "abia", "acca", "a3t"}, regexp.MustCompile(`\b(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b`), hidden},
	{[]string{"hooks.", "webhook", "/services/", "/with/key/"}, regexp.MustCompile(`(?i)(hooks\.slack(?:-gov)?\.com/\w+/|/api/webhooks/|/webhookb2?/|hooks\.zapier\.com/hooks/catch/|/with/key/)[^\s"'<>]+`), "${1}" + hidden},
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
var keyHints = []string{"pass", "secret", "token", "key", "sess", "sid", "csrf", "xsrf", "jwt", "credential", "signature", "cvv", "cvc", "one_time", "one-time", "one.time", "onetime", "remember", "logged_in", "logged-in", "logged.in", "loggedin", "nonce", "пароль", "__host", "__secure", "pwd", "pw", "pin", "otp", "sig", "auth", "hmac", "bearer", "code", "state"}

// shortKeys are names that often have no secret: only in a query, with a long value.
var shortKeys = map[string]bool{"key": true, "code": true, "state": true, "nonce": true}

// hideValues redacts the values of such names.
func hideValues(s string) string {
	if !mayHaveNames(strings.ToLower(s)) {
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
		p := pair{name: name, sign: s[from+m[4] : from+m[5]], value: value, before: s[:from+m[2]], after: s[end:]}
		if p.worthHiding() {
			b.WriteString(quoteOf(value) + hidden + closing(value))
		} else {
			end = begin + len(quoteOf(value))
			b.WriteString(s[begin:end])
		}
		from = end
	}
	return b.String() + s[from:]
}

// mayHaveNames reports whether one of the hints is in a word before a sign: most lines have none, and the pattern of names is slow.
func mayHaveNames(low string) bool {
	const reach = 48
	for i := range len(low) {
		if b := low[i]; b != '=' && b != ':' && b != '%' {
			continue
		}
		word := strings.TrimRight(low[max(0, i-reach):i], " \"'\\")
		if n := strings.LastIndexAny(word, " \t?&{,;"); n >= 0 {
			word = word[n+1:]
		}
		if len(word) < 2 {
			continue
		}
		for _, h := range keyHints {
			if strings.Contains(word, h) {
				return true
			}
		}
	}
	return false
}

// pair is a name and its value in a line.
type pair struct {
	name, sign, value string
	before, after     string // what stands before the name and behind the value
}

// worthHiding leaves what is no secret: empty and redacted values, words that say how something is, a URL, a path after PWD, numbers that
// count, and short names outside a query.
func (p *pair) worthHiding() bool {
	bare := strings.TrimRight(strings.Trim(p.value, `\"'`), ").,;:")
	name := strings.ToLower(p.name)
	quoted := quoteOf(p.value) != ""
	switch {
	case bare == "" || strings.HasPrefix(bare, hidden) || strings.HasPrefix(bare, "//") || isState(bare) || !quoted && strings.HasPrefix(bare, "<"):
		return false
	case pidForm.MatchString(name) || about.MatchString(name):
		return false
	case shortKeys[name]:
		query := strings.HasSuffix(p.before, "?") || strings.HasSuffix(p.before, "&") || strings.HasSuffix(p.before, "%26") || strings.HasSuffix(p.before, "%3F")
		return query && len(bare) >= 8
	case (name == "pwd" || name == "oldpwd") && strings.HasPrefix(bare, "/"):
		return false
	case count.MatchString(bare):
		return counted.MatchString(name) && len(bare) >= 3
	case !quoted && strings.Contains(p.sign, ":") && !strings.Contains(p.sign, "="):
		if weak.MatchString(name) {
			return looksSecret(bare)
		}
		return !isWord.MatchString(bare) || !prose.MatchString(p.after)
	}
	return true
}

var (
	// pidForm is the name of a program with its process: "sshd-session[12]".
	pidForm = regexp.MustCompile(`\[\d+\]$`)
	// about are names that say something about a secret: its type, age, place.
	about = regexp.MustCompile(`(?:[_.-](?:type|driver|backend|engine|endpoint|url|uri|ttl|age|timeout|expir(?:y|es?|ation|es_in|es_at)|file|path|dir|size|length|len|count|limit|max|min|status|state|version|policy|name|store|provider|manager|service|handler|algorithm|alg|method|mode|enabled|required|ms|seconds|format|realm|host|port|class|protocol|mechanism|cache|tickets|info|events?|error|failures?|scope|slice|socket|timer|target|go|java|py|js|php|rb|ts|c)|(?:enabled|expired|invalid|timeout|count|length|exception|error|manager|service|provider|filter|handler|factory|tracker|store|policy))$`)
	// isWord is a word of a language, prose a sentence that goes on after it: "password: Authentication for bob".
	isWord = regexp.MustCompile(`^\p{L}+$`)
	prose  = regexp.MustCompile(`^ \p{Ll}+(?: |$)`)
	// count is a number that counts, or a share.
	count = regexp.MustCompile(`^\d{1,9}(?:[/.]\d{1,9})?%?$`)
	// counted are names whose values are numbers.
	counted = regexp.MustCompile(`^(?:.*[_.-])?(?:otp|pin|cvv2?|cvc2?|passw(?:or)?d|passwd|passcode|pwd|pw|secret|one[_-]?time\w*|пароль)$`)
	// weak are names that prose has before a colon too: "session: Accepted", "auth: unknown user".
	weak = regexp.MustCompile(`(?:session|sess\w*|token|auth|credentials?|signature|sig|sid|key|nonce|remember\w*|state|code|csrf|xsrf|jwt|bearer|pass|logged\w*|one[_.-]?time\w*|hmac)$`)
)

// isState reports whether a value is a word that says how something is.
func isState(value string) bool {
	low := strings.ToLower(value)
	if states[low] || isPlace(value) && strings.HasPrefix(low, "0x") || algorithm.MatchString(low) || strings.HasPrefix(low, "http/1.") || strings.HasPrefix(low, "http/2") {
		return true
	}
	return strings.Trim(value, "*xX.-•#?") == "" || strings.HasPrefix(value, "${") || strings.HasPrefix(value, "$(") || strings.HasPrefix(value, "{{")
}

// algorithm is the name of one.
var algorithm = regexp.MustCompile(`^(?:rsa|ecdsa|ed25519|ed448|hmac|sha|md5|aes|tls|ssl|scram|hs|rs|es|ps)[\d_-]*(?:[-_](?:rsa|ecdsa|sha|pss|gcm|cbc|ctr|hmac|plus)?[\d]*)*$`)

// states are such words.
var states = func() map[string]bool {
	all := map[string]bool{}
	const words = "yes no true false on off null nil none empty undefined unset set (null) (none) <nil> missing invalid required expired wrong incorrect bad ok failed failure failed: success successful accepted rejected denied valid unknown " +
		"disabled enabled optional default never always present absent changed unchanged include omit same-origin hidden [hidden] [filtered] [redacted] redacted masked filtered plain login external basic bearer digest ntlm md5 scram-sha-256 sha256 sha-256 sha512 hs256 rs256 es256 " +
		"trust peer ident gss sspi ldap pam cert interactive password publickey keyboard-interactive gssapi-with-mic hostbased error and or for from is was of the at in to has not"
	for word := range strings.FieldsSeq(words) {
		all[word] = true
	}
	return all
}()

// wordBytes are what tokens in prose consist of.
const wordBytes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+/=.-~%"

// looksSecret reports whether a word is no word of a language: digits among letters, or long and of mixed case.
func looksSecret(word string) bool {
	c := classes(word)
	switch {
	case strings.Trim(word, wordBytes) != "":
		return false
	case c.digits > 0 && c.letters > 0:
		return len(word) >= 6
	case c.digits == len(word):
		return len(word) >= 12
	default:
		return len(word) >= 20 && c.upper > 2 && c.lower > 2
	}
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

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

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
	var b strings.Builder
	from := 0
	if !hasLongWord(s) {
		return s
	}
	for _, at := range tokenForm.FindAllStringIndex(s, -1) {
		if word := s[at[0]:at[1]]; isRandom(word) && !isFingerprint(s[:at[0]]) {
			b.WriteString(s[from:at[0]] + hidden)
			from = at[1]
		}
	}
	return b.String() + s[from:]
}

// hasLongWord reports whether a word is long enough for the form above.
func hasLongWord(s string) bool {
	const least = 32
	run := 0
	for i := range len(s) {
		if b := s[i]; isWordByte(b) || b == '+' || b == '/' || b == '-' {
			if run++; run == least {
				return true
			}
		} else {
			run = 0
		}
	}
	return false
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
