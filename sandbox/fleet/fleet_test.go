package fleet_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"opsbot/sandbox/fleet"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const slow = 60 * time.Millisecond

func start(t *testing.T) *fleet.Fleet {
	t.Helper()
	f := fleet.New(fleet.Options{Slow: slow, Free: true})
	if err := f.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	return f
}

func set(t *testing.T, f *fleet.Fleet, name string, mode fleet.Mode) {
	t.Helper()
	if err := f.Set(name, mode); err != nil {
		t.Fatal(err)
	}
}

func target(t *testing.T, f *fleet.Fleet, name string) fleet.Target {
	t.Helper()
	for _, one := range f.State() {
		if one.Name == name {
			return one
		}
	}
	t.Fatalf("no %q", name)
	return fleet.Target{}
}

// ask requests a page on a connection of its own, for as long as ctx allows.
func ask(ctx context.Context, url string) (int, string, error) {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, "", err
	}
	resp, err := client.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(body), err
}

func pages(t *testing.T, f *fleet.Fleet, host string) []string {
	t.Helper()
	var urls []string
	for _, s := range f.Services() {
		urls = append(urls, fmt.Sprintf("http://%s:%d%s", target(t, f, host).Address, s.Port, s.Path))
	}
	return urls
}

func TestModes(t *testing.T) {
	f := start(t)
	answers := func(host string, want int) {
		t.Helper()
		for _, url := range pages(t, f, host) {
			if got, body, err := ask(t.Context(), url); got != want || err != nil {
				t.Errorf("%s: %d %q %v, want %d", url, got, body, err, want)
			}
		}
	}
	refuses := func(host string) {
		t.Helper()
		for _, url := range pages(t, f, host) {
			if _, _, err := ask(t.Context(), url); !errors.Is(err, syscall.ECONNREFUSED) {
				t.Errorf("%s: %v, want it refused", url, err)
			}
		}
	}
	answers("web1", http.StatusOK)
	set(t, f, "web1", fleet.Sick)
	answers("web1", http.StatusServiceUnavailable)
	answers("web2", http.StatusOK)
	set(t, f, "web1", fleet.Killed)
	refuses("web1")
	answers("web2", http.StatusOK)
	set(t, f, "web1", fleet.Slow)
	begun := time.Now()
	answers("web1", http.StatusOK)
	if took := time.Since(begun); took < slow {
		t.Errorf("slow took %v", took)
	}
	set(t, f, "web2", fleet.Killed)
	if err := f.Heal(); err != nil {
		t.Fatal(err)
	}
	answers("web1", http.StatusOK)
	answers("web2", http.StatusOK)
}

func TestHungAnswersWhenHealed(t *testing.T) {
	f := start(t)
	set(t, f, "web3", fleet.Hung)
	url := pages(t, f, "web3")[0]
	impatient, stop := context.WithTimeout(t.Context(), slow)
	defer stop()
	if _, _, err := ask(impatient, url); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("hung: %v", err)
	}
	done := make(chan error, 1)
	go func() {
		status, body, err := ask(t.Context(), url)
		if err == nil && status != http.StatusOK {
			err = fmt.Errorf("%d %s", status, body)
		}
		done <- err
	}()
	set(t, f, "web3", fleet.OK)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestKilledWhileServing: killing does not wait for hung requests, and closes them.
func TestKilledWhileServing(t *testing.T) {
	f := start(t)
	set(t, f, "web4", fleet.Hung)
	url := pages(t, f, "web4")[0]
	done := make(chan error, 1)
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(strings.Split(url, "/reports")[0], "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, "GET /reports.html HTTP/1.1\r\nHost: web4\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	go func() {
		_, err := conn.Read(make([]byte, 1))
		done <- err
	}()
	set(t, f, "web4", fleet.Killed)
	if err := <-done; err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("after the kill: %v", err)
	}
}

func TestStubs(t *testing.T) {
	f := start(t)
	dial := func() error {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", target(t, f, fleet.MainDB).Address)
		if err == nil {
			err = conn.Close()
		}
		return err
	}
	if err := dial(); err != nil {
		t.Error(err)
	}
	set(t, f, fleet.MainDB, fleet.Killed)
	if err := dial(); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("killed: %v", err)
	}
	licence := "http://" + target(t, f, fleet.Licence).Address + fleet.LicencePath
	if _, body, err := ask(t.Context(), licence); err != nil || !strings.Contains(body, fleet.LicenceOK) {
		t.Errorf("%q, %v", body, err)
	}
	set(t, f, fleet.Licence, fleet.Broken)
	if status, body, err := ask(t.Context(), licence); err != nil || status != http.StatusOK || strings.Contains(body, fleet.LicenceOK) {
		t.Errorf("broken: %d %q, %v", status, body, err)
	}
}

func TestWrongOrdersChangeNothing(t *testing.T) {
	f := start(t)
	for name, mode := range map[string]fleet.Mode{"web99": fleet.Killed, "web1": fleet.Broken, fleet.MainDB: fleet.Slow, "web2": "burn"} {
		if err := f.Set(name, mode); err == nil {
			t.Errorf("%s took %q", name, mode)
		}
	}
	for _, one := range f.State() {
		if one.Mode != fleet.OK {
			t.Errorf("%s is %q", one.Name, one.Mode)
		}
	}
	if err := f.Start(t.Context()); err == nil {
		t.Error("started twice")
	}
	f.Close()
	f.Close()
	if err := f.Set("web1", fleet.Killed); err == nil {
		t.Error("a closed fleet accepted a change")
	}
}

// TestTakenPorts: two fleets on one machine do not conflict.
func TestTakenPorts(t *testing.T) {
	for range 2 {
		f := fleet.New(fleet.Options{})
		if err := f.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(f.Close)
		for _, url := range pages(t, f, "web9") {
			if status, body, err := ask(t.Context(), url); status != http.StatusOK || err != nil {
				t.Errorf("%s: %d %q %v", url, status, body, err)
			}
		}
	}
}

func TestWaitChange(t *testing.T) {
	f := start(t)
	version := make(chan uint64)
	go func() {
		v, err := f.WaitChange(t.Context(), 0)
		if err != nil {
			t.Error(err)
		}
		version <- v
	}()
	set(t, f, "web1", fleet.OK) // no change
	set(t, f, "web1", fleet.Slow)
	if v := <-version; v != 1 {
		t.Errorf("version %d", v)
	}
	ended, stop := context.WithCancel(t.Context())
	stop()
	if _, err := f.WaitChange(ended, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
}

// TestTogether changes all switches at once while pages are requested; the race detector watches.
func TestTogether(t *testing.T) {
	f := start(t)
	var all sync.WaitGroup
	for n, one := range f.State() {
		all.Go(func() {
			for i := range 12 {
				if err := f.Set(one.Name, one.Modes[(n+i)%len(one.Modes)]); err != nil {
					t.Error(err)
				}
			}
		})
		all.Go(func() {
			impatient, stop := context.WithTimeout(t.Context(), slow)
			defer stop()
			for range 5 {
				// Any answer, or none, is fine: only that nothing breaks matters.
				_, _, _ = ask(impatient, "http://"+one.Address)
				_ = f.State()
			}
		})
	}
	all.Wait()
	if err := f.Heal(); err != nil {
		t.Fatal(err)
	}
	for _, url := range pages(t, f, "web5") {
		if status, _, err := ask(t.Context(), url); status != http.StatusOK || err != nil {
			t.Errorf("%s: %d %v", url, status, err)
		}
	}
}

// TestSwitchesOfAPlan: one service of a host, one service of all hosts, a service that answers no, a switch without a
// listener.
func TestSwitchesOfAPlan(t *testing.T) {
	plan := fleet.Hosting()
	plan.Switches = true
	plan.Hosts = plan.Hosts[:2]
	plan.Hosts[0].Modes = []fleet.Mode{fleet.Partly}
	plan.Stubs = []fleet.Stub{
		{Name: "oracle", Address: "127.0.88.111:8090", Path: "/ask", Good: "yes", Bad: "no", Modes: []fleet.Mode{fleet.Denied}, Group: "stubs"},
		{Name: "disk", Modes: []fleet.Mode{fleet.Full}},
	}
	f := fleet.New(fleet.Options{Plan: plan, Free: true})
	if err := f.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	statuses := func(host string) (all []int) {
		t.Helper()
		for _, url := range pages(t, f, host) {
			status, _, err := ask(t.Context(), url)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, status)
		}
		return all
	}
	const ok, sick = http.StatusOK, http.StatusServiceUnavailable
	for _, step := range []struct {
		name string
		mode fleet.Mode
		web1 []int
		web2 []int
	}{
		{"web1", fleet.Partly, []int{sick, ok, ok, ok}, []int{ok, ok, ok, ok}},
		{"store", fleet.Sick, []int{sick, ok, ok, sick}, []int{ok, ok, ok, sick}},
		{"web1", fleet.OK, []int{ok, ok, ok, sick}, []int{ok, ok, ok, sick}},
		{"store", fleet.OK, []int{ok, ok, ok, ok}, []int{ok, ok, ok, ok}},
	} {
		set(t, f, step.name, step.mode)
		if web1, web2 := statuses("web1"), statuses("web2"); !slices.Equal(web1, step.web1) || !slices.Equal(web2, step.web2) {
			t.Errorf("%s %s: %v and %v", step.name, step.mode, web1, web2)
		}
	}
	answer := func() string {
		t.Helper()
		_, body, err := ask(t.Context(), "http://"+target(t, f, "oracle").Address+"/ask")
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(body)
	}
	if answer() != "yes" {
		t.Error("the oracle says no")
	}
	set(t, f, "oracle", fleet.Denied)
	set(t, f, "disk", fleet.Full)
	if answer() != "no" || target(t, f, "disk").Mode != fleet.Full || target(t, f, "store").Kind != fleet.KindService {
		t.Errorf("%+v", f.State())
	}
}
