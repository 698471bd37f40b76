package cli

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"

	"opsbot/texts"
)

// textsOf are the texts of a language by id, all plural forms of one in a line each.
func textsOf(t *testing.T, lang string) map[string]string {
	t.Helper()
	files, err := filepath.Glob("../texts/" + lang + "/*.toml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no texts of %q: %v", lang, err)
	}
	all := map[string]string{}
	for _, file := range files {
		var raw map[string]any
		if _, err := toml.DecodeFile(file, &raw); err != nil {
			t.Fatal(err)
		}
		for id, v := range raw {
			switch v := v.(type) {
			case string:
				all[id] = v
			case map[string]any:
				for _, text := range v {
					s, _ := text.(string)
					all[id] += s + "\n"
				}
			}
		}
	}
	return all
}

// chatCommand matches the commands of the chat, which are the ids "cmd.NAME.help"; a command may be an argument, too.
func chatCommand(all map[string]string) *regexp.Regexp {
	var names []string
	for id := range all {
		if name, ok := strings.CutPrefix(id, "cmd."); ok && strings.HasSuffix(name, ".help") {
			names = append(names, strings.TrimSuffix(name, ".help"))
		}
	}
	slices.Sort(names)
	return regexp.MustCompile(`(^|[^\w/.}])/(\{\{\.command|(` + strings.Join(names, "|") + `)\b)`)
}

// TestTheCommandLineNamesItsOwnCommands: no text of the command line has a command of the chat, and each text of the chat that may
// be printed there and has one, has a form without.
func TestTheCommandLineNamesItsOwnCommands(t *testing.T) {
	// What is printed in the chat alone, and what sends a person there: an id of Telegram is found nowhere else.
	chatOnly := regexp.MustCompile(`^(cmd\..*|console\.pairing|init\.(chat|pair)|help\.foot|not_a_command|users\.paired|pinned\.ended|clients\.pick|pick\..*|shift\..*|calendar\..*|cover\.too_late|error\.(calendar_direct|no_calendar)\.hint|error\.no_way\.hint|doctor\.chats\.(none|unknown)\.fix|oncall\.unready\.chat|compare\.next|reason\.notice\..*|config\.(missing\.(user|chat)_id|telegram\.no_chat))$`)
	for _, lang := range texts.Languages() {
		all := textsOf(t, lang)
		command := chatCommand(all)
		for id, text := range all {
			found := command.FindString(text)
			switch {
			case found == "":
			case strings.HasPrefix(id, "cli."):
				t.Errorf("%s: %q has the command %q of the chat: %s", lang, id, found, text)
			case !chatOnly.MatchString(id) && all["cli."+id] == "":
				t.Errorf("%s: %q names %q and has no form for the command line, %q", lang, id, found, "cli."+id)
			}
		}
	}
}

// TestAFormForTheCommandLine is taken there, and only there.
func TestAFormForTheCommandLine(t *testing.T) {
	catalog, err := texts.Load()
	if err != nil {
		t.Fatal(err)
	}
	const id = "error.no_incident.hint"
	if text := catalog.For("en").T(id); !strings.Contains(text, "/incidents") {
		t.Errorf("in the chat: %s", text)
	}
	for lang, want := range map[string]string{"en": "Open incidents: opsbot incidents", "ru": "Открытые инциденты: opsbot incidents"} {
		if text := catalog.CommandLine().For(lang).T(id); text != want {
			t.Errorf("%s: %s", lang, text)
		}
	}
}
