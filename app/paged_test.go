package app_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"opsbot/sandbox"
	"opsbot/sandbox/botapi"
	"opsbot/sandbox/fleet"
	"opsbot/test/ports"
)

// paged is the world with anna, who is paged by a private message, and then boris, who is called; and the service that calls.
func paged(t *testing.T) (p *product, service *sms, listen string) {
	t.Helper()
	p, service, listen = newWorld(t), newSMS(t), ports.Address(t)
	p.write(p.world.Config() + fmt.Sprintf(`
[web]
listen = %[1]q
public_url = "http://%[1]s"
[[people]]
name = "anna"
telegram = %[2]d
rules = "dm"
[[people]]
name = "boris"
telegram = %[3]d
phone = %[4]q
rules = "gateway:sms"
[[schedules]]
name = "primary"
zone = "Europe/Berlin"
[[schedules.layers]]
people = ["anna"]
start = "2026-01-05 10:00"
every = "1w"
[[escalations]]
name = "prod"
[[escalations.steps]]
to = ["schedule:primary"]
wait = "30m"
[[escalations.steps]]
to = ["person:boris"]
wait = "30m"
[[routes]]
to = ["chat:ops"]
escalate = "prod"
[[gateways]]
name = "sms"
url = %[5]q
form = { to = "{{.To}}", text = "{{.Text}}", ack = "{{.AckURL}}" }
`, listen, sandbox.Admin, sandbox.Operator, smsTo, service.URL))
	return p, service, listen
}

// pressed presses a button of a message.
func (p *product) pressed(who int64, m *botapi.Message, label string) {
	p.t.Helper()
	for _, row := range m.Buttons {
		for _, b := range row {
			if b.Text == label {
				if _, err := p.world.Bot.Press(who, m.Chat, m.ID, b.Data); err != nil {
					p.t.Fatal(err)
				}
				return
			}
		}
	}
	p.t.Fatalf("no button %q: %+v", label, m.Buttons)
}

// alone are the messages of pages in the private chat of anna.
func (p *product) alone() (n int) {
	for _, m := range p.world.Bot.Messages(sandbox.Admin) {
		if m.FromBot && strings.Contains(m.Text, "you are paged") {
			n++
		}
	}
	return n
}

// TestPagedUntilAnAnswer: a real failure pages whoever is on call; who does not take it has the next one called; the link of the call ends it, and
// everybody is told who has it.
func TestPagedUntilAnAnswer(t *testing.T) {
	t.Parallel()
	p, service, listen := paged(t)
	p.start()
	p.settled()
	p.set("main-db", fleet.Killed)
	card := p.message(sandbox.OpsChat, 0, "main-db", "is down")
	dm := p.message(sandbox.Admin, 0, "main-db", "anna, you are paged", "Next: boris")
	p.pressed(sandbox.Admin, &dm, "🙅 Not me")
	call := service.next(t, p.wait(), "main-db")
	p.message(sandbox.OpsChat, card.ID-1, "main-db", "anna: not me → boris")
	if code, text := browse(t, http.MethodPost, call.Get("ack")); code != http.StatusOK || !strings.Contains(text, "Acknowledged by boris") {
		t.Fatalf("%d %s", code, text)
	}
	p.message(sandbox.OpsChat, card.ID-1, "main-db", "acknowledged by boris")
	after := p.message(sandbox.Admin, dm.ID-1, "main-db", "acknowledged by boris")
	if after.ID != dm.ID {
		t.Errorf("anna is told by message %d, her page is %d", after.ID, dm.ID)
	}
	metrics := p.fetched("http://" + listen + "/metrics")
	for _, line := range []string{
		`opsbot_escalations{state="acked"} 1`, `opsbot_escalations{state="paging"} 0`, `opsbot_escalations{state="exhausted"} 0`,
		`opsbot_pages_total{result="sent",via="dm"} 1`, `opsbot_pages_total{result="sent",via="gateway:sms"} 1`, `opsbot_pages_total{result="failed",via="mention"} 0`,
	} {
		if !strings.Contains(metrics, "\n"+line+"\n") {
			t.Errorf("no line %s in\n%s", line, metrics)
		}
	}
	p.set("main-db", fleet.OK)
	p.message(sandbox.OpsChat, card.ID, "main-db", "works again")
	if n := p.alone(); n != 0 {
		t.Errorf("%d messages still say that anna is paged:\n%s", n, p.chat(sandbox.Admin))
	}
}

// TestPagedAcrossARestart: what was sent is not sent again, and what is to come comes; so does the answer to what was sent before.
func TestPagedAcrossARestart(t *testing.T) {
	t.Parallel()
	p, service, _ := paged(t)
	p.start()
	p.settled()
	p.set("main-db", fleet.Killed)
	p.message(sandbox.OpsChat, 0, "main-db", "is down")
	dm := p.message(sandbox.Admin, 0, "main-db", "anna, you are paged")
	p.stop()
	p.start()
	p.message(sandbox.Admin, p.say(sandbox.Admin, sandbox.Admin, "/incidents"), "main-db")
	if n := p.alone(); n != 1 {
		t.Errorf("anna was paged %d times:\n%s", n, p.chat(sandbox.Admin))
	}
	p.pressed(sandbox.Admin, &dm, "🙅 Not me")
	call := service.next(t, p.wait(), "main-db")
	p.stop()
	p.start()
	if code, text := browse(t, http.MethodPost, call.Get("ack")); code != http.StatusOK || !strings.Contains(text, "Acknowledged by boris") {
		t.Fatalf("%d %s", code, text)
	}
	if after := p.message(sandbox.Admin, dm.ID-1, "main-db", "acknowledged by boris"); after.ID != dm.ID {
		t.Errorf("anna is told by message %d, her page is %d", after.ID, dm.ID)
	}
	select {
	case form := <-service.got:
		t.Errorf("boris was called again: %q", form)
	default:
	}
}

// TestManyPagesOfOnePerson: what is over the limit is one message, which says what is left of it and acknowledges it all; nobody is paged again.
func TestManyPagesOfOnePerson(t *testing.T) {
	t.Parallel()
	p := newWorld(t)
	var ahead atomic.Int64
	p.now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	p.write(p.world.Config() + fmt.Sprintf(`
[alerts]
page_limit = "1/1m"
[[people]]
name = "anna"
telegram = %d
rules = "dm"
`, sandbox.Admin))
	p.start()
	p.settled()
	order := func(what string) {
		t.Helper()
		p.message(sandbox.Operator, p.say(sandbox.Operator, sandbox.Operator, "/page anna "+what), "anna", "#")
	}
	order("the shop is slow")
	p.message(sandbox.Admin, 0, "the shop is slow", "you are paged")
	order("the lift is stuck")
	order("the door is open")
	order("the tap drips")
	p.set("main-db", fleet.Killed)
	p.message(sandbox.OpsChat, 0, "main-db", "is down") // sent by a round that has read all of these pages
	ahead.Store(int64(time.Minute))
	p.set("main-db", fleet.OK) // its end wakes the dispatcher, which would look again in some seconds
	many := p.message(sandbox.Admin, 0, "anna, 3 more incidents need you", "the lift is stuck", "the door is open", "the tap drips")
	if n := p.alone(); n != 1 {
		t.Errorf("%d pages came alone:\n%s", n, p.chat(sandbox.Admin))
	}
	p.message(sandbox.Operator, p.say(sandbox.Operator, sandbox.Operator, "/ack 3"), "page for anna: answered", "#3")
	left := p.message(sandbox.Admin, many.ID-1, "anna, 2 of 3 incidents still need you", "the lift is stuck", "the tap drips")
	if left.ID != many.ID {
		t.Errorf("what is left is said by message %d, the page is %d", left.ID, many.ID)
	}
	p.pressed(sandbox.Admin, &left, "Ack all 2")
	p.message(sandbox.Admin, many.ID-1, "All 3 incidents of this page are answered or over")
	p.message(sandbox.Operator, p.say(sandbox.Operator, sandbox.Operator, "/incidents"), "the shop is slow")
}
