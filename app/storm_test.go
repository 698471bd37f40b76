package app_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"opsbot/cli/control"
	"opsbot/sandbox"
	"opsbot/sandbox/fleet"
)

// Nine hosts fall: a few cards at most, then one storm, which somebody takes on and whose end is told once.
func TestAStormIsOneCard(t *testing.T) {
	t.Parallel()
	p := newWorld(t).start()
	p.settled()
	for i := range 9 {
		p.set(fmt.Sprint("web", i+1), fleet.Killed)
	}
	storm := p.message(sandbox.OpsChat, 0, "incidents at once", "9 hosts fail", "3 clients affected, 3 down")
	p.message(sandbox.OpsChatRu, 0, "инцидентов", "сбои на 9 хостах")

	p.press(storm, "Ack")
	p.message(sandbox.OpsChat, storm.ID-1, "incidents at once", "acknowledged by Anna")
	p.message(sandbox.OpsChatRu, 0, "сразу", "в работе: Anna")
	p.say(sandbox.Admin, sandbox.OpsChat, "/incidents")
	p.message(sandbox.OpsChat, storm.ID, "9 open incidents", "🌩 clientA down, +2 clients: 9 hosts", "↳")

	for i := range 9 {
		p.set(fmt.Sprint("web", i+1), fleet.OK)
	}
	if end := p.message(sandbox.OpsChat, storm.ID, "clientA and 2 more clients work again: 9 hosts"); end.ReplyTo != storm.ID {
		t.Errorf("the end answers message %d, the storm is %d", end.ReplyTo, storm.ID)
	}
	for _, m := range p.world.Bot.Messages(sandbox.OpsChat) {
		if m.FromBot && m.ID > storm.ID && strings.Contains(m.Text, "web") && strings.Contains(m.Text, "works again") {
			t.Errorf("the end of a part was told apart: %s", m.Text)
		}
	}
}

// Every host hangs and no probe answers: one card, nothing about hosts. A reload with a probe that answers ends it.
func TestConnectivity(t *testing.T) {
	t.Parallel()
	p := newWorld(t)
	config := p.world.Config()
	// To everybody, to which no TCP leads; and to the sandbox, where somebody answers.
	const nobody = "\n[connectivity]\nprobes = [\"tcp:255.255.255.255:9\"]\ntimeout = \"200ms\"\n"
	somebody := strings.ReplaceAll(nobody, "255.255.255.255:9", strings.TrimPrefix(p.world.Bot.URL(), "http://"))
	p.write(config + nobody)
	p.start()
	p.settled()
	for i := range 9 {
		p.set(fmt.Sprint("web", i+1), fleet.Hung)
	}
	card := p.message(sandbox.OpsChat, 0, "opsbot's own network is down", "tcp:255.255.255.255:9")
	p.message(sandbox.OpsChatRu, 0, "У opsbot нет сети")
	for i := range 9 {
		p.set(fmt.Sprint("web", i+1), fleet.OK)
	}
	p.write(config + somebody)
	p.answered("/status", "opsbot's own network is down")
	if _, err := control.New(filepath.Join(p.dir, "opsbot.sock"), "en").Reload(p.wait()); err != nil {
		t.Fatal(err)
	}
	end := p.message(sandbox.OpsChat, card.ID, "opsbot's own network is up again")
	if end.ReplyTo != card.ID {
		t.Errorf("the end answers message %d, the card is %d", end.ReplyTo, card.ID)
	}
	p.notified("does not answer", 0)
	p.notified("incidents at once", 0)
}
