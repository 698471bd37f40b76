package setup

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"opsbot/texts"
)

// TestNotesAboutOnCall: what is said of schedules, of people and of what is left out of calendars, in words.
func TestNotesAboutOnCall(t *testing.T) {
	const (
		people = "[[people]]\nname = \"anna\"\ntelegram = 1\n[[people]]\nname = \"boris\"\ntelegram = 2\n[[people]]\nname = \"vera\"\nphone = \"1\"\n"
		shifts = "[[schedules]]\nname = \"primary\"\nzone = \"Europe/Berlin\"\n"
	)
	rotation := func(people, more string) string {
		return "[[schedules.layers]]\npeople = [" + people + "]\nstart = \"2026-11-02 10:00\"\nevery = \"1w\"\n" + more + "\n"
	}
	const all = `"anna", "boris", "vera"`
	for name, c := range map[string]struct {
		text string
		want string
	}{
		"all is well":     {shifts + rotation(all, ""), ""},
		"gaps":            {shifts + rotation(all, "hours = \"Mon-Fri 08:00-24:00\""), "opsbot.toml:10: schedules[1] \"primary\": nobody is on call from 2026-12-01 00:00 to 2026-12-01 08:00, in all 14d16h of the next 28 days: fill the gaps, or leave it so if it is meant"},
		"one person":      {shifts + rotation(`"anna", "anna"`, ""), "opsbot.toml:10: schedules[1] \"primary\": only anna is on call in the next 28 days: nobody takes turns\nopsbot.toml:4: people[2] \"boris\": boris is in no schedule for the next 28 days\nopsbot.toml:7: people[3] \"vera\": vera is in no schedule for the next 28 days"},
		"who may not ack": {shifts + rotation(all, "") + "[telegram]\n[[telegram.users]]\nid = 1\n[[telegram.users]]\nid = 2\nrole = \"operator\"\nclients = [\"acme\"]\n[[services]]\nname = \"web\"\nport = 80\n[[hosts]]\nname = \"h1\"\naddress = \"10.0.0.1\"\n[[clients]]\nname = \"acme\"\nservices = [\"web\"]\nhosts = [\"h1\"]\n", "opsbot.toml:1: people[1] \"anna\": anna is on call and may not acknowledge: role = \"operator\" in [[telegram.users]]\nopsbot.toml:4: people[2] \"boris\": boris is on call and sees only acme: take clients out of [[telegram.users]], or others must be on call for the rest"},
		"who may ack":     {shifts + rotation(all, "") + "[telegram]\n[[telegram.users]]\nid = 1\nrole = \"operator\"\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, onCallNotes(t, loadText(t, people+c.text))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestNotesAboutCalendars: an event whose name is nobody's is said with the event, and the bot starts.
func TestNotesAboutCalendars(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"nights.ics": "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Zoe\r\nDTSTART:20261205T200000Z\r\nDTEND:20261206T060000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
		"opsbot.toml": "[[people]]\nname = \"anna\"\ntelegram = 1\n[[people]]\nname = \"boris\"\ntelegram = 2\n[[schedules]]\nname = \"primary\"\nzone = \"UTC\"\n" +
			"[[schedules.layers]]\npeople = [\"anna\", \"boris\"]\nstart = \"2026-11-02 10:00\"\nevery = \"1d\"\n[[schedules.layers]]\nics = \"nights.ics\"\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	l, err := Load(filepath.Join(dir, "opsbot.toml"), func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	want := "opsbot.toml:14: schedules[1] \"primary\" layers[2]: event \"Zoe\" of 20261205T200000Z: unknown Zoe, so nobody is on call for that: add the name to by, or correct the event"
	if diff := cmp.Diff(want, onCallNotes(t, l)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// onCallNotes are the notes about on-call duty on 30 November 2026, in English.
func onCallNotes(t *testing.T, l *Loaded) string {
	t.Helper()
	catalog, err := texts.Load()
	if err != nil {
		t.Fatal(err)
	}
	n := &noter{Loaded: l}
	n.onCall(time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC))
	dir := filepath.Dir(l.Config.Files[0]) + "/"
	return strings.ReplaceAll(catalog.For("en").Problems(n.notes), dir, "")
}
