package app_test

import (
	"path/filepath"
	"strings"
	"testing"

	"opsbot/cli/control"
	"opsbot/sandbox"
	"opsbot/sandbox/botapi"
	"opsbot/sandbox/fleet"
)

// A message that Telegram refuses in every form is a dead letter, and is sent again when somebody asks for that.
func TestDeadLettersAreSentAgain(t *testing.T) {
	t.Parallel()
	p := newWorld(t).start()
	p.settled()
	client := control.New(filepath.Join(p.dir, "opsbot.sock"), "en")
	p.world.Bot.Break(botapi.Fault{Kind: botapi.FaultBadRequest, To: "can't parse entities", Method: "sendMessage", Chat: sandbox.OpsChat, Text: "main-db", Times: 2})
	p.world.Bot.Break(botapi.Fault{Kind: botapi.FaultBadRequest, To: "file must be non-empty", Method: "sendDocument", Chat: sandbox.OpsChat})
	p.set("main-db", fleet.Killed)
	var list control.Answer
	for ctx := p.wait(); !strings.Contains(list.Text, "main-db") && ctx.Err() == nil; {
		var err error
		if list, err = client.Outbox(ctx, true); err != nil {
			t.Fatal(err)
		}
	}
	if !strings.Contains(list.Text, "bad_message") || !strings.Contains(list.Text, "opsbot outbox retry") || !strings.Contains(string(list.JSON), `"why":"bad_message"`) {
		t.Fatalf("%s\n%s", list.Text, list.JSON)
	}
	p.answered("/status", "opsbot outbox list --dead")
	if said, err := client.RetryOutbox(p.wait(), []string{"all"}); err != nil || !strings.Contains(said.Text, "1 message queued again") {
		t.Fatalf("%q, %v", said.Text, err)
	}
	p.message(sandbox.OpsChat, 0, "main-db", "is down")
	incidents, err := client.Incidents(p.wait())
	if err != nil || !strings.Contains(incidents.Text, "main-db") {
		t.Errorf("%q, %v", incidents.Text, err)
	}
	if list, err := client.Outbox(p.wait(), true); err != nil || list.Text != "No dead letters." {
		t.Errorf("%q, %v", list.Text, err)
	}
	if said, err := client.History(p.wait(), []string{"main-db", "7d"}); err != nil || !strings.Contains(said.Text, "main-db") {
		t.Errorf("%q, %v", said.Text, err)
	}
	if said, err := client.Maintenance(p.wait(), []string{"23:59", "2h", "clientA", "--", "update"}); err != nil || !strings.Contains(said.Text, "clientA") {
		t.Errorf("%q, %v", said.Text, err)
	}
}

// A chat that throws the bot out and takes it back gets what it missed at once, and meanwhile all that can say so says which chat it is,
// since when, and what to do.
func TestAChatThatTakesTheBotBackGetsWhatItMissed(t *testing.T) {
	t.Parallel()
	p := newWorld(t).start()
	p.settled()
	set := func(status string) {
		t.Helper()
		if err := p.world.Bot.SetBot(sandbox.Admin, sandbox.OpsChat, status); err != nil {
			t.Fatal(err)
		}
	}
	client := control.New(filepath.Join(p.dir, "opsbot.sock"), "en")
	set("kicked")
	p.set("main-db", fleet.Killed)
	p.answered("/status", "the bot was removed from it", "Add it again")
	p.output("the destination accepts no messages")
	if list, err := client.Outbox(p.wait(), true); err != nil || list.Text != "No dead letters." {
		t.Errorf("%q, %v", list.Text, err)
	}
	set("member")
	p.message(sandbox.OpsChat, 0, "main-db", "is down")
	p.output("the destination accepts messages again")
	p.answered("/status", "main-db")
	if text := p.last(sandbox.Admin).Text; strings.Contains(text, "the bot was removed") {
		t.Errorf("it is still said: %q", text)
	}
}
