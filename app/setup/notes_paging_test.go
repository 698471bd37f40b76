package setup

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestNotesAboutPaging: what is said of policies by which nobody may be paged, of people whom nothing reaches in time, and of policies that
// nothing uses, in words.
func TestNotesAboutPaging(t *testing.T) {
	const (
		people = "[[people]]\nname = \"anna\"\ntelegram = 1\n[[people]]\nname = \"boris\"\ntelegram = 2\nrules = \"dm, 40m mention\"\n"
		shifts = "[[schedules]]\nname = \"primary\"\nzone = \"Europe/Berlin\"\ngaps = \"allowed\"\n[[schedules.layers]]\npeople = [\"anna\", \"boris\"]\nstart = \"2026-11-02 10:00\"\nevery = \"1w\"\n"
		chat   = "[telegram]\ntoken = \"1:x\"\n[[telegram.chats]]\nname = \"ops\"\nid = -1\n[[routes]]\nto = [\"chat:ops\"]\nescalate = \"prod\"\n"
		policy = "[[escalations]]\nname = \"prod\"\nrepeat = 0\n[[escalations.steps]]\nwait = \"30m\"\nto = ["
	)
	for name, c := range map[string]struct {
		text string
		want string
	}{
		"a rule after the end": {
			shifts + policy + "\"schedule:primary\"]\n" + chat,
			"opsbot.toml:4: people[2] \"boris\": the rule mention begins after \"prod\" has given up (30m)",
		},
		"nobody at some time": {
			shifts + "hours = \"Mon-Fri 08:00-24:00\"\n" + policy + "\"schedule:primary\"]\n[[escalations.steps]]\nwait = \"30m\"\nto = [\"schedule:primary\"]\n" + chat,
			"opsbot.toml:17: escalations[1] \"prod\": nobody can be paged at 2026-12-01 00:00: none of the steps has anybody then",
		},
		"somebody always": {
			shifts + "hours = \"Mon-Fri 08:00-24:00\"\n" + policy + "\"schedule:primary\"]\n[[escalations.steps]]\nwait = \"30m\"\nto = [\"person:anna\"]\n" + chat,
			"",
		},
		"whoever is next, before a gap": {
			shifts + "hours = \"Mon-Fri 08:00-24:00\"\n" + policy + "\"schedule:primary.next\"]\n" + chat,
			"opsbot.toml:17: escalations[1] \"prod\": nobody can be paged at 2026-11-30 13:00: none of the steps has anybody then\nopsbot.toml:4: people[2] \"boris\": the rule mention begins after \"prod\" has given up (30m)",
		},
		"whoever is next fills the gap": {
			shifts + "hours = \"Mon-Fri 08:00-24:00\"\n" + policy + "\"schedule:primary\", \"schedule:primary.next\"]\n[[escalations.steps]]\nwait = \"30m\"\nto = [\"schedule:primary\"]\n" + chat,
			"",
		},
		"a chat is always there": {
			shifts + "hours = \"Mon-Fri 08:00-24:00\"\n" + policy + "\"schedule:primary\"]\n[[escalations.steps]]\nwait = \"30m\"\nto = [\"chat:ops\"]\n" + chat,
			"",
		},
		"a calendar that is read later": {
			"[[schedules]]\nname = \"primary\"\nzone = \"Europe/Berlin\"\n[[schedules.layers]]\nics = \"https://calendar.example.com/a.ics\"\n" + policy + "\"schedule:primary\"]\n" + chat,
			"",
		},
		"no way": {
			"[[people]]\nname = \"vera\"\nphone = \"+1\"\n" + strings.Replace(shifts, "\"boris\"]", "\"vera\"]", 1) + policy + "\"schedule:primary\"]\n" + chat,
			"opsbot.toml:4: people[2] \"boris\": boris is in no schedule for the next 28 days\nopsbot.toml:8: people[3] \"vera\": vera is paged by \"prod\" and has no way: add telegram, or rules with a gateway",
		},
		"a mention, and no group": {
			strings.Replace(shifts, "\"boris\"]", "\"vera\"]", 1) + policy + "\"schedule:primary\"]\n" + strings.Replace(chat, "id = -1", "id = 7", 1) + "[[people]]\nname = \"vera\"\ntelegram = 3\nrules = \"mention\"\n",
			"opsbot.toml:4: people[2] \"boris\": boris is in no schedule for the next 28 days\nopsbot.toml:30: people[3] \"vera\": vera is paged by \"prod\" by a mention alone, and no route with it goes to a group that sees everything: add dm to rules, or such a chat to the route",
		},
		"used by no route": {
			shifts + policy + "\"person:anna\"]\n",
			"opsbot.toml:16: escalations[1] \"prod\": no route has escalate = \"prod\": nobody is paged by it",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, onCallNotes(t, loadText(t, people+c.text))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
