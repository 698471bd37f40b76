package app_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"github.com/sirupsen/logrus"

	"opsbot/app"
	"opsbot/sandbox"
	"opsbot/sandbox/botapi"
	"opsbot/sandbox/fleet"
)

// childConfig names the configuration that this binary runs as the product, in a process of its own that can be killed.
const childConfig = "OPSBOT_TEST_CHILD_CONFIG"

func TestMain(m *testing.M) {
	if path := os.Getenv(childConfig); path != "" {
		os.Exit(child(path))
	}
	os.Exit(m.Run())
}

func child(path string) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	log := logrus.New()
	a, err := app.New(ctx, app.Options{ConfigPath: path, Version: "test", Stdout: os.Stdout, Log: log})
	if err == nil {
		err = a.Run(ctx)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// process is the product in a process of its own.
type process struct {
	p   *product
	cmd *exec.Cmd
}

func (p *product) spawn(env ...string) *process {
	p.t.Helper()
	exe, err := os.Executable()
	if err != nil {
		p.t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(append(os.Environ(), childConfig+"="+p.config), env...)
	cmd.Stdout, cmd.Stderr = p.out, p.out
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	pr := &process{p: p, cmd: cmd}
	p.t.Cleanup(pr.kill)
	return pr
}

// kill is kill -9, and waits for the process to be gone.
func (pr *process) kill() {
	if pr.cmd.ProcessState == nil {
		_ = pr.cmd.Process.Kill()
		_ = pr.cmd.Wait()
	}
}

// caught waits until the server has got a message with these words, whatever it answered.
func (p *product) caught(words ...string) {
	p.t.Helper()
	_, err := p.world.Bot.WaitCall(p.wait(), func(c botapi.Call) bool {
		return c.Method == "sendmessage" && c.Fault != "" && holds(c.Params["text"], words)
	})
	if err != nil {
		p.t.Fatalf("no message with %q was on its way: %v\n%s", words, err, p.out)
	}
}

// answered asks again and again until the answer holds all words.
func (p *product) answered(question string, words ...string) {
	p.t.Helper()
	for ctx := p.wait(); ; {
		id := p.say(sandbox.Admin, sandbox.Admin, question)
		m, err := p.world.Bot.WaitMessage(ctx, sandbox.Admin, func(m botapi.Message) bool { return m.FromBot && m.ID > id })
		if err != nil {
			p.t.Fatalf("%s was never answered with %q: %v\n%s", question, words, err, p.chat(sandbox.Admin))
		}
		if holds(m.Text, words) {
			return
		}
	}
}

func TestKilledWhileAnAlertIsSent(t *testing.T) {
	for name, executed := range map[string]bool{"before it was taken": false, "after it was taken": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newWorld(t)
			first := p.spawn()
			p.settled()
			p.world.Bot.Break(botapi.Fault{Kind: botapi.FaultHang, Method: "sendMessage", Chat: sandbox.OpsChat, Times: 1, After: executed})
			p.set("web1", fleet.Killed)
			p.caught("web1")
			before := len(p.world.Bot.Messages(sandbox.OpsChat))
			first.kill()
			p.world.Bot.Heal()
			p.spawn()
			last := 0
			if executed {
				last = p.message(sandbox.OpsChat, 0, "web1", "refuses connections").ID
			}
			card := p.message(sandbox.OpsChat, last, "web1", "refuses connections", "(may be a repeat)")
			p.set("web1", fleet.OK)
			if end := p.message(sandbox.OpsChat, card.ID, "web1", "works again"); end.ReplyTo != card.ID {
				t.Errorf("the end answers %d, the card is %d", end.ReplyTo, card.ID)
			}
			if n := len(p.world.Bot.Messages(sandbox.OpsChat)) - before; n != 2 {
				t.Errorf("%d messages after the restart, want the repeat and the end:\n%s", n, p.chat(sandbox.OpsChat))
			}
		})
	}
}

func TestKilledWithACardOpen(t *testing.T) {
	t.Parallel()
	p := newWorld(t)
	first := p.spawn()
	p.settled()
	p.set("web1", fleet.Killed)
	card := p.message(sandbox.OpsChat, 0, "web1", "refuses connections")
	p.answered("/status", "web1") // by now the card's message is known to be there
	first.kill()
	p.spawn()
	p.answered("/status", "web1")
	p.set("web1", fleet.OK)
	end := p.message(sandbox.OpsChat, card.ID, "web1", "works again")
	edited, err := p.world.Bot.WaitMessage(p.wait(), sandbox.OpsChat, func(m botapi.Message) bool {
		return m.ID == card.ID && strings.Contains(m.Text, "works again")
	})
	if err != nil || edited.Edits == 0 || end.ReplyTo != card.ID {
		t.Errorf("the card that was there was not the one that changed: %v\n%s", err, p.chat(sandbox.OpsChat))
	}
	p.notified("web1", 2)
}

func TestKilledWhileAMuteIsSet(t *testing.T) {
	t.Parallel()
	p := newWorld(t)
	first := p.spawn()
	p.settled()
	p.world.Bot.Break(botapi.Fault{Kind: botapi.FaultHang, Method: "sendMessage", Chat: sandbox.Admin, Times: 1})
	p.say(sandbox.Admin, sandbox.Admin, "/mute 1h clientA -- update")
	p.caught("Muted until")
	first.kill()
	p.world.Bot.Heal()
	p.spawn()
	// The command was cut off after it was carried out: that is said.
	said := p.message(sandbox.Admin, 0, "restarted while it ran /mute 1h clientA -- update", "✅ mute")
	p.message(sandbox.Admin, max(said.ID, p.say(sandbox.Admin, sandbox.Admin, "/mutes")), "clientA", "update")
	p.set("web1", fleet.Killed)
	p.set("main-db", fleet.Killed)
	p.message(sandbox.OpsChat, 0, "main-db", "is down")
	p.answered("/status clientA", "web1", "🔇")
	for _, m := range p.world.Bot.Messages(sandbox.OpsChat) {
		if m.FromBot && strings.Contains(m.Text, "web1") {
			t.Errorf("a muted incident was told: %s", m.Text)
		}
	}
}
