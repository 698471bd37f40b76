package store

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// storable returns arguments of which PostgreSQL takes all text: what is no UTF-8, and the zero byte, which it refuses, become U+FFFD.
// It holds for what is stored and for what is looked for, so that one finds the other.
func (s *postgresServer) storable(args []any) []any {
	var all []any
	for i, arg := range args {
		text, ok := arg.(string)
		if !ok || utf8.ValidString(text) && !strings.Contains(text, "\x00") {
			continue
		}
		if all == nil {
			all = slices.Clone(args)
		}
		all[i] = strings.ReplaceAll(strings.ToValidUTF8(text, "\ufffd"), "\x00", "\ufffd")
	}
	if all == nil {
		return args
	}
	return all
}
