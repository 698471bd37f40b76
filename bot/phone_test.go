package bot_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf16"

	"pgregory.net/rapid"

	"opsbot/bot"
	"opsbot/model"
)

// fitsAPhone holds a text for a phone to what a lock screen, a text message and a voice need.
func fitsAPhone(t interface {
	Errorf(format string, args ...any)
}, name string, p *bot.PhoneText,
) {
	units := func(s string) int { return len(utf16.Encode([]rune(s))) }
	if p.Title == "" || units(p.Title) > 100 || strings.Contains(p.Title, "\n") || units(p.Text) > 130 || strings.Count(p.Text, "\n") > 2 {
		t.Errorf("%s: title %q, text %q", name, p.Title, p.Text)
	}
	for what, text := range map[string]string{"title": p.Title, "text": p.Text, "say": p.Say} {
		if i := strings.IndexFunc(text, func(r rune) bool {
			return r != '\n' && unicode.IsControl(r) || unicode.Is(unicode.So, r) || strings.ContainsRune("·…\ufe0f\u202e", r)
		}); i >= 0 {
			t.Errorf("%s: the %s has %q: %q", name, what, []rune(text[i:])[0], text)
		}
	}
	if strings.ContainsAny(p.Say, "/#<>_|\n") {
		t.Errorf("%s: a voice would spell %q", name, p.Say)
	}
}

// TestEveryNotificationFitsAPhone: short, without marks, in one language, and never empty.
func TestEveryNotificationFitsAPhone(t *testing.T) {
	for _, language := range []string{"en", "ru"} {
		c := cards(t, language, epoch)
		for _, n := range notifications() {
			p := c.Phone(n.Notification)
			fitsAPhone(t, language+" "+n.name, &p)
			if russian := strings.Contains(p.Press, "нажмите"); russian != (language == "ru") {
				t.Errorf("%s: %q", n.name, p.Press)
			}
		}
	}
}

// TestANastyNameFitsAPhone: whatever a host is called.
func TestANastyNameFitsAPhone(t *testing.T) {
	c := cards(t, "en", epoch)
	rapid.Check(t, func(r *rapid.T) {
		host := nasty().Draw(r, "host")
		p := c.Phone(model.Notification{Kind: model.NotifyOpened, Incident: 12, Severity: model.SeverityCritical, Created: epoch, Snapshot: model.Snapshot{Incident: &model.Incident{
			ID: 12, Kind: model.IncidentHost, Host: host, OpenedAt: epoch, Severity: model.SeverityCritical, Reason: model.NewReason(model.ReasonHostDown),
		}}})
		fitsAPhone(r, host, &p)
	})
}

// TestWhatAPhoneSays, word for word.
func TestWhatAPhoneSays(t *testing.T) {
	down := model.Notification{Kind: model.NotifyOpened, Incident: 12, Severity: model.SeverityCritical, Created: epoch, Snapshot: model.Snapshot{Incident: &model.Incident{
		ID: 3, Kind: model.IncidentService, ServiceKey: model.ServiceKey{Client: "clientA", Service: "reports"}, OpenedAt: epoch, Severity: model.SeverityCritical,
		Affected: []model.ServiceState{{ServiceKey: model.ServiceKey{Client: "clientA", Service: "reports"}, Verdict: model.VerdictDown, Tally: model.Tally{Failed: 3}, Need: 1}},
	}}}
	for language, want := range map[string]bot.PhoneText{
		"en": {
			Title: "clientA down: reports", Text: "clientA down: reports\n0 of 3 up, needs 1\nsince 12:00, #3, nobody has it yet", Press: "Press 1 to acknowledge.", Incident: "3",
			Say: "opsbot, critical. clientA down: reports.",
		},
		"ru": {
			Title: "clientA - не работает: reports", Text: "clientA - не работает: reports\nдоступно 0 из 3, нужно 1\nс 12:00, #3, пока никто не взял",
			Press: "Чтобы взять в работу, нажмите один.", Incident: "3", Say: "opsbot, критично. clientA - не работает: reports.",
		},
	} {
		if got := cards(t, language, epoch).Phone(down); got != want {
			t.Errorf("%+v\nwant %+v", got, want)
		}
	}
}
