package config

import (
	"fmt"
	"reflect"
	"strings"
)

// check fills one standalone check: the common part and the options of its kind share a table.
func (b *binder) check(n *node, c *CheckConfig) {
	common := reflect.ValueOf(c).Elem()
	before := len(b.problems)
	options, ok := b.options(n)
	if !ok {
		b.tables(n, false, common)
		return
	}
	b.tables(n, true, common, reflect.ValueOf(options).Elem())
	c.Options = options
	v, ok := options.(interface{ Validate() []string })
	if !ok {
		return
	}
	unread := len(b.problems) > before
	for _, text := range v.Validate() {
		key, rest, _ := strings.Cut(text, " ")
		if unread && strings.HasPrefix(rest, "is missing") { // it may be the one that could not be read
			continue
		}
		b.wrong(n, strings.TrimSuffix(key, ":"), text)
	}
}

// options makes the options of a check's kind; false, and a problem, when there is no such kind.
func (b *binder) options(n *node) (any, bool) {
	var names []string
	if b.kinds != nil {
		names = b.kinds.Names()
	}
	allowed := "allowed are " + strings.Join(names, ", ")
	kind := n.child("kind")
	switch {
	case !n.isTable:
		return nil, false // the caller says so
	case kind == nil:
		b.wrong(n, "", "kind is missing: "+allowed)
		return nil, false
	}
	name, isText := kind.value.(string)
	if !isText || b.kinds == nil {
		return nil, false
	}
	options, ok := b.kinds.New(name)
	if !ok {
		b.wrong(n, "kind", fmt.Sprintf("unknown kind %q: %s", name, allowed))
	}
	return options, ok
}

// wrong reports a mistake in a table, at the line of a key when the key is there.
func (b *binder) wrong(n *node, key, text string) {
	place := n.place()
	if child := n.child(key); child != nil {
		place.File, place.Line = child.file, child.line
	}
	b.problems = append(b.problems, place.Problem(text))
}
