package times_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"opsbot/logs/times"
)

var (
	now    = time.Date(2026, 11, 30, 14, 0, 0, 0, time.UTC)
	moscow = time.FixedZone("MSK", 3*3600)
)

// written is a form of times as a program writes it, by an oracle that shares nothing with the reader: time.Format, or a few lines here.
type written struct {
	name, layout string        // of time.Format
	unit         time.Duration // what it keeps of a time
	yearless     bool
	utc          bool                               // the time says that it is UTC, or is one
	edit         func(s string, t time.Time) string // after time.Format
}

func blankHour(s string, _ time.Time) string {
	return regexp.MustCompile(` 0(\d:)`).ReplaceAllString(s, "  $1")
}

var layouts = []written{
	{name: "nginx", layout: "2006/01/02 15:04:05", unit: time.Second},
	{name: "dashes", layout: "2006-01-02 15:04:05", unit: time.Second},
	{name: "points", layout: "2006.01.02 15:04:05", unit: time.Second},
	{name: "underscore", layout: "2006-01-02_15:04:05", unit: time.Second},
	{name: "tab", layout: "2006-01-02\t15:04:05", unit: time.Second},
	{name: "gin", layout: "2006/01/02 - 15:04:05", unit: time.Second},
	{name: "comma", layout: "2006-01-02, 15:04:05", unit: time.Second},
	{name: "python", layout: "2006-01-02 15:04:05,000", unit: time.Millisecond},
	{name: "log4j", layout: "2006-01-02 15:04:05.000", unit: time.Millisecond},
	{name: "colon", layout: "2006-01-02 15:04:05:000", unit: time.Millisecond, edit: func(_ string, t time.Time) string {
		return t.Format("2006-01-02 15:04:05") + fmt.Sprintf(":%03d", t.Nanosecond()/1e6)
	}},
	{name: "rfc3339", layout: time.RFC3339, unit: time.Second},
	{name: "rfc3339nano", layout: time.RFC3339Nano, unit: 1},
	{name: "iso", layout: "2006-01-02T15:04:05.000000-0700", unit: time.Microsecond},
	{name: "hours", layout: "2006-01-02 15:04:05.000-07", unit: time.Millisecond},
	{name: "offset apart", layout: "2006-01-02 15:04:05 -0700", unit: time.Second},
	{name: "hours apart, as PostgreSQL", layout: "2006-01-02 15:04:05.000 -07 [12]", unit: time.Millisecond},
	{name: "offset with colon apart", layout: "2006-01-02 15:04:05 -07:00", unit: time.Second},
	{name: "postgres", layout: "2006-01-02 15:04:05.000 UTC", unit: time.Millisecond, utc: true},
	{name: "postgres in Moscow", layout: "2006-01-02 15:04:05.000 MST", unit: time.Millisecond},
	{name: "basic", layout: "20060102T150405Z", unit: time.Second, utc: true},
	{name: "basic with zone", layout: "20060102T150405-0700", unit: time.Second},
	{name: "basic apart", layout: "20060102 15:04:05", unit: time.Second},
	{name: "basic digits", layout: "20060102150405", unit: time.Second},
	{name: "basic dash", layout: "20060102-150405.000", unit: time.Millisecond},
	{name: "db2", layout: "2006-01-02-15.04.05.000000", unit: time.Microsecond},
	{name: "minutes", layout: "2006-01-02 15:04", unit: time.Minute},
	{name: "mysql 5.5", layout: "060102 15:04:05", unit: time.Second, edit: blankHour},
	{name: "mariadb", layout: "2006-01-02 15:04:05", unit: time.Second, edit: blankHour},
	{name: "one digit hour", layout: "2006-01-02 15:04:05", unit: time.Second, edit: func(_ string, t time.Time) string {
		return t.Format("2006-01-02 ") + fmt.Sprintf("%d:%02d:%02d", t.Hour(), t.Minute(), t.Second())
	}},
	{name: "hdfs", layout: "060102 150405", unit: time.Second},
	{name: "clf", layout: "02/Jan/2006:15:04:05 -0700", unit: time.Second},
	{name: "haproxy", layout: "02/Jan/2006:15:04:05.000", unit: time.Millisecond},
	{name: "flask", layout: "02/Jan/2006 15:04:05", unit: time.Second},
	{name: "php", layout: "02-Jan-2006 15:04:05 UTC", unit: time.Second, utc: true},
	{name: "php with place", layout: "02-Jan-2006 15:04:05 Asia/Riyadh", unit: time.Second},
	{name: "tomcat", layout: "02-Jan-2006 15:04:05.000", unit: time.Millisecond},
	{name: "rabbitmq", layout: "2-Jan-2006::15:04:05", unit: time.Second},
	{name: "rfc850", layout: time.RFC850, unit: time.Second},
	{name: "redis", layout: "02 Jan 2006 15:04:05.000", unit: time.Millisecond},
	{name: "redis 2", layout: "02 Jan 15:04:05", unit: time.Second, yearless: true},
	{name: "rfc1123", layout: time.RFC1123Z, unit: time.Second},
	{name: "rfc1123 gmt", layout: "Mon, 02 Jan 2006 15:04:05 GMT", unit: time.Second, utc: true},
	{name: "german", layout: "02.01.2006 15:04:05", unit: time.Second},
	{name: "german short", layout: "02.01.06 15:04:05", unit: time.Second},
	{name: "syslog", layout: time.Stamp, unit: time.Second, yearless: true},
	{name: "syslog with zeros", layout: "Jan 02 15:04:05", unit: time.Second, yearless: true},
	{name: "syslog with micros", layout: time.StampMicro, unit: time.Microsecond, yearless: true},
	{name: "ctime", layout: time.ANSIC, unit: time.Second},
	{name: "apache", layout: "Mon Jan 02 15:04:05.000000 2006", unit: time.Microsecond},
	{name: "date", layout: time.UnixDate, unit: time.Second},
	{name: "date in German", layout: "Mon 2. Jan 15:04:05 MST 2006", unit: time.Second, edit: germanNames},
	{name: "date in Russian", layout: "Mon 2 Jan 2006 15:04:05 MST", unit: time.Second, edit: russianNames},
	{name: "systemd", layout: "Mon 2006-01-02 15:04:05 MST", unit: time.Second},
	{name: "java", layout: "Jan 2, 2006 3:04:05 PM", unit: time.Second},
	{name: "java 20", layout: "Jan 2, 2006, 3:04:05\u202fPM", unit: time.Second},
	{name: "java, long", layout: "January 2, 2006 3:04:05 PM", unit: time.Second},
	{name: "cisco", layout: "Jan 02 2006 15:04:05", unit: time.Second},
	{name: "windows", layout: "01/02/2006 03:04:05 PM", unit: time.Second},
	{name: "american without zeros", layout: "1/2/2006 3:04:05 PM", unit: time.Second},
	{name: "european", layout: "02/01/2006 15:04:05", unit: time.Second},
	{name: "spark", layout: "06/01/02 15:04:05", unit: time.Second},
	{name: "american short", layout: "01/02/06 15:04:05", unit: time.Second},
	{name: "klog", layout: "E0102 15:04:05.000000", unit: time.Microsecond, yearless: true},
	{name: "android", layout: "01-02 15:04:05.000", unit: time.Millisecond, yearless: true},
	{name: "snort", layout: "01/02-15:04:05.000000", unit: time.Microsecond, yearless: true},
	{name: "seconds", unit: time.Second, utc: true, edit: func(_ string, t time.Time) string { return fmt.Sprint(t.Unix()) }},
	{name: "squid", unit: time.Millisecond, utc: true, edit: func(_ string, t time.Time) string { return fmt.Sprintf("%d.%03d", t.Unix(), t.Nanosecond()/1e6) }},
	{name: "millis", unit: time.Millisecond, utc: true, edit: func(_ string, t time.Time) string { return fmt.Sprint(t.UnixMilli()) }},
	{name: "micros", unit: time.Microsecond, utc: true, edit: func(_ string, t time.Time) string { return fmt.Sprint(t.UnixMicro()) }},
	{name: "nanos", unit: 1, utc: true, edit: func(_ string, t time.Time) string { return fmt.Sprint(t.UnixNano()) }},
}

func germanNames(s string, _ time.Time) string {
	return strings.NewReplacer("Mon", "Mo", "Tue", "Di", "Wed", "Mi", "Thu", "Do", "Fri", "Fr", "Sat", "Sa", "Sun", "So", "Mar", "Mär", "May", "Mai", "Oct", "Okt", "Dec", "Dez").Replace(s)
}

func russianNames(s string, _ time.Time) string {
	return strings.NewReplacer(
		"Mon", "Пн", "Tue", "Вт", "Wed", "Ср", "Thu", "Чт", "Fri", "Пт", "Sat", "Сб", "Sun", "Вс", "Jan", "янв", "Feb", "фев", "Mar", "мар", "Apr", "апр", "May", "мая", "Jun", "июн",
		"Jul", "июл", "Aug", "авг", "Sep", "сен", "Oct", "окт", "Nov", "ноя", "Dec", "дек",
	).Replace(s)
}

// write is the time as the program writes it.
func (w *written) write(t time.Time) string {
	zone := moscow
	if w.utc {
		zone = time.UTC
	}
	t = t.In(zone)
	s := t.Format(w.layout)
	if w.edit != nil {
		s = w.edit(s, t)
	}
	return s
}

// around are the places of a time in a line, %s being the time.
var around = []string{
	"%s x", "[%s] x", "%s: x", "%s [error] x", "%s - x", "%s|x", "  %s x", "<34>%s x", "[ERROR] %s x", "ERROR %s x", "ERROR: %s x", "INFO  [main] %s x", "[12] %s x", "1234:M %s * x",
	`time="%s" level=error`, `level=error ts="%s" msg=x`, "10.0.0.9 - - [%s] x", "(%s) x", "# Time: %s",
}

// TestEveryForm: each form is read for all of its values, wherever it stands in a line. Dates of which two numbers may be the day are read
// once the order is learned from lines of the same program.
func TestEveryForm(t *testing.T) {
	t.Parallel()
	for i := range layouts {
		w := &layouts[i]
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				oldest := now.AddDate(-20, 0, 0)
				if w.yearless {
					oldest = now.AddDate(-1, 0, 2)
				}
				at := time.Unix(0, rapid.Int64Range(oldest.UnixNano(), now.UnixNano()).Draw(t, "at")).Truncate(w.unit)
				place := rapid.SampledFrom(around).Draw(t, "place")
				line := fmt.Sprintf(place, w.write(at))
				r := times.Reader{Zone: moscow, Now: now}
				r.Learn(w.write(time.Date(2026, 10, 28, 1, 2, 3, 0, time.UTC)) + " x\n" + w.write(time.Date(2026, 10, 30, 1, 2, 3, 0, time.UTC)) + " x\n")
				got, ok := r.Find(line)
				if !ok && needsMore(w.name, place) {
					return
				}
				if !ok || !got.At.Equal(at) {
					t.Fatalf("%q\ngot  %v (%v)\nwant %v", line, got.At, ok, at.UTC())
				}
				if value, ok := r.Value(w.write(at)); !ok || !value.Equal(at) {
					t.Fatalf("%q as a value: %v (%v)", w.write(at), value, ok)
				}
				if rest := got.Cut(line); strings.Contains(rest, at.In(moscow).Format("04:05")) && w.unit < time.Minute && !strings.Contains(place, "=") {
					t.Fatalf("%q: the time remains in %q", line, rest)
				}
			})
		})
	}
}

// needsMore are forms that are too short to be found everywhere: without a year in brackets, and plain numbers.
func needsMore(name, place string) bool {
	short := slices.Contains([]string{"redis 2", "syslog", "syslog with zeros", "syslog with micros", "klog", "android", "snort", "seconds", "squid", "millis", "micros", "nanos", "minutes"}, name)
	return short && strings.HasPrefix(place, "10.0.0.9") || strings.HasPrefix(place, "# Time") && (name == "seconds" || name == "millis" || name == "micros" || name == "nanos" || name == "squid")
}

// TestLines: what programs write around their times.
func TestLines(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 30, 7, 29, 22, 0, time.UTC)
	ms := at.Add(123 * time.Millisecond)
	for line, want := range map[string]time.Time{
		`type=AVC msg=audit(1796023762.123:456): avc: denied`:                                                ms,
		`type=USER_LOGIN msg=audit(11/30/2026 10:29:22.123:456) : pid=1`:                                     ms,
		`time="2026-11-30T07:29:22Z" level=error msg="cannot write" component=store`:                         at,
		`ts=2026-11-30T07:29:22.123Z caller=main.go:1 level=error msg=x`:                                     ms,
		`level=error ts=1796023762.123 msg=x`:                                                                ms,
		`logger=sqlstore t=2026-11-30T07:29:22+0000 level=eror msg=x`:                                        at,
		`date=2026-11-30 time=10:29:22 devname=fw1 level=error`:                                              at,
		`E1130 10:29:22.123456   12 main.go:5] x`:                                                            at.Add(123456 * time.Microsecond),
		`12:M 30 Nov 2026 10:29:22.123 # Server x`:                                                           ms,
		`2026-11-30 12:29:22.123 +05 [12] FATAL:  x`:                                                         ms,
		`2026-11-30 04:29:22 -03 shop@db x`:                                                                  at,
		`2026-11-30 17:29:22 +10 [12]: [3-1] x`:                                                              at,
		`2026-11-30 12:29:22 +05:10.0.0.9(51234):shop@db:[12]:LOG:  x`:                                       at,
		`2026-11-30 12:29:22 +05:45.1.2.3(51234):shop@db:[12]:LOG:  x`:                                       at,
		`2026-11-30 17:29:22 +10:10.0.0.9(51234):shop@db:[12]:LOG:  x`:                                       at,
		`2026-11-30 13:14:22 +05:45 [12] x`:                                                                  at,
		`2026-11-30 10:29:22 -12 degrees`:                                                                    at,
		`2026-11-30 10:29:22 +05x`:                                                                           at,
		`2026-11-30 10:29:22 +5 x`:                                                                           at,
		`[12] 30 Nov 10:29:22.123 # x`:                                                                       ms,
		`[30-Nov-2026 10:29:22 Europe/Moscow] PHP Fatal error:  x`:                                           at,
		`[30-Nov-2026 07:29:22] WARNING: [pool www] x`:                                                       at.Add(-3 * time.Hour),
		`30-Nov-2026 10:29:22.123 SEVERE [main] org.apache.x y`:                                              ms,
		`Nov 30, 2026 10:29:22 AM org.apache.catalina.core.X start`:                                          at,
		`nov. 30 10:29:22 web1 sshd[1]: x`:                                                                   at,
		`ноя 30 10:29:22 web1 sshd[1]: x`:                                                                    at,
		`Пн ноя 30 10:29:22 2026 : Error: x`:                                                                 at,
		`26/11/30 10:29:22 INFO storage.BlockManager: x`:                                                     at,
		`=ERROR REPORT==== 30-Nov-2026::10:29:22 ===`:                                                        at,
		`78017 00cff -- none -- - 2026-11-30T07:29:22+00:00 WARN (4): x`:                                     at,
		`10.0.0.1 -  30/Nov/2026:07:29:22 +0000 "GET /x.php" 502`:                                            at,
		`10.0.0.1|2026-11-30T07:29:22+00:00|GET|/x|502`:                                                      at,
		`[pid: 1|app: 0|req: 1/1] 10.0.0.1 () {28 vars} [Mon Nov 30 10:29:22 2026] GET /x => generated 1`:    at,
		`https 2026-11-30T07:29:22.123Z app/lb 10.0.0.1:1 10.0.0.2:80 0.0 0.0 0.0 502 502 1 2 "GET x"`:       ms,
		`Started GET "/x" for 10.0.0.1 at 2026-11-30 07:29:22 +0000`:                                         at,
		`I, [2026-11-30T10:29:22.123 #12]  INFO -- : x`:                                                      ms,
		`[2026-11-30 10:29:22,123: ERROR/MainProcess] x`:                                                     ms,
		`[2026/11/30 10:29:22.123,  0] ../source3/x.c:1(main)`:                                               ms,
		`12345:20261130:102922.123 cannot connect`:                                                           ms,
		`[1796023762] SERVICE ALERT: web1;http;CRITICAL`:                                                     at,
		`*Nov 30 10:29:22.123: %SYS-5-CONFIG_I: x`:                                                           ms,
		`<11>1 2026-11-30T07:29:22Z web1 app 1 - - x`:                                                        at,
		`INFO:root:2026-11-30 10:29:22 x`:                                                                    at,
		`WARN  [Native-Transport-Requests-1] 2026-11-30 10:29:22,123 X.java:1 - y`:                           ms,
		`2016-12-31T23:59:60Z a leap second`:                                                                 time.Date(2016, 12, 31, 23, 59, 59, 0, time.UTC),
		`Feb 29 10:29:22 web1 x: of the last leap year`:                                                      time.Date(2024, 2, 29, 7, 29, 22, 0, time.UTC),
		`Dec 31 23:59:59 web1 x: of last year`:                                                               time.Date(2025, 12, 31, 20, 59, 59, 0, time.UTC),
		"\ufeff2026-11-30 10:29:22 after a mark":                                                             at,
		`haproxy[9]: 10.0.0.9:51234 [30/Nov/2026:10:29:22.123] in back/srv 0/0/1/2/3 502 1 - - ---- "GET /"`: ms,
	} {
		r := times.Reader{Zone: moscow, Now: now}
		if got, ok := r.Find(line); !ok || !got.At.Equal(want) {
			t.Errorf("%s\ngot  %v (%v)\nwant %v", line, got.At.UTC(), ok, want)
		}
	}
}

// TestNoTimes: a sentence that mentions a time has none itself, and neither has what only looks like one.
func TestNoTimes(t *testing.T) {
	t.Parallel()
	r := times.Reader{Now: now}
	for _, line := range []string{
		"", "Oct", "Octopus 10 16:55:36", "maybe 10 16:55:36 x", "2026-13-45T99:99:99Z x", "2026-02-30 10:00:00 x", "[", "<", "<34>", "2026", "1791640536", "17916405361 x", "the next run is at 2026-11-30 10:00:00",
		"\tat 2026-11-30 10:00:00", "  retried at [30/Nov/2026:07:29:22 +0000] x", "Traceback (most recent call last):", "Sat Oct 10 16:55:36x", "10.0.0.1 said hello", "#0 /srv/b.php(3): a()", "id 20261130102922x", "Stack trace:",
		"java.lang.IllegalStateException: x", "    at com.example.Main(Main.java:5)", "12 files in 3 folders", "[12:30:10] x", "31/31/2026 10:00:00 x", "1.2.3.4:8080 is up", "backup since 2026-11-30 10:00:00",
	} {
		if got, ok := r.Find(line); ok {
			t.Errorf("%q has the time %v", line, got.At)
		}
	}
}

// TestLearn: which of two numbers is the day, is known from other lines.
func TestLearn(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ lines, line, want string }{
		"a day above twelve":       {"13/11/2026 10:00:00 x\n", "10/11/2026 10:00:00 y", "2026-11-10"},
		"American":                 {"11/13/2026 10:00:00 x\n", "11/10/2026 10:00:00 y", "2026-11-10"},
		"time goes forward":        {"09/11/2026 10:00:00 x\n01/12/2025 x\n", "10/11/2026 10:00:00 y", "2026-11-10"},
		"no future":                {"12/11/2026 10:00:00 x\n", "12/11/2026 10:00:00 y", "2026-11-12"},
		"two digits, years first":  {"26/11/09 10:00:00 x\n26/11/10 10:00:00 x\n", "26/11/10 10:00:00 y", "2026-11-10"},
		"two digits, months first": {"10/31/26 10:00:00 x\n11/01/26 10:00:00 x\n", "11/10/26 10:00:00 y", "2026-11-10"},
		"alone, in a new year":     {"", "11/30/2026 10:00:00 y", "2026-11-30"},
	} {
		r := times.Reader{Now: now}
		r.Learn(c.lines + c.line + "\n")
		if got, ok := r.Find(c.line); !ok || got.At.Format(time.DateOnly) != c.want {
			t.Errorf("%s: %v (%v), want %s", name, got.At, ok, c.want)
		}
	}
}

func FuzzFind(f *testing.F) {
	for i := range layouts {
		f.Add(layouts[i].write(now) + " x")
	}
	f.Fuzz(func(t *testing.T, line string) {
		r := times.Reader{Now: now}
		s, ok := r.Find(line)
		if ok && (s.Begin < 0 || s.End <= s.Begin || s.End > len(line)) {
			t.Errorf("%q: [%d:%d]", line, s.Begin, s.End)
		}
		if ok {
			_ = s.Cut(line)
		}
		r.Learn(line)
	})
}
