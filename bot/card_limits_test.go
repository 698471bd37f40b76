package bot_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"pgregory.net/rapid"

	"opsbot/model"
	"opsbot/texts"
)

// mostFirst is how long the first line of a card is before names are cut, in UTF-16 units: what the preview of a push shows.
const mostFirst = 60

func units(s string) int { return len(utf16.Encode([]rune(s))) }

// ofIncidents are the kinds that are about one incident.
var ofIncidents = []model.NotificationKind{model.NotifyOpened, model.NotifyRaised, model.NotifyResolved, model.NotifyUpdated, model.NotifyReminder}

// TestFirstLinesFitAPush: the first line of every card fits the preview of a push, in both languages.
func TestFirstLinesFitAPush(t *testing.T) {
	for _, language := range []string{"en", "ru"} {
		c := cards(t, language, epoch)
		for _, n := range notifications() {
			if !slices.Contains(ofIncidents, n.Kind) {
				continue
			}
			if first, _, _ := strings.Cut(c.Plain(n.Notification), "\n"); units(first) > mostFirst {
				t.Errorf("%s, %s: %d units: %s", language, n.name, units(first), first)
			}
		}
	}
}

// TestEveryLineWraps: a line of a card has a place to wrap before a phone of 360 px is full.
func TestEveryLineWraps(t *testing.T) {
	const most = 34 // letters of the page's font at 360 px
	for _, language := range []string{"en", "ru"} {
		c := cards(t, language, epoch)
		for _, n := range notifications() {
			for _, word := range strings.Fields(c.Plain(n.Notification)) {
				if units(word) > most && !strings.Contains(word, "://") { // links wrap anywhere
					t.Errorf("%s, %s: %q cannot wrap", language, n.name, word)
				}
			}
		}
	}
}

// statesOf are states of services of clients with names of a length, worst first.
func statesOf(clients, length int, verdict model.Verdict) (all []model.ServiceState) {
	for i := range clients {
		name := fmt.Sprintf("client%d", i)
		name += strings.Repeat("x", max(0, length-len(name)))
		one := state(name, "reports", 0, 2, 0)
		one.Verdict = verdict
		all = append(all, one)
	}
	return all
}

// Whatever fails, the first line says who is hit, how badly and where, in 60 units as long as names are short. The name of the worst client is
// never cut, nor is that of the only host, and the colour is that of the verdict.
func TestFirstLineWhateverFails(t *testing.T) {
	all := map[string]func(*rapid.T) *model.Incident{
		"host": func(*rapid.T) *model.Incident { return ofHost() },
		"service": func(*rapid.T) *model.Incident {
			in := ofService()
			in.Failing = nil
			return in
		},
		"storm": func(rt *rapid.T) *model.Incident {
			in := ofStorm()
			in.Storm.HostsAll, in.Storm.ChecksAll, in.Storm.Checks = rapid.IntRange(0, 9000).Draw(rt, "hosts"), 0, nil
			in.Storm.Hosts = numberedNames("web", min(in.Storm.HostsAll, 20))
			return in
		},
		"group": func(rt *rapid.T) *model.Incident {
			in := ofGroup()
			n := rapid.IntRange(1, 9000).Draw(rt, "hosts")
			in.EventGroup.Active = model.NameList{Names: numberedNames("web", min(n, 20)), All: n}
			return in
		},
	}
	for kind, incident := range all {
		for _, language := range []string{"en", "ru"} {
			c := cards(t, language, epoch)
			t.Run(kind+" "+language, func(t *testing.T) {
				rapid.Check(t, func(rt *rapid.T) {
					in := incident(rt)
					length := rapid.SampledFrom([]int{8, 12, 40, 69}).Draw(rt, "length of a client's name")
					clients := rapid.IntRange(1, 40).Draw(rt, "clients")
					verdict := rapid.SampledFrom([]model.Verdict{model.VerdictDown, model.VerdictAtRisk, model.VerdictDegraded, model.VerdictUnknown}).Draw(rt, "verdict")
					in.Affected = statesOf(clients, length, verdict)
					in.Client = in.Affected[0].Client
					if in.Storm != nil {
						in.Storm.Clients = rapid.IntRange(clients, 2000).Draw(rt, "all clients")
					}
					if in.EventGroup != nil {
						in.EventGroup.Clients = rapid.IntRange(clients, 2000).Draw(rt, "all clients")
					}
					if rapid.Bool().Draw(rt, "placed") {
						in.Place = &model.SharedPlace{Key: rapid.SampledFrom([]string{"rack", "dc", "role"}).Draw(rt, "key"), Value: "fra1-r17", Hosts: 10, Of: 11}
					}
					first, _, _ := strings.Cut(c.Plain(about(model.NotifyOpened, in)), "\n")
					if length <= 12 && units(first) > mostFirst {
						rt.Fatalf("%d units: %s", units(first), first)
					}
					if !strings.Contains(first, in.Affected[0].Client) {
						rt.Fatalf("the client is cut: %s", first)
					}
					if in.Host != "" && !strings.Contains(first, in.Host) {
						rt.Fatalf("the host is cut: %s", first)
					}
					if mark := texts.OfVerdict(verdict).Mark(); !strings.HasPrefix(first, mark) {
						rt.Fatalf("%s is not %s", first, mark)
					}
				})
			})
		}
	}
}

func numberedNames(prefix string, n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprintf("%s%d", prefix, i+1))
	}
	return all
}

// A runbook is a button where Telegram takes its link, else a line; in either case it is there once, and so is each client's.
func TestRunbooksAreButtonsOrLines(t *testing.T) {
	w := newWorld(t, options{language: "en"})
	for _, c := range []struct {
		link   string
		button bool
	}{
		{"https://wiki.example.com/x?y=1#z", true},
		{"http://wiki.example.com", true},
		{"http://wiki/x", false},
		{"http://localhost/x", false},
		{"https://10.0.0.1/x", false},
		{"https://user:pass@example.com/", false},
		{"javascript:alert(1)", false},
		{"tg://resolve?domain=x", false},
		{"see the wiki", false},
		{"https://exa mple.com", false},
		{"https://example.com/" + strings.Repeat("x", 600), false},
	} {
		in := ofCheck()
		in.Runbook = c.link
		w.notify(about(model.NotifyOpened, in), 0)
		m := w.ours(opsChat, 1, false)
		found := ""
		for _, row := range m.Buttons {
			for _, b := range row {
				found += b.URL
			}
		}
		line := strings.Contains(m.Text, "📖 "+c.link[:min(len(c.link), 100)])
		if (found == c.link) != c.button || line == c.button {
			t.Errorf("%s: buttons %v, text %q", c.link, m.Buttons, m.Text)
		}
	}
	in := ofHost()
	in.Guides = slices.Repeat([]model.Guide{guides()[0]}, 3)
	w.notify(about(model.NotifyOpened, in), 0)
	links := 0
	for _, row := range w.ours(opsChat, 1, false).Buttons {
		for _, b := range row {
			if b.URL != "" {
				links++
			}
		}
	}
	if links != 1 {
		t.Errorf("the same runbook is %d buttons", links)
	}
}

// pictured are the cards of docs/cards.md, by the name of their picture, with the notification that each is.
var pictured = []struct{ picture, notification string }{
	{"check", "check with a runbook and a place"},
	{"check-unknown", "check cannot be judged"},
	{"service", "service with whom to call"},
	{"host", "host with whom to call"},
	{"small-storm", "two hosts of a client at once"},
	{"storm", "storm in one rack"},
	{"event-group", "group with whom to call"},
	{"untested", "critical, and no check can verify it"},
	{"acknowledged", "somebody has it in hand"},
	{"worse", "sixty services join"},
	{"paged", "paged"},
	{"over", "host with whom to call ends, with its story"},
	{"storm-over", "storm ends, with its story"},
}

// TestDocsShowEveryCard: the page about cards has, in each language, each card of pictured with its first line and its picture, small enough to load on a
// phone, and no other.
func TestDocsShowEveryCard(t *testing.T) {
	all := notifications()
	for _, doc := range []struct{ folder, language string }{{"../docs", "en"}, {"../docs/ru", "ru"}} {
		path := doc.folder + "/cards.md"
		page, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if shown := strings.Count(string(page), "](cards/"); shown != len(pictured) {
			t.Errorf("%s shows %d pictures of %d cards", path, shown, len(pictured))
		}
		for _, p := range pictured {
			file := "cards/" + p.picture + ".png"
			if info, err := os.Stat(doc.folder + "/" + file); err != nil || info.Size() > 40_000 {
				t.Errorf("%s in %s: %v", file, doc.language, err)
			}
			if strings.Count(string(page), "]("+file+")") != 1 {
				t.Errorf("%s does not show %s once", path, file)
			}
			at := slices.IndexFunc(all, func(n named) bool { return n.name == p.notification })
			if at < 0 {
				t.Errorf("no notification %q", p.notification)
				continue
			}
			first, _, _ := strings.Cut(cards(t, doc.language, epoch).Plain(all[at].Notification), "\n")
			if !strings.Contains(string(page), "`"+first+"`") {
				t.Errorf("%s does not say %q", path, first)
			}
		}
		if files, err := os.ReadDir(doc.folder + "/cards"); err != nil || len(files) != len(pictured) {
			t.Errorf("%s: %d pictures of %d cards, %v", doc.folder, len(files), len(pictured), err)
		}
	}
}
