package app_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"opsbot/cli/control"
	"opsbot/sandbox"
	"opsbot/sandbox/botapi"
	"opsbot/sandbox/fleet"
)

// Whatever Telegram does, every message arrives, in order, none before it may, and the token's secret half is nowhere.
func TestTelegramWithFaults(t *testing.T) {
	t.Parallel()
	p := newWorld(t).start()
	p.settled()
	faults := []botapi.Fault{
		{Kind: botapi.FaultFlood, Method: "sendMessage", Times: 2, RetryAfter: 1},
		{Kind: botapi.FaultHTML502, Method: "sendMessage", Times: 2},
		{Kind: botapi.FaultReset, Method: "sendMessage", Times: 2},
		{Kind: botapi.FaultReset, Method: "sendMessage", Times: 1, After: true},
		{Kind: botapi.FaultUnauthorized, Times: 3},
		{Kind: botapi.FaultNull, Method: "sendMessage", Times: 1},
		{Kind: botapi.FaultHTML200, Method: "editMessageText", Times: 1},
	}
	last := 0
	for i, f := range faults {
		p.world.Bot.Break(f)
		name := fmt.Sprint("web", i+1)
		p.set(name, fleet.Killed)
		last = p.message(sandbox.OpsChat, last, name, "refuses connections").ID
		p.set(name, fleet.OK)
		last = p.message(sandbox.OpsChat, last, "again: "+name).ID
	}
	for _, c := range p.world.Bot.Calls() {
		if c.Early {
			t.Errorf("%s came before retry_after", c.Method)
		}
	}
	p.stop()
	p.secretIsAbsent()
}

// Nobody answers at Telegram's address: what happens meanwhile comes afterwards, in order, and the card is right by then.
func TestTelegramAway(t *testing.T) {
	t.Parallel()
	p := newWorld(t).start()
	p.settled()
	client := control.New(filepath.Join(p.dir, "opsbot.sock"), "en")
	p.world.Bot.Unplug()
	p.set("web1", fleet.Killed)
	p.open(client, 1)
	p.set(fleet.MainDB, fleet.Killed)
	p.open(client, 2)
	if err := p.world.Bot.Plug(); err != nil {
		t.Fatal(err)
	}
	host := p.message(sandbox.OpsChat, 0, "web1")
	p.message(sandbox.OpsChat, host.ID, "main-db", "is down")
	p.set("web1", fleet.OK)
	p.message(sandbox.OpsChat, host.ID, "web1", "works again")
}

// A token that is refused stops nothing: it is said on the terminal, checks and the console go on.
func TestRefusedTokenIsSaidAndChecksGoOn(t *testing.T) {
	t.Parallel()
	p := newWorld(t)
	p.write(strings.Replace(p.world.Config(), "[webtest]", "[alerts]\nconsole = true\n\n[webtest]", 1))
	p.world.Bot.Break(botapi.Fault{Kind: botapi.FaultUnauthorized, Times: 1_000_000})
	p.start()
	p.set("web1", fleet.Killed)
	p.output("Telegram refuses the token", "web1: refuses connections")
	p.world.Bot.Heal()
	p.message(sandbox.OpsChat, 0, "web1", "refuses connections")
}

// A group that becomes a supergroup gets a new id: alerts follow it, over a restart too, with the old id still in the config.
func TestAGroupMoves(t *testing.T) {
	t.Parallel()
	const from, to = -500, -1000000000500
	p := newWorld(t)
	p.world.Bot.AddChat(botapi.Chat{ID: from, Type: "group", Title: "Night shift"})
	p.write(p.world.Config() + "\n[[telegram.chats]]\nname = \"night\"\nid = -500\n")
	p.start()
	p.settled()
	if err := p.world.Bot.Migrate(from, to); err != nil {
		t.Fatal(err)
	}
	p.set("web1", fleet.Killed)
	p.message(to, 0, "web1", "refuses connections")
	p.stop()
	p.start()
	p.set("web1", fleet.OK)
	p.message(to, 0, "web1", "works again")
	p.set(fleet.MainDB, fleet.Killed)
	p.message(to, 0, "main-db", "is down")
}

// The configuration has both ids of a group that became a supergroup: it is one chat, before and after a restart.
func TestBothIDsOfAMovedGroupAreOneChat(t *testing.T) {
	t.Parallel()
	const from, to = -500, -1000000000500
	p := newWorld(t)
	p.world.Bot.AddChat(botapi.Chat{ID: from, Type: "group", Title: "Night shift"})
	p.write(p.world.Config() + "\n[[telegram.chats]]\nname = \"night\"\nid = -500\n\n[[telegram.chats]]\nname = \"moved\"\nid = -1000000000500\n")
	p.start()
	p.settled()
	p.set("web1", fleet.Killed)
	p.message(from, 0, "web1", "refuses connections")
	if err := p.world.Bot.Migrate(from, to); err != nil {
		t.Fatal(err)
	}
	p.output("a chat has a new id")
	p.stop()
	p.start()
	card := p.message(to, 0, "web1") // what waited for the new id
	p.set("web1", fleet.OK)
	p.message(to, card.ID, "web1", "works again")
	p.set(fleet.MainDB, fleet.Killed)
	card = p.message(to, 0, "main-db", "is down")
	p.set(fleet.MainDB, fleet.OK)
	p.message(to, card.ID, "main-db", "works again")
	p.answered("/status", "All clear")
	for _, name := range []string{"web1", fleet.MainDB} {
		n := 0
		for _, m := range p.world.Bot.Messages(to) {
			if m.FromBot && strings.Contains(m.Text, name) {
				n++
			}
		}
		if n != 2 {
			t.Errorf("%d messages about %s, want its card and its end:\n%s", n, name, p.chat(to))
		}
	}
}

// Telegram asks for a pause of hours: the fallback has the alert, and whoever asks reads which chat waits, and until when.
func TestAPauseOfHoursIsSaidAndFallsBack(t *testing.T) {
	t.Parallel()
	h := newHook(t)
	p := newWorld(t)
	p.write(p.world.Config() + fmt.Sprintf("\n[alerts]\nfallback = [\"webhook:cmdb\"]\nfallback_after = \"1s\"\n\n[[webhook]]\nname = \"cmdb\"\nurl = %q\n", h.URL))
	p.start()
	p.settled()
	p.world.Bot.Break(botapi.Fault{Kind: botapi.FaultFlood, Chat: sandbox.OpsChat, RetryAfter: 10072})
	p.set(fleet.MainDB, fleet.Killed)
	select {
	case d := <-h.got:
		if d.FallbackFor == "" || !strings.Contains(d.Text, "main-db") {
			t.Errorf("the fallback has %+v", d)
		}
	case <-p.wait().Done():
		t.Fatalf("the fallback has nothing\n%s", p.out)
	}
	p.answered("/status", "no messages until", "too many requests")
	p.output("asks to be left alone for long", "until=")
}
