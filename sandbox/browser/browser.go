//go:build integration

// Package browser is a real Chromium for tests: a tab that shows a page, and a visitor's actions in it.
//
// It knows the page only by the tests' selectors.
package browser

import (
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

const (
	shotsEnv = "OPSBOT_SHOTS" // names a directory for screenshots, for people to look at
	lifetime = 10 * time.Minute
	patience = 10 * time.Second // for one step
	interval = 50 * time.Millisecond
)

// Step is an action in a tab, or a wait.
type Step = chromedp.Action[chromedp.Void]

// Tab is a tab of a Chromium of its own. It ends with its test, or after 10 minutes. It is for one goroutine.
type Tab struct {
	t   testing.TB
	ctx context.Context //nolint:containedctx // chromedp keeps the tab in it
}

// Open starts Chromium with a new profile, in English, and loads a page of 1280 by 800.
func Open(t testing.TB, url string) *Tab {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.Flag("headless", "new"), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-quic", true), chromedp.Flag("lang", "en"),
		chromedp.WindowSize(1280, 800),
	)
	ctx, stop := context.WithTimeout(t.Context(), lifetime)
	t.Cleanup(stop)
	ctx, stopAllocator := chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(stopAllocator)
	ctx, stopBrowser := chromedp.NewContext(ctx)
	t.Cleanup(stopBrowser)
	if err := chromedp.Do(ctx, chromedp.Navigate(url)); err != nil { // without a limit: it starts the browser
		t.Fatal(err)
	}
	return &Tab{t: t, ctx: ctx}
}

// Do runs steps, each within 10 s.
func (tab *Tab) Do(steps ...Step) {
	tab.t.Helper()
	tab.Within(patience, steps...)
}

// Within runs steps, each within d. A step that does not end in time fails the test, says what the page shows, and leaves a screenshot.
func (tab *Tab) Within(d time.Duration, steps ...Step) {
	tab.t.Helper()
	for _, step := range steps {
		ctx, stop := context.WithTimeout(tab.ctx, d)
		err := chromedp.Do(ctx, step)
		stop()
		if err != nil {
			tab.Shoot(tab.t.Name() + "-failed")
			tab.t.Fatalf("within %s: %v\nThe page shows:\n%s", d, err, tab.shows())
		}
	}
}

// shows is the text of the page.
func (tab *Tab) shows() string {
	ctx, stop := context.WithTimeout(tab.ctx, patience)
	defer stop()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.body.innerText`))
	if err != nil {
		return err.Error()
	}
	return text
}

// Read returns the value of a JavaScript expression.
func Read[T any](tab *Tab, expression string) T {
	tab.t.Helper()
	ctx, stop := context.WithTimeout(tab.ctx, patience)
	defer stop()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		tab.t.Fatalf("read %s: %v", expression, err)
	}
	return value
}

// Shoot saves a screenshot as NAME.png in the directory that OPSBOT_SHOTS names, if set.
func (tab *Tab) Shoot(name string) {
	tab.t.Helper()
	dir := os.Getenv(shotsEnv)
	if dir == "" {
		return
	}
	shot, err := chromedp.Run(tab.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		tab.t.Log(err)
		return
	}
	if err := os.WriteFile(filepath.Join(dir, filepath.Base(name)+".png"), shot, 0o600); err != nil {
		tab.t.Log(err)
	}
}

// Picture returns a picture of the element of a selector, as PNG in 256 colours: it is small enough for a document.
func (tab *Tab) Picture(selector string) []byte {
	tab.t.Helper()
	ctx, stop := context.WithTimeout(tab.ctx, patience)
	defer stop()
	raw, err := chromedp.Run(ctx, chromedp.Screenshot(chromedp.CSS(selector)))
	var picture []byte
	if err == nil {
		picture, err = fewColours(raw)
	}
	if err != nil {
		tab.t.Fatalf("picture of %s: %v", selector, err)
	}
	return picture
}

// fewColours is a picture in the 256 colours that it has most of.
func fewColours(raw []byte) ([]byte, error) {
	whole, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	seen := map[color.Color]int{}
	for y := whole.Bounds().Min.Y; y < whole.Bounds().Max.Y; y++ {
		for x := whole.Bounds().Min.X; x < whole.Bounds().Max.X; x++ {
			seen[whole.At(x, y)]++
		}
	}
	most := slices.SortedFunc(maps.Keys(seen), func(a, b color.Color) int { return seen[b] - seen[a] })
	few := image.NewPaletted(whole.Bounds(), most[:min(len(most), 256)])
	draw.Draw(few, few.Bounds(), whole, whole.Bounds().Min, draw.Src)
	var out bytes.Buffer
	err = (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, few)
	return out.Bytes(), err
}

// See waits until a JavaScript expression is true.
func See(expression string) Step {
	return chromedp.Poll[chromedp.Void](expression, chromedp.WithPollingInterval(interval), chromedp.WithPollingTimeout(0))
}

// Click clicks the element of a selector.
func Click(selector string) Step { return chromedp.Click(chromedp.CSS(selector)) }

// Visible waits until the element of a selector is visible.
func Visible(selector string) Step { return chromedp.WaitVisible(chromedp.CSS(selector)) }

// Write types into the message field of a chat page.
func Write(text string) Step { return chromedp.SendKeys(chromedp.CSS("#text"), text) }

// Send types a message and sends it.
func Send(text string) Step { return Write(text + kb.Enter) }

// Literal is a text as a JavaScript literal, which is its JSON.
func Literal(text string) string {
	out, err := json.Marshal(text)
	if err != nil {
		return `""` // texts can be encoded
	}
	return string(out)
}
