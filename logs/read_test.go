package logs_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	crypto "golang.org/x/crypto/ssh"

	"opsbot/inventory"
	"opsbot/logs"
	"opsbot/model"
	"opsbot/ssh"
	"opsbot/ssh/sshtest"
)

// place is where the same tests run: on this machine, and over SSH on a machine that is this one.
type place struct {
	*testing.T
	local  bool
	remote logs.Runner
	server *sshtest.Server
	dir    string
	bytes  int
}

func everywhere(t *testing.T, test func(p *place)) {
	t.Helper()
	t.Run("local", func(t *testing.T) {
		t.Parallel()
		test(&place{T: t, local: true, dir: t.TempDir()})
	})
	t.Run("remote", func(t *testing.T) {
		t.Parallel()
		test(overSSH(t, &sshtest.Server{}))
	})
}

func overSSH(t *testing.T, s *sshtest.Server) *place {
	t.Helper()
	user, file := sshtest.NewKey(t, "")
	s.User = user.PublicKey()
	s.Start(t)
	port, err := strconv.Atoi(s.Port())
	if err != nil {
		t.Fatal(err)
	}
	pool, err := ssh.NewPool(ssh.Options{
		User: "watch", Key: file, Port: port, KnownHosts: sshtest.KnownHosts(t, map[string]crypto.PublicKey{s.Address: s.Key.PublicKey()}),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return &place{T: t, remote: pool, server: s, dir: t.TempDir()}
}

func fleet() *model.Inventory {
	return model.NewInventory(nil, nil, []model.Host{
		{Name: "web1", Address: "127.0.0.1", Labels: model.Labels{"role": "web"}},
		{Name: "db1", Address: "127.0.0.2", Labels: model.Labels{"role": "db"}},
	}, nil)
}

func (p *place) reader(sources ...logs.Source) *logs.Reader {
	return p.readerAt(func() time.Time { return now }, sources...)
}

func (p *place) readerAt(clock func() time.Time, sources ...logs.Source) *logs.Reader {
	for i := range sources {
		sources[i].Local = p.local
		if sources[i].Hosts == nil {
			sources[i].Hosts = []string{"all"}
		}
		if sources[i].Name == "" {
			sources[i].Name = "log"
		}
	}
	if p.bytes == 0 {
		p.bytes = 4 << 20
	}
	return logs.New(logs.Options{
		Sources: sources, Remote: p.remote, Means: inventory.Means, Lines: 200, Bytes: p.bytes, Timeout: 20 * time.Second, AtOnce: 4,
		Now: clock,
	})
}

// ask queries web1's only source.
func (p *place) ask(s logs.Source, q model.LogQuestion) model.LogExcerpt {
	p.Helper()
	q.Host = "web1"
	got := p.reader(s).Excerpts(p.Context(), fleet(), []model.LogQuestion{q})
	if len(got) != 1 {
		p.Fatalf("%d excerpts: %+v", len(got), got)
	}
	return got[0]
}

func (p *place) put(name, text string, changed time.Time) string {
	p.Helper()
	data := []byte(text)
	if strings.HasSuffix(name, ".gz") {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		_, err := w.Write(data)
		if err = errors.Join(err, w.Close()); err != nil {
			p.Fatal(err)
		}
		data = b.Bytes()
	}
	return p.putBytes(name, data, changed)
}

func (p *place) putBytes(name string, data []byte, changed time.Time) string {
	p.Helper()
	path := filepath.Join(p.dir, name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		p.Fatal(err)
	}
	if err := os.Chtimes(path, changed, changed); err != nil {
		p.Fatal(err)
	}
	return path
}

// lines are access lines, one per second, numbered, that end at a time.
func lines(n int, end time.Time, first int) string {
	var b strings.Builder
	for i := range n {
		at := end.Add(-time.Duration(n-1-i) * time.Second)
		fmt.Fprintf(&b, "10.0.0.1 - - [%s] \"GET /n/%d HTTP/1.1\" 200 5\n", at.Format("02/Jan/2006:15:04:05 -0700"), first+i)
	}
	return b.String()
}

func (p *place) files() logs.Source { return logs.Source{Files: []string{p.dir + "/access.log*"}} }

func last(e model.LogExcerpt) string {
	if len(e.Lines) == 0 {
		return ""
	}
	return e.Lines[len(e.Lines)-1]
}

func TestTheNewestLines(t *testing.T) {
	t.Parallel()
	everywhere(t, func(p *place) {
		p.put("access.log", lines(1000, now, 0), now)
		e := p.ask(p.files(), model.LogQuestion{Last: 3})
		if len(e.Lines) != 3 || !strings.Contains(last(e), "/n/999 ") || !strings.Contains(e.Lines[0], "/n/997 ") || !e.Why.IsZero() {
			t.Errorf("%+v", e)
		}
		e = p.ask(p.files(), model.LogQuestion{From: now.Add(-9 * time.Second)})
		if e.Matched != 10 || len(e.Lines) != 10 || e.Cut || len(e.Groups) != 1 || e.Groups[0].Text != "GET /n/…" || e.Groups[0].Count != 10 || !e.Groups[0].Last.Equal(now) {
			t.Errorf("%+v", e)
		}
		e = p.ask(p.files(), model.LogQuestion{From: now.Add(-99 * time.Second), To: now.Add(-90 * time.Second)})
		if e.Matched != 10 || !strings.Contains(last(e), "/n/909 ") {
			t.Errorf("%+v", e)
		}
		e = p.ask(p.files(), model.LogQuestion{Last: 500}) // the configured number is 200
		if len(e.Lines) != 500 || !strings.Contains(e.Lines[0], "/n/500 ") {
			t.Errorf("%d lines of 500 that are asked for", len(e.Lines))
		}
		e = p.ask(p.files(), model.LogQuestion{From: now.Add(-time.Hour)})
		if len(e.Lines) != 200 || e.Matched != 1000 {
			t.Errorf("%d of %d lines", len(e.Lines), e.Matched)
		}
		e = p.ask(p.files(), model.LogQuestion{Grep: "N/77 "})
		if e.Matched != 1 || !strings.Contains(last(e), "/n/77 ") {
			t.Errorf("%+v", e)
		}
	})
}

// TestPlainLinesAreNoRequests: the same lines as those of an access log are text where the configuration says so.
func TestPlainLinesAreNoRequests(t *testing.T) {
	t.Parallel()
	everywhere(t, func(p *place) {
		p.put("access.log", lines(5, now, 0), now)
		requests := func(e model.LogExcerpt) (n int) {
			for _, g := range e.Groups {
				if g.Status != 0 {
					n += g.Count
				}
			}
			return n
		}
		source := p.files()
		if e := p.ask(source, model.LogQuestion{Last: 5}); requests(e) != 5 {
			t.Errorf("%d requests of 5: %+v", requests(e), e)
		}
		source.Plain = true
		if e := p.ask(source, model.LogQuestion{Last: 5}); requests(e) != 0 || len(e.Lines) != 5 {
			t.Errorf("%d requests in %d plain lines: %+v", requests(e), len(e.Lines), e)
		}
	})
}

// TestManyLinesThatAreAskedFor returns that many, of the usual length of access log lines.
func TestManyLinesThatAreAskedFor(t *testing.T) {
	if underRace {
		t.Skip("one goroutine, for a minute")
	}
	t.Parallel()
	p := &place{T: t, local: true, dir: t.TempDir()}
	p.put("access.log", strings.Repeat("2026-10-10 13:59:59 "+strings.Repeat("x", 300)+"\n", 3000), now)
	for asked, want := range map[int]int{2000: 2000, 5000: 2000, 0: 200} {
		if e := p.ask(p.files(), model.LogQuestion{Last: asked}); len(e.Lines) != want {
			t.Errorf("%d lines, asked for %d", len(e.Lines), asked)
		}
	}
}

func TestRotatedFiles(t *testing.T) {
	t.Parallel()
	everywhere(t, func(p *place) {
		p.put("access.log", lines(10, now, 90), now)
		p.put("access.log.1", lines(20, now.Add(-10*time.Second), 70), now.Add(-10*time.Second))
		p.put("access.log.2.gz", lines(30, now.Add(-30*time.Second), 40), now.Add(-30*time.Second))
		p.put("access.log.3.gz", "this is never opened", now.Add(-time.Hour))
		e := p.ask(p.files(), model.LogQuestion{From: now.Add(-39 * time.Second)})
		if e.Matched != 40 || !strings.Contains(e.Lines[0], "/n/60 ") || !strings.Contains(last(e), "/n/99 ") || e.Cut || !e.Why.IsZero() {
			t.Errorf("%d lines, %q to %q, %+v", e.Matched, e.Lines[0], last(e), e.Why)
		}
		e = p.ask(p.files(), model.LogQuestion{Last: 25})
		if len(e.Lines) != 25 || !strings.Contains(e.Lines[0], "/n/75 ") {
			t.Errorf("%+v", e.Lines)
		}
		e = p.ask(p.files(), model.LogQuestion{From: now.Add(time.Second)})
		if e.Matched != 0 || !e.Why.IsZero() {
			t.Errorf("nothing was written since: %+v", e)
		}
	})
}

// TestSeveralLogsOfAPattern: a number at the end of a name means a rotated file if the log itself exists, else it is one of
// several programs.
func TestSeveralLogsOfAPattern(t *testing.T) {
	t.Parallel()
	at := func(age int) time.Time { return now.Add(-time.Duration(age) * time.Second) }
	for name, c := range map[string]struct {
		files []string // the newer first, a line each
		last  int
		want  int // lines of them
	}{
		"instances":                 {[]string{"worker-1", "worker-2", "worker-3"}, 1, 3},
		"and their rotated files":   {[]string{"worker-1", "worker-2", "worker-1.1", "worker-2.1", "worker-2.2.gz"}, 1, 2},
		"one log":                   {[]string{"app", "app.1", "app.2.gz", "app-20261001"}, 1, 1},
		"one that is all dates":     {[]string{"app-20261003", "app-20261002", "app-2026-10-01", "app-20260930.gz"}, 1, 1},
		"one without its newest":    {[]string{"app.2.gz", "app.3.gz"}, 1, 1},
		"packed while it is read":   {[]string{"app", "app.1", "app.1.gz"}, 1, 1},
		"more than the bound holds": {[]string{"w-1", "w-2", "w-3", "w-4", "w-5"}, 1, 4}, // 64 KB in pieces of 16
	} {
		p := &place{T: t, local: true, dir: t.TempDir(), bytes: 64 << 10}
		for i, file := range c.files {
			p.put(file, lines(1, at(i), i), at(i))
		}
		r := p.reader(logs.Source{Files: []string{p.dir + "/*"}})
		e := r.Excerpts(t.Context(), fleet(), []model.LogQuestion{{Host: "web1", Last: c.last}})[0]
		if e.Matched != c.want || e.Cut != (c.want < len(c.files) && c.files[0] == "w-1") {
			t.Errorf("%s: %d lines, want %d: %+v", name, e.Matched, c.want, e)
		}
	}
}

// TestABrokenGz: what can be read of the other files is returned.
func TestABrokenGz(t *testing.T) {
	t.Parallel()
	everywhere(t, func(p *place) {
		p.put("access.log", lines(10, now, 90), now)
		broken := p.put("access.log.1.gz", lines(20, now.Add(-10*time.Second), 70), now)
		if err := os.WriteFile(broken, []byte("no gzip at all"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(broken, now, now.Add(-10*time.Second)); err != nil {
			t.Fatal(err)
		}
		e := p.ask(p.files(), model.LogQuestion{From: now.Add(-time.Minute)})
		if e.Matched != 10 || e.Why.Code != model.ReasonLogsUnread || e.Why.Args["path"] != broken {
			t.Errorf("%+v", e)
		}
	})
}

// TestAGzThatEndsEarly: what was decompressed is returned, and marked as incomplete.
func TestAGzThatEndsEarly(t *testing.T) {
	t.Parallel()
	everywhere(t, func(p *place) {
		path := p.put("access.log.1.gz", lines(5000, now, 0), now)
		data, err := os.ReadFile(path)
		if err == nil {
			err = os.WriteFile(path, data[:len(data)/2], 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		e := p.ask(p.files(), model.LogQuestion{Last: 50})
		if e.Why.Code != model.ReasonLogsUnread || e.Why.Args["path"] != path || e.Matched < 100 || e.Matched > 4900 {
			t.Errorf("%d lines, %+v", e.Matched, e.Why)
		}
	})
}

// TestADiskThatFails: what dd has read before is returned, and marked as incomplete. A fake dd writes a little and fails.
func TestADiskThatFails(t *testing.T) {
	t.Parallel()
	bin := t.TempDir()
	program := "#!/bin/sh\nprintf '2026-10-10 13:59:00 one\\n2026-10-10 13:59:01 two\\n2026-10-10 13:5'\necho \"dd: error reading 'x': Input/output error\" >&2\nexit 1\n"
	if err := os.WriteFile(bin+"/dd", []byte(program), 0o700); err != nil { //nolint:gosec // it is to be run
		t.Fatal(err)
	}
	p := overSSH(t, &sshtest.Server{Answer: func(command string, out, errOut io.Writer) uint32 {
		return sshtest.Shell("PATH="+bin+":$PATH; export PATH; "+command, out, errOut)
	}})
	p.put("access.log", strings.Repeat("x", 1000), now)
	e := p.ask(p.files(), model.LogQuestion{From: now.Add(-time.Hour)})
	if !slices.Equal(e.Lines, []string{"2026-10-10 13:59:00 one", "2026-10-10 13:59:01 two"}) || e.Why.Code != model.ReasonLogsUnread || !strings.Contains(e.Why.Args["said"], "Input/output error") {
		t.Errorf("%+v", e)
	}
}

// TestAGzThatHeadEnds: gzip that is killed because enough was decompressed has not failed.
func TestAGzThatHeadEnds(t *testing.T) {
	t.Parallel()
	bin := t.TempDir()
	program := "#!/bin/sh\nexec " + headPath(t) + " -c 2000\n"                // instead of a GB
	if err := os.WriteFile(bin+"/head", []byte(program), 0o700); err != nil { //nolint:gosec // it is to be run
		t.Fatal(err)
	}
	p := overSSH(t, &sshtest.Server{Answer: func(command string, out, errOut io.Writer) uint32 {
		return sshtest.Shell("PATH="+bin+":$PATH; export PATH; "+command, out, errOut)
	}})
	p.put("access.log.1.gz", lines(20_000, now, 0), now)
	e := p.ask(p.files(), model.LogQuestion{Last: 5})
	if !e.Why.IsZero() || e.Matched < 10 {
		t.Errorf("%d lines, %+v", e.Matched, e.Why)
	}
}

func headPath(t *testing.T) string {
	path, err := exec.LookPath("head")
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// TestAHugeFile is read from its end, and from its middle, in little memory and time: it has 10 GB, most of them holes.
func TestAHugeFile(t *testing.T) {
	t.Parallel()
	everywhere(t, func(p *place) {
		const size = 10 << 30
		path := p.put("access.log", lines(2000, now.Add(-24*time.Hour), 0), now)
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		middle := lines(2000, now.Add(-12*time.Hour), 5000)
		end := lines(2000, now, 9000)
		_, err1 := f.WriteAt([]byte("\n"+middle), size/2)
		_, err2 := f.WriteAt([]byte("\n"+end), size-int64(len(end))-1)
		if err := errors.Join(err1, err2, f.Close(), os.Chtimes(path, now, now)); err != nil {
			t.Skipf("no file of 10 GB here: %v", err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		begun := time.Now()
		e := p.ask(p.files(), model.LogQuestion{From: now.Add(-99 * time.Second)})
		runtime.ReadMemStats(&after)
		if e.Matched != 100 || !strings.Contains(last(e), "/n/10999 ") || e.Cut {
			t.Errorf("%d lines, cut %v, why %+v, the last %q", e.Matched, e.Cut, e.Why, last(e))
		}
		if took := time.Since(begun); took > 5*time.Second {
			t.Errorf("it took %v", took)
		}
		if used := after.TotalAlloc - before.TotalAlloc; p.local && used > 64<<20 {
			t.Logf("%d MB were used, by this and by what ran beside it", used>>20)
		}
		e = p.ask(p.files(), model.LogQuestion{From: now.Add(-10 * time.Hour)})
		if !strings.Contains(last(e), "/n/10999 ") || !e.Cut {
			t.Errorf("more than is read: cut %v, the last %q", e.Cut, last(e))
		}
	})
}

// TestASpanLongAgo is found in a large file without reading all of it.
func TestASpanLongAgo(t *testing.T) {
	t.Parallel()
	everywhere(t, func(p *place) {
		p.bytes = 1 << 20
		p.put("access.log", lines(100_000, now, 0), now) // 6 MB, 28 hours
		from := now.Add(-80_000 * time.Second)
		e := p.ask(p.files(), model.LogQuestion{From: from, To: from.Add(59 * time.Second)})
		if e.Matched != 60 || !strings.Contains(last(e), "/n/20058 ") {
			t.Errorf("%d lines, cut %v, why %+v, the last %q", e.Matched, e.Cut, e.Why, last(e))
		}
	})
}

// TestASpanLongAgoInLittleRoom: each of several logs has 16 KB, less than one read takes; its span is found, and the search
// ends.
func TestASpanLongAgoInLittleRoom(t *testing.T) {
	t.Parallel()
	everywhere(t, func(p *place) {
		p.bytes = 64 << 10
		for _, name := range []string{"a", "b", "c", "d"} {
			p.put("access.log."+name, lines(10_000, now, 0), now)
		}
		for _, ago := range []time.Duration{8000 * time.Second, 60 * time.Second, 400 * time.Second} {
			from := now.Add(-ago)
			e := p.ask(p.files(), model.LogQuestion{From: from, To: from.Add(29 * time.Second)})
			if e.Matched != 4*30 || !e.Why.IsZero() {
				t.Errorf("%v ago: %d lines of 120, cut %v, why %+v", ago, e.Matched, e.Cut, e.Why)
			}
		}
	})
}

// TestHostileNames: the name of a file or host, a search word, and the content of a log are always plain text.
func TestHostileNames(t *testing.T) {
	t.Parallel()
	everywhere(t, func(p *place) {
		touched := t.TempDir()
		for i, name := range []string{"$(touch x)", "`touch x`", "'; touch x; '", "a\ntouch x\n", "-rf", "a b", "*"} {
			name = "access.log." + strings.ReplaceAll(strings.ReplaceAll(name, "touch x", "touch "+strings.ReplaceAll(touched, "/", "_")), "/", "_")
			p.put(name, lines(1, now, i), now)
		}
		s := p.files()
		e := p.ask(s, model.LogQuestion{Last: 50, Grep: "$(touch " + touched + "/x)"})
		if e.Matched != 0 || !e.Why.IsZero() {
			t.Errorf("%+v", e)
		}
		e = p.ask(s, model.LogQuestion{Last: 50})
		if e.Matched != 7 {
			t.Errorf("%d of 7 files were read: %q %+v", e.Matched, e.Lines, e.Why)
		}
		for _, dir := range []string{touched, "."} {
			found, err := os.ReadDir(dir)
			if err != nil || slices.ContainsFunc(found, func(f os.DirEntry) bool { return f.Name() == "x" || strings.HasPrefix(f.Name(), "_") }) {
				t.Errorf("something ran: %v %v", found, err)
			}
		}
	})
}

func TestWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	everywhere(t, func(p *place) {
		if err := os.Mkdir(p.dir+"/folder", 0o700); err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct {
			s    logs.Source
			want model.ReasonCode
			said string
		}{
			"no file":    {logs.Source{Files: []string{p.dir + "/none*"}}, model.ReasonLogsNoFile, "none*"},
			"a folder":   {logs.Source{Files: []string{p.dir + "/folder"}}, model.ReasonLogsNoFile, "folder"},
			"no program": {logs.Source{Command: []string{"/nowhere/x"}}, model.ReasonLogsUnread, "/nowhere/x"},
			"it fails":   {logs.Source{Command: []string{"sh", "-c", "echo no such container, token=abcdef123456 >&2; exit 1"}}, model.ReasonLogsUnread, "no such container, token=<secret>"},
		} {
			e := p.ask(c.s, model.LogQuestion{})
			if e.Why.Code != c.want || !strings.Contains(fmt.Sprint(e.Why.Args), c.said) || strings.Contains(fmt.Sprint(e), "abcdef") {
				t.Errorf("%s: %+v", name, e.Why)
			}
		}
	})
}

func TestCommands(t *testing.T) {
	t.Parallel()
	everywhere(t, func(p *place) {
		e := p.ask(logs.Source{Command: []string{"sh", "-c", "echo '2026-10-10 13:59:00 out'; echo '2026-10-10 13:59:01 err' >&2"}}, model.LogQuestion{From: now.Add(-time.Hour)})
		if e.Matched != 2 || !strings.HasSuffix(last(e), "err") || !e.Why.IsZero() {
			t.Errorf("what a program writes of errors: %+v", e)
		}
		e = p.ask(logs.Source{Command: []string{"sh", "-c", "echo '2026-10-10 13:59:00 out'; exit 3"}}, model.LogQuestion{From: now.Add(-time.Hour)})
		if e.Matched != 1 || e.Why.Code != model.ReasonLogsUnread {
			t.Errorf("one that fails after it has said something: %+v", e)
		}
		p.bytes = 100 << 10
		e = p.ask(logs.Source{Command: []string{"sh", "-c", "seq 1 200000 | sed 's/^/2026-10-10 13:59:59 line /'"}}, model.LogQuestion{From: now.Add(-time.Minute)})
		if !strings.HasSuffix(last(e), "line 200000") || !e.Cut {
			t.Errorf("cut %v, %+v, %q", e.Cut, e.Why, last(e))
		}
		e = p.ask(logs.Source{Command: []string{"printf", "%s", "Oct 10 13:59:00 web1 $(id) 'x'\n"}}, model.LogQuestion{})
		if len(e.Lines) != 1 || !strings.Contains(e.Lines[0], "$(id) 'x'") {
			t.Errorf("%+v", e)
		}
	})
}

// TestTheJournal: the arguments of journalctl, and that its own lines are dropped. No real one runs in a container.
func TestTheJournal(t *testing.T) {
	t.Parallel()
	bin := t.TempDir()
	program := "#!/bin/sh\nprintf '%s\\n' \"$@\" > " + bin + "/asked\nprintf '%s\\n' '-- Journal begins at Mon --' '2026-10-10T13:58:00.000001+0000 web1 nginx[7]: error: 7 refused' '                         and more' '-- No entries --'\n"
	if err := os.WriteFile(bin+"/journalctl", []byte(program), 0o700); err != nil { //nolint:gosec // it is to be run
		t.Fatal(err)
	}
	p := overSSH(t, &sshtest.Server{Answer: func(command string, out, errOut io.Writer) uint32 {
		return sshtest.Shell("PATH="+bin+":$PATH; export PATH; "+command, out, errOut)
	}})
	e := p.ask(logs.Source{Unit: "nginx"}, model.LogQuestion{From: now.Add(-5 * time.Minute), To: now.Add(-time.Minute)})
	if e.Matched != 1 || len(e.Groups) != 1 || e.Groups[0].Text != "nginx: error: 7 refused" || !e.Groups[0].Error || !strings.HasSuffix(e.Lines[0], "and more") {
		t.Errorf("%+v", e)
	}
	asked, err := os.ReadFile(bin + "/asked")
	want := fmt.Sprintf("--no-pager\n--output=short-iso-precise\n--unit=nginx\n--lines=5000\n--since=@%d\n--until=@%d\n", now.Add(-5*time.Minute).Unix(), now.Add(-time.Minute).Unix()+1)
	if err != nil || string(asked) != want {
		t.Errorf("%q, want %q (%v)", asked, want, err)
	}
}

func TestLinesWithoutATime(t *testing.T) {
	t.Parallel()
	p := &place{T: t, local: true, dir: t.TempDir()}
	p.put("access.log", "cut off\n2026-10-10 13:00:00 old\n\tof old\n2026-10-10 13:59:00 ERROR: it broke\n\tat a.b.C\n\tat a.b.D password=hunter22\n2026-10-10 13:59:30 fine\n", now)
	e := p.ask(p.files(), model.LogQuestion{From: now.Add(-5 * time.Minute)})
	if want := []string{"2026-10-10 13:59:00 ERROR: it broke\n at a.b.C\n at a.b.D password=<secret>", "2026-10-10 13:59:30 fine"}; !slices.Equal(e.Lines, want) {
		t.Errorf("%q", e.Lines)
	}
	e = p.ask(p.files(), model.LogQuestion{From: now.Add(-5 * time.Minute), Grep: "HUNTER"})
	if e.Matched != 0 {
		t.Errorf("a secret is found by a search: %q", e.Lines)
	}
	p.put("access.log", "one\ntwo\nthree\n", now)
	e = p.ask(p.files(), model.LogQuestion{From: now.Add(-5 * time.Minute), Last: 2})
	if !slices.Equal(e.Lines, []string{"two", "three"}) || e.Why.Code != model.ReasonLogsNoTime {
		t.Errorf("%q %+v", e.Lines, e.Why)
	}
}

func TestSourcesOfHosts(t *testing.T) {
	t.Parallel()
	p := &place{T: t, local: true, dir: t.TempDir()}
	for _, host := range []string{"web1", "db1"} {
		if err := os.Mkdir(filepath.Join(p.dir, host), 0o700); err != nil {
			t.Fatal(err)
		}
		p.put(host+"/a.log", "of "+host+"\n", now)
	}
	here := []string{p.dir + "/{host}/a.log"}
	r := p.reader(logs.Source{Name: "web", Hosts: []string{"role=web"}, Files: here}, logs.Source{Name: "any", Files: here}, logs.Source{Name: "db", Hosts: []string{"db1"}, Files: here})
	h, _ := fleet().Host("web1")
	if got := r.Sources(h); !slices.Equal(got, []string{"web", "any"}) {
		t.Errorf("%v", got)
	}
	got := r.Excerpts(t.Context(), fleet(), []model.LogQuestion{{Host: "db1", Sources: []string{"db"}}, {Host: "web1"}, {Host: "../x"}, {Host: "web1", Sources: []string{"db"}}})
	var names []string
	for _, e := range got {
		names = append(names, e.Host+"/"+e.Source+"/"+last(e)+"/"+string(e.Why.Code))
	}
	if want := "db1/db/of db1/ web1/web/of web1/ web1/any/of web1/ ../x///logs.none web1///logs.none"; strings.Join(names, " ") != want {
		t.Errorf("%v", names)
	}
}

// TestAHungHost does not delay the others.
func TestAHungHost(t *testing.T) {
	t.Parallel()
	for _, at := range []string{sshtest.HangBanner, sshtest.HangAuth, sshtest.HangOpen, sshtest.HangOutput} {
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			p := overSSH(t, &sshtest.Server{Hang: at})
			path := p.put("access.log", lines(5, now, 0), now)
			r := logs.New(logs.Options{
				Sources: []logs.Source{{Name: "far", Hosts: []string{"web1"}, Files: []string{path}}, {Name: "near", Hosts: []string{"db1"}, Files: []string{path}, Local: true}},
				Remote:  p.remote, Means: inventory.Means, Lines: 10, Bytes: 1 << 20, Timeout: time.Second, AtOnce: 1, Now: time.Now,
			})
			begun := time.Now()
			got := r.Excerpts(t.Context(), fleet(), []model.LogQuestion{{Host: "web1"}})
			if took := time.Since(begun); took > 30*time.Second || got[0].Why.Code != model.ReasonTimeout && got[0].Why.Code != model.ReasonLogsLate {
				t.Errorf("%v %+v", took, got[0].Why)
			}
			if got := r.Excerpts(t.Context(), fleet(), []model.LogQuestion{{Host: "db1"}}); got[0].Matched != 5 {
				t.Errorf("the other: %+v", got[0])
			}
		})
	}
}

// TestAHostThatWaitsForOthers is not reported as hanging itself.
func TestAHostThatWaitsForOthers(t *testing.T) {
	t.Parallel()
	far := &stuck{came: make(chan struct{}), free: make(chan struct{})}
	r := logs.New(logs.Options{
		Sources: []logs.Source{{Name: "far", Hosts: []string{"web1"}, Files: []string{"/x"}}, {Name: "near", Hosts: []string{"db1"}, Files: []string{t.TempDir() + "/none"}, Local: true}},
		Remote:  far, Means: inventory.Means, Lines: 10, Bytes: 1 << 20, Timeout: 300 * time.Millisecond, AtOnce: 1, Now: time.Now,
	})
	hung := make(chan []model.LogExcerpt)
	go func() { hung <- r.Excerpts(t.Context(), fleet(), []model.LogQuestion{{Host: "web1"}}) }()
	<-far.came
	got := r.Excerpts(t.Context(), fleet(), []model.LogQuestion{{Host: "db1"}})
	if got[0].Why.Code != model.ReasonLogsWaited || got[0].Why.Args["limit"] != "300ms" {
		t.Errorf("%+v", got[0])
	}
	close(far.free)
	<-hung
}

// stuck is a machine that hangs, whatever the timeout, until it is freed.
type stuck struct{ came, free chan struct{} }

// Run implements logs.Runner.
func (s *stuck) Run(context.Context, ssh.Target, []string, int) (ssh.Answer, error) {
	close(s.came)
	<-s.free
	return ssh.Answer{}, context.DeadlineExceeded
}

func TestACancelledQuestion(t *testing.T) {
	t.Parallel()
	p := overSSH(t, &sshtest.Server{Hang: sshtest.HangOutput})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	got := p.reader(p.files()).Excerpts(ctx, fleet(), []model.LogQuestion{{Host: "web1"}})
	if len(got) != 1 || got[0].Why.IsZero() {
		t.Errorf("%+v", got)
	}
}

// TestAReasonNamesTheKey: our own text in a reason is not redacted.
func TestAReasonNamesTheKey(t *testing.T) {
	t.Parallel()
	p := overSSH(t, &sshtest.Server{})
	host, _ := sshtest.NewKey(t, "")
	_, file := sshtest.NewKey(t, "")
	port, _ := strconv.Atoi(p.server.Port())
	pool, err := ssh.NewPool(ssh.Options{User: "x", Key: file, Port: port, KnownHosts: sshtest.KnownHosts(t, map[string]crypto.PublicKey{p.server.Address: host.PublicKey()})})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	p.remote = pool
	e := p.ask(p.files(), model.LogQuestion{})
	if e.Why.Code != model.ReasonSSHKeyChanged || e.Why.Args["got"] != ssh.Fingerprint(p.server.Key.PublicKey()) {
		t.Errorf("%+v", e.Why)
	}
}

// TestNothingOfAPersonReachesTheShell: the commands for a host depend on the configuration alone.
func TestNothingOfAPersonReachesTheShell(t *testing.T) {
	t.Parallel()
	p := overSSH(t, &sshtest.Server{})
	p.put("access.log", lines(5, now, 0), now)
	p.ask(p.files(), model.LogQuestion{Grep: "needle-of-a-person", Pages: []string{"/needle-of-a-person"}, From: now.Add(-time.Hour)})
	ran := p.server.Ran()
	if len(ran) == 0 || strings.Contains(strings.Join(ran, "\n"), "needle") {
		t.Errorf("%q", ran)
	}
}

func TestHostNamesInPaths(t *testing.T) {
	t.Parallel()
	p := &place{T: t, local: true, dir: t.TempDir()}
	p.put("secret.log", "hidden\n", now)
	for _, name := range []string{"..", "*", "sub/..", "?", "[a-z]"} {
		inv := model.NewInventory(nil, nil, []model.Host{{Name: name, Address: "127.0.0.1"}}, nil)
		if err := os.MkdirAll(filepath.Join(p.dir, "sub"), 0o700); err != nil {
			t.Fatal(err)
		}
		got := p.reader(logs.Source{Files: []string{p.dir + "/sub/{host}/secret.log", p.dir + "/{host}.log"}}).Excerpts(t.Context(), inv, []model.LogQuestion{{Host: name}})
		if got[0].Matched != 0 {
			t.Errorf("%q leads elsewhere: %+v", name, got[0])
		}
	}
}

func FuzzParseList(f *testing.F) {
	f.Add([]byte("12 1700000000\n/var/log/a\x00"))
	f.Add([]byte("\n\x00 \x00-1 5\nx\x00"))
	f.Fuzz(func(t *testing.T, out []byte) {
		for _, name := range logs.ParseList(out) {
			if name == "" || strings.Contains(name, "\x00") {
				t.Errorf("%q", name)
			}
		}
	})
}
