package config

import (
	"encoding"
	"fmt"
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strings"
)

// Shown is a configuration without its secrets, for somebody else to read: its keys as in the files, and only these. Secrets are replaced by
// their kind, whatever their values; queries of addresses are left out, since keys are often there. secrets are the values that were left out,
// the longest first, so that they can be found elsewhere.
func (c *Config) Shown() (tree any, secrets []string) {
	w := &shower{}
	tree = w.value(reflect.ValueOf(c))
	slices.SortFunc(w.secrets, func(a, b string) int { return len(b) - len(a) })
	return tree, slices.Compact(w.secrets)
}

// shower walks a configuration.
type shower struct{ secrets []string }

func (w *shower) keep(secret string) {
	if secret != "" {
		w.secrets = append(w.secrets, secret)
	}
}

// value is what is shown of a value; nil: nothing.
func (w *shower) value(v reflect.Value) any {
	switch v.Kind() { //nolint:exhaustive // the rest is shown as it is
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil
		}
		return w.value(v.Elem())
	}
	switch is := v.Interface().(type) {
	case Secret:
		w.keep(is.Reveal())
		return is.String()
	case URL:
		return w.address(is)
	case encoding.TextMarshaler:
		return w.text(is)
	case fmt.Stringer:
		return w.clean(is.String())
	}
	if v.CanAddr() {
		if is, ok := v.Addr().Interface().(encoding.TextMarshaler); ok {
			return w.text(is)
		}
	}
	return w.composed(v)
}

// composed is what is shown of a value with parts.
func (w *shower) composed(v reflect.Value) any {
	switch v.Kind() { //nolint:exhaustive // functions and channels are no configuration
	case reflect.Struct:
		return w.table(v)
	case reflect.Map:
		out := map[string]any{}
		for it := v.MapRange(); it.Next(); {
			out[fmt.Sprint(it.Key().Interface())] = w.value(it.Value())
		}
		return out
	case reflect.Slice, reflect.Array:
		out := make([]any, v.Len())
		for i := range out {
			out[i] = w.value(v.Index(i))
		}
		return out
	case reflect.String:
		return w.clean(v.String())
	case reflect.Func, reflect.Chan, reflect.UnsafePointer:
		return nil
	default:
		return v.Interface()
	}
}

// table shows the keys of a section: fields that a file can set, and those of what is embedded. The rest was made of them.
func (w *shower) table(v reflect.Value) map[string]any {
	out := map[string]any{}
	for i := range v.NumField() {
		f := v.Type().Field(i)
		key, _, _ := strings.Cut(f.Tag.Get("toml"), ",")
		switch {
		case f.Anonymous && key == "" && f.Type.Kind() == reflect.Struct:
			maps.Copy(out, w.table(v.Field(i)))
		case !f.IsExported():
		case f.Type == reflect.TypeFor[*Feed]():
			if feed, ok := v.Field(i).Interface().(*Feed); ok && feed != nil {
				w.address(feed.URL) // what a person reads of the whole is not theirs either: its path may be the secret
				w.keep(feed.URL.Reveal())
				out["ics"] = hidden
			}
		case f.Name == optionsField && f.Type.Kind() == reflect.Interface: // of a check, by its kind: they are keys of the same table
			if inner, ok := w.value(v.Field(i)).(map[string]any); ok {
				maps.Copy(out, inner)
			}
		case key != "" && key != "-":
			out[key] = w.value(v.Field(i))
		}
	}
	return out
}

// optionsField is the field of CheckConfig with the options of its kind.
const optionsField = "Options"

func (w *shower) text(is encoding.TextMarshaler) any {
	text, err := is.MarshalText()
	if err != nil {
		return nil
	}
	return w.clean(string(text))
}

// address shows an address without user, password and query.
func (w *shower) address(is URL) any {
	parsed, err := url.Parse(is.Reveal())
	if err != nil {
		w.keep(is.Reveal())
		return hidden
	}
	return w.bare(parsed)
}

// clean is a text; of one that is an address, the address without its secrets.
func (w *shower) clean(text string) string {
	if !strings.Contains(text, "://") {
		return text
	}
	parsed, err := url.Parse(text)
	if err != nil || parsed.Host == "" {
		return text
	}
	return w.bare(parsed)
}

func (w *shower) bare(parsed *url.URL) string {
	if parsed.User != nil {
		password, _ := parsed.User.Password()
		w.keep(password)
		w.keep(parsed.User.String())
		parsed.User = url.User("…")
	}
	for _, values := range parsed.Query() {
		for _, v := range values {
			w.keep(v)
		}
	}
	if parsed.RawQuery != "" {
		w.keep(parsed.RawQuery)
		parsed.RawQuery = ""
		return strings.ReplaceAll(parsed.String(), "%E2%80%A6", "…") + "?…"
	}
	return strings.ReplaceAll(parsed.String(), "%E2%80%A6", "…")
}
