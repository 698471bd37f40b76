package record

import (
	"regexp"
	"strconv"
	"strings"
)

// The names that programs give to the same thing, in the order of their worth.
var (
	levelNames = []string{
		"level", "severity", "lvl", "levelname", "level_name", "loglevel", "log_level", "log.level", "@l", "severity_text", "severitytext", "severity_label", "priority", "prio",
		"record.level.name", "level.name", "fields.level", "at", "l", "s", "severitynumber",
	}
	messageNames = []string{"msg", "message", "@m", "@mt", "log", "event", "short_message", "text", "body", "record.message", "event_message", "description", "renderedmessage", "messagetemplate", "fields.message", "attributes.message", "m", "eventname"}
	errorNames   = []string{"error", "err", "exception", "error.message", "err.message", "exception.message", "@x", "attr.error.errmsg", "attr.error", "error_message", "reason"}
	statusNames  = []string{
		"status", "status_code", "statuscode", "http_status", "http.status", "http.status_code", "http.response.status_code", "response.status", "response.status_code", "response.statuscode", "res.statuscode",
		"res.status", "resp.status", "response_code", "responsecode", "httprequest.status", "downstreamstatus", "originstatus", "sc-status", "http_status_code", "httpstatus", "elb_status_code", "fields.status", "attributes.http.status_code", "response", "code",
	}
	methodNames = []string{
		"method", "request_method", "req.method", "request.method", "http.method", "http.request.method", "httprequest.requestmethod", "requestmethod", "http_method", "verb", "cs-method", ":method",
	}
	pathNames = []string{
		"uri", "path", "request_uri", "url", "req.url", "req.path", "request.uri", "request.url", "request.path", "url.path", "url.original", "http.url", "http.target", "http.path", "httprequest.requesturl", "requestpath",
		"cs-uri-stem", "http_path", "x-envoy-original-path", "original_path", ":path", "target",
	}
	requestNames = []string{"request", "request_line", "requestline", "http.request", "req"}
)

// readFields reads a line of fields: JSON, or KEY=VALUE.
func (l *line) readFields() bool {
	if l.fields == nil {
		text := l.text
		if strings.Contains(l.Shown, "msg=audit(") { // of auditd, which has two fields of that name
			return false
		}
		m := programForm.FindStringSubmatch(text)
		if m != nil { // shop: level=error msg=…
			text = text[len(m[0]):]
		}
		if l.fields = parseLogfmt(text); l.fields == nil {
			return false
		}
		if m != nil {
			l.program = m[1]
		}
	}
	l.decoded = true
	l.Level = l.fields.level()
	l.request(l.fields)
	if l.Request {
		l.Text = ""
		return true
	}
	if l.Text = l.fields.message(l.Level); l.Text == "" {
		l.Text = l.text
	}
	if l.Level == Unknown && (l.severity == Unknown || l.severity == Info) { // the message is free text
		if l.Level = levelIn(l.Text); l.Level == Unknown {
			l.Level = judge(l.Text)
		}
	}
	l.Text = l.named(l.Text)
	return true
}

// programForm is the name of a program that fields follow.
var programForm = regexp.MustCompile(`^([\w./@-]+(?:\[\w+\])?): `)

// request takes status, method and path from fields. A status without a path is kept: it tells groups apart too.
func (l *line) request(f fields) {
	l.Method, l.Path = strings.ToUpper(f.first(methodNames...)), pathOf(f.first(pathNames...))
	if l.Path == "" || l.Method == "" {
		for _, name := range requestNames {
			if words := strings.Fields(f[name]); len(words) >= 2 && isMethod(words[0]) {
				l.Method, l.Path = words[0], pathOf(words[1])
			}
		}
	}
	for _, name := range statusNames {
		if n, ok := statusOf(f[name]); ok && (name != "code" || l.Path != "") {
			l.Status = n
			break
		}
	}
	l.Request = l.Status != 0 && strings.HasPrefix(l.Path, "/") && (l.Method == "" || isMethod(l.Method))
}

// statusOf reads an HTTP status.
func statusOf(text string) (int, bool) {
	if len(text) != 3 {
		return 0, false
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 100 || n > 599 {
		return 0, false
	}
	return n, true
}

// message is the text of a line of fields, with its level before and its error behind.
func (f fields) message(level Level) string {
	says := f.first(messageNames...)
	for _, name := range errorNames {
		why := f[name]
		if why == "" || isNothing(why) || strings.Contains(says, why) {
			continue
		}
		says = strings.TrimPrefix(says+": "+why, ": ")
		break
	}
	if says == "" {
		return ""
	}
	if word := f.levelWord(); level != Unknown && word != "" {
		return "[" + word + "] " + says
	}
	return says
}

// isNothing reports whether a value says that there is none.
func isNothing(value string) bool {
	switch strings.ToLower(value) {
	case "null", "nil", "<nil>", "none", "false", "no", "0", "-", "ok", "[]", "{}", "undefined", "success":
		return true
	}
	return false
}

// levelWord is the level as it is shown: the word of the line in lower case, or ours for a number or a letter.
func (f fields) levelWord() string {
	value := strings.ToLower(f.first(levelNames...))
	if len(value) > 1 && levelOf(value) != Unknown && (value[0] < '0' || value[0] > '9') {
		return value
	}
	switch f.level() {
	case Error:
		return "error"
	case Warning:
		return "warning"
	case Info:
		return "info"
	case Debug:
		return "debug"
	default:
		return ""
	}
}

// level is the level of the fields: a word, a letter of MongoDB, a number of pino, bunyan, Monolog, OpenTelemetry or syslog.
func (f fields) level() Level {
	for _, name := range levelNames {
		value := f[name]
		switch {
		case value == "":
			continue
		case name == "s": // MongoDB
			if f["t.$date"] != "" && f["c"] != "" {
				return letterLevel(value[0])
			}
			continue
		case name == "severitynumber":
			return otelLevel(value)
		}
		if level := numberLevel(value); level != Unknown {
			return level
		}
		if level := levelOf(value); level != Unknown {
			return level
		}
		if len(value) == 1 {
			return letterLevel(value[0] &^ 0x20)
		}
	}
	for _, name := range []string{"error", "err", "exception", "error.message", "err.message", "exception.message", "@x"} {
		if why := f[name]; why != "" && !isNothing(why) {
			return Error
		}
	}
	return Unknown
}

// numberLevel is the level of a number: 10 to 60 of pino and bunyan, 100 to 600 of Monolog, 0 to 7 of syslog and GELF.
func numberLevel(value string) Level {
	n, err := strconv.Atoi(value)
	switch {
	case err != nil || n < 0 || n > 600:
		return Unknown
	case n >= 100:
		return byLimits(n, 200, 300, 400)
	case n >= 10:
		return byLimits(n, 30, 40, 50)
	default:
		return syslogLevel(value)
	}
}

// otelLevel is the level of the numbers 1 to 24 of OpenTelemetry.
func otelLevel(value string) Level {
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 || n > 24 {
		return Unknown
	}
	return byLimits(n, 9, 13, 17)
}

// byLimits is the level of a number, by the least numbers of three of them.
func byLimits(n, info, warning, failure int) Level {
	switch {
	case n >= failure:
		return Error
	case n >= warning:
		return Warning
	case n >= info:
		return Info
	default:
		return Debug
	}
}

// syslogLevel is the level of a severity of syslog, "0" to "7".
func syslogLevel(value string) Level {
	n, err := strconv.Atoi(value)
	switch {
	case err != nil || n < 0 || n > 7:
		return Unknown
	case n <= 3:
		return Error
	case n == 4:
		return Warning
	case n <= 6:
		return Info
	default:
		return Debug
	}
}

// letterLevel is the level of one letter: of klog, MongoDB, Android, Rails.
func letterLevel(letter byte) Level {
	switch letter {
	case 'E', 'F', 'C', 'A':
		return Error
	case 'W':
		return Warning
	case 'I', 'N':
		return Info
	case 'D', 'V', 'T':
		return Debug
	default:
		return Unknown
	}
}

// parseLogfmt parses KEY=VALUE pairs; nil if the line is not made of them, or none is a level or message.
func parseLogfmt(text string) fields {
	if strings.Count(text, "=") < 2 {
		return nil
	}
	f := fields{}
	pairs, others := 0, 0
	for rest := text; rest != ""; rest = strings.TrimLeft(rest, " \t") {
		word := rest
		if i := strings.IndexAny(rest, " \t="); i >= 0 {
			word = rest[:i]
		}
		rest = rest[len(word):]
		if !strings.HasPrefix(rest, "=") {
			others++
			continue
		}
		var value string
		if value, rest = logfmtValue(rest[1:]); value != "" {
			f.set(strings.ToLower(word), value)
		}
		pairs++
	}
	says := f.first("msg", "message", "level", "lvl", "severity")
	asked := f.first(pathNames...) != "" && f.first(statusNames...) != ""
	if pairs < 2 || others > pairs || says == "" && !asked {
		return nil
	}
	return f
}

// parseLTSV parses labelled values separated by tabs, "time:…<tab>status:502"; nil if a part has no label.
func parseLTSV(text string) fields {
	const least = 3
	if strings.Count(text, "\t") < least-1 {
		return nil
	}
	f := fields{}
	for part := range strings.SplitSeq(text, "\t") {
		label, value, found := strings.Cut(part, ":")
		if !found || label == "" || strings.Trim(strings.ToLower(label), "abcdefghijklmnopqrstuvwxyz0123456789_.-") != "" {
			return nil
		}
		if value != "-" {
			f.set(strings.ToLower(label), value)
		}
	}
	return f
}

// logfmtValue is a value, quoted or not, and what follows it.
func logfmtValue(text string) (value, rest string) {
	if strings.HasPrefix(text, `"`) {
		value, rest = cutQuoted(text[1:])
		if plain, err := strconv.Unquote(`"` + value + `"`); err == nil {
			value = plain
		}
		return value, rest
	}
	if i := strings.IndexAny(text, " \t"); i >= 0 {
		return text[:i], text[i:]
	}
	return text, ""
}
