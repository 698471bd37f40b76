//go:build integration

package integration_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"opsbot/model"
	"opsbot/report"
	"opsbot/sandbox/browser"
	"opsbot/texts"
)

// TestBrowserReadsReports opens every report in a real browser, at the width of a phone and of a mail program, in light and dark mode:
// nothing is wider than the page, nothing is loaded, and every text has enough contrast.
func TestBrowserReadsReports(t *testing.T) {
	pages, err := filepath.Glob("../../report/testdata/*.html")
	if err != nil || len(pages) < 8 {
		t.Fatalf("%d reports, %v", len(pages), err)
	}
	for name, page := range extremes(t) {
		path := filepath.Join(t.TempDir(), name+".html")
		if err := os.WriteFile(path, page, 0o600); err != nil {
			t.Fatal(err)
		}
		pages = append(pages, path)
	}
	tab := browser.Open(t, "about:blank")
	for _, path := range pages {
		whole, err := filepath.Abs(path)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(path), ".html")
		tab.Do(chromedp.Navigate("file://" + whole))
		for _, width := range []int64{360, 800} {
			for _, scheme := range []string{"light", "dark"} {
				tab.Do(
					prefers(scheme), chromedp.EmulateViewport(width, 1800),
				)
				tab.Shoot(fmt.Sprintf("report-%s-%d-%s", name, width, scheme))
				if wide := browser.Read[string](tab, tooWide); wide != "" {
					t.Errorf("%s at %d: wider than the page: %s", name, width, wide)
				}
				if faint := browser.Read[string](tab, tooFaint); faint != "" {
					t.Errorf("%s at %d, %s: hard to read: %s", name, width, scheme, faint)
				}
			}
		}
		if n := browser.Read[int](tab, `performance.getEntriesByType("resource").filter((r) => !r.name.startsWith("data:")).length`); n != 0 {
			t.Errorf("%s fetches %d things", name, n)
		}
	}
}

// prefers sets the preferred "light" or "dark" mode.
func prefers(scheme string) browser.Step {
	return chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		})
		return err
	})
}

// tooWide are the elements beyond the page's edge.
const tooWide = `(() => {
	const over = [...document.body.querySelectorAll("*")].filter((e) => e.getBoundingClientRect().right > innerWidth + 1 || e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0 && getComputedStyle(e).display !== "inline");
	const scrolls = document.documentElement.scrollWidth > innerWidth ? "the page scrolls; " : "";
	return scrolls + over.slice(0, 5).map((e) => e.tagName + " " + e.textContent.slice(0, 40)).join("; ");
})()`

// tooFaint are texts with a contrast below 4.5, by WCAG 2.
const tooFaint = `(() => {
	const rgb = (text) => (text.match(/[\d.]+/g) || [0, 0, 0, 0]).map(Number);
	const light = (c) => { const [r, g, b] = c.map((v) => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
	const dark = matchMedia("(prefers-color-scheme: dark)").matches;
	const behind = (e) => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c.length === 3 || c[3] > 0) return c.slice(0, 3); } return dark ? [18, 18, 18] : [255, 255, 255]; };
	const faint = [...document.body.querySelectorAll("*")].filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim())).filter((e) => {
		const a = light(rgb(getComputedStyle(e).color).slice(0, 3)), b = light(behind(e));
		return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) < 4.5;
	});
	return faint.slice(0, 5).map((e) => e.tagName + " " + e.textContent.slice(0, 40)).join("; ");
})()`

// extremes are reports of maximum size, and one with an image.
func extremes(t *testing.T) map[string][]byte {
	t.Helper()
	catalog, err := texts.Load()
	if err != nil {
		t.Fatal(err)
	}
	w, err := report.New(report.Options{
		Texts: catalog, Zone: func() *time.Location { return time.UTC }, Instance: func() string { return strings.Repeat("i", 64) },
		Chart: func(context.Context, model.Series, string) ([]byte, error) { return picture(t), nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	long := func(what string, i int) string { return fmt.Sprintf("%s%d-%s", what, i, strings.Repeat("ж", 55)) }
	c := model.ClientTest{Client: long("client", 1), Severity: model.SeverityCritical, Verdict: model.VerdictDown}
	for i := range 12 {
		for j := range 9 {
			e := &model.Endpoint{ServiceKey: model.ServiceKey{Client: c.Client, Service: long("service", j)}, Host: long("שרת", i), Address: "[2001:db8::1]:65535"}
			r := model.Result{Status: model.StatusFail, Tries: 10, Reason: model.NewReason(model.ReasonWebNoMatch, "want", strings.Repeat("w", 400), "got", strings.Repeat("g", 400), "took", "10s", "addr", e.Address)}
			c.Rows = append(c.Rows, model.EndpointTest{Endpoint: e, Result: r})
			c.Add(r.Status)
		}
	}
	test := &model.WebTest{
		Selector: model.Selector{Clients: []string{c.Client}}, At: time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC), Tally: c.Tally, Clients: []model.ClientTest{c}, Hosts: 12,
		Logs: []model.LogExcerpt{{Host: long("web", 1), Source: long("log", 1), Matched: 1 << 30, Lines: []string{strings.Repeat("l", 900)}, Groups: []model.LogGroup{{Text: strings.Repeat("t", 900), Count: 1234567}}}},
	}
	all := map[string][]byte{}
	r, err := w.WebTest("ru", test)
	if err != nil {
		t.Fatal(err)
	}
	all["long-webtest"] = r.Parts.Document()
	span := model.Span{From: test.At.Add(-30 * model.Day), To: test.At}
	past := &model.ClientPast{
		Client: model.Client{Name: c.Client}, Span: span, Asked: "30d", Promised: map[string]float64{}, Series: model.Series{Span: span, Points: make([]model.SeriesPoint, 1)},
		Incidents: []model.Incident{{ID: 1, Kind: model.IncidentHost, Host: long("web", 1), OpenedAt: span.From, Acks: []model.Ack{{Name: strings.Repeat("a", 64)}}}},
	}
	for j := range 9 {
		s := model.ServicePast{ServiceKey: model.ServiceKey{Client: c.Client, Service: long("service", j)}, Up: 29 * model.Day, Down: model.Day - time.Second, Latency: model.Latency{P50: 59 * time.Minute, P95: 23 * time.Hour, P99: 30 * model.Day, Max: 30 * model.Day}}
		s.Endpoints = []model.EndpointPast{{Host: long("web", j), Up: s.Up, Down: s.Down, Latency: s.Latency}}
		past.Promised[s.Service] = 99.999
		past.Services = append(past.Services, s)
	}
	if r, err = w.Client(t.Context(), "ru", past); err != nil {
		t.Fatal(err)
	}
	all["long-client"] = r.Parts.Document()
	return all
}

// picture is an image of a chart's size in one colour.
func picture(t *testing.T) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 1440, 600))
	for x := range 1440 {
		for y := range 600 {
			img.Set(x, y, color.RGBA{R: 200, G: 220, B: 240, A: 255})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
