package model

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"text/template"
	"text/template/parse"
	"time"
	"unicode/utf8"
)

// MessageFields are what a message template may use. All are plain text in the language of the reader; one that does not apply
// is "". Times are written as on cards: "14:02", "21 Nov 14:02".
type MessageFields struct {
	What       string // the reason in words; after the end, that it is over and how long it took
	Name       string // what the incident is about: the check, the host, or client and service
	Client     string // of a client's service
	Service    string // of a client's service
	Host       string // of a host's incident, or the one host on which a service fails
	Instance   string // instance.name
	LocalIP    string // instance.local_ip, or the detected address
	ExternalIP string // instance.external_ip, or the answer of instance.external_ip_url
	Comment    string // what to do, from the config; may have several lines
	Severity   string // "critical"
	State      string // "down", or the verdict of a client's service: "degraded"; after the end "works again"
	Since      string // when it began
	At         string // when it ended; while it is open, now
	Incident   int64  // its number
	Down       bool   // it is open; for {{if .Down}}
}

// MessageTemplate is the text/template of a message over MessageFields. The zero value is none. It is immutable once parsed,
// and safe for concurrent use.
//
// A template cannot do harm: it has no loops, no nested templates, and no functions but those of text/template, each with
// bounded output.
type MessageTemplate struct {
	source string
	parsed *template.Template
}

// Bounds on templates and their output. A Telegram message has at most 4096 characters, of which opsbot needs some.
const (
	maxTemplate = 4096 // bytes
	maxMessage  = 3000 // characters
	maxPiece    = 8192 // bytes that one function may return
)

var (
	errMessageLong = wrongTemplate(Say("config.template.long", "limit", maxMessage))
	errPieceLong   = wrongTemplate(Say("config.template.function", "limit", maxPiece))
	errEmpty       = wrongTemplate(Say("config.template.empty"))

	errNotForMessages = wrongTemplate(Say("config.template.refused"))
)

func wrongTemplate(what Sentence) *ValueError { return &ValueError{What: what.With("key", "template")} }

// IsZero reports whether there is no template.
func (t *MessageTemplate) IsZero() bool { return t == nil || t.parsed == nil }

// MarshalText returns the template as written.
func (t MessageTemplate) MarshalText() ([]byte, error) { return []byte(t.source), nil }

// UnmarshalText parses a template and tries it on samples. The error says what is wrong, and in which of its lines.
func (t *MessageTemplate) UnmarshalText(text []byte) error {
	if strings.TrimSpace(string(text)) == "" {
		return errEmpty
	}
	if len(text) > maxTemplate {
		return wrongTemplate(Say("config.template.source", "limit", maxTemplate))
	}
	parsed, err := template.New("message").Funcs(boundedFuncs()).Option("missingkey=error").Parse(string(text))
	if err != nil {
		return plainTemplateError(err)
	}
	if parsed.Tree == nil || len(parsed.Templates()) > 1 {
		return errNotForMessages
	}
	if err := checkNodes(parsed.Root); err != nil {
		return err
	}
	next := MessageTemplate{source: string(text), parsed: parsed}
	for _, sample := range messageSamples() {
		if _, err := next.Message(sample); err != nil {
			return plainTemplateError(err)
		}
	}
	*t = next
	return nil
}

// Message executes the template and trims surrounding spaces. It fails if the result is empty or too long.
func (t *MessageTemplate) Message(f MessageFields) (string, error) {
	w := &boundedWriter{left: maxMessage * utf8.UTFMax}
	if err := t.parsed.Execute(w, f); err != nil {
		return "", err
	}
	text := strings.TrimSpace(w.String())
	switch {
	case text == "":
		return "", errEmpty
	case utf8.RuneCountInString(text) > maxMessage:
		return "", errMessageLong
	}
	return text, nil
}

// messageSamples are a beginning, an end, and an almost empty one.
func messageSamples() []MessageFields {
	down := MessageFields{
		What: "connection refused (10.0.0.9:5432)", Name: "main-db", Client: "clientA", Service: "reports", Host: "web1",
		Instance: "ops", LocalIP: "10.0.0.1", ExternalIP: "192.0.2.1", Comment: "call the DBA on duty", Severity: "critical",
		State: "down", Since: "14:02", At: "14:05", Incident: 12, Down: true,
	}
	up := down
	up.State, up.What, up.Down = "works again", "works again after 3 min", false
	least := MessageFields{
		What: down.What, Name: down.Name, Instance: down.Instance, LocalIP: down.LocalIP, Severity: down.Severity,
		State: down.State, Since: down.Since, At: down.At, Incident: 1, Down: true,
	}
	return []MessageFields{down, up, least}
}

// checkNodes rejects loops and unknown fields anywhere in a template.
func checkNodes(node parse.Node) error {
	if node == nil || reflect.ValueOf(node).IsNil() {
		return nil
	}
	switch n := node.(type) {
	case *parse.ListNode:
		return checkAll(n.Nodes)
	case *parse.ActionNode:
		return checkNodes(n.Pipe)
	case *parse.IfNode:
		return checkBranch(&n.BranchNode)
	case *parse.WithNode:
		return checkBranch(&n.BranchNode)
	case *parse.PipeNode:
		for _, c := range n.Cmds {
			if err := checkAll(c.Args); err != nil {
				return err
			}
		}
	case *parse.FieldNode:
		return checkField(n.Ident)
	case *parse.VariableNode:
		return checkField(n.Ident[1:])
	case *parse.ChainNode:
		return wrongTemplate(Say("config.template.not_field", "got", n.String()))
	case *parse.RangeNode, *parse.TemplateNode, *parse.BreakNode, *parse.ContinueNode:
		return errNotForMessages
	}
	return nil
}

func checkAll(nodes []parse.Node) error {
	for _, n := range nodes {
		if err := checkNodes(n); err != nil {
			return err
		}
	}
	return nil
}

func checkBranch(b *parse.BranchNode) error {
	return checkAll([]parse.Node{b.Pipe, b.List, b.ElseList})
}

// checkField checks the names after the dot.
func checkField(path []string) error {
	fields := MessageFieldNames()
	if len(path) == 0 {
		return nil
	}
	for _, f := range fields {
		if len(path) == 1 && f == path[0] {
			return nil
		}
	}
	name := strings.Join(path, ".")
	if near := Closest(name, fields, 1); len(near) > 0 {
		return wrongTemplate(Say("config.template.field.near", "got", name, "near", near[0]))
	}
	return wrongTemplate(Say("config.template.field", "got", name, "known", "."+strings.Join(fields, ", .")))
}

// MessageFieldNames lists the fields that a template may use.
func MessageFieldNames() []string {
	var names []string
	for f := range reflect.TypeFor[MessageFields]().Fields() {
		names = append(names, f.Name)
	}
	return names
}

// boundedFuncs are the functions of text/template that return text, each with bounded output. Width arguments are bounded
// beforehand: the output would be built before it could be counted.
func boundedFuncs() template.FuncMap {
	bounded := func(f func(...any) string) func(...any) (string, error) {
		return func(args ...any) (string, error) {
			size := 0
			for _, a := range args {
				if s, ok := a.(string); ok {
					size += len(s)
				}
			}
			if size > maxPiece {
				return "", errPieceLong
			}
			return f(args...), nil
		}
	}
	printf := bounded(func(args ...any) string { return fmt.Sprintf(fmt.Sprint(args[0]), args[1:]...) })
	return template.FuncMap{
		"print": bounded(fmt.Sprint), "println": bounded(fmt.Sprintln),
		"html": bounded(template.HTMLEscaper), "js": bounded(template.JSEscaper), "urlquery": bounded(template.URLQueryEscaper),
		"printf": func(format string, args ...any) (string, error) {
			if wideVerb.MatchString(format) {
				return "", wrongTemplate(Say("config.template.width", "got", format))
			}
			return printf(append([]any{format}, args...)...)
		},
	}
}

var wideVerb = regexp.MustCompile(`%[^%a-zA-Z]*(\*|[0-9]{3})`)

// boundedWriter stops a template that writes too much.
type boundedWriter struct {
	bytes.Buffer
	left int
}

// Write returns errMessageLong once the bound is passed.
func (w *boundedWriter) Write(p []byte) (int, error) {
	if w.left -= len(p); w.left < 0 {
		return 0, errMessageLong
	}
	return w.Buffer.Write(p)
}

var templatePlace = regexp.MustCompile(`^template: message:(\d+)(?::\d+)?: (?:executing "message" at )?`)

// plainTemplateError says in which line of the template something is wrong. Of the library's words it keeps what is about
// the template.
func plainTemplateError(err error) error {
	if own, ok := errors.AsType[*ValueError](err); ok {
		return own
	}
	said := err.Error()
	place := templatePlace.FindStringSubmatch(said)
	if place == nil {
		return wrongTemplate(Say("config.template.said", "said", said))
	}
	return wrongTemplate(Say("config.template.line", "line", place[1], "said", strings.TrimPrefix(said, place[0])))
}

// Button is a pending button: what it does, where, for whom, until when. It is stored under an opaque id; a chat only ever
// holds the id.
type Button struct {
	Action  string            `json:"action"`
	Args    map[string]string `json:"args,omitempty"`
	Chat    ChatID            `json:"chat"`
	User    UserID            `json:"user,omitempty"` // the only one who may press it; 0 is anyone with the right
	Expires time.Time         `json:"expires"`
	Used    int               `json:"used,omitempty"` // the update whose press used it up; 0: nobody has pressed it
}
