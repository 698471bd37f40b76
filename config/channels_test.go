package config_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"opsbot/config"
	"opsbot/model"
)

const channelsFile = `[[email]]
name = "oncall"
smtp = "smtp.example.com:587"
from = "opsbot <ops@example.com>"
to = ["On call <oncall@example.com>"]
user = "opsbot"
password_file = "password"
[[teams]]
name = "main"
url_file = "url"
[[webhook]]
name = "cmdb"
url = "https://example.com/s3cret"
secret = "s3cret"
headers = { X-Key = "s3cret" }
[alerts]
fallback = ["email:oncall"]
[[routes]]
to = ["teams:main", "webhook:cmdb"]
`

func TestChannels(t *testing.T) {
	path := write(t, map[string]string{"opsbot.toml": channelsFile, "password": " s3cret\n", "url": "https://example.com/?sig=s3cret\n"})
	cfg, err := config.Load(path, options())
	if err != nil {
		t.Fatal(err)
	}
	e := cfg.Email[0]
	if e.Password.Reveal() != "s3cret" || e.TLS != config.MailStartTLS || e.Language != "en" || e.Roots != nil || e.To[0] != "On call <oncall@example.com>" {
		t.Errorf("email = %+v", e)
	}
	if url := cfg.Teams[0].URL.Reveal(); url != "https://example.com/?sig=s3cret" {
		t.Errorf("teams: %s", url)
	}
	if w := cfg.Webhook[0]; w.Secret.Reveal() != "s3cret" || w.Headers["X-Key"].Reveal() != "s3cret" {
		t.Errorf("webhook = %+v", w)
	}
	if to, ok := cfg.Telegram.Destination(cfg.Routes[0].To[1]); !ok || to != (model.Destination{Channel: "webhook:cmdb"}) {
		t.Errorf("destination %v", to)
	}
	if to, ok := cfg.Telegram.Destination(cfg.Alerts.Fallback[0]); !ok || to != (model.Destination{Channel: "email:oncall"}) {
		t.Errorf("fallback %v", to)
	}
	if text := fmt.Sprintf("%v %+v %#v", *cfg, cfg.Webhook, cfg.Teams); strings.Contains(text, "s3cret") {
		t.Errorf("a print shows a secret: %s", text)
	}
}

// TestChannelsThatNothingNames: whoever writes a channel down expects to be told by it.
func TestChannelsThatNothingNames(t *testing.T) {
	path := write(t, map[string]string{"opsbot.toml": "[[teams]]\nname = 'main'\nurl = 'https://example.com/x'\n"})
	_, err := config.Load(path, options())
	if want := `opsbot.toml:1: teams[1] "main": nothing is sent here: name "teams:main" in "to" of a route, in alerts.fallback or in a report`; err == nil || !strings.HasSuffix(inWords(t, "en", err), want) {
		t.Errorf("%v", err)
	}
}

// TestProblemsShowNoSecrets: what is wrong with a file is read by many.
func TestProblemsShowNoSecrets(t *testing.T) {
	goldens, err := filepath.Glob("testdata/channels*.golden")
	if err != nil || len(goldens) != 4 {
		t.Fatal(goldens, err)
	}
	for _, file := range goldens {
		if text, err := os.ReadFile(file); err != nil || strings.Contains(string(text), "s3cret") {
			t.Errorf("%s: %v\n%s", file, err, text)
		}
	}
}
