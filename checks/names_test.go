package checks_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"opsbot/checks"
)

var (
	errNoName  = &net.DNSError{Err: "no such host", IsNotFound: true}
	errServFal = &net.DNSError{Err: "server misbehaving", IsTemporary: true}
)

// TestNamesRemember goes through the possible answers of a name server in sequence, by a clock of its own.
func TestNamesRemember(t *testing.T) {
	type step struct {
		after time.Duration
		says  error // of the name server, if it is queried; nil: it answers "address N", N rising
		want  string
		err   error
	}
	for name, steps := range map[string][]step{
		"within a minute nobody asks again":        {{0, nil, "1", nil}, {59 * time.Second, errNoName, "1", nil}, {time.Second, nil, "2", nil}},
		"a name that is not there is tried again":  {{0, errNoName, "", errNoName}, {4 * time.Second, nil, "", errNoName}, {time.Second, nil, "1", nil}},
		"a name that went is gone":                 {{0, nil, "1", nil}, {time.Minute, errNoName, "", errNoName}, {5 * time.Second, errServFal, "", errServFal}},
		"a server that fails at first is an error": {{0, errServFal, "", errServFal}, {5 * time.Second, nil, "1", nil}},
		"a server that fails later is bridged":     {{0, nil, "1", nil}, {time.Minute, errServFal, "1", nil}, {9 * time.Minute, errServFal, "1", nil}, {5 * time.Second, errServFal, "", errServFal}},
		"and comes back":                           {{0, nil, "1", nil}, {time.Minute, errServFal, "1", nil}, {5 * time.Second, nil, "2", nil}},
		"long ago is asked for in earnest":         {{0, nil, "1", nil}, {time.Hour, errServFal, "", errServFal}},
	} {
		t.Run(name, func(t *testing.T) {
			now, came, says := time.Unix(0, 0), 0, error(nil)
			names := checks.NewNames(func(context.Context, string) ([]string, error) {
				if says != nil {
					return nil, says
				}
				came++
				return []string{fmt.Sprint(came)}, nil
			}, func() time.Time { return now })
			for i, s := range steps {
				now, says = now.Add(s.after), s.says
				got, err := names.Lookup(t.Context(), "a.test")
				if !errors.Is(err, s.err) || s.err == nil && (err != nil || !slices.Equal(got, []string{s.want})) {
					t.Errorf("step %d: got %v, %v", i, got, err)
				}
			}
		})
	}
}

// TestNamesAskOnceAtATime: a hundred callers want the same name while it is looked up, one of whom has no time.
func TestNamesAskOnceAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int32
		names := checks.NewNames(func(ctx context.Context, _ string) ([]string, error) {
			asked.Add(1)
			select {
			case <-time.After(time.Second):
				return []string{"192.0.2.1"}, nil
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}, time.Now)
		var wg sync.WaitGroup
		hasty, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		wg.Go(func() {
			if _, err := names.Lookup(hasty, "a.test"); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("the hasty one got %v", err)
			}
		})
		synctest.Wait()
		for range 100 {
			wg.Go(func() {
				if got, err := names.Lookup(t.Context(), "a.test"); err != nil || len(got) != 1 {
					t.Errorf("got %v, %v", got, err)
				}
			})
		}
		wg.Wait()
		if n := asked.Load(); n != 2 {
			t.Errorf("the name server was asked %d times, want 2: by the hasty one, and by one for all", n)
		}
	})
}

// TestNamesDoNotWaitForAServerThatHangs has cached addresses: a check must keep its time for its target.
func TestNamesDoNotWaitForAServerThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hangs := false
		names := checks.NewNames(func(ctx context.Context, _ string) ([]string, error) {
			if hangs {
				<-ctx.Done()
				return nil, ctx.Err()
			}
			return []string{"192.0.2.1"}, nil
		}, time.Now)
		lookup := func() ([]string, error) {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			return names.Lookup(ctx, "a.test")
		}
		if _, err := lookup(); err != nil {
			t.Fatal(err)
		}
		hangs = true
		time.Sleep(2 * time.Minute) //nolint:forbidigo // of the bubble's clock
		for i, most := range []time.Duration{time.Second, 0} {
			begun := time.Now()
			if got, err := lookup(); err != nil || len(got) != 1 || time.Since(begun) > most {
				t.Errorf("look %d: got %v, %v after %v", i, got, err, time.Since(begun))
			}
		}
	})
}

// TestNamesAreBounded queries more names than are cached.
func TestNamesAreBounded(t *testing.T) {
	names := checks.NewNames(func(context.Context, string) ([]string, error) { return []string{"192.0.2.1"}, nil }, time.Now)
	for i := range 100_000 {
		if _, err := names.Lookup(t.Context(), fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
	}
	if n := names.Len(); n == 0 || n > 32_768 {
		t.Errorf("%d names are remembered", n)
	}
}
