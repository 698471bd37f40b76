//go:build integration

package deploy_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// machine is a Debian in a container, with an init of its own and the network of this machine.
type machine struct {
	t      *testing.T
	root   string
	leader string // process id of its init
}

// codename is that of this machine's Debian.
func codename(t *testing.T) string {
	t.Helper()
	suite, err := exec.CommandContext(t.Context(), "sh", "-c", ". /etc/os-release && echo $VERSION_CODENAME").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(suite))
}

// bootDebian makes a Debian of this one's release by debootstrap and boots it by systemd-nspawn. It needs root.
func bootDebian(t *testing.T) *machine {
	t.Helper()
	m := &machine{t: t, root: filepath.Join(t.TempDir(), "debian")}
	make := exec.CommandContext(t.Context(), "debootstrap", "--variant=minbase", "--include=systemd,systemd-sysv,dbus,man-db,procps",
		codename(t), m.root)
	if out, err := make.CombinedOutput(); err != nil {
		t.Fatalf("debootstrap: %v\n%s", err, out)
	}
	var log bytes.Buffer
	boot := exec.Command("systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--settings=no", "--console=pipe", "--boot",
		fmt.Sprintf("--machine=opsbot-test-%d", os.Getpid()), "--directory="+m.root)
	boot.Stdout, boot.Stderr = &log, &log
	if err := boot.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if m.command("systemctl", "poweroff").Run() != nil { // it has not come so far
			_ = boot.Process.Kill()
		}
		if err := boot.Wait(); err != nil {
			t.Errorf("the container ended by %v\n%s", err, log.String())
		}
	})
	eventually(t, "the container boots", func() (bool, string) {
		children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%[1]d/children", boot.Process.Pid))
		if m.leader = strings.TrimSpace(string(children)); err != nil || m.leader == "" {
			return false, log.String()
		}
		state := m.says("systemctl", "is-system-running")
		return state == "running" || state == "degraded", state
	})
	return m
}

// command runs in the machine.
func (m *machine) command(args ...string) *exec.Cmd {
	all := append([]string{
		"--target", m.leader, "--root", "--mount", "--uts", "--ipc", "--pid", "--cgroup", "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
		"HOME=/root", "LC_ALL=C.UTF-8", "TERM=dumb", "DEBIAN_FRONTEND=noninteractive",
	}, args...)
	return exec.Command("nsenter", all...)
}

// says is all that a command prints, whatever it returns.
func (m *machine) says(args ...string) string {
	out, _ := m.command(args...).CombinedOutput() // the caller looks at what is said
	return strings.TrimSpace(string(out))
}

func (m *machine) must(args ...string) string {
	m.t.Helper()
	out, err := m.command(args...).CombinedOutput()
	if err != nil {
		m.t.Fatalf("%v: %v\n%s", args, err, out)
	}
	return string(out)
}

// install installs a package of this machine in that one.
func (m *machine) install(deb string) string {
	m.t.Helper()
	data, err := os.ReadFile(deb)
	if err != nil {
		m.t.Fatal(err)
	}
	// Not /tmp: that is another one in there.
	if err := os.WriteFile(filepath.Join(m.root, "root/opsbot.deb"), data, 0o600); err != nil {
		m.t.Fatal(err)
	}
	return m.must("dpkg", "--install", "/root/opsbot.deb")
}
