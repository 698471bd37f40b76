//go:build integration

package cluster_test

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"opsbot/sandbox/botapi"
	"opsbot/test/clock"
	"opsbot/test/proxy"
)

// settled is how long after the last fault all that is owed may take to be said.
const settled = 30 * time.Second

// chaos is a trial of random faults.
type chaos struct {
	*place
	*witness
	random *rand.Rand
	log    []string
	asked  int
	sent   []command
	faults []fault
}

func seconds(name string, otherwise int) time.Duration {
	n, err := strconv.Atoi(os.Getenv(name))
	if err != nil {
		n = otherwise
	}
	return time.Duration(n) * time.Second
}

// trialsInAll is how many trials there are, unless CHAOS_TRIALS says so. They run at once as far as -parallel says: a trial mostly waits.
const trialsInAll = 20

// seeds are those of CHAOS_SEED, or some that differ each time.
func seeds(t *testing.T) (all []uint64) {
	if text := os.Getenv("CHAOS_SEED"); text != "" {
		for _, word := range strings.Split(text, ",") {
			n, err := strconv.ParseUint(word, 10, 64)
			ok(t, err)
			all = append(all, n)
		}
		return all
	}
	n, err := strconv.Atoi(os.Getenv("CHAOS_TRIALS"))
	if err != nil {
		n = trialsInAll
	}
	for range n {
		all = append(all, rand.Uint64()>>32)
	}
	return all
}

// TestIntegrationChaos kills, freezes and cuts off bots and the database at random, sets clocks, and compares what people were sent with what
// was so. CHAOS_SEED repeats schedules of faults ("1,2"), CHAOS_SECONDS says how long each is.
func TestIntegrationChaos(t *testing.T) {
	program := clock.Build(t, "opsbot/cmd/opsbot")
	for _, seed := range seeds(t) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			trial(t, program, seed)
		})
	}
}

// What a trial has: targets that fail, others that never do, and what commands can be about.
const (
	failing = 3
	steady  = 3
	spares  = 400
)

func trial(t *testing.T, program string, seed uint64) {
	t.Helper()
	c := &chaos{place: newPlace(t, failing+steady), random: rand.New(rand.NewPCG(seed, 1))}
	c.program, c.extra = program, c.spareChecks()
	defer func() {
		if t.Failed() {
			t.Logf("seed %d:\n%s", seed, strings.Join(c.log, "\n"))
		}
	}()
	for _, name := range []string{"a", "b"} {
		b := c.bot(name)
		b.clock = clock.New(t)
	}
	c.bots[0].start().role("leader")
	c.bots[1].start().role("standby")
	c.known(failing + steady + spares)
	c.witness = c.testify()
	c.run(seconds("CHAOS_SECONDS", 30))
	c.settle()
	r := c.observed()
	found := r.judge()
	t.Logf("seed %d: %d faults, %d terms, %d incidents, %d messages (%d marked), %d commands; %d undisturbed", seed, len(c.faults), len(r.tenures), len(r.opened),
		len(r.messages), marked(r.messages), len(c.sent), len(r.undisturbed()))
	if len(found) > 0 {
		c.dump(r)
	}
	for kind, all := range found {
		t.Errorf("%s: %d\n  %s", kind, len(all), strings.Join(all, "\n  "))
	}
}

// dump notes what may say why something is wrong.
func (c *chaos) dump(r *record) {
	for _, m := range r.nameless() {
		c.note("a nameless reply at %s: %s", clockTime(m.at), m.text)
	}
	for _, m := range r.messages {
		c.note("a message at %s: %s", clockTime(m.at), strings.ReplaceAll(m.text, "\n", " | "))
	}
	for _, t := range r.tenures {
		c.note("%s leads since %s", t.name, clockTime(t.since))
	}
	for _, q := range r.undisturbed() {
		c.note("undisturbed from %s to %s", clockTime(q.from), clockTime(q.to))
	}
}

func marked(all []sent) (n int) {
	for i := range all {
		if all[i].isRepeat() {
			n++
		}
	}
	return n
}

// spareChecks are fine and rarely run.
func (c *chaos) spareChecks() string {
	text := &strings.Builder{}
	text.WriteString("[alerts.flapping]\nchanges = 0\n[schedule]\nsplay = \"0s\"\n")
	for i := range spares {
		fmt.Fprintf(text, "[[checks]]\nname = \"spare%d\"\nkind = \"tcp\"\naddress = %q\nschedule = \"@every 1h\"\n", i, c.targets[failing].address)
	}
	return text.String()
}

// pass lets time pass; a trial of programs has no other clock.
func pass(d time.Duration) {
	t := time.NewTimer(d)
	<-t.C
}

func (c *chaos) note(format string, args ...any) {
	c.log = append(c.log, clockTime(time.Now())+" "+fmt.Sprintf(format, args...))
}

func (c *chaos) between(from, to time.Duration) time.Duration {
	return from + time.Duration(c.random.Int64N(int64(to-from)))
}

// run makes faults one after the other, and spells of targets meanwhile; then all is mended.
func (c *chaos) run(long time.Duration) {
	begin := time.Now()
	var targets sync.WaitGroup
	for i, x := range c.targets[:failing] {
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
	for time.Since(begin) < long {
		c.ask()
		c.disturb()
		pass(c.between(500*time.Millisecond, 4*time.Second))
	}
	targets.Wait()
	c.note("all is mended")
	for _, b := range c.bots {
		b.revive()
	}
}

// settle waits until somebody leads and all is said, has all targets fail once more, and waits until that is said too.
func (c *chaos) settle() {
	c.until("somebody leads", func() bool {
		return slices.ContainsFunc(c.bots, func(b *bot) bool {
			h, err := b.health(c.t.Context())
			return err == nil && h.Ready && h.Role == "leader"
		})
	})
	c.ask()
	c.calm()
	for _, x := range c.targets[:failing] {
		x.down()
	}
	pass(notices + time.Second)
	for _, x := range c.targets[:failing] {
		x.up()
	}
	c.calm()
}

// calm waits until the oracle has nothing to say, or all should be said; what is wrong then, it says at the end.
func (c *chaos) calm() {
	pass(time.Second)
	for end := time.Now().Add(settled); time.Now().Before(end); pass(500 * time.Millisecond) {
		if r := c.observed(); len(r.judge()) == 0 {
			return
		}
	}
}

// revive has a bot run, whatever became of it.
func (b *bot) revive() {
	b.cut(false)
	b.db.Delay(0)
	b.clock.Set(0)
	if !b.running() {
		b.start()
		return
	}
	_ = b.cmd.Process.Signal(syscall.SIGCONT)
}

// try sends a signal, unless the program has ended by itself: one that cannot stop what it began does.
func (b *bot) try(s syscall.Signal) {
	if err := b.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		b.p.t.Error(err)
	}
}

// kinds are the faults. Each is mended when it returns.
var kinds = []struct {
	name string
	all  bool // it is about both bots
	make func(c *chaos, b *bot, d time.Duration)
}{
	{"kill", false, func(_ *chaos, b *bot, d time.Duration) {
		b.try(syscall.SIGKILL)
		b.exited()
		pass(d)
		b.start()
	}},
	{"freeze", false, func(_ *chaos, b *bot, d time.Duration) {
		b.try(syscall.SIGSTOP)
		pass(d)
		b.try(syscall.SIGCONT)
	}},
	{"freeze for a moment", false, func(_ *chaos, b *bot, d time.Duration) {
		b.try(syscall.SIGSTOP)
		pass(d / 3)
		b.try(syscall.SIGCONT)
	}},
	{"cut off", false, func(_ *chaos, b *bot, d time.Duration) {
		b.cut(true)
		pass(d)
		b.cut(false)
	}},
	{"stop", false, func(_ *chaos, b *bot, _ time.Duration) {
		b.try(syscall.SIGTERM)
		b.exited()
		b.start()
	}},
	{"delay the database", false, func(c *chaos, b *bot, d time.Duration) {
		b.db.Delay(c.between(time.Millisecond, 300*time.Millisecond))
		pass(d)
		b.db.Delay(0)
	}},
	{"lose answers of commits", false, func(c *chaos, b *bot, _ time.Duration) {
		for range 3 {
			b.db.CutAfter("COMMIT")
			pass(c.between(100*time.Millisecond, time.Second))
		}
	}},
	{"half open to the database", false, func(_ *chaos, b *bot, d time.Duration) {
		b.db.Set(proxy.HalfOpen)
		pass(d)
		b.db.Set(proxy.Pass)
	}},
	{"set the clock", false, func(c *chaos, b *bot, d time.Duration) {
		b.clock.Set(c.between(-time.Hour, time.Hour))
		pass(d)
		if c.random.IntN(2) == 0 { // a wrong clock at a start, or at a takeover
			b.try(syscall.SIGKILL)
			b.exited()
			b.start()
			pass(d)
		}
		b.clock.Set(0)
	}},
	{"crash the database", true, func(c *chaos, _ *bot, d time.Duration) {
		ok(c.t, c.pg.Down(c.t.Context()))
		pass(d / 4)
		ok(c.t, c.pg.Up(c.t.Context()))
	}},
}

// disturb makes one fault.
func (c *chaos) disturb() {
	b := c.bots[c.random.IntN(len(c.bots))]
	d := c.between(200*time.Millisecond, 10*time.Second)
	kind := kinds[c.random.IntN(len(kinds))]
	f := fault{spell: spell{from: time.Now()}, bot: b.name, what: kind.name}
	if kind.all {
		f.bot = ""
	}
	c.note("%s: %s, %s", kind.name, cmp.Or(f.bot, "all"), d.Round(time.Millisecond))
	kind.make(c, b, d)
	f.to = time.Now()
	c.faults = append(c.faults, f)
}

// ask has a person mute something that nobody else mutes.
func (c *chaos) ask() {
	if c.asked == spares {
		return
	}
	name := fmt.Sprint("spare", c.asked)
	c.asked++
	c.sent = append(c.sent, command{time.Now(), name})
	_, err := c.chats.Post(botapi.Post{From: person, Chat: person, Text: "/mute 3h " + name})
	ok(c.t, err)
}
