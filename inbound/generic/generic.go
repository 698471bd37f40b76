// Package generic parses the JSON of any sender by a configured mapping of paths to fields. It must not know who sends.
package generic

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"opsbot/model"
)

// Options map paths in the JSON to fields. A path is the keys from the top, separated by dots: "alert.host.name"; a number is an
// index in a list from 0: "hosts.0" or "hosts[0]". A path that is "" has no value.
type Options struct {
	List     string // of events; "": the body is one event, or a list of them
	ID       string // of the episode; an event without one is an error
	Host     string // a name or an address; an event without one is about no host
	Service  string
	Title    string
	State    string // an event without one is an error
	Severity string
	Since    string // RFC 3339, or seconds or milliseconds since 1970
	Link     string

	Over     []string          // values of State that mean it has ended; all others mean that it is active. Case is ignored
	Critical []string          // values of Severity; all others are warnings
	Info     []string          // values of Severity
	Labels   map[string]string // label name to path

	Now func() time.Time // the end of an event is when it was received
}

// Parse returns the parser of bodies. An id may be reused once its event has ended. An event that cannot be parsed does not
// affect the others: nobody can be polled for them.
func Parse(o Options) func(body []byte) (events []model.Event, again bool, err error) {
	return func(body []byte) ([]model.Event, bool, error) {
		document, err := decode(body)
		if err != nil {
			return nil, false, err
		}
		items, err := o.items(document)
		if err != nil {
			return nil, false, err
		}
		events := make([]model.Event, 0, len(items))
		var wrong error
		for i, item := range items {
			e, err := o.event(item)
			switch {
			case err == nil:
				events = append(events, e)
			case wrong == nil:
				wrong = fmt.Errorf("event %d: %w", i, err)
			}
		}
		return events, false, wrong
	}
}

// decode parses one JSON document, numbers as written.
func decode(body []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var document any
	if err := decoder.Decode(&document); err != nil {
		return nil, fmt.Errorf("invalid JSON at byte %d", decoder.InputOffset())
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("more than one JSON document: the second begins at byte %d", decoder.InputOffset())
	}
	return document, nil
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

func (o *Options) event(item any) (model.Event, error) {
	var wrong error
	text := func(name, path string) string {
		value, ok := asText(walk(item, path))
		if !ok && wrong == nil {
			wrong = fmt.Errorf("%s (%q) is an object or a list", name, path)
		}
		return value
	}
	e := model.Event{
		EventKey: model.EventKey{ID: text("id", o.ID)}, Service: text("service", o.Service), Title: text("title", o.Title),
		URL: text("link", o.Link), Severity: o.severity(text("severity", o.Severity)), Labels: o.labels(item),
	}
	e.Object = e.ID
	if host := text("host", o.Host); host != "" {
		e.Names = []string{host}
	}
	state, since := text("state", o.State), text("since", o.Since)
	switch {
	case wrong != nil:
		return e, wrong
	case e.ID == "":
		return e, fmt.Errorf("id (%q) is missing", o.ID)
	case state == "":
		return e, fmt.Errorf("state (%q) is missing", o.State)
	}
	if among(o.Over, state) {
		e.EndedAt, e.End = o.Now(), model.EndUnconfirmed
	}
	var ok bool
	if e.OpenedAt, ok = moment(since); !ok {
		return e, fmt.Errorf("since (%q) is neither RFC 3339 nor seconds since 1970", o.Since)
	}
	return e, nil
}

func (o *Options) severity(word string) model.Severity {
	switch {
	case among(o.Critical, word):
		return model.SeverityCritical
	case among(o.Info, word):
		return model.SeverityInfo
	default:
		return model.SeverityWarning
	}
}

// labels are those whose value is a text, a number or a boolean.
func (o *Options) labels(item any) model.Labels {
	labels := model.Labels{}
	for name, path := range o.Labels {
		if value, ok := asText(walk(item, path)); ok && value != "" {
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

// asText is a value as a text, "" if there is none; objects and lists are no texts.
func asText(value any) (string, bool) {
	switch value := value.(type) {
	case nil:
		return "", true
	case string:
		return strings.TrimSpace(value), true
	case json.Number:
		return value.String(), true
	case bool:
		return strconv.FormatBool(value), true
	default:
		return "", false
	}
}

// milliseconds is the smallest number read as milliseconds since 1970; as seconds it would be the year 5138.
const milliseconds = 1e11

// moment parses a time; zero if there is none.
func moment(text string) (time.Time, bool) {
	if text == "" {
		return time.Time{}, true
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, true
	}
	seconds, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(seconds) {
		return time.Time{}, false
	}
	if seconds >= milliseconds {
		seconds /= 1000
	}
	if seconds < 0 || seconds >= milliseconds {
		return time.Time{}, false
	}
	if seconds == 0 {
		return time.Time{}, true // "unknown", in many systems
	}
	whole, part := math.Modf(seconds)
	return time.Unix(int64(whole), int64(part*1e9)).UTC(), true
}
