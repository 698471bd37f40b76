package record

import (
	"net/url"
	"strings"
)

// readNginxError reads a line of nginx's error log after its time: "[error] 1#2: *3 MESSAGE, client: …, server: …, request: "GET /x
// HTTP/1.1", upstream: "http://10.0.0.3:8801/x", host: "…"". The text is the message, and upstream.
func (l *line) readNginxError() bool {
	rest := l.text
	level, after, found := strings.Cut(strings.TrimPrefix(rest, "["), "] ")
	if !found || !strings.HasPrefix(rest, "[") || strings.ContainsAny(level, " []") {
		return false
	}
	numbers, message, found := strings.Cut(after, ": ") // of process and thread
	if !found || !strings.Contains(numbers, "#") {
		return false
	}
	if strings.HasPrefix(message, "*") { // the number of the connection
		if _, cut, found := strings.Cut(message, " "); found {
			message = cut
		}
	}
	said, context, _ := strings.Cut(message, ", client: ")
	if !strings.HasPrefix(said, "open()") {
		said, _, _ = strings.Cut(said, " while ")
	}
	if words := strings.Fields(quotedAfter(context, "request: ")); len(words) >= 2 {
		l.Asked = pathOf(words[1])
	}
	if up := quotedAfter(context, "upstream: "); up != "" {
		said += " … " + hostOf(up)
	}
	l.Level, l.Text = levelOf(level), "["+level+"] "+said
	return true
}

func quotedAfter(text, key string) string {
	_, after, found := strings.Cut(text, key+`"`)
	if !found {
		return ""
	}
	value, _ := cutQuoted(after)
	return value
}

// hostOf is "10.0.0.3:8801" of "http://10.0.0.3:8801/x".
func hostOf(address string) string {
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		return u.Host
	}
	return address
}
