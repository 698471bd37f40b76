//go:build integration

package integration_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"opsbot/bot"
	"opsbot/sandbox/browser"
)

// wholeLabels checks that no button of the conversation needs a second line: Telegram has none, and cuts the label.
func wholeLabels(tab *browser.Tab) []string {
	return browser.Read[[]string](tab, `[...document.querySelectorAll("#log .row > *")].filter((b) => b.offsetHeight > 40).map((b) => b.innerText)`)
}

// TestBrowserShowsLabelsWhole holds the room for labels against what a browser of 360 px shows in one line, in letters of both languages.
func TestBrowserShowsLabelsWhole(t *testing.T) {
	tab := browser.Open(t, startSandbox(t))
	tab.Do(browser.Visible(`#link[data-state="live"]`))
	phone(tab, "chat")
	tab.Do(browser.Send("/status"))
	tab.Within(spare, said(0, "", "clients"))
	for _, text := range []string{"web1.example-", "Веб-сервер номер ", "🔴 #12 clientA ", "nowhere near ", "обслуживание "} {
		for inRow := 1; inRow <= 4; inRow++ {
			label := sample(text, bot.LabelRoom(inRow))
			row := strings.Repeat(`<button type="button">`+label+`</button>`, inRow)
			tab.Do(browser.See(fmt.Sprintf(`((k) => (k.insertAdjacentHTML("beforeend", %s), true))(document.querySelector("#log .keyboard"))`,
				browser.Literal(`<div class="row">`+row+`</div>`))))
		}
	}
	tab.Shoot("labels")
	if cut := wholeLabels(tab); len(cut) > 0 {
		t.Errorf("labels are cut: %q", cut)
	}
}

// sample repeats a text until it has so many columns.
func sample(text string, columns int) string {
	runes, wide := []rune(strings.Repeat(text, 1+columns/len([]rune(text)))), 0
	for i, r := range runes {
		if wide++; r > 0x1100 || strings.ContainsRune("жшщю", r) {
			wide++
		}
		if wide > columns {
			return string(runes[:i])
		}
	}
	return string(runes)
}

// walk is somebody's way through the chat: what they tapped, and what they typed.
type walk struct {
	*browser.Tab
	t     *testing.T
	taps  int
	typed int
	lines []string
}

// tap presses a button of a message.
func (w *walk) tap(message int, label string) {
	w.t.Helper()
	w.Within(spare, underMessage(message, label))
	w.taps++
}

// reach notes what a goal took, against what it may take.
func (w *walk) reach(goal string, mostTaps int) {
	w.t.Helper()
	w.lines = append(w.lines, fmt.Sprintf("%-28s %d taps, %2d characters", goal, w.taps, w.typed))
	if w.taps > mostTaps {
		w.t.Errorf("%s took %d taps, want %d at most", goal, w.taps, mostTaps)
	}
	w.taps, w.typed = 0, 0
}

// note writes a note in reply to a card. A reply is a swipe on a phone: no tap is counted.
func (w *walk) note(card int, text string) {
	w.t.Helper()
	last := browser.Read[int](w.Tab, `Math.max(...[...document.querySelectorAll("#log .message")].map((m) => +m.dataset.message))`)
	w.Do(browser.Click(fmt.Sprintf(`[data-message="%d"] .reply`, card)), browser.Send(text))
	w.typed += len(text)
	w.Within(spare, said(last+1, ""))
	if browser.Read[bool](w.Tab, all(last+1, "", "Unknown command")+".length > 0") {
		w.t.Error("there are no notes")
	}
	w.reach("a note", 0)
}

// has waits for a message that has a button.
func has(message int, label string) browser.Step {
	return browser.See(fmt.Sprintf(`[...document.querySelectorAll('[data-message="%d"] button')].some((b) => b.textContent === %s)`, message, browser.Literal(label)))
}

// storm is a JavaScript expression about the card of all four hosts of a client, which has buttons: one that it replaced has none.
func storm(of string) string {
	return all(0, "", "web1", "web2", "web3", "web4") + `.filter((m) => [...m.querySelectorAll("button")].some((b) => b.textContent === "Mute…")).` + of
}

// TestBrowserWalksFromAStorm is a stranger at night, on a phone: from a card of many hosts to what they need, counted.
func TestBrowserWalksFromAStorm(t *testing.T) {
	tab := browser.Open(t, startSandbox(t))
	tab.Do(browser.Visible(`#link[data-state="live"]`), browser.Visible(`[data-target="web9"]`))
	tab.Do(browser.See(`[1, 2, 3, 4].every((n) => (document.querySelector(` + "`" + `[data-of="web${n}"][data-set="killed"]` + "`" + `).click(), true))`)) // at once
	phone(tab, "chat")
	w := &walk{Tab: tab, t: t}
	tab.Within(spare, browser.See(storm(`length > 0`)))
	card := browser.Read[int](tab, storm(`map((m) => +m.dataset.message).at(-1)`))
	tab.Shoot("walk-storm")
	if !browser.Read[bool](tab, all(card-1, "", "+74950000000")+".length > 0") {
		t.Error("the card has no phone number")
	}
	w.reach("the phone of the worst client", 0)
	w.tap(card, "Ack")
	tab.Within(spare, browser.See(all(card-1, "", "acknowledged by")+`.length > 0`))
	w.reach("ack", 1)
	w.tap(card, "Logs")
	tab.Within(spare, said(card, "📜"))
	tab.Shoot("walk-logs")
	w.reach("logs of the worst host", 1)
	w.tap(card, "Mute…")
	tab.Within(spare, said(card, "🔇", "for how long"))
	question := browser.Read[int](tab, find(card, "🔇", "for how long"))
	tab.Shoot("walk-mute")
	w.tap(question, "Until 08:00")
	tab.Within(spare, said(question-1, "🔇", "Muted until"))
	tab.Within(spare, has(card, "Unmute"))
	tab.Shoot("walk-muted")
	w.reach("mute until morning", 2)
	w.note(card, "/note cable replaced")
	if cut := wholeLabels(tab); len(cut) > 0 {
		t.Errorf("labels are cut: %q", cut)
	}
	t.Log("\n" + strings.Join(w.lines, "\n"))
}

// TestBrowserShowsLists shoots the lists and what they lead to, in both languages.
func TestBrowserShowsLists(t *testing.T) {
	tab := browser.Open(t, startSandbox(t))
	tab.Do(browser.Visible(`#link[data-state="live"]`), browser.Visible(`[data-target="web9"]`))
	for i := range 3 {
		tab.Do(set(fmt.Sprintf("web%d", i+1), "killed"))
	}
	phone(tab, "chat")
	tab.Within(spare, said(0, "", "web1"))
	tab.Do(browser.Send("/mute 2h clientC - move"), said(0, "🔇", "clientC"))
	for _, language := range []string{"en", "ru"} {
		if language == "ru" {
			tab.Do(russian())
			phone(tab, "chat")
			tab.Within(spare, said(0, "", "web1"))
		}
		for _, line := range []string{"/status", "/incidents", "/mutes", "/clients", "/check"} {
			last := browser.Read[int](tab, `Math.max(0, ...[...document.querySelectorAll("#log .message")].map((m) => +m.dataset.message))`)
			tab.Do(browser.Send(line))
			tab.Within(spare, browser.See(fmt.Sprintf(`[...document.querySelectorAll('#log [data-from="bot"]')].some((m) => +m.dataset.message > %d && m.querySelector(".row"))`, last+1)))
			tab.Shoot("lists-" + language + strings.ReplaceAll(line, "/", "-"))
			drill := fmt.Sprintf(`((m) => (m.querySelector(".row button").click(), +m.dataset.message))([...document.querySelectorAll('#log [data-from="bot"]')].find((m) => +m.dataset.message > %d && m.querySelector(".row")))`, last+1)
			answer := browser.Read[int](tab, drill)
			tab.Within(spare, browser.See(fmt.Sprintf(`[...document.querySelectorAll('[data-message="%d"] button')].some((b) => b.textContent.startsWith("‹ "))`, answer)))
			tab.Do(fitsTheLog())
			tab.Shoot("lists-" + language + strings.ReplaceAll(line, "/", "-") + "-row")
		}
		if cut := wholeLabels(tab); len(cut) > 0 {
			t.Errorf("labels are cut: %q", cut)
		}
	}
	tab.Do(chromedp.EmulateViewport(1280, 800))
}
