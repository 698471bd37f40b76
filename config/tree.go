package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"opsbot/model"
)

// node is one value of the files with its place: a table with keys, an array with items, or a plain value.
type node struct {
	file  string
	line  int
	owner string // the table that has it: `checks[2] "main-db"`
	key   string // its key there; "" for an element of an array of tables
	label string // owner of its own keys

	isTable, isArray bool
	keys             map[string]*node
	items            []*node
	value            any // string, int64, float64, bool, a time
}

// treeBuilder makes the nodes of one file.
type treeBuilder struct {
	file  string
	lines lineIndex
}

// build makes the tree of a decoded value.
func (b treeBuilder) build(raw any, path, owner, key string) *node {
	n := &node{file: b.file, line: b.lines.at(path), owner: owner, key: key, label: joinLabel(owner, key)}
	switch v := raw.(type) {
	case map[string]any:
		n.isTable = true
		n.keys = make(map[string]*node, len(v))
		for k, item := range v {
			n.keys[k] = b.build(item, path+keySep+k, n.label, k)
		}
	case []map[string]any:
		n.isArray = true
		for i, item := range v {
			n.items = append(n.items, b.element(item, path, n.label, i))
		}
	case []any:
		n.isArray = true
		for i, item := range v {
			n.items = append(n.items, b.element(item, path, n.label, i))
		}
	default:
		n.value = raw
	}
	return n
}

func (b treeBuilder) element(raw any, path, label string, i int) *node {
	path = indexed(path, i)
	if table, ok := raw.(map[string]any); ok {
		label = fmt.Sprintf("%s[%d]", label, i+1)
		if name, ok := table["name"].(string); ok {
			label += fmt.Sprintf(" %q", name)
		}
		return b.build(raw, path, label, "")
	}
	n := b.build(raw, path, label, "")
	n.owner, n.key = cutLabel(label, i)
	return n
}

// cutLabel splits `routes[1] to` into the table and the key, for an element of a list of plain values.
func cutLabel(label string, i int) (owner, key string) {
	at := strings.LastIndexAny(label, " .")
	if at < 0 {
		return "", fmt.Sprintf("%s[%d]", label, i+1)
	}
	return label[:at], fmt.Sprintf("%s[%d]", label[at+1:], i+1)
}

func joinLabel(owner, key string) string {
	switch {
	case owner == "":
		return key
	case key == "":
		return owner
	case strings.HasSuffix(owner, "]"), strings.HasSuffix(owner, `"`):
		return owner + " " + key
	default:
		return owner + "." + key
	}
}

// merge adds the keys of other to n. Tables and arrays are joined; any other key may be set only once.
func (n *node) merge(other *node) model.Problems {
	var problems model.Problems
	for _, key := range slices.Sorted(maps.Keys(other.keys)) {
		mine, theirs := n.keys[key], other.keys[key]
		switch {
		case mine == nil:
			n.keys[key] = theirs
		case mine.isTable && theirs.isTable:
			problems = append(problems, mine.merge(theirs)...)
		case mine.isArray && theirs.isArray:
			mine.items = append(mine.items, theirs.items...)
		default:
			problems = append(problems, theirs.problem(model.Say("config.set_twice", "at", mine.place())))
		}
	}
	return problems
}

// child is the node of a key; nil if it is not set.
func (n *node) child(key string) *node {
	if n == nil {
		return nil
	}
	return n.keys[key]
}

// item is the i-th element; nil if there is none.
func (n *node) item(i int) *node {
	if n == nil || i >= len(n.items) {
		return nil
	}
	return n.items[i]
}

// list are the elements of an array; none for a nil node.
func (n *node) list() []*node {
	if n == nil {
		return nil
	}
	return n.items
}

func (n *node) place() model.Place {
	if n == nil {
		return model.Place{}
	}
	path := n.owner
	if n.isTable {
		path = n.label
	}
	return model.Place{File: n.file, Line: n.line, Path: path}
}

// problem is a mistake in this value; its place is the table that has the value.
func (n *node) problem(what model.Sentence) model.Problem {
	place := model.Place{File: n.file, Line: n.line, Path: n.owner}
	if n.key == "" { // a table in a list
		place.Path = ""
		return place.Problem(what.With("key", n.label))
	}
	return place.Problem(what.With("key", n.key))
}
