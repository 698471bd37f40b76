package record

import (
	"regexp"
	"strings"
)

// judge is the level of a text that has none of its own, by the words of failures in it. What is denied, counted as zero, set as a limit or
// part of a name is no failure: "0 errors", "error=null", "timeout=30s", "error.log".
func judge(text string) Level {
	low := strings.ToLower(text)
	for _, span := range failures.FindAllStringIndex(low, -1) {
		if !isDenied(low, span[0], span[1]) {
			return Error
		}
	}
	for _, span := range thrown.FindAllStringIndex(text, -1) {
		if !isDenied(low, span[0], span[1]) {
			return Error
		}
	}
	for _, span := range warnings.FindAllStringIndex(low, -1) {
		if !isDenied(low, span[0], span[1]) {
			return Warning
		}
	}
	return Unknown
}

var (
	failures = regexp.MustCompile(`\b(?:emerg(?:ency)?|alert|crit(?:ical)?|fatal|panic(?:ked)?|errors?|err|fail(?:ed|ures?|s|ing)?|exceptions?|timed[ -]out|timeouts?|refused|denied|segfault|segmentation fault|sig(?:segv|abrt|bus|kill)|` +
		`oom(?:-kill(?:er|ed)?)?|oomkilled|out of memory|killed|traceback|no space left on device|disk full|disk quota exceeded|core dumped|dumped core|too many open files|too many connections|connection reset|broken pipe|no route to host|` +
		`host is down|network is unreachable|unreachable|read-only file system|i/o error|input/output error|call trace|hung task|blocked for more than|deadlock(?:ed)?|corrupt(?:ed|ion)?|cannot|can't|could not|couldn't|unable to|` +
		`not responding|no such file or directory|stack overflow|assertion|aborted|crash(?:ed|loopbackoff)?|certificate has expired|exceeded)\b` +
		`|(?:^|[^\p{L}])(?:ошибк[аиуе]|ошибок|ошибкой|сбой|сбоя|отказ|отказано|не удалось|не удаётся|невозможно|недоступ(?:ен|на|но|ны)|критическ\p{L}+|нет места|истекло время|прерван[ао]?|аварийн\p{L}+)`)
	// thrown are the names of exceptions of Java, Python, .NET, Ruby, PHP and JavaScript.
	thrown   = regexp.MustCompile(`\b(?:[A-Za-z_$][\w$]*(?:\.|::|\\))*[A-Z][\w$]*(?:Error|Exception|Panic)\b`)
	warnings = regexp.MustCompile(`\b(?:warn(?:ings?)?|deprecated)\b|(?:^|[^\p{L}])предупрежден\p{L}+`)
)

// The contexts in which such a word means nothing: what is before it, and what is behind.
var (
	deniedBefore = regexp.MustCompile(`(?:\b(?:no|zero|without|never|not|non|isn't|wasn't|0)(?: (?:any|more|new|known|critical|fatal|further|other|serious))?[ -]|(?:^|[^\p{L}])(?:без|нет|0)(?: \p{L}+)? ?|[/._$@]|\b(?:on|if|last|max|ignore|catch|handle|clear|reset)[_-])$`)
	deniedAfter  = regexp.MustCompile(`^(?:["']?\s*[=:]\s*["'\[(]?(?:0(?:\.0+)?(?:%|\b)|null\b|nil\b|<nil>|none\b|false\b|no\b|""|''|-(?:\s|$|,)|\[\]|\{\}|ok\b|success|["'](?:\s|$|[,}])|$)` +
		`|\s+(?:is|are|was|were)?\s*(?:0\b|none\b|null\b)|[=:]\s+0\b` +
		`|\s*(?:[=:]|of|is|set to|\()?\s*\d+(?:\.\d+)?\s*(?:ms|s|sec|seconds?|m|min|minutes?)\b\)?[ ,;.]*(?:$|[a-z_]+=)` +
		`|[._/\\-][\p{L}\d_]|\s+(?:handler|handling|page|pages|log|logs|reporting|rate|budget|correction|recovery|tracking|count|level|threshold|policy|timeout|detection)\b` +
		`|\s+(?:нет|не обнаружен|не найден)|\s*[:=]\s*(?:0\b|нет))`)
	// settings are words that are often the name of a limit.
	limited = regexp.MustCompile(`^\w*(?:\s*[=:]\s*|\s+(?:is |of |set to )?)\(?\d`)
	expired = regexp.MustCompile(`^\w*.{0,24}\b(?:exceeded|expired|elapsed|reached|while|waiting|after)\b`)
)

func isDenied(low string, begin, end int) bool {
	word := low[begin:end]
	before, after := low[max(0, begin-32):begin], low[end:min(len(low), end+48)]
	switch {
	case strings.HasPrefix(word, "timeout"):
		if limited.MatchString(after) && !expired.MatchString(after) || strings.HasPrefix(strings.TrimLeft(after, " "), "=") {
			return true
		}
	case strings.HasSuffix(word, "not"), strings.HasPrefix(word, "no "), strings.HasPrefix(word, "не "), word == "can't", word == "unable to":
		return false
	}
	return deniedBefore.MatchString(before) || deniedAfter.MatchString(after)
}
