package checks

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"net/netip"
	"strconv"
	"time"

	"opsbot/model"
)

// PingOptions are the options of kind "ping": a host answers ICMP echo requests.
type PingOptions struct {
	Address    string         `toml:"address"`     // a name or an IP address
	Count      int            `toml:"count"`       // requests, 1 to 20. Default 3
	Loss       int            `toml:"loss"`        // maximum percent lost, 1 to 100. Default 100: none answered
	SlowerThan model.Duration `toml:"slower_than"` // maximum mean round-trip time; 0 is no limit
	Targets

	semaphore semaphore
}

const (
	maxPings     = 64                     // concurrent checks: with a thousand, answers are lost on our side
	maxCount     = 20                     // requests of one check
	defaultPings = 3                      // one lost packet means nothing
	pingPause    = 200 * time.Millisecond // between requests: the least that ping(8) allows without root
	pingPatience = 2 * time.Second        // after the last request: twice around the world is under a second
)

// Validate returns what is wrong.
func (o *PingOptions) Validate() []model.Sentence {
	var wrong []model.Sentence
	o.form.alone = true
	if len(o.set(o.Address)) == 0 {
		wrong = append(wrong, model.Say("config.missing.like", "key", "address", "example", "10.0.0.9"))
	}
	wrong = append(wrong, o.wrong(o.Address)...)
	if o.Count < 1 || o.Count > maxCount {
		wrong = append(wrong, notBetween("count", o.Count, 1, maxCount))
	}
	if o.Loss < 1 || o.Loss > 100 {
		wrong = append(wrong, notBetween("loss", o.Loss, 1, 100))
	}
	return wrong
}

// Checker returns the check.
func (o *PingOptions) Checker() model.Checker {
	return o.checker(o.Address, "", func(address string) model.Checker {
		return pingCheck{address: address, count: o.Count, loss: o.Loss, slow: time.Duration(o.SlowerThan), semaphore: o.semaphore, names: o.names, open: openICMP}
	})
}

type pingCheck struct {
	address     string
	count, loss int
	slow        time.Duration
	semaphore   semaphore
	names       *Names
	open        func(to netip.Addr) (net.PacketConn, net.Addr, error)
}

// Check sends the requests and ends with the last answer.
func (c pingCheck) Check(ctx context.Context) model.Result {
	p := newProbe(ctx, c.names)
	leave, refused := c.semaphore.enter(ctx)
	if refused != nil {
		return p.result(refused)
	}
	defer leave()
	addrs, failed := p.resolve(ctx, c.address)
	if failed != nil {
		return p.result(failed)
	}
	p.address, p.phase = addrs[0], phaseFirstByte
	to, err := netip.ParseAddr(p.address)
	if err != nil {
		return p.result(unknown(model.ReasonLocal, "said", err.Error()))
	}
	conn, dst, err := c.open(to)
	if errors.Is(err, fs.ErrPermission) {
		return p.result(unknown(model.ReasonPingDenied, "addr", p.address))
	} else if err != nil {
		return p.result(p.explain(err))
	}
	defer func() { _ = conn.Close() }() // the answers are counted by now
	e := newEchoes(conn, dst, to.Is6())
	if err := e.run(ctx, c.count); err != nil {
		return p.result(p.explain(err))
	}
	p.phases.FirstByte = e.mean()
	return p.result(c.judge(p, e))
}

func (c pingCheck) judge(p *probe, e *echoes) *finding {
	lost := e.sent - e.got
	if e.got > 0 {
		p.measure(model.MeasuredPing, "lost", strconv.Itoa(lost), "sent", strconv.Itoa(e.sent), "took", e.mean().Round(100*time.Microsecond).String())
	}
	if lost*100 >= c.loss*e.sent {
		return fail(model.ReasonPingLost, "lost", strconv.Itoa(lost), "sent", strconv.Itoa(e.sent), "addr", p.address)
	}
	if mean := e.mean().Round(100 * time.Microsecond); c.slow > 0 && mean > c.slow {
		return fail(model.ReasonSlow, "took", mean.String(), "limit", c.slow.String(), "addr", p.address)
	}
	return nil
}
