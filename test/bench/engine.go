package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"opsbot/checks"
	"opsbot/model"
)

// address is the i-th of many distinct loopback addresses: each needs a connection of its own, as in a real fleet.
func address(i int) string { return fmt.Sprintf("127.%d.%d.%d", 1+i/62500, i/250%250, 1+i%250) }

func addresses(n int, port string) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = net.JoinHostPort(address(i), port)
	}
	return all
}

func endpoint(address string, timeout time.Duration) *model.Check {
	return checks.ForEndpoint(model.Endpoint{Host: address, URL: "http://" + address + "/", Address: address, ServerName: "a.test", Timeout: timeout})
}

// playEngine sweeps all endpoints, round after round.
func playEngine(ctx context.Context, s script) (figures, error) {
	all := make([]*model.Check, s.N)
	for i, a := range addresses(s.N, s.Port) {
		all[i] = endpoint(a, 10*time.Second)
	}
	e := checks.NewEngine(checks.DefaultLimits(), time.Now)
	var err error
	sweep := func() {
		e.RunAll(ctx, checks.Scheduled, all, func(r model.Result) {
			if r.Status != model.StatusOK {
				err = fmt.Errorf("%s: %s %v", r.Address, r.Status, r.Reason)
			}
		})
	}
	sweep() // the first one allocates what grows once
	end := watch(os.Getpid())
	for range s.Rounds {
		sweep()
	}
	if err != nil {
		return figures{}, err
	}
	return end(s.N * s.Rounds)
}

// playBare is the least that a client in Go can do: dial, write, read, 64 at a time.
func playBare(_ context.Context, s script) (figures, error) {
	all := addresses(s.N, s.Port)
	if err := bareSweep(all); err != nil {
		return figures{}, err
	}
	end := watch(os.Getpid())
	for range s.Rounds {
		if err := bareSweep(all); err != nil {
			return figures{}, err
		}
	}
	return end(s.N * s.Rounds)
}

func bareSweep(all []string) error {
	jobs := make(chan string)
	errs := make([]error, 64)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() {
			for a := range jobs {
				errs[i] = errors.Join(errs[i], bareCheck(a))
			}
		})
	}
	for _, a := range all {
		jobs <- a
	}
	close(jobs)
	wg.Wait()
	return errors.Join(errs...)
}

func bareCheck(address string) error {
	conn, err := net.DialTimeout("tcp", address, 10*time.Second) //nolint:noctx // a context costs, and this is the least
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return err
	}
	req, err := http.NewRequest(http.MethodGet, "http://"+address+"/", http.NoBody) //nolint:noctx // as above
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
	return errors.Join(err, resp.Body.Close())
}

// playEvenly is the bare client at the production pace: what is due on a tick starts together.
func playEvenly(ctx context.Context, s script) (figures, error) {
	all := addresses(s.N, s.Port)
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	ctx, cancel := context.WithTimeout(ctx, time.Duration(s.Rounds)*time.Second)
	defer cancel()
	end, done := watch(os.Getpid()), 0
	for begun := time.Now(); ; {
		select {
		case <-ctx.Done():
			return end(done)
		case <-ticker.C:
		}
		due := int(time.Since(begun).Seconds() * float64(s.N) / period.Seconds())
		if err := bareSweep(all[done:min(due, s.N)]); err != nil {
			return figures{}, err
		}
		done = due
	}
}

// playHung sweeps endpoints of which one in ten hangs and one in twenty refuses; the last round is measured.
func playHung(ctx context.Context, s script) (figures, error) {
	closed, err := refusing(ctx)
	if err != nil {
		return figures{}, err
	}
	defer func() { _ = closed.Close() }()
	_, refuse, err := net.SplitHostPort(closed.LocalAddr().String())
	if err != nil {
		return figures{}, err
	}
	all := make([]*model.Check, s.N)
	want := map[model.Status]int{}
	for i := range all {
		port, status := s.Port, model.StatusOK
		switch {
		case i%10 == 3:
			port, status = s.Hang, model.StatusFail
		case i%20 == 7:
			port, status = refuse, model.StatusFail
		}
		all[i] = endpoint(net.JoinHostPort(address(i), port), hungTimeout)
		want[status]++
	}
	e := checks.NewEngine(checks.DefaultLimits(), time.Now)
	for round := range s.Rounds {
		end := watch(os.Getpid())
		left := maps.Clone(want)
		e.RunAll(ctx, checks.Scheduled, all, func(r model.Result) { left[r.Status]-- })
		if left[model.StatusOK] != 0 || left[model.StatusFail] != 0 {
			return figures{}, fmt.Errorf("unexpected results: %v missing", left)
		}
		if round == s.Rounds-1 {
			return end(s.N)
		}
	}
	return figures{}, errors.New("no round was requested")
}

// refusing reserves a port without a listener.
func refusing(ctx context.Context) (net.Conn, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	defer func() { _ = l.Close() }()
	return (&net.Dialer{}).DialContext(ctx, "tcp4", l.Addr().String())
}
