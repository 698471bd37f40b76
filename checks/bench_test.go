package checks_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"

	"opsbot"
	"opsbot/checks"
)

// benchServer makes this binary the server of the benchmarks, so that its CPU is not counted with the client's.
const benchServer = "OPSBOT_BENCH_SERVER"

func TestMain(m *testing.M) {
	if os.Getenv(benchServer) != "" {
		os.Exit(serveBench())
	}
	os.Exit(m.Run())
}

// serveBench answers on every loopback address until its standard input ends.
func serveBench() int {
	l, err := net.Listen("tcp4", "0.0.0.0:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Fprintln(os.Stdout, l.Addr().(*net.TCPAddr).Port)
	go func() { _ = http.Serve(l, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})) }() //nolint:gosec // a benchmark's
	_, _ = io.Copy(io.Discard, os.Stdin)
	return 0
}

// startBenchServer returns the port of a server in a process of its own.
func startBenchServer(b *testing.B) string {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), benchServer+"=1")
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = in.Close(); _ = cmd.Wait() })
	var port string
	if _, err := fmt.Fscanln(out, &port); err != nil {
		b.Fatal(err)
	}
	return port
}

// targets are n loopback addresses, all distinct: a connection to each is one that a real fleet would need.
func targets(n int, port string) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("127.%d.%d.%d:%s", 1+i/62500, i/250%250, 1+i%250, port)
	}
	return all
}

// cpu is the processor time that this process has used.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// bare is the least that a client in Go can do: dial, write, read, 64 at a time. It is what the engine is measured
// against.
func bare(b *testing.B, all []string) {
	b.Helper()
	jobs := make(chan string)
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			for address := range jobs {
				if err := bareCheck(address); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for _, address := range all {
		jobs <- address
	}
	close(jobs)
	wg.Wait()
}

func bareCheck(address string) error {
	conn, err := net.DialTimeout("tcp", address, 10*time.Second)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "http://"+address+"/", http.NoBody)
	if err != nil {
		return err
	}
	req.Close = true
	if err := req.Write(conn); err != nil {
		return err
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), req)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}

// BenchmarkEngineAgainstBare sweeps distinct endpoints with the engine and with the bare client in turn, and reports the
// ratios: cpu-ratio is the engine's CPU per check over the bare client's, speed-ratio its checks per second over the bare
// client's.
func BenchmarkEngineAgainstBare(b *testing.B) {
	for _, n := range []int{400, 4000, 20_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			addresses := targets(n, startBenchServer(b))
			all := make([]*opsbot.Check, n)
			for i, address := range addresses {
				all[i] = checks.ForEndpoint(opsbot.Endpoint{
					URL: "http://" + address + "/", Address: address, ServerName: "a.test", Timeout: 10 * time.Second,
				})
			}
			e := engine()
			var engineCPU, bareCPU, engineTime, bareTime time.Duration
			for b.Loop() {
				c, t := cpu(b), time.Now()
				e.RunAll(b.Context(), checks.Scheduled, all, func(r opsbot.Result) {
					if r.Status != opsbot.StatusOK {
						b.Errorf("got %+v", r)
					}
				})
				engineCPU, engineTime = engineCPU+cpu(b)-c, engineTime+time.Since(t)
				c, t = cpu(b), time.Now()
				bare(b, addresses)
				bareCPU, bareTime = bareCPU+cpu(b)-c, bareTime+time.Since(t)
			}
			checksRun := float64(n * b.N)
			b.ReportMetric(float64(engineCPU)/float64(bareCPU), "cpu-ratio")
			b.ReportMetric(float64(bareTime)/float64(engineTime), "speed-ratio")
			b.ReportMetric(engineCPU.Seconds()*1e6/checksRun, "cpu-µs/check")
			b.ReportMetric(0, "ns/op")
		})
	}
}
