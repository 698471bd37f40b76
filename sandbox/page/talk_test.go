//go:build integration

package page_test

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"opsbot/sandbox"
	"opsbot/sandbox/botapi"
	"opsbot/sandbox/browser"
	"opsbot/sandbox/fleet"
)

func TestBrowserTalk(t *testing.T) {
	tab, s, b := visit(t)
	b.run()
	b.call("setMyCommands", object{"commands": []object{{"command": "status", "description": "what is down"}}})

	tab.Do(browser.Write("/st"), browser.Visible(`#menu [data-command="status"]`))
	tab.Do(chromedp.KeyEvent(kb.ArrowDown), browser.Visible(`#menu [aria-selected="true"]`), chromedp.KeyEvent(kb.Enter))
	tab.Do(browser.See(`document.getElementById("text").value === "/status "`))
	tab.Do(chromedp.KeyEvent(kb.Enter), shows("got /status"))
	tab.Do(browser.See(`document.querySelector("#log .quoted")?.textContent.includes("/status")`))

	card := b.say(sandbox.OpsChat, sandbox.OpsTopic, "<b>web1</b> is down", []string{"Ack"})
	tab.Do(browser.Visible(`#log [data-button="Ack"]`), browser.Click(`#log [data-button="Ack"]`),
		browser.See(`document.getElementById("toasts").textContent === "pressed Ack"`))
	b.edit(sandbox.OpsChat, card, "<b>web1</b> works")
	tab.Do(shows("works"), shows("edited"), browser.See(`!document.querySelector("#log [data-button]")`))

	b.say(sandbox.OpsChat, 3, "over here")
	tab.Do(browser.See(`document.querySelector('[data-topic="3"] .unread')?.textContent === "1"`), browser.Click(`[data-topic="3"]`),
		shows("over here"), browser.See(`!document.querySelector('[data-topic="3"] .unread')`))
	if _, err := s.Bot.Post(botapi.Post{From: sandbox.Viewer, Chat: sandbox.OpsChat, Topic: 3, Text: "<b>plain</b>"}); err != nil {
		t.Fatal(err)
	}
	tab.Do(shows("<b>plain</b>"))
}

func TestBrowserPeopleSeeTheirOwn(t *testing.T) {
	tab, _, b := visit(t)
	b.run()
	b.say(sandbox.OpsChat, sandbox.OpsTopic, "for the team")
	tab.Do(shows("for the team"), browser.Click(`[data-role="stranger"]`),
		browser.See(`document.querySelectorAll("#chats .chat").length === 2`), browser.See(`!document.body.textContent.includes("for the team")`))
	tab.Do(browser.Click(`[data-role="viewer"]`), shows("for the team"), browser.Click(`[data-language="ru"]`),
		browser.See(`document.getElementById("title").textContent === "Дежурные"`), browser.Write("/whoami"), chromedp.KeyEvent(kb.Enter), shows("got /whoami"))
}

func TestBrowserSwitches(t *testing.T) {
	tab, s, _ := visit(t)
	tab.Do(browser.Click(`[data-target="web1"] [data-set="killed"]`), browser.Visible(`[data-target="web1"][data-mode="killed"]`))
	tab.Do(browser.Click(`[data-target="licence"] [data-set="broken"]`), browser.Visible(`[data-target="licence"][data-mode="broken"]`))
	tab.Do(browser.Click(`#away`), browser.Visible(`#away[aria-pressed="true"]`))
	if s.Bot.Plugged() || modeOf(s, "web1") != fleet.Killed || modeOf(s, "licence") != fleet.Broken {
		t.Error("the page shows a wrong state")
	}
	tab.Do(browser.Click(`#heal`), browser.Visible(`[data-target="web1"][data-mode="ok"]`), browser.Visible(`#away[aria-pressed="false"]`))
	if !s.Bot.Plugged() || modeOf(s, "web1") != fleet.OK || modeOf(s, "licence") != fleet.OK {
		t.Error("not everything is healed")
	}
}

func TestBrowserTour(t *testing.T) {
	tab, s, b := visit(t)
	b.run()
	for _, name := range []string{"kill", "heal", "test", "storm", "calm", "mute", "away"} {
		tab.Do(browser.Click(`[data-step="` + name + `"]`))
	}
	tab.Do(shows("/mute 1m clientA"), browser.Visible(`[data-target="web2"][data-mode="killed"]`), browser.Visible(`[data-target="licence"][data-mode="broken"]`))
	if err := s.TelegramBack(); err != nil {
		t.Fatal(err)
	}
	tab.Do(browser.Click(`[data-step="stranger"]`), shows("got /status"), browser.Visible(`[data-role="stranger"][aria-pressed="true"]`))
	tab.Do(browser.Click(`[data-step="end"]`), browser.Visible(`[data-role="admin"][aria-pressed="true"]`), browser.Visible(`[data-target="web2"][data-mode="ok"]`))
}

// TestBrowserHostileMessages sends what a message must never become: a part of the page.
func TestBrowserHostileMessages(t *testing.T) {
	tab, s, b := visit(t)
	for _, text := range []string{
		`<img src=x onerror="document.title='owned'">`, `</div><script>document.title="owned"</script>`, "\u202Eevil \U0001F600 & < > \" '",
	} {
		if _, err := s.Bot.Post(botapi.Post{From: sandbox.Viewer, Chat: sandbox.OpsChat, Topic: sandbox.OpsTopic, Text: text}); err != nil {
			t.Fatal(err)
		}
		tab.Do(browser.See(`[...document.querySelectorAll("#log .text")].at(-1)?.textContent === ` + browser.Literal(text)))
	}
	b.say(sandbox.OpsChat, sandbox.OpsTopic, `<a href="javascript:document.title='owned'">x</a> &lt;script&gt; <a href="https://example.com/?a=1&amp;b=2" onclick="x">link</a> end`)
	tab.Do(shows("<script>"), shows("end"), browser.See(`document.querySelectorAll("#log .text a").length === 1`),
		browser.See(`document.querySelector("#log .text a").href === "https://example.com/?a=1&b=2" && !document.querySelector("#log .text a").onclick`),
		browser.See(`!document.querySelector("#log img, #log script") && !document.title.includes("owned")`))
}

// TestBrowserKeyboardAlone: a switch keeps the focus when it is redrawn.
func TestBrowserKeyboardAlone(t *testing.T) {
	tab, s, _ := visit(t)
	tab.Do(chromedp.Focus(chromedp.CSS(`[data-target="web3"] [data-set="503"]`)), chromedp.KeyEvent(kb.Enter),
		browser.Visible(`[data-target="web3"][data-mode="503"]`),
		browser.See(`document.activeElement.dataset.set === "503" && document.activeElement.dataset.of === "web3"`))
	if got := modeOf(s, "web3"); got != fleet.Sick {
		t.Errorf("web3 is %q", got)
	}
}
