//go:build integration

package integration_test

import (
	"context"
	"errors"
	"fmt"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"opsbot/app"
	"opsbot/app/doctor"
	"opsbot/app/setup"
	"opsbot/model"
	"opsbot/web"
)

// noBot is a bot that does not run.
type noBot struct{}

func (noBot) Health(context.Context) (web.Health, error) { return web.Health{}, errors.New("nobody") }

func (noBot) Paired(context.Context) ([]model.Chat, error) { return nil, errors.New("nobody") }

// TestIntegrationDoctor examines hosts with a real sshd: one that lets it in, with a key that is not let in, and with a host key that nobody knows; and a
// real mail server with a login, with the right password and with a wrong one.
func TestIntegrationDoctor(t *testing.T) {
	port, dir, _ := sshd(t)
	mail, ca, _ := mailServer(t, "s3cret")
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, "nobody_known", "")
	for _, c := range []struct {
		name, key, hosts, password string
		want                       []string
	}{
		{"all is right", "user_key", "known_hosts", "s3cret", []string{"ok mail.ok", "ok ssh.ok"}},
		{"a key that is not let in", "other_key", "known_hosts", "s3cret", []string{"failure ssh.fails", "ok mail.ok"}},
		{"a host key that nobody knows", "user_key", "nobody_known", "s3cret", []string{"failure ssh.fails", "ok mail.ok"}},
		{"a wrong password", "user_key", "known_hosts", "wrong", []string{"failure mail.fails", "ok ssh.ok"}},
	} {
		config := write(t, t.TempDir(), "opsbot.toml", fmt.Sprintf(`
[ssh]
user = %q
key = %q
known_hosts = %q
port = %s
[[hosts]]
name = "web1"
address = "127.0.0.1"
[[logs]]
name = "syslog"
hosts = ["all"]
files = ["/var/log/syslog"]
[[routes]]
to = ["email:oncall"]
[[email]]
name = "oncall"
smtp = "127.0.0.1:%s"
tls = "starttls"
ca_file = %q
user = "opsbot"
password = %q
from = "ops@example.com"
to = ["oncall@example.com"]
`, me.Username, filepath.Join(dir, c.key), filepath.Join(dir, c.hosts), port, mail, ca, c.password))
		var got []string
		for _, f := range doctor.Examine(t.Context(), doctor.Options{Config: config, Source: app.AskSource, Wait: patience, Bot: func(string) doctor.Bot { return noBot{} }}) {
			if f.Code == "config.errors" {
				_, err := setup.Load(config, nil)
				t.Fatal(err)
			}
			if strings.HasPrefix(f.Code, "ssh.") || strings.HasPrefix(f.Code, "mail.") {
				got = append(got, string(f.Level)+" "+f.Code)
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
