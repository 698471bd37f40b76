package ssh_test

import (
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"opsbot/ssh"
	"opsbot/test/damage"
)

// TestDamagedConfigEndsInWords: of 1,000 damaged files each is read, or refused with its name and line.
func TestDamagedConfigEndsInWords(t *testing.T) {
	const good = "Host m1 \"m2\" !m3\n  HostName real.test\n  Port 7\n  UserKnownHostsFile /a \"/b c\"\nMatch host m1,m2 user watch\n  ProxyJump j1,j2 # why\n  IdentityFile ~/.ssh/id\nMatch all\n  HostKeyAlias al\n"
	random := rand.New(rand.NewPCG(1, 2))
	o := configOf(t, good)
	for range 1000 {
		data := damage.Some(random, []byte(good))
		if strings.Contains(strings.ToLower(string(data)), "include") { // it would read files of this machine
			continue
		}
		if err := os.WriteFile(o.Config, data, 0o600); err != nil {
			t.Fatal(err)
		}
		o.Notes()
		for _, wrong := range o.Check() {
			if key := wrong.Args["key"]; key == "config" && wrong.Args["line"] == "" && !strings.Contains(wrong.Args["said"], "line ") {
				t.Fatalf("%s names no line:\n%s", wrong, data)
			}
		}
		for _, host := range []string{"m1", "m3"} {
			if way, err := o.WayTo(ssh.Target{Name: host}); err == nil && (way.Dial == "" || way.User == "") {
				t.Fatalf("%+v:\n%s", way, data)
			}
		}
	}
}
