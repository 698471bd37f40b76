// Command bench measures the whole program as a process of its own: processor time, memory, disk. It prints one table of
// the performance limits ("bars"), and exits with 1 if one is missed.
//
// Absolute figures cannot be compared between machines, ratios can: so each figure is measured together with that of the
// least that Go can do, in the same run. Every measurement is this program again, in another role, so that they do not
// share memory; so are the target servers. It must not know the internals of what it measures.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"text/tabwriter"
)

// role is the environment variable that makes this program one of its own children: "engine 4000 3 127.0.0.1:8080".
const role = "OPSBOT_BENCH_ROLE"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	run := func() error { return bench(ctx, os.Stdout, os.Args[1:]) }
	if words := strings.Fields(os.Getenv(role)); len(words) > 0 {
		run = func() error { return play(ctx, words, os.Stdin, os.Stdout) }
	}
	err := run()
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

var errMissed = errors.New("a bar was missed")

// bench measures all bars, or those with the given numbers, and prints them.
func bench(ctx context.Context, out io.Writer, only []string) error {
	world, err := newWorld(ctx)
	if err != nil {
		return err
	}
	defer world.close()
	return measureAll(out, bars(), only, func(b *bar) ([]row, error) { return b.measure(ctx, world) })
}

// measureAll measures bars and prints what was measured. One that cannot be measured is an error, and does not keep the others back.
func measureAll(out io.Writer, all []bar, only []string, measure func(*bar) ([]row, error)) error {
	var rows []row
	var failed []error
	for i := range all {
		b := &all[i]
		if len(only) > 0 && !slices.ContainsFunc(only, func(asked string) bool { return strings.HasPrefix(b.number, asked) }) {
			continue
		}
		fmt.Fprintf(os.Stderr, "bar %s: %s\n", b.number, b.what)
		measured, err := measure(b)
		if err != nil {
			failed = append(failed, fmt.Errorf("bar %s: %w", b.number, err))
		}
		for _, r := range measured {
			r.number = b.number
			rows = append(rows, r)
		}
	}
	return errors.Join(append(failed, printTable(out, rows))...)
}

// row is one figure with its limit.
type row struct {
	number, what    string
	limit, measured float64
	least           bool   // the limit is a minimum, not a maximum
	unit            string // of figure and limit
	note            string // additional information, such as absolute figures
}

func (r *row) met() bool {
	if r.least {
		return r.measured >= r.limit
	}
	return r.measured <= r.limit
}

// printTable writes the table; the error says that a bar was missed.
func printTable(out io.Writer, rows []row) error {
	var err error
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "bar\twhat\tlimit\tmeasured\tmet\t")
	for i := range rows {
		r := &rows[i]
		sign, met := "<=", "yes"
		if r.least {
			sign = ">="
		}
		if !r.met() {
			met, err = "NO", errMissed
		}
		fmt.Fprintf(w, "%s\t%s\t%s %.4g%s\t%.3g%s\t%s\t%s\n", r.number, r.what, sign, r.limit, r.unit, r.measured, r.unit, met, r.note)
	}
	return errors.Join(err, w.Flush())
}
