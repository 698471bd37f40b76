package redact

import (
	"regexp"
	"strings"
)

// Secrets without a sign like "=" before them: in the password of a URL, after a name and a space, in a path, in a command.

// login is a scheme, a name and a password: everything up to the last @, since a password may contain a slash and an @ too.
var login = regexp.MustCompile(`(?i)([a-z][a-z0-9+.-]*://)([^\s/?#:@"'<>]*):([^\s"'<>]*)@`)

// port is what follows a colon if no password does: https://host:8443/a@b.
var port = regexp.MustCompile(`^\d{1,5}(?:[/?#,&;]|$)`)

// hideLogins redacts the logins in URLs.
func hideLogins(s string) string {
	if !strings.Contains(s, "://") || !strings.Contains(s, "@") {
		return s
	}
	var b strings.Builder
	for {
		m := login.FindStringSubmatchIndex(s)
		if m == nil {
			return b.String() + s
		}
		name, word := s[m[4]:m[5]], s[m[6]:m[7]]
		slash := strings.ContainsAny(word, "/?#")
		if strings.HasPrefix(name, "[") || slash && name != "" && port.MatchString(word) { // continue within: another URL may follow
			b.WriteString(s[:m[6]])
			s = s[m[6]:]
			continue
		}
		b.WriteString(s[:m[3]] + hidden + "@")
		s = s[m[1]:]
	}
}

// named is the name of a secret at the beginning of a text, then "is", a space, a quote or a bracket instead of a sign.
var named = regexp.MustCompile(`(?i)^([\w.-]*(?:passw(?:or)?d|passwd|passphrase|passcode|secret|token|api[_-]?key|access[_-]?key|auth[_-]?key|private[_-]?key|secret[_-]?key|session|sess_?id|phpsessid|jsessionid|csrf|xsrf|jwt|credential|\botp|\bpin|\bpwd|пароль)[\w.-]*)` +
	`((?:["'])?(?:\s+(?:id|value))?(?:\s+(?:is|was|это))?\s+|(?:\s+(?:is|was))?\s*[\[(]\s*)(\\*["'\x60])?([^\s"'\x60<>\[\](){},;]+)`)

// strong are names whose quoted or bracketed value is always a secret.
var strong = regexp.MustCompile(`(?i)passw|passphrase|passcode|(?:api|access|auth|private|secret)[_-]?key|pwd|пароль`)

// numbers are names whose value may be digits alone.
var numbers = regexp.MustCompile(`(?i)^(?:otp|pin|passcode|password|пароль)$`)

// hideNamed redacts the values of names that are followed by no sign. The pattern is tried only where a word has a hint: most have none.
func hideNamed(s string) string {
	low := lowerASCII(s)
	var b strings.Builder
	from := 0
	for at := 0; at < len(s); {
		hint := nextHint(low, at)
		if hint < 0 {
			break
		}
		begin := hint
		for begin > from && (isWordByte(s[begin-1]) || s[begin-1] == '.' || s[begin-1] == '-') {
			begin--
		}
		m := named.FindStringSubmatchIndex(s[begin:])
		if m == nil {
			at = hint + 1
			continue
		}
		value, end := namedValue(s, begin, m)
		at = begin + m[5]
		if end > value {
			b.WriteString(s[from:value] + hidden)
			from, at = end, end
		}
	}
	return b.String() + s[from:]
}

// lowerASCII lowers the letters of ASCII alone: with others the places in the two texts would differ.
func lowerASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c | 0x20
		}
	}
	return string(b)
}

// nextHint is where the next hint of a name is; -1 if there is none.
func nextHint(low string, from int) int {
	next := -1
	for _, h := range nameHints {
		if i := strings.Index(low[from:], h); i >= 0 && (next < 0 || from+i < next) {
			next = from + i
		}
	}
	return next
}

// Words of which each name, and each of the steps below, contains one.
var (
	nameHints = []string{"pass", "secret", "token", "key", "sess", "csrf", "xsrf", "jwt", "credential", "otp", "pin", "pwd", "пароль", "Пароль", "ПАРОЛЬ"}
	stepHints = []string{"passw", "token", "secret", "reset", "verif", "activat", "confirm", "invit", "magic", "session", "login", "signin", "unsubscribe", "recover", "auth", "api", "hook"}
)

// namedValue is where a value begins and ends that is a secret; nowhere, if it is none. m is the match of a name at begin.
func namedValue(s string, begin int, m []int) (from, to int) {
	name, between := s[begin+m[2]:begin+m[3]], s[begin+m[4]:begin+m[5]]
	from, to = begin+m[8], begin+m[9]
	quoted := m[6] >= 0
	if quoted {
		from = begin + m[7]
		if i := strings.IndexByte(s[from:], s[from-1]); i >= 0 && !strings.Contains(s[from:from+i], "\n") {
			to = from + i
		}
	}
	value := strings.TrimRight(s[from:to], `.:!\`)
	switch {
	case begin > 0 && (s[begin-1] == '/' || s[begin-1] == '\\'), about.MatchString(strings.ToLower(name)), isPlace(value), isState(value):
		return 0, 0
	case !secretWord(name, between, value, quoted || strings.Contains(between, "[")):
		return 0, 0
	}
	return from, from + len(value)
}

// secretWord reports whether a word after a name is its value, and not part of a sentence: "Failed password for root".
func secretWord(name, between, value string, quoted bool) bool {
	letters, digits, hexes := 0, 0, 0
	for _, r := range value {
		switch {
		case r >= '0' && r <= '9':
			digits++
			hexes++
		case r >= 'a' && r <= 'f' || r >= 'A' && r <= 'F':
			letters++
			hexes++
		case r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r > 127:
			letters++
		}
	}
	sure := strong.MatchString(name)
	says := strings.Contains(between, "is") || strings.Contains(between, "was") || strings.Contains(between, "это")
	switch {
	case value == "" || strings.HasPrefix(value, "/") || strings.Contains(value, "://") || strings.Contains(value, "="):
		return false
	case quoted && sure:
		return digits < len(value) || numbers.MatchString(name)
	case digits == len(value) && digits >= 4 && (says || strings.ContainsAny(between, "[(")):
		return numbers.MatchString(name)
	case digits == 0 && sure && says && isCaseMixed(value):
		return true
	case digits == 0 || letters == 0:
		return false
	case sure || says:
		return len(value) >= 5
	case strings.EqualFold(name, "session"):
		return len(value) >= 16
	default:
		return len(value) >= 8
	}
}

// isCaseMixed reports whether capitals and small letters change as in no word.
func isCaseMixed(word string) bool {
	c := classes(word)
	return c.upper >= 2 && c.lower >= 2 && c.turns >= 4
}

// isPlace reports whether a word is a place in source code, or the name of an object: TokenService.java:123, app-tls-5f7d, session-12.scope.
func isPlace(word string) bool { return place.MatchString(word) }

var place = regexp.MustCompile(`^[\w$./<>-]*\.(?:java|kt|scala|groovy|clj|py|go|rb|php|js|mjs|ts|tsx|c|cc|cpp|h|rs|cs|ex|erl|scope|service|slice|socket|conf|yml|yaml|json|toml|ini|log|pem|crt|key|html?)(?::\d+)*$|^[a-z][a-z0-9]*(?:-[a-z0-9]+)+$|^v?\d+(?:\.\d+)+$|^0x[0-9a-fA-F]+$|^\d+(?:\.\d+)?(?:ms|s|m|h|d|kb|mb|gb|b|%)$`)

// steps are parts of a path after which a random word grants access: GET /reset-password/1a2b….
var steps = regexp.MustCompile(`(?i)(/(?:[\w.-]*(?:passw|token|secret|reset|verif|activat|confirm|invit|magic|session|login|signin|unsubscribe|recover|auth|api[_-]?key|webhook|hooks?)[\w.-]*)/(?:[a-z]{1,12}/)?(?:\d{1,12}/)?)([\w~.%-]{16,})`)

// hideStages redacts random words in such paths.
func hideStages(s string) string {
	if !strings.Contains(s, "/") || !(&rule{words: stepHints}).worth(strings.ToLower(s)) {
		return s
	}
	return steps.ReplaceAllStringFunc(s, func(found string) string {
		m := steps.FindStringSubmatch(found)
		if !ofChance(m[2]) {
			return found
		}
		return m[1] + hidden
	})
}

// ofChance reports whether a word in such a place mixes letters and digits, as no page name does.
func ofChance(word string) bool {
	letters, digits, turns, last := 0, 0, 0, 0
	for i := range len(word) {
		kind := 0
		switch b := word[i]; {
		case isDigit(b):
			digits++
			kind = 1
		case b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z':
			letters++
			kind = 2
		}
		if kind != 0 && last != 0 && kind != last {
			turns++
		}
		if kind != 0 {
			last = kind
		}
	}
	return digits >= 3 && letters >= 1 && turns*6 >= len(word) || digits == len(word)
}

// value is a word of a command line, quoted or not.
const value = `("(?:\\.|[^"\\\n])*"|'(?:''|\\.|[^'\\\n])*'|[^\s"'|;&]\S*)`

// commands are programs that take passwords without a name.
var commands = []rule{
	{[]string{"mysql", "mariadb"}, regexp.MustCompile(`(?i)\b((?:mysql|mariadb)\w*\b[^\n|;]*? -p)` + strings.Replace(value, `[^\s"'|;&]\S*`, `[^\s-]\S*`, 1)), "${1}" + hidden},
	{[]string{"sshpass"}, regexp.MustCompile(`(?i)\b(sshpass\s+-p\s*)` + value), "${1}" + hidden},
	{[]string{"redis-cli", "valkey-cli", "keydb-cli"}, regexp.MustCompile(`(?i)\b((?:redis|valkey|keydb)-cli\b[^\n|;]*?\s(?:-a|--pass)(?:\s+|=))` + value), "${1}" + hidden},
	{[]string{"htpasswd"}, regexp.MustCompile(`(?i)\b(htpasswd\b(?:\s+-\S+)*?\s+-[a-z]*b[a-z]*(?:\s+-\S+(?:\s+\d+)?)*\s+)[^\n|;&<]+`), "${1}" + hidden},
	{[]string{"sqlcmd", "zip"}, regexp.MustCompile(`\b((?:sqlcmd|unzip|zip)\b[^\n|;]*?\s-P\s*)` + value), "${1}" + hidden},
	{[]string{"mongo", "login", "ldap"}, regexp.MustCompile(`\b((?:mongo\w*|(?:docker|podman|helm|skopeo|buildah|az|oc)\b[^\n|;]*\blogin|ldap\w+)\b[^\n|;]*?\s-[pw]\s+)` + value), "${1}" + hidden},
}
