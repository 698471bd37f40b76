package store

import (
	"context"
	"slices"
	"strconv"
	"strings"
)

// rowsAtOnce bounds the rows of one statement; the engine bounds its arguments.
const rowsAtOnce = 5000

// insertion writes many rows with few statements.
type insertion struct {
	into    string // the statement up to VALUES: "INSERT INTO card (incident, chat)"
	columns int
	key     int    // how many of the first columns tell rows apart; 0: they need not be
	rest    string // ON CONFLICT and what follows
}

// insert writes items in their order. Of two with the same key the second meets what the first has written.
func insert[T any](ctx context.Context, tx *txn, in insertion, items []T, args func(T) ([]any, error)) error {
	w := inserter{in: in, seen: map[string]bool{}}
	for i := range items {
		values, err := args(items[i])
		if err != nil {
			return err
		}
		if key := keyText(values[:in.key]); in.key > 0 && w.seen[key] || w.full(tx.mostArgs()) {
			if err := w.flush(ctx, tx); err != nil {
				return err
			}
		}
		w.add(values)
	}
	return w.flush(ctx, tx)
}

// inserter collects the rows of a statement.
type inserter struct {
	in   insertion
	args []any
	rows int
	seen map[string]bool

	bytes int // of text and bytes
}

func (w *inserter) full(most int) bool {
	return w.rows >= rowsAtOnce || w.rows > 0 && (len(w.args)+w.in.columns > most || w.bytes > mostQueuedBytes)
}

func (w *inserter) add(values []any) {
	w.args = append(w.args, values...)
	w.rows++
	w.bytes += sizeOf(values)
	if w.in.key > 0 {
		w.seen[keyText(values[:w.in.key])] = true
	}
}

func (w *inserter) flush(ctx context.Context, tx *txn) error {
	if w.rows == 0 {
		return nil
	}
	s := tx.many(&w.in, w.args)
	w.args, w.rows, w.bytes = nil, 0, 0
	clear(w.seen)
	return tx.write(ctx, s.query, s.args...)
}

// values is the statement for many rows that every database takes.
func (in *insertion) values(args []any) statement {
	return statement{in.into + " VALUES " + placesOf(len(args)/in.columns, in.columns) + " " + in.rest, args}
}

// sizeOf is how many bytes of text arguments have.
func sizeOf(args []any) (n int) {
	for _, arg := range args {
		switch v := arg.(type) {
		case string:
			n += len(v)
		case []byte:
			n += len(v)
		case []string:
			for _, text := range v {
				n += len(text)
			}
		}
	}
	return n
}

// keyText is a key as a text that no other key has.
func keyText(values []any) string {
	var b strings.Builder
	for _, v := range values {
		switch v := v.(type) {
		case string:
			b.WriteString(strconv.Quote(v))
		case int64:
			b.WriteString(strconv.FormatInt(v, 10))
		case int:
			b.WriteString(strconv.Itoa(v))
		}
		b.WriteByte(' ')
	}
	return b.String()
}

// placesOf are the places of arguments: "($1, $2), ($3, $4)".
func placesOf(rows, columns int) string {
	var b strings.Builder
	for row := range rows {
		if row > 0 {
			b.WriteString(", ")
		}
		b.WriteByte('(')
		for column := range columns {
			if column > 0 {
				b.WriteString(", ")
			}
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(row*columns + column + 1))
		}
		b.WriteByte(')')
	}
	return b.String()
}

// deleteKeys deletes the rows whose column is one of the keys: the statement ends with the column.
func deleteKeys(ctx context.Context, tx *txn, statement string, keys []any) error {
	for some := range slices.Chunk(keys, min(rowsAtOnce, tx.mostArgs())) {
		if err := tx.write(ctx, statement+" IN "+placesOf(1, len(some)), some...); err != nil {
			return err
		}
	}
	return nil
}

// textKeys and numberKeys are keys as arguments of a query.
func textKeys[K ~string](keys []K) []any {
	all := make([]any, len(keys))
	for i, key := range keys {
		all[i] = string(key)
	}
	return all
}

func numberKeys[K ~int64](keys []K) []any {
	all := make([]any, len(keys))
	for i, key := range keys {
		all[i] = int64(key)
	}
	return all
}

// each runs a statement for every item, where no statement is for many.
func each[T any](ctx context.Context, tx *txn, query string, items []T, args func(T) ([]any, error)) error {
	for _, item := range items {
		values, err := args(item)
		if err != nil {
			return err
		}
		if err := tx.write(ctx, query, values...); err != nil {
			return err
		}
	}
	return nil
}
