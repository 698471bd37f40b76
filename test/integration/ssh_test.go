//go:build integration

package integration_test

import (
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"testing"

	"opsbot/model"
	"opsbot/test/ports"
)

// sshd starts one that accepts a key of its own; keys are those of [[checks]] that lead there.
func sshd(t *testing.T) (port, dir, keys string) {
	t.Helper()
	port, dir = ports.Free(t), t.TempDir()
	for _, name := range []string{"host_ed25519", "user_key", "other_key"} {
		output(t, nil, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", filepath.Join(dir, name))
	}
	output(t, nil, "ssh-keygen", "-q", "-t", "rsa", "-N", "", "-f", filepath.Join(dir, "host_rsa"))
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	if me.Uid == "0" {
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil { // its privilege separation directory
			t.Fatal(err)
		}
	}
	config := write(t, dir, "sshd_config", fmt.Sprintf(`
ListenAddress 127.0.0.1:%[2]s
HostKey %[1]s/host_rsa
HostKey %[1]s/host_ed25519
AuthorizedKeysFile %[1]s/user_key.pub
StrictModes no
UsePAM no
PermitRootLogin yes
PasswordAuthentication no
PidFile none
`, dir, port))
	start(t, port, nil, "/usr/sbin/sshd", "-D", "-e", "-f", config)
	var known strings.Builder
	for line := range strings.Lines(output(t, nil, "ssh-keyscan", "-t", "ed25519", "-p", port, "127.0.0.1")) {
		if !strings.HasPrefix(line, "#") { // what the server says of itself
			known.WriteString(line)
		}
	}
	write(t, dir, "known_hosts", known.String())
	return port, dir, fmt.Sprintf("kind = \"ssh\"\naddress = \"127.0.0.1:%s\"\nuser = %q\n", port, me.Username)
}

func TestIntegrationSSH(t *testing.T) {
	port, dir, there := sshd(t)
	keys := there + fmt.Sprintf("key_file = \"%[1]s/user_key\"\nknown_hosts = \"%[1]s/known_hosts\"\n", dir)
	well(t, "a command", look(t, keys+`command = ["true"]`))
	wants(t, "a command that fails", look(t, keys+`command = ["sh", "-c", "echo no >&2; exit 3"]`), model.StatusFail, model.ReasonSSHExit, "code", "3", "said", "no")
	wants(t, "no such command", look(t, keys+`command = ["/nowhere/x"]`), model.StatusUnknown, model.ReasonSSHBroken, "said", "/nowhere/x")
	strange := `$(id) 'a' "b" \\ ; & * ~ ! # é`
	well(t, "arguments stay as they are", look(t, keys+fmt.Sprintf("command = [\"printf\", \"<%%s>\", '''%s''', \"\"]\ncontains = '''<%s><>'''", strange, strange)))
	wants(t, "a command that hangs", look(t, keys+"timeout = \"1s\"\ncommand = [\"sleep\", \"60\"]"), model.StatusFail, model.ReasonTimeout, "phase", "command")
	wants(t, "an endless answer", look(t, keys+"timeout = \"2s\"\ncommand = [\"yes\"]"), model.StatusFail, model.ReasonTimeout, "phase", "command")
	well(t, "disks", look(t, keys+"used = 100\ndisk = [\"/\", \"/proc\", \"/tmp\"]"))
	wants(t, "a full disk", look(t, keys+"used = 1\ndisk = [\"/\"]"), model.StatusFail, model.ReasonDiskUsed, "path", "/", "max", "1")
	wants(t, "no such disk", look(t, keys+"disk = [\"/\", \"/nowhere\"]"), model.StatusUnknown, model.ReasonDiskUnseen, "said", "/nowhere")
	well(t, "load", look(t, keys+"load = 1000"))
	well(t, "memory", look(t, keys+"memory = 100"))
	wants(t, "too little memory", look(t, keys+"memory = 1"), model.StatusFail, model.ReasonHostMemory, "max", "1")

	output(t, nil, "ssh-keygen", "-q", "-H", "-f", filepath.Join(dir, "known_hosts")) // hashes the names of hosts
	well(t, "hashed known_hosts", look(t, keys+`command = ["true"]`))
	wants(t, "a key that is not let in", look(t, there+fmt.Sprintf("key_file = \"%[1]s/other_key\"\nknown_hosts = \"%[1]s/known_hosts\"\ncommand = [\"true\"]", dir)),
		model.StatusUnknown, model.ReasonSSHLogin)
	other := strings.Fields(string(read(t, filepath.Join(dir, "other_key.pub"))))
	write(t, dir, "changed", fmt.Sprintf("[127.0.0.1]:%s %s %s\n", port, other[0], other[1]))
	wants(t, "a host key that changed", look(t, there+fmt.Sprintf("key_file = \"%[1]s/user_key\"\nknown_hosts = \"%[1]s/changed\"\ncommand = [\"true\"]", dir)),
		model.StatusUnknown, model.ReasonSSHKeyChanged, "got", "ssh-ed25519 SHA256:")
	write(t, dir, "empty", "")
	wants(t, "a host that nobody knows", look(t, there+fmt.Sprintf("key_file = \"%[1]s/user_key\"\nknown_hosts = \"%[1]s/empty\"\ncommand = [\"true\"]", dir)),
		model.StatusUnknown, model.ReasonSSHKeyUnknown)
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
