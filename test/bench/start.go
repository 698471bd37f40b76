package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// mostStart is how long a start may take, until it is complete.
const mostStart = 2 * time.Second

// mostFirstWritten is how much the round may write that stores the state of each check for the first time, in bytes a check.
const mostFirstWritten = 2 << 10

// roundBound bounds the round after which every check has a stored state.
const roundBound = 3 * time.Minute

// measureStart starts the product with stored states of all checks, after a round that created them.
func measureStart(ctx context.Context, w *world) (rows []row, err error) {
	dir, err := os.MkdirTemp("", "opsbot-bench-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	p := &product{dir: dir}
	if err := p.start(ctx, w.script(manyChecks, 1), "@every 30s"); err != nil {
		return nil, err
	}
	end, err := watch(p.cmd.Process.Pid), p.wholeRound(ctx)
	if err != nil {
		return nil, errors.Join(err, p.stop())
	}
	first, err := end(manyChecks)
	if err = errors.Join(err, p.stop()); err != nil {
		return nil, err
	}
	var took []float64
	for range runs {
		begun := time.Now()
		if err := p.launch(ctx); err != nil {
			return nil, err
		}
		took = append(took, time.Since(begun).Seconds())
		if err := p.stop(); err != nil {
			return nil, err
		}
	}
	return []row{{
		what: fmt.Sprintf("product, %d checks remembered: from its start until all runs", manyChecks), limit: mostStart.Seconds(), measured: median(took), unit: " s",
	}, {
		what: fmt.Sprintf("product, the first round of %d: written to the disk a check", manyChecks), limit: mostFirstWritten, measured: float64(first.Written) / manyChecks, unit: " B",
	}}, nil
}

// wholeRound waits until every check has run once.
func (p *product) wholeRound(ctx context.Context) error { return p.firstRound(ctx, manyChecks) }

// firstRound waits until n checks have run once.
func (p *product) firstRound(ctx context.Context, n int) error {
	for begun := time.Now(); time.Since(begun) < roundBound; {
		done, err := p.results(ctx)
		if err != nil || done >= n {
			return err
		}
		if err := pause(ctx, time.Second); err != nil {
			return err
		}
	}
	return errors.New("the first round did not end")
}
