package setup

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// TestNotesAboutReaders: a lifted wall is noted, and so are routes of which every one is limited to clients.
func TestNotesAboutReaders(t *testing.T) {
	const base = "[telegram]\ntoken = \"1:x\"\n[[telegram.chats]]\nname = \"ops\"\nid = -100\n[[telegram.chats]]\nname = \"acme\"\nid = -200\nclients = [\"acme\"]\n" +
		"[[services]]\nname = \"web\"\nport = 80\n[[hosts]]\nname = \"h1\"\naddress = \"10.0.0.1\"\n" +
		"[[clients]]\nname = \"acme\"\nservices = [\"web\"]\nhosts = [\"h1\"]\n"
	const limited, all = "[[routes]]\nclients = [\"acme\"]\nto = [\"chat:ops\"]\n", "[[routes]]\nto = [\"chat:ops\"]\n"
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"no routes", "", nil},
		{"a limited one and one for all", limited + all, nil},
		{"limited ones only", limited, []string{"config.note.nobody_own"}},
		{"a limited chat only", "[[routes]]\nto = [\"chat:acme\"]\n", []string{"config.note.nobody_own"}},
		{"all is shown", strings.Replace(limited, "to =", "show = \"all\"\nto =", 1), []string{"config.note.show_all"}},
		{"all is shown of all", strings.Replace(all, "to =", "show = \"all\"\nto =", 1), nil},
		{"the terminal hears it", "[alerts]\nconsole = true\n" + limited, nil},
	} {
		var got []string
		for _, note := range loadText(t, base+c.text).Notes(nil, time.Now()) {
			if key := note.What.Key(); slices.Contains([]string{"config.note.show_all", "config.note.nobody_own"}, note.What.ID) || key == "show" {
				got = append(got, note.What.ID)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: noted %q, want %q", c.name, got, c.want)
		}
	}
}
