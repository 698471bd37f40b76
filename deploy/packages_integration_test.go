//go:build integration

package deploy_test

import (
	"archive/tar"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"opsbot/sandbox/botapi"
	"opsbot/test/ports"
	"opsbot/test/terminal"
)

// anna uses the bot.
const anna = 4242

// The times of two builds: the version of a package between releases follows from it.
const (
	before = "1790000000"
	after  = "1790000060"
)

// firstAlertWithin is how long a newcomer is promised to wait for the first alert.
const firstAlertWithin = 10 * time.Minute

// TestIntegrationPackageLives goes through the life of a package on a new Debian under systemd: it is installed as of the commit before, set up by
// its questions, alerts, is upgraded with its data, and purged.
func TestIntegrationPackageLives(t *testing.T) {
	began := time.Now()
	m := bootDebian(t)
	older, newer := release(t, treeOf(t, "HEAD~1"), before, "deb"), release(t, "..", after, "deb")

	out := m.install(older)
	if !strings.Contains(out, "sudo opsbot init") {
		t.Errorf("nobody says what is next:\n%s", out)
	}
	m.wantInstalled()
	if state := m.says("systemctl", "is-active", "opsbot"); state != "inactive" {
		t.Errorf("nobody has set it up, and it is %s", state)
	}

	telegram := m.setUp()
	m.alerts(telegram)
	if took := time.Since(began); took > firstAlertWithin {
		t.Errorf("from an empty machine to the first alert it took %v, the build of two packages included", took)
	}

	m.use(telegram)
	m.upgrade(newer)
	m.purge()
}

// setUp answers the questions of init at a terminal, and pairs the chat of Anna.
func (m *machine) setUp() *botapi.Server {
	m.t.Helper()
	telegram, err := botapi.Start(botapi.Options{})
	if err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(telegram.Close)
	telegram.AddUser(botapi.User{ID: anna, FirstName: "Anna"})
	code := m.answer(telegram.URL(), [][2]string{
		{`Language, en or ru \[en\]: $`, "en"},
		{`no Telegram for now: $`, "123456:of-somebody-else"},
		{`(?s)does not accept this token.*no Telegram for now: $`, botapi.DefaultToken},
		{`(?s)The bot is @\w+\..*send the bot a code after the start: $`, ""},
		{`nothing yet: $`, "127.0.0.1:" + ports.Free(m.t)},
	})
	for path, want := range map[string]string{"/etc/opsbot/token": "600 root:root", "/etc/opsbot/opsbot.toml": "644 root:root"} {
		if got := m.says("stat", "-c", "%a %U:%G", path); got != want {
			m.t.Errorf("%s is %s, want %s", path, got, want)
		}
	}
	if _, err := telegram.Post(botapi.Post{Chat: anna, From: anna, Text: "/start " + code}); err != nil {
		m.t.Fatal(err)
	}
	return telegram
}

// answer answers each question of init once it is asked, as a person does, and returns the code for the chat.
func (m *machine) answer(apiURL string, answers [][2]string) (code string) {
	m.t.Helper()
	at, err := terminal.Start(m.command("opsbot", "init", "--api-url", apiURL))
	if err != nil {
		m.t.Fatal(err)
	}
	defer at.Kill()
	ctx, cancel := context.WithTimeout(m.t.Context(), time.Minute)
	defer cancel()
	reads := func(pattern string) []string {
		m.t.Helper()
		found, err := at.Read(ctx, pattern)
		if err != nil {
			m.t.Fatalf("%v\n%s\n%s", err, at.Text(), m.says("journalctl", "-u", "opsbot", "--no-pager"))
		}
		return found
	}
	for _, a := range answers {
		reads(a[0])
		if err := at.Type(a[1]); err != nil {
			m.t.Fatal(err)
		}
	}
	code = reads(`/start (\w+)`)[1]
	if ended, err := at.Wait(); err != nil || ended != 0 {
		m.t.Fatalf("init ended with %d, %v\n%s", ended, err, at.Text())
	}
	return code
}

// alerts waits for the card of what is down: nothing listens on the port that is watched.
func (m *machine) alerts(telegram *botapi.Server) {
	m.t.Helper()
	ctx, cancel := context.WithTimeout(m.t.Context(), 4*time.Minute)
	defer cancel()
	_, err := telegram.WaitMessage(ctx, anna, func(message botapi.Message) bool {
		return strings.Contains(message.Text, "127.0.0.1") && strings.Contains(message.Text, "🔴")
	})
	if err != nil {
		m.t.Fatalf("no alert came: %v: %+v\n%s", err, telegram.Messages(anna), m.says("journalctl", "-u", "opsbot", "--no-pager"))
	}
	if out := m.says("opsbot", "incidents"); !strings.Contains(out, "127.0.0.1") {
		m.t.Errorf("the incident is not open: %s", out)
	}
}

// use leaves behind what people do: an acknowledgement, a note, a mute and a planned one, from the chat and from the command line.
func (m *machine) use(telegram *botapi.Server) {
	m.t.Helper()
	m.must("opsbot", "mute", "2h", "127.0.0.1", "--", "cable is ordered")
	m.must("opsbot", "maintenance", "23:00", "1h", "127.0.0.1", "--", "cable is laid")
	m.must("opsbot", "note", "1", "the cable was cut")
	if _, err := telegram.Post(botapi.Post{Chat: anna, From: anna, Text: "/ack 1"}); err != nil {
		m.t.Fatal(err)
	}
	eventually(m.t, "the incident is acknowledged", func() (bool, string) {
		said := m.says("opsbot", "incidents", "--json")
		return strings.Contains(said, `"acknowledged": true`), said
	})
}

// remembered is what people have done, as the command line says it, with the rows of all tables that only grow.
func (m *machine) remembered() string {
	m.t.Helper()
	return strings.Join([]string{
		m.must("opsbot", "mutes"), m.must("opsbot", "maintenance"), m.must("opsbot", "why", "127.0.0.1"),
		m.must("sh", "-c", `opsbot incidents --json | grep -A8 -E '"(acks|notes|acknowledged|opened_at)"'`),
	}, "\n")
}

// upgrade installs another version: the service goes on with it, and has its data; configuration and token are as they were.
func (m *machine) upgrade(deb string) {
	m.t.Helper()
	kept := m.says("sha256sum", "/etc/opsbot/opsbot.toml", "/etc/opsbot/token")
	pid, used := m.says("systemctl", "show", "-P", "MainPID", "opsbot"), m.remembered()
	m.install(deb)
	if now := m.says("systemctl", "show", "-P", "MainPID", "opsbot"); now == pid || now == "0" {
		m.t.Errorf("the service is process %s, and was %s", now, pid)
	}
	if state := m.says("systemctl", "is-enabled", "opsbot") + m.says("systemctl", "is-active", "opsbot"); state != "enabledactive" {
		m.t.Errorf("after the upgrade it is %s\n%s", state, m.says("journalctl", "-u", "opsbot", "--no-pager"))
	}
	if now := m.says("sha256sum", "/etc/opsbot/opsbot.toml", "/etc/opsbot/token"); now != kept {
		m.t.Errorf("the configuration was changed: %s, was %s", now, kept)
	}
	if now := m.remembered(); now != used {
		m.t.Errorf("the upgrade has changed what people did:\n%s\nwas\n%s", now, used)
	}
	if out := m.says("opsbot", "config", "check"); !strings.Contains(out, "no errors") {
		m.t.Errorf("the configuration: %s", out)
	}
}

// purge removes the package, at first without its data, then all of it.
func (m *machine) purge() {
	m.t.Helper()
	m.must("dpkg", "--remove", "opsbot")
	if out := m.says("sh", "-c", "ls /etc/opsbot/opsbot.toml /var/lib/opsbot/opsbot.db"); !strings.Contains(out, "/var/lib/opsbot/opsbot.db") || strings.Contains(out, "No such file") {
		m.t.Errorf("a removal has taken the data: %s", out)
	}
	if out := m.says("pgrep", "-x", "opsbot"); out != "" {
		m.t.Errorf("it runs after its removal: %s", out)
	}
	m.must("dpkg", "--purge", "opsbot")
	left := m.says("find", "/etc", "/usr", "/var", "/run", "/tmp", "-xdev", "-name", "*opsbot*", "-not", "-path", "/var/log/*", "-not", "-path", "/var/cache/man/*", "-not", "-name", "*.deb")
	if left != "" {
		m.t.Errorf("a purge has left\n%s", left)
	}
}

// installed are the files that each package has, with their modes.
var installed = map[string]string{
	"/usr/bin/opsbot": "755", "/usr/lib/systemd/system/opsbot.service": "644", "/etc/opsbot/opsbot.toml": "644", "/etc/opsbot/token": "600",
	"/usr/share/opsbot/opsbot.schema.json": "644", "/usr/share/man/man1/opsbot.1.gz": "644", "/usr/share/bash-completion/completions/opsbot": "644",
	"/usr/share/doc/opsbot/copyright": "644", "/usr/share/doc/opsbot/NOTICE": "644", "/usr/share/doc/opsbot/docs/operations.md": "644",
	"/usr/share/doc/opsbot/examples/hosting/conf.d/hosts.toml": "644", "/usr/share/fish/vendor_completions.d/opsbot.fish": "644",
}

func (m *machine) wantInstalled() {
	m.t.Helper()
	for path, mode := range installed {
		if got := m.says("stat", "-c", "%a %U:%G", path); got != mode+" root:root" {
			m.t.Errorf("%s is %s, want %s", path, got, mode)
		}
	}
	if out := m.says("sh", "-c", "man --warnings opsbot | head -n 3"); !strings.Contains(out, "OPSBOT(1)") {
		m.t.Errorf("the manual is not read: %s", out)
	}
	for _, config := range []string{"/etc/opsbot/opsbot.toml", "/usr/share/doc/opsbot/examples/hosting/opsbot.toml"} {
		if out := m.says("opsbot", "config", "check", config); !strings.Contains(out, "no errors") {
			m.t.Errorf("%s: %s", config, out)
		}
	}
	if out := m.says("systemd-analyze", "verify", "--man=no", "opsbot.service"); out != "" {
		m.t.Errorf("the unit: %s", out)
	}
}

// TestIntegrationPackagesAreReproducible builds everything twice, in two folders, and compares each byte. All packages have the same files.
func TestIntegrationPackagesAreReproducible(t *testing.T) {
	first, second := t.TempDir(), t.TempDir()
	buildRelease(t, "..", first, before, "")
	buildRelease(t, treeOf(t, ""), second, before, "")
	files, err := os.ReadDir(first)
	if err != nil || len(files) != 8 {
		t.Fatalf("%d files are built, want 8: %v", len(files), err)
	}
	for _, f := range files {
		if read(t, filepath.Join(first, f.Name())) != read(t, filepath.Join(second, f.Name())) {
			t.Errorf("two builds of %s differ", f.Name())
		}
		if !strings.Contains(read(t, filepath.Join(first, "checksums.txt")), f.Name()) && f.Name() != "checksums.txt" {
			t.Errorf("%s has no checksum", f.Name())
		}
		switch filepath.Ext(f.Name()) {
		case ".apk":
			wantFiles(t, f.Name(), gunzipped(t, filepath.Join(first, f.Name())), "/etc/init.d/opsbot")
		case ".zst":
			wantFiles(t, f.Name(), unzstd(t, filepath.Join(first, f.Name())), "/usr/lib/systemd/system/opsbot.service")
		case ".rpm":
			wantRPM(t, filepath.Join(first, f.Name()))
		}
	}
}

// wantFiles checks the files of a package that is an archive.
func wantFiles(t *testing.T, name string, archive []byte, starts string) {
	t.Helper()
	modes := map[string]string{}
	for r := tar.NewReader(bytes.NewReader(archive)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		modes["/"+strings.TrimPrefix(h.Name, "/")] = fmt.Sprintf("%o", h.Mode&0o7777)
	}
	want := []string{starts}
	for path, mode := range installed {
		if strings.HasSuffix(path, ".service") {
			continue
		}
		if want = append(want, path); modes[path] != mode {
			t.Errorf("%s: %s is %q, want %s", name, path, modes[path], mode)
		}
	}
	for _, path := range want {
		if modes[path] == "" {
			t.Errorf("%s has no %s", name, path)
		}
	}
}

func gunzipped(t *testing.T, path string) []byte {
	t.Helper()
	r, err := gzip.NewReader(strings.NewReader(read(t, path)))
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func unzstd(t *testing.T, path string) []byte {
	t.Helper()
	r, err := zstd.NewReader(strings.NewReader(read(t, path)))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// wantRPM asks rpm for the files and what it is to do with them.
func wantRPM(t *testing.T, path string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "rpm", "-qp", "--queryformat", `[%{FILENAMES} %{FILEMODES:octal} %{FILEFLAGS:fflags}\n]`, path).CombinedOutput()
	if err != nil {
		t.Fatalf("rpm: %v: %s", err, out)
	}
	for file, mode := range installed {
		if !strings.Contains(string(out), file+" 100"+mode) {
			t.Errorf("the rpm has no %s of mode %s:\n%s", file, mode, out)
		}
	}
	for _, config := range []string{"/etc/opsbot/opsbot.toml 100644 cn", "/etc/opsbot/token 100600 cn"} {
		if !strings.Contains(string(out), config) {
			t.Errorf("an upgrade would replace it: %s\n%s", config, out)
		}
	}
}

// release builds one kind of package of a tree, and returns its path.
func release(t *testing.T, tree, epoch, part string) string {
	t.Helper()
	dist := t.TempDir()
	buildRelease(t, tree, dist, epoch, part)
	files, err := filepath.Glob(filepath.Join(dist, "*."+part))
	if err != nil || len(files) != 1 {
		t.Fatalf("%v: %v", files, err)
	}
	return files[0]
}

func buildRelease(t *testing.T, tree, dist, epoch, parts string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), filepath.Join(tree, "scripts/release"), dist)
	cmd.Env = append(os.Environ(), "ARCHES=amd64", "VERSION=g"+epoch, "SOURCE_DATE_EPOCH="+epoch)
	if parts != "" {
		cmd.Env = append(cmd.Env, "PARTS="+parts)
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("scripts/release: %v\n%s", err, out)
	}
}

// treeOf writes the files of a commit into a folder; those of the work tree without one.
func treeOf(t *testing.T, commit string) string {
	t.Helper()
	tree := t.TempDir()
	script := `git archive "$1" | tar -x -C "$2"`
	if commit == "" {
		script = `cd .. && git ls-files -z --cached --others --exclude-standard | tar -c --null -T - | tar -x -C "$2"`
	}
	if commit != "" {
		script = "cd .. && " + script
	}
	if out, err := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c", script, "bash", commit, tree).CombinedOutput(); err != nil {
		t.Fatalf("the files of %s: %v\n%s", cmp.Or(commit, "the work tree"), err, out)
	}
	return tree
}

// TestIntegrationImageRuns runs the file system of the image, read-only, as its user, and asks for its health as an engine does.
func TestIntegrationImageRuns(t *testing.T) {
	root := t.TempDir()
	for _, part := range []string{"oci"} {
		files, err := filepath.Glob(filepath.Join(filepath.Dir(releaseOCI(t, part)), "*.oci.tar"))
		if err != nil || len(files) != 1 {
			t.Fatalf("%v: %v", files, err)
		}
		script := `tar -xf "$1" -C "$2.oci" && tar --same-owner -xzf "$2.oci/$(sed -E 's/.*"Layers":\["([^"]*)".*/\1/' "$2.oci/manifest.json")" -C "$2"`
		if err := os.Mkdir(root+".oci", 0o700); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.RemoveAll(root + ".oci") })
		if out, err := exec.CommandContext(t.Context(), "bash", "-euc", script, "bash", files[0], root).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	var log bytes.Buffer
	script := `mount --make-rprivate / && mount --bind "$1" "$1" && mount -t tmpfs -o uid=65532,gid=65532,mode=0755 none "$1/run/opsbot" &&
mount -t tmpfs none "$1/tmp" && mount -t tmpfs -o uid=65532,gid=65532,mode=0700 none "$1/var/lib/opsbot" && mount -o remount,ro,bind "$1" &&
exec env -i PATH=/usr/bin /usr/sbin/chroot --userspec=65532:65532 "$1" /usr/bin/opsbot run`
	cmd := exec.Command("unshare", "--mount", "bash", "-euc", script, "bash", root)
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		if err := cmd.Wait(); err != nil {
			t.Errorf("it ended by %v\n%s", err, log.String())
		}
	})
	inside := func(args ...string) ([]byte, error) {
		all := append([]string{"-t", fmt.Sprint(cmd.Process.Pid), "--mount", "--root", "--setuid", "65532", "--setgid", "65532"}, args...)
		enter := exec.CommandContext(t.Context(), "nsenter", all...)
		enter.Env = []string{} // the image has none
		return enter.CombinedOutput()
	}
	eventually(t, "the image is healthy", func() (bool, string) {
		out, err := inside("/usr/bin/opsbot", "health")
		return err == nil, string(out)
	})
	if out, err := inside("/usr/bin/opsbot", "init", "--starter", "/etc/opsbot/mine.toml"); err == nil || !strings.Contains(string(out), "read-only file system") {
		t.Errorf("it can write anywhere: %v %s", err, out)
	}
}

func releaseOCI(t *testing.T, part string) string {
	t.Helper()
	dist := t.TempDir()
	buildRelease(t, "..", dist, before, part)
	return filepath.Join(dist, "checksums.txt")
}

// eventually asks until the answer is yes.
func eventually(t *testing.T, what string, ask func() (bool, string)) {
	t.Helper()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	last := ""
	for range 600 {
		ok, said := ask()
		if ok {
			return
		}
		last = said
		select {
		case <-t.Context().Done():
			t.Fatal(t.Context().Err())
		case <-tick.C:
		}
	}
	t.Fatalf("not in time: %s: %s", what, last)
}
