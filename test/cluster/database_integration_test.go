//go:build integration

package cluster_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"opsbot/sandbox/botapi"
)

// messages are those of the bot in the group after a moment that hold a text.
func (p *place) messages(after time.Time, text string) (all []botapi.Message) {
	for _, m := range p.chats.Messages(group) {
		if m.FromBot && !m.Date.Before(after) && strings.Contains(m.Text, text) {
			all = append(all, m)
		}
	}
	return all
}

// TestIntegrationDatabaseAway takes the database away for a minute: that is said at once where machines ask, failures of meanwhile are
// notified soon after, each once, and people hear of it once.
func TestIntegrationDatabaseAway(t *testing.T) {
	for name, bots := range map[string]int{"one bot": 1, "two bots": 2} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // it mostly waits
			p := newPlace(t, 5)
			all := []*bot{p.bot("a").start()}
			all[0].role("leader")
			if bots > 1 {
				all = append(all, p.bot("b").start())
				all[1].role("standby")
			}
			ok(t, p.pg.Down(t.Context()))
			gone := time.Now()
			for _, b := range all {
				p.until(b.name+" says that the database is away", func() bool {
					h, err := b.health(t.Context())
					return err == nil && !h.OK && len(h.Issues) > 0
				})
			}
			if took := time.Since(gone); took > 10*time.Second {
				t.Errorf("said after %s", took)
			}
			for _, x := range p.targets {
				x.down()
			}
			timer := time.NewTimer(time.Until(gone.Add(time.Minute)))
			<-timer.C
			if early := p.messages(gone, ""); len(early) > 0 {
				t.Errorf("while the database was away: %q", early[0].Text)
			}
			ok(t, p.pg.Up(t.Context()))
			back := time.Now()
			for _, x := range p.targets {
				if took := p.notified(gone, x.name).Sub(back); took > 5*time.Second {
					t.Errorf("%s is notified after %s", x.name, took)
				}
			}
			p.notified(gone, "database was away")
			for _, x := range p.targets {
				x.up()
			}
			for _, x := range p.targets {
				p.until(x.name+" is over", func() bool { return len(p.messages(back, x.name)) >= 2 })
			}
			for _, text := range []string{"database", "target0", "target4"} {
				want := 2
				if text == "database" {
					want = 1
				}
				if got := p.messages(gone, text); len(got) != want {
					t.Errorf("%d messages with %q", len(got), text)
				}
			}
		})
	}
}

// TestIntegrationForward sends what must reach the leader to the standby, and during a takeover.
func TestIntegrationForward(t *testing.T) {
	p := newPlace(t, 1)
	p.extra = `[[inbound]]
name = "script"
kind = "generic"
secret = "0123456789abcdef0123456789abcdef"
[inbound.mapping]
id = "id"
host = "host"
state = "state"
over = ["ok"]
`
	leader, standby := p.pair()
	call := func(b *bot, path, body string) (int, string) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+b.listen+path, bytes.NewBufferString(body))
		ok(t, err)
		r.Header.Set("Authorization", "Bearer 0123456789abcdef0123456789abcdef")
		resp, err := (&http.Client{Timeout: patience}).Do(r)
		ok(t, err)
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		ok(t, err)
		return resp.StatusCode, string(text)
	}
	for _, path := range []string{"/api/v1/status", "/in/script"} {
		codeThere, there := call(leader, path, `{"id":"1","host":"x","state":"open"}`[:bodyOf(path)])
		codeHere, here := call(standby, path, `{"id":"1","host":"x","state":"open"}`[:bodyOf(path)])
		if codeThere != codeHere || codeHere/100 != 2 {
			t.Errorf("%s: the leader says %d %s, the standby %d %s", path, codeThere, there, codeHere, here)
		}
	}
	if code, _ := call(standby, "/cluster/v1/status", ""); code == http.StatusOK {
		t.Error("a standby answers what only a control socket may ask")
	}
	if code, _ := call(leader, "/cluster/v1/status", ""); code != http.StatusNotFound {
		t.Errorf("the leader answers %d to what only a control socket may ask", code)
	}
	out, err := standby.command("status", "--json")
	if err != nil || !strings.Contains(out, `"leader.first"`) {
		t.Errorf("status at the standby: %v %s", err, out)
	}
	leader.signal(syscall.SIGKILL)
	if code, text := call(standby, "/in/script", `{"id":"2","host":"y","state":"open"}`); code/100 != 2 {
		t.Errorf("during the takeover: %d %s", code, text)
	}
	standby.role("leader")
	p.notified(time.Time{}, "took over")
}

func bodyOf(path string) int {
	if strings.HasPrefix(path, "/api/") {
		return 0
	}
	return len(`{"id":"1","host":"x","state":"open"}`)
}

// command runs a command of the command line at a bot's socket.
func (b *bot) command(args ...string) (string, error) {
	return run(b.p.program, append(args, "--socket", b.socket)...)
}
