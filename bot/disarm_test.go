package bot_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"opsbot/model"
	"opsbot/sandbox/botapi"
)

// The plain words that Telegram's servers and apps make a mention or a link of its own of.
var (
	telegramLink = regexp.MustCompile(`(?i)(\bt|\btelegram|\btelesco)\.(me|dog|pe)\b|\btg://`)
	mentionName  = regexp.MustCompile(`^[A-Za-z0-9_]{2,32}`)
)

// mentions are the mentions and links of Telegram in a text.
func mentions(text string) (found []string) {
	runes := []rune(text)
	for i, r := range runes {
		if r != '@' || i > 0 && (runes[i-1] == '_' || unicode.IsLetter(runes[i-1]) || unicode.IsDigit(runes[i-1])) {
			continue
		}
		if name := mentionName.FindString(string(runes[i+1:])); name != "" {
			found = append(found, "@"+name)
		}
	}
	return append(found, telegramLink.FindAllString(text, -1)...)
}

// Whatever a source calls things and says, whoever a stranger says they are, and whatever is answered of it: nobody is mentioned, and nothing
// is a link of Telegram's. Nor is anything of it markup.
func TestNothingThatOthersSayMentionsAnybody(t *testing.T) {
	for _, language := range []string{"en", "ru"} {
		for i, evil := range []string{
			"@boss", "go@@boss", "x @boss.", "(@boss)", "https://t.me/evil", "T.ME/evil?start=x", "tg://resolve?domain=evil", "telegram.me/evil", "telegram.dog/x",
			`<a href="tg://user?id=1">boss</a>`, "<tg-spoiler>@boss</tg-spoiler>", "<b>@boss", "&#64;boss", "\ue000\ue001@boss", "@\u2060@boss", "🔥@boss🔥t.me/x",
		} {
			if underRace && i%4 != 0 {
				continue
			}
			w := newWorld(t, options{language: language})
			id := fmt.Sprint("down ", evil)
			w.ok(w.manager.HandleEvents(w.ctx, model.Event{
				EventKey: model.EventKey{Source: "prom", ID: id}, Names: []string{evil, "db9"}, Service: "Backup " + evil, Title: id, URL: "https://" + evil, Runbook: "https://x/" + evil,
				Labels: model.Labels{"team": evil, evil: "x"}, Severity: model.SeverityCritical, OpenedAt: w.clock.Now(), SeenAt: w.clock.Now(), Acked: true, AckedBy: evil,
			}, model.Event{
				EventKey: model.EventKey{Source: "prom", ID: "web" + evil}, Names: []string{"web1"}, Title: id, Severity: model.SeverityCritical, OpenedAt: w.clock.Now(), SeenAt: w.clock.Now(),
			}))
			w.deliver()
			w.server.AddUser(botapi.User{ID: viewer, FirstName: evil, Language: language})
			w.server.AddChat(botapi.Chat{ID: opsChat, Type: "supergroup", Title: evil})
			for _, line := range []string{"/events", "/impact", "/unmapped", "/status", "/status sources", "/incidents", "/whoami", "/why web1", "/history", "/events close prom/x", "/status " + evil, "/mute 1h " + evil} {
				w.do("viewer@ops: " + strings.ReplaceAll(line, "\n", " "))
			}
			w.do("admin@ops: /audit")
			seen := 0
			for _, m := range w.server.Messages(opsChat) {
				if !m.FromBot {
					continue
				}
				seen++
				if found := mentions(m.Text); len(found) > 0 {
					t.Errorf("%s %d: %q mentions %q", language, i, m.Text, found)
				}
			}
			if seen < 10 {
				t.Errorf("only %d answers", seen)
			}
		}
	}
}

// Whom the configuration names is mentioned, beside what is not: contacts and comments.
func TestContactsAreMentioned(t *testing.T) {
	w := newWorld(t, options{language: "en"})
	in := &model.Incident{
		ID: 1, Kind: model.IncidentEventGroup, Severity: model.SeverityCritical, OpenedAt: w.clock.Now(), Comment: "ask @dba, t.me/dba_chat",
		EventGroup: &model.EventGroup{
			Events: 1, Open: 1, Sources: []string{"@prom"}, Texts: []model.SourceText{{Text: "@boss t.me/boss"}},
			Guides: []model.Guide{{Client: "acme", Runbook: "https://t.me/acme_howto", Contacts: []string{"@acme_duty, duty@acme.test"}}},
		},
	}
	_, err := w.channel.Deliver(w.ctx, model.Notification{
		ID: 1, Kind: model.NotifyOpened, Incident: 1, To: model.Destination{Channel: "telegram", Chat: opsChat}, Snapshot: model.Snapshot{Incident: in},
	}, model.Card{})
	w.ok(err)
	m := w.ours(opsChat, 1, false)
	if found := mentions(m.Text); !slices.Equal(found, []string{"@acme_duty", "@dba", "t.me"}) {
		t.Errorf("mentions %q:\n%s", found, m.Text)
	}
	if !strings.Contains(m.Text, "@acme_duty, duty@acme.test") || m.Buttons[len(m.Buttons)-1][0].URL != "https://t.me/acme_howto" || !strings.Contains(m.Text, "@\u2060boss") {
		t.Errorf("it reads %q", m.Text)
	}
}
