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

// MessageFields are what a template of a message may name. All are plain text in the language of the reader; one that
// does not apply is "". Times are written as cards write them: "14:02", "21 Nov 14:02".
type MessageFields struct {
	What       string // the reason in words; once it is over, that it is, and how long it took
	Name       string // what the incident is about: the check, the host, or client and service
	Client     string // of a client's service
	Service    string // of a client's service
	Host       string // of a host's incident, or the one host on which a service fails
	Instance   string // instance.name
	LocalIP    string // instance.local_ip, or what was found
	ExternalIP string // instance.external_ip, or what instance.external_ip_url answered
	Comment    string // what to do, from the config; may have several lines
	Severity   string // "critical"
	State      string // "down", of a client's service its verdict: "degraded"; once it is over "works again"
	Since      string // when it began
	At         string // when it ended; while it stands, now
	Incident   int64  // its number
	Down       bool   // it stands; for {{if .Down}}
}

// MessageTemplate is the text/template of a message over MessageFields. The zero value is none. It is immutable once
// read, and safe for concurrent use.
//
// A template cannot do harm: it has no loops, no further templates, and no functions but those of text/template, of
// which each result is bounded.
type MessageTemplate struct {
	source string
	parsed *template.Template
}

// Bounds on templates and what they make. A message of Telegram has at most 4096 characters, of which opsbot needs some.
const (
	maxTemplate = 4096 // bytes
	maxMessage  = 3000 // characters
	maxPiece    = 8192 // bytes that one function may make
)

var (
	errMessageLong = fmt.Errorf("the message is longer than %d characters", maxMessage)
	errPieceLong   = errors.New("a function makes too much text")
	errEmpty       = errors.New("the message is empty")

	errNotForMessages = errors.New("range, define, block and template are not for messages")
)

// IsZero reports whether there is no template.
func (t *MessageTemplate) IsZero() bool { return t == nil || t.parsed == nil }

// MarshalText writes the template as it was written.
func (t MessageTemplate) MarshalText() ([]byte, error) { return []byte(t.source), nil }

// UnmarshalText reads a template and tries it on samples. The error says what is wrong, and in which line of it.
func (t *MessageTemplate) UnmarshalText(text []byte) error {
	if strings.TrimSpace(string(text)) == "" {
		return errEmpty
	}
	if len(text) > maxTemplate {
		return fmt.Errorf("longer than %d bytes", maxTemplate)
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

// Message fills the template in, without the spaces around it. It errs when that comes to nothing, or to too much.
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

// messageSamples are a beginning, an end, and as little as there may be of one.
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

// checkNodes refuses what may run for ever, and fields that there are not, wherever they stand.
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
		return fmt.Errorf("%s is no field", n)
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

// checkField takes the names behind the dot.
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
		return fmt.Errorf("there is no field .%s: did you mean .%s", name, near[0])
	}
	return fmt.Errorf("there is no field .%s: there are .%s", name, strings.Join(fields, " ."))
}

// MessageFieldNames lists the fields that a template may name.
func MessageFieldNames() []string {
	var names []string
	for f := range reflect.TypeFor[MessageFields]().Fields() {
		names = append(names, f.Name)
	}
	return names
}

// boundedFuncs are the functions of text/template that make text, none of them more than a bound. Numbers for a width
// are bounded beforehand: they would be written out before anybody could count.
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
				return "", fmt.Errorf("printf %q: a width has at most two digits", format)
			}
			return printf(append([]any{format}, args...)...)
		},
	}
}

var wideVerb = regexp.MustCompile(`%[^%a-zA-Z]*(\*|[0-9]{3})`)

// boundedWriter ends a template that writes too much.
type boundedWriter struct {
	bytes.Buffer
	left int
}

// Write errs with errMessageLong once the bound is passed.
func (w *boundedWriter) Write(p []byte) (int, error) {
	if w.left -= len(p); w.left < 0 {
		return 0, errMessageLong
	}
	return w.Buffer.Write(p)
}

var templatePlace = regexp.MustCompile(`^template: message:(\d+)(?::\d+)?: (?:executing "message" at )?`)

// plainTemplateError says where in the template something is wrong, without the words that are about the library.
func plainTemplateError(err error) error {
	if errors.Is(err, errMessageLong) {
		return errMessageLong
	}
	return errors.New(templatePlace.ReplaceAllString(err.Error(), "line $1 of it: "))
}

// Button is a press that may come: what it will do, where, for whom, until when. It is kept on our side under an opaque
// id; a chat only ever holds the id.
type Button struct {
	Action  string            `json:"action"`
	Args    map[string]string `json:"args,omitempty"`
	Chat    ChatID            `json:"chat"`
	User    UserID            `json:"user,omitempty"` // who alone may press it; 0 is anyone who has the right
	Expires time.Time         `json:"expires"`
}
