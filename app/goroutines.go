package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sirupsen/logrus"
)

// group runs parts and stops them in the reverse order of their start, each only when those after it have ended.
type group struct {
	parent context.Context //nolint:containedctx // lives as long as the group: parts get contexts of their own that outlive it
	log    logrus.FieldLogger
	parts  []*part
	failed chan struct{}
}

type part struct {
	name   string
	cancel context.CancelFunc
	ended  chan struct{}
	err    error // set before ended is closed
}

func newGroup(ctx context.Context, log logrus.FieldLogger) *group {
	return &group{parent: ctx, log: log, failed: make(chan struct{}, 1)}
}

// run starts a part. Its context ends when it is its turn to stop, not when the group's does.
func (g *group) run(name string, f func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(g.parent))
	p := &part{name: name, cancel: cancel, ended: make(chan struct{})}
	g.parts = append(g.parts, p)
	go func() {
		defer close(p.ended)
		err := f(ctx)
		if err == nil || ctx.Err() != nil && errors.Is(err, context.Canceled) {
			return
		}
		p.err = fmt.Errorf("%s: %w", name, err)
		select {
		case g.failed <- struct{}{}:
		default: // one is enough to stop for
		}
	}()
}

// wait waits until the group's context ends, or a part could not go on: stop returns its error then.
func (g *group) wait() {
	select {
	case <-g.parent.Done():
	case <-g.failed:
	}
}

// stop ends all parts, the last started first, within bound. It returns their errors, and an error for each that
// did not end.
func (g *group) stop(bound time.Duration) error {
	deadline := time.NewTimer(bound)
	defer deadline.Stop()
	var errs []error
	late := false
	for _, p := range slices.Backward(g.parts) {
		p.cancel()
		if !late {
			select {
			case <-p.ended:
			case <-deadline.C:
				late = true
			}
		}
		select {
		case <-p.ended:
			errs = append(errs, p.err)
		default:
			errs = append(errs, &lateError{p.name})
		}
	}
	return errors.Join(errs...)
}

// lateError is the error of a part that did not stop in time: it still runs.
type lateError struct{ part string }

func (e *lateError) Error() string { return e.part + " did not stop in time" }
