//go:build integration

package integration_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"

	"opsbot/sandbox/browser"
	"opsbot/test/golden"
)

// TestBrowserPictureOfTheChatPage draws the picture of the READMEs in both languages: the card of a storm at Icinga, beside the fleet. With
// -update it is written to docs and docs/ru.
func TestBrowserPictureOfTheChatPage(t *testing.T) {
	tab := browser.Open(t, startSandbox(t))
	tab.Do(browser.Visible(`#link[data-state="live"]`), chromedp.EmulateViewport(1280, 1020), browser.Visible(`[data-target="icinga"]`), browser.Click(".tour summary"))
	tab.Do(set("icinga", "storm"))
	for _, language := range []struct{ name, folder, reported, pinned string }{
		{"en", "docs", "3 hosts reported by icinga", "at risk"}, {"ru", "docs/ru", "icinga сообщает о 3 хостах", "под угрозой"},
	} {
		if language.name == "ru" {
			tab.Do(russian())
		}
		tab.Within(spare, said(0, "🔴", language.reported, "clientA"), browser.See(first("#pinned")+`?.includes(`+browser.Literal(language.pinned)+`)`))
		tab.Do(fitsTheLog())
		picture := tab.Picture("body")
		if len(picture) > 150_000 {
			t.Errorf("%s: %d bytes", language.name, len(picture))
		}
		if golden.Updating() {
			if err := os.WriteFile(filepath.Join("../..", language.folder, "chat-page.png"), picture, 0o644); err != nil { //nolint:gosec // for all to see
				t.Fatal(err)
			}
		}
		tab.Shoot("chat-page-" + language.name)
	}
}
