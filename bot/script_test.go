package bot_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"opsbot/alerts"
	"opsbot/model"
	"opsbot/sandbox/botapi"
	"opsbot/test/golden"
)

// TestAColourMeansOneThing goes through all that the chat and reports say in their goldens: a line that says of something that it is at risk,
// and of nothing that it is down, is orange, whatever the severity.
func TestAColourMeansOneThing(t *testing.T) {
	marked := regexp.MustCompile(`(?m)^\s*[🔴🟡🟢🔵⚪]\s?[^;\n]*(?:at risk|под угрозой)[^;\n]*$`)
	alone := regexp.MustCompile(`none down|полностью недоступных нет`)
	down := regexp.MustCompile(`\bdown\b|critical|недоступ|не работа|критич`)
	lines := 0
	for _, pattern := range []string{"testdata/*.txt", "testdata/*.golden", "../report/testdata/*.txt"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			lines += strings.Count(string(text), "🟠")
			for _, line := range marked.FindAllString(string(text), -1) {
				if !down.MatchString(alone.ReplaceAllString(line, "")) {
					t.Errorf("%s: %s", file, strings.TrimSpace(line))
				}
			}
		}
	}
	if lines < 100 {
		t.Errorf("%d lines are orange: what is looked at?", lines)
	}
}

// TestScripts holds the chat to its transcripts: testdata/NAME.en.txt, and NAME.ru.txt for the same in Russian. Lines that
// begin with four spaces are what people see; the others are what they do:
//
//	operator@ops: /status             writes; without @chat in private; @forum.7 is a topic
//	operator@ops replies N: /mute 1h  in reply to the N-th last message of the bot
//	operator@ops forwards: /status    what somebody else wrote
//	operator@ops hidden: /status      as an anonymous administrator
//	viewer@ops presses 2              the second button of the last message that has any; "presses 2 of 3" of the third last
//	viewer@ops replays                sends the last press once more, as a changed app could
//	!break main-db timeout            and lets the schedule see it; also !heal, !blind (cannot be judged)
//	!break quietly acme/store@web1    for web tests to see; the schedule has not looked yet
//	!slow acme/store@web1 400ms       for web tests: how long it takes
//	!later 3 break quietly acme/store@web1   in the third pause of the next web test of several rounds
//	!rules                            more than two incidents are a storm; reminders after an hour
//	!event icinga web1 web9           a source calls hosts broken, and what they carry is looked at; with over, unsure at the end
//	!source icinga silent             is disconnected; heard: connected again; bound: may not acknowledge
//	!watch 2h acme/reports@web1       the schedule sees it every minute for so long
//	!delete ops                       somebody deletes the pinned message
//	!unpinnable ops                   the bot may not pin there, and somebody takes the pin off
//	!log web1 access 3 LINE           so many lines in a log of a host; {at} and {error} are now, {n} counts
//	!noted 1                          the logs are added to the card
//	!wait 10m   !code   !role viewer none   !trouble store
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.en.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for i, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".en.txt")
		languages := []string{"en", "ru"}
		if underRace { // the same code runs in both
			languages = languages[i%2 : i%2+1]
		}
		for _, language := range languages {
			t.Run(name+"/"+language, func(t *testing.T) {
				t.Parallel()
				transcript(t, file, "testdata/"+name+"."+language+".txt", language)
			})
		}
	}
}

func transcript(t *testing.T, script, path, language string) {
	text, err := os.ReadFile(script)
	if err != nil {
		t.Fatal(err)
	}
	o := options{language: language, unpaired: strings.HasPrefix(filepath.Base(script), "pairing")}
	o.pinned = strings.HasPrefix(filepath.Base(script), "pinned")
	if strings.HasPrefix(filepath.Base(script), "report") {
		o.mails, o.fleet, o.past = []string{"oncall", "boss"}, reportedFleet(), past{} // a month is known of every service
	}
	w := newWorld(t, o)
	var out strings.Builder
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, "\n")
		if strings.HasPrefix(line, "    ") {
			continue
		}
		out.WriteString(line + "\n")
		if line == "" || line[0] == '#' {
			continue
		}
		before := w.picture()
		w.clock.Advance(time.Second)
		w.do(line)
		for _, seen := range w.since(before) {
			seen = inviteLink.ReplaceAllString(seen, "?start={invite}")
			out.WriteString("    " + strings.ReplaceAll(seen, "\n", "\n      ") + "\n")
		}
	}
	golden.Compare(t, path, out.String())
}

var sentence = regexp.MustCompile(`^(\w+)(?:@(\w+)(?:\.(\d+))?)?( forwards| hidden| replies \d+| presses \d+(?: of \d+)?| replays)?(?:: ?(.*))?$`)

var inviteLink = regexp.MustCompile(`\?start=([\w-]+)`)

// invited replaces {invite} by the code of the last link that was made. Transcripts have none: it differs each time.
func (w *world) invited(text string) string {
	if !strings.Contains(text, "{invite}") {
		return text
	}
	code := ""
	for _, m := range w.server.Messages(admin) {
		if found := inviteLink.FindStringSubmatch(m.Text); found != nil {
			code = found[1]
		}
	}
	return strings.ReplaceAll(text, "{invite}", code)
}

// do plays one line of a script.
func (w *world) do(line string) {
	w.Helper()
	if order, ok := strings.CutPrefix(line, "!"); ok {
		w.order(strings.Fields(order))
		return
	}
	m := sentence.FindStringSubmatch(line)
	if m == nil || names[m[1]] == 0 {
		w.Fatalf("what does %q mean?", line)
	}
	chat := names[m[1]]
	if m[2] != "" {
		chat = chats[m[2]]
	}
	topic, _ := strconv.Atoi(m[3])
	how := strings.Fields(m[4])
	if len(how) > 0 && (how[0] == "presses" || how[0] == "replays") {
		w.press(names[m[1]], chat, how)
		return
	}
	long := strings.ReplaceAll(m[5], "{long}", strings.Repeat("x", 4000))
	p := botapi.Post{From: names[m[1]], Chat: chat, Topic: topic, Text: strings.ReplaceAll(strings.ReplaceAll(w.invited(long), "{code}", w.code), `\n`, "\n")}
	if len(how) > 0 {
		p.Forwarded, p.Anonymous = how[0] == "forwards", how[0] == "hidden"
		if how[0] == "replies" {
			p.ReplyTo = w.ours(chat, number(how[1]), false).ID
		}
	}
	w.say(p)
	w.deliver()
}

func number(text string) int {
	n, _ := strconv.Atoi(text)
	return n
}

// ours is the n-th last message of the bot in a chat, or of those with buttons.
func (w *world) ours(chat int64, n int, buttons bool) botapi.Message {
	w.Helper()
	for _, m := range slices.Backward(w.server.Messages(chat)) {
		if !m.FromBot || buttons && len(m.Buttons) == 0 {
			continue
		}
		if n--; n == 0 {
			return m
		}
	}
	w.Fatalf("there is no such message in %d", chat)
	return botapi.Message{}
}

func (w *world) press(user, chat int64, how []string) {
	w.Helper()
	if how[0] == "replays" {
		_, err := w.server.Forge(user, chat, w.ours(chat, 1, false).ID, w.lastPress)
		w.ok(err)
	} else {
		back := 1
		if len(how) == 4 {
			back = number(how[3])
		}
		m := w.ours(chat, back, true)
		all := slices.Concat(m.Buttons...)
		if number(how[1]) > len(all) {
			w.Fatalf("no button %s under %q", how[1], m.Text)
		}
		w.lastPress = all[number(how[1])-1].Data
		_, err := w.server.Press(user, chat, m.ID, w.lastPress)
		w.ok(err)
	}
	w.wait()
	w.deliver()
}

// order plays a line about the world.
func (w *world) order(words []string) {
	w.Helper()
	switch words[0] {
	case "break", "heal", "blind":
		w.change(words)
	case "slow":
		d, err := model.ParseDuration(words[2])
		w.ok(err)
		w.engine.slow(model.CheckID(words[1]), time.Duration(d))
	case "later":
		for len(w.later) < number(words[1]) {
			w.later = append(w.later, nil)
		}
		w.later[number(words[1])-1] = words[2:]
	case "escalate":
		w.escalate()
	case "oncall":
		w.roster = someRoster(words[1:]...)
	case "shifts":
		w.ok(w.actions.NotifyShifts(w.ctx))
		w.deliver()
	case "rules":
		w.manager.SetRules(alerts.Rules{Storm: alerts.Storm{Over: 2, Within: time.Minute}, Remind: []time.Duration{time.Hour}})
	case "wait":
		d, err := model.ParseDuration(words[1])
		w.ok(err)
		w.happen(time.Duration(d))
	case "watch":
		d, err := model.ParseDuration(words[1])
		w.ok(err)
		for end := w.clock.Now().Add(time.Duration(d)); w.clock.Now().Before(end); w.clock.Advance(time.Minute) {
			for _, id := range words[2:] {
				result := w.engine.see(model.CheckID(id))
				w.ok(w.manager.Handle(w.ctx, result))
				w.history.Record([]model.Result{result})
			}
			w.ok(w.history.Live(w.ctx))
			w.happen(0)
		}
	case "recheck": // what was asked of the schedule
		ids := w.rechecks
		w.rechecks = nil
		w.runScheduled(ids...)
	case "code":
		w.code, _, _ = w.people.OpenPairing()
	case "role":
		w.users = slices.Clone(w.users)
		for i := range w.users {
			if w.users[i].ID == model.UserID(names[words[1]]) {
				w.ok(w.users[i].Role.UnmarshalText([]byte(words[2])))
			}
		}
		w.people.SetConfig(w.rooms, w.users)
	case "event":
		w.event(words[1], words[2:])
	case "source":
		w.source(words[1], words[2])
	case "log":
		w.logs.write(w, words[1], words[2], number(words[3]), strings.Join(words[4:], " "))
	case "noted":
		w.logs.note(w, model.IncidentID(number(words[1])))
		w.happen(time.Second)
	case "delete": // the pinned message of a chat, as a person does
		for _, id := range w.server.Pins(chats[words[1]]) {
			w.server.Delete(chats[words[1]], id)
		}
	case "unpinnable":
		w.server.SetPins(chats[words[1]], false)
		for _, id := range w.server.Pins(chats[words[1]]) {
			w.server.Unpin(chats[words[1]], id)
		}
	case "trouble":
		w.healthIssues = append(w.healthIssues, model.NewReason(model.IssueStore, "what", "disk <full>", "since", epoch.Format(time.RFC3339)))
	default:
		w.Fatalf("what does !%s mean?", words[0])
	}
}

// event has a source call hosts broken, or say that they are not ("over", "unsure"), and what that touches be looked at.
func (w *world) event(source string, words []string) {
	w.Helper()
	var events []model.Event
	end := model.EventEnd("")
	for _, word := range words {
		switch word {
		case "over":
			end = model.EndConfirmed
		case "unsure":
			end = model.EndUnconfirmed
		default:
			events = append(events, model.Event{
				EventKey: model.EventKey{Source: source, ID: word}, Names: []string{word}, Title: "PING <CRITICAL> - 100% loss",
				Severity: model.SeverityCritical, OpenedAt: w.clock.Now(), SeenAt: w.clock.Now(),
			})
		}
	}
	if end != "" {
		for i := range events {
			for _, open := range w.manager.Events(model.Scope{}) { // as the ledger does
				if open.EventKey == events[i].EventKey {
					events[i].OpenedAt, events[i].SeenAt = open.OpenedAt, open.SeenAt
				}
			}
			events[i].EndedAt, events[i].End = w.clock.Now(), end
		}
	}
	w.ok(w.manager.HandleEvents(w.ctx, events...))
	ids := w.asked
	w.asked = nil
	w.clock.Advance(time.Second)
	for _, id := range ids {
		w.ok(w.manager.Handle(w.ctx, w.engine.see(id)))
	}
	w.happen(0)
}

// source changes the connection of a source.
func (w *world) source(name, how string) {
	w.Helper()
	state := model.SourceState{Name: name, Kind: model.SourceIcinga, Version: "r2.13.6", Answered: w.clock.Now(), Active: 2}
	why := model.Reason{}
	switch how {
	case "silent":
		why = model.NewReason(model.ReasonSourceAway, "said", "connection refused")
		state.Failing, state.Since, state.Disconnected = why, w.clock.Now(), true
	case "bound":
		state.Missing = []model.Reason{model.NewReason(model.ReasonSourceRight, "right", "actions/acknowledge-problem", "for", "ack")}
	}
	w.sources = []model.SourceState{state}
	w.ok(w.manager.SetSource(w.ctx, name, why))
	w.happen(0)
}

// reasons are what breaks, in a script's words.
var reasons = map[string]model.Reason{
	"refused": model.NewReason(model.ReasonRefused, "addr", "10.0.0.1:80", "took", "3ms"),
	"timeout": model.NewReason(model.ReasonTimeout, "addr", "10.0.0.1:80", "phase", "connect", "limit", "10s"),
	"503":     model.NewReason(model.ReasonWebStatus, "got", "503", "want", "200", "took", "41ms", "addr", "10.0.0.1:80"),
}

func (w *world) change(words []string) {
	w.Helper()
	what, words := words[0], words[1:]
	quietly := words[0] == "quietly"
	if quietly {
		words = words[1:]
	}
	reason := reasons["refused"]
	var ids []model.CheckID
	for _, word := range words {
		if r, ok := reasons[word]; ok {
			reason = r
			continue
		}
		ids = append(ids, model.CheckID(word))
	}
	for _, id := range ids {
		switch what {
		case "break":
			w.engine.set(id, model.StatusFail, reason)
		case "blind":
			w.engine.set(id, model.StatusUnknown, model.NewReason(model.ReasonLocal, "said", "no route <here>"))
		default:
			w.engine.set(id, model.StatusOK, model.Reason{})
		}
	}
	if !quietly {
		w.runScheduled(ids...)
	}
}

// picture is what all chats show: how often each message was changed.
type picture struct {
	edits   map[int64]map[int]int
	answers int
	mailed  int
}

func (w *world) everywhere() []int64 {
	all := slices.Sorted(maps.Values(names))
	return append(all, opsChat, forum, acmeChat, elsewhere)
}

func (w *world) picture() picture {
	p := picture{edits: map[int64]map[int]int{}, answers: len(w.server.Answers(0)), mailed: len(w.mailed)}
	for _, chat := range w.everywhere() {
		p.edits[chat] = map[int]int{}
		for _, m := range w.server.Messages(chat) {
			p.edits[chat][m.ID] = m.Edits
		}
	}
	return p
}

// since is what people saw after a picture was taken.
func (w *world) since(before picture) []string {
	var seen []string
	for _, a := range w.server.Answers(0)[before.answers:] {
		if a.Text != "" {
			kind := "toast"
			if a.Alert {
				kind = "box"
			}
			seen = append(seen, kind+" for "+nameOf(names, a.User)+": "+a.Text)
		}
	}
	for _, chat := range w.everywhere() {
		for _, m := range w.server.Messages(chat) {
			edits, known := before.edits[chat][m.ID]
			if m.FromBot && (!known || m.Edits != edits) {
				seen = append(seen, shown(m, known))
			}
		}
	}
	return append(seen, w.mailed[before.mailed:]...)
}

func nameOf(all map[string]int64, id int64) string {
	for name, one := range all {
		if one == id {
			return name
		}
	}
	return strconv.FormatInt(id, 10)
}

// shown is a message as a transcript has it.
func shown(m botapi.Message, edited bool) string {
	where := nameOf(chats, m.Chat)
	if m.Chat > 0 {
		where = nameOf(names, m.Chat)
	}
	if m.Topic != 0 {
		where += "." + strconv.Itoa(m.Topic)
	}
	var marks []string
	for mark, on := range map[string]bool{"edit": edited, "pinned": m.Pinned, "silent": m.Silent, "reply": m.ReplyTo != 0} {
		if on {
			marks = append(marks, mark)
		}
	}
	slices.Sort(marks)
	text := "in " + where + " (" + strings.Join(marks, ", ") + "):"
	if len(marks) == 0 {
		text = "in " + where + ":"
	}
	text += "\n" + m.Text
	switch {
	case m.File != nil && m.File.Kind == "photo":
		text += "\n<a picture>"
	case m.File != nil && strings.HasSuffix(m.File.Name, ".html"): // those have goldens of their own
		text += "\n<" + m.File.Name + ">"
	case m.File != nil:
		text += "\n<" + m.File.Name + ">\n" + strings.TrimSpace(strings.TrimPrefix(string(m.File.Content), "\ufeff"))
	}
	n := 0
	for _, row := range m.Buttons {
		text += "\n"
		for _, b := range row {
			n++
			text += fmt.Sprintf("[%d %s] ", n, b.Text)
		}
		text = strings.TrimRight(text, " ")
	}
	return text
}
