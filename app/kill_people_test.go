package app_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"opsbot/sandbox"
	"opsbot/sandbox/botapi"
	"opsbot/store"
)

// TestKillWhilePeopleAsk kills the program again and again while people send commands and press buttons, and while Telegram answers
// badly. Each command has its answer in the end, each mute is as was said, and none is set twice.
func TestKillWhilePeopleAsk(t *testing.T) {
	t.Parallel()
	peopleTrial(t, peoplePlan{kills: 8, life: 1500 * time.Millisecond})
}

// peoplePlan says how often the program is killed, and after how long at most.
type peoplePlan struct {
	kills int
	life  time.Duration
}

// mostLife bounds how long a life is made on a slow machine.
const mostLife = 4 * time.Second

// peopleRun is one such trial.
type peopleRun struct {
	*product
	plan   peoplePlan
	random *rand.Rand
	asked  map[int]string   // the commands, by their message
	marks  map[string]*fate // of what shall be muted, by the mark in the reason
	figures
}

// figures are counted for the report of a long trial.
type figures struct {
	plain, doubles, interrupted int           // answers: as ever, marked as repeats, after a restart
	done, undone, presses       int           // mutes, and presses
	stuck                       int           // messages of progress whose number no run came to know
	slowest                     time.Duration // to the last answer, after the last start
}

// fate is what became of one mute.
type fate struct {
	command  int // its message
	question int // the message that asked for confirmation; 0 is none
	press    string
}

func peopleTrial(t *testing.T, plan peoplePlan) {
	t.Helper()
	seed := uint64(time.Now().UnixNano()) //nolint:gosec // any number
	t.Logf("seed %d", seed)
	r := &peopleRun{product: newWorld(t), plan: plan, random: rand.New(rand.NewPCG(seed, 1)), asked: map[int]string{}, marks: map[string]*fate{}}
	first, start := r.spawn(), time.Now()
	r.settled()
	first.kill()
	r.plan.life = max(r.plan.life, min(2*time.Since(start), mostLife)) // where all is slow, a life must still be long enough to do something
	for range plan.kills {
		r.live()
	}
	r.world.Bot.Heal()
	last, began := r.spawn(), time.Now()
	for range 3 { // nothing is in their way
		r.ask("/mute 1h main-db -- %s")
	}
	r.pressAll() // what was asked and not pressed
	r.allAnswered(began)
	last.kill()
	r.judge()
	t.Logf("%d kills, %d commands and %d presses: %+v", plan.kills, len(r.asked), r.presses, r.figures)
}

// live starts the program, has people ask and things break for a while, and kills it.
func (r *peopleRun) live() {
	r.t.Helper()
	p := r.spawn()
	if r.random.IntN(4) > 0 {
		r.polls()
	}
	end := time.NewTimer(time.Duration(r.random.Int64N(int64(r.plan.life))))
	defer end.Stop()
	for {
		switch {
		case len(r.open()) > mostOpen: // people are not endless
		case r.random.IntN(4) == 0:
			r.breakOne()
		case r.random.IntN(4) == 0:
			r.pressOne()
		default:
			r.askOne()
		}
		pause := time.NewTimer(time.Duration(r.random.IntN(150)) * time.Millisecond)
		select {
		case <-pause.C:
		case <-end.C:
			pause.Stop()
			p.kill()
			return
		}
	}
}

// mostOpen is how many commands may be without an answer while more are sent.
const mostOpen = 12

// polls waits until the program asks for messages, unless a fault or a wait is in the way.
func (r *peopleRun) polls() {
	ctx, cancel := context.WithTimeout(r.t.Context(), 5*time.Second)
	defer cancel()
	calls := r.world.Bot.Calls()
	before := calls[len(calls)-1].Seq
	_, _ = r.world.Bot.WaitCall(ctx, func(c botapi.Call) bool { return c.Seq > before && c.Method == "getupdates" })
}

func (r *peopleRun) askOne() {
	lines := []string{
		"/status", "/whoami", "/mutes", "/check main-db", "/webtest clientA", "/incidents", "/mute 1h nosuch", "/webtest all", "/help",
		"/mute 1h main-db -- %s", "/mute 2h clientA -- %s", "/maintenance 23:00 1h main-db -- %s", "/mute 1h all -- %s", "/mute 1h all -- %s",
	}
	r.ask(lines[r.random.IntN(len(lines))])
}

// ask sends a command; where it has room for a reason, with a mark of its own.
func (r *peopleRun) ask(line string) {
	mark := fmt.Sprintf("mark%dx", len(r.asked))
	marked := strings.Contains(line, "%s")
	if marked {
		line = fmt.Sprintf(line, mark)
	}
	id := r.say(sandbox.Admin, sandbox.OpsChat, line)
	r.asked[id] = line
	if marked {
		r.marks[mark] = &fate{command: id}
	}
}

// breakOne lets one of the next calls fail, in some way.
func (r *peopleRun) breakOne() {
	methods := []string{"sendMessage", "sendMessage", "sendMessage", "editMessageText", "editMessageText", "answerCallbackQuery", "sendDocument", "getUpdates"}
	refusals := []botapi.FaultKind{botapi.FaultFlood, botapi.FaultUnauthorized} // Telegram does nothing then
	kinds := append([]botapi.FaultKind{
		botapi.FaultServer, botapi.FaultHTML502, botapi.FaultHTML200, botapi.FaultEmpty, botapi.FaultCut, botapi.FaultNull, botapi.FaultReset,
	}, refusals...)
	kind := kinds[r.random.IntN(len(kinds))]
	r.world.Bot.Break(botapi.Fault{
		Kind: kind, Method: methods[r.random.IntN(len(methods))], After: r.random.IntN(2) == 0 && !slices.Contains(refusals, kind),
		RetryAfter: 1, Times: 1 + r.random.IntN(2), Skip: r.random.IntN(3),
	})
}

// pressOne presses the button of a question that nobody has pressed yet, if there is one.
func (r *peopleRun) pressOne() {
	messages := r.world.Bot.Messages(sandbox.OpsChat)
	for _, f := range r.marks {
		for i := range messages {
			m := &messages[i]
			if f.press != "" || m.ReplyTo != f.command || !m.FromBot || len(m.Buttons) == 0 || m.Buttons[0][0].Text != "Mute" {
				continue
			}
			press, err := r.world.Bot.Press(sandbox.Admin, sandbox.OpsChat, m.ID, m.Buttons[0][0].Data)
			if err == nil { // else it has changed meanwhile
				f.press, f.question = press, m.ID
				r.presses++
			}
			return
		}
	}
}

func (r *peopleRun) pressAll() {
	for before := -1; before != r.presses; {
		before = r.presses
		r.pressOne()
	}
}

// allAnswered waits until everything is answered, at most a minute after the last start.
func (r *peopleRun) allAnswered(began time.Time) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), patience)
	defer cancel()
	for {
		version := r.world.Bot.Version()
		open := r.open()
		if len(open) == 0 {
			r.slowest = time.Since(began)
			return
		}
		if _, err := r.world.Bot.WaitChange(ctx, version); err != nil {
			r.t.Errorf("%d commands have no answer a minute after the start: %v\nlog:\n%s", len(open), open, r.out)
			return
		}
	}
}

// answersTo are the answers of the bot to a message, as they are now.
func (r *peopleRun) answersTo(id int) (all []botapi.Message) {
	for _, m := range r.world.Bot.Messages(sandbox.OpsChat) {
		if m.FromBot && m.ReplyTo == id && !m.Deleted {
			all = append(all, m)
		}
	}
	return all
}

// open is what has no answer yet.
func (r *peopleRun) open() (open []string) {
	byCommand := map[int][]botapi.Message{}
	for _, m := range r.world.Bot.Messages(sandbox.OpsChat) {
		if m.FromBot && !m.Deleted {
			byCommand[m.ReplyTo] = append(byCommand[m.ReplyTo], m)
		}
	}
	for id, line := range r.asked {
		if !slices.ContainsFunc(byCommand[id], func(m botapi.Message) bool { return !strings.HasPrefix(m.Text, "⏳") }) {
			open = append(open, fmt.Sprintf("#%d %s", id, line))
		}
	}
	for mark, f := range r.marks {
		if f.press != "" && r.pressSaid(f) == "" {
			open = append(open, "press "+f.press+" of "+mark)
		}
	}
	return open
}

// pressSaid is what was said of a press: "done", "undone", or "" for nothing.
func (r *peopleRun) pressSaid(f *fate) string {
	var said []string
	for _, m := range r.world.Bot.Messages(sandbox.OpsChat) {
		if m.FromBot && (m.ID == f.question || m.ReplyTo == f.question) {
			said = append(said, m.Text)
		}
	}
	for _, a := range r.world.Bot.Answers(0) {
		if a.Callback == f.press {
			said = append(said, a.Text)
		}
	}
	return verdictOf(said)
}

// verdictOf reads whether a mute was said to be done.
func verdictOf(said []string) string {
	verdict := ""
	for _, text := range said {
		switch {
		case strings.Contains(text, "Muted until"), strings.Contains(text, "✅ mute"), strings.Contains(text, "Planned"), strings.Contains(text, "Maintenance"):
			return "done"
		case strings.Contains(text, "Nothing was changed"):
			verdict = "undone"
		}
	}
	return verdict
}

// judge compares what was said with what is stored.
func (r *peopleRun) judge() {
	r.t.Helper()
	for _, id := range slices.Sorted(maps.Keys(r.asked)) {
		r.judgeAnswers(id)
	}
	made := r.mutesMade()
	for mark, f := range r.marks {
		var said []string
		for _, m := range r.answersTo(f.command) {
			said = append(said, m.Text)
		}
		verdict := verdictOf(said)
		if f.press != "" {
			verdict = r.pressSaid(f)
		}
		switch n := made[mark]; {
		case n > 1, n == 1 && verdict != "done", n == 0 && verdict == "done":
			r.t.Errorf("%s: %d mutes, and it was said to be %q:\n%q", mark, n, verdict, said)
		case verdict == "done":
			r.done++
		default:
			r.undone++
		}
	}
}

// judgeAnswers looks for doubles that do not say so.
func (r *peopleRun) judgeAnswers(id int) {
	r.t.Helper()
	plain := 0
	var texts []string
	for _, m := range r.answersTo(id) {
		texts = append(texts, m.Text)
		switch {
		case strings.Contains(m.Text, "opsbot restarted"):
			r.interrupted++
		case strings.Contains(m.Text, "(may be a repeat)"):
			r.doubles++
		case strings.HasPrefix(m.Text, "⏳"):
			r.stuck++
		default:
			plain++
			r.plain++
		}
	}
	if plain > 1 {
		r.t.Errorf("%q was answered %d times without a mark: %q", r.asked[id], plain, texts)
	}
}

// mutesMade counts the mutes that were ever set, by their mark.
func (r *peopleRun) mutesMade() map[string]int {
	r.t.Helper()
	db, err := store.Open(r.t.Context(), store.Options{Path: filepath.Join(r.dir, "opsbot.db"), Now: time.Now})
	if err != nil {
		r.t.Fatal(err)
	}
	defer db.Close()
	memory, err := db.Load(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	made := map[string]int{}
	for _, m := range memory.Mutes {
		made[m.Reason]++
	}
	if len(memory.Mutes) == 0 && len(r.marks) > 0 {
		r.t.Error("no mute was set at all")
	}
	return made
}
