package record

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"time"

	"opsbot/charset"
)

// envelope is what another program wraps lines in: it opens it, or returns false.
type envelope struct {
	name string
	open func(p *Parser, l *line) bool
}

// envelopes may be within each other.
var envelopes = []envelope{
	{"docker compose", openCompose},
	{"docker json-file", openDocker},
	{"journalctl -o json", openJournal},
	{"containerd and CRI-O", openCRI},
	{"docker logs --timestamps", openStamped},
	{"syslog", openSyslog},
}

// maxEnvelopes bounds how many are opened.
const maxEnvelopes = 4

func (p *Parser) open(l *line) {
	for range maxEnvelopes {
		opened := false
		for i := range envelopes {
			if opened = envelopes[i].open(p, l); opened {
				break
			}
		}
		if !opened {
			return
		}
	}
}

// compose is a container's name, padded with blanks: "web-1    | ".
var compose = regexp.MustCompile(`^([a-zA-Z0-9][\w.-]{0,63})(?: {2,}| ?)\| ?`)

// numbered names end as compose numbers containers.
var numbered = regexp.MustCompile(`[-_]\d+$`)

func openCompose(p *Parser, l *line) bool {
	if strings.IndexByte(l.text[:min(len(l.text), 80)], '|') < 0 || l.program != "" {
		return false
	}
	m := compose.FindStringSubmatch(l.text)
	if m == nil {
		return false
	}
	rest := l.text[len(m[0]):]
	if at, n := p.Times.Leading(rest); !numbered.MatchString(m[1]) && !strings.Contains(m[0], "  |") && (at.IsZero() || n == 0) && !strings.HasPrefix(rest, "{") {
		return false
	}
	l.program, l.text = m[1], l.text[len(m[0]):]
	return true
}

// longestDocker is the length at which docker cuts a line into parts, in bytes.
const longestDocker = 16 << 10

// openDocker opens {"log":"…\n","stream":"stdout","time":"…"}, and the same as collectors pass it on.
func openDocker(p *Parser, l *line) bool {
	if !strings.HasPrefix(l.text, "{") {
		return false
	}
	f := parseJSON(l.text)
	text, wrapped := f["log"]
	stream, streamed := f["stream"]
	if !wrapped || !streamed || f["level"] != "" {
		return false
	}
	l.At = f.time(&p.Times)
	l.Stream, l.dressed = stream, true
	l.partial = len(text) >= longestDocker && !strings.HasSuffix(text, "\n")
	l.text = bare(text)
	return true
}

// openJournal opens what journalctl -o json writes.
func openJournal(p *Parser, l *line) bool {
	if !strings.HasPrefix(l.text, "{") || !strings.Contains(l.text, `"__REALTIME_TIMESTAMP"`) {
		return false
	}
	f := parseJSON(l.text)
	if f == nil {
		return false
	}
	at := f.first("_source_realtime_timestamp", "__realtime_timestamp")
	if micros, err := strconv.ParseInt(at, 10, 64); err == nil {
		l.At = time.UnixMicro(micros)
	}
	l.severity = syslogLevel(f["priority"])
	l.program = f.first("syslog_identifier", "_comm", "_systemd_unit")
	if pid := f.first("_pid", "syslog_pid"); pid != "" {
		l.Stream = l.program + "[" + pid + "]"
	}
	l.text, l.dressed = f["message"], true
	if l.text == "" {
		l.text = journalBytes(l.Shown)
	}
	l.text = bare(l.text)
	return true
}

// journalBytes is a message that is no UTF-8, which the journal writes as a list of numbers.
func journalBytes(text string) string {
	var entry struct {
		Message []int `json:"MESSAGE"`
	}
	if json.Unmarshal([]byte(text), &entry) != nil {
		return ""
	}
	data := make([]byte, len(entry.Message))
	for i, b := range entry.Message {
		data[i] = byte(b)
	}
	said, _ := charset.Text(data)
	return said
}

// cri is the prefix of containerd and CRI-O: P is a part of a line, F its end.
var cri = regexp.MustCompile(`^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)) (stdout|stderr) ([PF])(?::\S*)? ?`)

func openCRI(_ *Parser, l *line) bool {
	if len(l.text) == 0 || l.text[0] < '0' || l.text[0] > '9' {
		return false
	}
	m := cri.FindStringSubmatch(l.text)
	if m == nil {
		return false
	}
	at, err := time.Parse(time.RFC3339Nano, m[1])
	if err != nil {
		return false
	}
	l.At, l.Stream, l.partial, l.dressed = at, m[2], m[3] == "P", true
	l.text = l.text[len(m[0]):]
	return true
}

// stamped is the time that docker logs --timestamps and others put before a line.
var stamped = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z `)

// openStamped opens a line that has such a time and one of its own, or goes on with the line before. Others keep theirs.
func openStamped(p *Parser, l *line) bool {
	if !l.At.IsZero() || len(l.text) == 0 || l.text[0] < '0' || l.text[0] > '9' {
		return false
	}
	head := stamped.FindString(l.text)
	if head == "" {
		return false
	}
	rest := l.text[len(head):]
	if _, own := p.Times.Find(rest); !own && !strings.HasPrefix(rest, "{") && (!looksContinued(rest) || rest[0] == '[') {
		return false
	}
	at, err := time.Parse(time.RFC3339Nano, strings.TrimSpace(head))
	if err != nil {
		return false
	}
	l.At, l.text, l.dressed = at, rest, true
	return true
}

// The headers of syslog: the priority; what RFC 5424 has after the time; what RFC 3164, rsyslog and the journal have there.
var (
	versioned = regexp.MustCompile(`^<\d{1,3}>1 `)
	priority  = regexp.MustCompile(`^<(\d{1,3})>`)
	rfc5424   = regexp.MustCompile(`^(\S+) (\S+) (\S+) (\S+) (?:-|(?:\[(?:[^\]\\"]|\\.|"(?:[^"\\]|\\.)*")*\])+) ?(?:\x{feff})?`)
	sender    = regexp.MustCompile(`^([\w.:-]+) ([\w.@-][\w./@-]*)(?:\[(\d+)\])?: `)
	nameless  = regexp.MustCompile(`^([\w.@-][\w./@-]*)\[(\d+)\]: `) // without the host's name
)

// openSyslog opens a line that a JSON object, or a container's line, follows: other lines stay as they are, since their time and sender are
// found anyhow.
func openSyslog(p *Parser, l *line) bool {
	if m := priority.FindStringSubmatch(l.text); m != nil && l.severity == Unknown {
		if n, err := strconv.Atoi(m[1]); err == nil && n < 192 {
			l.severity = syslogLevel(strconv.Itoa(n & 7))
		}
	}
	brace := strings.IndexByte(l.text, '{')
	if brace <= 0 || !strings.HasSuffix(strings.TrimRight(l.text, " \t"), "}") {
		return false
	}
	s, ok := p.Times.Find(l.text[:brace])
	if !ok || s.End > brace || strings.TrimSpace(priority.ReplaceAllString(l.text[:s.Begin], "")) != "" && !strings.HasSuffix(l.text[:s.Begin], ">1 ") {
		return false
	}
	header := strings.TrimLeft(l.text[s.End:brace], " ")
	m := sender.FindStringSubmatch(header)
	if m == nil {
		m = programForm.FindStringSubmatch(header)
	}
	switch {
	case m != nil && m[0] == header && len(m) > 2:
		l.program = m[2]
	case m != nil && m[0] == header:
		l.program, _, _ = strings.Cut(m[1], "[")
	case rfc5424.FindString(header) == header && header != "":
		l.program = strings.Fields(header)[1]
	case header == "", header == "@cee: " || strings.HasSuffix(header, ": @cee: "):
	default:
		return false
	}
	f := parseJSON(l.text[brace:])
	if f == nil {
		return false
	}
	if l.At.IsZero() {
		l.At = s.At
	}
	l.text, l.fields = l.text[brace:], nil
	return true
}

// sender is what stands before an opened message of the journal.
func (l *line) sender() string {
	if l.program == "" || l.Stream == "stdout" || l.Stream == "stderr" {
		return ""
	}
	if strings.HasPrefix(l.Stream, l.program+"[") {
		return l.Stream + ": "
	}
	return l.program + ": "
}

// unsent takes off what syslog and the journal put before a message, and keeps the program's name: "web1 nginx[123]: ".
func (l *line) unsent() {
	if l.fields != nil {
		return
	}
	if strings.HasPrefix(l.text, "<") {
		l.text = strings.TrimLeft(priority.ReplaceAllString(l.text, ""), " ")
		if versioned.MatchString(l.Shown) {
			l.text = strings.TrimLeft(strings.TrimPrefix(l.text, "1 "), " ")
		}
	}
	m := sender.FindStringSubmatch(l.text)
	switch {
	case versioned.MatchString(l.Shown):
		if m := rfc5424.FindStringSubmatch(l.text); m != nil {
			l.program, l.text = m[2], l.text[len(m[0]):]
		}
	case m != nil && !strings.HasSuffix(m[1], ":") && (l.syslog || m[3] != "") && levelOf(m[1]) == Unknown && levelOf(m[2]) == Unknown:
		l.program, l.text = m[2], l.text[len(m[0]):]
	default:
		if m := nameless.FindStringSubmatch(l.text); m != nil && levelOf(m[1]) == Unknown {
			l.program, l.text = m[1], l.text[len(m[0]):]
		}
	}
}

// named is a text with the program's name before it, if that is known.
func (l *line) named(text string) string {
	if l.program == "" {
		return text
	}
	return l.program + ": " + text
}
