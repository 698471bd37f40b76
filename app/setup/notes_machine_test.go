package setup

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"opsbot/ssh/sshtest"
)

// TestNotesAboutTheMachine: what others can read, change, hear or guess is noted, and its neighbour that is well is not.
func TestNotesAboutTheMachine(t *testing.T) {
	const (
		random  = "k3v9X2mQ7pLw8RtZ"
		checked = "[[checks]]\nname = \"db\"\nkind = \"tcp\"\naddress = \"10.0.0.1:1\"\n"
		token   = "[[web.tokens]]\nname = \"ops\"\ntoken = %q\n"
	)
	_, at := sshtest.NewKey(t, "")
	private, err := os.ReadFile(at)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, text string
		config     os.FileMode
		key, known os.FileMode
		want       []string
	}{
		{"nothing secret, for everybody", checked, 0o644, 0o600, 0o644, nil},
		{"a secret, for everybody", checked + "[telegram]\ntoken = \"1:x\"\n", 0o644, 0o600, 0o644, []string{"readable_secret"}},
		{"a secret, for a group", checked + "[telegram]\ntoken = \"1:x\"\n", 0o640, 0o600, 0o644, []string{"readable_secret"}},
		{"a secret, for its owner", checked + "[telegram]\ntoken = \"1:x\"\n", 0o600, 0o600, 0o644, nil},
		{"the configuration is everybody's", checked, 0o666, 0o600, 0o644, []string{"writable"}},
		{"a key for everybody", checked + "[ssh]\nuser = \"w\"\nkey = \"id\"\nknown_hosts = \"known\"\n", 0o600, 0o644, 0o644, []string{"readable_key"}},
		{"known hosts of everybody", checked + "[ssh]\nuser = \"w\"\nkey = \"id\"\nknown_hosts = \"known\"\n", 0o600, 0o600, 0o664, []string{"writable"}},
		{"SSH as it should be", checked + "[ssh]\nuser = \"w\"\nkey = \"id\"\nknown_hosts = \"known\"\n", 0o600, 0o600, 0o644, nil},
		{"on loopback", checked + "[web]\nlisten = \"127.0.0.1:8080\"\n", 0o600, 0o600, 0o644, nil},
		{"on localhost", checked + "[web]\nlisten = \"localhost:8080\"\n", 0o600, 0o600, 0o644, nil},
		{"on every address", checked + "[web]\nlisten = \":8080\"\n", 0o600, 0o600, 0o644, []string{"open_listener"}},
		{"on one address", checked + "[web]\nlisten = \"10.0.0.5:8080\"\n", 0o600, 0o600, 0o644, []string{"open_listener"}},
		{"a random token", checked + "[web]\nlisten = \"127.0.0.1:8080\"\n" + fmt.Sprintf(token, random), 0o600, 0o600, 0o644, nil},
		{"one letter", checked + "[web]\nlisten = \"127.0.0.1:8080\"\n" + fmt.Sprintf(token, strings.Repeat("a", 40)), 0o600, 0o600, 0o644, []string{"weak"}},
		{"of an example", checked + "[web]\nlisten = \"127.0.0.1:8080\"\n" + fmt.Sprintf(token, "ChangeMe-"+random), 0o600, 0o600, 0o644, []string{"weak"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, file := range map[string]struct {
				text string
				mode os.FileMode
			}{"opsbot.toml": {c.text, c.config}, "id": {string(private), c.key}, "known": {"# nobody yet\n", c.known}} {
				path := filepath.Join(dir, name)
				if err := os.WriteFile(path, []byte(file.text), 0o600); err != nil {
					t.Fatal(err)
				}
				if err := os.Chmod(path, file.mode); err != nil { // past the umask
					t.Fatal(err)
				}
			}
			loaded, err := Load(filepath.Join(dir, "opsbot.toml"), func(string) string { return "" })
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, note := range loaded.Notes(nil, time.Now()) {
				got = append(got, strings.TrimPrefix(note.What.ID, "config.note."))
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("noted %q, want %q", got, c.want)
			}
		})
	}
}
