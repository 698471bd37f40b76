package cli

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"opsbot/app"
	"opsbot/sandbox"
	"opsbot/sandbox/fleet"
)

// TestSandboxRunsTheExamples goes the way of `opsbot sandbox NAME`: the switches of the page, the console.
func TestSandboxRunsTheExamples(t *testing.T) {
	p := newConsole(t, "en", io.Discard, io.Discard).printer()
	for name, c := range map[string]struct {
		target, mode string
		notified     string
	}{
		"site-monitor": {sandbox.Disk, string(fleet.Full), "disk: disk / "},
		"web-fleet":    {"127.0.77.5", string(fleet.Killed), "127.0.77.5: refuses connections"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out := &buffer{}
			log := logrus.New()
			log.SetOutput(out)
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() {
				ended <- runSandbox(ctx, sandboxOptions{
					p: p, app: app.Options{Stdout: out, Log: log, Version: "test"}, pageAddr: "127.0.0.1:0", example: name,
				})
			}()
			out.await(t, "Open this page:")
			page := regexp.MustCompile(`http://127\S+/`).FindString(out.String())
			body := `{"name":"` + c.target + `","mode":"` + c.mode + `"}`
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, page+"api/targets", bytes.NewBufferString(body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/json")
			resp, err := http.DefaultClient.Do(req)
			if err != nil || resp.Body.Close() != nil || resp.StatusCode != http.StatusNoContent {
				t.Fatalf("%v %+v", err, resp)
			}
			out.await(t, c.notified)
			cancel()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
	}
	if err := runSandbox(t.Context(), sandboxOptions{p: p, app: app.Options{Stdout: &buffer{}}, example: "nowhere"}); err == nil || !strings.Contains(err.Error(), "site-monitor, web-fleet") {
		t.Errorf("an example that there is not: %v", err)
	}
}

// patience bounds each wait: far beyond what a slow machine takes, so that only a real loss meets it.
const patience = 60 * time.Second

// buffer is an output that several goroutines write and a test reads.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// await waits until the output holds a text.
func (b *buffer) await(t *testing.T, text string) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for !strings.Contains(b.String(), text) {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("the output never held %q:\n%s", text, b)
		}
	}
}
