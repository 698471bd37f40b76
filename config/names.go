package config

import (
	"slices"
	"strings"

	"opsbot/model"
)

// names are the names of one kind of thing. Each must be valid and unique regardless of case, as in commands.
type names struct {
	*loader
	what  model.Sentence         // "unknown host", for has
	first map[string]model.Place // by the name in lower case
	list  []string
}

func newNames(l *loader, what model.Sentence) *names {
	return &names{loader: l, what: what, first: map[string]model.Place{}}
}

func (s *names) add(n *node, name string) {
	if n == nil || !n.isTable {
		return
	}
	if n.child("name") == nil {
		s.wrong(n, "", model.Say("config.missing", "key", "name"))
		return
	}
	if _, isText := n.child("name").value.(string); !isText {
		return // reported while it was read
	}
	if err := model.CheckName(name); err != nil {
		s.wrong(n, "name", sentenceOf(err))
		return
	}
	folded := strings.ToLower(name)
	if place, twice := s.first[folded]; twice {
		s.wrong(n, "name", model.Say("config.name_twice", "got", name, "at", place))
		return
	}
	s.first[folded] = n.place()
	s.list = append(s.list, name)
}

// has reports a problem unless there is such a name.
func (s *names) has(n *node, key, name string) {
	if !slices.Contains(s.list, name) {
		s.wrong(n, key, model.UnknownName(s.what, name, s.list))
	}
}
