package config

import (
	"encoding"
	"errors"
	"reflect"
	"strings"

	"opsbot/model"
)

// patterns are the types of text whose grammar is regular, with all of it. Of other types a schema knows only that they are text.
var patterns = map[reflect.Type]string{
	reflect.TypeFor[model.Duration]():  `^\s*(0|([0-9]{1,9}\s*([wW]|[dD]|[hH]|[mM][sS]?|[sS])\s*)+)\s*$`,
	reflect.TypeFor[model.MinUp]():     `^\+?0*([1-9][0-9]*|([1-9][0-9]?|100)%)$`,
	reflect.TypeFor[model.Limit]():     `^\s*\+?0*[1-9][0-9]*\s*(\sof\s+\+?[0-9]+\s*)?$`,
	reflect.TypeFor[model.CodeRange](): `^\+?[1-5][0-9][0-9](-\+?[1-5][0-9][0-9])?$`,
	reflect.TypeFor[Target]():          `^(console|(chat|email|teams|webhook):[\s\S]+)$`,
}

// plain are the keys whose values are text in the structs and a few words for Load, by their section and name.
func plain(key string) shape {
	switch key {
	case "inbound.kind":
		return shape{"enum": sorted(sourceNames())}
	case "inbound.untestable":
		return shape{"enum": []string{string(UntestableNotify), string(UntestableSilent)}}
	case "inbound.hosts_by":
		return shape{"type": "string", "pattern": "^(name|alias|address|label:[\\s\\S]+)$"}
	case "inventory.kind":
		return shape{"enum": []string{defaultInventory}}
	case "clients.report_language":
		return textShape(reflect.TypeFor[Language]())
	default:
		return shape{"type": "string"}
	}
}

// text is the shape of a type with UnmarshalText, found out by asking it: the words that it allows, or whether whole numbers may be written
// without quotes.
func (b *schemaBuilder) text(t reflect.Type) shape {
	name := t.Name()
	if _, known := b.definitions[name]; !known {
		b.definitions[name] = textShape(t)
	}
	return shape{"$ref": "#/definitions/" + name}
}

func textShape(t reflect.Type) shape {
	if words := wordsOf(t); len(words) > 0 {
		return shape{"enum": words}
	}
	s := shape{"type": "string"}
	if takesNumbers(t) {
		s["type"] = []string{"string", "integer"}
	}
	if pattern := patterns[t]; pattern != "" {
		s["pattern"] = pattern
	}
	return s
}

// wordsOf are the words that a type allows, by its own error; none if it allows more than a few words.
func wordsOf(t reflect.Type) []string {
	err := unmarshal(t, "\x00")
	e, ok := errors.AsType[*model.ValueError](err)
	if !ok || e.What.Args["allowed"] == "" {
		return nil
	}
	return sorted(strings.Split(e.What.Args["allowed"], ", "))
}

// takesNumbers reports whether a number can be a value: small, as a length of time, or as a status.
func takesNumbers(t reflect.Type) bool {
	return unmarshal(t, "0") == nil || unmarshal(t, "5") == nil || unmarshal(t, "200") == nil
}

func unmarshal(t reflect.Type, text string) error {
	dst, ok := reflect.New(t).Interface().(encoding.TextUnmarshaler)
	if !ok {
		return errors.New("no text")
	}
	return dst.UnmarshalText([]byte(text))
}
