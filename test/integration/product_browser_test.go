//go:build integration

package integration_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"opsbot/sandbox/browser"
)

const (
	promised = 10 * time.Second // from breaking a host to its card
	muted    = time.Minute      // the length of the test's mute, and the maximum delay of its end
	spare    = 30 * time.Second // for a slow machine
)

// TestBrowserSeesTheProduct is a newcomer's first five minutes: the built program, a real browser, and every promise of
// the README, in one story.
func TestBrowserSeesTheProduct(t *testing.T) {
	tab := browser.Open(t, startSandbox(t))
	tab.Do(browser.Visible(`#link[data-state="live"]`), browser.Visible(`[data-target="web9"]`), record())

	hostDownAndUp(t, tab)
	muteSilencesWarnsAndReports(t, tab)
	tab.Do(chromedp.EmulateViewport(360, 740), browser.See(`document.documentElement.scrollWidth <= innerWidth`))
	tab.Shoot("product-phone")
	tab.Do(chromedp.EmulateViewport(1280, 800))
	strangerGetsNothing(t, tab)
}

// hostDownAndUp breaks a host by its switch, and heals it.
func hostDownAndUp(t *testing.T, tab *browser.Tab) {
	t.Helper()
	tab.Do(set("web1", "killed"))
	tab.Within(promised, said(0, "🟡", "web1", "clientA", "3"))
	tab.Shoot("product-down")
	card := browser.Read[int](tab, find(0, "🟡", "web1"))

	tab.Do(set("web1", "ok"))
	healed := fmt.Sprintf(`[data-message="%d"]:not([data-edits="0"])`, card)
	tab.Within(spare, browser.See(first(healed)+`.startsWith("🟢")`), said(card, "🟢", "web1"))
	tab.Shoot("product-up")
	if n := browser.Read[int](tab, all(0, "")+`.length`); n != 2 {
		t.Errorf("a host that fell and came back made %d messages, not a card and its end", n)
	}
}

// muteSilencesWarnsAndReports mutes a client for a minute, and breaks two of its hosts in that time: nobody is
// notified, and a live test shows what is broken.
func muteSilencesWarnsAndReports(t *testing.T, tab *browser.Tab) {
	t.Helper()
	tab.Do(browser.Send("/mute 1m clientA"), said(0, "🔇", "clientA"))
	mute := browser.Read[int](tab, find(0, "🔇", "clientA"))
	tab.Do(set("web2", "killed"), set("web3", "hang"), browser.Send("/webtest clientA"))
	tab.Within(spare, received("⏳"), said(mute, "", "web2", "web3", "8", "clientA"))
	tab.Shoot("product-webtest")
	result := browser.Read[int](tab, find(mute, "", "web2", "web3"))

	tab.Within(muted+spare, said(result, "⏰", "clientA", "8"))
	warning := browser.Read[int](tab, find(result, "⏰"))
	if n := browser.Read[int](tab, all(mute, "")+`.length`); n != 2 {
		t.Errorf("a mute let %d messages through before its warning, besides the web test", n-2)
	}
	tab.Within(muted+spare, said(warning, "🔔", "clientA", "web2", "web3"))
	tab.Shoot("product-mute-ended")
	report := browser.Read[int](tab, find(warning, "🔔"))
	tab.Do(browser.Click("#heal"))
	tab.Within(spare, said(report, "🟢", "web2"), said(report, "🟢", "web3"))
}

// strangerGetsNothing acts as an unknown user: no answer in a group, one line in private, and nothing is done.
func strangerGetsNothing(t *testing.T, tab *browser.Tab) {
	t.Helper()
	tab.Do(browser.Click(`[data-role="stranger"]`), browser.See(`document.querySelectorAll("#chats .chat").length === 2`))
	group, private := `#chats .chat:first-child`, `#chats .chat:last-child`
	tab.Do(browser.Click(group), browser.See(first("#title")+`!== "opsbot"`), browser.Send("/status"), mine("/status"))
	tab.Do(browser.Click(private), browser.See(first("#title")+`=== "opsbot"`), browser.Send("/start"), said(0, "", "1003"))
	for _, command := range []string{"/status", "/webtest clientA", "/mute 1h clientA"} {
		tab.Do(browser.Send(command), mine(command))
	}

	tab.Do(browser.Click(`[data-role="admin"]`), browser.Visible(`[data-role="admin"][aria-pressed="true"]`))
	tab.Do(browser.See(first("#title") + ` === "Ops" || (document.querySelector("#chats .chat").click(), false)`))
	before := browser.Read[int](tab, `Math.max(...[...document.querySelectorAll("#log .message")].map((m) => +m.dataset.message))`)
	tab.Do(browser.Send("/mutes"), said(before, "", "/mute")) // by now whatever a stranger requested is done, or never
	if browser.Read[bool](tab, find(before, "", "#")+` !== undefined`) {
		t.Error("an unknown user muted something")
	}

	tab.Do(browser.Click(`[data-role="stranger"]`), browser.See(`document.querySelectorAll("#chats .chat").length === 2`))
	for chat, want := range map[string]int{group: 0, private: 1} {
		tab.Do(browser.Click(chat), mine("/status"))
		if n := browser.Read[int](tab, all(0, "")+`.length`); n != want {
			t.Errorf("%s: an unknown user got %d messages, not %d", chat, n, want)
		}
	}
	tab.Shoot("product-stranger")
}

// set changes a switch of the fleet.
func set(target, mode string) browser.Step {
	return browser.Click(fmt.Sprintf(`[data-of=%q][data-set=%q]`, target, mode))
}

// all is a JavaScript expression for the bot's messages after one that begin with a text and contain all parts; but for the pinned one, which says
// in short what the others do.
func all(after int, begin string, parts ...string) string {
	text := `m.querySelector(".text").innerText`
	var b strings.Builder
	fmt.Fprintf(&b, `[...document.querySelectorAll('#log [data-from="bot"]:not([data-pinned="true"])')].filter((m) => +m.dataset.message > %d && %s.startsWith(%s)`,
		after, text, browser.Literal(begin))
	for _, part := range parts {
		fmt.Fprintf(&b, ` && %s.includes(%s)`, text, browser.Literal(part))
	}
	return b.String() + ")"
}

// find is the number of the first of all, or undefined.
func find(after int, begin string, parts ...string) string {
	return all(after, begin, parts...) + `.map((m) => +m.dataset.message)[0]`
}

// said waits for a message of the bot.
func said(after int, begin string, parts ...string) browser.Step {
	return browser.See(all(after, begin, parts...) + `.length > 0`)
}

// mine waits until the visitor's message is in the conversation.
func mine(text string) browser.Step {
	return browser.See(`[...document.querySelectorAll("#log .mine .text")].some((m) => m.innerText === ` + browser.Literal(text) + `)`)
}

// first is the text of the first element of a selector; of a message without its sender and its time.
func first(selector string) string {
	return fmt.Sprintf(`((e) => e ? (e.querySelector(".text") ?? e).innerText : "")(document.querySelector(%s))`, browser.Literal(selector))
}

// record makes the page remember every version of every message, for what is shown only briefly.
func record() browser.Step {
	return browser.See(`(() => {
		window.heard = [];
		new MutationObserver(() => {
			for (const text of document.querySelectorAll("#log .text")) if (!heard.includes(text.innerText)) heard.push(text.innerText);
		}).observe(document.getElementById("log"), { childList: true, subtree: true });
		return true;
	})()`)
}

// received waits until some version of some message began with a text.
func received(begin string) browser.Step {
	return browser.See(`heard.some((text) => text.startsWith(` + browser.Literal(begin) + `))`)
}

// startSandbox builds the program, runs it as a newcomer does, and returns its page. The end of the test ends it as
// Ctrl-C does: in time, with exit code 0, and with nothing left on the disk.
func startSandbox(t *testing.T, example ...string) (url string) {
	t.Helper()
	program, temp := filepath.Join(t.TempDir(), "opsbot"), t.TempDir()
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "opsbot/cmd/opsbot").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	run := exec.Command(program, append([]string{"sandbox", "--page", "127.0.0.1:0"}, example...)...) // no context: it is ended as a person ends it
	run.Env = append(os.Environ(), "TMPDIR="+temp, "OPSBOT_TELEGRAM_TOKEN=")
	run.Stderr = t.Output()
	out, err := run.StdoutPipe()
	if err == nil {
		err = run.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { endSandbox(t, run, out, temp) })
	address := regexp.MustCompile(`http://127\.0\.0\.1:\d+/`)
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if found := address.FindString(lines.Text()); found != "" {
			return found
		}
	}
	t.Fatal("the sandbox ended without an address")
	return ""
}

func endSandbox(t *testing.T, run *exec.Cmd, out io.Reader, temp string) {
	t.Helper()
	tooLate := time.AfterFunc(promised, func() { _ = run.Process.Kill() })
	defer tooLate.Stop()
	if err := run.Process.Signal(syscall.SIGINT); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Error(err)
	}
	_, _ = io.Copy(io.Discard, out) // Wait closes the pipe: read it first
	if err := run.Wait(); err != nil {
		t.Errorf("the end of the sandbox: %v", err)
	}
	left, err := filepath.Glob(filepath.Join(temp, "opsbot-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left in the temporary folder: %v %v", left, err)
	}
}
