package notify_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/sandbox/botapi"
	"opsbot/store"
)

func TestMain(m *testing.M) {
	if text := os.Getenv(crashOrders); text != "" {
		if err := runVictim(text); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if text := os.Getenv(pageOrders); text != "" {
		if err := runPageVictim(text); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// crashPlan is the plan of a run.
type crashPlan struct {
	kills  int
	life   time.Duration // of a victim, at most
	faults []botapi.Fault
	pace   time.Duration // between two faults, about
	away   time.Duration // how long Telegram is unreachable, once, with kills all the time
	fills  []int         // how many messages wait for chatAll at the end of each of some more outages
	least  int           // fewer messages, and incidents in digests, mean that nothing was tested
	joins  bool          // what fails joins what failed before
}

// lost are faults after which the message may have been accepted; answers of the Bot API itself mean that it was not.
var lost = []botapi.FaultKind{
	botapi.FaultServer, botapi.FaultHTML502, botapi.FaultHTML200, botapi.FaultEmpty, botapi.FaultCut, botapi.FaultNull,
	botapi.FaultHang, botapi.FaultReset, botapi.FaultSlow, botapi.FaultRedirect, botapi.FaultUnauthorized0,
}

// shortFaults are of every kind that has no lasting effect.
func shortFaults() []botapi.Fault {
	faults := []botapi.Fault{
		{Kind: botapi.FaultFlood, RetryAfter: 1},
		{Kind: botapi.FaultFloodString, RetryAfter: 1},
		{Kind: botapi.FaultUnauthorized},
		{Kind: botapi.FaultConflict},
	}
	for _, kind := range lost {
		f := botapi.Fault{Kind: kind, To: "http://127.0.0.1:9/elsewhere", Delay: 20 * time.Millisecond}
		after := f
		after.After = true
		faults = append(faults, f, after)
	}
	return faults
}

// TestKill kills the program at random times and compares what the chats saw with what is stored.
func TestKill(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	plan := crashPlan{
		kills: 24, life: 300 * time.Millisecond, faults: shortFaults(), pace: 250 * time.Millisecond, away: 700 * time.Millisecond,
		fills: []int{120, 120}, least: 120,
	}
	if underRace {
		plan.kills, plan.fills, plan.least = 8, plan.fills[:1], 40
	}
	trial(t, plan)
}

// trialRun is a run in progress.
type trialRun struct {
	t      *testing.T
	plan   crashPlan
	random *rand.Rand
	server *botapi.Server
	dir    string
	epoch  time.Time
	killed []time.Time

	digests bool      // the next victims make backlogs digests
	up      io.Reader // the last victim writes to it when it runs
}

func trial(t *testing.T, plan crashPlan) {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	// While it is unreachable another server may get its port: that one does not know this token.
	server, err := botapi.Start(botapi.Options{Token: fmt.Sprintf("%d:kill", seed)})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	server.AddUser(botapi.User{ID: int64(chatAll), FirstName: "Ann"})
	for _, id := range []model.ChatID{chatScoped, chatHours, chatOutcast} {
		server.AddChat(botapi.Chat{ID: int64(id), Type: "group", Title: "ops"})
	}
	r := &trialRun{t: t, plan: plan, random: rand.New(rand.NewPCG(seed, 2)), server: server, dir: t.TempDir(), epoch: time.Now()}
	r.finish() // a first start, which collects before it notifies
	r.killAll()
	server.Heal()
	r.digests = true
	r.finish()
	r.givenUp()
	r.judge()
}

// killAll starts victims and kills them, with faults all the time, a chat migration in the middle, and an outage after it.
func (r *trialRun) killAll() {
	ctx, cancel := context.WithCancel(r.t.Context())
	random := rand.New(rand.NewPCG(r.random.Uint64(), 3))
	var faults sync.WaitGroup
	faults.Go(func() { r.breakThings(ctx, random) })
	defer faults.Wait()
	defer cancel()
	for i := 0; i < r.plan.kills || i < 2*r.plan.kills && (r.messages() < r.plan.least || !r.repeated()); i++ {
		r.digests = r.random.IntN(3) == 0
		if step := r.plan.kills / (len(r.plan.fills) + 1); step > 0 && i%step == step/2 && i/step < len(r.plan.fills) {
			r.fill(r.plan.fills[i/step])
			r.digests = i/step%2 == 0
		}
		switch i {
		case r.plan.kills / 2:
			if err := r.server.Migrate(int64(chatScoped), int64(chatMoved)); err != nil {
				r.t.Fatal(err)
			}
		case r.plan.kills * 3 / 4:
			r.server.Unplug()
			r.kill(r.plan.away)
			if err := r.server.Plug(); err != nil {
				r.t.Fatal(err)
			}
			continue
		}
		r.kill(r.plan.life)
	}
}

// fill lets messages pile up while Telegram is unreachable. The victim kills itself then.
func (r *trialRun) fill(messages int) {
	r.t.Helper()
	r.server.Unplug()
	cmd := r.launch(&orders{Fill: messages})
	err := cmd.Wait()
	if state, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || !state.Signaled() {
		r.t.Fatalf("it does not fill the outbox: %v", err)
	}
	r.killed = append(r.killed, time.Now())
	if err := r.server.Plug(); err != nil {
		r.t.Fatal(err)
	}
}

// messages is the number of accepted messages.
func (r *trialRun) messages() (n int) {
	for _, c := range r.server.Calls("sendMessage") {
		if c.Executed {
			n++
		}
	}
	return n
}

// repeated reports whether a message came again so far: without one nothing was tried.
func (r *trialRun) repeated() bool {
	calls := r.server.Calls("sendMessage")
	return slices.ContainsFunc(calls, func(c botapi.Call) bool {
		_, w, ok := said(&c)
		return ok && w.Repeat
	})
}

// kill starts a victim and kills it at a random time: after some steps of the server, or when its time is up. That begins when the
// victim runs, however slow the machine is; a few die while they start.
func (r *trialRun) kill(life time.Duration) {
	r.t.Helper()
	before := r.server.Version()
	cmd := r.start(false)
	if r.random.IntN(4) > 0 {
		_, _ = r.up.Read(make([]byte, 1))
	}
	if r.server.Plugged() { // its first call, which may never come: everything may be sent, or a chat paused
		ctx, cancel := context.WithTimeout(r.t.Context(), life+time.Duration(r.random.Int64N(int64(life))))
		_, _ = r.server.WaitChange(ctx, before)
		cancel()
	}
	ctx, cancel := context.WithTimeout(r.t.Context(), life/4+time.Duration(r.random.Int64N(int64(life))))
	_, _ = r.server.WaitChange(ctx, r.server.Version()+r.random.Uint64N(1000))
	cancel()
	_ = cmd.Process.Kill()
	r.killed = append(r.killed, time.Now())
	_ = cmd.Wait()
}

// breakThings breaks something now and then.
func (r *trialRun) breakThings(ctx context.Context, random *rand.Rand) {
	tick := time.NewTicker(r.plan.pace)
	defer tick.Stop()
	refused := 0
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			f := r.plan.faults[random.IntN(len(r.plan.faults))]
			f.Skip = random.IntN(4)
			r.server.Break(f)
			refused = r.refuseOne(refused)
			if random.IntN(2) == 0 {
				r.refuse(random)
			}
		}
	}
}

// refuse has a chat refuse everything for a while, in one of the ways that sound final: it removes the bot and takes it back. What may
// be about a message is tried as a document, too, which the oracle does not read: it is refused for longer.
func (r *trialRun) refuse(random *rand.Rand) {
	all := botapi.Refusals()
	chats := []model.ChatID{chatAll, chatScoped, chatMoved, chatHours, chatOutcast}
	f := botapi.Fault{
		Kind: botapi.FaultRefused, Refusal: all[random.IntN(len(all))], Chat: int64(chats[random.IntN(len(chats))]), Times: -1,
		For: r.plan.pace/4 + time.Duration(random.Int64N(int64(2*r.plan.pace))),
	}
	r.server.Break(f)
	f.Method, f.For = "sendDocument", f.For+time.Second
	r.server.Break(f)
}

// refuseOne makes the server refuse one message as malformed. There is never more than one such fault, for the same message
// is sent once more as plain text, and if that is refused too it is given up.
func (r *trialRun) refuseOne(ordered int) int {
	seen := 0
	for _, c := range r.server.Calls() {
		if c.Fault == botapi.FaultBadRequest {
			seen++
		}
	}
	if seen < ordered {
		return ordered
	}
	r.server.Break(botapi.Fault{Kind: botapi.FaultBadRequest, To: "can't parse entities", HTML: true, Skip: 10})
	return ordered + 1
}

func (r *trialRun) start(drain bool) *exec.Cmd {
	r.t.Helper()
	return r.launch(&orders{Drain: drain, Joins: r.plan.joins, Digests: r.digests})
}

// launch starts a victim with orders, which it completes.
func (r *trialRun) launch(o *orders) *exec.Cmd {
	r.t.Helper()
	o.URL, o.Token, o.Dir, o.Seed, o.Epoch = r.server.URL(), r.server.Token(), r.dir, r.random.Uint64(), r.epoch
	text, err := json.Marshal(o)
	if err != nil {
		r.t.Fatal(err)
	}
	cmd := exec.CommandContext(r.t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), crashOrders+"="+string(text))
	cmd.Stderr = os.Stderr
	if r.up, err = cmd.StdoutPipe(); err != nil {
		r.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	return cmd
}

// finish lets a victim finish everything.
func (r *trialRun) finish() {
	r.t.Helper()
	if err := r.start(true).Wait(); err != nil {
		r.t.Fatalf("it does not come to an end: %v", err)
	}
}

func (r *trialRun) open() *store.DB {
	r.t.Helper()
	db, err := store.Open(r.t.Context(), store.Options{Path: filepath.Join(r.dir, "opsbot.db"), Now: time.Now})
	if err != nil {
		r.t.Fatal(err)
	}
	return db
}

// givenUp must be nothing: every refusal is of a while.
func (r *trialRun) givenUp() {
	r.t.Helper()
	db := r.open()
	defer func() { _ = db.Close() }()
	dead, err := db.DeadLetters(r.t.Context(), 1<<20)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, d := range dead {
		r.t.Errorf("given up: %s to %s: %s", d.Notification.Kind, d.Notification.To, d.Why)
	}
}

// acks are the lines of the victims' journal. The last one of a life may be cut off.
func (r *trialRun) acks() []ack {
	r.t.Helper()
	text, err := os.ReadFile(filepath.Join(r.dir, "acks"))
	if err != nil {
		r.t.Fatal(err)
	}
	var all []ack
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		var a ack
		if json.Unmarshal(lines.Bytes(), &a) == nil {
			all = append(all, a)
		}
	}
	return all
}
