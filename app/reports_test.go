package app_test

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"opsbot/app"
	"opsbot/app/setup"
	"opsbot/sandbox"
	"opsbot/sandbox/botapi"
	"opsbot/sandbox/fleet"
	"opsbot/sandbox/mailbox"
)

// site is a web server that works or not.
type site struct {
	*httptest.Server
	broken atomic.Bool
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if s.broken.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *site) port(t *testing.T) string {
	t.Helper()
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	return u.Port()
}

func newBox(t *testing.T) *mailbox.Box {
	t.Helper()
	box, err := mailbox.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(box.Close)
	return box
}

// mailTo waits for a mail to somebody, after a number.
func mailTo(t *testing.T, box *mailbox.Box, address string, after int) mailbox.Mail {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience)
	defer cancel()
	m, err := box.Wait(ctx, func(m *mailbox.Mail) bool { return m.ID > after && slices.Contains(m.To, address) })
	if err != nil {
		t.Fatalf("to %s: %v", address, err)
	}
	return m
}

// reporting is a configuration of one client on a site, with mails to a box.
func reporting(t *testing.T, s *site, box *mailbox.Box, reports string) string {
	t.Helper()
	return fmt.Sprintf(`[alerts]
console = false
timezone = "Europe/Moscow"
[[email]]
name = "oncall"
smtp = %[1]q
tls = "none"
from = "Web test <ops@example.com>"
to = ["oncall@example.com"]
cc = ["lead@example.com"]
[[email]]
name = "archive"
smtp = %[1]q
tls = "none"
from = "ops@example.com"
to = ["archive@example.com"]
language = "ru"
[[email]]
name = "reports"
smtp = %[1]q
tls = "none"
from = "Hosting <reports@example.com>"
cc = ["lead@example.com"]
reply_to = "desk@example.com"
[[routes]]
to = ["email:oncall", "email:archive"]
min_severity = "critical"
clients = ["clientB"]
[[services]]
name = "reports"
port = %[2]s
sla = 99.9
[[clients]]
name = "clientA"
hosts = ["127.0.0.1"]
services = ["reports"]
report_to = ["it@a.example"]
report_language = "ru"
[[clients]]
name = "clientB"
hosts = ["127.0.0.1"]
services = ["reports"]
report_to = ["it@b.example"]
`, box.Addr(), s.port(t), "") + reports
}

// TestReportsByASchedule: a web test to those whom its findings concern, through a server that greylists; each client's own report to
// its own address, and nothing of it to others.
func TestReportsByASchedule(t *testing.T) {
	s, box := newSite(t), newBox(t)
	s.broken.Store(true)
	box.Answer("RCPT", "451 4.7.1 greylisted")
	box.Answer("RCPT it@a.example", "451 4.7.1 come later") // longer than the others
	b := newBare(t, reporting(t, s, box, `
[[reports]]
name = "often"
kind = "webtest"
schedule = "@every 1s"
select = ["clientA"]
to_errors = ["email:oncall"]
to_fine = ["email:archive"]
[[reports]]
name = "clients"
kind = "client"
schedule = "@every 1s"
via = "email:reports"
period = "day"
`))
	for deadline := time.Now().Add(patience); !strings.Contains(b.out.String(), "greylisted"); runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatal("nothing was refused")
		}
	}
	if len(box.Mails()) > 0 {
		t.Fatal("a mail was taken that was refused")
	}
	box.Answer("RCPT", "")
	m := mailTo(t, box, "oncall@example.com", 0)
	lead := mailTo(t, box, "lead@example.com", 0) // the same mail, unless the server changed its mind between the two
	if m.Subject != "🔴 clientA: down" || lead.Subject != m.Subject || len(m.To)+len(lead.To) > 4 || len(m.Files) != 1 {
		t.Errorf("%s to %v with %d files", m.Subject, m.To, len(m.Files))
	}
	if !strings.Contains(m.HTML, "HTTP 503, expected 200") || !strings.Contains(m.Text, "HTTP 503, expected 200") || strings.Contains(m.HTML+m.Text, "clientB") || !strings.Contains(string(m.Files[0].Data), "clientA,reports,127.0.0.1") {
		t.Errorf("%s\n%s\n%s", m.Text, m.HTML, m.Files[0].Data)
	}
	if b := mailTo(t, box, "it@b.example", 0); !strings.HasPrefix(b.Subject, "Availability of clientB: ") || strings.Contains(b.Text+b.HTML, "clientA") {
		t.Errorf("%s:\n%s", b.Subject, b.Text)
	}
	box.Answer("RCPT it@a.example", "")
	a := mailTo(t, box, "it@a.example", 0)
	if !slices.Equal(a.To, []string{"it@a.example"}) || a.From != "reports@example.com" || !strings.HasPrefix(a.Subject, "Доступность clientA: ") || strings.Contains(string(a.Raw), "lead@") || strings.Contains(a.Text+a.HTML, "clientB") {
		t.Errorf("%s from %s to %v:\n%s", a.Subject, a.From, a.To, a.Text)
	}
	s.broken.Store(false)
	if m := mailTo(t, box, "archive@example.com", 0); m.Subject != "🟢 clientA: всё в порядке" {
		t.Errorf("%s", m.Subject)
	}
}

// clocked starts the product with a clock of the test's, and returns what ends it.
func clocked(t *testing.T, path string, now time.Time) (stop func()) {
	t.Helper()
	began := time.Now()
	_, stop = clockedTo(t, path, func() time.Time { return now.Add(time.Since(began)) }, io.Discard)
	return stop
}

// clockedTo is clocked by a clock that may jump, with a place for the log.
func clockedTo(t *testing.T, path string, now func() time.Time, to io.Writer) (a *app.App, stop func()) {
	t.Helper()
	log := logrus.New()
	log.SetOutput(to)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	a, err := app.New(ctx, app.Options{
		ConfigPath: path, Version: "test", Stdout: io.Discard, Log: log, Getenv: func(string) string { return "" },
		Now: now,
	})
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	return a, func() {
		t.Helper()
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

// TestMissedReportIsMadeOnce: after downtime, unless that was too long; and not again after a further restart.
func TestMissedReportIsMadeOnce(t *testing.T) {
	s, box := newSite(t), newBox(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "opsbot.toml")
	config := "[store]\npath = \"opsbot.db\"\n[control]\nsocket = \"s\"\n" + reporting(t, s, box, `
[[reports]]
name = "nightly"
kind = "webtest"
schedule = "0 6 * * *"
to_fine = ["email:archive"]
[[reports]]
name = "mark"
kind = "webtest"
schedule = "@every 1s"
to_fine = ["email:oncall"]
[[reports]]
name = "by-hand"
kind = "client"
via = "email:reports"
`)
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	day := func(day, hour, minute int) time.Time {
		return time.Date(2026, 3, day, hour, minute, 0, 0, time.FixedZone("MSK", 3*3600))
	}
	nightly, marks, last := 0, 0, 0
	for _, c := range []struct {
		at   time.Time
		want int // reports of the night, so far
	}{
		{day(1, 5, 10), 0},  // a first start: nothing was missed
		{day(1, 7, 10), 1},  // missed while it did not run
		{day(1, 7, 50), 1},  // made already
		{day(3, 17, 50), 2}, // of two nights the last
		{day(4, 18, 40), 2}, // longer ago than its grace
	} {
		stop := clocked(t, path, c.at)
		for range 2 { // by then what is due was seen to be
			marks = mailTo(t, box, "oncall@example.com", marks).ID
		}
		if c.want > nightly {
			last = mailTo(t, box, "archive@example.com", last).ID
		}
		stop()
		nightly = 0
		for _, m := range box.Mails() {
			if slices.Contains(m.To, "archive@example.com") {
				nightly++
			}
		}
		if nightly != c.want {
			t.Errorf("at %s: %d, want %d", c.at, nightly, c.want)
		}
	}
}

// TestMonthOfAReport: it is the one that is over where hours are told, when another zone of schedules is ahead.
func TestMonthOfAReport(t *testing.T) {
	s, box := newSite(t), newBox(t)
	path := filepath.Join(t.TempDir(), "opsbot.toml")
	config := "[store]\npath = \"opsbot.db\"\n[control]\nsocket = \"s\"\n[schedule]\nzone = \"UTC\"\n" + strings.Replace(reporting(t, s, box, `
[[reports]]
name = "monthly"
kind = "client"
schedule = "0 2 1 * *"
via = "email:reports"
[[reports]]
name = "mark"
kind = "webtest"
schedule = "@every 1s"
to_fine = ["email:oncall"]
to_errors = ["email:archive"]
`), "Europe/Moscow", "America/New_York", 1)
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	stop := clocked(t, path, time.Date(2026, 10, 31, 12, 0, 0, 0, time.UTC))
	first := mailTo(t, box, "oncall@example.com", 0).ID
	mailTo(t, box, "oncall@example.com", first)
	stop()
	stop = clocked(t, path, time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)) // past two o'clock in both
	defer stop()
	if m := mailTo(t, box, "it@b.example", 0); m.Subject != "Availability of clientB: October 2026" {
		t.Error(m.Subject)
	}
}

// TestMissedWhileTheStoreRefuses: what could not be read is not taken for made. The store refuses when a reload
// asks what was made.
func TestMissedWhileTheStoreRefuses(t *testing.T) {
	inAFile(t)
	s, box := newSite(t), newBox(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "opsbot.toml")
	config := "[store]\npath = \"opsbot.db\"\n[control]\nsocket = \"s\"\n" + reporting(t, s, box, `
[[reports]]
name = "nightly"
kind = "webtest"
schedule = "0 6 * * *"
to_fine = ["email:archive"]
[[reports]]
name = "mark"
kind = "webtest"
schedule = "@every 1s"
to_fine = ["email:oncall"]
[[reports]]
name = "by-hand"
kind = "client"
via = "email:reports"
`)
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	var log buffer
	var jump atomic.Int64
	began := time.Now()
	a, stop := clockedTo(t, path, func() time.Time {
		return time.Date(2026, 3, 1, 5, 10, 0, 0, time.FixedZone("MSK", 3*3600)).Add(time.Since(began) + time.Duration(jump.Load()))
	}, &log)
	defer stop()
	mailTo(t, box, "oncall@example.com", mailTo(t, box, "oncall@example.com", 0).ID)
	db, err := sql.Open("sqlite", filepath.Join(dir, "opsbot.db")+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	exec := func(query string) {
		t.Helper()
		if _, err := db.ExecContext(t.Context(), query); err != nil {
			t.Fatal(err)
		}
	}
	exec(`BEGIN IMMEDIATE; ALTER TABLE setting RENAME TO hidden;
		CREATE VIEW setting AS SELECT name, CASE name WHEN 'report.made.nightly' THEN json('refused') ELSE value END AS value FROM hidden; COMMIT`)
	jump.Store(int64(time.Hour))
	if err := a.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	said := func(line string) bool {
		return strings.Contains(line, "recall when") && strings.Contains(line, "nightly")
	}
	for deadline := time.Now().Add(patience); !slices.ContainsFunc(strings.Split(log.String(), "\n"), said); runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("it is not said:\n%s", &log)
		}
	}
	exec(`BEGIN IMMEDIATE; DROP VIEW setting; ALTER TABLE hidden RENAME TO setting; COMMIT`)
	mailTo(t, box, "archive@example.com", 0)
}

// TestIdleReports: a report that nobody would get, or of nothing, is a mistake of the configuration, with its place.
func TestIdleReports(t *testing.T) {
	config := `
[[email]]
name = "m"
smtp = "127.0.0.1:25"
from = "a@b.c"
to = ["a@b.c"]
[[services]]
name = "reports"
port = 80
[[clients]]
name = "clientA"
hosts = ["10.0.0.1"]
services = ["reports"]
[[reports]]
name = "nightly"
kind = "webtest"
select = ["clientA", "10.0.0.99", "dc=fra1", "reports", "cleintA"]
to_fine = ["email:m"]
[[reports]]
name = "monthly"
kind = "client"
via = "email:m"
`
	path := filepath.Join(t.TempDir(), "opsbot.toml")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := setup.Load(path, func(string) string { return "" })
	want := []string{
		`opsbot.toml:14: reports[1] "nightly": unknown name "cleintA" in select: did you mean clientA?`,
		`opsbot.toml:19: reports[2] "monthly": no client has report_to: nobody would get the report`,
	}
	said := inEnglish(t, err)
	if strings.Count(said, "\n") != 1 || !strings.Contains(said, want[0]) || !strings.Contains(said, want[1]) {
		t.Errorf("%s", said)
	}
}

// TestReportInAChat: the document and its table reach the chat by the real sender, in its language.
func TestReportInAChat(t *testing.T) {
	p := newWorld(t)
	p.set("web1", fleet.Killed)
	p.write(p.world.Config() + `
[[reports]]
name = "often"
kind = "webtest"
schedule = "@every 1s"
select = ["clientA"]
to_errors = ["chat:ops-ru"]
to_fine = ["console"]
`)
	p.start()
	wants := func(end string, words ...string) {
		t.Helper()
		m, err := p.world.Bot.WaitMessage(p.wait(), sandbox.OpsChatRu, func(m botapi.Message) bool {
			return m.File != nil && strings.HasSuffix(m.File.Name, end) && holds(m.Text, words) && (end != ".csv" || strings.Contains(string(m.File.Content), "clientA,"))
		})
		if err != nil {
			t.Fatalf("no %s with %q: %v\n%s", end, words, err, p.chat(sandbox.OpsChatRu))
		}
		if m.Topic != sandbox.OpsTopicRu {
			t.Errorf("%s came to topic %d", end, m.Topic)
		}
	}
	wants(".html", "clientA", "1 хост не отвечает", "web1")
	wants(".csv")
}

// TestReportThatCannotBeMadeIsSaid: what its words pick may be gone by the time.
func TestReportThatCannotBeMadeIsSaid(t *testing.T) {
	s, box := newSite(t), newBox(t)
	b := newBare(t, strings.Replace(reporting(t, s, box, `
[[reports]]
name = "nightly"
kind = "webtest"
schedule = "@every 1s"
select = ["dc=nowhere"]
to_fine = ["email:archive"]
[[reports]]
name = "by-hand"
kind = "client"
via = "email:reports"
`), "console = false", "console = true", 1))
	for deadline := time.Now().Add(patience); !strings.Contains(b.out.String(), "Report nightly failed: Unknown name “dc=nowhere”"); runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("nothing is said:\n%s", b.out)
		}
	}
	if len(box.Mails()) > 0 {
		t.Errorf("%d mails", len(box.Mails()))
	}
}
