package config

import (
	"encoding"
	"errors"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"opsbot/model"
)

// binder fills structs from nodes by their toml tags, one key at a time, so that it finds every mistake.
type binder struct {
	problems model.Problems
	kinds    Kinds
	pending  []pendingOptions
	secrets  []model.Place // of the values that are secrets
}

// fail reports a mistake in a value.
func (b *binder) fail(n *node, what model.Sentence) { b.problems = append(b.problems, n.problem(what)) }

// mistyped reports a value of another type than the wanted one.
func (b *binder) mistyped(n *node, want model.Sentence) {
	b.fail(n, model.Say("config.type", "want", want, "got", typeOf(n)))
}

// table fills a struct. Every key must belong to it.
func (b *binder) table(n *node, dst reflect.Value) { b.tables(n, true, dst) }

// tables fills structs that share a table. With strict, every key must belong to one of them.
func (b *binder) tables(n *node, strict bool, into ...reflect.Value) {
	fields := map[string]field{}
	for _, dst := range into {
		if d, ok := dst.Addr().Interface().(interface{ setDefaults() }); ok {
			d.setDefaults()
		}
		addFields(fields, dst, n)
	}
	m := b.endpointOptionsOf(into[0], fields)
	if !n.isTable {
		b.mistyped(n, typeTable)
		return
	}
	for _, key := range slices.Sorted(maps.Keys(n.keys)) {
		if f, ok := fields[key]; ok {
			b.value(n.keys[key], f.dst, f.limits)
		} else if strict {
			b.unknown(n.keys[key], fields)
		}
	}
	m.keep(n)
}

// field is where a value goes, and its tag `range:"1..65535"`.
type field struct {
	dst    reflect.Value
	limits string
}

// addFields collects the fields of a struct and of the structs embedded in it, and sets fields of type model.Place.
func addFields(fields map[string]field, dst reflect.Value, n *node) {
	for i := range dst.NumField() {
		f := dst.Type().Field(i)
		tag := f.Tag.Get("toml")
		switch {
		case f.Anonymous:
			addFields(fields, dst.Field(i), n)
		case f.Type == reflect.TypeFor[model.Place]():
			dst.Field(i).Set(reflect.ValueOf(n.place()))
		case tag != "" && tag != "-":
			fields[tag] = field{dst.Field(i), f.Tag.Get("range")}
		}
	}
}

func (b *binder) unknown(n *node, fields map[string]field) {
	place := n.place()
	place.Path = n.owner
	b.problems = append(b.problems, place.Problem(unknownKey(n, fields)))
}

// unknownKey says what to write in place of a key that no field has.
func unknownKey(n *node, fields map[string]field) model.Sentence {
	if later(strings.TrimPrefix(n.owner+"."+n.key, ".")) {
		return model.Say("config.later", "key", n.key)
	}
	if now, ok := renamed[n.key]; ok {
		if _, here := fields[now]; here {
			return model.Say("config.renamed", "key", n.key, "now", now)
		}
	}
	what := model.Say("config.unknown.key")
	if n.owner == "" {
		what = model.Say("config.unknown.section")
	}
	known := slices.Sorted(maps.Keys(fields))
	if near := model.Closest(n.key, known, 1); len(near) > 0 {
		return model.Say("config.unknown.near", "what", what, "got", n.key, "near", near[0])
	}
	return model.Say("config.unknown.allowed", "what", what, "got", n.key, "known", known)
}

// renamed maps keys and sections of earlier versions to their names now.
var renamed = map[string]string{"blindness": "connectivity", "silent_after": "disconnected_after", "rearm": "reset"}

// later reports whether a key belongs to a later version.
func later(path string) bool {
	switch path {
	case "sites":
		return true
	default:
		return false
	}
}

// value fills one value of any type.
func (b *binder) value(n *node, dst reflect.Value, limits string) {
	if dst.Kind() == reflect.Pointer {
		dst.Set(reflect.New(dst.Type().Elem()))
		b.value(n, dst.Elem(), limits)
		return
	}
	switch v := dst.Addr().Interface().(type) {
	case encoding.TextUnmarshaler:
		b.text(n, v, limits)
		return
	case *CheckConfig:
		b.check(n, v)
		return
	}
	switch dst.Kind() {
	case reflect.Struct:
		b.table(n, dst)
	case reflect.Slice:
		b.list(n, dst)
	case reflect.Map:
		b.dictionary(n, dst)
	default:
		b.scalar(n, dst, limits)
	}
}

func (b *binder) list(n *node, dst reflect.Value) {
	if !n.isArray {
		b.mistyped(n, typeList)
		return
	}
	dst.Set(reflect.MakeSlice(dst.Type(), len(n.items), len(n.items)))
	for i, item := range n.items {
		b.value(item, dst.Index(i), "")
	}
}

func (b *binder) dictionary(n *node, dst reflect.Value) {
	if !n.isTable {
		b.mistyped(n, typeTable)
		return
	}
	dst.Set(reflect.MakeMapWithSize(dst.Type(), len(n.keys)))
	for _, key := range slices.Sorted(maps.Keys(n.keys)) {
		v := reflect.New(dst.Type().Elem()).Elem()
		b.value(n.keys[key], v, "")
		dst.SetMapIndex(reflect.ValueOf(key), v)
	}
}

// text fills a type with UnmarshalText. Whole numbers may be written without quotes.
func (b *binder) text(n *node, dst encoding.TextUnmarshaler, limits string) {
	var text string
	switch v := n.value.(type) {
	case string:
		text = v
	case int64:
		text = strconv.FormatInt(v, 10)
	default:
		b.mistyped(n, typeText)
		return
	}
	if err := dst.UnmarshalText([]byte(text)); err != nil {
		b.fail(n, sentenceOf(err))
		return
	}
	if _, secret := dst.(*Secret); secret && text != "" {
		b.secrets = append(b.secrets, n.place())
	}
	if d, ok := dst.(*model.Duration); ok && outside(*d, limits, model.ParseDuration) {
		b.fail(n, outOfRange(text, limits))
	}
}

// sentenceOf is what UnmarshalText of a value returned, for people.
func sentenceOf(err error) model.Sentence {
	if v, ok := errors.AsType[*model.ValueError](err); ok {
		return v.What
	}
	return model.Say("config.said", "said", err)
}

func (b *binder) scalar(n *node, dst reflect.Value, limits string) {
	switch v := n.value.(type) {
	case string:
		if dst.Kind() == reflect.String {
			dst.SetString(v)
			return
		}
	case bool:
		if dst.Kind() == reflect.Bool {
			dst.SetBool(v)
			return
		}
	case int64:
		if dst.CanInt() && !dst.OverflowInt(v) {
			dst.SetInt(v)
			b.inRange(n, v, limits)
			return
		}
		if dst.CanFloat() {
			dst.SetFloat(float64(v))
			b.inRangeFloat(n, float64(v), limits)
			return
		}
	case float64:
		if dst.CanFloat() {
			dst.SetFloat(v)
			b.inRangeFloat(n, v, limits)
			return
		}
	}
	b.mistyped(n, wantedType(dst))
}
