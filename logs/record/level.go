package record

import (
	"regexp"
	"strings"
	"unicode"
)

// levelWords are the words of levels.
var levelWords = func() map[string]Level {
	all := map[string]Level{}
	for level, words := range map[Level]string{
		Debug:   "trace debug fine finer finest verbose dbg dbug trc debug1 debug2 debug3 debug4 debug5 all",
		Info:    "info inf information informational notice note log config system detail hint statement context",
		Warning: "warn warning warnings wrn warnung avertissement aviso предупреждение",
		Error:   "err error eror severe crit critical fatal panic dpanic alert emerg emergency failure fail ftl fault fehler erreur erro ошибка критично",
	} {
		for word := range strings.FieldsSeq(words) {
			all[word] = level
		}
	}
	return all
}()

// levelOf is the level of a word in any case; Unknown if it is none.
func levelOf(word string) Level { return levelWords[strings.ToLower(strings.TrimSpace(word))] }

// levelTokens is among how many words at the beginning of a message a level is looked for.
const levelTokens = 7

// levelIn finds the level of a free line: a word in capitals, in brackets or before a colon, among the first.
func levelIn(text string) Level {
	for i := range levelTokens {
		text = strings.TrimLeft(text, " \t|-,")
		if text == "" {
			break
		}
		word := text
		if end := strings.IndexAny(text, " \t|"); end >= 0 {
			word = text[:end]
		}
		text = text[len(word):]
		if strings.Contains(word, `":`) { // a key of JSON
			break
		}
		level := tokenLevel(word, i == 0)
		if level == Error && deniedAfter.MatchString(strings.ToLower(strings.TrimLeft(word, "[(<")[len(strings.TrimRight(strings.TrimLeft(word, "[(<"), ":")):]+text[:min(len(text), 48)])) { // "error: none", "Error rate 0"
			continue
		}
		if level != Unknown {
			return level
		}
	}
	return Unknown
}

// tokenLevel is the level that a word is, with what programs put around it: "[error]", "ERROR:", "<Warning>", "[proxy:error]",
// "INFO/MainProcess]", "ERROR:root:".
func tokenLevel(word string, first bool) Level {
	bare := strings.TrimLeft(word, "[(<{*\"'")
	marked := len(bare) < len(word)
	end := strings.TrimRight(bare, "])>}*:,\"'.")
	marked = marked || len(end) < len(bare) && bare[len(end)] != '.' && bare[len(end)] != ','
	if end == "" {
		return Unknown
	}
	if level := levelOf(end); level != Unknown && (marked && (!shyLevel[strings.ToLower(end)] || isCapital(end) || word[0] == '[') || isCapital(end) || first && len(end) > 3 && plainLevel[strings.ToLower(end)]) {
		return level
	}
	for _, cut := range []func() (string, bool){
		func() (string, bool) {
			before, _, found := strings.Cut(end, ":")
			return before, found && isCapital(before)
		},
		func() (string, bool) {
			before, _, found := strings.Cut(end, "/")
			return before, found && isCapital(before)
		},
		func() (string, bool) {
			before, _, found := strings.Cut(end, "/")
			return before, found && first && plainLevel[before]
		},
		func() (string, bool) {
			before, _, found := strings.Cut(end, "[")
			return before, found && isCapital(before)
		},
		func() (string, bool) {
			i := strings.LastIndexByte(end, '.')
			return end[i+1:], i > 0 && isCapital(end[i+1:])
		},
		func() (string, bool) { i := strings.LastIndexByte(end, ':'); return end[i+1:], i >= 0 && marked },
	} {
		if part, ok := cut(); ok {
			if level := levelOf(part); level != Unknown {
				return level
			}
		}
	}
	return Unknown
}

// shyLevel are words that are levels in capitals or brackets alone.
var shyLevel = map[string]bool{"log": true, "config": true, "system": true, "detail": true, "hint": true, "statement": true, "context": true, "all": true, "note": true, "fine": true}

// plainLevel are words that are levels in small letters too, where a message begins with them.
var plainLevel = map[string]bool{"error": true, "warn": true, "warning": true, "info": true, "debug": true, "fatal": true, "critical": true, "trace": true, "notice": true, "information": true}

func isCapital(word string) bool {
	for _, r := range word {
		if !unicode.IsUpper(r) {
			return false
		}
	}
	return len(word) >= 3
}

// The levels of formats that write them as a sign.
var (
	klogForm    = regexp.MustCompile(`^([IWEF])\d{4} \d\d:\d\d:\d\d\.\d+ +\d+ [\w./-]+:\d+\]`)
	letterForm  = regexp.MustCompile(`^(?:\d+\s+\d+ )?([VDIWEFA]),? (?:[\w./-]+\s*: |[A-Z]{3,10} +\[|\[)`) // Android, MongoDB before 4.4, Rails
	slashForm   = regexp.MustCompile(`^([VDIWEFA])/[\w.$ -]{1,40}(?:\( *\d+\))?: `)                        // Android in short
	redisForm   = regexp.MustCompile(`^(?:\d+:[A-Z]|\[\d+\])\s+([.*#-]) `)
	nagiosForm  = regexp.MustCompile(`^(?:CURRENT )?(?:SERVICE|HOST)(?: \w+)? (?:ALERT|STATE|NOTIFICATION): .*?;(OK|UP|WARNING|CRITICAL|UNKNOWN|DOWN|UNREACHABLE)\b`)
	sudoForm    = regexp.MustCompile(`(?:^|\s)\S+ : ([^;=]+ ; )?(?:(?:TTY|CHROOT)=[^;]* ; )*PWD=`)
	threadForm  = regexp.MustCompile(`^\d+ ([\w./-]+:\d+\] )`)                                             // of klog
	numberForm  = regexp.MustCompile(`%[A-Z][A-Z0-9_]*-(?:[A-Z0-9_]+-)?([0-7])-[A-Z0-9_]+:|^LOG([0-7])\[`) // Cisco, stunnel
	statedError = map[string]Level{"OK": Info, "UP": Info, "WARNING": Warning, "CRITICAL": Error, "UNKNOWN": Error, "DOWN": Error, "UNREACHABLE": Error}
)

// readText reads a free line: its level is a sign or a word of its own, else what its words mean.
func (l *line) readText() {
	l.Text = l.named(l.text)
	for _, own := range []func() Level{l.klogLevel, l.nagiosLevel, l.numberLevel, l.sudoLevel, func() Level { return levelIn(l.text) }, l.letterLevel, l.redisLevel} {
		if l.Level = own(); l.Level != Unknown {
			l.Text = l.named(threadForm.ReplaceAllString(l.text, "$1"))
			return
		}
	}
	if l.severity == Unknown || l.severity == Info { // what a program writes to its output is "info" to whoever passes it on
		l.Level = judge(l.text)
	}
}

func (l *line) klogLevel() Level {
	if l.Shown == "" || strings.IndexByte("IWEF", l.Shown[0]) < 0 && !l.dressed {
		return Unknown
	}
	if m := klogForm.FindStringSubmatch(l.Inner); m != nil {
		return letterLevel(m[1][0])
	}
	return Unknown
}

func (l *line) nagiosLevel() Level {
	if !strings.HasPrefix(l.text, "SERVICE ") && !strings.HasPrefix(l.text, "HOST ") && !strings.HasPrefix(l.text, "CURRENT ") {
		return Unknown
	}
	if m := nagiosForm.FindStringSubmatch(l.text); m != nil {
		return statedError[m[1]]
	}
	return Unknown
}

func (l *line) numberLevel() Level {
	if strings.IndexByte(l.text, '%') < 0 && !strings.HasPrefix(l.text, "LOG") {
		return Unknown
	}
	if m := numberForm.FindStringSubmatch(l.text); m != nil {
		return syslogLevel(m[1] + m[2])
	}
	return Unknown
}

// sudoLevel is that of sudo, which says why it refused before the fields, and nothing there if it did not. The words of the command mean
// nothing.
func (l *line) sudoLevel() Level {
	if !strings.Contains(l.text, "PWD=") { // the command may be in the next line
		return Unknown
	}
	m := sudoForm.FindStringSubmatch(l.text)
	switch {
	case m == nil:
		return Unknown
	case m[1] != "":
		return Error
	default:
		return Info
	}
}

func (l *line) letterLevel() Level {
	for _, form := range []*regexp.Regexp{letterForm, slashForm} {
		if m := form.FindStringSubmatch(l.text); m != nil {
			return letterLevel(m[1][0])
		}
	}
	return Unknown
}

// redisLevel is that of Redis: # is a warning, and all that is worse.
func (l *line) redisLevel() Level {
	m := redisForm.FindStringSubmatch(l.text)
	switch {
	case m == nil:
		return Unknown
	case m[1] == "#":
		return max(Warning, judge(l.text))
	case m[1] == ".":
		return Debug
	default:
		return Info
	}
}
