//go:build integration

package integration_test

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"

	"opsbot/sandbox/browser"
)

// TestBrowserShowsAStorm goes through a newcomer's first impact card on a phone: the switch, the card, its end, in both languages.
func TestBrowserShowsAStorm(t *testing.T) {
	tab := browser.Open(t, startSandbox(t))
	tab.Do(browser.Visible(`#link[data-state="live"]`), browser.Visible(`[data-target="icinga"]`))
	phone(tab, "fleet")
	tab.Shoot("storm-fleet-before")
	tab.Do(set("icinga", "storm"), browser.See(first(`[data-target="icinga"] small`)+` === "reports web1, web2, db9"`))
	tab.Shoot("storm-fleet")
	phone(tab, "chat")
	tab.Within(spare, said(0, "🔴", "3 hosts reported by icinga", "clientA", "2 of 4 up, needs 2", "2 down", "db9", "📞 +74950000000"))
	tab.Do(fitsTheLog())
	tab.Shoot("storm-card")
	card := browser.Read[int](tab, find(0, "🔴", "3 hosts reported by icinga"))
	tab.Do(underMessage(card, "Ack"))
	phone(tab, "fleet")
	tab.Within(spare, browser.See(first(`[data-target="icinga"] [data-note="acked"]`)+`.includes("web1, web2, db9")`))
	tab.Shoot("storm-acked")
	tab.Do(chromedp.EmulateViewport(1280, 800))
	tab.Within(spare, said(card-1, "🔴", "acknowledged there", "acknowledged by Anna"), browser.See(`!document.querySelector(".toast")`))
	tab.Shoot("storm-desktop")

	tab.Do(russian())
	phone(tab, "fleet")
	tab.Do(set("prometheus", "storm"))
	tab.Shoot("storm-fleet-ru")
	phone(tab, "chat")
	tab.Within(spare, said(card, "", "prometheus сообщает о 2 хостах", "web7", "web8"))
	tab.Do(fitsTheLog())
	tab.Shoot("storm-card-ru")

	tab.Do(browser.Click(`[data-language="en"]`))
	phone(tab, "fleet")
	tab.Do(set("icinga", "storm"), set("prometheus", "ok")) // a second press ends a storm as OK does
	tab.Do(browser.See(`document.querySelectorAll('.target:not([data-mode="ok"])').length === 0`))
	phone(tab, "chat")
	tab.Within(spare, browser.See(all(card-1, "", "All resolved there", "2 up")+fmt.Sprintf(`.some((m) => +m.dataset.message === %d)`, card)))
	tab.Shoot("storm-over")
}

// underMessage presses a button of a message.
func underMessage(message int, label string) browser.Step {
	return browser.See(fmt.Sprintf(`((b) => b && (b.click(), true))([...document.querySelectorAll('[data-message="%d"] button')].find((b) => b.textContent === %s))`,
		message, browser.Literal(label)))
}

// fitsTheLog checks that no message is wider than the conversation.
func fitsTheLog() browser.Step {
	return browser.See(`document.querySelector("#log").scrollWidth <= document.querySelector("#log").clientWidth && document.documentElement.scrollWidth <= innerWidth`)
}
