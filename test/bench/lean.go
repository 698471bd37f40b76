package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// leanWorker is a good client in Go that looks for a text in the answer: it uses its buffers again, and the deadline is the connection's.
// Over TLS it shakes hands, and verifies nothing.
type leanWorker struct {
	secure *tls.Config // nil: plain
	reader *bufio.Reader
	writer *bufio.Writer
	window [32 << 10]byte
}

// newLeanWorkers are 64 such workers.
func newLeanWorkers(s script) []leanWorker {
	workers := make([]leanWorker, 64)
	for i := range workers {
		workers[i].reader, workers[i].writer = bufio.NewReader(nil), bufio.NewWriter(nil)
		if s.secure() {
			workers[i].secure = &tls.Config{
				ServerName: site, MinVersion: tls.VersionTLS12, InsecureSkipVerify: true, //nolint:gosec // this is what is measured
				CurvePreferences: []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384, tls.CurveP521},
			}
		}
	}
	return workers
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
	if err := tcp.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		return err
	}
	if w.secure != nil {
		conn = tls.Client(tcp, w.secure) // it shakes hands on the first write
	}
	resp, err := w.ask(conn, to)
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

func (w *leanWorker) ask(conn net.Conn, to netip.AddrPort) (*http.Response, error) {
	req, err := http.NewRequest(http.MethodGet, "http://"+to.String()+"/", http.NoBody) //nolint:noctx // a context costs, and this is lean
	if err != nil {
		return nil, err
	}
	req.Close = true
	w.writer.Reset(conn)
	if err := errors.Join(req.Write(w.writer), w.writer.Flush()); err != nil {
		return nil, err
	}
	w.reader.Reset(conn)
	return http.ReadResponse(w.reader, req)
}
