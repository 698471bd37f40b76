package app_test

import (
	"bytes"
	"image/png"
	"path/filepath"
	"testing"

	"opsbot/cli/control"
	"opsbot/report/chart"
	"opsbot/sandbox"
	"opsbot/sandbox/botapi"
	"opsbot/sandbox/fleet"
)

// picture asks for a chart until there is one.
func (p *product) picture(question string, words ...string) botapi.Message {
	p.t.Helper()
	for ctx := p.wait(); ; {
		id := p.say(sandbox.Admin, sandbox.Admin, question)
		m, err := p.world.Bot.WaitMessage(ctx, sandbox.Admin, func(m botapi.Message) bool { return m.FromBot && m.ID > id })
		if err != nil {
			p.t.Fatalf("%s was never answered with %q: %v\n%s", question, words, err, p.chat(sandbox.Admin))
		}
		if m.File != nil && m.File.Kind == "photo" && holds(m.Text, words) {
			return m
		}
	}
}

// A newcomer gets a chart as soon as something is known: in the chat, by a button, and on the command line.
func TestChart(t *testing.T) {
	t.Parallel()
	p := newWorld(t).start()
	p.settled()
	m := p.picture("/chart clientA", "clientA, 1 d", "100% up, mean of 4 services", "no data for", "data since")
	img, err := png.Decode(bytes.NewReader(m.File.Content))
	if err != nil || img.Bounds().Dx() != chart.Width {
		t.Fatalf("the picture: %v", err)
	}
	p.press(m, "7 d")
	p.message(sandbox.Admin, m.ID, "clientA, 7 d")

	client := control.New(filepath.Join(p.dir, "opsbot.sock"), "ru")
	drawn, err := client.Chart(t.Context(), []string{"clientA", "reports", "2h"})
	if err != nil || !holds(drawn.Text, []string{"clientA reports, 2 ч", "доступность 100%"}) {
		t.Fatalf("%q %v", drawn.Text, err)
	}
	if _, err := png.Decode(bytes.NewReader(drawn.PNG)); err != nil {
		t.Error(err)
	}
}

// What was down stays so in the memory of a process that is killed, and the time it was away is not up.
func TestHistoryOutlivesAKill(t *testing.T) {
	t.Parallel()
	p := newWorld(t)
	first := p.spawn()
	p.settled()
	p.set("web1", fleet.Killed)
	p.message(sandbox.OpsChat, 0, "web1", "refuses connections")
	p.answered("/history web1 1h", "down")
	first.kill()
	p.set("web1", fleet.OK)
	p.spawn()
	p.message(sandbox.OpsChat, 0, "web1", "works again")
	p.answered("/history web1 1h", "down", "mean of 4 checks", "no data for")
}
