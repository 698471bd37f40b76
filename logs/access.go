package logs

import (
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
)

// request is a line of an access log.
type request struct {
	method, path string // path without its query
	status       int
}

// parseAccess parses a line of nginx or Apache in the common and combined formats, and formats that begin like them.
func parseAccess(line string) (request, bool) {
	_, after, ok := strings.Cut(line, `] "`)
	if !ok {
		return request{}, false
	}
	asked, rest := cutQuoted(after)
	status, ok := leadingStatus(rest)
	if !ok {
		return request{}, false
	}
	words := strings.Fields(asked)
	r := request{status: status}
	if len(words) >= 2 && isMethod(words[0]) {
		r.method, r.path = words[0], pathOf(words[1])
	}
	return r, true
}

// cutQuoted is what is before a quote, and what is after it. nginx writes quotes within as \x22, Apache as \".
func cutQuoted(s string) (quoted, rest string) {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

func leadingStatus(rest string) (int, bool) {
	word, _, _ := strings.Cut(strings.TrimLeft(rest, " "), " ")
	n, err := strconv.Atoi(strings.TrimSpace(word))
	return n, err == nil && len(strings.TrimSpace(word)) == 3 && n >= 100 && n <= 599
}

func isMethod(word string) bool {
	for _, r := range word {
		if r < 'A' || r > 'Z' {
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
		}
	}
	return target
}

// parseError parses nginx's error log after the time: "[error] 1#2: *3 MESSAGE, client: …, server: …, request: "GET /x
// HTTP/1.1", upstream: "http://10.0.0.3:8801/x", host: "…"". The result is the message, and upstream.
func parseError(rest string) (says, path string, ok bool) {
	level, after, found := strings.Cut(strings.TrimPrefix(rest, "["), "] ")
	if !found || !strings.HasPrefix(rest, "[") || strings.ContainsAny(level, " []") {
		return "", "", false
	}
	_, message, found := strings.Cut(after, ": ") // the numbers of process and thread
	if !found || !strings.Contains(after[:len(after)-len(message)], "#") {
		return "", "", false
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
	words := strings.Fields(quotedAfter(context, "request: "))
	if len(words) >= 2 {
		path = pathOf(words[1])
	}
	if up := quotedAfter(context, "upstream: "); up != "" {
		said += " … " + hostOf(up)
	}
	return "[" + level + "] " + said, path, true
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

// parseJSON parses a JSON line: its message, and its request.
func parseJSON(line string) (says string, r request, ok bool) {
	if !strings.HasPrefix(line, "{") {
		return "", request{}, false
	}
	var keys map[string]any
	if json.Unmarshal([]byte(line), &keys) != nil {
		return "", request{}, false
	}
	word := func(names ...string) string {
		for _, name := range names {
			switch v := keys[name].(type) {
			case string:
				if v != "" {
					return v
				}
			case float64:
				return strconv.FormatFloat(v, 'f', -1, 64)
			}
		}
		return ""
	}
	if n, err := strconv.Atoi(word("status", "status_code", "code")); err == nil && n >= 100 && n <= 599 {
		r.status = n
		r.method, r.path = word("method", "request_method"), pathOf(word("uri", "path", "request_uri", "url"))
		if words := strings.Fields(word("request")); r.path == "" && len(words) >= 2 {
			r.method, r.path = words[0], pathOf(words[1])
		}
	}
	says = word("msg", "message", "log", "event")
	if why := word("error", "err", "exception"); why != "" && !strings.Contains(says, why) {
		says = strings.TrimSpace(says + ": " + why)
	}
	if level := word("level", "severity", "lvl"); level != "" && says != "" {
		says = "[" + strings.ToLower(level) + "] " + says
	}
	return says, r, says != "" || r.path != ""
}
