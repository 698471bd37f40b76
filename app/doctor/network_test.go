package doctor_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"opsbot/app/doctor"
	"opsbot/sandbox/botapi"
)

// TestExamineWhoElseTakesTheUpdates: another program has set a webhook, and a group does not answer for now.
func TestExamineWhoElseTakesTheUpdates(t *testing.T) {
	p := newPatient(t)
	hook := p.world.Bot.URL() + "/bot" + p.world.Bot.Token() + "/setWebhook"
	answer, err := http.PostForm(hook, url.Values{"url": {"https://example.com/hook"}})
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, answer.Body)
	_ = answer.Body.Close()
	p.finds(p.examine(), "failure telegram.webhook")

	p.world.Bot.Break(botapi.Fault{Kind: botapi.FaultServer, Method: "getChatMember", Times: -1})
	p.finds(p.examine(), "failure chats.fails ops")
}

// TestExamineTheClockByTelegram: Telegram says when it answers, and is right.
func TestExamineTheClockByTelegram(t *testing.T) {
	p := newPatient(t)
	target, err := url.Parse(p.world.Bot.URL())
	if err != nil {
		t.Fatal(err)
	}
	for ahead, wrong := range map[time.Duration]bool{20 * time.Second: false, -20 * time.Second: false, -5 * time.Minute: true, 2 * time.Hour: true} {
		proxy := &httputil.ReverseProxy{
			Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) },
			ModifyResponse: func(r *http.Response) error {
				r.Header.Set("Date", time.Now().Add(ahead).UTC().Format(http.TimeFormat))
				return nil
			},
		}
		server := httptest.NewServer(proxy)
		got := p.examine(p.world.Bot.URL(), server.URL)
		server.Close()
		if slices.Contains(got, "failure clock.wrong") != wrong {
			t.Errorf("Telegram's clock is %s ahead:\n%s", ahead, strings.Join(got, "\n"))
		}
	}
}

// TestExamineSlowNames: every check by a name waits for its answer.
func TestExamineSlowNames(t *testing.T) {
	for want, f := range map[string]doctor.Finding{
		"ok dns.ok":         doctor.Answered("a.example", 1900*time.Millisecond, nil),
		"warning dns.slow":  doctor.Answered("a.example", 2100*time.Millisecond, nil),
		"failure dns.fails": doctor.Answered("a.example", 2100*time.Millisecond, net.ErrClosed),
	} {
		if got := string(f.Level) + " " + f.Code; got != want || f.Args["name"] != "a.example" {
			t.Errorf("%+v, want %s", f, want)
		}
	}
}

// TestExamineWithoutAConfiguration: whoever runs it in the wrong folder is not told of errors in a file that is not there.
func TestExamineWithoutAConfiguration(t *testing.T) {
	path := filepath.Join(t.TempDir(), "opsbot.toml")
	all := doctor.Examine(t.Context(), doctor.Options{Config: path})
	if len(all) != 1 || string(all[0].Level)+" "+all[0].Code != "failure config.none" || all[0].Args["file"] != path {
		t.Errorf("%+v", all)
	}
}

// TestEveryFindingIsTried: each code stands in a test that finds it.
func TestEveryFindingIsTried(t *testing.T) {
	tried := "ok ssh.ok" // of a real sshd: test/integration
	for _, name := range []string{"doctor_test.go", "machine_test.go", "network_test.go"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		tried += string(text)
	}
	for _, code := range codesIn(source(t)) {
		if !regexp.MustCompile(`(?:ok|warning|failure|skipped) ` + regexp.QuoteMeta(code) + `\b`).MatchString(tried) {
			t.Errorf("no test finds %s", code)
		}
	}
}
