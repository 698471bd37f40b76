package config

import (
	"cmp"
	"encoding"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"opsbot/model"
)

// SchemaKey is what a schema says about a key beside what the structs know.
type SchemaKey struct {
	Default, Meaning string
	Required         bool
}

// Schema is the JSON Schema (draft-07) of a file of the configuration, for editors: which keys there are, their types, words and ranges. It is
// made of the structs that Load fills, so that both allow the same. What depends on more than one value is left to Load.
//
// describe finds what the documents say about a key of a section, "[telegram]" or "[[checks]] tcp"; it may find nothing.
func Schema(kinds Kinds, describe func(section, key string) (SchemaKey, bool)) ([]byte, error) {
	b := &schemaBuilder{kinds: kinds, describe: describe, definitions: shape{}}
	root := b.table(reflect.TypeFor[Config](), "")
	root["$schema"] = "http://json-schema.org/draft-07/schema#"
	root["title"] = "opsbot"
	root["description"] = "The configuration of opsbot. All mistakes of a file, and those that a schema cannot see: opsbot config check"
	root["definitions"] = b.definitions
	return json.MarshalIndent(root, "", "  ")
}

// shape is a schema, or a part of one.
type shape map[string]any

type schemaBuilder struct {
	kinds       Kinds
	describe    func(section, key string) (SchemaKey, bool)
	definitions shape // the types of text that are used more than once, by name
}

// table is the shape of a struct.
func (b *schemaBuilder) table(t reflect.Type, section string) shape {
	properties, required := shape{}, []string{}
	b.keys(t, section, properties, &required)
	return tableOf(properties, required)
}

func tableOf(properties shape, required []string) shape {
	s := shape{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		slices.Sort(required)
		s["required"] = slices.Compact(required)
	}
	return s
}

// keys adds the keys of a struct, and of the structs embedded in it.
func (b *schemaBuilder) keys(t reflect.Type, section string, into shape, required *[]string) {
	for f := range t.Fields() {
		tag := f.Tag.Get("toml")
		switch {
		case f.Type == reflect.TypeFor[model.EndpointOptions]():
			b.endpointKeys(section, into, required)
		case f.Anonymous:
			b.keys(f.Type, section, into, required)
		case tag != "" && tag != "-":
			into[tag] = b.key(f, section, tag, required)
		}
	}
}

// endpointKeys adds the options of kind web that tables with settings of endpoints take, unless they have such a key themselves.
func (b *schemaBuilder) endpointKeys(section string, into shape, required *[]string) {
	options := b.kinds.Endpoint()
	if options == nil {
		return
	}
	more := shape{}
	b.optionKeys(reflect.TypeOf(options).Elem(), func(f reflect.StructField) bool { return f.Tag.Get("endpoint") == "no" }, func(f reflect.StructField, tag string) {
		more[tag] = b.key(f, section, tag, required)
	})
	for tag, s := range more {
		if _, own := into[tag]; !own {
			into[tag] = s
		}
	}
}

// optionKeys calls add for each key of options, embedded structs included, but for what is left out.
func (b *schemaBuilder) optionKeys(t reflect.Type, leftOut func(reflect.StructField) bool, add func(f reflect.StructField, tag string)) {
	for f := range t.Fields() {
		switch tag := f.Tag.Get("toml"); {
		case leftOut(f):
		case f.Anonymous:
			b.optionKeys(f.Type, leftOut, add)
		case tag != "" && tag != "-":
			add(f, tag)
		}
	}
}

// key is the shape of a field's value, with what the documents say about it.
func (b *schemaBuilder) key(f reflect.StructField, section, tag string, required *[]string) shape {
	below := strings.TrimPrefix(section+"."+tag, ".")
	s := b.value(f.Type, f.Tag.Get("range"), below)
	if also := f.Tag.Get("also"); also != "" { // a word that the type takes for this key alone
		words, _ := textShape(f.Type)["enum"].([]string)
		s = shape{"enum": append(words, also)}
	}
	said, ok := b.describe(section, tag)
	if !ok {
		return s
	}
	if said.Required {
		*required = append(*required, tag)
	}
	text := said.Meaning
	if said.Default != "" && !said.Required {
		text += " (default: " + said.Default + ")"
	}
	if _, refers := s["$ref"]; refers { // what is beside a reference is not looked at
		return shape{"allOf": []shape{s}, "description": text}
	}
	s = maps.Clone(s)
	s["description"] = text
	return s
}

// value is the shape of one value of any type. section is the name of the tables that it has.
func (b *schemaBuilder) value(t reflect.Type, limits, section string) shape {
	switch {
	case t.Kind() == reflect.Pointer:
		return b.value(t.Elem(), limits, section)
	case reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()):
		return b.text(t)
	case t == reflect.TypeFor[CheckConfig]():
		return b.check(section)
	}
	switch t.Kind() {
	case reflect.Struct:
		return b.table(t, section)
	case reflect.Slice:
		return shape{"type": "array", "items": b.value(t.Elem(), "", section)}
	case reflect.Map:
		return shape{"type": "object", "additionalProperties": b.value(t.Elem(), "", section)}
	case reflect.Bool:
		return shape{"type": "boolean"}
	case reflect.String:
		return plain(section)
	case reflect.Float32, reflect.Float64:
		return within("number", limits)
	default:
		return within("integer", limits)
	}
}

// within is a number of a range "from..to"; an empty range allows all.
func within(kind, limits string) shape {
	s := shape{"type": kind}
	from, to, _ := strings.Cut(limits, "..")
	if low, err := strconv.ParseFloat(from, 64); err == nil {
		s["minimum"] = low
	}
	if high, err := strconv.ParseFloat(to, 64); err == nil {
		s["maximum"] = high
	}
	return s
}

// check is the shape of a standalone check: the keys of all checks, and those of its kind.
func (b *schemaBuilder) check(section string) shape {
	common, required := shape{}, []string{"kind"}
	b.keys(reflect.TypeFor[CheckConfig](), section, common, &required)
	names := b.kinds.Names()
	common["kind"] = shape{"enum": names, "description": "the kind of the check"}
	var kinds []shape
	for _, name := range names {
		options, ok := b.kinds.New(name)
		if !ok {
			continue
		}
		properties := shape{}
		for key := range common {
			properties[key] = true // described in one place, below
		}
		mine := []string{}
		b.optionKeys(reflect.TypeOf(options).Elem(), func(reflect.StructField) bool { return false }, func(f reflect.StructField, tag string) {
			properties[tag] = b.key(f, section+" "+name, tag, &mine)
		})
		kinds = append(kinds, shape{
			"if":   shape{"properties": shape{"kind": shape{"const": name}}, "required": []string{"kind"}},
			"then": tableOf(properties, mine),
		})
	}
	s := tableOf(common, required)
	delete(s, "additionalProperties")
	s["allOf"] = kinds
	return s
}

// sorted is a list without what is in it twice.
func sorted[T cmp.Ordered](list []T) []T {
	slices.Sort(list)
	return slices.Compact(list)
}
