package config

import (
	"cmp"
	"reflect"
	"strconv"
	"strings"

	"opsbot/model"
)

func (b *binder) inRange(n *node, v int64, limits string) {
	parse := func(s string) (int64, error) { return strconv.ParseInt(s, 10, 64) }
	if outside(v, limits, parse) {
		b.fail(n, outOfRange(v, limits))
	}
}

func (b *binder) inRangeFloat(n *node, v float64, limits string) {
	parse := func(s string) (float64, error) { return strconv.ParseFloat(s, 64) }
	if outside(v, limits, parse) || v != v { // only NaN differs from itself
		b.fail(n, outOfRange(v, limits))
	}
}

// outside reports whether v is out of the limits "from..to". Limits that are empty or do not parse allow everything.
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
	default: // the structs of the configuration have no other types
		return typeText
	}
}
