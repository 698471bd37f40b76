//go:build integration

package cluster_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"opsbot/test/postgres"
)

// The fleet of the trial: what is stored, what runs all the time, and names that nobody answers.
const (
	hugeHosts    = 8334
	hugeServices = 12 // of each host: 100,008 checks
	hugeNames    = 50
	hugeOften    = 20
	oftenEvery   = 5 * time.Second
	// hugeSlack is by how much a machine that does much else may exceed the promised 10 s: it builds 100,000 checks in that time.
	hugeSlack = 10 * time.Second
)

// deadDNS is a name server that takes questions and answers none, as the only one of a program that is started by what is returned.
func deadDNS(t *testing.T) []string {
	t.Helper()
	const address = "127.77.53.1"
	silent, err := net.ListenPacket("udp", address+":53")
	if err != nil {
		t.Skipf("this needs a name server that does not answer: %v", err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	conf := filepath.Join(t.TempDir(), "resolv.conf")
	ok(t, os.WriteFile(conf, []byte("nameserver "+address+"\n"), 0o600))
	ok(t, os.Chmod(conf, 0o644)) //nolint:gosec // everybody's, as the machine's
	return []string{"unshare", "--mount", "sh", "-c", `mount --bind "$0" /etc/resolv.conf && exec "$@"`, conf}
}

// hugeFleet is the configuration of it, beside the targets.
func (p *place) hugeFleet() string {
	toml, csv, services := &strings.Builder{}, &strings.Builder{}, make([]string, hugeServices)
	fmt.Fprintf(toml, "[alerts.flapping]\nchanges = 0\n[webtest]\nschedule = \"@every 24h\"\n[[inventory]]\nkind = \"csv\"\npath = %q\n", filepath.Join(p.dir, "clients.csv"))
	for i := range services {
		services[i] = fmt.Sprint("service", i)
		fmt.Fprintf(toml, "[[services]]\nname = %q\nport = 9\npath = \"/%d\"\n", services[i], i)
	}
	csv.WriteString("client,host,address,services\n")
	for h := range hugeHosts {
		fmt.Fprintf(csv, "client%d,host%d,127.1.%d.%d,%s\n", h/10, h, h/250, 1+h%250, strings.Join(services, ";"))
	}
	for i := range hugeNames {
		fmt.Fprintf(toml, "[[clients]]\nname = \"named%d\"\ndomains = [\"www%d.example.net\"]\nservices = [\"service0\"]\n", i, i)
	}
	for _, x := range p.targets[1:] {
		fmt.Fprintf(toml, "[[checks]]\nname = \"often-%s\"\nkind = \"tcp\"\naddress = %q\nschedule = \"@every %s\"\n", x.name, x.address, oftenEvery)
	}
	ok(p.t, os.WriteFile(filepath.Join(p.dir, "clients.csv"), []byte(csv.String()), 0o600))
	return toml.String()
}

// stored puts a state of every check into the database, and returns how many there are.
func (p *place) stored() (n int) {
	p.t.Helper()
	conn, err := pgx.Connect(p.t.Context(), p.pg.DSN("boss", "opsbot"))
	ok(p.t, err)
	defer func() { _ = conn.Close(p.t.Context()) }()
	count := func() int {
		ok(p.t, conn.QueryRow(p.t.Context(), `SELECT count(*) FROM check_state`).Scan(&n))
		return n
	}
	p.until("a state is stored", func() bool { return count() > 0 })
	ok(p.t, postgres.Exec(p.t.Context(), p.pg.DSN("boss", "opsbot"), fmt.Sprintf(`INSERT INTO check_state
		SELECT format('client%%s/service%%s@host%%s', h / 10, s, h), (SELECT body FROM check_state LIMIT 1) FROM generate_series(0, %d) h, generate_series(0, %d) s
		ON CONFLICT DO NOTHING`, hugeHosts-1, hugeServices-1)))
	return count()
}

// TestIntegrationHugeFailover ends the leader of 100,000 stored checks while no name server answers: a failure that begins then is notified
// in time, and each check goes on. HUGE_ROUNDS says how often, in turns of how it is ended.
func TestIntegrationHugeFailover(t *testing.T) {
	p := newPlace(t, 1+hugeOften)
	p.wrapper = deadDNS(t)
	p.extra = p.hugeFleet()
	leader, standby := p.pair()
	n := p.stored()
	ends := []struct {
		name       string
		end, again func(b *bot)
	}{
		{"killed", func(b *bot) { b.signal(syscall.SIGKILL) }, func(b *bot) { b.exited(); b.start() }},
		{"frozen", func(b *bot) { b.signal(syscall.SIGSTOP) }, func(b *bot) { b.signal(syscall.SIGCONT); b.again() }},
		{"cut off", func(b *bot) { b.cut(true) }, func(b *bot) { b.cut(false); b.again() }},
	}
	worst, begin := map[string]time.Duration{}, time.Now()
	for round := range rounds() {
		how := ends[round%len(ends)]
		at := time.Now()
		how.end(leader)
		p.targets[0].down()
		took := p.notified(at, "target0").Sub(at)
		worst[how.name] = max(worst[how.name], took)
		if took > 10*time.Second+hugeSlack {
			t.Errorf("%s: notified after %s", how.name, took)
		}
		standby.role("leader")
		p.targets[0].up()
		p.notifiedUp(at, "target0")
		how.again(leader)
		leader.role("standby")
		leader, standby = standby, leader
	}
	gap := p.longestGap(begin)
	t.Logf("%d checks stored, %d rounds: notified after %v at most; a check every %s had no result for %s at most", n, rounds(), worst, oftenEvery, gap.Round(10*time.Millisecond))
	if most := 2*oftenEvery + 10*time.Second + hugeSlack; gap > most {
		t.Errorf("a check every %s had no result for %s", oftenEvery, gap)
	}
	if left := p.stored(); left < n || n < hugeHosts*hugeServices {
		t.Errorf("%d checks are stored, and %d were", left, n)
	}
}

func rounds() int { return max(3, int(seconds("HUGE_ROUNDS", 3)/time.Second)) }

// again has one that was frozen or cut off stand by: it may have ended, as one that cannot stop what it began.
func (b *bot) again() {
	b.p.until(b.name+" stands by or has ended", func() bool {
		h, err := b.health(b.p.t.Context())
		return !b.running() || err == nil && h.Role == "standby"
	})
	if !b.running() {
		b.start()
	}
}

// longestGap is the longest time for which a target that never fails had no visitor.
func (p *place) longestGap(begin time.Time) (most time.Duration) {
	for _, x := range p.targets[1:] {
		x.mu.Lock()
		last := begin
		for _, at := range append(x.seen[:len(x.seen):len(x.seen)], time.Now()) {
			if at.After(last) {
				most, last = max(most, at.Sub(last)), at
			}
		}
		x.mu.Unlock()
	}
	return most
}

// notifiedUp waits for a message after a moment that says that a target is up again.
func (p *place) notifiedUp(after time.Time, name string) {
	p.t.Helper()
	p.until(name+" is said to be up", func() bool {
		for _, m := range p.messages(after, name) {
			if strings.Contains(m.Text, "🟢") {
				return true
			}
		}
		return false
	})
}
