package store

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// TestManyRowsAreOneStatement: by columns or by rows, the statement has every value once and in its place, and the server can take all text.
func TestManyRowsAreOneStatement(t *testing.T) {
	values := map[string]*rapid.Generator[any]{
		"text[]": rapid.Custom(func(r *rapid.T) any {
			return rapid.SampledFrom([]string{"", "a", "\x00b", "\xff", `"{},\`, "я"}).Draw(r, "text")
		}),
		"bigint[]": rapid.Custom(func(r *rapid.T) any { return rapid.Int64().Draw(r, "number") }),
		"int":      rapid.Custom(func(r *rapid.T) any { return rapid.IntRange(-1, 1).Draw(r, "flag") }),
		"bytea":    rapid.Just[any]([]byte{0, 255}),
		"null":     rapid.Just[any](nil),
	}
	rapid.Check(t, func(r *rapid.T) {
		kinds := rapid.SliceOfN(rapid.SampledFrom([]string{"text[]", "bigint[]", "int", "text[]", "bigint[]", "bytea", "null"}), 1, 5).Draw(r, "columns")
		rows := rapid.IntRange(1, 5).Draw(r, "rows")
		var args []any
		for range rows {
			for _, kind := range kinds {
				args = append(args, values[kind].Draw(r, kind))
			}
		}
		in := &insertion{into: "INSERT INTO x (y)", columns: len(kinds), rest: "ON CONFLICT DO NOTHING"}
		s := (&postgresServer{}).many(in, args)
		odd := slices.Contains(kinds, "bytea") || slices.Contains(kinds, "null")
		if odd != strings.Contains(s.query, " VALUES ") || !strings.HasPrefix(s.query, in.into+" ") || !strings.HasSuffix(s.query, " "+in.rest) {
			r.Fatalf("%v: %s", kinds, s.query)
		}
		if odd {
			if !slices.EqualFunc(s.args, args, func(a, b any) bool { return fmt.Sprint(a) == fmt.Sprint(b) }) {
				r.Fatalf("%v, want %v", s.args, args)
			}
			return
		}
		for column, kind := range kinds {
			if kind == "int" {
				kind = "bigint[]"
			}
			if !strings.Contains(s.query, fmt.Sprintf("$%d::%s", column+1, kind)) {
				r.Fatalf("column %d of %v: %s", column, kinds, s.query)
			}
			for row := range rows {
				if got, want := valueAt(s.args[column], row), fmt.Sprint(args[row*len(kinds)+column]); got != want {
					r.Fatalf("row %d, column %d: %q, want %q", row, column, got, want)
				}
			}
		}
		for _, arg := range (&postgresServer{}).storable(s.args) {
			if texts, is := arg.([]string); is && !utf8.ValidString(strings.Join(texts, "")) || strings.Contains(fmt.Sprint(arg), "\x00") {
				r.Fatalf("not storable: %q", arg)
			}
		}
	})
}

func valueAt(array any, row int) string {
	switch all := array.(type) {
	case []string:
		return all[row]
	case []int64:
		return fmt.Sprint(all[row])
	default:
		return fmt.Sprintf("no array: %T", array)
	}
}
