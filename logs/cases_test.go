package logs_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"opsbot/charset"
	"opsbot/logs"
	"opsbot/model"
)

// morning is the time at which the cases of this file are read.
var morning = time.Date(2026, 11, 30, 7, 40, 0, 0, time.UTC)

// read reads a log of files with these contents, as of morning.
func read(p *place, q model.LogQuestion, files map[string]string) model.LogExcerpt {
	p.Helper()
	for name, text := range files {
		p.put(name, text, morning)
	}
	return readAs(p, q, logs.Source{Files: []string{p.dir + "/*"}})
}

func readAs(p *place, q model.LogQuestion, s logs.Source) model.LogExcerpt {
	p.Helper()
	r := p.readerAt(func() time.Time { return morning }, s)
	q.Host = "web1"
	return r.Excerpts(p.Context(), fleet(), []model.LogQuestion{q})[0]
}

func here(t *testing.T) *place { return &place{T: t, local: true, dir: t.TempDir()} }

func groupLines(e model.LogExcerpt) []string {
	var all []string
	for _, g := range e.Groups {
		mark := "▫️ "
		if g.Error || g.Status >= 500 {
			mark = "🔴 "
		}
		all = append(all, mark+strings.TrimSpace(strings.Join([]string{strconv.Itoa(g.Count), "×", g.Said()}, " ")))
	}
	return all
}

// TestDaysBelowTen: days padded with a blank are days.
func TestDaysBelowTen(t *testing.T) {
	t.Parallel()
	const text = "Thu Nov 12 07:33:22 2026 : Info: Ready\nTue Dec  1 07:30:22 2026 : Error: rlm_sql: no connection\nTue Dec  1 07:31:22 2026 : Info: client gone\n"
	p := here(t)
	p.put("radius.log", text, morning.AddDate(0, 0, 1))
	r := p.readerAt(func() time.Time { return morning.AddDate(0, 0, 1) }, logs.Source{Files: []string{p.dir + "/*"}})
	for days, want := range map[int]int{30: 3, 1: 2} {
		e := r.Excerpts(t.Context(), fleet(), []model.LogQuestion{{Host: "web1", From: morning.AddDate(0, 0, 1-days)}})[0]
		if e.Matched != want || !e.Why.IsZero() || len(e.Notes) > 0 {
			t.Errorf("since %d days: %+v", days, e)
		}
	}
}

// TestEachStatusIsAGroup: whatever stands between a time and a request, 200 and 502 are two groups.
func TestEachStatusIsAGroup(t *testing.T) {
	t.Parallel()
	e := read(here(t), model.LogQuestion{From: morning.Add(-time.Hour)}, map[string]string{"access.log": `10.0.0.9 - - [30/Nov/2026:07:29:22 +0000] "shop.example.com" "GET /store.html HTTP/1.1" 200 157
10.0.0.9 - - [30/Nov/2026:07:29:23 +0000] "shop.example.com" "GET /store.html HTTP/1.1" 502 157
`})
	if got, want := groupLines(e), []string{"🔴 1 × 502 GET /store.html", "▫️ 1 × 200 GET /store.html"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// TestTheStatusIsLearned: sizes that look like a status do not hide it.
func TestTheStatusIsLearned(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for i, size := range []string{"200", "404", "157", "5000", "612"} {
		b.WriteString(`10.0.0.9 - - [30/Nov/2026:07:29:2` + string(rune('0'+i)) + ` +0000] "GET /store.html HTTP/1.1" ` + size + ` 502` + "\n")
	}
	e := read(here(t), model.LogQuestion{From: morning.Add(-time.Hour)}, map[string]string{"access.log": b.String()})
	if got := groupLines(e); !slices.Equal(got, []string{"🔴 5 × 502 GET /store.html"}) {
		t.Errorf("%q", got)
	}
}

// TestTimesThatWereNotRead: since is obeyed, and a stack trace belongs to its line.
func TestTimesThatWereNotRead(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"logfmt": {
			"time=\"2026-11-29T07:29:22Z\" level=error msg=\"old\" component=store\ntime=\"2026-11-30T07:29:22Z\" level=error msg=\"cannot write\" component=store\n",
			[]string{`time="2026-11-30T07:29:22Z" level=error msg="cannot write" component=store`},
		},
		"PHP": {
			"[29-Nov-2026 07:33:22 UTC] PHP Warning:  old in /srv/a.php on line 3\n[30-Nov-2026 07:29:22 UTC] PHP Fatal error:  Uncaught PDOException: no db in /srv/a.php:12\nStack trace:\n#0 /srv/b.php(3): a()\n",
			[]string{"[30-Nov-2026 07:29:22 UTC] PHP Fatal error:  Uncaught PDOException: no db in /srv/a.php:12\nStack trace:\n#0 /srv/b.php(3): a()"},
		},
		"a trace in containers": {
			`{"log":"INFO up\n","stream":"stderr","time":"2026-11-30T07:29:21Z"}` + "\n" + `{"log":"Traceback (most recent call last):\n","stream":"stderr","time":"2026-11-30T07:29:22Z"}` + "\n" +
				`{"log":"  File \"a.py\", line 1\n","stream":"stderr","time":"2026-11-30T07:29:22Z"}` + "\n" + `{"log":"ValueError: x\n","stream":"stderr","time":"2026-11-30T07:29:22Z"}` + "\n" + `{"log":"INFO on\n","stream":"stderr","time":"2026-11-30T07:29:23Z"}` + "\n",
			[]string{"2026-11-30T07:29:21Z INFO up", "2026-11-30T07:29:22Z Traceback (most recent call last):\n  File \"a.py\", line 1\nValueError: x", "2026-11-30T07:29:23Z INFO on"},
		},
		"a line in parts": {
			"2026-11-30T07:29:22Z stdout P one \n2026-11-30T07:29:22Z stderr F other\n2026-11-30T07:29:22Z stdout F two\n2026-11-30T07:29:23Z stdout P end",
			[]string{"2026-11-30T07:29:22Z other", "2026-11-30T07:29:22Z one two", "2026-11-30T07:29:23Z end"},
		},
	} {
		e := read(here(t), model.LogQuestion{From: morning.Add(-time.Hour)}, map[string]string{"a.log": c.text})
		if !slices.Equal(e.Lines, c.want) || !e.Why.IsZero() || len(e.Notes) > 0 {
			t.Errorf("%s: %q\nwhy %+v, notes %+v", name, e.Lines, e.Why, e.Notes)
		}
	}
}

// TestZerosAfterCopytruncate: the zero bytes before a log that was truncated while it was written hide no line, however many they are.
func TestZerosAfterCopytruncate(t *testing.T) {
	t.Parallel()
	const line = `10.0.0.9 - - [30/Nov/2026:07:29:22 +0000] "GET /store.html HTTP/1.1" 502 157` + "\n"
	for _, zeros := range []int{1, 3000, 300_000, 9 << 20} {
		e := read(here(t), model.LogQuestion{From: morning.Add(-time.Hour)}, map[string]string{"a.log": strings.Repeat("\x00", zeros) + line})
		if got := groupLines(e); !slices.Equal(got, []string{"🔴 1 × 502 GET /store.html"}) || !slices.Equal(e.Lines, []string{strings.TrimSpace(line)}) || e.Cut || !e.Why.IsZero() {
			t.Errorf("%d zeros: %q %q cut %v %+v", zeros, got, e.Lines, e.Cut, e.Why)
		}
	}
}

// TestWhatIsAnError: a line's own level, then words of failures that are not denied.
func TestWhatIsAnError(t *testing.T) {
	t.Parallel()
	e := read(here(t), model.LogQuestion{From: morning.Add(-time.Hour)}, map[string]string{"app.log": `2026-11-30T07:28:22Z INFO build finished: 12 passed, 0 failed, 0 errors
2026-11-30T07:29:22Z INFO sync done error=null
2026-11-30T07:30:22Z java.lang.OutOfMemoryError: Java heap space
2026-11-30T07:31:22Z SEVERE: cannot start
2026-11-30T07:32:22Z write /var/lib/x: no space left on device
`})
	want := []string{
		"🔴 1 × write /var/lib/x: no space left on device", "🔴 1 × SEVERE: cannot start", "🔴 1 × java.lang.OutOfMemoryError: Java heap space", "▫️ 1 × INFO sync done error=null",
		"▫️ 1 × INFO build finished: 12 passed, 0 failed, 0 errors",
	}
	if got := groupLines(e); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// pack compresses a text as a suffix says; bzip2 has no writer, so that its file is made before.
func pack(t *testing.T, suffix, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser
	var err error
	switch suffix {
	case ".gz":
		w = gzip.NewWriter(&b)
	case ".xz":
		w, err = xz.NewWriter(&b)
	case ".zst":
		w, err = zstd.NewWriter(&b)
	case ".bz2":
		data, err := os.ReadFile("testdata/app.log.bz2")
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	if err == nil {
		_, err = io.WriteString(w, text)
		err = errors.Join(err, w.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestRotatedFilesOfEveryForm are unpacked, on this machine and on others, or named: their bytes are never shown.
func TestRotatedFilesOfEveryForm(t *testing.T) {
	t.Parallel()
	const old, fresh = "2026-11-30 05:00:00 ERROR packed\n", "2026-11-30 07:29:22 INFO fresh\n"
	everywhere(t, func(p *place) {
		for _, suffix := range []string{".gz", ".xz", ".zst", ".bz2"} {
			dir := p.dir
			p.dir = p.TempDir()
			p.put("app.log", fresh, morning)
			p.put("app.log.2"+suffix, "", morning)
			p.putBytes("app.log.2"+suffix, pack(p.T, suffix, old), morning.Add(-2*time.Hour))
			e := readAs(p, model.LogQuestion{From: morning.Add(-3 * time.Hour)}, logs.Source{Files: []string{p.dir + "/app.log*"}})
			if !slices.Equal(e.Lines, []string{strings.TrimSpace(old), strings.TrimSpace(fresh)}) || !e.Why.IsZero() || len(e.Notes) > 0 {
				p.Errorf("%s: %q %+v %+v", suffix, e.Lines, e.Why, e.Notes)
			}
			broken := pack(p.T, suffix, old)
			p.putBytes("app.log.2"+suffix, broken[:len(broken)/2], morning.Add(-2*time.Hour))
			e = readAs(p, model.LogQuestion{From: morning.Add(-3 * time.Hour)}, logs.Source{Files: []string{p.dir + "/app.log*"}})
			if len(e.Lines) == 0 || last(e) != strings.TrimSpace(fresh) || e.Why.Code != model.ReasonLogsUnread || !strings.Contains(e.Why.Args["path"], suffix) {
				p.Errorf("half of %s: %q %+v", suffix, e.Lines, e.Why)
			}
			p.dir = dir
		}
		for name, data := range map[string]string{"app.log.3.lz4": "\x04\x22\x4d\x18....", "app.log.4.zip": "PK\x03\x04....", "app.log.5": string(pack(p.T, ".xz", old)), "app.log.6": strings.Repeat("\x01\x02\x03\xff\x00a\n", 100)} {
			dir := p.dir
			p.dir = p.TempDir()
			p.put("app.log", fresh, morning)
			p.putBytes(name, []byte(data), morning.Add(-2*time.Hour))
			e := readAs(p, model.LogQuestion{From: morning.Add(-3 * time.Hour)}, logs.Source{Files: []string{p.dir + "/app.log*"}})
			if !slices.Equal(e.Lines, []string{strings.TrimSpace(fresh)}) || len(e.Notes) != 1 || !strings.HasSuffix(e.Notes[0].Args["path"], name) {
				p.Errorf("%s: %q %+v %+v", name, e.Lines, e.Why, e.Notes)
			}
			p.dir = dir
		}
	})
}

// TestEncodings: logs are text in the encoding that they have, detected or configured.
func TestEncodings(t *testing.T) {
	t.Parallel()
	const text = "2026-11-30 05:00:00 ОШИБКА: старая запись журнала\n2026-11-30 07:29:22 ОШИБКА: нет соединения с базой данных\n"
	want := []string{"2026-11-30 07:29:22 ОШИБКА: нет соединения с базой данных"}
	wide := func(e unicode.Endianness, mark unicode.BOMPolicy) func() ([]byte, error) {
		return func() ([]byte, error) { return unicode.UTF16(e, mark).NewEncoder().Bytes([]byte(text)) }
	}
	for name, encode := range map[string]func() ([]byte, error){
		"utf-8":        func() ([]byte, error) { return []byte(text), nil },
		"windows-1251": func() ([]byte, error) { return charmap.Windows1251.NewEncoder().Bytes([]byte(text)) },
		"koi8-r":       func() ([]byte, error) { return charmap.KOI8R.NewEncoder().Bytes([]byte(text)) },
		"utf-16le":     wide(unicode.LittleEndian, unicode.IgnoreBOM),
		"utf-16be":     wide(unicode.BigEndian, unicode.IgnoreBOM),
		"with a mark":  wide(unicode.LittleEndian, unicode.UseBOM),
	} {
		data, err := encode()
		if err != nil {
			t.Fatal(err)
		}
		configured, known := charset.Named(name)
		for _, encoding := range []*charset.Charset{nil, &configured} {
			if encoding != nil && !known {
				continue
			}
			p := here(t)
			p.putBytes("a.log", data, morning)
			e := readAs(p, model.LogQuestion{From: morning.Add(-time.Hour)}, logs.Source{Files: []string{p.dir + "/*"}, Encoding: encoding})
			if !slices.Equal(e.Lines, want) || len(e.Groups) != 1 || !e.Groups[0].Error || !e.Why.IsZero() {
				t.Errorf("%s: %q %+v", name, e.Lines, e.Why)
			}
		}
	}
}

// TestAWideLogIsReadFromItsEnd: large logs of two bytes a character are read in pieces, and an old span is found in them.
func TestAWideLogIsReadFromItsEnd(t *testing.T) {
	if underRace {
		t.Skip("one goroutine, for a minute")
	}
	t.Parallel()
	var b strings.Builder
	for i := range 60_000 {
		b.WriteString(morning.Add(time.Duration(i-60_000)*time.Second).Format("2006-01-02 15:04:05") + " ошибка " + strconv.Itoa(i) + "\n")
	}
	data, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().Bytes([]byte(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	p := here(t)
	p.bytes = 1 << 20
	p.putBytes("a.log", data, morning)
	for _, ago := range []time.Duration{time.Minute, 10 * time.Hour} {
		from := morning.Add(-ago)
		e := readAs(p, model.LogQuestion{From: from, To: from.Add(29 * time.Second)}, logs.Source{Files: []string{p.dir + "/*"}})
		if e.Matched != 30 || !e.Why.IsZero() {
			t.Errorf("%v ago: %d lines, %q, %+v", ago, e.Matched, last(e), e.Why)
		}
	}
}

// TestNothingOfASpanIsDropped: lines without a time are there, said as a share, and judged by themselves.
func TestNothingOfASpanIsDropped(t *testing.T) {
	t.Parallel()
	e := read(here(t), model.LogQuestion{From: morning.Add(-time.Hour)}, map[string]string{"a.log": "started without a time\n2026-11-30 07:00:00 INFO up\nGET /x 502 12 ms\npanic: boom\n\tgoroutine 1\n2026-11-30 07:01:00 INFO on\n"})
	want := []string{"started without a time", "2026-11-30 07:00:00 INFO up", "GET /x 502 12 ms", "panic: boom\n goroutine 1", "2026-11-30 07:01:00 INFO on"}
	if !slices.Equal(e.Lines, want) || len(e.Notes) != 1 || e.Notes[0].Code != model.ReasonLogsSparse || e.Notes[0].Args["share"] != "50" {
		t.Errorf("%q %+v %+v", e.Lines, e.Why, e.Notes)
	}
	if got := groupLines(e); !slices.Contains(got, "🔴 1 × 502 GET /x") || !slices.Contains(got, "🔴 1 × panic: boom") {
		t.Errorf("%q", got)
	}
	e = read(here(t), model.LogQuestion{From: morning.Add(-time.Hour)}, map[string]string{"a.log": strings.Repeat("no time at all\n", 200)})
	if e.Matched != 50 || len(e.Lines) != 50 || e.Why.Code != model.ReasonLogsNoTime {
		t.Errorf("%d lines, %+v", e.Matched, e.Why)
	}
	long := "2026-11-30 07:00:00 ERROR x\n" + strings.Repeat("\tat a.b.C\n", 30) + "2026-11-30 07:01:00 INFO on\n"
	e = read(here(t), model.LogQuestion{From: morning.Add(-time.Hour)}, map[string]string{"a.log": long})
	if e.Matched != 2 || !strings.HasSuffix(e.Lines[0], "… (+10)") || len(e.Notes) > 0 {
		t.Errorf("%q %+v", e.Lines, e.Notes)
	}
	across := here(t)
	across.put("a.log.1", "2026-11-30 07:00:00 ERROR x\n\tat a.b.C\n", morning.Add(-30*time.Minute))
	e = read(across, model.LogQuestion{From: morning.Add(-time.Hour)}, map[string]string{"a.log": "\tat a.b.D\n2026-11-30 07:20:00 INFO on\n"})
	if !slices.Equal(e.Lines, []string{"2026-11-30 07:00:00 ERROR x\n at a.b.C\n at a.b.D", "2026-11-30 07:20:00 INFO on"}) {
		t.Errorf("a message across rotation: %q", e.Lines)
	}
}

// TestW3CTimesAreUTC, whatever the zone of the log.
func TestW3CTimesAreUTC(t *testing.T) {
	t.Parallel()
	const row = "2026-11-30 07:29:22 10.0.0.1 GET /store.html a=1 443 - 10.0.0.9 Mozilla/5.0 - 502 0 0 15\n"
	for _, head := range []string{"", "#Software: Microsoft Internet Information Services 10.0\n#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken\n"} {
		p := here(t)
		p.put("u_ex.log", head+row, morning)
		e := readAs(p, model.LogQuestion{From: morning.Add(-time.Hour)}, logs.Source{Files: []string{p.dir + "/*"}, Zone: time.FixedZone("", 3*3600)})
		if got := groupLines(e); !slices.Equal(got, []string{"🔴 1 × 502 GET /store.html"}) || !e.Why.IsZero() {
			t.Errorf("%q %+v", got, e.Why)
		}
	}
}

// readAt reads the newest lines as of a time.
func readAt(p *place, at time.Time, s logs.Source) model.LogExcerpt {
	p.Helper()
	return p.readerAt(func() time.Time { return at }, s).Excerpts(p.Context(), fleet(), []model.LogQuestion{{Host: "web1", Last: 50}})[0]
}

// empty reports whether a file has nothing that could be a line.
func empty(p *place, name string) bool {
	p.Helper()
	data, err := os.ReadFile(p.dir + "/" + name)
	return err == nil && len(bytes.Trim(data, "\x00\r\n \t\ufeff\xff\xfe")) == 0
}
