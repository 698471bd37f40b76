package bot_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"opsbot/alerts"
	"opsbot/model"
	"opsbot/ops"
	"opsbot/sandbox/botapi"
)

// What begins with foreign is not acme's: no reader limited to acme may get it.
const foreign = "zq"

// bea is an admin of acme alone: what an admin may ask is asked too.
const bea = 8

// The two fleets differ in the clients and checks that are not acme's.
var (
	acmeAlone    = []string{"acme/reports@web1", "acme/reports@web2", "acme/store@web1", "acme/store@web2", "acme/mail@web5"}
	othersBeside = []string{"zqbeta/zqreports@zqweb3", "zqbeta/zqreports@zqweb4", "zqbeta/zqsupport@zqweb3", "zqgamma/zqshop@zqweb6"}
)

// wall is the same history in two worlds: in one acme is alone, in the other it is beside clients with whom it shares nothing. Whoever is
// limited to acme must not be able to tell them apart.
type wall struct {
	t            *testing.T
	alone, whole *world
	r            *rand.Rand
	past         []string // what happened, for the reader of a failure
	rules        alerts.Rules
	shared       bool // acme shares hosts with others: what happens there is acme's business too, and names nobody
	found        map[string]bool
}

func newWall(t *testing.T, seed uint64, shared ...string) *wall {
	t.Helper()
	whole := fleetOf(slices.Concat(acmeAlone, othersBeside, shared), "zqmain-db")
	w := &wall{t: t, r: rand.New(rand.NewPCG(seed, 1)), found: map[string]bool{}, shared: len(shared) > 0} //nolint:gosec // it need not be secret
	w.alone = newWorld(t, options{language: "en", pinned: true, fleet: fleetOf(acmeAlone), mails: []string{"acme"}, within: 5 * time.Minute})
	w.whole = newWorld(t, options{language: "en", pinned: true, fleet: whole, mails: []string{"acme"}, within: 5 * time.Minute})
	w.rules = alerts.Rules{Remind: []time.Duration{time.Hour}, Storm: alerts.Storm{Over: int(seed % 4), Within: 10 * time.Second}, Flapping: alerts.Flapping{Over: 3, Within: time.Hour, Quiet: 10 * time.Minute}}
	for _, one := range w.both() {
		one.server.AddUser(botapi.User{ID: bea, FirstName: "Bea Boss", Language: "en"})
		one.users = append(one.users, model.User{ID: bea, Role: model.RoleAdmin, Scope: model.ScopeOf([]string{"acme"})})
		one.people.SetConfig(one.rooms, one.users)
		one.manager.SetRules(w.rules)
		one.manager.SetRouting(one.wallRouting())
		one.sources = []model.SourceState{{Name: "icinga", Kind: model.SourceIcinga, Version: "r2.13.6", Answered: one.clock.Now()}}
		one.runScheduled(one.estate()...)
	}
	return w
}

// wallRouting has what concerns acme go to its chat, by mail and to a webhook, and everything to the ops chat.
func (w *world) wallRouting() alerts.Routing {
	chat := func(id model.ChatID) model.Destination { return model.Destination{Channel: "telegram", Chat: id} }
	return alerts.Routing{Chats: w.rooms, Bypass: []model.Severity{model.SeverityCritical}, Routes: []alerts.Route{
		{Clients: []string{"acme"}, To: []model.Destination{chat(acmeChat), {Channel: "email:acme"}, {Channel: "webhook:acme"}}, Continue: true},
		{To: []model.Destination{chat(opsChat)}},
	}}
}

func (w *wall) both() []*world { return []*world{w.alone, w.whole} }

// estate are the checks of a world.
func (w *world) estate() (ids []model.CheckID) {
	for _, c := range w.inv.Checks() {
		ids = append(ids, c.ID)
	}
	return ids
}

// match are the checks whose ids contain a text.
func (w *world) match(part string) (ids []model.CheckID) {
	return slices.DeleteFunc(w.estate(), func(id model.CheckID) bool { return !strings.Contains(string(id), part) })
}

// step does the same in both worlds, in which the same time passes.
func (w *wall) step(name string, do func(*world)) {
	w.t.Helper()
	w.past = append(w.past, name)
	for _, one := range w.both() {
		do(one)
	}
	late := w.alone.clock.Now()
	if w.whole.clock.Now().After(late) {
		late = w.whole.clock.Now()
	}
	for _, one := range w.both() {
		one.clock.Advance(late.Sub(one.clock.Now()))
	}
}

// breaks has checks fail, or work again, and the schedule see it.
func (w *wall) breaks(part string, broken bool) {
	w.step(fmt.Sprintf("break %s: %v", part, broken), func(one *world) {
		for _, id := range one.match(part) {
			if broken {
				one.engine.set(id, model.StatusFail, reasons["refused"])
			} else {
				one.engine.set(id, model.StatusOK, model.Reason{})
			}
		}
		one.runScheduled(one.estate()...)
	})
}

func pick[T any](r *rand.Rand, all ...T) T { return all[r.IntN(len(all))] }

// foreignEvent is an event whose every word names others.
func foreignEvent(r *rand.Rand, at time.Time) model.Event {
	host := pick(r, "zqweb3", "zqweb4", "zqunknown", "zqbeta.example.com")
	return model.Event{
		EventKey: model.EventKey{Source: "icinga", ID: host + "!zqping"}, Names: []string{host}, Title: "zqping of zqbeta failed", Severity: model.SeverityCritical,
		OpenedAt: at, SeenAt: at,
	}
}

// others does something that is none of acme's business.
func (w *wall) others() {
	switch w.r.IntN(9) {
	case 0, 1:
		w.breaks(pick(w.r, "zqbeta", "zqgamma", "@zqweb3", "zqmain-db", "zq"), w.r.IntN(3) > 0)
	case 2:
		e := foreignEvent(w.r, w.whole.clock.Now())
		if w.r.IntN(3) == 0 {
			e.EndedAt, e.End = w.whole.clock.Now(), model.EndConfirmed
		}
		w.step("event "+e.ID, func(one *world) {
			if one == w.whole {
				one.ok(one.manager.HandleEvents(one.ctx, e))
			}
			one.happen(time.Second)
		})
	case 3:
		line := pick(w.r, "/mute 1h zqbeta -- zqreason", "/mute 2h zqmain-db", "/mute 1h zqweb3", "/maintenance 23:00 2h zqgamma -- zqplan")
		w.foreignSay(line)
	case 4:
		w.foreignSay(pick(w.r, "/unmute zqbeta", "/unmute zqmain-db", "/unmute zqweb3", "/unmute zqgamma")) // "all" ends acme's too
	case 5:
		w.foreignSay(pick(w.r, "/ack ", "/unack ", "/recheck ") + w.foreignIncident())
	case 6:
		w.foreignSay(pick(w.r, "/webtest zqbeta", "/webtest all", "/check zqmain-db", "/report zqbeta 1d", "/chart zqbeta"))
	case 7:
		w.step("health", func(one *world) {
			if one == w.whole {
				one.healthIssues = []model.Reason{model.NewReason(model.IssueOverdue, "check", "zqmain-db", "since", epoch.Format(time.RFC3339))}
				one.sources[0].Active = 7
				one.sources[0].Missing = []model.Reason{model.NewReason(model.ReasonSourceDeclines, "host", "zqweb3", "said", "zq no")}
			} else {
				one.healthIssues = []model.Reason{model.NewReason(model.IssueOverdue, "check", "web", "since", epoch.Format(time.RFC3339))}
			}
		})
	case 8:
		w.step("people", func(one *world) {
			if one == w.whole {
				one.users = append(one.users, model.User{ID: model.UserID(100 + len(one.users)), Name: "zqolga", Role: model.RoleOperator})
				one.people.SetConfig(one.rooms, one.users)
			}
		})
	}
}

// foreignIncident is the number of an open incident of others.
func (w *wall) foreignIncident() string {
	for _, in := range w.whole.manager.OpenIncidents(model.Scope{}) {
		if text := asJSON(in); strings.Contains(text, foreign) && !strings.Contains(text, "acme") {
			return strconv.FormatInt(int64(in.ID), 10)
		}
	}
	return "999"
}

// foreignSay has somebody who sees everything write in the ops chat of the whole world; in the other one only the time passes.
func (w *wall) foreignSay(line string) {
	w.step("operator: "+line, func(one *world) {
		if one == w.whole {
			one.do("operator@ops: " + line)
		}
		one.happen(time.Second)
	})
}

// own does something of acme, in both worlds.
func (w *wall) own() {
	switch w.r.IntN(6) {
	case 5:
		w.step("restart", func(one *world) {
			one.ok(one.history.Live(one.ctx)) // by a timer in the product, not by what is recorded
			issues, sources := one.healthIssues, one.sources
			one.restart(&options{})
			one.manager.SetRules(w.rules)
			one.manager.SetRouting(one.wallRouting())
			one.healthIssues, one.sources = issues, sources
			one.happen(time.Second)
			one.runScheduled(one.estate()...)
		})
	case 0, 1:
		w.breaks(pick(w.r, "acme/reports", "acme/store@web2", "acme/mail", "@web1", "acme"), w.r.IntN(3) > 0)
	case 2:
		e := model.Event{EventKey: model.EventKey{Source: "icinga", ID: "web5"}, Names: []string{"web5"}, Title: "PING CRITICAL", Severity: model.SeverityCritical}
		over := w.r.IntN(2) == 0
		w.step(fmt.Sprintf("own event, over %v", over), func(one *world) {
			e.OpenedAt, e.SeenAt = one.clock.Now(), one.clock.Now()
			if over {
				e.EndedAt, e.End = one.clock.Now(), model.EndConfirmed
			}
			one.ok(one.manager.HandleEvents(one.ctx, e))
			one.happen(time.Second)
		})
	case 3:
		d := time.Duration(w.r.IntN(3000)) * time.Second
		w.step("wait "+d.String(), func(one *world) { one.happen(d); one.runScheduled(one.estate()...) })
	case 4:
		w.compareSaying("anna: " + pick(w.r, "/mute 30m acme -- own", "/mute 1h web2", "/unmute all", "/maintenance 22:00 1h acme"))
	}
}

// asked is every command that a limited person may write. TestEveryCommandIsAsked holds it to the table of commands.
func (w *wall) asked() []string {
	n := strconv.Itoa(1 + w.r.IntN(4))
	return []string{
		"/status", "/status acme", "/status all", "/status web1", "/status zqbeta", "/status zqw", "/webtest acme", "/webtest all", "/check acme/mail", "/logs web1",
		"/logs zqweb3", "/mute", "/unmute " + n, "/extend " + n + " 1h", "/mutes", "/maintenance", "/incidents", "/incidents " + n, "/ack " + n, "/unack " + n, "/note " + n + " cable replaced", "/note " + n + " client: a cable was replaced",
		"/recheck " + n, "/whatif web1", "/whatif zqweb3", "/impact", "/impact live", "/impact icinga", "/impact zqnone", "/why acme", "/why web2", "/events",
		"/events icinga", "/events zqweb3", "/unmapped", "/sources", "/history", "/history acme 7d", "/history zqbeta", "/chart acme", "/chart acme 1h", "/chart zqbeta",
		"/report acme 1d", "/report acme 1d internal", "/report zqbeta", "/reset acme/mail", "/audit", "/audit zq", "/users", "/whoami", "/oncall", "/oncall me", "/oncall next", "/oncall zqnights", "/takeover", "/takeover zqnights 2h", "/handback", "/handback " + n, "/cover", "/cover zqnights 2h", "/cover take 1", "/oncall ics", "/page zqanna down", "/page zqnights down", "/page", "/escalate " + n, "/escalate", "/help", "/start", "/inform " + n, "/inform acme", "/inform zqbeta", "/users 5", "/users 5 role admin", "/clients", "/more",
		"/zqcommand", "/invite", "/check", "/why", "/logs", "/whatif", "/inform", "/chart", "/report", "/webtest", "/ack", "/unack", "/recheck", "/extend", "/reset", "/unmute",
		"/clients why", "/clients mute", "/more 2 /check", "/more all /incidents", "/more 2 /clients",
	}
}

// ask asks one thing in both worlds, in one of the places where acme's people are.
func (w *wall) ask() {
	who, back := pick(w.r, "anna", "bea", "viewer@acme", "admin@acme", "anna@acme"), 1+w.r.IntN(4)
	switch w.r.IntN(8) {
	case 0:
		w.compareReplying(who, back)
	case 1:
		w.comparePressing(who, back)
	default:
		w.compareSaying(who + ": " + pick(w.r, w.asked()...))
	}
}

// compareReplying has somebody answer one of the bot's last messages where they are.
func (w *wall) compareReplying(who string, back int) {
	if _, there := w.alone.nth(who, back, false); there {
		w.compareSaying(fmt.Sprintf("%s replies %d: %s", who, back, pick(w.r, "/ack", "/unack", "/mute 1h", "/recheck", "/logs", "/why", "/check", "/chart", "/status", "/webtest", "/whatif",
			"/inform", "/report 1d", "/history", "/unmute", "/extend 1h", "/note done", "/note client: done")))
	}
}

// comparePressing has somebody press a button under one of the bot's last messages where they are.
func (w *wall) comparePressing(who string, back int) {
	m, there := w.alone.nth(who, back, true)
	n := pressable(m)
	if other, _ := w.whole.nth(who, back, true); there && n > 0 && !w.shared && pressable(other) == n {
		w.compareSaying(fmt.Sprintf("%s presses %d of %d", who, 1+w.r.IntN(n), back))
	}
}

// pressable counts the buttons of a message, without links, which come last.
func pressable(m botapi.Message) (n int) {
	for _, b := range slices.Concat(m.Buttons...) {
		if b.Data != "" {
			n++
		}
	}
	return n
}

// nth is the n-th last message of the bot where somebody is; there is false when there are not so many.
func (w *world) nth(who string, n int, buttons bool) (m botapi.Message, there bool) {
	name, place, inGroup := strings.Cut(who, "@")
	chat := names[name]
	if inGroup {
		chat = chats[place]
	}
	for _, m := range slices.Backward(w.server.Messages(chat)) {
		if !m.FromBot || buttons && len(m.Buttons) == 0 {
			continue
		}
		if n--; n == 0 {
			return m, true
		}
	}
	return m, false
}

// compareSaying has somebody write the same in both worlds, and compares what acme's people read.
func (w *wall) compareSaying(line string) {
	w.t.Helper()
	var read [2]string
	w.step(line, func(one *world) {
		before := one.picture()
		one.drawn = nil
		one.do(line)
		seen := strings.Join(one.ofAcme(before), "\n")
		for _, d := range one.drawn {
			seen += "\n" + asJSON(d)
		}
		read[slices.Index(w.both(), one)] = seen
	})
	w.same(line, read)
}

// same reports where two worlds differ in what is read, or where something foreign is.
func (w *wall) same(what string, read [2]string) {
	w.t.Helper()
	if os.Getenv("MASK") != "" {
		for i := range read {
			read[i] = regexp.MustCompile(`#\d+|"(id|parent|update|incident|chat)": ?-?\d+|(storm|event_group):\d+`).ReplaceAllString(read[i], "#N")
		}
	}
	kind := strings.Join(strings.Fields(what)[:min(2, len(strings.Fields(what)))], " ")
	if w.found[kind] { // one report of a leak is enough
		return
	}
	if diff := cmp.Diff(strings.Split(read[0], "\n"), strings.Split(read[1], "\n")); diff != "" && !w.shared {
		w.found[kind] = true
		w.t.Errorf("%s is answered otherwise (-alone +beside others), after\n  %s\n%s", what, strings.Join(w.past[max(0, len(w.past)-25):], "\n  "), diff)
		return
	}
	echo := strings.Contains(what, foreign) || strings.Contains(what, "audit") || strings.Contains(what, "settled") // of what they wrote themselves
	if at := strings.Index(read[1], foreign); at >= 0 && !echo {
		w.found[kind] = true
		w.t.Errorf("%s is answered with …%s…", what, read[1][max(0, at-100):min(len(read[1]), at+100)])
	}
}

// ofAcme is what acme's people saw after a picture was taken, but for edits: how soon a card is edited may depend on others (see cards).
func (w *world) ofAcme(before picture) []string {
	return slices.DeleteFunc(w.since(before), func(seen string) bool {
		first, _, _ := strings.Cut(seen, "\n")
		return strings.Contains(first, "(edit") || !strings.Contains(first, "acme") && !strings.Contains(first, "anna") && !strings.Contains(first, "bea")
	})
}

func asJSON(v any) string {
	text, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// cards compares what acme's chat shows at last: how soon a card is edited may depend on others.
func (w *wall) cards() {
	w.t.Helper()
	w.step("settle", func(one *world) { one.happen(5 * time.Minute); one.happen(10 * time.Second) })
	var read [2]string
	for i, one := range w.both() {
		var all []string
		for _, chat := range []int64{acmeChat, anna, bea} {
			for _, m := range one.server.Messages(chat) {
				if m.FromBot {
					all = append(all, unchanged(shown(m, false))) // how soon a message is edited may depend on others
				}
			}
		}
		read[i] = strings.Join(all, "\n")
	}
	w.same("settled chats", read)
}

// answers compares what the use cases return, of which the API makes its JSON.
func (w *wall) answers() {
	w.t.Helper()
	who := model.Actor{Name: "token", Via: "api", Role: model.RoleAdmin, Scope: model.ScopeOf([]string{"acme"})}
	var read [2]map[string]string
	w.step("the API", func(one *world) {
		all := map[string]string{}
		for name, answer := range one.everyAnswer(who) {
			all[name] = answer
		}
		read[slices.Index(w.both(), one)] = all
	})
	for name := range read[0] {
		w.same("API "+name, [2]string{read[0][name], read[1][name]})
	}
}

// everyAnswer is what each use case that only reads returns to somebody.
func (w *world) everyAnswer(who model.Actor) map[string]string {
	a, now := w.actions, w.clock.Now()
	all := map[string]string{}
	keep := func(name string, v any, err error) {
		all[name] = asJSON(v)
		if err != nil {
			all[name] = "error: " + asJSON(err)
		}
	}
	for _, words := range [][]string{nil, {"acme"}, {"web1"}, {"zqbeta"}} {
		st, err := a.Status(w.ctx, who, words)
		keep("status "+strings.Join(words, " "), st, err)
		past, err := a.History(w.ctx, who, words, now.Add(-model.Day))
		keep("history "+strings.Join(words, " "), past, err)
		open, err := a.OpenEvents(w.ctx, who, words)
		keep("events "+strings.Join(words, " "), open, err)
	}
	for _, words := range [][]string{{"acme"}, {"web2"}} {
		why, err := a.Why(w.ctx, who, words)
		keep("why "+words[0], why, err)
		what, err := a.WhatIf(w.ctx, who, words)
		keep("whatif "+words[0], what, err)
		drawn, err := a.Chart(w.ctx, who, words, time.Hour)
		keep("chart "+words[0], drawn, err)
	}
	open, err := a.Incidents(w.ctx, who)
	keep("incidents", open, err)
	mutes, err := a.Mutes(w.ctx, who)
	keep("mutes", mutes, err)
	plans, err := a.Maintenance(w.ctx, who)
	keep("maintenance", plans, err)
	found, err := a.Impact(w.ctx, who, ops.ImpactRequest{})
	keep("impact", found, err)
	sources, err := a.Sources(w.ctx, who)
	keep("sources", sources, err)
	strange, err := a.Unmapped(w.ctx, who)
	keep("unmapped", strange, err)
	p, err := a.ClientPast(w.ctx, who, ops.ReportRequest{Words: []string{"acme"}, Span: model.Span{From: now.Add(-model.Day), To: now}, Asked: "1d"})
	keep("report", p, err)
	log, err := a.AuditLog(w.ctx, who, nil, now.Add(-model.Day))
	keep("audit", log, err)
	return all
}

// TestOthersChangeNoAnswer: whatever happens to other clients, and whatever other people do, acme's people get the same answers to every command,
// the same pictures, documents, cards and JSON.
func TestOthersChangeNoAnswer(t *testing.T) {
	histories, length := 4, 60
	if underRace {
		histories, length = 1, 30
	}
	for seed := range histories {
		t.Run(strconv.Itoa(seed), func(t *testing.T) {
			t.Parallel()
			newWall(t, uint64(seed)).history(length) //nolint:gosec // it is small
		})
	}
}

// TestNothingForeignIsAnswered: where acme shares hosts with others, what happens there is its business, and nothing that it reads names them.
func TestNothingForeignIsAnswered(t *testing.T) {
	histories := uint64(3)
	if underRace {
		histories = 1
	}
	for seed := range histories {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			t.Parallel()
			newWall(t, seed, "zqbeta/zqreports@web2", "zqgamma/zqshop@web5", "zqbeta/zqsupport@web1").history(40)
		})
	}
}

// history has own things, others' and questions happen, and compares what is read.
func (w *wall) history(length int) {
	w.t.Helper()
	for range length {
		switch w.r.IntN(4) {
		case 0:
			w.own()
		case 1:
			w.others()
		default:
			w.ask()
		}
	}
	w.answers()
	w.cards()
}

// readers are acme's people by role, and the places where they read: in private, in acme's chat, and in that of those who see everything.
var readers = []string{"anna", "bea", "viewer@acme", "operator@acme", "admin@acme", "anna@acme", "bea@acme", "anna@ops", "bea@ops"}

// TestEveryCommandForEveryReader asks every command as each of acme's readers while much is wrong with acme and with others: what is answered names
// nobody else, and but for the chat of those who see everything, whose numbers everybody there uses, it is the same as if acme were alone.
func TestEveryCommandForEveryReader(t *testing.T) {
	for i, who := range readers {
		if underRace && i%4 != 0 {
			continue
		}
		t.Run(who, func(t *testing.T) {
			t.Parallel()
			w := newWall(t, uint64(i)+100) //nolint:gosec // it is small
			w.breaks("zq", true)
			w.breaks("acme/mail", true)
			for range 8 {
				w.others()
			}
			w.breaks("@web1", true)
			w.own()
			for _, line := range w.asked() {
				if strings.HasSuffix(who, "@ops") {
					w.namesNobody(who + ": " + line)
				} else {
					w.compareSaying(who + ": " + line)
				}
			}
			w.answers()
		})
	}
}

// namesNobody has one of acme's people write in the chat of those who see everything: the answer to them is about acme alone.
func (w *wall) namesNobody(line string) {
	w.step(line, func(one *world) {
		last := len(one.server.Messages(opsChat))
		one.do(line)
		for _, m := range one.server.Messages(opsChat)[last:] {
			if m.FromBot && m.ReplyTo != 0 && strings.Contains(shown(m, false), foreign) && !strings.Contains(line, foreign) && !strings.Contains(line, "audit") {
				w.t.Errorf("%s is answered with %s", line, shown(m, false))
			}
		}
	})
}

// TestEveryCommandIsAsked holds what is asked across the wall to the table of commands.
func TestEveryCommandIsAsked(t *testing.T) {
	table, err := os.ReadFile("commands.go")
	if err != nil {
		t.Fatal(err)
	}
	asked := (&wall{r: rand.New(rand.NewPCG(1, 1))}).asked() //nolint:gosec // it need not be secret
	for _, m := range regexp.MustCompile(`\{"(\w+)", model\.Role`).FindAllStringSubmatch(string(table), -1) {
		if !slices.ContainsFunc(asked, func(line string) bool { return strings.Fields(line)[0] == "/"+m[1] }) {
			t.Errorf("/%s is not asked across the wall", m[1])
		}
	}
}
