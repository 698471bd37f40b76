package logs_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"opsbot/logs"
	"opsbot/model"
)

func TestFold(t *testing.T) {
	for want, lines := range map[string][]string{
		"upstream timed out … 10.0.0.3:8801": {"upstream timed out 17 10.0.0.3:8801", "upstream timed out 18 10.0.0.3:8801"},
		"from … to …":                        {"from 10.0.0.1 to 10.0.0.2:80", "from 10.0.0.9 to 10.0.0.3:80"},
		"user 7 of …":                        {"user 7 of 550e8400-e29b-41d4-a716-446655440000", "user 7 of 550e8400-e29b-41d4-a716-446655440001"},
		"[…]: at … id … end":                 {"[12]: at 0xdeadbeef id 3f2a9c1d8e end", "[13]: at 0xbeef id 4f2a9c1d8e end"},
		"peer … gone":                        {"peer fe80::1 gone", "peer 2001:db8::2 gone"},
		"once 17 only":                       {"once 17 only"},
		"took … ms":                          {"took 1.5 ms", "took 22.75 ms", "took 1.5 ms"},
	} {
		if got := logs.Fold(lines...); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := logs.Fold("a 1", "b 1"); got != "" {
		t.Errorf("different words are one: %q", got)
	}
}

// harmless are lines without secrets.
func harmless(f *testing.F) []string {
	f.Helper()
	data, err := os.ReadFile("redact/testdata/harmless.txt")
	if err != nil {
		f.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
}

func FuzzFold(f *testing.F) {
	for _, line := range harmless(f) {
		f.Add(line, "x 1")
	}
	f.Add("0", "\x00")
	f.Fuzz(func(t *testing.T, a, b string) {
		if got := logs.Fold(a); !strings.Contains(a, "…") && got != a {
			t.Errorf("%q alone became %q", a, got)
		}
		_ = logs.Fold(a, b)
		logs.GroupLines([]string{"/a"}, now, a, b, a)
	})
}

func said(groups []model.LogGroup) string {
	var b strings.Builder
	for _, g := range groups {
		mark := ""
		if g.Page {
			mark = " page"
		}
		fmt.Fprintf(&b, "%d × %d %s%s\n", g.Count, g.Status, g.Text, mark)
	}
	return b.String()
}

func TestGroups(t *testing.T) {
	var lines []string
	add := func(n int, format string) {
		for i := range n {
			lines = append(lines, strings.ReplaceAll(format, "№", fmt.Sprint(i)))
		}
	}
	const access = `10.0.0.№ - - [10/Oct/2026:13:55:36 +0000] "GET %s HTTP/1.1" %d 157 "-" "Mozilla/5.0"`
	add(5, fmt.Sprintf(access, "/", 200))
	add(4, fmt.Sprintf(access, "/reports.html?id=№", 200))
	add(3, fmt.Sprintf(access, "/reports.html?id=№", 502))
	add(2, fmt.Sprintf(access, "/api/orders/№/items", 500))
	add(6, fmt.Sprintf(access, "/favicon.ico", 404))
	add(1, `10.0.0.1 - - [10/Oct/2026:13:55:36 +0000] "\x16\x03\x01" 400 157 "-" "-"`)
	add(7, `2026/10/10 13:55:36 [error] 12#12: *№ upstream timed out (110: Connection timed out) while reading response header from upstream, client: 10.1.2.№, server: shop, request: "GET /x HTTP/1.1", upstream: "http://10.0.0.3:8801/x", host: "shop"`)
	add(2, `2026/10/10 13:55:36 [error] 12#12: *№ connect() failed (111: Connection refused) while connecting to upstream, client: 10.1.2.№, server: shop, request: "GET /reports.html HTTP/1.1", upstream: "http://10.0.0.№:8801/x", host: "shop"`)
	add(2, `Oct 10 13:55:36 web1 app[№]: order № done`)
	add(3, `2026-10-10T13:55:36Z web1 app[№]: WARNING: slow query, № ms`)
	add(2, `{"time":"2026-10-10T13:55:36Z","level":"error","msg":"cannot save order №","error":"disk full"}`)
	add(1, `{"time":"2026-10-10T13:55:36Z","status":503,"method":"GET","uri":"/reports.html?a=1"}`)
	want := `3 × 502 GET /reports.html page
1 × 503 GET /reports.html page
2 × 500 GET /api/orders/…/items
7 × 0 [error] upstream timed out (110: Connection timed out) … 10.0.0.3:8801
2 × 0 [error] connect() failed (111: Connection refused) … page
2 × 0 [error] cannot save order …: disk full
6 × 404 GET /favicon.ico
1 × 400 …
3 × 0 app: WARNING: slow query, … ms
4 × 200 GET /reports.html page
5 × 200 GET /
2 × 0 app: order … done
`
	if got := said(logs.GroupLines([]string{"/reports.html"}, now, lines...)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestManyKindsOfLinesAreBounded: a log without two similar lines takes bounded memory.
func TestManyKindsOfLinesAreBounded(t *testing.T) {
	lines := make([]string, 0, 4000)
	for i := range cap(lines) {
		lines = append(lines, "word"+strings.Repeat("x", i%400)+string(rune('a'+i%26)))
	}
	groups := logs.GroupLines(nil, now, lines...)
	if len(groups) > 50 {
		t.Errorf("%d groups", len(groups))
	}
	for _, g := range groups {
		if len(g.Text) > 1000 {
			t.Errorf("a group of %d bytes", len(g.Text))
		}
	}
}

func TestWorst(t *testing.T) {
	group := func(n, status int, text string) model.LogGroup {
		return model.LogGroup{Count: n, Status: status, Text: text, Error: strings.Contains(text, "error")}
	}
	got := logs.Worst([]model.LogExcerpt{
		{Host: "web1", Groups: []model.LogGroup{group(5, 502, "GET /a"), group(90, 200, "GET /a"), group(7, 0, "[error] refused")}},
		{Host: "web2", Groups: []model.LogGroup{group(9, 502, "GET /a"), group(8, 0, "all is well"), group(1, 404, "GET /b")}},
	}, 2)
	if want := "14 × 502 GET /a\n7 × 0 [error] refused\n"; said(got) != want {
		t.Errorf("got\n%s\nwant\n%s", said(got), want)
	}
}
