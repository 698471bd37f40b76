package config

import (
	"reflect"

	"opsbot/model"
)

// endpointOptions are the options of kind web in a table of endpoint settings, beside its own keys. They come from the
// registry, so a new option of the kind is an option of endpoints too.
type endpointOptions struct {
	into   reflect.Value // a model.EndpointOptions; invalid if the table has none
	fields map[string]field
}

// endpointOptionsOf finds where a struct keeps options, and adds their keys to fields unless the struct has them itself.
func (b *binder) endpointOptionsOf(dst reflect.Value, fields map[string]field) endpointOptions {
	m := endpointOptions{into: optionsIn(dst), fields: map[string]field{}}
	if !m.into.IsValid() || b.kinds == nil {
		return endpointOptions{}
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

func (m *endpointOptions) collect(options reflect.Value) {
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

// keep stores the decoded options that a table sets.
func (m *endpointOptions) keep(n *node) {
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

// optionsIn is the field for options in a struct or in one embedded in it; invalid if there is none.
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
