package checks_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"opsbot/checks"
	"opsbot/model"
)

const dfHead = "Filesystem     1024-blocks      Used Available Capacity Mounted on\n"

func TestSSH(t *testing.T) {
	stat := "0.50 9.60 0.30 2/345 6789\ncpu  1 2 3\ncpu0 1 2 3\ncpu1 1 2 3\nintr 5\n"
	cases := []struct {
		name   string
		ask    func(o *checks.SSHOptions)
		answer func(string) (string, string, uint32)
		status model.Status
		code   model.ReasonCode
		args   map[string]string
	}{
		{"a command that succeeds", command("true"), says("", "", 0), model.StatusOK, "", nil},
		{"a command that fails", command("/usr/bin/systemctl", "is-active", "nginx"), says("inactive\n", "", 3), model.StatusFail, model.ReasonSSHExit, map[string]string{"code": "3", "said": "inactive", "path": "/usr/bin/systemctl"}},
		{"stderr says more", command("x"), says("out\n", "\nno such unit\nmore", 1), model.StatusFail, model.ReasonSSHExit, map[string]string{"said": "no such unit"}},
		{"a program that is not there", command("x"), says("", "sh: x: not found", 127), model.StatusUnknown, model.ReasonSSHBroken, map[string]string{"said": "sh: x: not found"}},
		{"it says what it should", contains("active"), says("active\n", "", 0), model.StatusOK, "", nil},
		{"it does not", contains("active"), says("in maintenance\n", "", 0), model.StatusFail, model.ReasonSSHLacks, map[string]string{"got": "in maintenance", "want": "active"}},
		{"an endless answer", contains("end"), says(strings.Repeat("x", 1<<20)+"end", "", 0), model.StatusFail, model.ReasonSSHLacks, nil},
		{"room enough", disk("/", "/var"), says(dfHead+"/dev/sda1 100 50 50 50% /\n/dev/sda2 100 89 11 89% /var\n", "", 0), model.StatusOK, "", nil},
		{"a full disk", disk("/", "/var"), says(dfHead+"/dev/sda1 100 50 50 50% /\n//nas/my share 2000 1900 1024 94% /mnt/a b\n", "", 0), model.StatusFail, model.ReasonDiskUsed, map[string]string{"path": "/var", "used": "94", "max": "90", "left": "1.0 MiB"}},
		{"what has no size", disk("/", "/proc"), says(dfHead+"/dev/sda1 100 50 50 50% /\nproc 0 0 0 - /proc\n", "", 0), model.StatusOK, "", nil},
		{"two full disks", disk("/", "/var"), says(dfHead+"a 1 1 0 100% /\nb 1 1 0 100% /var\n", "", 0), model.StatusFail, model.ReasonDiskUsed, map[string]string{"path": "/ (+ /var)"}},
		{"no such disk", disk("/", "/none"), says(dfHead+"a 1 0 1 0% /\n", "df: /none: No such file or directory\n", 1), model.StatusUnknown, model.ReasonDiskUnseen, map[string]string{"said": "df: /none: No such file or directory"}},
		{"no df", disk("/"), says("hello\nworld\n", "", 0), model.StatusUnknown, model.ReasonSSHBroken, nil},
		{"load", load(5), says(stat, "", 0), model.StatusOK, "", nil},
		{"too much load", load(4), says(stat, "", 0), model.StatusFail, model.ReasonHostLoad, map[string]string{"load": "9.6", "cores": "2", "max": "4"}},
		{"no load", load(4), says("", "cat: /proc/loadavg: No such file", 1), model.StatusUnknown, model.ReasonSSHBroken, nil},
		{"memory", memory(90), says("MemTotal: 1000 kB\nMemAvailable: 110 kB\n", "", 0), model.StatusOK, "", nil},
		{"little memory", memory(90), says("MemTotal: 1000 kB\nMemAvailable: 99 kB\n", "", 0), model.StatusFail, model.ReasonHostMemory, map[string]string{"used": "91"}},
		{"no memory", memory(90), says("x", "", 0), model.StatusUnknown, model.ReasonSSHBroken, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			o := watched(t, &machine{answer: c.answer})
			c.ask(o)
			r := runKind(t, o)
			if r.Status != c.status || r.Reason.Code != c.code {
				t.Fatalf("got %s %+v", r.Status, r.Reason)
			}
			for name, want := range c.args {
				if r.Reason.Args[name] != want {
					t.Errorf("%s is %q, want %q", name, r.Reason.Args[name], want)
				}
			}
		})
	}
}

func command(words ...string) func(o *checks.SSHOptions) {
	return func(o *checks.SSHOptions) { o.Command = words }
}

func contains(text string) func(o *checks.SSHOptions) {
	return func(o *checks.SSHOptions) { o.Command, o.Contains = []string{"x"}, text }
}

func disk(paths ...string) func(o *checks.SSHOptions) {
	return func(o *checks.SSHOptions) { o.Disk = paths }
}

func load(most float64) func(o *checks.SSHOptions) {
	return func(o *checks.SSHOptions) { o.Load = most }
}

func memory(most int) func(o *checks.SSHOptions) {
	return func(o *checks.SSHOptions) { o.Memory = most }
}

func TestSSHHangs(t *testing.T) {
	for at, phase := range map[string]string{"banner": "handshake", "kex": "handshake", "auth": "login", "exec": "command"} {
		o := watched(t, &machine{hang: at, answer: says("", "", 0)})
		o.Command = []string{"true"}
		c := check(t, o)
		c.Timeout = 300 * time.Millisecond
		r := run(t, c)
		if r.Reason.Code != model.ReasonTimeout || r.Reason.Args["phase"] != phase || r.Took > 2*time.Second {
			t.Errorf("%s: %+v after %v", at, r.Reason, r.Took)
		}
	}
}

func TestSSHThatBreaksOff(t *testing.T) {
	o := watched(t, &machine{answer: says("", "", 0), drop: true})
	o.Command = []string{"true"}
	if r := runKind(t, o); r.Reason.Code != model.ReasonClosed && r.Reason.Code != model.ReasonReset {
		t.Errorf("hung up: %+v", r.Reason)
	}
	o = watched(t, &machine{answer: says("", "", 0), signal: "KILL"})
	o.Command = []string{"true"}
	if r := runKind(t, o); r.Status != model.StatusUnknown || r.Reason.Code != model.ReasonSSHBroken {
		t.Errorf("killed: %s %+v", r.Status, r.Reason)
	}
	o.Address = hostile(t, func(conn net.Conn) { _, _ = io.WriteString(conn, "HTTP/1.1 400 Bad Request\r\n\r\n") })
	o.Address = strings.TrimSuffix(strings.TrimPrefix(o.Address, "http://"), "/")
	if r := runKind(t, o); r.Status != model.StatusFail {
		t.Errorf("no SSH server: %s %+v", r.Status, r.Reason)
	}
}

// TestSSHTrustsNobodyUnknown: a key that is not in known_hosts is refused before anything of ours is sent, and nothing is
// ever added to that file.
func TestSSHTrustsNobodyUnknown(t *testing.T) {
	m := &machine{answer: says("", "", 0)}
	o := watched(t, m)
	o.Command = []string{"true"}
	if r := runKind(t, o); r.Status != model.StatusOK {
		t.Fatalf("got %+v", r.Reason)
	}
	other, _ := sshKey(t)
	for _, c := range []struct {
		file string
		code model.ReasonCode
	}{
		{known(t, o.Address, other), model.ReasonSSHKeyChanged},
		{known(t, "10.0.0.1:22", m.keys...), model.ReasonSSHKeyUnknown},
		{known(t, o.Address), model.ReasonSSHKeyUnknown},
	} {
		before, err := os.ReadFile(c.file)
		if err != nil {
			t.Fatal(err)
		}
		o.KnownHosts = c.file
		r := runKind(t, o)
		if r.Status != model.StatusUnknown || r.Reason.Code != c.code {
			t.Errorf("%s: %s %+v", c.code, r.Status, r.Reason)
		}
		if want := "ssh-ed25519 " + ssh.FingerprintSHA256(m.keys[0].PublicKey()); r.Reason.Args["got"] != want {
			t.Errorf("got %q, want %q", r.Reason.Args["got"], want)
		}
		if after, err := os.ReadFile(c.file); err != nil || !bytes.Equal(before, after) {
			t.Errorf("known_hosts was changed: %v", err)
		}
	}
	put(t, o.KnownHosts, string(must(os.ReadFile(known(t, o.Address, m.keys...)))))
	checker := o.Checker()
	if r := checker.Check(t.Context()); r.Status != model.StatusOK {
		t.Errorf("a key that was put there: %+v", r.Reason)
	}
	if err := os.Remove(o.KnownHosts); err != nil {
		t.Fatal(err)
	}
	if r := checker.Check(t.Context()); r.Status != model.StatusUnknown || r.Reason.Code != model.ReasonSSHKeyFile {
		t.Errorf("known_hosts is gone: %+v", r.Reason)
	}
}

func must(data []byte, err error) []byte {
	if err != nil {
		return []byte(err.Error())
	}
	return data
}

// TestSSHAsksForTheKeyThatIsKnown: a host has several keys, and known_hosts one of them.
func TestSSHAsksForTheKeyThatIsKnown(t *testing.T) {
	ed, _ := sshKey(t)
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ec, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	for _, only := range []ssh.Signer{ed, ec} {
		o := watched(t, &machine{keys: []ssh.Signer{ed, ec}, answer: says("", "", 0)})
		o.Command, o.KnownHosts = []string{"true"}, known(t, o.Address, only)
		if r := runKind(t, o); r.Status != model.StatusOK {
			t.Errorf("%s: %+v", only.PublicKey().Type(), r.Reason)
		}
	}
}

func TestSSHThatIsNotLetIn(t *testing.T) {
	o := watched(t, &machine{answer: says("", "", 0)})
	o.Command = []string{"true"}
	_, o.KeyFile = sshKey(t)
	if r := runKind(t, o); r.Status != model.StatusUnknown || r.Reason.Code != model.ReasonSSHLogin || r.Reason.Args["user"] != "watch" {
		t.Errorf("got %s %+v", r.Status, r.Reason)
	}
}

func TestSSHKeyWithAPassphrase(t *testing.T) {
	m := &machine{answer: says("", "", 0)}
	o := watched(t, m)
	o.Command = []string{"true"}
	o.KeyFile = "testdata/locked_key" // of one KDF round: those that ssh-keygen makes take the race detector 4 s
	var err error
	if m.user, _, _, _, err = ssh.ParseAuthorizedKey(must(os.ReadFile("testdata/locked_key.pub"))); err != nil {
		t.Fatal(err)
	}
	for passphrase, want := range map[string]string{"": "passphrase_file is missing", "wrong": "is not a private key, or the passphrase is wrong"} {
		o.PassphraseFile = ""
		if passphrase != "" {
			o.PassphraseFile = secretFile(t, passphrase)
		}
		if wrong := strings.Join(inEnglish(o.Validate()), "; "); !strings.Contains(wrong, want) {
			t.Errorf("%q: %q, want %q", passphrase, wrong, want)
		}
	}
	o.PassphraseFile = secretFile(t, "open sesame")
	if r := runKind(t, o); r.Status != model.StatusOK {
		t.Errorf("got %+v", r.Reason)
	}
}

func TestSSHSaysWhatIsWrong(t *testing.T) {
	cases := map[string]func(o *checks.SSHOptions){
		"address is missing":  func(o *checks.SSHOptions) { o.Address = "" },
		"user is missing":     func(o *checks.SSHOptions) { o.User = "" },
		"key_file is missing": func(o *checks.SSHOptions) { o.KeyFile = "" },
		`key_file "/nowhere" cannot be read: no such file`:      func(o *checks.SSHOptions) { o.KeyFile = "/nowhere" },
		"is not a private key":                                  func(o *checks.SSHOptions) { o.KeyFile = secretFile(t, "hunter2") },
		"known_hosts is missing":                                func(o *checks.SSHOptions) { o.KnownHosts = "" },
		`known_hosts "/nowhere" cannot be read: no such file`:   func(o *checks.SSHOptions) { o.KnownHosts = "/nowhere" },
		`known_hosts "/dev/zero" cannot be read: not a regular`: func(o *checks.SSHOptions) { o.KnownHosts = "/dev/zero" },
		"command, disk, load and memory are missing":            func(o *checks.SSHOptions) { o.Command = nil },
		"command cannot be set together":                        func(o *checks.SSHOptions) { o.Memory = 90 },
		"contains needs command":                                func(o *checks.SSHOptions) { o.Command, o.Contains, o.Memory = nil, "x", 90 },
		`disk "var" is not an absolute path`:                    func(o *checks.SSHOptions) { o.Command, o.Disk = nil, []string{"var"} },
		"used 0 is out of range":                                func(o *checks.SSHOptions) { o.Used = 0 },
		"command contains a zero byte":                          func(o *checks.SSHOptions) { o.Command = []string{"a\x00b"} },
	}
	host, _ := sshKey(t)
	_, file := sshKey(t)
	for want, change := range cases {
		o := options[checks.SSHOptions](t, checks.Deps{}, "ssh")
		o.Address, o.User, o.KeyFile, o.KnownHosts, o.Command = "10.0.0.9", "watch", file, known(t, "10.0.0.9:22", host), []string{"true"}
		if wrong := inEnglish(o.Validate()); wrong != nil {
			t.Fatal(wrong)
		}
		change(o)
		if wrong := strings.Join(inEnglish(o.Validate()), "; "); !strings.Contains(wrong, want) || strings.Contains(wrong, "hunter2") {
			t.Errorf("%q, want %q", wrong, want)
		}
	}
}

func FuzzDiskLine(f *testing.F) {
	f.Add("/dev/sda1 100 50 50 50% /")
	f.Add("//nas/my share 2000 1900 1024 94% /mnt/a b")
	f.Add("% % % % %")
	f.Fuzz(func(t *testing.T, line string) {
		if used, _, err := checks.DiskLine(line); err == nil && (used < 0 || used > 255) {
			t.Errorf("%q: %d%%", line, used)
		}
	})
}
