//go:build integration

package page_test

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"

	"opsbot/sandbox"
	"opsbot/sandbox/browser"
)

// TestBrowserPinned: the message that was pinned last is at the top of its topic, as it is now; a tap goes to it; without one there is no bar.
func TestBrowserPinned(t *testing.T) {
	tab, _, b := visit(t)
	bar := func(text string) browser.Step {
		return browser.See(`!document.getElementById("pinned").hidden && document.getElementById("pinned").innerText.includes(` + browser.Literal(text) + `)`)
	}
	none := browser.See(`document.getElementById("pinned").hidden`)
	tab.Do(none)
	first := b.say(sandbox.OpsChat, sandbox.OpsTopic, "🟢 <b>All clear</b>\n3 clients")
	b.call("pinChatMessage", object{"chat_id": sandbox.OpsChat, "message_id": first, "disable_notification": true})
	tab.Do(bar("All clear"))
	for i := range 120 { // more than what the page keeps of a chat's end
		b.say(sandbox.OpsChat, sandbox.OpsTopic, fmt.Sprintf("message %d", i))
	}
	tab.Do(shows("message 119"), bar("All clear"))
	b.edit(sandbox.OpsChat, first, "🔴 <b>1 of 3 clients down</b>\nclientA")
	tab.Do(bar("1 of 3 clients down"), chromedp.EmulateViewport(360, 740), browser.See(`document.documentElement.scrollWidth <= innerWidth`))
	inView := fmt.Sprintf(`((e) => e.top >= 0 && e.bottom <= innerHeight)(document.querySelector('[data-message="%d"]').getBoundingClientRect())`, first)
	if browser.Read[bool](tab, inView) {
		t.Error("the pinned message is in view before the tap: nothing is tried")
	}
	tab.Do(browser.Click("#pinned"), browser.See(inView))
	tab.Shoot("pinned-page")
	tab.Do(browser.Click(`[data-topic="3"]`), none, browser.Click(fmt.Sprintf(`[data-topic="%d"]`, sandbox.OpsTopic)), bar("1 of 3"))
	b.call("unpinChatMessage", object{"chat_id": sandbox.OpsChat, "message_id": first})
	tab.Do(none)
}
