package app_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"opsbot/cli/control"
	"opsbot/sandbox"
)

// TestAReloadMovesShifts: people and schedules come into use by a reload, which names whose shifts it moves; the chat and the command line say
// who is on call.
func TestAReloadMovesShifts(t *testing.T) {
	t.Parallel()
	p := newWorld(t).start()
	p.settled()
	client := control.New(filepath.Join(p.dir, "opsbot.sock"), "en")
	people := "\n[[people]]\nname = \"anna\"\nphone = \"+49 30 1\"\n[[people]]\nname = \"boris\"\nphone = \"+49 30 2\"\n"
	schedule := func(people string) string {
		return "[[schedules]]\nname = \"primary\"\nzone = \"UTC\"\n[[schedules.layers]]\npeople = [" + people + "]\nstart = \"2020-01-06 10:00\"\nevery = \"1w\"\n"
	}
	p.message(sandbox.Admin, p.say(sandbox.Admin, sandbox.Admin, "/oncall"), "There is no on-call schedule")
	good := p.world.Config()
	p.write(good + people + schedule(`"anna"`))
	if notes, err := client.Reload(p.wait()); err != nil || len(notes) > 0 {
		t.Fatalf("a new schedule: %v, %v", notes, err)
	}
	p.message(sandbox.Admin, p.say(sandbox.Admin, sandbox.Admin, "/oncall"), "primary", "anna")
	p.write(good + people + schedule(`"boris"`))
	notes, err := client.Reload(p.wait())
	if err != nil || len(notes) != 2 || notes[0].What.ID != "config.note.oncall.freed" || notes[1].What.ID != "config.note.oncall.joined" {
		t.Fatalf("another person: %v, %v", notes, err)
	}
	answer, err := client.OnCall(p.wait(), nil)
	if err != nil || !strings.Contains(answer.Text, "boris (+49 30 2)") || strings.Contains(answer.Text, "anna") {
		t.Errorf("%s, %v", answer.Text, err)
	}
	if strings.Contains(p.out.String(), "+49 30") {
		t.Error("a phone is in the log")
	}
}

// TestATakeoverSurvivesARestart: and a reload; the command line takes over for somebody and hands back.
func TestATakeoverSurvivesARestart(t *testing.T) {
	t.Parallel()
	p := newWorld(t).start()
	p.settled()
	client := control.New(filepath.Join(p.dir, "opsbot.sock"), "en")
	p.write(p.world.Config() + "\n[[people]]\nname = \"anna\"\nphone = \"1\"\n[[people]]\nname = \"boris\"\nphone = \"2\"\n" +
		"[[schedules]]\nname = \"primary\"\nzone = \"UTC\"\n[[schedules.layers]]\npeople = [\"anna\"]\nstart = \"2020-01-06 10:00\"\nevery = \"1w\"\n")
	if _, err := client.Reload(p.wait()); err != nil {
		t.Fatal(err)
	}
	if answer, err := client.Takeover(p.wait(), "boris 2h -- ill"); err != nil || !strings.Contains(answer.Text, "boris is on call until") {
		t.Fatal(answer.Text, err)
	}
	if _, err := client.Reload(p.wait()); err != nil {
		t.Fatal(err)
	}
	p.stop()
	p.start()
	p.settled()
	answer, err := client.OnCall(p.wait(), nil)
	if err != nil || !strings.Contains(answer.Text, "boris") || !strings.Contains(answer.Text, "#1 boris took over until") || !strings.Contains(answer.Text, "ill") {
		t.Fatal(answer.Text, err)
	}
	if answer, err = client.Handback(p.wait(), nil); err != nil || !strings.Contains(answer.Text, "anna on call again") {
		t.Fatal(answer.Text, err)
	}
	if answer, err = client.OnCall(p.wait(), nil); err != nil || strings.Contains(answer.Text, "boris") {
		t.Fatal(answer.Text, err)
	}
}

// TestACalendarIsKept: shifts come from the address of a calendar; when it fails, its last copy counts, across a restart too, and an issue says so
// without the address; and it comes back. What it moves is told to the people.
func TestACalendarIsKept(t *testing.T) {
	t.Parallel()
	var broken atomic.Bool
	var who atomic.Value
	who.Store("anna")
	calendar := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if broken.Load() {
			http.Error(w, "sign in", http.StatusForbidden)
			return
		}
		name, _ := who.Load().(string)
		_, _ = w.Write([]byte("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:" + name +
			"\r\nDTSTART:20200101T000000Z\r\nDTEND:20200108T000000Z\r\nRRULE:FREQ=WEEKLY\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"))
	}))
	defer calendar.Close()
	p := newWorld(t).start()
	p.settled()
	client := control.New(filepath.Join(p.dir, "opsbot.sock"), "en")
	p.write(p.world.Config() + "\n[[people]]\nname = \"anna\"\nphone = \"1\"\n[[people]]\nname = \"boris\"\nphone = \"2\"\n" +
		"[[schedules]]\nname = \"primary\"\nzone = \"UTC\"\n[[schedules.layers]]\nics = \"" + calendar.URL + "/s3cret.ics\"\n")
	reload := func() {
		t.Helper()
		if _, err := client.Reload(p.wait()); err != nil {
			t.Fatal(err)
		}
	}
	again := func(is bool) bool { // a message is a change in Telegram, after which it is looked again
		if !is {
			p.say(sandbox.Admin, sandbox.Admin, "/whoami")
		}
		return is
	}
	onCall := func(part string) {
		t.Helper()
		p.until("/oncall says "+part, func() bool {
			answer, err := client.OnCall(p.wait(), nil)
			return again(err == nil && strings.Contains(answer.Text, part))
		})
	}
	issue := func(want bool) {
		t.Helper()
		p.until("an issue of the calendar", func() bool {
			answer, err := client.Status(p.wait(), nil)
			if err != nil {
				return again(false)
			}
			if strings.Contains(answer.Text, "s3cret") {
				t.Error("the address is shown")
			}
			return again(strings.Contains(answer.Text, "the calendar of primary cannot be read") == want)
		})
	}
	reload()
	onCall("primary: anna")
	who.Store("boris")
	reload()
	onCall("primary: boris")
	broken.Store(true)
	reload()
	issue(true)
	onCall("primary: boris")
	p.stop()
	p.start()
	p.settled()
	onCall("primary: boris")
	issue(true)
	broken.Store(false)
	reload()
	issue(false)
	if strings.Contains(p.out.String(), "s3cret") {
		t.Error("the address is in the log")
	}
}

// TestAShiftIsNotified: a takeover and a reload reach the private chat of whoever they are about at once, and the chat of the schedule.
func TestAShiftIsNotified(t *testing.T) {
	t.Parallel()
	p := newWorld(t).start()
	p.settled()
	client := control.New(filepath.Join(p.dir, "opsbot.sock"), "en")
	config := func(people string) string {
		return p.world.Config() + fmt.Sprintf("\n[[people]]\nname = \"anna\"\ntelegram = %d\n[[people]]\nname = \"boris\"\nphone = \"2\"\n", sandbox.Admin) +
			"[[schedules]]\nname = \"primary\"\nzone = \"UTC\"\nnotify = \"chat:ops\"\n[[schedules.layers]]\npeople = [" + people + "]\nstart = \"2020-01-06 10:00\"\nevery = \"1w\"\n"
	}
	reload := func() {
		t.Helper()
		if _, err := client.Reload(p.wait()); err != nil {
			t.Fatal(err)
		}
	}
	p.write(config(`"boris"`))
	reload()
	p.message(sandbox.Admin, p.say(sandbox.Admin, sandbox.Admin, "/oncall"), "primary: boris")
	if _, err := client.Takeover(p.wait(), "anna 2h"); err != nil {
		t.Fatal(err)
	}
	p.message(sandbox.Admin, 0, "You are on call", "After boris")
	p.message(sandbox.OpsChat, 0, "primary: anna on call")
	p.write(config(`"anna"`))
	reload()
	p.message(sandbox.Admin, 0, "shifts of anna have moved", "Are:")
}
