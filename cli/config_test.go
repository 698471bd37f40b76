package cli

import (
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"opsbot/bot"
	"opsbot/model"
	"opsbot/web"
)

// TestConfigCheckNotesWhatIsNotMeant: a note has its place, and is no error.
func TestConfigCheckNotesWhatIsNotMeant(t *testing.T) {
	path := file(t, "opsbot.toml", "[[maintenance]]\nname = \"w\"\nduration = \"1h\"\nschedule = \"0 2 1-7 * sun\"\n")
	for language, want := range map[string]string{"en": "note: " + path + `:1: maintenance[1] "w": schedule "0 2 1-7 * sun"`, "ru": "примечание: " + path + `:1: maintenance[1] "w": schedule`} {
		if code, out, errOut := opsbotRun(t, "--language", language, "config", "check", path); code != ExitOK || !strings.Contains(out, want) {
			t.Errorf("%d: %s%s", code, out, errOut)
		}
	}
}

func TestConfigCheckSaysEveryMistake(t *testing.T) {
	path := file(t, "opsbot.toml", `
[webtest]
shedule = "* * * * *"
timeout = "10 apples"

[[checks]]
name = "main-db"
kind = "tcp"
address = "10.0.0.9"
schedule = "*/90 * * * *"
`)
	code, out, errOut := opsbotRun(t, "config", "check", path)
	if code != ExitProblems || !strings.Contains(errOut, "problems: 4") {
		t.Errorf("%d: %s%s", code, out, errOut)
	}
	for _, want := range []string{":3: ", "shedule", ":4: ", "10 apples", "is not host:port", ":10: ", "minute step 90 is over 59"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in:\n%s", want, out)
		}
	}
}

// TestConfigCheckAsksForPairedChats: that one person alone is notified of what is critical depends on who was paired, which the running
// bot knows. Without one the configuration decides.
func TestConfigCheckAsksForPairedChats(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "o.sock")
	path := file(t, "opsbot.toml", fmt.Sprintf("[control]\nsocket = %q\n[telegram]\ntoken = \"1:x\"\n[[checks]]\nname = \"db\"\nkind = \"tcp\"\naddress = \"10.0.0.1:1\"\n", socket))
	check := func(want bool) {
		t.Helper()
		if code, out, errOut := opsbotRun(t, "config", "check", path); code != ExitOK || strings.Contains(out, "go to one person only") != want {
			t.Errorf("%d: %s%s", code, out, errOut)
		}
	}
	check(false)
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{ReadHeaderTimeout: time.Second, Handler: web.Control(web.ControlDeps{Paired: func() []model.Chat { return []model.Chat{{ID: 7, Name: "7"}} }, Renderer: &bot.Plain{}})}
	go func() { _ = srv.Serve(l) }()
	t.Cleanup(func() { _ = srv.Close() })
	check(true)
}
