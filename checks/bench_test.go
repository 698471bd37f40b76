package checks_test

import (
	"net"
	"net/http"
	"testing"
	"time"

	"opsbot"
	"opsbot/checks"
)

// BenchmarkSweep is one round over 4,000 checks of one loopback server, a new connection each. The server runs in the
// same process: compare runs with each other, not with whole-process figures.
func BenchmarkSweep(b *testing.B) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	srv := &http.Server{Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})}
	go func() { _ = srv.Serve(l) }()
	defer srv.Close()
	var all []*opsbot.Check
	for range 4000 {
		all = append(all, checks.ForEndpoint(opsbot.Endpoint{
			URL: "http://" + l.Addr().String() + "/", Address: l.Addr().String(), ServerName: "a.test", Timeout: 10 * time.Second,
		}))
	}
	e := engine()
	b.ResetTimer()
	for b.Loop() {
		e.RunAll(b.Context(), checks.Scheduled, all, func(r opsbot.Result) {
			if r.Status != opsbot.StatusOK {
				b.Errorf("got %+v", r)
			}
		})
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/4000, "µs/check")
}
