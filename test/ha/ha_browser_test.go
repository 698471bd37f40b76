//go:build integration

package main

import (
	"context"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"opsbot/sandbox"
	"opsbot/sandbox/browser"
)

// TestBrowserKillsTheLeader: what `make run-ha` starts, used as its reader would: the leader is killed on the page, a host breaks meanwhile, and
// its alert comes from the other one; then that one is stopped, and the first leads again.
func TestBrowserKillsTheLeader(t *testing.T) {
	program := filepath.Join(t.TempDir(), "opsbot")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "opsbot/cmd/opsbot").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	ctx, stop := context.WithCancel(t.Context())
	ready, ended := make(chan string, 1), make(chan error, 1)
	go func() {
		ended <- run(ctx, program, sandbox.Options{PageAddr: "127.0.0.1:0", FreePorts: true}, func(url string) { ready <- url })
	}()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	var tab *browser.Tab
	select {
	case url := <-ready:
		tab = browser.Open(t, url)
	case err := <-ended:
		ended <- nil
		t.Fatal(err)
	}
	const (
		slow  = time.Minute
		leads = `(document.querySelector("#leader").textContent.match(/^bot[12] leads/)?.[0] ?? "")`
		card  = `[...document.querySelectorAll('.message[data-pinned="false"]')].some((m) => m.textContent.includes("web1") && m.textContent.includes("🟡 clientA"))`
	)
	tab.Within(slow, browser.See(leads))
	first := browser.Read[string](tab, leads)
	tab.Do(browser.Click("#kill"), browser.Click(`[data-of="web1"][data-set="killed"]`))
	other := leads + ` && ` + leads + ` !== ` + browser.Literal(first)
	tab.Within(slow, browser.See(other), browser.See(card))
	tab.Shoot("ha-killed")
	// One that is stopped before the other is back leads again: it is stopped once more.
	stopped := `(() => { const stop = document.querySelector("#stop"); if (!stop.disabled && Date.now() - (window.pressed ?? 0) > 5000) { window.pressed = Date.now(); stop.click(); } })(), ` +
		leads + ` === ` + browser.Literal(first)
	tab.Within(slow, browser.Click(`[data-of="web1"][data-set="ok"]`), browser.See(stopped))
	tab.Shoot("ha-stopped")
}
