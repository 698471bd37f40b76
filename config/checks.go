package config

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"opsbot/model"
)

// check fills one standalone check: its common part and the options of its kind, which share a table.
func (b *binder) check(n *node, c *CheckConfig) {
	common := reflect.ValueOf(c).Elem()
	before := len(b.problems)
	options, ok := b.options(n)
	if !ok {
		b.tables(n, false, common)
		b.misspelt(n, common)
		return
	}
	b.tables(n, true, common, reflect.ValueOf(options).Elem())
	c.Options = options
	b.pending = append(b.pending, pendingOptions{n, options, len(b.problems) > before})
}

// misspelt reports keys of a check without a known kind that no kind has, where they look like one that some kind has. All other keys
// are left until there is a kind.
func (b *binder) misspelt(n *node, common reflect.Value) {
	if !n.isTable || b.kinds == nil {
		return
	}
	fields := map[string]field{}
	addFields(fields, common, n)
	for _, name := range b.kinds.Names() {
		if options, ok := b.kinds.New(name); ok {
			addFields(fields, reflect.ValueOf(options).Elem(), n)
		}
	}
	known := slices.Sorted(maps.Keys(fields))
	for _, key := range slices.Sorted(maps.Keys(n.keys)) {
		if _, is := fields[key]; !is && len(model.Closest(key, known, 1)) > 0 {
			b.unknown(n.keys[key], fields)
		}
	}
}

// pendingOptions are options of a check to validate once all files are read: they may refer to the instance.
type pendingOptions struct {
	n       *node
	options any
	unread  bool // some keys have mistakes already
}

// validateOptions validates the options of all checks.
func (b *binder) validateOptions(around model.Environment) {
	for _, u := range b.pending {
		if o, ok := u.options.(model.EnvironmentUser); ok {
			o.SetEnvironment(around)
		}
		if o, ok := u.options.(Validator); ok {
			b.wrongOptions(u, o.Validate())
		}
	}
}

func (b *binder) wrongOptions(u pendingOptions, wrong []model.Sentence) {
	for _, what := range wrong {
		if u.unread && strings.HasPrefix(what.ID, "config.missing") { // that key may be there, with a mistake
			continue
		}
		b.wrong(u.n, what.Key(), what)
	}
}

// environment is what options may refer to.
func (l *loader) environment(cfg *Config) model.Environment {
	i := &cfg.Instance
	around := model.Environment{
		Dir: l.dir, LocalIP: i.LocalIP, ExternalIP: i.ExternalIP, Zone: cfg.Schedule.Zone.Location(), Listens: cfg.Web.Listen != "",
	}
	if i.LocalIP == autoIP {
		around.LocalIP = ""
		if l.opts.LocalIP != nil {
			around.LocalIP = l.opts.LocalIP()
		}
	}
	return around
}

// options makes the options of the kind of a check. It returns false, and reports a problem, for an unknown kind.
func (b *binder) options(n *node) (any, bool) {
	var names []string
	if b.kinds != nil {
		names = b.kinds.Names()
	}
	kind := n.child("kind")
	switch {
	case !n.isTable:
		return nil, false // the caller reports it
	case kind == nil:
		b.wrong(n, "", model.Say("config.missing.one_of", "key", "kind", "allowed", names))
		return nil, false
	}
	name, isText := kind.value.(string)
	if !isText || b.kinds == nil {
		return nil, false
	}
	options, ok := b.kinds.New(name)
	if !ok {
		b.wrong(n, "kind", unknownKind(name, names))
	}
	return options, ok
}

// unknownKind suggests the closest kind, or lists all.
func unknownKind(name string, names []string) model.Sentence {
	what := model.Say("config.unknown.kind")
	if near := model.Closest(name, names, 1); len(near) > 0 {
		return model.Say("config.unknown.near", "what", what, "got", name, "near", near[0])
	}
	return model.Say("config.unknown.allowed", "what", what, "got", name, "known", names)
}

// wrong reports a mistake in a table, at the line of the key if it is set. The key becomes the argument "key" of a
// sentence that has none.
func (b *binder) wrong(n *node, key string, what model.Sentence) {
	place := n.place()
	if child := n.child(key); child != nil {
		place.File, place.Line = child.file, child.line
	}
	if key != "" && what.Key() == "" {
		what = what.With("key", key)
	}
	b.problems = append(b.problems, place.Problem(what))
}
