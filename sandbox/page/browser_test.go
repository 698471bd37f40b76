//go:build integration

package page_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"opsbot/sandbox"
)

// shotsEnv names a directory that screenshots are written to, for people to look at.
const shotsEnv = "OPSBOT_SHOTS"

// browser starts Chromium with a profile of its own.
func browser(t *testing.T) context.Context {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.Flag("headless", "new"), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-quic", true), chromedp.Flag("lang", "en"),
		chromedp.WindowSize(1280, 800),
	)
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(stop)
	ctx, stopAllocator := chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(stopAllocator)
	ctx, stopBrowser := chromedp.NewContext(ctx)
	t.Cleanup(stopBrowser)
	return ctx
}

// step is something to do in the browser.
type step = chromedp.Action[chromedp.Void]

// do runs steps in the browser. What is waited for must come within 10 s.
func do(t *testing.T, ctx context.Context, steps ...step) {
	t.Helper()
	for _, one := range steps {
		limited, stop := context.WithTimeout(ctx, 10*time.Second)
		err := chromedp.Do(limited, one)
		stop()
		if err != nil {
			shoot(t, ctx, t.Name()+"-failed")
			t.Fatal(err)
		}
	}
}

// see waits until an expression of JavaScript is true.
func see(expression string) step {
	return chromedp.Poll[chromedp.Void](expression, chromedp.WithPollingInterval(50*time.Millisecond), chromedp.WithPollingTimeout(8*time.Second))
}

func click(selector string) step { return chromedp.Click(chromedp.CSS(selector)) }

func visible(selector string) step { return chromedp.WaitVisible(chromedp.CSS(selector)) }

func shoot(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	dir := os.Getenv(shotsEnv)
	if dir == "" {
		return
	}
	shot, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		t.Log(err)
		return
	}
	if err := os.WriteFile(filepath.Join(dir, filepath.Base(name)+".png"), shot, 0o600); err != nil {
		t.Log(err)
	}
}

// visit opens the page of a new sandbox, once it is live.
func visit(t *testing.T) (context.Context, *sandbox.Sandbox, bot) {
	t.Helper()
	s, b := world(t)
	ctx := browser(t)
	if err := chromedp.Do(ctx, chromedp.Navigate(s.URL())); err != nil { // without a limit: it starts the browser
		t.Fatal(err)
	}
	do(t, ctx, visible(`#link[data-state="live"]`), visible(`[data-target="web9"]`))
	return ctx, s, b
}
