package bot_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"opsbot/bot"
	"opsbot/model"
	"opsbot/test/golden"
)

// seed words a message as the monitor did that opsbot takes the place of.
const seed = "{{.Name}}: {{.What}}\n{{.Instance}} · {{.LocalIP}}{{with .ExternalIP}} · {{.}}{{end}}\n{{- with .Comment}}\n{{.}}{{end}}"

func userTemplate(t testing.TB, text string) *model.MessageTemplate {
	t.Helper()
	m := &model.MessageTemplate{}
	if err := m.UnmarshalText([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return m
}

// worded are cards with a template; faults counts what it did not do for.
func worded(t testing.TB, language, text string) (c *bot.Cards, faults *int) {
	template := userTemplate(t, text)
	c, faults = cards(t, language, epoch), new(int)
	c.Template = &bot.Template{
		Template: func(model.Notification) *model.MessageTemplate { return template },
		Instance: func() bot.Instance {
			return bot.Instance{Name: "shop-17", LocalIP: "10.0.0.1", ExternalIP: "192.0.2.1"}
		},
		Fault: func(model.Notification, error) { *faults++ },
	}
	return c, faults
}

// TestOwnWords renders every kind of notification: by a template, or as a card.
func TestOwnWords(t *testing.T) {
	for _, language := range []string{"en", "ru"} {
		own, _ := worded(t, language, seed)
		card := cards(t, language, epoch)
		var out strings.Builder
		for _, n := range notifications() {
			text := own.Plain(n.Notification)
			if text == card.Plain(n.Notification) {
				text = "(the card)"
			}
			fmt.Fprintf(&out, "== %s\n%s\n\n", n.name, text)
		}
		file := "testdata/template." + language + ".golden"
		golden.Compare(t, file, out.String())
	}
}

// TestOwnWordsKeepNothingBack: a template that says nothing of the state cannot make an end look like a beginning, nor hide
// that it is late.
func TestOwnWordsKeepNothingBack(t *testing.T) {
	c, _ := worded(t, "en", "trouble with {{.Name}}")
	late := about(model.NotifyOpened, ofCheck())
	late.Created, late.Repeat = epoch.Add(-time.Hour), true
	for _, row := range []struct {
		t    model.Notification
		want string
	}{
		{about(model.NotifyOpened, ofCheck()), "🔴 trouble with main-db"},
		{about(model.NotifyResolved, changed(ofCheck(), closed)), "🟢 trouble with main-db"},
		{about(model.NotifyUpdated, changed(ofCheck(), closed)), "🟢 trouble with main-db"},
		{about(model.NotifyUpdated, changed(ofCheck(), func(in *model.Incident) { in.WorksSince = epoch })), "🟡 trouble with main-db"},
		{about(model.NotifyUpdated, changed(ofCheck(), func(in *model.Incident) { in.Parent = 3 })), "🔴 trouble with main-db\n↳ part of #3"},
		{late, "🔴 trouble with main-db\n⏱ 1 h late (may be a repeat)"},
	} {
		if got := c.Plain(row.t); got != row.want {
			t.Errorf("got %q, want %q", got, row.want)
		}
	}
}

func TestOwnWordsThatFailAreCards(t *testing.T) {
	c, faults := worded(t, "en", `{{slice .Name 0 7}} is away`) // fine for the sample's "main-db", not for a shorter name
	in := ofCheck()
	in.Check = "db"
	card := cards(t, "en", epoch).HTML(about(model.NotifyOpened, in))
	if got := c.HTML(about(model.NotifyOpened, in)); got != card || *faults != 1 {
		t.Errorf("%d faults, got %q", *faults, got)
	}
	if got := c.Plain(about(model.NotifyOpened, ofCheck())); got != "🔴 main-db is away" || *faults != 1 {
		t.Errorf("%d faults, got %q", *faults, got)
	}
}

// TestOwnWordsAlwaysParse: markup in a template and in what fills it is shown, never obeyed, and the message fits.
func TestOwnWordsAlwaysParse(t *testing.T) {
	all := "<b>{{.What}}</b> {{.Name}} {{.Client}} {{.Service}} {{.Host}} {{.Instance}}\n{{.Comment}}\n{{.Severity}} {{.State}} {{.Since}} {{.At}} {{.Incident}} & co"
	w := newWorld(t, options{language: "ru"})
	own, faults := worded(t, "ru", all)
	w.channel.Cards.Template = own.Template
	rapid.Check(t, func(rt *rapid.T) {
		in := anyIncident().Draw(rt, "incident")
		in.Flap = nil // what comes and goes, and what has no words of its own, is a card
		if in.Kind != model.IncidentCheck && in.Kind != model.IncidentService {
			in.Kind = model.IncidentHost
		}
		notification := about(rapid.SampledFrom([]model.NotificationKind{model.NotifyOpened, model.NotifyResolved, model.NotifyRaised}).Draw(rt, "kind"), &in)
		notification.To = model.Destination{Channel: "telegram", Chat: opsChat}
		w.clock.Advance(time.Second)
		before := len(w.server.Calls("sendMessage"))
		if _, err := w.channel.Deliver(w.ctx, notification, model.Card{}); err != nil {
			rt.Fatal(err)
		}
		if calls := w.server.Calls("sendMessage")[before:]; len(calls) != 1 || !calls[0].OK() {
			rt.Fatalf("Telegram refused it: %s", clip(fmt.Sprint(calls)))
		}
		m := w.ours(opsChat, 1, false)
		if !strings.Contains(m.Text, "<b>") || !strings.Contains(m.Text, "& co") || strings.ContainsAny(m.Text, "\u202e\u2066\x00") {
			rt.Fatalf("got %q", clip(m.Text))
		}
	})
	if *faults > 0 {
		t.Errorf("the template failed %d times", *faults)
	}
}
