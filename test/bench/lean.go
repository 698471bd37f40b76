package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"sync"
	"time"
)

// leanWorker is the least that a good client does who looks for a text in the answer: what can be used again is, the deadline is the
// connection's, the request is bytes. Over TLS it shakes hands, and verifies nothing.
type leanWorker struct {
	secure *tls.Config // nil: plain
	reader *bufio.Reader
	window [32 << 10]byte
}

var (
	leanRequest = []byte("GET / HTTP/1.1\r\nHost: " + site + "\r\nUser-Agent: lean\r\nConnection: close\r\n\r\n")
	leanAsked   = &http.Request{Method: http.MethodGet}
)

// playLean sweeps all endpoints with 64 such workers.
func playLean(_ context.Context, s script) (figures, error) {
	all := make([]netip.AddrPort, s.N)
	for i, a := range addresses(s.N, s.Port) {
		all[i] = netip.MustParseAddrPort(a)
	}
	workers := make([]leanWorker, 64)
	for i := range workers {
		workers[i].reader = bufio.NewReader(nil)
		if s.secure() {
			workers[i].secure = &tls.Config{
				ServerName: site, MinVersion: tls.VersionTLS12, InsecureSkipVerify: true, //nolint:gosec // this is what is measured
				CurvePreferences: []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384, tls.CurveP521},
			}
		}
	}
	if err := leanSweep(workers, all); err != nil {
		return figures{}, err
	}
	end := watch(os.Getpid())
	for range s.Rounds {
		if err := leanSweep(workers, all); err != nil {
			return figures{}, err
		}
	}
	return end(s.N * s.Rounds)
}

func leanSweep(workers []leanWorker, all []netip.AddrPort) error {
	jobs, failed := make(chan netip.AddrPort), make(chan error, len(workers))
	var wg sync.WaitGroup
	for i := range workers {
		wg.Go(func() {
			var err error
			for to := range jobs {
				if e := workers[i].check(to); e != nil {
					err = fmt.Errorf("%s: %w", to, e)
				}
			}
			failed <- err
		})
	}
	for _, to := range all {
		jobs <- to
	}
	close(jobs)
	wg.Wait()
	for range workers {
		if err := <-failed; err != nil {
			return err
		}
	}
	return nil
}

func (w *leanWorker) check(to netip.AddrPort) error {
	tcp, err := net.DialTCP("tcp", nil, net.TCPAddrFromAddrPort(to))
	if err != nil {
		return err
	}
	var conn net.Conn = tcp
	defer func() { _ = conn.Close() }()
	if err := tcp.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return err
	}
	if w.secure != nil {
		conn = tls.Client(tcp, w.secure) // it shakes hands on the first write
	}
	if _, err := conn.Write(leanRequest); err != nil {
		return err
	}
	w.reader.Reset(conn)
	resp, err := http.ReadResponse(w.reader, leanAsked)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	n, err := io.ReadFull(resp.Body, w.window[:])
	if err != nil && err != io.ErrUnexpectedEOF { //nolint:errorlint // as it is documented
		return err
	}
	if resp.StatusCode != http.StatusOK || !bytes.Contains(w.window[:n], []byte(wanted)) {
		return fmt.Errorf("unexpected answer: %s", resp.Status)
	}
	return nil
}
