//go:build integration

package integration_test

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"opsbot/sandbox/browser"
)

// pinnedIn is the time in which a pinned message shows a change: the pace of its edits, and a slow machine.
const pinnedIn = 45 * time.Second

// TestBrowserPinnedMessage follows the pinned message of a chat on a phone, in both languages: one message, at the top, which shows what is down and who has it,
// and whose buttons lead further.
func TestBrowserPinnedMessage(t *testing.T) {
	tab := browser.Open(t, startSandbox(t))
	tab.Do(browser.Visible(`#link[data-state="live"]`), chromedp.EmulateViewport(360, 740))
	top := func(words string) browser.Step {
		return browser.See(`!document.getElementById("pinned").hidden && document.getElementById("pinned").innerText.includes(` + browser.Literal(words) + `)`)
	}
	shown := func(words string) browser.Step {
		return browser.See(`document.querySelector('#log [data-pinned="true"]')?.innerText.includes(` + browser.Literal(words) + `)`)
	}
	tab.Within(pinnedIn, top("3 clients"))
	tab.Shoot("pinned-well-en")
	tab.Do(browser.Click(`[data-tab-of="fleet"]`), set("web1", "killed"), set("web2", "killed"), set("web3", "killed"), browser.Click(`[data-tab-of="chat"]`))
	tab.Within(pinnedIn, said(0, "", "clientA"), browser.Click(`[data-button="Ack"]`), shown("✋ Anna"))
	tab.Do(browser.Click("#pinned"), browser.See(`document.documentElement.scrollWidth <= innerWidth`))
	tab.Shoot("pinned-down-en")
	tab.Do(browser.Click(`[data-pinned="true"] [data-button="Incidents"]`), said(0, "", "open incident"))
	if n := browser.Read[int](tab, `document.querySelectorAll('#log [data-pinned="true"]').length`); n != 1 {
		t.Errorf("%d messages are pinned", n)
	}
	tab.Do(browser.Click(`[data-language="ru"]`), browser.See(`document.getElementById("title").textContent === "Дежурные"`))
	tab.Within(pinnedIn, shown("✋ Anna"), shown("Изменено"))
	tab.Do(browser.Click("#pinned"), browser.See(`document.documentElement.scrollWidth <= innerWidth`))
	tab.Shoot("pinned-down-ru")
	tab.Do(browser.Send("/help"), said(0, "", "Действовать"))
	tab.Shoot("help-ru")
	tab.Do(browser.Send("/inform"), said(0, "", "Черновик"))
	tab.Shoot("inform-ru")
	tab.Do(browser.Send("/users"), said(0, "", "Olga"))
	tab.Shoot("users-ru")
}
