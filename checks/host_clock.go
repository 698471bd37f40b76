package checks

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/beevik/ntp"

	"opsbot/model"
)

// ntpPort is the port of time servers.
const ntpPort = "123"

func (o *HostOptions) wrongClock() []model.Sentence {
	var wrong []model.Sentence
	switch {
	case o.Skew > 0 && o.NTP == "":
		wrong = append(wrong, model.Say("config.missing.ntp", "key", "ntp"))
	case o.Skew == 0 && o.NTP != "":
		wrong = append(wrong, model.Say("config.missing.skew", "key", "skew"))
	}
	if o.NTP != "" {
		if why := badAddress(withPortOf(o.NTP, ntpPort)); why != nil {
			wrong = append(wrong, why.With("key", "ntp"))
		}
	}
	return wrong
}

// withPortOf adds a port to an address that has none.
func withPortOf(address, port string) string {
	if host, ok := bareHost(address); ok {
		return net.JoinHostPort(host, port)
	}
	return address
}

// clock asks a time server for this machine's clock offset. If none answers, the clock's state is unknown.
func (h hostCheck) clock(ctx context.Context, measured *probe) *finding {
	if h.want.Skew == 0 {
		return nil
	}
	p := newProbe(ctx, nil)
	host, port, err := net.SplitHostPort(withPortOf(h.want.NTP, ntpPort))
	if err != nil {
		return unknown(model.ReasonLocal, "said", err.Error())
	}
	addrs, failed := p.resolve(ctx, host)
	if failed != nil {
		return &finding{model.StatusUnknown, failed.reason}
	}
	p.phase, p.address = phaseFirstByte, net.JoinHostPort(addrs[0], port)
	answer, err := askTime(ctx, p.address)
	if err != nil && isTimeout(err) { // one packet may be lost
		answer, err = askTime(ctx, p.address)
	}
	if err == nil {
		err = answer.Validate()
	}
	if err != nil {
		return p.noTime(err)
	}
	off := answer.ClockOffset.Abs()
	measured.measure(model.MeasuredClock, "took", off.Round(100*time.Microsecond).String())
	if off-answer.RTT/2 < time.Duration(h.want.Skew) { // the delays there and back may differ
		return nil
	}
	return fail(model.ReasonHostClock, "took", off.Round(time.Millisecond).String(), "limit", time.Duration(h.want.Skew).String(), "addr", p.address)
}

// askTime queries once, and waits no longer than half of the remaining time.
func askTime(ctx context.Context, address string) (*ntp.Response, error) {
	return ntp.QueryWithOptions(address, ntp.QueryOptions{
		Timeout: max(time.Millisecond, timeLeft(ctx)/2),
		Dialer: func(_, remote string) (net.Conn, error) {
			conn, err := (&net.Dialer{}).DialContext(ctx, "udp", remote)
			if err != nil {
				return nil, fmt.Errorf("dial: %w", err)
			}
			return bound(ctx, conn), nil
		},
	})
}

// noTime is why a time server returned no time.
func (p *probe) noTime(err error) *finding {
	if isTimeout(err) {
		return unknown(model.ReasonTimeout, "addr", p.address, "phase", p.phase, "limit", p.limit.String())
	}
	return unknown(model.ReasonHostClockUnsure, "said", plain(err), "addr", p.address)
}
