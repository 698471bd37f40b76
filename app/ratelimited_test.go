package app

import (
	"errors"
	"testing"
	"time"

	logtest "github.com/sirupsen/logrus/hooks/test"
)

func TestAnErrorThatGoesOnIsWrittenOnceAMinute(t *testing.T) {
	log, hook := logtest.NewNullLogger()
	now := time.Date(2026, 11, 22, 23, 0, 0, 0, time.UTC)
	p := &rateLimited{log: log, text: "keep what was judged", now: func() time.Time { return now }}
	full, locked := errors.New("full"), errors.New("locked")
	steps := []struct {
		err  error
		wait time.Duration
		want int // lines so far
	}{
		{full, 0, 1}, {full, time.Second, 1}, {locked, time.Second, 2}, {full, time.Second, 3}, {full, 59 * time.Second, 3}, {full, time.Minute, 4},
	}
	for i, s := range steps {
		now = now.Add(s.wait)
		p.write(s.err)
		if got := len(hook.AllEntries()); got != s.want {
			t.Errorf("step %d: %d lines, want %d", i, got, s.want)
		}
	}
}
