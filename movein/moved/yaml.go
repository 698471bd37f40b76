package moved

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxDepth bounds how deep aliases and merges are followed.
const maxDepth = 32

// Node is a value of YAML or JSON with its line. The zero Node is no value; all methods take it.
type Node struct{ node *yaml.Node }

// YAML reads the documents of a text, of which JSON is a form.
func YAML(text string) ([]Node, error) {
	var all []Node
	d := yaml.NewDecoder(bytes.NewReader([]byte(text)))
	for {
		var n yaml.Node
		err := d.Decode(&n)
		switch {
		case errors.Is(err, io.EOF):
			return all, nil
		case err != nil:
			return nil, err
		case n.Kind == yaml.DocumentNode && len(n.Content) > 0:
			all = append(all, Node{n.Content[0]})
		}
	}
}

// real is the value behind an alias.
func (n Node) real() *yaml.Node {
	node := n.node
	for i := 0; node != nil && node.Kind == yaml.AliasNode && i < maxDepth; i++ {
		node = node.Alias
	}
	if node == nil || node.Kind == yaml.AliasNode {
		return &yaml.Node{}
	}
	return node
}

// Line is the line of a value; 0 for none.
func (n Node) Line() int {
	if n.node == nil {
		return 0
	}
	return n.node.Line
}

// There reports whether there is a value, other than null.
func (n Node) There() bool { return n.real().Kind != 0 && n.real().Tag != "!!null" }

// IsMap reports whether it is a mapping.
func (n Node) IsMap() bool { return n.real().Kind == yaml.MappingNode }

// IsList reports whether it is a list.
func (n Node) IsList() bool { return n.real().Kind == yaml.SequenceNode }

// Text is a text, a number or a switch as it is written; "" for anything else.
func (n Node) Text() string {
	if v := n.real(); v.Kind == yaml.ScalarNode && v.Tag != "!!null" {
		return v.Value
	}
	return ""
}

// Flag is a switch; what is not said is the default.
func (n Node) Flag(otherwise bool) bool {
	switch strings.ToLower(n.Text()) {
	case "true", "yes", "on":
		return true
	case "false", "no", "off":
		return false
	default:
		return otherwise
	}
}

// List are the elements of a list; of one value alone that value.
func (n Node) List() []Node {
	v := n.real()
	switch {
	case v.Kind == yaml.SequenceNode:
		all := make([]Node, len(v.Content))
		for i, item := range v.Content {
			all[i] = Node{item}
		}
		return all
	case n.There():
		return []Node{n}
	default:
		return nil
	}
}

// Texts are the texts of a list.
func (n Node) Texts() []string {
	var all []string
	for _, item := range n.List() {
		all = append(all, item.Text())
	}
	return all
}

// Get is the value at a path of keys. The keys of a merge (<<) count where the mapping has none of its own.
func (n Node) Get(path ...string) Node {
	for _, key := range path {
		n = n.key(key, 0)
	}
	return n
}

// Has reports whether a mapping has a key, whatever its value.
func (n Node) Has(key string) bool { return n.key(key, 0).node != nil }

func (n Node) key(key string, depth int) Node {
	v := n.real()
	if v.Kind != yaml.MappingNode || depth > maxDepth {
		return Node{}
	}
	merged := Node{}
	for i := 0; i+1 < len(v.Content); i += 2 {
		switch v.Content[i].Value {
		case key:
			return Node{v.Content[i+1]}
		case "<<":
			for _, from := range (Node{v.Content[i+1]}).List() {
				if found := from.key(key, depth+1); found.node != nil && merged.node == nil {
					merged = found
				}
			}
		}
	}
	return merged
}

// Pairs are the keys and values of a mapping, without merged ones.
func (n Node) Pairs() []Pair {
	v := n.real()
	if v.Kind != yaml.MappingNode {
		return nil
	}
	var all []Pair
	for i := 0; i+1 < len(v.Content); i += 2 {
		all = append(all, Pair{v.Content[i].Value, Node{v.Content[i+1]}})
	}
	return all
}

// Pair is a key and its value.
type Pair struct {
	Key string
	Node
}

// Map are the texts of a mapping.
func (n Node) Map() map[string]string {
	all := map[string]string{}
	for _, p := range n.Pairs() {
		all[p.Key] = p.Text()
	}
	return all
}

// NewMap is an empty mapping, for readers of other forms than YAML.
func NewMap(line int) Node { return Node{&yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: line}} }

// NewText is a text.
func NewText(text string, line int) Node {
	return Node{&yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text, Line: line}}
}

// Append sets a key of a mapping; what it had before and the new value are a list then.
func (n Node) Append(key string, value Node) {
	m := n.node
	for i := 0; i+1 < len(m.Content); i += 2 {
		if m.Content[i].Value != key {
			continue
		}
		if had := m.Content[i+1]; had.Kind == yaml.SequenceNode {
			had.Content = append(had.Content, value.node)
		} else {
			m.Content[i+1] = &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Line: had.Line, Content: []*yaml.Node{had, value.node}}
		}
		return
	}
	m.Content = append(m.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: key, Line: value.Line()}, value.node)
}
