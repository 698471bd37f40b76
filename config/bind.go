package config

import (
	"cmp"
	"encoding"
	"errors"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"opsbot/model"
)

// binder fills structs from nodes by their toml tags, one key at a time, so that every mistake is found.
type binder struct {
	problems model.Problems
	kinds    Kinds
	unjudged []unjudged
}

// fail reports a mistake in a value.
func (b *binder) fail(n *node, what model.Sentence) { b.problems = append(b.problems, n.problem(what)) }

// mistyped reports a value of another type than the wanted one.
func (b *binder) mistyped(n *node, want model.Sentence) {
	b.fail(n, model.Say("config.type", "want", want, "got", typeOf(n)))
}

// table fills a struct. Every key must belong to it.
func (b *binder) table(n *node, dst reflect.Value) { b.tables(n, true, dst) }

// tables fills structs that share a table. Under strict, every key must belong to one of them.
func (b *binder) tables(n *node, strict bool, into ...reflect.Value) {
	fields := map[string]field{}
	for _, dst := range into {
		if d, ok := dst.Addr().Interface().(interface{ setDefaults() }); ok {
			d.setDefaults()
		}
		addFields(fields, dst, n)
	}
	m := b.moreOf(into[0], fields)
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

// field is where a key goes, and the tag `range:"1..65535"` of what it may be.
type field struct {
	dst    reflect.Value
	limits string
}

// addFields collects the fields of a struct and of those embedded in it, and sets those that want their place.
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

// renamed are keys and sections that an earlier version called otherwise.
var renamed = map[string]string{"blindness": "connectivity", "silent_after": "disconnected_after", "rearm": "reset"}

// later says which names belong to versions to come: they are refused by name, never taken in silence.
func later(path string) bool {
	switch path {
	case "sites", "store.dsn":
		return true
	default:
		return false
	}
}

// value fills one value, whatever it is.
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

// text fills a type that reads itself. Whole numbers may be written without quotes.
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
	if d, ok := dst.(*model.Duration); ok && outside(*d, limits, model.ParseDuration) {
		b.fail(n, outOfRange(text, limits))
	}
}

// sentenceOf is what is wrong with a value, as its type says.
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

func (b *binder) inRange(n *node, v int64, limits string) {
	parse := func(s string) (int64, error) { return strconv.ParseInt(s, 10, 64) }
	if outside(v, limits, parse) {
		b.fail(n, outOfRange(v, limits))
	}
}

func (b *binder) inRangeFloat(n *node, v float64, limits string) {
	parse := func(s string) (float64, error) { return strconv.ParseFloat(s, 64) }
	if outside(v, limits, parse) || v != v { // the second is true of NaN alone
		b.fail(n, outOfRange(v, limits))
	}
}

// outside reports whether v lies beyond the limits "from..to". No limits, and ones that do not parse, hold nothing.
func outside[T cmp.Ordered](v T, limits string, parse func(string) (T, error)) bool {
	from, to, ok := strings.Cut(limits, "..")
	if !ok {
		return false
	}
	low, errLow := parse(from)
	high, errHigh := parse(to)
	return errLow == nil && errHigh == nil && (v < low || v > high)
}

// outOfRange says which values are allowed. got is a number or a duration.
func outOfRange(got any, limits string) model.Sentence {
	from, to, _ := strings.Cut(limits, "..")
	return model.Say("config.range", "got", got, "from", from, "to", to)
}

// The types of TOML, in words.
var (
	typeTable  = model.Say("config.type.table")
	typeList   = model.Say("config.type.list")
	typeText   = model.Say("config.type.text")
	typeBool   = model.Say("config.type.bool")
	typeWhole  = model.Say("config.type.whole")
	typeNumber = model.Say("config.type.number")
	typeDate   = model.Say("config.type.date")
)

func typeOf(n *node) model.Sentence {
	switch {
	case n.isTable:
		return typeTable
	case n.isArray:
		return typeList
	}
	switch n.value.(type) {
	case string:
		return typeText
	case int64:
		return typeWhole
	case float64:
		return typeNumber
	case bool:
		return typeBool
	default:
		return typeDate
	}
}

func wantedType(dst reflect.Value) model.Sentence {
	switch {
	case dst.Kind() == reflect.Bool:
		return typeBool
	case dst.CanFloat():
		return typeNumber
	case dst.CanInt():
		return typeWhole
	default: // all that is left in the structs of the configuration
		return typeText
	}
}
