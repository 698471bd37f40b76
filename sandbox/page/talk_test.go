//go:build integration

package page_test

import (
	"encoding/json"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"opsbot/sandbox"
	"opsbot/sandbox/botapi"
	"opsbot/sandbox/fleet"
)

func write(text string) step { return chromedp.SendKeys(chromedp.CSS("#text"), text) }

// shows waits for a text in the conversation.
func shows(text string) step {
	return see(`document.getElementById("log").textContent.includes(` + literal(text) + `)`)
}

// literal is a text as JavaScript writes it; JSON does.
func literal(text string) string {
	out, err := json.Marshal(text)
	if err != nil {
		return `""` // texts can be written
	}
	return string(out)
}

func TestTalk(t *testing.T) {
	ctx, s, b := visit(t)
	b.run()
	b.call("setMyCommands", object{"commands": []object{{"command": "status", "description": "what is down"}}})

	do(t, ctx, write("/st"), visible(`#menu [data-command="status"]`))
	do(t, ctx, chromedp.KeyEvent(kb.ArrowDown), visible(`#menu [aria-selected="true"]`), chromedp.KeyEvent(kb.Enter))
	do(t, ctx, see(`document.getElementById("text").value === "/status "`))
	do(t, ctx, chromedp.KeyEvent(kb.Enter), shows("got /status"))
	do(t, ctx, see(`document.querySelector("#log .quoted")?.textContent.includes("/status")`))

	card := b.say(sandbox.OpsChat, sandbox.OpsTopic, "<b>web1</b> is down", []string{"Ack"})
	do(t, ctx, visible(`#log [data-button="Ack"]`), click(`#log [data-button="Ack"]`),
		see(`document.getElementById("toasts").textContent === "pressed Ack"`))
	b.edit(sandbox.OpsChat, card, "<b>web1</b> works")
	do(t, ctx, shows("works"), shows("edited"), see(`!document.querySelector("#log [data-button]")`))

	b.say(sandbox.OpsChat, 3, "over here")
	do(t, ctx, see(`document.querySelector('[data-topic="3"] .unread')?.textContent === "1"`), click(`[data-topic="3"]`),
		shows("over here"), see(`!document.querySelector('[data-topic="3"] .unread')`))
	if _, err := s.Bot.Post(botapi.Post{From: sandbox.Viewer, Chat: sandbox.OpsChat, Topic: 3, Text: "<b>plain</b>"}); err != nil {
		t.Fatal(err)
	}
	do(t, ctx, shows("<b>plain</b>"))
}

func TestPeopleSeeTheirOwn(t *testing.T) {
	ctx, _, b := visit(t)
	b.run()
	b.say(sandbox.OpsChat, sandbox.OpsTopic, "for the team")
	do(t, ctx, shows("for the team"), click(`[data-role="stranger"]`),
		see(`document.querySelectorAll("#chats .chat").length === 2`), see(`!document.body.textContent.includes("for the team")`))
	do(t, ctx, click(`[data-role="viewer"]`), shows("for the team"), click(`[data-language="ru"]`),
		see(`document.getElementById("title").textContent === "Дежурные"`), write("/whoami"), chromedp.KeyEvent(kb.Enter), shows("got /whoami"))
}

func TestSwitches(t *testing.T) {
	ctx, s, _ := visit(t)
	do(t, ctx, click(`[data-target="web1"] [data-set="killed"]`), visible(`[data-target="web1"][data-mode="killed"]`))
	do(t, ctx, click(`[data-target="licence"] [data-set="broken"]`), visible(`[data-target="licence"][data-mode="broken"]`))
	do(t, ctx, click(`#away`), visible(`#away[aria-pressed="true"]`))
	if s.Bot.Plugged() || modeOf(s, "web1") != fleet.Killed || modeOf(s, "licence") != fleet.Broken {
		t.Error("the page shows what is not so")
	}
	do(t, ctx, click(`#heal`), visible(`[data-target="web1"][data-mode="ok"]`), visible(`#away[aria-pressed="false"]`))
	if !s.Bot.Plugged() || modeOf(s, "web1") != fleet.OK || modeOf(s, "licence") != fleet.OK {
		t.Error("not everything is healed")
	}
}

func modeOf(s *sandbox.Sandbox, name string) fleet.Mode {
	for _, target := range s.Fleet.State() {
		if target.Name == name {
			return target.Mode
		}
	}
	return ""
}

func TestTour(t *testing.T) {
	ctx, s, b := visit(t)
	b.run()
	for _, name := range []string{"kill", "heal", "test", "mute", "away"} {
		do(t, ctx, click(`[data-step="`+name+`"]`))
	}
	do(t, ctx, shows("/mute 1m clientA"), visible(`[data-target="web2"][data-mode="killed"]`), visible(`[data-target="licence"][data-mode="broken"]`))
	if err := s.TelegramBack(); err != nil {
		t.Fatal(err)
	}
	do(t, ctx, click(`[data-step="stranger"]`), shows("got /status"), visible(`[data-role="stranger"][aria-pressed="true"]`))
	do(t, ctx, click(`[data-step="end"]`), visible(`[data-role="admin"][aria-pressed="true"]`), visible(`[data-target="web2"][data-mode="ok"]`))
}

// TestHostileMessages sends what a message must never become: a part of the page.
func TestHostileMessages(t *testing.T) {
	ctx, s, b := visit(t)
	for _, text := range []string{
		`<img src=x onerror="document.title='owned'">`, `</div><script>document.title="owned"</script>`, "\u202Eevil \U0001F600 & < > \" '",
	} {
		if _, err := s.Bot.Post(botapi.Post{From: sandbox.Viewer, Chat: sandbox.OpsChat, Topic: sandbox.OpsTopic, Text: text}); err != nil {
			t.Fatal(err)
		}
		do(t, ctx, see(`[...document.querySelectorAll("#log .text")].at(-1)?.textContent === `+literal(text)))
	}
	b.say(sandbox.OpsChat, sandbox.OpsTopic, `<a href="javascript:document.title='owned'">x</a> &lt;script&gt; <a href="https://example.com/?a=1&amp;b=2" onclick="x">link</a> end`)
	do(t, ctx, shows("<script>"), shows("end"), see(`document.querySelectorAll("#log .text a").length === 1`),
		see(`document.querySelector("#log .text a").href === "https://example.com/?a=1&b=2" && !document.querySelector("#log .text a").onclick`),
		see(`!document.querySelector("#log img, #log script") && !document.title.includes("owned")`))
}

// TestKeyboardAlone asks that a switch keeps the focus when it is drawn anew.
func TestKeyboardAlone(t *testing.T) {
	ctx, s, _ := visit(t)
	do(t, ctx, chromedp.Focus(chromedp.CSS(`[data-target="web3"] [data-set="503"]`)), chromedp.KeyEvent(kb.Enter),
		visible(`[data-target="web3"][data-mode="503"]`),
		see(`document.activeElement.dataset.set === "503" && document.activeElement.dataset.of === "web3"`))
	if got := modeOf(s, "web3"); got != fleet.Sick {
		t.Errorf("web3 is %q", got)
	}
}
