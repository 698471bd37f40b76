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

// A chat that threw the bot out and took it back gets what it missed, when somebody asks for that.
func TestDeadLettersAreSentAgain(t *testing.T) {
	t.Parallel()
	p := newWorld(t).start()
	p.settled()
	client := control.New(filepath.Join(p.dir, "opsbot.sock"), "en")
	p.world.Bot.Break(botapi.Fault{Kind: botapi.FaultForbidden, Method: "sendMessage", Chat: sandbox.OpsChat, Times: 2})
	p.set("main-db", fleet.Killed)
	var list control.Answer
	for ctx := p.wait(); !strings.Contains(list.Text, "main-db") && ctx.Err() == nil; {
		var err error
		if list, err = client.Outbox(ctx, true); err != nil {
			t.Fatal(err)
		}
	}
	if !strings.Contains(list.Text, "chat_dead") || !strings.Contains(list.Text, "opsbot outbox retry") || !strings.Contains(string(list.JSON), `"why":"chat_dead"`) {
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
