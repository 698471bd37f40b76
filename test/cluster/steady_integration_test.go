//go:build integration

package cluster_test

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// mostTransactions is how many a second a leader may make while all is well.
const mostTransactions = 5

// TestIntegrationSteadyTransactions counts the transactions of a leader while thousands of checks run, all of which are fine: they do not
// depend on how many there are. STEADY_CHECKS and STEADY_SECONDS, which is their interval, make it larger.
func TestIntegrationSteadyTransactions(t *testing.T) {
	p := newPlace(t, 0)
	hosts, every := int(seconds("STEADY_CHECKS", 6000)/time.Second)/hugeServices, seconds("STEADY_SECONDS", 10)
	var answered atomic.Int64
	l, err := net.Listen("tcp", "0.0.0.0:0") //nolint:gosec // all addresses of loopback
	ok(t, err)
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { answered.Add(1) })}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	p.extra = p.steadyFleet(hosts, every, l.Addr().(*net.TCPAddr).Port)
	b := p.bot("a").start()
	b.role("leader")
	all := int64(hosts * hugeServices)
	p.within(patience+2*every, "all have run", func() bool { return answered.Load() >= all })
	pass(every / 2) // what is first is stored, and the second round runs
	before, ran, begin := p.transactions(), answered.Load(), time.Now()
	used := b.used()
	pass(2 * every)
	n, took := p.transactions()-before, time.Since(begin)
	rate := float64(n) / took.Seconds()
	t.Logf("%d checks every %s: %.0f results/s, %.2f transactions/s, %.2f of a core, %d MB", all, every, float64(answered.Load()-ran)/took.Seconds(), rate,
		(b.used()-used).Seconds()/took.Seconds(), b.memory()>>20)
	if rate > mostTransactions {
		t.Errorf("%.2f transactions/s", rate)
	}
	if answered.Load()-ran < all {
		t.Errorf("%d of %d checks have run in two rounds", answered.Load()-ran, all)
	}
}

// steadyFleet is hosts of loopback with services at a port.
func (p *place) steadyFleet(hosts int, every time.Duration, port int) string {
	toml, csv, services := &strings.Builder{}, &strings.Builder{}, make([]string, hugeServices)
	fmt.Fprintf(toml, "[webtest]\nschedule = \"@every %s\"\n[[inventory]]\nkind = \"csv\"\npath = %q\n", every, filepath.Join(p.dir, "clients.csv"))
	for i := range services {
		services[i] = fmt.Sprint("service", i)
		fmt.Fprintf(toml, "[[services]]\nname = %q\nport = %d\npath = \"/%d\"\n", services[i], port, i)
	}
	csv.WriteString("client,host,address,services\n")
	for h := range hosts {
		fmt.Fprintf(csv, "client%d,host%d,127.1.%d.%d,%s\n", h/10, h, h/250, 1+h%250, strings.Join(services, ";"))
	}
	ok(p.t, os.WriteFile(filepath.Join(p.dir, "clients.csv"), []byte(csv.String()), 0o600))
	return toml.String()
}

// used is the processor time of a bot so far.
func (b *bot) used() time.Duration {
	b.p.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", b.cmd.Process.Pid))
	ok(b.p.t, err)
	_, rest, _ := strings.Cut(string(text), ") ")
	var ticks int64
	for _, i := range []int{11, 12} { // utime and stime, of which there are a hundred a second: proc(5)
		n, err := strconv.ParseInt(strings.Fields(rest)[i], 10, 64)
		ok(b.p.t, err)
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// memory is what a bot has had in memory at most, in bytes.
func (b *bot) memory() int64 {
	b.p.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", b.cmd.Process.Pid))
	ok(b.p.t, err)
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	n, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
	ok(b.p.t, err)
	return n << 10
}

// transactions is how many the database has seen, but for those of who asks.
func (p *place) transactions() (n int64) {
	p.t.Helper()
	conn, err := pgx.Connect(p.t.Context(), p.pg.Boss())
	ok(p.t, err)
	defer func() { _ = conn.Close(p.t.Context()) }()
	ok(p.t, conn.QueryRow(p.t.Context(), `SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = 'opsbot'`).Scan(&n))
	return n
}
