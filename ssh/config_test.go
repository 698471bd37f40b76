package ssh_test

import (
	"bufio"
	"bytes"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	crypto "golang.org/x/crypto/ssh"

	"opsbot/model"
	"opsbot/ssh"
	"opsbot/ssh/sshtest"
)

func configOf(t testing.TB, text string) ssh.Options {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return ssh.Options{Config: path, User: "watch", KnownHosts: "/known", Key: "/key", Home: "/home/watch"}
}

func TestConfigIsReadAsSSHDoes(t *testing.T) {
	sample, err := os.ReadFile("testdata/read/match_list")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ text, host, dial, user string }{
		"Match with a list":           {string(sample), "m2", "127.0.0.1:18922", "root"},
		"no one of the list":          {string(sample), "m3", "m3:22", "root"},
		"Match by several":            {"Match host m* user watch\n Port 7\n", "m1", "m1:7", "watch"},
		"Match by another user":       {"Match host m* user other\n Port 7\n", "m1", "m1:22", "watch"},
		"Match by a user of the file": {"Host m1\n User other\nMatch user other\n Port 7\n", "m1", "m1:7", "other"},
		"Match by the real name":      {"Host m1\n HostName real.test\nMatch host *.test\n Port 7\n", "m1", "real.test:7", "watch"},
		"Match by the first name":     {"Host m1\n HostName real.test\nMatch originalhost m1\n Port 7\n", "m1", "real.test:7", "watch"},
		"Match all":                   {"Match all\n Port 7\n", "m1", "m1:7", "watch"},
		"Match negated":               {"Match !host m1,m2\n Port 7\n", "m3", "m3:7", "watch"},
		"Match with a negated one":    {"Match host m*,!m3\n Port 7\n", "m3", "m3:22", "watch"},
		"Match of a program":          {"Match exec true\n Port 7\n", "m1", "m1:22", "watch"},
		"Host with a negated one":     {"Host m* !m3\n Port 7\n", "m3", "m3:22", "watch"},
		"several patterns":            {"Host a m? b\n Port 7\n", "m3", "m3:7", "watch"},
		"the first value counts":      {"Port 7\nHost *\n Port 8\n", "m1", "m1:7", "watch"},
		"equals signs and quotes":     {"Host=m1\nHostName=\"real.test\" # why\nPort = 7\n", "m1", "real.test:7", "watch"},
		"%h":                          {"Host *\n HostName %h.test\n", "m1", "m1.test:22", "watch"},
		"CR LF and a mark":            {"\ufeffHost m1\r\n  Port 7\r\n", "m1", "m1:7", "watch"},
	} {
		way, err := configOf(t, c.text).WayTo(ssh.Target{Name: c.host})
		if err != nil || way.Dial != c.dial || way.User != c.user {
			t.Errorf("%s: %+v %v", name, way, err)
		}
	}
}

// TestKnownHostsOfTheConfigFile: several files, of which some need not exist, and an alias, which has no port.
func TestKnownHostsOfTheConfigFile(t *testing.T) {
	w := newWorld(t, &sshtest.Server{Answer: echo("x")})
	mine := w.server.Key.PublicKey()
	other, _ := sshtest.NewKey(t, "")
	of := func(names map[string]crypto.PublicKey) string { return sshtest.KnownHosts(t, names) }
	strange := of(map[string]crypto.PublicKey{"10.9.9.9:22": other.PublicKey()})
	right := of(map[string]crypto.PublicKey{w.server.Address: mine})
	alias := of(map[string]crypto.PublicKey{"shared:22": mine, w.server.Address: other.PublicKey()})
	for name, c := range map[string]struct {
		text string
		want model.ReasonCode
	}{
		"the second of two":     {"UserKnownHostsFile " + strange + " " + right, ""},
		"one that is not there": {"UserKnownHostsFile /nowhere \"" + right + "\"", ""},
		"none of them":          {"UserKnownHostsFile /nowhere /nowhere2", model.ReasonSSHKeyFile},
		"an alias":              {"UserKnownHostsFile " + alias + "\nHostKeyAlias shared", ""},
		"another alias":         {"UserKnownHostsFile " + alias + "\nHostKeyAlias strange", model.ReasonSSHKeyUnknown},
		"without the alias":     {"UserKnownHostsFile " + alias, model.ReasonSSHKeyChanged},
	} {
		o := w.o
		o.Config = configOf(t, "Host *\n"+c.text+"\n").Config
		p, err := ssh.NewPool(o)
		if err != nil {
			t.Fatal(err)
		}
		_, err = p.Run(t.Context(), here, []string{"x"}, 10)
		if c.want == "" && err != nil || c.want != "" && (err == nil || reason(t, err).Code != c.want) {
			t.Errorf("%s: %v", name, err)
		}
		p.Close()
	}
}

// TestAConnectionBelongsToItsHost: another host at the same address asks its own known_hosts and keys, in whatever order they come.
func TestAConnectionBelongsToItsHost(t *testing.T) {
	w := newWorld(t, &sshtest.Server{Answer: echo("x")})
	_, stranger := sshtest.NewKey(t, "")
	empty := sshtest.KnownHosts(t, nil)
	o := w.o
	o.Config = configOf(t, fmt.Sprintf("Host other-known\n UserKnownHostsFile %s\nHost other-key\n IdentityFile %s\nHost other-alias\n HostKeyAlias nobody\n", empty, stranger)).Config
	hosts := map[string]model.ReasonCode{"web1": "", "other-known": model.ReasonSSHKeyUnknown, "other-key": model.ReasonSSHLogin, "other-alias": model.ReasonSSHKeyUnknown}
	p, err := ssh.NewPool(o)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for range 2 {
		for name, want := range hosts {
			_, err := p.Run(t.Context(), ssh.Target{Name: name, Address: "127.0.0.1"}, []string{"x"}, 10)
			if want == "" && err != nil || want != "" && (err == nil || reason(t, err).Code != want) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if n := len(w.server.Ran()); n != 2 {
		t.Errorf("%d commands ran", n)
	}
}

// TestConfigSaysWhatIsWrongAndWhatIsIgnored, each with its line.
func TestConfigSaysWhatIsWrongAndWhatIsIgnored(t *testing.T) {
	for text, want := range map[string]string{
		"Host a\n Port 99999\n": "config.ssh.port", "Port ssh": "config.ssh.port", "Host a\n\n ProxyJump \"a b\"\n": "config.ssh.jump", "Host \"a\n": "line 1: a quote is never closed", "Host a\nUser\n": "line 2: User has no value",
	} {
		wrong := ssh.Options{Config: configOf(t, text).Config}.Check()
		if len(wrong) != 1 || !strings.Contains(wrong[0].String(), want) {
			t.Errorf("%q: %v", text, wrong)
		}
	}
	o := configOf(t, "Host a\n ProxyCommand nc %h %p\n LogLevel ERROR\nHost b\n ProxyCommand none\n proxycommand x\nMatch exec true host x\n Compression yes\nHost *\n CertificateFile x\n StrictHostKeyChecking no\n Nonsense 1\n")
	var said []string
	for _, note := range o.Notes() {
		said = append(said, note.Args["option"]+" "+note.Args["line"])
	}
	if got, want := strings.Join(said, ", "), "ProxyCommand 2, Match exec 7, CertificateFile 10, Nonsense 12"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestIncludes(t *testing.T) {
	o := configOf(t, "Include conf.d/*\nHost m1\n Include more\n User after\nHost m2\n Include more\n")
	dir := filepath.Dir(o.Config)
	for name, text := range map[string]string{"conf.d/a": "Host m1\n Port 7\n", "more": "HostName in.test\nHost m2\n Port 8\n", "loop": "Include loop\n"} {
		path := filepath.Join(dir, name)
		_ = os.MkdirAll(filepath.Dir(path), 0o700)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for host, want := range map[string]string{"m1": "in.test:7 after", "m2": "in.test:8 watch", "m3": "m3:22 watch"} {
		way, err := o.WayTo(ssh.Target{Name: host})
		if got := way.Dial + " " + way.User; err != nil || got != want {
			t.Errorf("%s: %s, want %s (%v)", host, got, want, err)
		}
	}
	if _, err := (ssh.Options{Config: filepath.Join(dir, "loop")}).WayTo(ssh.Target{Name: "m1"}); err == nil || !strings.Contains(err.Error(), "include each other") {
		t.Errorf("a file that includes itself: %v", err)
	}
}

// TestAsSSHReadsIt compares with `ssh -G`, where it is installed.
func TestAsSSHReadsIt(t *testing.T) {
	program, err := exec.LookPath("ssh")
	if err != nil {
		t.Skip("ssh is not installed")
	}
	random := rand.New(rand.NewPCG(uint64(os.Getpid()), 1))
	for range 40 {
		o := configOf(t, randomConfig(random))
		for _, host := range []string{"m1", "m2", "web1.test", "x"} {
			cmd := exec.CommandContext(t.Context(), program, "-G", "-F", o.Config, "-l", "watch", host)
			var said bytes.Buffer
			cmd.Stderr = &said
			out, err := cmd.Output()
			if err != nil {
				t.Skipf("ssh -G does not run here: %v %s", err, &said)
			}
			o.User, o.Key, o.KnownHosts = "watch", "", "default"
			way, err := o.WayTo(ssh.Target{Name: host})
			if err != nil {
				t.Fatal(err)
			}
			if diff := different(way, out); diff != "" {
				text, _ := os.ReadFile(o.Config)
				t.Fatalf("%s: %s\n%s", host, diff, text)
			}
		}
	}
}

// different compares a way with the output of `ssh -G`; -l makes the user the first value.
func different(way ssh.Way, out []byte) string {
	says := map[string][]string{}
	lines := bufio.NewScanner(bytes.NewReader(out))
	for lines.Scan() {
		key, value, _ := strings.Cut(lines.Text(), " ")
		says[key] = append(says[key], value)
	}
	host, port, _ := net.SplitHostPort(way.Dial)
	if says["hostname"][0] != strings.ToLower(host) || says["port"][0] != port {
		return fmt.Sprintf("dials %s, ssh %s:%s", way.Dial, says["hostname"][0], says["port"][0])
	}
	if alias := says["hostkeyalias"]; alias != nil && !slices.Equal(way.Names, alias) {
		return fmt.Sprintf("is known as %q, ssh %q", way.Names, alias)
	}
	if known := strings.Fields(says["userknownhostsfile"][0]); way.Known[0] != "default" && strings.Join(way.Known, " ") != strings.Join(known, " ") {
		return fmt.Sprintf("trusts %q, ssh %q", way.Known, known)
	}
	if len(way.Keys) > 0 && !slices.Equal(way.Keys, says["identityfile"]) {
		return fmt.Sprintf("has the keys %q, ssh %q", way.Keys, says["identityfile"])
	}
	if jump := says["proxyjump"]; len(jump) > 0 && jump[0] != strings.Join(way.Jump, ",") || len(jump) == 0 && len(way.Jump) > 0 {
		return fmt.Sprintf("jumps over %q, ssh %q", way.Jump, jump)
	}
	return ""
}

func randomConfig(random *rand.Rand) string {
	pick := func(of ...string) string { return of[random.IntN(len(of))] }
	var b strings.Builder
	value := func() {
		b.WriteString(pick("  HostName real.test", "  hostname %h.test", "Port 7", "Port=8", "Port = 9", "  IdentityFile /k1", "IdentityFile \"/k 2\"", "UserKnownHostsFile /a /b", "UserKnownHostsFile \"/a b\"", "HostKeyAlias al",
			"ProxyJump j1,j2", "ProxyJump none", "# nothing", "", "Compression yes # why", "LogLevel ERROR") + "\n")
	}
	for range random.IntN(2) {
		value()
	}
	for range 1 + random.IntN(6) {
		b.WriteString(pick("Host m1", "Host m*", "Host * !m1", "Host m1 m2", "Host m?", "Host *.test x", "Host \"m1\"", "Match all", "Match host m1,m2", "Match host *.test", "Match host m*,!m2", "Match !host m1", "Match originalhost m1,x",
			"Match host m1 user watch", "Match user other,watch", "Match user other", "Match originalhost m* host real.test", "Match host=m1") + "\n")
		for range 1 + random.IntN(3) {
			value()
		}
	}
	return b.String()
}
