package checks_test

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"opsbot/checks"
	"opsbot/model"
)

func runWeb(t *testing.T, timeout time.Duration, o checks.WebOptions) model.Result {
	t.Helper()
	if wrong := inEnglish(o.Validate()); wrong != nil {
		t.Fatal(wrong)
	}
	return engine().Run(t.Context(), checks.OnDemand, &model.Check{Timeout: timeout, Checker: o.Checker()})
}

func TestWebJudges(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("/fine", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "all is well") })
	mux.HandleFunc("/away", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	mux.HandleFunc("/moved", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/login", http.StatusFound) })
	mux.HandleFunc("/chunks", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, strings.Repeat("x", 40<<10)+"nee")
		w.(http.Flusher).Flush()
		fmt.Fprint(w, "dle")
	})
	mux.HandleFunc("/hints", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusEarlyHints) })
	srv := httptest.NewServer(mux)
	defer srv.Close()

	cases := []struct {
		name string
		o    checks.WebOptions
		code model.ReasonCode
		args map[string]string
	}{
		{"200", checks.WebOptions{URL: srv.URL + "/fine"}, "", nil},
		{"103, then 200", checks.WebOptions{URL: srv.URL + "/hints"}, "", nil},
		{"503", checks.WebOptions{URL: srv.URL + "/away"}, model.ReasonWebStatus, map[string]string{"got": "503", "want": "200-299"}},
		{"503 is wanted", checks.WebOptions{URL: srv.URL + "/away", Status: []model.CodeRange{{From: 500, To: 599}}}, "", nil},
		{"redirect", checks.WebOptions{URL: srv.URL + "/moved"}, model.ReasonWebRedirect, map[string]string{"got": "302", "location": "/login"}},
		{"body holds it", checks.WebOptions{URL: srv.URL + "/fine", Contains: "is well"}, "", nil},
		{"body lacks it", checks.WebOptions{URL: srv.URL + "/fine", Contains: "is ill"}, model.ReasonWebBody, map[string]string{"want": "is ill"}},
		{"text over a border", checks.WebOptions{URL: srv.URL + "/chunks", Contains: "needle"}, "", nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := runWeb(t, 10*time.Second, c.o)
			if r.Reason.Code != c.code || (r.Status == model.StatusOK) != (c.code == "") {
				t.Fatalf("got %+v", r)
			}
			for k, v := range c.args {
				if r.Reason.Args[k] != v {
					t.Errorf("%s is %q, want %q", k, r.Reason.Args[k], v)
				}
			}
			if r.Phases.FirstByte <= 0 {
				t.Errorf("phases were not timed: %+v", r.Phases)
			}
		})
	}
}

// The client's domain must reach the server although an address is dialled: load balancers route by it.
func TestEndpointKeepsHostAndPath(t *testing.T) {
	got := make(chan string, 1)
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got <- r.Host + r.URL.Path }))
	defer srv.Close()
	addr := srv.Listener.Addr().String()
	_, port, _ := net.SplitHostPort(addr)
	c := checks.ForEndpoint(model.Endpoint{
		ServiceKey: model.ServiceKey{Client: "a", Service: "reports"}, Host: "web1",
		URL: "http://127.0.0.1:" + port + "/reports.html", Address: addr, ServerName: "customer1.test.com", Timeout: 10 * time.Second,
	})
	if r := engine().Run(t.Context(), checks.OnDemand, c); r.Status != model.StatusOK {
		t.Fatalf("got %+v", r)
	}
	if want, host := "customer1.test.com:"+port+"/reports.html", <-got; host != want {
		t.Errorf("asked for %q, want %q", host, want)
	}
	if want := model.CheckID("a/reports@web1"); c.ID != want {
		t.Errorf("id %q, want %q", c.ID, want)
	}
}

// An IPv6 address is in brackets in the Host header: servers refuse it otherwise.
func TestEndpointOfAnIPv6AddressWithoutAPort(t *testing.T) {
	got := make(chan string, 1)
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got <- r.Host }))
	defer srv.Close()
	c := checks.ForEndpoint(model.Endpoint{
		URL: "http://[2001:db8::1]/", Address: srv.Listener.Addr().String(), ServerName: "2001:db8::1", Timeout: 10 * time.Second,
	})
	if r := engine().Run(t.Context(), checks.OnDemand, c); r.Status != model.StatusOK {
		t.Fatalf("got %+v", r)
	}
	if host := <-got; host != "[2001:db8::1]" {
		t.Errorf("asked for %q", host)
	}
}

func TestTLSSaysWhyACertificateIsRefused(t *testing.T) {
	srv := httptest.NewTLSServer(http.NotFoundHandler())
	srv.Config.ErrorLog = nil
	defer srv.Close()
	r := runWeb(t, 10*time.Second, checks.WebOptions{URL: srv.URL})
	if r.Reason.Code != model.ReasonTLS || !strings.Contains(r.Reason.Args["said"], "unknown authority") {
		t.Errorf("got %+v", r)
	}
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	r = runWeb(t, 10*time.Second, checks.WebOptions{URL: strings.Replace(plain.URL, "http:", "https:", 1)})
	if r.Status != model.StatusFail || r.Reason.Code != model.ReasonTLS {
		t.Errorf("plain HTTP under https: %+v", r)
	}
}

// hostile serves raw bytes: what no HTTP server would send.
func hostile(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer conn.Close()
				if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
					serve(conn)
				}
			})
		}
	})
	t.Cleanup(func() { l.Close(); wg.Wait() })
	return "http://" + l.Addr().String() + "/"
}

func endless(w io.Writer, piece string) {
	block := []byte(strings.Repeat(piece, 1+16<<10/len(piece)))
	for {
		if _, err := w.Write(block); err != nil {
			return
		}
	}
}

// packed is n equal bytes, compressed by gzip to a thousandth.
func packed(t *testing.T, n int64) string {
	t.Helper()
	var b strings.Builder
	w := gzip.NewWriter(&b)
	if _, err := io.CopyN(w, zeros{}, n); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

func untilClosed(c net.Conn) { _, _ = io.Copy(io.Discard, c) }

func TestHostileServersEndInTimeWithWords(t *testing.T) {
	const ok, gzipped = "HTTP/1.1 200 OK\r\n", "Content-Encoding: gzip\r\n\r\n"
	bomb := packed(t, 64<<20)
	headers, hints := strings.Repeat("X-A: b\r\n", 1<<17), strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 1<<15)
	cases := []struct {
		name     string
		serve    func(net.Conn)
		contains string
		code     model.ReasonCode
	}{
		{"says nothing", untilClosed, "", model.ReasonTimeout},
		{"hangs up", func(net.Conn) {}, "", model.ReasonClosed},
		{"speaks another language", func(c net.Conn) { io.WriteString(c, "220 smtp ready\r\n\r\n") }, "", model.ReasonWebBadAnswer},
		{"stops within the header", func(c net.Conn) { io.WriteString(c, ok+"X: y\r\n") }, "", model.ReasonClosed},
		{"header without end", func(c net.Conn) { io.WriteString(c, ok); endless(c, "X-Long: "+strings.Repeat("y", 1000)+"\r\n") }, "", model.ReasonWebTooLarge},
		{"one line without end", func(c net.Conn) { endless(c, strings.Repeat("z", 4096)) }, "", model.ReasonWebTooLarge},
		{"slow header", func(c net.Conn) { io.WriteString(c, ok); untilClosed(c) }, "", model.ReasonTimeout},
		{"body stops short", func(c net.Conn) { io.WriteString(c, ok+"Content-Length: 100\r\n\r\nshort") }, "", model.ReasonClosed},
		{"body hangs", func(c net.Conn) { io.WriteString(c, ok+"Content-Length: 100\r\n\r\nshort"); untilClosed(c) }, "", model.ReasonTimeout},
		{"endless body without conditions", func(c net.Conn) { io.WriteString(c, ok+"\r\n"); endless(c, "spam spam ") }, "", ""},
		{"endless body that is searched", func(c net.Conn) { io.WriteString(c, ok+"\r\n"); endless(c, "spam spam ") }, "eggs", model.ReasonWebBody},
		{"a megabyte of headers", func(c net.Conn) { io.WriteString(c, ok); io.WriteString(c, headers); io.WriteString(c, "\r\n") }, "", model.ReasonWebTooLarge},
		{"a megabyte of hints", func(c net.Conn) { io.WriteString(c, hints) }, "", model.ReasonWebStatus},
		{"gzip bomb without conditions", func(c net.Conn) { io.WriteString(c, ok+gzipped+bomb) }, "", ""},
		{"gzip bomb that is searched", func(c net.Conn) { io.WriteString(c, ok+gzipped+bomb) }, "eggs", model.ReasonWebBody},
		{"gzip that is none", func(c net.Conn) { io.WriteString(c, ok+gzipped+"plain text, not packed at all") }, "eggs", model.ReasonWebBadAnswer},
		{"gzip that is cut", func(c net.Conn) { io.WriteString(c, ok+gzipped+bomb[:len(bomb)/100]) }, "eggs", model.ReasonClosed},
		{"unknown compression", func(c net.Conn) { io.WriteString(c, ok+"Content-Encoding: br\r\n\r\nxx") }, "eggs", model.ReasonWebPacked},
		{"chunk without end", func(c net.Conn) {
			io.WriteString(c, ok+"Transfer-Encoding: chunked\r\n\r\nfffffffffffffff\r\n")
			endless(c, "spam ")
		}, "eggs", model.ReasonWebBody},
		{"two lengths", func(c net.Conn) { io.WriteString(c, ok+"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab") }, "", model.ReasonWebBadAnswer},
		{"wrong chunking", func(c net.Conn) { io.WriteString(c, ok+"Transfer-Encoding: chunked\r\n\r\nzz\r\nno\r\n") }, "eggs", model.ReasonNet},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			url := hostile(t, c.serve)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			r := runWeb(t, 500*time.Millisecond, checks.WebOptions{URL: url, Contains: c.contains})
			runtime.ReadMemStats(&after)
			if r.Reason.Code != c.code {
				t.Errorf("got %+v, want %q", r, c.code)
			}
			if r.Took > 5*time.Second {
				t.Errorf("took %v with a timeout of 500 ms", r.Took)
			}
			most := uint64(1 << 20)
			if c.name == "a megabyte of headers" {
				most *= 2 // thousands of small pieces, which grow their list: half of it is garbage at once
			}
			if used := after.TotalAlloc - before.TotalAlloc; used > most { // of everything in this process, so an upper bound for the check
				t.Errorf("allocated %d bytes", used)
			}
		})
	}
}

// TestPackedPagesAreRead: the server compresses although we asked for a plain answer: a page is found in it, a bomb is
// rejected.
func TestPackedPagesAreRead(t *testing.T) {
	page, bomb := packed(t, 100), packed(t, 64<<20)
	serve := func(body string) string {
		return hostile(t, func(c net.Conn) {
			fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
		})
	}
	zeros := strings.Repeat("\x00", 100)
	for name, c := range map[string]struct {
		o    checks.WebOptions
		code model.ReasonCode
	}{
		"found":       {checks.WebOptions{URL: serve(page), Contains: zeros}, ""},
		"not found":   {checks.WebOptions{URL: serve(page), Contains: zeros + "\x00"}, model.ReasonWebBody},
		"matches":     {checks.WebOptions{URL: serve(page), WebExtras: checks.WebExtras{Matches: `^\x00{100}$`}}, ""},
		"too much":    {checks.WebOptions{URL: serve(bomb), WebExtras: checks.WebExtras{Matches: `x`}}, model.ReasonWebTooLarge},
		"cut":         {checks.WebOptions{URL: serve(page[:len(page)-4]), WebExtras: checks.WebExtras{Matches: `x`}}, model.ReasonClosed},
		"sum is off":  {checks.WebOptions{URL: serve(page[:len(page)-5] + "xxxxx"), WebExtras: checks.WebExtras{Matches: `x`}}, model.ReasonWebBadAnswer},
		"nobody asks": {checks.WebOptions{URL: serve("no gzip")}, ""},
	} {
		if r := runWeb(t, 5*time.Second, c.o); r.Reason.Code != c.code {
			t.Errorf("%s: got %s %+v, want %q", name, r.Status, r.Reason, c.code)
		}
	}
}
