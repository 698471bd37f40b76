//go:build integration

package cluster_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"opsbot/sandbox/botapi"
	"opsbot/test/proxy"
)

// The bounds of the oracle.
const (
	longest = 15 * time.Second // a spell that is longer is notified
	settled = 20 * time.Second // without faults: then all that is owed is said
	seen    = 12 * time.Second // how long after the end of a spell a failure of it may still be notified
	handed  = 500 * time.Millisecond
)

// chaos is a trial of random faults.
type chaos struct {
	*place
	random *rand.Rand

	mu       sync.Mutex
	leaders  []tenure
	commands []string // reasons of the mutes that a person asked for
	faults   []string
}

// tenure is since when a bot leads.
type tenure struct {
	since time.Time
	name  string
}

func seconds(name string, otherwise int) time.Duration {
	n, err := strconv.Atoi(os.Getenv(name))
	if err != nil {
		n = otherwise
	}
	return time.Duration(n) * time.Second
}

// seeds are those of CHAOS_SEED, or two that differ each time.
func seeds(t *testing.T) []uint64 {
	if text := os.Getenv("CHAOS_SEED"); text != "" {
		n, err := strconv.ParseUint(text, 10, 64)
		ok(t, err)
		return []uint64{n}
	}
	return []uint64{rand.Uint64() >> 32, rand.Uint64() >> 32}
}

// TestIntegrationChaos kills, freezes and cuts off bots and the database at random, and compares what people were sent with what was so.
// CHAOS_SEED repeats a schedule of faults, CHAOS_SECONDS says how long it is.
func TestIntegrationChaos(t *testing.T) {
	for _, seed := range seeds(t) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			c := &chaos{place: newPlace(t, 6), random: rand.New(rand.NewPCG(seed, 1))}
			c.pair()
			watch, stop := context.WithCancel(context.WithoutCancel(t.Context()))
			var watching sync.WaitGroup
			watching.Go(func() { c.follow(watch) })
			c.run(seconds("CHAOS_SECONDS", 30))
			stop()
			watching.Wait()
			c.judge()
			if t.Failed() {
				t.Logf("seed %d:\n%s", seed, strings.Join(c.faults, "\n"))
			}
		})
	}
}

// pass lets time pass; a trial of programs has no other clock.
func pass(d time.Duration) {
	t := time.NewTimer(d)
	<-t.C
}

func (c *chaos) note(format string, args ...any) {
	c.faults = append(c.faults, time.Now().UTC().Format("15:04:05.0 ")+fmt.Sprintf(format, args...))
}

func (c *chaos) between(from, to time.Duration) time.Duration {
	return from + time.Duration(c.random.Int64N(int64(to-from)))
}

// run makes faults one after the other, and spells of targets meanwhile; then all is mended.
func (c *chaos) run(long time.Duration) {
	begin := time.Now()
	var targets sync.WaitGroup
	for i, x := range c.targets {
		random := rand.New(rand.NewPCG(c.random.Uint64(), uint64(i)))
		targets.Go(func() {
			for time.Since(begin) < long {
				pass(time.Duration(2000+random.IntN(8000)) * time.Millisecond)
				x.down()
				pass(time.Duration(2000+random.IntN(25000)) * time.Millisecond)
				x.up()
			}
		})
	}
	for n := 0; time.Since(begin) < long; n++ {
		c.ask(n)
		c.fault()
		pass(c.between(500*time.Millisecond, 4*time.Second))
	}
	targets.Wait()
	c.note("all is mended")
	for _, b := range c.bots {
		b.revive()
	}
	c.until("somebody leads", func() bool {
		for _, b := range c.bots {
			if h, err := b.health(c.t.Context()); err == nil && h.Ready && h.Role == "leader" {
				return true
			}
		}
		return false
	})
	pass(settled)
}

// revive has a bot run, whatever became of it.
func (b *bot) revive() {
	b.cut(false)
	b.db.Delay(0)
	if !b.running() {
		b.start()
		return
	}
	_ = b.cmd.Process.Signal(syscall.SIGCONT)
}

// fault makes one fault and mends it.
func (c *chaos) fault() {
	b := c.bots[c.random.IntN(len(c.bots))]
	d := c.between(200*time.Millisecond, 10*time.Second)
	if !b.running() {
		b.start()
	}
	switch c.random.IntN(8) {
	case 0:
		c.note("kill %s, %s", b.name, d)
		b.signal(syscall.SIGKILL)
		b.exited()
		pass(d)
		b.start()
	case 1:
		c.note("freeze %s, %s", b.name, d)
		b.signal(syscall.SIGSTOP)
		pass(d)
		if b.running() {
			b.signal(syscall.SIGCONT)
		}
	case 2:
		c.note("cut off %s, %s", b.name, d)
		b.cut(true)
		pass(d)
		b.cut(false)
	case 3:
		c.note("stop %s", b.name)
		b.signal(syscall.SIGTERM)
		b.exited()
		b.start()
	case 4:
		c.note("delay the database for %s, %s", b.name, d)
		b.db.Delay(c.between(time.Millisecond, 300*time.Millisecond))
		pass(d)
		b.db.Delay(0)
	case 5:
		c.note("lose answers of commits for %s", b.name)
		for range 3 {
			b.db.CutAfter("COMMIT")
			pass(c.between(100*time.Millisecond, time.Second))
		}
	case 6:
		c.note("half open to the database for %s, %s", b.name, d)
		b.db.Set(proxy.HalfOpen)
		pass(d)
		b.db.Set(proxy.Pass)
	default:
		c.note("the database crashes")
		ok(c.t, c.pg.Down(c.t.Context()))
		pass(d / 4)
		ok(c.t, c.pg.Up(c.t.Context()))
	}
}

// ask has a person mute something, with a reason of its own.
func (c *chaos) ask(n int) {
	reason := fmt.Sprintf("reason%dx", n)
	c.commands = append(c.commands, reason)
	_, err := c.chats.Post(botapi.Post{From: person, Chat: person, Text: "/mute 1s target0 -- " + reason})
	ok(c.t, err)
}

// follow notes who has the lease.
func (c *chaos) follow(ctx context.Context) {
	last := ""
	for ctx.Err() == nil {
		pass(50 * time.Millisecond)
		conn, err := pgx.Connect(ctx, c.pg.DSN("boss", "opsbot"))
		if err != nil {
			continue
		}
		for err == nil && ctx.Err() == nil {
			var name, holder string
			var holds bool
			err = conn.QueryRow(ctx, `SELECT instance, holder, released = 0 FROM opsbot_lease`).Scan(&name, &holder, &holds)
			if err == nil && holds && holder != last {
				last = holder
				c.mu.Lock()
				c.leaders = append(c.leaders, tenure{time.Now(), name})
				c.mu.Unlock()
			}
			pass(50 * time.Millisecond)
		}
		_ = conn.Close(context.WithoutCancel(ctx))
	}
}

// judge is the oracle: what people were sent is compared with what was so.
func (c *chaos) judge() {
	c.t.Helper()
	counts := map[string]int{}
	for _, x := range c.targets {
		c.judgeTarget(x, counts)
	}
	c.judgeCommands(counts)
	c.judgeStale(counts)
	c.t.Logf("%d faults, %d terms, %d commands: %v", len(c.faults), len(c.leaders), len(c.commands), counts)
	for what, n := range counts {
		if n > 0 && what != "messages" && what != "marked repeats" {
			c.t.Errorf("%s: %d", what, n)
		}
	}
}

// sent is a message as it was when it was sent; cards are edited later.
type sent struct {
	at   time.Time
	text string
}

// sent are the messages to the group that hold a text, in their order.
func (c *chaos) sent(text string) (all []sent) {
	for _, call := range c.chats.Calls("sendMessage") {
		if call.Executed && call.Params["chat_id"] == strconv.FormatInt(group, 10) && strings.Contains(call.Params["text"], text) {
			all = append(all, sent{call.At, call.Params["text"]})
		}
	}
	return all
}

// isDown reports whether a message says that a target is down, else that it is up.
func isDown(m *sent) bool {
	return !strings.Contains(m.text, "🟢")
}

// judgeTarget compares the spells of a target with its messages.
func (c *chaos) judgeTarget(x *target, counts map[string]int) {
	all := c.sent(x.name)
	used := map[int]bool{}
	for _, s := range x.spells {
		n, marked := 0, 0
		for i, m := range all {
			if m.at.Before(s.from.Truncate(time.Second)) || m.at.After(s.to.Add(seen)) || !isDown(&m) {
				continue
			}
			used[i] = true
			n++
			if strings.Contains(m.text, "repeat") {
				marked++
			}
		}
		counts["messages"] += n
		counts["marked repeats"] += marked
		if n == 0 && s.to.Sub(s.from) > longest {
			counts["alerts lost"]++
			c.note("%s was down from %s to %s and nobody was notified", x.name, s.from.UTC().Format("15:04:05.0"), s.to.UTC().Format("15:04:05.0"))
		}
	}
	for i := range all {
		if isDown(&all[i]) && !used[i] {
			counts["false down"]++
			c.note("false down of %s at %s: %s", x.name, all[i].at.UTC().Format("15:04:05.0"), all[i].text)
		}
	}
	c.judgeRepeats(all, counts)
}

// judgeRepeats counts messages of one incident that say the same and are not marked.
func (c *chaos) judgeRepeats(all []sent, counts map[string]int) {
	first := map[string]bool{}
	for i := range all {
		m := &all[i]
		key := fmt.Sprint(incidentOf(m.text), isDown(m))
		if first[key] && !strings.Contains(m.text, "repeat") {
			counts["unmarked repeats"]++
			c.note("an unmarked repeat at %s: %s", m.at.UTC().Format("15:04:05.0"), m.text)
		}
		first[key] = true
	}
}

// incidentOf is the number of the incident in a message.
func incidentOf(text string) string {
	_, after, found := strings.Cut(text, "#")
	if !found {
		return text
	}
	return after[:len(after)-len(strings.TrimLeft(after, "0123456789"))]
}

// judgeCommands looks for an answer to each command, and for one audit entry at most.
func (c *chaos) judgeCommands(counts map[string]int) {
	answers := 0
	for _, m := range c.chats.Messages(person) {
		if m.FromBot {
			answers++
		}
	}
	if answers < len(c.commands) {
		counts["commands lost"] = len(c.commands) - answers
	}
	conn, err := pgx.Connect(c.t.Context(), c.dsnOfBoss())
	ok(c.t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	for _, reason := range c.commands {
		var n int
		ok(c.t, conn.QueryRow(c.t.Context(), `SELECT count(*) FROM audit WHERE body LIKE '%' || $1 || '%' AND body LIKE '%"mute"%'`, reason).Scan(&n))
		if n > 1 {
			counts["audit doubled"]++
		}
	}
}

func (c *chaos) dsnOfBoss() string { return c.pg.DSN("boss", "opsbot") }

// judgeStale counts what a bot sent to Telegram while another one led.
func (c *chaos) judgeStale(counts map[string]int) {
	for _, b := range c.bots {
		for _, at := range b.chats.Sent() {
			leader, since := "", time.Time{}
			for _, t := range c.leaders {
				if t.since.Before(at) {
					leader, since = t.name, t.since
				}
			}
			if leader != "" && leader != b.name && at.Sub(since) > handed {
				counts["stale actions"]++
				c.note("%s spoke at %s; %s leads since %s", b.name, at.UTC().Format("15:04:05.000"), leader, since.UTC().Format("15:04:05.000"))
			}
		}
	}
}
