package store

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// storable returns arguments of which PostgreSQL takes all text: what is no UTF-8, and the zero byte, which it refuses, become U+FFFD.
// It holds for what is stored and for what is looked for, so that one finds the other.
func (s *postgresServer) storable(args []any) []any {
	var all []any
	for i, arg := range args {
		storable, changed := arg, false
		switch v := arg.(type) {
		case string:
			storable, changed = storableText(v)
		case []string:
			storable, changed = storableTexts(v)
		}
		if !changed {
			continue
		}
		if all == nil {
			all = slices.Clone(args)
		}
		all[i] = storable
	}
	if all == nil {
		return args
	}
	return all
}

func storableText(text string) (storable string, changed bool) {
	if utf8.ValidString(text) && !strings.Contains(text, "\x00") {
		return text, false
	}
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\ufffd"), "\x00", "\ufffd"), true
}

func storableTexts(all []string) (storable []string, changed bool) {
	storable = all
	for i, text := range all {
		text, odd := storableText(text)
		if !odd {
			continue
		}
		if !changed {
			storable, changed = slices.Clone(all), true
		}
		storable[i] = text
	}
	return storable, changed
}

// inColumns turns rows of values into one array for each column, and returns the types of the arrays as arguments: "$1::text[], $2::bigint[]".
// Not ok: a column has other values than texts or whole numbers.
func inColumns(args []any, columns int) (arrays []any, types string, ok bool) {
	arrays, words := make([]any, columns), make([]string, columns)
	for column := range columns {
		array, word := arrayOf(args, column, columns)
		if word == "" {
			return nil, "", false
		}
		arrays[column] = array
		words[column] = "$" + strconv.Itoa(column+1) + "::" + word
	}
	return arrays, strings.Join(words, ", "), true
}

// arrayOf is the array of one column, and the name of its type; "" if it has none.
func arrayOf(args []any, column, columns int) (array any, word string) {
	rows := len(args) / columns
	var texts []string
	var numbers []int64
	if _, text := args[column].(string); text {
		texts = make([]string, 0, rows)
	} else {
		numbers = make([]int64, 0, rows)
	}
	for at := column; at < len(args); at += columns {
		switch v := args[at].(type) {
		case string:
			texts = append(texts, v)
		case int64:
			numbers = append(numbers, v)
		case int:
			numbers = append(numbers, int64(v))
		}
	}
	switch rows {
	case len(texts):
		return texts, "text[]"
	case len(numbers):
		return numbers, "bigint[]"
	default:
		return nil, ""
	}
}
