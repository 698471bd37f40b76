package fleet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// site is one listener that can be closed and reopened on the same address. It is guarded by the fleet's lock.
type site struct {
	address string // host:port; the port is 0 until the system assigns one
	handler http.Handler

	server *http.Server // nil while closed
	served sync.WaitGroup
}

// noAddressError says that this machine does not have the address: no other port will help.
type noAddressError struct{ err error }

func (e *noAddressError) Error() string {
	return e.err.Error() + " (Linux has all of 127.0.0.0/8; on macOS add the address: sudo ifconfig lo0 alias ADDRESS)"
}

func (e *noAddressError) Unwrap() error { return e.err }

func (s *site) open(ctx context.Context) error {
	if s.server != nil {
		return nil
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", s.address)
	if errors.Is(err, syscall.EADDRNOTAVAIL) {
		return &noAddressError{err}
	}
	if err != nil {
		return fmt.Errorf("open %s: %w", s.address, err)
	}
	s.address = l.Addr().String()
	s.server = &http.Server{
		Handler: s.handler, ReadHeaderTimeout: time.Minute, ConnState: s.count,
		ErrorLog: log.New(io.Discard, "", 0), // a client that hangs up is no news
	}
	server := s.server
	s.served.Go(func() { _ = server.Serve(l) }) // ends with ErrServerClosed; nobody else closes the listener
	return nil
}

// count makes served wait for connections too: StateNew comes before Serve can return, StateClosed last of all.
func (s *site) count(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		s.served.Add(1)
	case http.StateClosed, http.StateHijacked:
		s.served.Done()
	}
}

// close closes all connections and waits for their handlers.
func (s *site) close() {
	if s.server == nil {
		return
	}
	_ = s.server.Close() // the listener is closed even with an error
	s.served.Wait()
	s.server = nil
}

func (s *site) port() int {
	_, port, _ := net.SplitHostPort(s.address)
	n, _ := strconv.Atoi(port) // the address came from the listener or from us
	return n
}

func (s *site) usePort(port int) {
	host, _, _ := net.SplitHostPort(s.address)
	s.address = net.JoinHostPort(host, strconv.Itoa(port))
}
