package clock

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// TestAnotherGoIsSaid: a Go whose time.Now has changed must not give a program with the real time.
func TestAnotherGoIsSaid(t *testing.T) {
	for _, source := range []string{"", "package time\n\nfunc Now() Time {\n\tsec, nsec, mono := now()\n", read + read} {
		if changed, err := movable(source); err == nil || !strings.Contains(err.Error(), "must be taught") {
			t.Errorf("%q became %q, error %v", source, changed, err)
		}
	}
}

// TestOnlyTheWallClockMoves runs a program that prints, for each line that it reads, its wall clock and what it measured since its start.
func TestOnlyTheWallClockMoves(t *testing.T) {
	program, c := Build(t, "opsbot/test/clock/testdata/show"), New(t)
	cmd := exec.CommandContext(t.Context(), program)
	cmd.Env = append(os.Environ(), c.Env())
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close(); _ = cmd.Wait() }()
	lines := bufio.NewReader(out)
	for _, shift := range []time.Duration{0, -2 * time.Hour, 2 * time.Hour, -1500 * time.Millisecond, 700 * time.Millisecond, 0} {
		c.Set(shift)
		before := time.Now()
		if _, err := io.WriteString(in, "\n"); err != nil {
			t.Fatal(err)
		}
		var wall, measured int64
		if _, err := fmt.Fscanln(lines, &wall, &measured); err != nil {
			t.Fatal(err)
		}
		if at := time.Unix(0, wall).Add(-shift); at.Before(before.Round(0)) || at.After(time.Now().Round(0)) {
			t.Errorf("at %v: the program's clock is at %v", shift, at.Sub(before.Round(0)))
		}
		if got := time.Duration(measured); got < 0 || got > time.Minute {
			t.Errorf("at %v: the program measured %v", shift, got)
		}
	}
}

func TestMovedMovesTheWallPartAlone(t *testing.T) {
	for _, by := range []time.Duration{0, -2 * time.Hour, 2 * time.Hour, -time.Nanosecond, 1999 * time.Millisecond, 400 * 24 * time.Hour} {
		now := time.Now()
		moved := Moved(now, by)
		if d := moved.Round(0).Sub(now.Round(0)); d != by {
			t.Errorf("moved by %v: %v", by, d)
		}
		if d := moved.Add(time.Minute).Sub(now); d != time.Minute {
			t.Errorf("moved by %v: %v later is %v later", by, time.Minute, d)
		}
		if d := Moved(now.Add(time.Hour).Round(0), by).Sub(Moved(now.Round(0), 0)); d != time.Hour {
			t.Errorf("without monotonic parts, moved by %v: an hour later is %v later", by, d)
		}
	}
}
