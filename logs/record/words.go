package record

import (
	"regexp"
	"slices"
	"strings"
)

// judge is the level of a text that has none of its own, by the words of failures in it. What is denied, counted as zero, set as a limit or
// part of a name is no failure: "0 errors", "error=null", "timeout=30s", "error.log".
func judge(text string) Level {
	low := strings.ToLower(text)
	found := Unknown
	for begin := 0; begin < len(low); {
		if !isWordByte(low[begin]) {
			begin++
			continue
		}
		end := wordEnd(low, begin)
		level, n := failureAt(low, begin, end)
		if level != Unknown && !isDenied(low, begin, begin+n) {
			if level == Error {
				return Error
			}
			found = level
		}
		begin = end
	}
	return max(found, judgeNames(text, low), judgeRussian(low))
}

// wordEnd is where a word ends; an apostrophe may be within.
func wordEnd(low string, begin int) int {
	end := begin
	for end < len(low) && (isWordByte(low[end]) || low[end] == '\'' && end > begin && end+1 < len(low) && low[end+1] == 't') {
		end++
	}
	return end
}

// failureAt is the level of the word or phrase that begins at a word, and its length.
func failureAt(low string, begin, end int) (Level, int) {
	if warnings[low[begin:end]] {
		return Warning, end - begin
	}
	for _, rest := range failures[low[begin:end]] {
		if strings.HasPrefix(low[end:], rest) && (end+len(rest) == len(low) || rest == "" || !isWordByte(low[end+len(rest)])) {
			return Error, end - begin + len(rest)
		}
	}
	return Unknown, 0
}

// failures are words and phrases of failures: what follows the first word, "" if that is enough.
var failures = func() map[string][]string {
	all := map[string][]string{}
	for _, phrase := range strings.Split("emerg,emergency,alert,crit,critical,fatal,panic,panicked,error,errors,err,fail,failed,failure,failures,fails,failing,exception,exceptions,timed out,timed-out,timeout,timeouts,refused,denied,"+
		"segfault,segmentation fault,sigsegv,sigabrt,sigbus,sigkill,oom,oom-kill,oom-killer,oom-killed,oomkilled,out of memory,killed,traceback,no space left on device,disk full,disk quota exceeded,core dumped,dumped core,"+
		"too many open files,too many connections,connection reset,broken pipe,no route to host,host is down,network is unreachable,unreachable,read-only file system,i/o error,input/output error,call trace,hung task,"+
		"blocked for more than,deadlock,deadlocked,corrupt,corrupted,corruption,cannot,can't,could not,couldn't,unable to,not responding,no such,soft lockup,hard lockup,hardware error,hardware errors,unreadable,no server available,went away,lost connection,split-brain,stack overflow,assertion,aborted,crash,crashed,"+
		"crashloopbackoff,certificate has expired,exceeded", ",") {
		end := wordEnd(phrase, 0)
		all[phrase[:end]] = append(all[phrase[:end]], phrase[end:])
	}
	for _, rests := range all { // the longest first: "oom-kill" is no name that begins with "oom"
		slices.SortFunc(rests, func(a, b string) int { return len(b) - len(a) })
	}
	return all
}()

var warnings = map[string]bool{"warn": true, "warning": true, "warnings": true, "deprecated": true}

// judgeNames looks for the names of exceptions of Java, Python, .NET, Ruby, PHP and JavaScript.
func judgeNames(text, low string) Level {
	if !strings.Contains(text, "Error") && !strings.Contains(text, "Exception") && !strings.Contains(text, "Panic") {
		return Unknown
	}
	for _, span := range thrown.FindAllStringIndex(text, -1) {
		if len(low) != len(text) || !isDenied(low, span[0], span[1]) {
			return Error
		}
	}
	return Unknown
}

func judgeRussian(low string) Level {
	if strings.IndexByte(low, 0xd0) < 0 && strings.IndexByte(low, 0xd1) < 0 {
		return Unknown
	}
	for _, span := range russianFailures.FindAllStringIndex(low, -1) {
		if !isDenied(low, span[0], span[1]) {
			return Error
		}
	}
	if russianWarnings.MatchString(low) {
		return Warning
	}
	return Unknown
}

var (
	russianFailures = regexp.MustCompile(`(?:^|[^\p{L}])(?:ошибк[аиуе]|ошибок|ошибкой|сбой|сбоя|отказ|отказано|не удалось|не удаётся|невозможно|недоступ(?:ен|на|но|ны)|критическ\p{L}+|нет места|истекло время|прерван[ао]?|аварийн\p{L}+)`)
	russianWarnings = regexp.MustCompile(`(?:^|[^\p{L}])предупрежден\p{L}+`)
	thrown          = regexp.MustCompile(`\b(?:[A-Za-z_$][\w$]*(?:\.|::|\\))*[A-Z][\w$]*(?:Error|Exception|Panic)\b`)
)

// The contexts in which such a word means nothing: what is before it, and what is behind.
var (
	deniedBefore = regexp.MustCompile(`(?:(?:\b(?:no|zero|without|never|not|non|isn't|wasn't)|(?:^|[\s(,:;=\[])0)(?: (?:any|more|new|known|critical|fatal|further|other|serious))?[ -]|(?:^|[^\p{L}])(?:без|нет)(?: \p{L}+)? ?|[/._$@]|\b(?:on|if|last|max|ignore|catch|handle|clear|reset)[_-])$`)
	deniedAfter  = regexp.MustCompile(`^(?:["']?\s*[=:]\s*["'\[(]?(?:0(?:\.0+)?(?:%|\b)|null\b|nil\b|<nil>|none\b|false\b|no\b|""|''|-(?:\s|$|,)|\[\]|\{\}|ok\b|success|["'](?:\s|$|[,}])|$)` +
		`|\s+(?:is|are|was|were)?\s*(?:0\b|none\b|null\b)|[=:]\s+0\b` +
		`|\s*(?:[=:]|of|is|set to|\()?\s*\d+(?:\.\d+)?\s*(?:ms|s|sec|seconds?|m|min|minutes?)\b\)?[ ,;.]*(?:$|[a-z_]+=)` +
		`|[._/\\-][\p{L}\d_]|\s+(?:handler|handling|page|pages|log|logs|reporting|rate|budget|correction|recovery|tracking|count|level|threshold|policy|timeout|detection)\b` +
		`|\s+(?:нет(?:$|[.,;])|не обнаружен|не найден)|\s*[:=]\s*(?:0\b|нет(?:$|[.,;]))|=(?:remount-ro|continue|ignore|skip))`)
	// settings are words that are often the name of a limit.
	limited = regexp.MustCompile(`^\w*(?:\s*[=:]\s*|\s+(?:is |of |to |set to )?)\(?\d`)
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
	case strings.HasSuffix(word, "not"), strings.HasPrefix(word, "no "), strings.HasPrefix(word, "не "), word == "can't", strings.IndexByte(word, ' ') > 0: // a phrase is not what is counted
		return false
	}
	return deniedBefore.MatchString(before) || deniedAfter.MatchString(after)
}
