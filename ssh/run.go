package ssh

import (
	"context"
	"errors"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"opsbot/model"
)

// Answer is the output of a command.
type Answer struct {
	Out  []byte // of its standard output
	Said string // the first line of its stderr; "" is none
	Code int    // its exit code
	Cut  bool   // its output was longer than the limit; it was killed
}

// maxSaid bounds what is kept of a command's stderr, in bytes.
const maxSaid = 4 << 10

// Run runs one command, and returns by the end of ctx whatever the machine does. limit bounds the output, in bytes. The
// arguments reach the command unchanged: no shell interprets them. Errors are *Error.
func (p *Pool) Run(ctx context.Context, t Target, args []string, limit int) (Answer, error) {
	if err := p.begin(); err != nil {
		return Answer{}, setup("ssh", err)
	}
	defer p.work.Done()
	if strings.Contains(strings.Join(args, ""), "\x00") {
		return Answer{}, fault(nil, model.ReasonSSHBroken, "path", args[0], "said", "an argument holds a zero byte", "addr", t.Name)
	}
	r, err := p.s.route(t)
	if err != nil {
		return Answer{}, setup("ssh", err)
	}
	m := p.machine(r)
	select {
	case m.limiter <- struct{}{}:
		defer func() { <-m.limiter }()
	case <-ctx.Done():
		return Answer{}, problem{r.dial, phaseConnect, time.Now()}.explain(ctx.Err())
	}
	for {
		a, again, err := p.once(ctx, r, args, limit)
		if !again || ctx.Err() != nil {
			return a, err
		}
	}
}

// once tries a command; again is whether the connection was an old one that has ended in the meantime.
func (p *Pool) once(ctx context.Context, r *route, args []string, limit int) (a Answer, again bool, err error) {
	l, fresh, err := p.link(ctx, r)
	if err != nil {
		return Answer{}, false, err
	}
	t := problem{r.dial, phaseCommand, time.Now()}
	type outcome struct {
		a   Answer
		err error
	}
	done := make(chan outcome, 1)
	p.work.Add(1)
	go func() {
		defer p.work.Done()
		a, err := l.command(args, limit, t)
		done <- outcome{a, err}
	}()
	select {
	case o := <-done:
		broken := o.err != nil && l.conn.Fault() != nil
		l.owner.release(l, broken, p.s.Idle)
		return o.a, broken && !fresh, o.err
	case <-ctx.Done(): // the command may hang for ever: the connection is closed, once nobody else uses it
		l.owner.release(l, true, p.s.Idle)
		return Answer{}, false, t.explain(ctx.Err())
	}
}

// command runs a command to its end.
func (l *link) command(args []string, limit int, t problem) (Answer, error) {
	session, err := l.client.NewSession()
	if err != nil {
		return Answer{}, l.broken(args[0], err, t)
	}
	defer func() { _ = session.Close() }() // it has ended by itself, or the connection is closed
	out := &bounded{room: limit, full: func() { _ = session.Close() }}
	errOut := &bounded{room: maxSaid}
	session.Stdout, session.Stderr = out, errOut
	err = session.Run(Quote(args))
	a := Answer{Out: out.kept, Said: firstLine(errOut.kept), Cut: out.cut}
	exit, exited := errors.AsType[*ssh.ExitError](err)
	switch {
	case out.cut:
		return a, nil
	case exited && exit.Signal() == "":
		a.Code = exit.ExitStatus()
		return a, nil
	case err != nil:
		return a, l.broken(args[0], err, t)
	}
	return a, nil
}

// broken is why a command did not finish.
func (l *link) broken(path string, err error, t problem) *Error {
	if lost := l.conn.Fault(); lost != nil {
		return t.explain(lost)
	}
	return fault(err, model.ReasonSSHBroken, "path", path, "said", innermost(err), "addr", l.addr)
}

// bounded keeps what is written up to a limit. The rest is dropped if full is nil, else full is called, and the write
// fails.
type bounded struct {
	kept []byte
	room int
	cut  bool
	full func()
}

var errFull = errors.New("output over the limit")

// Write implements io.Writer.
func (b *bounded) Write(data []byte) (int, error) {
	keep := min(len(data), b.room-len(b.kept))
	b.kept = append(b.kept, data[:keep]...)
	if keep == len(data) {
		return len(data), nil
	}
	if b.full == nil {
		return len(data), nil
	}
	if !b.cut {
		b.cut = true
		b.full()
	}
	return keep, errFull
}

func firstLine(text []byte) string {
	line, _, _ := strings.Cut(strings.TrimSpace(strings.ToValidUTF8(string(text), "")), "\n")
	return line
}
