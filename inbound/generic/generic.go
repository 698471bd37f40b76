// Package generic parses the JSON of any sender by a configured mapping of paths to fields. It must not know who sends.
package generic

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"opsbot/inbound/payload"
	"opsbot/model"
)

// Options map paths in the JSON to fields. A path is the keys from the top, separated by dots: "alert.host.name"; a number is an
// index in a list from 0: "hosts.0" or "hosts[0]". A path that is "" has no value.
type Options struct {
	List     string // of events; "": the body is one event, or a list of them
	ID       string // of the episode; an event without one is known by its host, service and title
	Host     string // a name or an address, or a list of them; an event without one is about no host
	Service  string
	Title    string
	State    string // an event without one is active
	Severity string
	Since    string // see payload.Moment
	Link     string

	Over     []string          // values of State that mean it has ended; all others mean that it is active. Case is ignored
	Critical []string          // values of Severity; beside Critical and Info all are warnings. Without both, the usual words are known
	Info     []string          // values of Severity
	Labels   map[string]string // label name to path

	Severities payload.Severities // values of Severity, before Critical and Info

	Zone *time.Location   // of times without one; nil is UTC
	Now  func() time.Time // the end of an event is when it was received
}

// Parse returns the parser of bodies. An id may be reused once its event has ended. What cannot be read of an event is dropped, and the
// event is taken: nobody can be polled for it. An error says that the body is no document with such events.
func Parse(o Options) func(body []byte) (payload.Parsed, error) {
	return func(body []byte) (payload.Parsed, error) {
		document, err := payload.Decode(body)
		if err != nil {
			return payload.Parsed{}, err
		}
		items, err := o.items(document)
		if err != nil {
			return payload.Parsed{}, err
		}
		var n payload.Notes
		events := make([]model.Event, 0, len(items))
		for i, item := range items {
			n.At = i
			if e, ok := o.event(&n, item); ok {
				events = append(events, e)
			}
		}
		return n.Parsed(events, false)
	}
}

// items are the events of a document.
func (o *Options) items(document any) ([]any, error) {
	at, where := document, "the body"
	if o.List != "" {
		at, where = walk(document, o.List), fmt.Sprintf("list %q", o.List)
	}
	switch at := at.(type) {
	case []any:
		return at, nil
	case map[string]any:
		return []any{at}, nil
	default:
		return nil, fmt.Errorf("%s is neither an object nor a list", where)
	}
}

// event reads an event; not ok if nothing in it says what it is about, which is noted.
func (o *Options) event(n *payload.Notes, item any) (model.Event, bool) {
	text := func(name, path string) string { return n.Text(field(name, path), walk(item, path)) }
	e := model.Event{
		EventKey: model.EventKey{ID: text("id", o.ID)}, Names: n.Texts(field("host", o.Host), walk(item, o.Host)), Service: text("service", o.Service),
		Title: text("title", o.Title), URL: text("link", o.Link), Severity: o.severity(n, text("severity", o.Severity)), Labels: o.labels(n, item),
	}
	if e.ID == "" {
		if e.ID = unnamed(&e); e.ID == "" {
			n.Skip(fmt.Sprintf("it has neither an id (%.40q) nor a host, a service or a title", o.ID))
			return e, false
		}
		n.Add(field("id", o.ID), payload.Missing)
	}
	e.Object, e.OpenedAt = e.ID, n.Time(field("since", o.Since), walk(item, o.Since), o.Zone)
	state := text("state", o.State)
	if state == "" {
		n.Add(field("state", o.State), payload.Missing)
	}
	if among(o.Over, state) {
		e.EndedAt, e.End = o.Now(), model.EndUnconfirmed
	}
	return e, true
}

// field names a field by its key in the mapping and its path.
func field(name, path string) string { return fmt.Sprintf("%s (%.40q)", name, path) }

// unnamed is the key of an event without an id. Its title may say whether it is over, and is the last resort.
func unnamed(e *model.Event) string {
	if len(e.Names) == 0 && e.Service == "" {
		return e.Title
	}
	return strings.Join(e.Names, ",") + "!" + e.Service
}

func (o *Options) severity(n *payload.Notes, word string) model.Severity {
	own, ok := o.Severities.Own(word)
	switch {
	case ok:
		return own
	case len(o.Critical)+len(o.Info) == 0:
		return o.Severities.Or(n, field("severity", o.Severity), word, model.SeverityWarning)
	case among(o.Critical, word):
		return model.SeverityCritical
	case among(o.Info, word):
		return model.SeverityInfo
	default:
		return model.SeverityWarning
	}
}

// labels are those whose value can be read.
func (o *Options) labels(n *payload.Notes, item any) model.Labels {
	labels := model.Labels{}
	for name, path := range o.Labels {
		if value := n.Text("labels."+name, walk(item, path)); value != "" {
			labels[name] = value
		}
	}
	return labels
}

func among(words []string, word string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.EqualFold(w, word) })
}

// walk follows a path; nil if it leads nowhere.
func walk(value any, path string) any {
	if path == "" {
		return nil
	}
	path = strings.ReplaceAll(strings.ReplaceAll(path, "[", "."), "]", "")
	for step := range strings.SplitSeq(strings.TrimPrefix(path, "."), ".") {
		switch at := value.(type) {
		case map[string]any:
			value = at[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(at) {
				return nil
			}
			value = at[i]
		default:
			return nil
		}
	}
	return value
}
