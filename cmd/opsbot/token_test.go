package main

import (
	"net/http"
	"strings"
	"testing"
)

// TestTheSandboxWithAToken is `make run` of somebody who has a bot: with the token in the environment the simulated fleet talks through Telegram. It
// prints the code that makes a person the admin, answers them, sends them what breaks. The next start knows them.
func TestTheSandboxWithAToken(t *testing.T) {
	t.Parallel()
	chats, home := newTelegram(t), t.TempDir()
	env := []string{"OPSBOT_TELEGRAM_TOKEN=" + chats.Token(), "HOME=" + home, "XDG_CACHE_HOME=" + home, "TMPDIR=" + home}
	bot := atTerminal(t, home, env, "sandbox", "--page", "127.0.0.1:0", "--api-url", chats.URL())
	page := bot.reads(`http://127\.0\.0\.1:\d+/`)[0]
	code := bot.reads(`/start (\w+)`)[1]
	if m := says(t, chats, "/status"); strings.Contains(m.Text, "clientA") {
		t.Errorf("a stranger is told: %s", m.Text)
	}
	says(t, chats, "/start "+code, "admin")
	says(t, chats, "/status", "3 clients")
	breakOnPage(t, page, "main-db")
	hears(t, chats, 0, "main-db", "is down")
	if code := bot.interrupts(); code != 0 {
		t.Errorf("Ctrl-C: exit code %d\n%s", code, bot.at.Text())
	}
	if strings.Contains(bot.at.Text(), chats.Token()) {
		t.Error("the token is on the screen")
	}

	again := atTerminal(t, home, env, "sandbox", "--page", "127.0.0.1:0", "--api-url", chats.URL())
	again.reads(`http://127\.0\.0\.1:\d+/`)
	says(t, chats, "/history", "main-db")
	if code := again.interrupts(); code != 0 || strings.Contains(again.at.Text(), "/start ") {
		t.Errorf("the second start: exit code %d\n%s", code, again.at.Text())
	}
}

// breakOnPage presses the switch of a target on the page.
func breakOnPage(t *testing.T, page, target string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, page+"api/targets", strings.NewReader(`{"name": "`+target+`", "mode": "killed"}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }() // only its status is read
	if resp.StatusCode != http.StatusNoContent {
		t.Fatalf("the page answers %d", resp.StatusCode)
	}
}
