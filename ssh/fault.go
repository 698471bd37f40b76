package ssh

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"opsbot/model"
)

// Error says why a machine could not be reached, or a command could not run, independently of language. It reveals no key
// and no passphrase.
type Error struct {
	Reason model.Reason
	Err    error // the cause, for the log; may be nil
}

// Error is for logs.
func (e *Error) Error() string {
	text := string(e.Reason.Code)
	if e.Err != nil {
		text += ": " + innermost(e.Err)
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

func fault(err error, code model.ReasonCode, pairs ...string) *Error {
	return &Error{Reason: model.NewReason(code, pairs...), Err: err}
}

// The phases of a connection.
const (
	phaseConnect   = "connect"
	phaseHandshake = "handshake"
	phaseLogin     = "login"
	phaseCommand   = "command"
)

// problem is where a failure happened: the dialled address, the phase, and its start.
type problem struct {
	addr, phase string
	begun       time.Time
}

// explain turns a network error into an Error.
func (t problem) explain(err error) *Error {
	took := time.Since(t.begun).Round(time.Millisecond).String()
	ne, isNet := errors.AsType[net.Error](err)
	dns, isDNS := errors.AsType[*net.DNSError](err)
	switch {
	case isDNS && dns.IsNotFound:
		return fault(err, model.ReasonNoName, "name", dns.Name)
	case isDNS && !dns.IsTimeout:
		return fault(err, model.ReasonDNS, "name", dns.Name, "said", dns.Err)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), isNet && ne.Timeout():
		return fault(err, model.ReasonTimeout, "addr", t.addr, "phase", t.phase, "limit", took)
	case errors.Is(err, context.Canceled):
		return fault(err, model.ReasonCancelled)
	case errors.Is(err, syscall.ECONNREFUSED):
		return fault(err, model.ReasonRefused, "addr", t.addr, "took", took)
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return fault(err, model.ReasonReset, "addr", t.addr, "phase", t.phase, "took", took)
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return fault(err, model.ReasonUnreachable, "addr", t.addr, "said", innermost(err))
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed):
		return fault(err, model.ReasonClosed, "addr", t.addr, "phase", t.phase, "took", took)
	default:
		return fault(err, model.ReasonNet, "addr", t.addr, "phase", t.phase, "said", innermost(err))
	}
}

// FaultConn records the first error of a connection: the SSH library only reports that there was one.
type FaultConn struct {
	net.Conn

	mu  sync.Mutex
	err error
}

// Read implements net.Conn.
func (c *FaultConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.note(err)
	return n, err
}

// Write implements net.Conn.
func (c *FaultConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.note(err)
	return n, err
}

func (c *FaultConn) note(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		c.err = err
	}
}

// Fault is the first error; nil if there was none.
func (c *FaultConn) Fault() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}
