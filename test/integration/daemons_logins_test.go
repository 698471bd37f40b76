//go:build integration

package integration_test

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"syscall"
	"testing"

	"golang.org/x/crypto/ssh"

	"opsbot/test/ports"
)

// syslogd runs rsyslog, which writes messages.log with old timestamps and iso.log with new ones. Programs reach it by its socket.
func syslogd(t *testing.T, dir string) (p *process, socket string) {
	t.Helper()
	socket = filepath.Join(dir, "socket")
	config := write(t, dir, "rsyslog.conf", fmt.Sprintf(`
module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="%[2]s")
*.* action(type="omfile" file="%[1]s/messages.log" template="RSYSLOG_TraditionalFileFormat")
*.* action(type="omfile" file="%[1]s/iso.log" template="RSYSLOG_FileFormat")
`, dir, socket))
	p = launch(t, nil, "rsyslogd", "-n", "-f", config, "-i", filepath.Join(dir, "rsyslogd.pid"))
	p.until("it has a socket", func() error { _, err := os.Stat(socket); return err })
	return p, socket
}

// inside runs a program for which our syslog is /dev/log, a file is /etc/sudoers, and the zone of the environment, which sudo may not heed, is
// the machine's: in its own view of the file system, which ends with it.
// Its arguments are the folder of both, and the program with its own.
const inside = `set -e
cd "$1"; shift
mkdir -p dev; mount -t tmpfs none dev
for d in null urandom; do touch dev/$d; mount --bind /dev/$d dev/$d; done
touch dev/log; mount --bind socket dev/log
ln -s /proc/self/fd dev/fd
mount --bind sudoers /etc/sudoers
[ ! -e /etc/localtime ] || mount --bind "/usr/share/zoneinfo/$TZ" /etc/localtime
mount --rbind dev /dev
cd /
exec "$@"`

// within are the arguments of unshare for that.
func within(dir string, program ...string) []string {
	return append([]string{"--mount", "sh", "-c", inside, "sh", dir}, program...)
}

// sudoers allows one program, and no other.
func sudoers(t *testing.T, dir string) {
	t.Helper()
	text := fmt.Sprintf("Defaults logfile=%s/sudo.log, log_year\nroot ALL=(ALL) NOPASSWD: /usr/bin/id\n", dir)
	if err := os.Chmod(write(t, dir, "sudoers", text), 0o440); err != nil { //nolint:gosec // sudo wants that
		t.Fatal(err)
	}
}

// sudoLogs: a program that is allowed, and one that is not, with a password among its arguments.
func sudoLogs(t *testing.T, dir string) {
	syslog, _ := syslogd(t, dir)
	sudoers(t, dir)
	output(t, nil, "unshare", within(dir, "sudo", "-n", "/usr/bin/id")...)
	refused := exec.CommandContext(t.Context(), "unshare", within(dir, "sudo", "-n", "/usr/bin/mysql", "--password="+planted+"Su1", "-e", "select 1")...)
	if out, err := refused.CombinedOutput(); err == nil {
		t.Fatalf("sudo ran what it must not: %s", out)
	}
	syslog.hasLogged(filepath.Join(dir, "iso.log"), "command not allowed", 1)
	syslog.end(syscall.SIGTERM)
}

// sshdLogs: a login by a key, wrong passwords, an unknown user, somebody who speaks no SSH.
func sshdLogs(t *testing.T, dir string) {
	syslog, _ := syslogd(t, dir)
	sudoers(t, dir)
	port := ports.Free(t)
	for _, name := range []string{"host", "user"} {
		output(t, nil, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", filepath.Join(dir, name))
	}
	if err := os.MkdirAll("/run/sshd", 0o755); err != nil { // its privilege separation directory
		t.Fatal(err)
	}
	config := write(t, dir, "sshd_config", fmt.Sprintf(`
ListenAddress 127.0.0.1:%[2]s
HostKey %[1]s/host
AuthorizedKeysFile %[1]s/user.pub
StrictModes no
UsePAM no
PermitRootLogin yes
MaxAuthTries 2
PidFile none
`, dir, port))
	p := launch(t, nil, "unshare", within(dir, "/usr/sbin/sshd", "-D", "-f", config)...)
	p.answers(port)
	key, err := ssh.ParsePrivateKey(read(t, filepath.Join(dir, "user")))
	if err != nil {
		t.Fatal(err)
	}
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	login := func(name string, how ssh.AuthMethod) error {
		client, err := ssh.Dial("tcp", "127.0.0.1:"+port, &ssh.ClientConfig{User: name, Auth: []ssh.AuthMethod{how}, HostKeyCallback: ssh.InsecureIgnoreHostKey()}) //nolint:gosec // our own
		if err == nil {
			_ = client.Close()
		}
		return err
	}
	if err := login(me.Username, ssh.PublicKeys(key)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{me.Username, me.Username, "nobody-here"} {
		if login(name, ssh.RetryableAuthMethod(ssh.Password(planted+"Sh1"), 2)) == nil {
			t.Fatal("a wrong password was taken")
		}
	}
	talk(t, port, "GET / HTTP/1.1")
	syslog.hasLogged(filepath.Join(dir, "iso.log"), "Invalid user nobody-here", 1)
	syslog.hasLogged(filepath.Join(dir, "iso.log"), "invalid format", 1)
	p.end(syscall.SIGTERM)
	syslog.end(syscall.SIGTERM)
}
