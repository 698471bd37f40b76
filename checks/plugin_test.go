package checks_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"opsbot/checks"
	"opsbot/model"
)

func shell(script string) checks.PluginOptions {
	return checks.PluginOptions{Command: []string{"/bin/sh", "-c", script}}
}

func TestPlugin(t *testing.T) {
	t.Setenv("OPSBOT_TELEGRAM_TOKEN", "12:token")
	tolerant := shell("exit 1")
	tolerant.WarningOK = true
	cases := []struct {
		name   string
		o      checks.PluginOptions
		status model.Status
		code   model.ReasonCode
		said   string
	}{
		{"ok", shell("echo fine"), model.StatusOK, "", ""},
		{"warning", shell("echo 'LOAD  WARNING'; exit 1"), model.StatusFail, model.ReasonPluginSays, "LOAD WARNING"},
		{"warning that is fine", tolerant, model.StatusOK, "", ""},
		{"critical", shell("echo; echo 'DISK CRITICAL|/=94%;80;90 /var=10%;80;90'; echo more; exit 2"), model.StatusFail, model.ReasonPluginSays, "DISK CRITICAL [/=94%]"},
		{"unknown", shell("echo who knows; exit 3"), model.StatusUnknown, model.ReasonPluginSays, "who knows"},
		{"only errors", shell("echo broken >&2; exit 2"), model.StatusFail, model.ReasonPluginSays, "broken"},
		{"nothing", shell("exit 2"), model.StatusFail, model.ReasonPluginSays, "it said nothing"},
		{"no such code", shell("exit 42"), model.StatusUnknown, model.ReasonPluginBroken, "exit status 42: it said nothing"},
		{"killed", shell("kill -SEGV $$"), model.StatusUnknown, model.ReasonPluginBroken, "signal: segmentation fault: it said nothing"},
		{"missing", checks.PluginOptions{Command: []string{"/nowhere/check_x"}}, model.StatusUnknown, model.ReasonPluginBroken, "no such file or directory"},
		{"no program", checks.PluginOptions{Command: []string{"/etc/passwd"}}, model.StatusUnknown, model.ReasonPluginBroken, "permission denied"},
		{"no shell between", checks.PluginOptions{Command: []string{"/bin/sh", "-c", `echo "$1"; exit 2`, "sh", "$(id); `id`"}}, model.StatusFail, model.ReasonPluginSays, "$(id); `id`"},
		{"our environment stays ours", shell("env | grep -c OPSBOT; exit 2"), model.StatusFail, model.ReasonPluginSays, "0"},
		{"data in further lines", shell(`printf 'CRITICAL - 2 checked | a=1;5;9\nlong text\nmore | b=12;5;9\nc=3;1;2\n'; exit 2`), model.StatusFail, model.ReasonPluginSays, "CRITICAL - 2 checked [b=12 c=3]"},
		{"data on each line", shell(`printf 'WARNING: two | a=11;5;9\ndisk b | b=12;5;9\ndisk c | c=1;5;9'; exit 1`), model.StatusFail, model.ReasonPluginSays, "WARNING: two [a=11 b=12]"},
		{"equals signs that are no data", shell(`printf 'WARNING\nx=100;5;9\n'; exit 1`), model.StatusFail, model.ReasonPluginSays, "WARNING"},
		{"Latin-1", shell(`printf 'CR\315TICO - caf\351\n'; exit 2`), model.StatusFail, model.ReasonPluginSays, "CRÍTICO - café"},
		{"windows-1251", shell(`printf '\321\341\356\351 \344\350\361\352\340|\344\350\361\352=9;5;8\n'; exit 2`), model.StatusFail, model.ReasonPluginSays, "Сбой диска [диск=9]"},
		{"no UTF-8", shell(`printf '\377\376bad\n'; exit 2`), model.StatusFail, model.ReasonPluginSays, "bad"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := runKind(t, &c.o)
			if r.Status != c.status || r.Reason.Code != c.code || r.Reason.Args["said"] != c.said {
				t.Errorf("got %s %+v", r.Status, r.Reason)
			}
		})
	}
}

func TestPluginSaysTooMuch(t *testing.T) {
	o := shell("echo CRITICAL; head -c 9000000 /dev/zero | tr '\\0' x; exit 2")
	if r := runKind(t, &o); r.Reason.Code != model.ReasonPluginSays || r.Reason.Args["said"] != "CRITICAL" {
		t.Errorf("got %s %+v", r.Status, r.Reason)
	}
	o = shell("head -c 9000000 /dev/zero | tr '\\0' x; exit 2")
	if r := runKind(t, &o); len(r.Reason.Args["said"]) > 200 {
		t.Errorf("a long line gives a long reason: %d bytes", len(r.Reason.Args["said"]))
	}
}

// TestPluginTimeoutEndsTheGroup has a plugin that ignores SIGTERM and leaves the work to a child.
func TestPluginTimeoutEndsTheGroup(t *testing.T) {
	file := filepath.Join(t.TempDir(), "child")
	o := shell("trap '' TERM; sleep 600 & echo $! > " + file + "; echo waiting; wait")
	begun := time.Now()
	r := engine().Run(t.Context(), checks.OnDemand, &model.Check{Timeout: 500 * time.Millisecond, Checker: o.Checker()})
	if r.Status != model.StatusFail || r.Reason.Code != model.ReasonPluginTimeout || r.Reason.Args["limit"] != "500ms" {
		t.Errorf("got %s %+v", r.Status, r.Reason)
	}
	if took := time.Since(begun); took > 30*time.Second { // of 600
		t.Errorf("took %s", took)
	}
	gone(t, file)
}

// TestPluginLeavesNoChild has a plugin that ends at once while its child holds the output open.
func TestPluginLeavesNoChild(t *testing.T) {
	file := filepath.Join(t.TempDir(), "child")
	o := shell("sleep 600 & echo $! > " + file + "; echo down; exit 2")
	if r := runKind(t, &o); r.Reason.Code != model.ReasonPluginSays || r.Reason.Args["said"] != "down" {
		t.Errorf("got %s %+v", r.Status, r.Reason)
	}
	gone(t, file)
}

// gone waits until the process whose number is in a file has ended.
func gone(t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); <-tick.C {
		state, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
		if err != nil || strings.Contains(string(state), ") Z ") { // a zombie that its new parent has not reaped yet
			return
		}
	}
	_ = syscall.Kill(pid, syscall.SIGKILL)
	t.Errorf("the child %d lives on", pid)
}

func TestPluginOptionsSayWhatIsWrong(t *testing.T) {
	for want, o := range map[string]checks.PluginOptions{
		"command is missing":              {},
		`"check" is not an absolute path`: {Command: []string{"check"}},
		"zero byte":                       {Command: []string{"/x", "a\x00b"}},
	} {
		if wrong := inEnglish(o.Validate()); len(wrong) != 1 || !strings.Contains(wrong[0], want) {
			t.Errorf("%q: got %q", want, wrong)
		}
	}
}
