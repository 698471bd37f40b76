package main
import ("testing";"context";"opsbot/checks";"opsbot/model";"time";"net";"bufio";"net/netip";"syscall")
func cpuNow() time.Duration { var u syscall.Rusage; syscall.Getrusage(0,&u); return time.Duration(u.Utime.Nano()+u.Stime.Nano()) }
func BenchmarkSweepEngine(b *testing.B) {
	w, err := newWorld(context.Background()); if err != nil { b.Fatal(err) }
	defer w.close()
	var all []*model.Check
	for _, a := range addresses(4000, w.Ports[plain]) {
		h, _, _ := net.SplitHostPort(a)
		all = append(all, checks.ForEndpoint(model.Endpoint{Host: h, URL: "http://"+a+"/", Address: a, ServerName: site, Timeout: 30*time.Second, Contains: wanted}))
	}
	e := checks.NewEngine(checks.DefaultLimits(), time.Now)
	b.ReportAllocs(); b.ResetTimer(); c := cpuNow()
	for i := 0; i < b.N; i++ { e.RunAll(b.Context(), checks.Scheduled, all, func(r model.Result) { if r.Status != model.StatusOK { b.Fatal(r.Reason) } }) }
	b.ReportMetric(float64(cpuNow()-c)/float64(b.N)/4000/1000, "µs/check")
}
func BenchmarkSweepLean(b *testing.B) {
	w, err := newWorld(context.Background()); if err != nil { b.Fatal(err) }
	defer w.close()
	ws := make([]leanWorker, 64)
	for i := range ws { ws[i].reader = bufio.NewReader(nil) }
	var all []netip.AddrPort
	for _, a := range addresses(4000, w.Ports[plain]) { all = append(all, netip.MustParseAddrPort(a)) }
	b.ReportAllocs(); b.ResetTimer(); c := cpuNow()
	for i := 0; i < b.N; i++ { if err := leanSweep(ws, all); err != nil { b.Fatal(err) } }
	b.ReportMetric(float64(cpuNow()-c)/float64(b.N)/4000/1000, "µs/check")
}
