//go:build integration

package integration_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"opsbot/cli/control"
	"opsbot/sandbox"
	"opsbot/sandbox/botapi"
	"opsbot/sandbox/fleet"
	"opsbot/test/clock"
)

// inStride is how long a message may take from an outage on: a check every 2 s, its confirmation, the verification, and a slow machine.
const inStride = 20 * time.Second

// clockTrial is the built program, with a wall clock that is set while it runs.
type clockTrial struct {
	*product
	clock   *clock.Clock
	control *control.Client
	pings   atomic.Int64 // of the service manager's watchdog
	cmd     *exec.Cmd
	ended   chan error
}

// TestIntegrationClock sets the wall clock of the built program by hours in both directions and by seconds, with checks, an outage, a
// reminder, commands, a wait of Telegram and the daily summary under way.
func TestIntegrationClock(t *testing.T) {
	t.Parallel()
	c := newClockTrial(t)
	c.start(clock.Build(t, "opsbot/cmd/opsbot"))
	c.part("all is well, and nothing happens", func(t *testing.T) { c.well(t, inStride) })
	c.part("a step back", func(t *testing.T) { c.outageAcross(t, -2*time.Hour) })
	c.part("a step forth", func(t *testing.T) { c.outageAcross(t, 4*time.Hour) })
	c.part("small steps", c.smallSteps)
	c.part("commands with a wrong clock", func(t *testing.T) { c.answered(t, "/status", "All clear") })
	c.part("Telegram asks to wait", c.floodAcross)
	c.part("the daily summary comes once", c.dailyOnce)
}

// TestIntegrationClockAsleep stops the built program for a while, with a step of the wall clock as sleep makes one or without, and sets
// the clock while a mute lasts.
func TestIntegrationClockAsleep(t *testing.T) {
	t.Parallel()
	c := newClockTrial(t)
	c.start(clock.Build(t, "opsbot/cmd/opsbot"))
	c.part("all is well, and nothing happens", func(t *testing.T) { c.well(t, inStride) })
	c.part("a mute lasts for its length", c.muteAcross)
	c.part("stopped, and the clock goes on", func(t *testing.T) { c.stopped(t, 0) })
	c.part("asleep", func(t *testing.T) { c.stopped(t, 3*time.Hour) })
	c.part("stopped, and set back", func(t *testing.T) { c.stopped(t, -5*time.Hour) })
}

func newClockTrial(t *testing.T) *clockTrial {
	t.Helper()
	c := &clockTrial{product: newProduct(t), clock: clock.New(t), ended: make(chan error, 1)}
	c.configure("")
	config, err := os.ReadFile(c.config)
	if err != nil {
		t.Fatal(err)
	}
	settings := fmt.Sprintf("\n[alerts]\nremind = [\"1m\"]\ntimezone = \"UTC\"\ndaily = %q\n", c.daily().Format("15:04"))
	if err := os.WriteFile(c.config, []byte(strings.Replace(string(config), "\n[schedule]\n", settings+"\n[schedule]\n", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	c.control = control.New(filepath.Join(filepath.Dir(c.config), "opsbot.sock"), "en")
	return c
}

// daily is when the daily summary is due, far from where the other parts set the clock.
func (c *clockTrial) daily() time.Time {
	return time.Now().UTC().Truncate(time.Minute).Add(-6 * time.Hour)
}

// start runs the program as the service manager does.
func (c *clockTrial) start(program string) {
	c.t.Helper()
	manager, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(c.t.TempDir(), "notify"), Net: "unixgram"})
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { _ = manager.Close() })
	ready := make(chan struct{})
	go func() {
		for buf := make([]byte, 1024); ; {
			n, err := manager.Read(buf)
			switch {
			case err != nil:
				return
			case string(buf[:n]) == "READY=1":
				close(ready)
			case string(buf[:n]) == "WATCHDOG=1":
				c.pings.Add(1)
			}
		}
	}()
	c.cmd = exec.Command(program, "run", "--config", c.config) // no context: it ends as the service manager ends it
	c.cmd.Env = append(os.Environ(), c.clock.Env(), "NOTIFY_SOCKET="+manager.LocalAddr().String(), "WATCHDOG_USEC=1000000")
	c.cmd.Stdout, c.cmd.Stderr = &c.said, &c.said
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := c.cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	go func() { c.ended <- c.cmd.Wait() }()
	c.t.Cleanup(c.end)
	select {
	case <-ready:
	case err := <-c.ended:
		c.t.Fatalf("it ended: %v\n%s", err, c.said.String())
	case <-time.After(patience):
		c.t.Fatalf("it was never ready\n%s", c.said.String())
	}
}

// end stops the program, which must end cleanly.
func (c *clockTrial) end() {
	_ = c.cmd.Process.Signal(syscall.SIGCONT)
	_ = c.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case err := <-c.ended:
		if err != nil {
			c.t.Errorf("it ended with %v\n%s", err, c.said.String())
		}
	case <-time.After(30 * time.Second):
		_ = c.cmd.Process.Kill()
		c.t.Errorf("it did not stop\n%s", c.said.String())
	}
}

// page is a page of the web listener.
func (c *clockTrial) page(t *testing.T, path string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+c.hook+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// results is how many results of checks there were.
func (c *clockTrial) results(t *testing.T) (n int) {
	t.Helper()
	for _, found := range regexp.MustCompile(`(?m)^opsbot_results_total\{.*\} (\S+)$`).FindAllSubmatch(c.page(t, "/metrics"), -1) {
		f, err := strconv.ParseFloat(string(found[1]), 64)
		if err != nil {
			t.Fatal(err)
		}
		n += int(f)
	}
	return n
}

// well waits until checks run at their pace, the watchdog is fed, and opsbot has nothing to say of itself; all of that within a while.
// There are 14 endpoints, each every 2 s.
func (c *clockTrial) well(t *testing.T, within time.Duration) {
	t.Helper()
	before, pings := c.results(t), c.pings.Load()
	err := eventually(t, within, func() error {
		if n := c.results(t) - before; n < 2*14 {
			return fmt.Errorf("%d results", n)
		}
		if c.pings.Load()-pings < 2 {
			return fmt.Errorf("the watchdog is not fed")
		}
		var health struct {
			OK     bool     `json:"ok"`
			Issues []string `json:"health_issues"`
		}
		if err := json.Unmarshal(c.page(t, "/healthz"), &health); err != nil {
			return err
		}
		if !health.OK || len(health.Issues) > 0 {
			return fmt.Errorf("health: %+v", health)
		}
		return nil
	})
	if err != nil {
		t.Fatalf("within %v: %v\n%s", within, err, c.said.String())
	}
}

// outageAcross breaks a host, sets the clock, breaks another one, and heals both: each is notified in time, its end too, and nothing
// else is.
func (c *clockTrial) outageAcross(t *testing.T, step time.Duration) {
	first := c.last(sandbox.OpsChat)
	c.set(fleet.Killed, "web1")
	before := c.inTime(t, first, inStride, "web1", "refuses connections")
	c.clock.Step(step)
	c.set(fleet.Killed, "other1")
	during := c.inTime(t, first, inStride, "other1", "refuses connections")
	c.well(t, inStride)
	if step < 0 { // one of them is enough: a reminder takes a minute
		reminded := c.inTime(t, before.ID, 75*time.Second, "web1", "still")
		if took := reminded.Date.Sub(before.Date); took < 55*time.Second {
			t.Errorf("the reminder came %v after the card:\n%s", took, reminded.Text)
		}
	}
	c.set(fleet.OK, "web1", "other1")
	c.inTime(t, during.ID, inStride, "web1", "works again")
	c.inTime(t, during.ID, inStride, "other1", "works again")
	c.calm(t)
}

// last is the number of the last message of a chat.
func (c *clockTrial) last(chat int64) int {
	all := c.world.Bot.Messages(chat)
	if len(all) == 0 {
		return 0
	}
	return all[len(all)-1].ID
}

// inTime waits for a message after another one, for no longer than a while.
func (c *clockTrial) inTime(t *testing.T, after int, within time.Duration, words ...string) botapi.Message {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	return c.messageBy(ctx, t, botapi.Message{Chat: sandbox.OpsChat, ID: after}, words...)
}

// calm expects that nothing more is notified while checks run, and that all is well.
func (c *clockTrial) calm(t *testing.T) {
	t.Helper()
	last := c.last(sandbox.OpsChat)
	c.well(t, inStride)
	pass(t, 4*time.Second)
	c.well(t, inStride)
	if now := c.last(sandbox.OpsChat); now != last {
		t.Errorf("notified of something that was not:\n%s", c.chat(sandbox.OpsChat))
	}
}

func (c *clockTrial) smallSteps(t *testing.T) {
	for _, step := range []time.Duration{-3 * time.Second, 2 * time.Second, -1500 * time.Millisecond, 700 * time.Millisecond, 5 * time.Second} {
		c.clock.Step(step)
		c.well(t, inStride)
	}
	c.calm(t)
}

// stopped stops the process for a few seconds, and sets the wall clock meanwhile: forth, as it is after a sleep, or back.
func (c *clockTrial) stopped(t *testing.T, step time.Duration) {
	if err := c.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	pass(t, 15*time.Second)
	c.clock.Step(step)
	if err := c.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	c.well(t, time.Minute) // a poll of Telegram that was under way has failed; the next one may take its time
	c.calm(t)
}

// floodAcross has Telegram ask for a wait, sets the clock back and forth in it, and expects the card right after: not before, and not
// hours later.
func (c *clockTrial) floodAcross(t *testing.T) {
	const wait = 12
	last := c.last(sandbox.OpsChat)
	c.world.Bot.Break(botapi.Fault{Kind: botapi.FaultFlood, Method: "sendMessage", Chat: sandbox.OpsChat, RetryAfter: wait})
	c.set(fleet.Killed, "web5")
	ctx, cancel := context.WithTimeout(t.Context(), inStride)
	defer cancel()
	refused, err := c.world.Bot.WaitCall(ctx, func(call botapi.Call) bool { return call.Fault == botapi.FaultFlood })
	if err != nil {
		t.Fatalf("no message met the wait: %v\n%s", err, c.said.String())
	}
	c.clock.Step(-2 * time.Hour)
	pass(t, 3*time.Second)
	c.clock.Step(5 * time.Hour)
	pass(t, 3*time.Second)
	c.clock.Step(-3 * time.Hour)
	card := c.inTime(t, last, wait*time.Second+inStride, "web5", "refuses connections")
	if took := card.Date.Sub(refused.At); took < (wait-1)*time.Second {
		t.Errorf("the card came %v after a wait of %d s was asked for", took, wait)
	}
	c.set(fleet.OK, "web5")
	c.inTime(t, card.ID, inStride, "web5", "works again")
	c.calm(t)
}

// muteAcross mutes a client for a minute and sets the clock by hours, back and forth: the mute lasts for that minute.
func (c *clockTrial) muteAcross(t *testing.T) {
	last, begun := c.last(sandbox.OpsChat), time.Now()
	if _, err := c.control.Mute(t.Context(), "1m clientC"); err != nil {
		t.Fatal(err)
	}
	c.set(fleet.Killed, "other2")
	for _, step := range []time.Duration{-2 * time.Hour, 5 * time.Hour, -3 * time.Hour} {
		pass(t, 5*time.Second)
		c.clock.Step(step)
	}
	over := c.inTime(t, last, 80*time.Second, "other2")
	if took := time.Since(begun); took < 58*time.Second {
		t.Errorf("a mute of a minute ended after %v:\n%s", took, over.Text)
	}
	c.set(fleet.OK, "other2")
	c.inTime(t, over.ID, inStride, "other2", "works again")
	c.calm(t)
}

// dailyOnce sets the clock to just before the daily summary, and after it by an hour back, over its time again.
func (c *clockTrial) dailyOnce(t *testing.T) {
	c.set(fleet.Killed, "other1")
	card := c.inTime(t, c.last(sandbox.OpsChat), inStride, "other1", "refuses connections")
	due := c.daily().Add(24 * time.Hour)
	c.clock.Set(time.Until(due) - 3*time.Second)
	first := c.inTime(t, card.ID, inStride, "Daily summary")
	c.clock.Step(-time.Hour)
	c.well(t, inStride)
	c.clock.Step(time.Hour)
	c.well(t, inStride)
	c.clock.Step(2 * time.Hour)
	c.well(t, inStride)
	for _, m := range c.world.Bot.Messages(sandbox.OpsChat) {
		if m.ID > first.ID && strings.Contains(m.Text, "Daily summary") {
			t.Errorf("it came again:\n%s", m.Text)
		}
	}
}
