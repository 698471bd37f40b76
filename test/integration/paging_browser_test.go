//go:build integration

package integration_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"opsbot/sandbox/browser"
)

// called waits until the last call of somebody's phone is in a state.
func called(person, state string) browser.Step {
	return browser.See(fmt.Sprintf(`document.querySelector('[data-phone-of="%s"]').dataset.call === "%s"`, person, state))
}

// oneLine checks that the top of the page is one line of buttons, all of them to be seen.
func oneLine() browser.Step {
	return browser.See(`document.querySelector(".top").offsetHeight < 56 && [...document.querySelectorAll(".top button")].every((b) => b.getBoundingClientRect().right <= innerWidth && b.scrollWidth <= b.clientWidth + 1)`)
}

// TestBrowserPagesPeople is the step of the tour on a phone, in both languages: whoever is on call sleeps, the next one takes the call, and everybody
// is told. Then what can be asked about on-call duty. Nothing is wider than the screen.
func TestBrowserPagesPeople(t *testing.T) {
	tab := browser.Open(t, startSandbox(t))
	tab.Do(browser.Visible(`#link[data-state="live"]`), browser.Visible(`[data-target="web9"]`))
	phone(tab, "tour")
	tab.Do(oneLine(), step("page"))
	shoot := func(name string) {
		t.Helper()
		tab.Do(fitsTheLog())
		tab.Shoot("paging-" + name)
	}
	tab.Within(spare, said(0, "", "main-db", "paged: Anna"))
	shoot("card")
	alone := browser.Click(`.chat:last-child`)
	tab.Do(alone)
	tab.Within(spare, said(0, "", "Anna, you are paged", "Olga"))
	shoot("dm")
	phone(tab, "fleet")
	tab.Within(spare, called("Anna", "ringing"))
	shoot("rings")
	tab.Within(90*time.Second, called("Olga", "answered"), called("Anna", "missed"))
	shoot("answered")
	phone(tab, "chat")
	tab.Within(spare, said(0, "", "main-db", "acknowledged by Olga"))
	shoot("dm-over")
	ask := func(language string) {
		for _, command := range []string{"/oncall", "/oncall me", "/oncall next", "/report oncall", "/cover"} {
			tab.Do(browser.Send(command))
			tab.Within(spare, mine(command), browser.See(`document.querySelector("#log .message:last-child").dataset.from === "bot"`))
			shoot(language + "-" + command[1:])
		}
	}
	ask("en")
	tab.Do(browser.Click(`[data-language="ru"]`), oneLine())
	ask("ru")
	phone(tab, "fleet")
	shoot("ru-phones")
	tab.Do(chromedp.EmulateViewport(1280, 800))
	shoot("desktop")
}
