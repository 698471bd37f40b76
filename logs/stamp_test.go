package logs_test

import (
	"testing"
	"time"

	"opsbot/logs"
)

var now = time.Date(2026, 10, 10, 14, 0, 0, 0, time.UTC)

func TestStamp(t *testing.T) {
	moscow := time.FixedZone("MSK", 3*3600)
	at := time.Date(2026, 10, 10, 13, 55, 36, 0, time.UTC)
	for line, want := range map[string]time.Time{
		`10.0.0.1 - bob [10/Oct/2026:13:55:36 +0000] "GET / HTTP/1.1" 200 1`:               at,
		`shop.example.com:443 ::1 - - [10/Oct/2026:16:55:36 +0300] "GET / HTTP/1.1" 200 1`: at,
		`[x] [10/Oct/2026:13:55:36 +0000] "GET /"`:                                         at,
		`2026/10/10 16:55:36 [error] 1#1: *2 connect() failed`:                             at,
		`[Sat Oct 10 16:55:36.123456 2026] [proxy:error] [pid 1] AH01114: failed`:          at.Add(123456 * time.Microsecond),
		`[Sat Oct 10 16:55:36 2026] [error] failed`:                                        at,
		`2026-10-10T13:55:36Z x`:                                                           at,
		`2026-10-10T16:55:36.5+03:00 x`:                                                    at.Add(500 * time.Millisecond),
		`2026-10-10T16:55:36.000001+0300 web1 nginx[1]: x`:                                 at.Add(time.Microsecond),
		`2026-10-10 16:55:36,250 INFO x`:                                                   at.Add(250 * time.Millisecond),
		`2026-10-10 13:55:36.250 UTC [12] LOG:  x`:                                         at.Add(250 * time.Millisecond),
		`[2026-10-10 16:55:36] production.ERROR: x`:                                        at,
		`Oct 10 16:55:36 web1 nginx[1]: x`:                                                 at,
		`<34>Oct 10 16:55:36 web1 su: x`:                                                   at,
		`<165>1 2026-10-10T13:55:36.003Z web1 x`:                                           at.Add(3 * time.Millisecond),
		`Oct 12 16:55:36 web1 nginx[1]: of last year: it lies ahead`:                       time.Date(2025, 10, 12, 13, 55, 36, 0, time.UTC),
		`[10/Oct/2026:16:55:36`:                                                            at, // HAProxy writes no zone
		`Sat Oct 10 16:55:36`:                                                              at,
		`Dec  1 16:55:36 web1 x`:                                                           time.Date(2025, 12, 1, 13, 55, 36, 0, time.UTC),
		`{"level":"info","time":"2026-10-10T13:55:36Z","msg":"x"}`:                         at,
		`{"ts":1791640536.5,"msg":"x"}`:                                                    at.Add(500 * time.Millisecond),
		`{"timestamp":1791640536500}`:                                                      at.Add(500 * time.Millisecond),
		`{"time_local":"10/Oct/2026:13:55:36 +0000","status":"200"}`:                       at,
		`1791640536.500    120 10.0.0.1 TCP_MISS/200 1 GET http://x/`:                      at.Add(500 * time.Millisecond),
	} {
		got, ok := logs.Stamp(line, moscow, now)
		if !ok || !got.Equal(want) {
			t.Errorf("%s\ngot  %v (%v)\nwant %v", line, got.UTC(), ok, want)
		}
	}
	for _, line := range []string{
		"", "\tat com.example.Main(Main.java:5)", "10.0.0.1 said hello", "Oct", "Octopus 10 16:55:36", "2026-13-45T99:99:99Z x", "[", "{", `{"time":5}`, `{"time":[]}`, "<", "<34>",
		"2026", "Traceback (most recent call last):", "1791640536",
	} {
		if got, ok := logs.Stamp(line, moscow, now); ok {
			t.Errorf("%q has the time %v", line, got)
		}
	}
}

func FuzzStamp(f *testing.F) {
	for _, line := range append(harmless(f), `[Sat Oct 10 16:55:36.123456 2026] x`, `<34>Oct 10 16:55:36 x`, `{"ts":1791640536.5}`, `{"ts":1e308}`, "2026-10-10T16:55:36.5+03", "[2026-10-10 16:55:36") {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		at, ok := logs.Stamp(line, nil, now)
		if ok && at.IsZero() || !ok && !at.IsZero() {
			t.Errorf("%q: %v %v", line, at, ok)
		}
	})
}
