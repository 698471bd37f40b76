package config

import (
	"fmt"
	"reflect"
	"strings"

	"opsbot/model"
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
	b.unjudged = append(b.unjudged, unjudged{n, options, len(b.problems) > before})
}

// unjudged are options of a check that wait for the rest of the files: they may refer to the instance.
type unjudged struct {
	n       *node
	options any
	unread  bool // some keys could not be read
}

// judgeOptions lets the options of all checks say what is wrong with them.
func (b *binder) judgeOptions(around model.Environment) {
	for _, u := range b.unjudged {
		if o, ok := u.options.(model.EnvironmentUser); ok {
			o.SetEnvironment(around)
		}
		if o, ok := u.options.(Validator); ok {
			b.wrongOptions(u, o.Validate())
		}
	}
}

func (b *binder) wrongOptions(u unjudged, texts []string) {
	for _, text := range texts {
		key, rest, _ := strings.Cut(text, " ")
		if u.unread && strings.HasPrefix(rest, "is missing") { // it may be the one that could not be read
			continue
		}
		b.wrong(u.n, strings.TrimSuffix(key, ":"), text)
	}
}

// surroundings are what options may refer to of this instance.
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
