package setup

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"opsbot/model"
)

// TestEmptied: what was there and is gone is a reason to refuse, what was not there before is none.
func TestEmptied(t *testing.T) {
	const (
		token  = "[telegram]\ntoken = \"1:x\"\n"
		chat   = "[[telegram.chats]]\nname = \"ops\"\nid = -100\n"
		mail   = "[[email]]\nname = \"noc\"\nsmtp = \"10.0.0.1:25\"\nfrom = \"a@example.com\"\nto = [\"b@example.com\"]\n[[routes]]\nto = [\"email:noc\"]\n"
		check  = "[[checks]]\nname = \"db\"\nkind = \"tcp\"\naddress = \"10.0.0.1:1\"\n"
		client = "[[services]]\nname = \"web\"\nport = 80\n[[hosts]]\nname = \"h\"\naddress = \"10.0.0.1\"\n[[clients]]\nname = \"a\"\nservices = [\"web\"]\nhosts = [\"h\"]\n"
	)
	paired := []model.Chat{{ID: -5}}
	for _, c := range []struct {
		name, before, after string
		paired              []model.Chat
		want                string // the last words of the codes
	}{
		{"the same", chat + check, chat + check, nil, ""},
		{"all is gone", chat + check + client, "", nil, "no_checks no_destination"},
		{"the checks are gone, clients stay", chat + check + client, chat + client, nil, ""},
		{"checks and clients are gone", chat + check + client, chat, nil, "no_checks"},
		{"the chats are gone", chat + check, check, nil, "no_destination"},
		{"a paired chat stays", chat + check, check, paired, ""},
		{"mail stays", chat + mail + check, mail + check, nil, ""},
		{"mail is gone, chats were not routed to", chat + mail + check, check, nil, "no_destination"},
		{"nothing yet", "", "", nil, ""},
		{"the first check", "", check, nil, ""},
	} {
		before, after := loadText(t, token+c.before), loadText(t, token+c.after)
		chats := func(l *Loaded) []model.Chat { return append(l.Config.Telegram.KnownChats(), c.paired...) }
		var got []string
		for _, p := range before.Emptied(after, chats(before), chats(after)) {
			got = append(got, strings.TrimPrefix(p.What.ID, "config.reload."))
		}
		if text := strings.Join(got, " "); text != c.want {
			t.Errorf("%s: %q, want %q", c.name, text, c.want)
		}
	}
}

func loadText(t *testing.T, text string) *Loaded {
	t.Helper()
	path := filepath.Join(t.TempDir(), "opsbot.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := Load(path, func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestClientsThatVanishAreSaid: all of them, although checks stay.
func TestClientsThatVanishAreSaid(t *testing.T) {
	const (
		check  = "[[checks]]\nname = \"db\"\nkind = \"tcp\"\naddress = \"10.0.0.1:1\"\n"
		client = "[[services]]\nname = \"web\"\nport = 80\n[[hosts]]\nname = \"h1\"\naddress = \"10.0.0.1\"\n" +
			"[[clients]]\nname = \"acme\"\nservices = [\"web\"]\nhosts = [\"h1\"]\n"
	)
	for _, c := range []struct {
		name, before, after string
		said                bool
	}{
		{"they vanish", check + client, check, true},
		{"they stay", check + client, check + client, false},
		{"checks alone", check, check, false},
		{"all is gone, which is refused", check + client, "", false},
		{"the first ones", check, check + client, false},
	} {
		if notes := loadText(t, c.before).Vanished(loadText(t, c.after)); len(notes) > 0 != c.said {
			t.Errorf("%s: %v", c.name, notes)
		}
	}
}
