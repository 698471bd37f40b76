package config

import (
	"reflect"

	"opsbot/model"
)

// more are the options of kind web that a table of endpoint settings takes beside its own keys: whatever that kind has,
// so that a new option of it is one of endpoints too.
type more struct {
	into   reflect.Value // an model.EndpointOptions; invalid when the table takes none
	fields map[string]field
}

// moreOf finds where a struct keeps options, and adds their keys to fields, after the struct's own.
func (b *binder) moreOf(dst reflect.Value, fields map[string]field) more {
	m := more{into: optionsIn(dst), fields: map[string]field{}}
	if !m.into.IsValid() || b.kinds == nil {
		return more{}
	}
	if options := b.kinds.Endpoint(); options != nil {
		m.collect(reflect.ValueOf(options).Elem())
	}
	for key, f := range m.fields {
		if _, own := fields[key]; own {
			delete(m.fields, key)
		} else {
			fields[key] = f
		}
	}
	return m
}

func (m *more) collect(options reflect.Value) {
	for i := range options.NumField() {
		f := options.Type().Field(i)
		switch tag := f.Tag.Get("toml"); {
		case f.Tag.Get("endpoint") == "no":
		case f.Anonymous:
			m.collect(options.Field(i))
		case tag != "" && tag != "-":
			m.fields[tag] = field{options.Field(i), f.Tag.Get("range")}
		}
	}
}

// keep takes what was decoded of the keys that a table has.
func (m *more) keep(n *node) {
	for key, f := range m.fields {
		child := n.keys[key]
		if child == nil {
			continue
		}
		if m.into.IsNil() {
			m.into.Set(reflect.ValueOf(model.EndpointOptions{}))
		}
		at := child.place()
		at.Path = n.label
		m.into.SetMapIndex(reflect.ValueOf(key), reflect.ValueOf(&model.EndpointOption{Value: f.dst.Interface(), At: at}))
	}
}

// optionsIn is the field of a struct, or of one embedded in it, that keeps options; invalid when there is none.
func optionsIn(dst reflect.Value) reflect.Value {
	for i := range dst.NumField() {
		f := dst.Type().Field(i)
		switch {
		case f.Type == reflect.TypeFor[model.EndpointOptions]():
			return dst.Field(i)
		case f.Anonymous:
			if found := optionsIn(dst.Field(i)); found.IsValid() {
				return found
			}
		}
	}
	return reflect.Value{}
}
