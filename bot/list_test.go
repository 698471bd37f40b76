package bot_test

import (
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"opsbot/alerts"
	"opsbot/bot"
	"opsbot/model"
	"opsbot/sandbox/botapi"
)

// The fleet of a provider: 150 clients on 60 hosts, whose names are as people give them, and a rack of which 11 hosts are down.
const (
	providerClients = 150
	providerHosts   = 60
	rackDown        = 11
)

func providerHost(i int) string {
	return fmt.Sprintf("app-eu-central-1-production-%s-%02d.rack%d.example-hosting.com", []string{"web", "db", "mail"}[i%3], i, i/12)
}

func providerClient(i int) string {
	switch i % 5 {
	case 0:
		return fmt.Sprintf("c%d", i)
	case 1:
		return fmt.Sprintf("northern-lights-logistics-and-warehouses-%d-llc", i)
	case 2:
		return fmt.Sprintf("Щедрая-Жатва-%d", i)
	case 3:
		return fmt.Sprintf("MMMWWW-%d-WWWMMM", i)
	default:
		return fmt.Sprintf("client-%04d.customers.example.com", i)
	}
}

func providerFleet() []string {
	var all []string
	for i := range providerClients {
		for j, service := range []string{"reports", "online-store-and-its-warehouse"} {
			for k := range 2 {
				all = append(all, providerClient(i)+"/"+service+"@"+providerHost((i*7+j+k*17)%providerHosts))
			}
		}
	}
	return all
}

// newProvider is the chat of a provider whose rack is down, with more of everything than a screen shows.
func newProvider(t *testing.T, language string) *world {
	t.Helper()
	w := newWorld(t, options{language: language, fleet: fleetOf(providerFleet(), "main-db", "licence"), mails: []string{"oncall"}, within: 5 * time.Minute})
	w.manager.SetRules(alerts.Rules{Storm: alerts.Storm{Over: 5, Within: time.Minute}})
	var seen []model.Result
	for _, c := range w.inv.Checks() {
		if e := c.Endpoint; e == nil || slices.IndexFunc(w.inv.Hosts(), func(h model.Host) bool { return h.Name == e.Host }) >= 0 && strings.Contains(e.Host, ".rack0.") && e.Host != providerHost(0) {
			w.engine.set(c.ID, model.StatusFail, reasons["refused"])
		}
		seen = append(seen, w.engine.see(c.ID))
	}
	w.ok(w.manager.Handle(w.ctx, seen...))
	w.happen(0)
	if n := len(w.server.Messages(opsChat)); n != 1 {
		t.Errorf("a rack is %d notifications in a chat, not one", n)
	}
	for i := range 12 {
		w.do(fmt.Sprintf("operator: /mute 2h client:%s -- a long reason that somebody typed at night, with words to spare", providerClient(i)))
		w.do(fmt.Sprintf("operator: /maintenance 23:00 2h client:%s -- move", providerClient(20+i)))
	}
	w.logs.write(w, "web1", "access", 1, "x")
	return w
}

// bare are the commands that show a list, or offer one.
var bare = []string{
	"/status", "/incidents", "/mutes", "/maintenance", "/clients", "/check", "/logs", "/whatif", "/inform", "/chart", "/report", "/webtest", "/mute", "/ack",
	"/recheck", "/extend", "/reset", "/events", "/why", "/history", "/audit", "/users", "/unmapped", "/status sources", "/unmute",
}

// screen is how much of a phone a message may take: lines of text, and rows of buttons.
const (
	screenLines = 26
	screenKeys  = 10
)

// wrongOn says what does not fit a phone in a message.
func (w *world) wrongOn(m botapi.Message) (wrong []string) {
	if n := strings.Count(m.Text, "\n") + 1; n > screenLines {
		wrong = append(wrong, fmt.Sprintf("%d lines", n))
	}
	if n := len(m.Buttons); n > screenKeys {
		wrong = append(wrong, fmt.Sprintf("%d rows of buttons", n))
	}
	seen := map[string]bool{}
	for _, row := range m.Buttons {
		for _, b := range row {
			if n := bot.Columns(b.Text); n > bot.LabelRoom(len(row)) {
				wrong = append(wrong, fmt.Sprintf("%q is %d columns wide, one of %d in its row", b.Text, n, len(row)))
			}
			if len(b.Data) > 64 {
				wrong = append(wrong, fmt.Sprintf("%q has %d bytes of data", b.Text, len(b.Data)))
			}
			if seen[b.Text] {
				wrong = append(wrong, fmt.Sprintf("two buttons are called %q", b.Text))
			}
			seen[b.Text] = true
		}
	}
	return append(wrong, w.unnamed(m)...)
}

var choiceName = regexp.MustCompile(`^(/\w+) (?:client:|host:|check:)?(\S+)$`)

// unnamed are the rows of a list of which nobody can read the whole name, neither on the button nor above it.
func (w *world) unnamed(m botapi.Message) (wrong []string) {
	for _, row := range m.Buttons {
		for _, b := range row {
			button, _, err := w.db.Button(w.ctx, b.Data)
			w.ok(err)
			found := choiceName.FindStringSubmatch(button.Args["line"])
			if found == nil || !strings.ContainsAny(b.Text, "🔴🟠🟡🟢⚪") {
				continue
			}
			if name := found[2]; !strings.Contains(b.Text, name) && !strings.Contains(html.UnescapeString(m.Text), name) {
				wrong = append(wrong, fmt.Sprintf("the name %q is cut: %q", name, b.Text))
			}
		}
	}
	return wrong
}

// TestEveryListFitsAPhone asks for every list of a large fleet, presses what leads on from there, and back.
func TestEveryListFitsAPhone(t *testing.T) {
	for _, language := range []string{"en", "ru"} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			if underRace && language == "ru" {
				t.Skip("the other language finds no other race")
			}
			w := newProvider(t, language)
			reported := map[string]bool{}
			check := func(way string, m botapi.Message) {
				for _, wrong := range w.wrongOn(m) {
					if !reported[wrong] {
						t.Errorf("%s: %s:\n%s", way, wrong, m.Text)
					}
					reported[wrong] = true
				}
			}
			opened := 0
			for _, line := range bare {
				ask := func() botapi.Message {
					w.say(botapi.Post{From: admin, Chat: admin, Text: line})
					return w.ours(admin, 1, false)
				}
				first := ask()
				check(line, first)
				for i := range slices.Concat(first.Buttons...) {
					now := w.message(admin, first.ID)
					keys := slices.Concat(now.Buttons...)
					if i >= len(keys) {
						t.Errorf("%s has %d buttons, and had more:\n%s", line, len(keys), now.Text)
						break
					}
					b := keys[i]
					if !w.leadsOn(b) || underRace && i%4 > 0 {
						continue
					}
					w.pressed(admin, now, b)
					next := w.message(admin, first.ID)
					check(line+" > "+b.Text, next)
					opened++
					if back := slices.Concat(next.Buttons...); len(back) > 0 && strings.HasPrefix(back[len(back)-1].Text, "‹ ") {
						w.pressed(admin, next, back[len(back)-1])
						if again := w.message(admin, first.ID); withoutTimes(again.Text) != withoutTimes(first.Text) {
							t.Errorf("%s > %s, and back, shows\n%s\nand showed\n%s", line, b.Text, again.Text, first.Text)
						}
					} else {
						first = ask() // it led to another page
					}
				}
			}
			if opened < 80 && !underRace {
				t.Errorf("only %d lists were opened", opened)
			}
		})
	}
}

var clockTime = regexp.MustCompile(`\d\d:\d\d`)

func withoutTimes(text string) string { return clockTime.ReplaceAllString(text, "") }

// leadsOn reports whether a button shows something in the place of its list.
func (w *world) leadsOn(b botapi.Button) bool {
	button, found, err := w.db.Button(w.ctx, b.Data)
	w.ok(err)
	return found && button.Action == "show"
}

func (w *world) pressed(user int64, m botapi.Message, b botapi.Button) {
	w.Helper()
	_, err := w.server.Press(user, m.Chat, m.ID, b.Data)
	w.ok(err)
	w.wait()
	w.deliver()
}

// message is one message as it is now.
func (w *world) message(chat int64, id int) botapi.Message {
	w.Helper()
	for _, m := range w.server.Messages(chat) {
		if m.ID == id {
			return m
		}
	}
	w.Fatalf("no message %d in %d", id, chat)
	return botapi.Message{}
}

// listOfIncidents is the answer to /incidents of an operator in the ops chat: main-db is down, and beta's support.
func (w *world) listOfIncidents() botapi.Message {
	w.Helper()
	w.order([]string{"break", "main-db"})
	w.order([]string{"break", "beta/support@web3"})
	w.deliver()
	w.say(botapi.Post{From: operator, Chat: opsChat, Text: "/incidents"})
	return w.ours(opsChat, 1, true)
}

// A list works after a restart: what its buttons lead to is stored.
func TestAListOutlivesARestart(t *testing.T) {
	w := newWorld(t, options{language: "en"})
	list := w.listOfIncidents()
	w.pressNamed(operator, list, "🔴 #1 main-db")
	w.restart(&options{language: "en"})
	w.pressNamed(operator, w.message(opsChat, list.ID), "‹ Back")
	if got := w.message(opsChat, list.ID); got.Text != list.Text {
		t.Errorf("it reads %q, and read %q", got.Text, list.Text)
	}
	w.pressNamed(operator, w.message(opsChat, list.ID), "🔴 #2 beta support")
	if got := w.message(opsChat, list.ID).Text; !strings.HasPrefix(got, "🔴 beta support: down") {
		t.Errorf("it reads %q", got)
	}
}

// Two people press one list at the same time, each before the other's press shows: both presses do what their buttons said.
func TestTwoPeopleAtOneList(t *testing.T) {
	w := newWorld(t, options{language: "en"})
	list := w.listOfIncidents()
	first, second := buttonNamed(t, list, "🔴 #1 main-db"), buttonNamed(t, list, "🔴 #2 beta support")
	_, err := w.server.Press(operator, opsChat, list.ID, first)
	w.ok(err)
	w.wait()
	_, err = w.server.Forge(admin, opsChat, list.ID, second) // it is no longer there
	w.ok(err)
	w.wait()
	now := w.message(opsChat, list.ID)
	if !strings.HasPrefix(now.Text, "🔴 beta support: down") {
		t.Errorf("it reads %q", now.Text)
	}
	_, err = w.server.Forge(operator, opsChat, list.ID, first)
	w.ok(err)
	w.wait()
	w.pressNamed(admin, w.message(opsChat, list.ID), "‹ Back")
	if got := w.message(opsChat, list.ID); got.Text != list.Text {
		t.Errorf("it reads %q, and read %q", got.Text, list.Text)
	}
}

// A press has the rights of who presses, whoever asked for the list.
func TestAListIsOfWhoPresses(t *testing.T) {
	w := newWorld(t, options{language: "en"})
	list := w.listOfIncidents()
	w.do("operator: /mute 2h main-db")
	w.pressNamed(anna, list, "🔴 #2 beta support") // of a client that is not hers
	if got := w.message(opsChat, list.ID).Text; strings.Contains(got, "beta") || !strings.Contains(got, "No open incident") {
		t.Errorf("anna reads %q", got)
	}
	w.pressNamed(operator, w.message(opsChat, list.ID), "‹ Back")
	w.say(botapi.Post{From: operator, Chat: opsChat, Text: "/mutes"})
	mutes := w.ours(opsChat, 1, true)
	w.pressNamed(operator, mutes, "🔇 #1 main-db")
	view := w.message(opsChat, mutes.ID)
	for _, user := range []int64{viewer, anna} { // neither may end it
		w.pressNamed(user, view, "Unmute")
		if len(w.manager.Mutes()) != 1 || !w.manager.Mutes()[0].EndedAt.IsZero() {
			t.Fatalf("%d ended a mute", user)
		}
	}
	w.pressNamed(viewer, view, "‹ Back")
	w.pressNamed(viewer, w.message(opsChat, mutes.ID), "🔇 #1 main-db")
	if got := w.message(opsChat, mutes.ID); len(got.Buttons) != 1 || got.Buttons[0][0].Text != "‹ Back" {
		t.Errorf("a viewer is offered %v", got.Buttons)
	}
	w.users[1].Role = model.RoleNone // the operator, meanwhile
	w.people.SetConfig(nil, w.users)
	before := len(w.server.Answers(operator))
	_, err := w.server.Press(operator, opsChat, mutes.ID, w.message(opsChat, mutes.ID).Buttons[0][0].Data)
	w.ok(err)
	w.wait()
	if all := w.server.Answers(operator); len(all) != before+1 || !strings.Contains(all[len(all)-1].Text, "no access") {
		t.Errorf("somebody who was put out is answered %v", all[before:])
	}
}

// Whoever types the place of a button gets nothing that a command does not give: the numbers under which things are stored stay hidden.
func TestPlacesAreForButtons(t *testing.T) {
	w := newWorld(t, options{language: "en"})
	w.listOfIncidents()
	for _, line := range []string{"/more 1 incident:1", "/more 2 mute:1", "/more 1 /mute 1h main-db", "/more 1 /unmute", "/more 1 /more 2 /ack", "/more all /ack 1"} {
		w.do("operator@ops: " + line)
		if got := w.saidIn(opsChat).Text; !strings.Contains(got, "needs an argument") && !strings.Contains(got, "Unknown name") {
			t.Errorf("%s is answered %q", line, got)
		}
	}
	if len(w.manager.Mutes()) > 0 || w.openAcks() > 0 {
		t.Error("a page of a list changed something")
	}
}

// Names are cut where they are alike, and never so that two become one.
func TestShortNames(t *testing.T) {
	for _, c := range []struct{ names, want []string }{
		{[]string{"web1", "db"}, []string{"web1", "db"}},
		{[]string{"web-a.rack1.long-hosting.example.com", "web-b.rack1.long-hosting.example.com"}, []string{"web-a", "web-b"}},
		{[]string{"one-very-long-prefix-of-all-names-web-01", "one-very-long-prefix-of-all-names-db-2"}, []string{"…web-01", "…db-2"}},
		{[]string{"aaaaaaaaaaaaaaaaaaaaXbbbbbbbbbbbbbbbbbbbb"}, []string{"aaaaaaaaaa…bbbbbbbbb"}},
		{[]string{"aaaaaaaaaaaaaaaaaaaaXbbbbbbbbbbbbbbbbbbbb", "aaaaaaaaaaaaaaaaaaaaYbbbbbbbbbbbbbbbbbbbb"}, []string{"1 aaaaaaaaa…bbbbbbbb", "2 aaaaaaaaa…bbbbbbbb"}},
	} {
		if got := bot.ShortNames(c.names, 20); !slices.Equal(got, c.want) {
			t.Errorf("%q became %q, want %q", c.names, got, c.want)
		}
	}
}

// FuzzShortNames: whatever the names, the labels fit and differ.
func FuzzShortNames(f *testing.F) {
	f.Add("web1.a.example.com", "web2.a.example.com", "Щедрая Жатва", 20)
	f.Add("x", "xx", "🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥", 12)
	f.Fuzz(func(t *testing.T, a, b, c string, room int) {
		if room < 8 || room > 40 || a == b || b == c || a == c {
			return
		}
		got := bot.ShortNames([]string{a, b, c}, room)
		for i, name := range got {
			if bot.Columns(name) > room {
				t.Errorf("%q is %d columns wide, room %d", name, bot.Columns(name), room)
			}
			if slices.Contains(got[:i], name) {
				t.Errorf("two are called %q", name)
			}
		}
	})
}
