package checks

import (
	"context"

	"opsbot"
)

// TCPOptions are the options of kind "tcp": the check is ok when a connection can be opened.
type TCPOptions struct {
	Address string `toml:"address"` // host:port, the host a name or an IP address
	Targets
}

// Validate says what is wrong.
func (o *TCPOptions) Validate() []string {
	if len(o.set(o.Address)) == 0 {
		return []string{`address is missing: write it like "10.0.0.9:5432"`}
	}
	return o.wrong(o.Address)
}

// Checker makes the check.
func (o *TCPOptions) Checker() opsbot.Checker {
	return o.checker(o.Address, "", func(address string) opsbot.Checker { return tcpCheck{address: address} })
}

type tcpCheck struct{ address string }

// Check opens a connection and closes it.
func (t tcpCheck) Check(ctx context.Context) opsbot.Result {
	p := newProbe(ctx)
	conn, failed := p.dial(ctx, t.address)
	if failed != nil {
		return p.result(failed)
	}
	// Nothing was sent, so nothing can be lost by an error here.
	_ = conn.Close()
	return p.result(nil)
}
