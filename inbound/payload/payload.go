// Package payload reads leniently what others send: the fact is taken, a decoration that cannot be read is dropped and noted. It must
// not know who sends, nor what becomes of an event.
package payload

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"opsbot/model"
)

// Parsed is what a body says.
type Parsed struct {
	Events []model.Event
	Again  bool     // the body is incomplete: poll the source
	Odd    []Oddity // what was dropped
}

// Fault is what is odd about a field.
type Fault string

// The faults.
const (
	Unreadable Fault = "unreadable" // the event was taken without it
	Missing    Fault = "missing"    // the event was taken by what else it says
	Future     Fault = "future"     // a time ahead of opsbot's clock: the time of arrival is used
	Skipped    Fault = "skipped"    // the whole element: nothing in it says what it is about
)

// Oddity is a field that was dropped, or a whole element.
type Oddity struct {
	Field string
	Fault Fault
	First int // index of the first element that has it
	Count int // how many elements have it
}

// maxOdd bounds how many oddities of one body are told apart: labels have any name.
const maxOdd = 20

// maxField bounds the name of a field, in bytes.
const maxField = 80

// String is a clause for whoever set up the sender; it contains no values.
func (o Oddity) String() string {
	where := fmt.Sprintf("event %d", o.First)
	if o.Count > 1 {
		where = fmt.Sprintf("%d events, first %d", o.Count, o.First)
	}
	switch o.Fault {
	case Missing:
		return fmt.Sprintf("%s: %s is missing: taken without it", where, o.Field)
	case Future:
		return fmt.Sprintf("%s: %s is in the future: check clock and time zone", where, o.Field)
	case Skipped:
		return fmt.Sprintf("%s: not taken: %s", where, o.Field)
	default:
		return fmt.Sprintf("%s: %s cannot be read: taken without it", where, o.Field)
	}
}

// Sentence joins oddities for whoever set up the sender; "" if there are none.
func Sentence(all []Oddity) string {
	clauses := make([]string, len(all))
	for i, o := range all {
		clauses[i] = o.String()
	}
	return strings.Join(clauses, "; ")
}

// Count is how many elements have a fault. Skipped elements are counted all; of the others, those told apart.
func Count(all []Oddity, fault Fault) (n int) {
	for _, o := range all {
		if o.Fault == fault {
			n += o.Count
		}
	}
	return n
}

// Notes collects what is odd about a body's elements. The zero value is ready.
type Notes struct {
	At  int // index of the element that is read
	all []Oddity
}

// Add notes an oddity of the current element.
func (n *Notes) Add(field string, fault Fault) {
	field = model.ClipBytes(field, maxField)
	i := slices.IndexFunc(n.all, func(o Oddity) bool { return o.Field == field && o.Fault == fault })
	switch {
	case i >= 0:
		n.all[i].Count++
	case len(n.all) < maxOdd:
		n.all = append(n.all, Oddity{Field: field, Fault: fault, First: n.At, Count: 1})
	}
}

// Skip notes that the current element is not taken.
func (n *Notes) Skip(why string) {
	i := slices.IndexFunc(n.all, func(o Oddity) bool { return o.Fault == Skipped })
	if i < 0 {
		n.all = append(n.all, Oddity{Field: why, Fault: Skipped, First: n.At, Count: 1})
		return
	}
	n.all[i].Count++
}

// All returns what was noted, in the order of its first occurrence.
func (n *Notes) All() []Oddity { return slices.Clone(n.all) }

// Collector is Notes for several goroutines, without indices. The zero value is ready.
type Collector struct {
	mu sync.Mutex
	n  Notes
}

// Add notes an oddity.
func (c *Collector) Add(field string, fault Fault) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n.Add(field, fault)
}

// Skip notes an element that is not taken.
func (c *Collector) Skip(why string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n.Skip(why)
}

// Take returns what was noted since the last call.
func (c *Collector) Take() []Oddity {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := c.n.All()
	c.n = Notes{}
	return all
}

// Parsed is the result of a body that had some elements. It is an error, for whoever set up the sender, if there are some and not one
// can be taken: then it is not a document of that source.
func (n *Notes) Parsed(events []model.Event, again bool) (Parsed, error) {
	skipped := Count(n.all, Skipped)
	if skipped > 0 && len(events) == 0 {
		return Parsed{Odd: n.All()}, errors.New(Sentence(n.all))
	}
	return Parsed{Events: events, Again: again || skipped > 0, Odd: n.All()}, nil
}

// Decode parses one JSON document, numbers as written. A byte order mark before it is ignored. Errors contain no values.
func Decode(body []byte) (any, error) {
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
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

// Lenient removes from an error of encoding/json that a value has an unexpected type: everything else was decoded, and the field is
// returned. "" is none.
func Lenient(err error) (field string, other error) {
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && wrong.Field != "" {
		return model.ClipBytes(wrong.Field, maxField), nil
	}
	return "", err
}
