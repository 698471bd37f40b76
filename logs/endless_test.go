package logs_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"opsbot/logs"
	"opsbot/model"
)

// TestACommandEndsWithItsReader: a command started on a host, and its children, end when we are gone.
func TestACommandEndsWithItsReader(t *testing.T) {
	t.Parallel()
	everywhere(t, func(p *place) {
		pids := filepath.Join(p.dir, "pids")
		s := logs.Source{Command: []string{"sh", "-c", `sleep 300 & echo $$ $! >"$0"; wait`, pids}}
		ctx, cancel := context.WithTimeout(p.Context(), 3*time.Second) // time enough to begin on a busy machine
		defer cancel()
		got := p.reader(s).Excerpts(ctx, fleet(), []model.LogQuestion{{Host: "web1"}})
		if len(got) != 1 || got[0].Why.IsZero() {
			t.Errorf("%+v", got)
		}
		text, err := os.ReadFile(pids)
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range strings.Fields(string(text)) {
			pid, err := strconv.Atoi(word)
			if err != nil {
				t.Fatal(err)
			}
			for begun := time.Now(); !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH); runtime.Gosched() {
				if time.Since(begun) > 15*time.Second {
					t.Fatalf("%d of %q goes on", pid, text)
				}
			}
		}
	})
}
