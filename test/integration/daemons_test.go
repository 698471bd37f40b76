//go:build integration

package integration_test

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"opsbot/cli/control"
	logrecord "opsbot/logs/record"
	"opsbot/logs/times"
	"opsbot/model"
)

// wall is the zone of the daemons: not UTC, so that a zone that is forgotten puts a line out of the span.
const wall = "Asia/Yekaterinburg"

// elsewhere is a zone in which no daemon is: times that say their own are read right even if it is configured.
const elsewhere = "America/St_Johns"

// planted begins every secret that the tests give to a daemon.
const planted = "Very5ecret"

// saidLine is what must come out of a daemon's log: a group, and lines of that level.
type saidLine struct {
	text   string // part of the group's text
	level  logrecord.Level
	status int // of a request
	count  int // 0 is any
}

// daemonLog is a real daemon of which the log is read.
type daemonLog struct {
	run      func(t *testing.T, dir string) // runs it, lets it log good and bad, and ends it; its logs are dir/*.log
	want     []saidLine
	secrets  int    // at least so many lines have one that was planted
	timeless int    // so many lines are written without a time
	zoned    string // the log whose times say their zone: it is read as if it were in another
}

// TestIntegrationLogsOfDaemons: the logs that the daemons of a distribution write are read right: the time, level and status of each
// line, all lines of the span, no secret, and nothing else taken out.
func TestIntegrationLogsOfDaemons(t *testing.T) {
	t.Setenv("TZ", wall)
	for _, name := range slices.Sorted(maps.Keys(daemonLogs)) {
		t.Run(name, func(t *testing.T) {
			d := daemonLogs[name]
			dir, begun := daemonDir(t), time.Now()
			d.run(t, dir)
			d.isRead(t, dir, begun)
		})
	}
}

// daemonDir is a folder that daemons without rights may enter and write to.
func daemonDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "opsbot-daemon-") //nolint:usetesting // as above
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o777); err != nil { //nolint:gosec // as above
		t.Fatal(err)
	}
	return dir
}

// isRead reads the logs through the whole program, and holds the answer to the files.
func (d *daemonLog) isRead(t *testing.T, dir string, begun time.Time) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.log"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no logs: %v", err)
	}
	zone, errHere := time.LoadLocation(wall)
	other, errThere := time.LoadLocation(elsewhere)
	if err := errors.Join(errHere, errThere); err != nil {
		t.Fatal(err)
	}
	timeless := 0
	config, all := "[[hosts]]\nname = \"box\"\naddress = \"127.0.0.1\"\n[excerpts]\nlines = 2000\n", ""
	for _, path := range paths {
		text, name, zone := string(read(t, path)), strings.TrimSuffix(filepath.Base(path), ".log"), zone
		if name == d.zoned {
			zone = other
		}
		all += text
		timeless += d.parsed(t, text, zone, begun)
		config += fmt.Sprintf("[[logs]]\nname = %q\nlocal = true\nfiles = [%q]\ntimezone = %q\n", name, path, zone)
	}
	if timeless != d.timeless {
		t.Errorf("of %d lines no time was read, not of %d", timeless, d.timeless)
	}
	got, _ := readsLogs(t, config).ask(control.LogsQuery{Words: []string{"box"}, Since: time.Since(begun) + slack})
	var groups []model.LogGroup
	var lines []string
	for _, e := range got {
		if !e.Why.IsZero() || len(e.Notes) > 0 || e.Cut {
			t.Errorf("%s: %+v %+v, cut %v", e.Source, e.Why, e.Notes, e.Cut)
		}
		groups, lines = append(groups, e.Groups...), append(lines, e.Lines...)
	}
	d.grouped(t, groups, begun)
	d.complete(t, all, strings.Join(lines, "\n"))
	if t.Failed() || testing.Verbose() {
		for i := range groups {
			t.Logf("%d × %s (error: %v)", groups[i].Count, groups[i].Said(), groups[i].Error)
		}
		t.Logf("the logs:\n%s\nwhat came out:\n%s", all, strings.Join(lines, "\n"))
	}
}

// slack is by how much the time of a line may be off: some daemons round to seconds.
const slack = 3 * time.Second

// parsed holds the time of each line, and the level of those that are known. It returns how many have no time.
func (d *daemonLog) parsed(t *testing.T, text string, zone *time.Location, begun time.Time) (timeless int) {
	t.Helper()
	now := time.Now()
	p := &logrecord.Parser{Times: times.Reader{Zone: zone, Now: now}}
	p.Learn(text)
	for line := range strings.Lines(text) {
		r, ok := p.Parse(line)
		switch {
		case !ok || r.Continues:
			continue
		case r.At.IsZero():
			timeless++
		case r.At.Before(begun.Add(-slack)) || r.At.After(now.Add(slack)):
			t.Errorf("the time is %v, not about %v:\n%s", r.At, now, line)
		}
		for _, w := range d.want {
			if w.status == 0 && strings.Contains(r.Text, w.text) && r.Level != w.level {
				t.Errorf("the level is %d, not %d:\n%s", r.Level, w.level, line)
			}
		}
	}
	return timeless
}

// grouped holds the groups: text, status, count, whether it is an error, and when.
func (d *daemonLog) grouped(t *testing.T, groups []model.LogGroup, begun time.Time) {
	t.Helper()
	for _, w := range d.want {
		n := 0
		for i := range groups {
			g := &groups[i]
			if !strings.Contains(g.Text, w.text) || g.Status != w.status {
				continue
			}
			n += g.Count
			if g.Error != (w.level == logrecord.Error) {
				t.Errorf("%q: that it is an error is %v", g.Said(), g.Error)
			}
		}
		if n == 0 || w.count != 0 && n != w.count {
			t.Errorf("%d lines of %+v", n, w)
		}
	}
	for i := range groups {
		if at := groups[i].Last; at.Before(begun.Add(-slack)) || at.After(time.Now().Add(slack)) {
			t.Errorf("the last %q was at %v", groups[i].Said(), at)
		}
	}
}

// complete holds the lines to those of the files: each is there, unchanged but for the secrets that were planted.
func (d *daemonLog) complete(t *testing.T, wrote, got string) {
	t.Helper()
	if strings.Contains(got, planted) {
		t.Error("a secret came out")
	}
	secrets := 0
	for line := range strings.Lines(wrote) {
		line = strings.TrimSpace(strings.ReplaceAll(undocked(t, line), "\t", " "))
		if strings.Contains(line, planted) {
			secrets++
			continue
		}
		if !strings.Contains(got, model.Clip(line, 500)) {
			t.Errorf("a line is missing or was changed:\n%s", line)
		}
	}
	if secrets < d.secrets {
		t.Errorf("%d lines had secrets, not %d: they were not logged", secrets, d.secrets)
	}
	if n := strings.Count(got, "<secret>"); n < secrets {
		t.Errorf("%d secrets of %d lines are marked", n, secrets)
	}
}
