// Package crontab reads crontabs for jobs that call a monitor when they have run: healthchecks, Uptime Kuma, Cronitor, Better Stack, Dead
// Man's Snitch. Each becomes a check that expects the call by the job's schedule. No command is run.
package crontab

import (
	"context"
	"path/filepath"
	"regexp"
	"strings"

	"opsbot/model"
	"opsbot/movein/moved"
)

// Read reads crontabs, or folders of them.
func Read(_ context.Context, paths []string, o moved.Options) (*moved.Moved, error) {
	files, err := moved.Files(paths, []string{"", ".cron", ".crontab", ".txt"})
	if err != nil {
		return nil, err
	}
	m := &moved.Moved{}
	for _, file := range files {
		text, err := moved.ReadFile(file)
		if err != nil {
			return nil, err
		}
		r := &reader{m: m, o: o, file: file, env: map[string]string{}}
		n := 0
		for line := range strings.Lines(text) {
			n++
			r.line(n, strings.TrimSpace(line))
		}
	}
	if len(m.Tables)+len(m.Notes) == 0 {
		m.Left("", model.Say("movein.no_jobs"))
	}
	return m, nil
}

type reader struct {
	m    *moved.Moved
	o    moved.Options
	file string
	env  map[string]string

	noted string // a zone that was noted
}

// setting is a line that sets a variable.
var setting = regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)$`)

// line reads a setting, or a job.
func (r *reader) line(n int, line string) {
	if line == "" || strings.HasPrefix(line, "#") {
		return
	}
	if m := setting.FindStringSubmatch(line); m != nil {
		r.env[m[1]] = strings.Trim(m[2], `"'`)
		return
	}
	schedule, command := cut(line)
	if command == "" {
		return
	}
	call := callIn(r.expanded(command))
	if call == nil {
		return // a job that calls nobody
	}
	r.job(moved.Line(r.file, n), schedule, command, call)
}

// fields of a line: "@daily", or five of a schedule.
var fields = regexp.MustCompile(`^(@\S+|(?:\S+\s+){4}\S+)\s+(.+)$`)

// cut separates the schedule from the command.
func cut(line string) (schedule, command string) {
	m := fields.FindStringSubmatch(line)
	if m == nil {
		return "", ""
	}
	return strings.Join(strings.Fields(m[1]), " "), m[2]
}

// reference is a variable in a command.
var reference = regexp.MustCompile(`\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?`)

// expanded is a command with the variables that the crontab sets.
func (r *reader) expanded(command string) string {
	return reference.ReplaceAllStringFunc(command, func(text string) string {
		if value, ok := r.env[strings.Trim(text, "${}")]; ok {
			return value
		}
		return text
	})
}

// call is how a job calls in.
type call struct{ service, token, name string }

// calls are the addresses that jobs call, and the one program that does it for them.
var calls = []struct {
	service string
	pattern *regexp.Regexp // the token, or the key and the name
}{
	{"healthchecks", regexp.MustCompile(`https?://[^/\s"']+/(?:ping/)?([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})`)},
	{"healthchecks", regexp.MustCompile(`https?://(?:hc-ping\.com|[^/\s"']+/ping)/([A-Za-z0-9_-]{20,24})/([A-Za-z0-9_-]+)`)},
	{"healthchecks", regexp.MustCompile(`\brunitor\s.*-uuid[= ]([0-9a-fA-F-]{36})`)},
	{"uptime-kuma", regexp.MustCompile(`https?://[^/\s"']+/api/push/([A-Za-z0-9_-]+)`)},
	{"cronitor", regexp.MustCompile(`https?://cronitor\.(?:link|io)/(?:p/)?([A-Za-z0-9/_-]+)`)},
	{"better-stack", regexp.MustCompile(`https?://(?:uptime\.betterstack|betteruptime)\.com/api/v1/heartbeat/([A-Za-z0-9_-]+)`)},
	{"snitch", regexp.MustCompile(`https?://nosnch\.in/([A-Za-z0-9_-]+)`)},
}

// callIn finds the call in a command; nil if there is none.
func callIn(command string) *call {
	for _, c := range calls {
		m := c.pattern.FindStringSubmatch(command)
		if m == nil {
			continue
		}
		found := &call{service: c.service, token: m[1]}
		if len(m) > 2 {
			found.name = m[2]
		}
		return found
	}
	return nil
}

// grace is how late a call may be: nobody has said how long the job runs.
const grace = "1h"

// job adds the check of a job.
func (r *reader) job(at, schedule, command string, c *call) {
	name := c.name
	if name == "" {
		name = program(strings.ReplaceAll(command, c.token, ""), r.user())
	}
	t := moved.Check(c.service+" "+moved.Fingerprint(c.token+" "+c.name), name, "heartbeat")
	t.At = at
	expects, ok := nicknames[schedule]
	switch {
	case schedule == "@reboot" || strings.HasPrefix(schedule, "@") && !ok:
		r.m.Left(at, model.Say("movein.schedule", "schedule", schedule))
		return
	case !ok:
		expects = schedule
	}
	token := c.token
	if c.name != "" { // a key of all jobs
		token = ""
	}
	t.Token(token).Set("expects", expects).Set("grace", grace)
	if zone := r.env["CRON_TZ"]; zone != "" && zone != r.noted && r.o.Zone != nil && zone != r.o.Zone.String() {
		r.m.Differs(at, model.Say("movein.zone", "zone", zone, "here", r.o.Zone.String()))
		r.noted = zone // once is enough
	}
	r.m.Differs(at, model.Say("movein.job"))
	r.m.Add(t)
}

// nicknames are those of schedules.
var nicknames = map[string]string{
	"@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
}

// user reports whether the file's lines name a user: those of the system do.
func (r *reader) user() bool {
	base, folder := filepath.Base(r.file), filepath.Base(filepath.Dir(r.file))
	return folder == "cron.d" || base == "crontab" && folder == "etc"
}

// wrappers are programs that run another one.
var wrappers = []string{"/bin/sh", "/bin/bash", "bash", "cd", "chronic", "curl", "env", "node", "perl", "php", "python", "python3", "ruby", "exec", "flock", "ionice", "nice", "runitor", "sh", "sleep", "sudo", "systemd-cat", "test", "time", "timeout", "wget", "["}

// program is the name of what a command runs: its first word that is a program of its own.
func program(command string, user bool) string {
	words := strings.Fields(command)
	if user && len(words) > 1 {
		words = words[1:]
	}
	before := ""
	for _, word := range words {
		bare := strings.Trim(word, `"'();{}|&`)
		argument := before == "cd" || before == "flock" || before == "timeout" || before == "sleep"
		if argument && !strings.HasPrefix(bare, "-") {
			before = ""
			continue
		}
		if !argument {
			before = filepath.Base(bare)
		}
		if bare == "" || strings.HasPrefix(bare, "-") || strings.ContainsAny(bare, "=$<>:") || isWrapper(bare) || !hasLetter(bare) {
			continue
		}
		return filepath.Base(bare)
	}
	return "job"
}

func isWrapper(word string) bool {
	for _, w := range wrappers {
		if word == w || filepath.Base(word) == w {
			return true
		}
	}
	return false
}

func hasLetter(word string) bool {
	return strings.ContainsFunc(word, func(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' })
}
