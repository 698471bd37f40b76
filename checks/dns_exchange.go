package checks

import (
	"context"
	"net"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// udpSize is the size in bytes of an answer over UDP that is not fragmented: DNS flag day 2020.
const udpSize = 1232

// askHalf queries over UDP and waits no longer than half of the remaining time.
func askHalf(ctx context.Context, address string, query *dns.Msg) (*dns.Msg, error) {
	if deadline, ok := ctx.Deadline(); ok {
		half, cancel := context.WithTimeout(ctx, time.Until(deadline)/2)
		defer cancel()
		ctx = half
	}
	return exchangeUDP(ctx, address, query)
}

// exchangeUDP sends a query and returns the first packet that answers it; others may be forged, or late.
func exchangeUDP(ctx context.Context, address string, query *dns.Msg) (*dns.Msg, error) {
	packed, err := query.Pack()
	if err != nil {
		return nil, err
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, "udp", address)
	if err != nil {
		return nil, err
	}
	conn = bound(ctx, conn)
	defer func() { _ = conn.Close() }() // the exchange is over
	if _, err := conn.Write(packed); err != nil {
		return nil, err
	}
	buffer := make([]byte, 4096)
	for {
		n, err := conn.Read(buffer)
		if err != nil {
			return nil, err
		}
		answer := new(dns.Msg)
		if err := answer.Unpack(buffer[:n]); err == nil && answers(answer, query) {
			return answer, nil
		}
	}
}

// exchangeTCP is for answers that are too large for UDP.
func exchangeTCP(ctx context.Context, address string, query *dns.Msg) (*dns.Msg, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	stream := &dns.Conn{Conn: bound(ctx, conn)}
	defer func() { _ = stream.Close() }() // as above
	if err := stream.WriteMsg(query); err != nil {
		return nil, err
	}
	for {
		answer, err := stream.ReadMsg()
		if err != nil {
			return nil, err
		}
		if answers(answer, query) {
			return answer, nil
		}
	}
}

// answers reports whether a message is an answer to a query.
func answers(answer, query *dns.Msg) bool {
	switch {
	case !answer.Response || answer.Id != query.Id:
		return false
	case len(answer.Question) != 1: // some say that they do not answer, and repeat no question
		return answer.Rcode == dns.RcodeFormatError || len(answer.Question) == 0 && answer.Rcode != dns.RcodeSuccess
	}
	got, asked := answer.Question[0], query.Question[0]
	return got.Qtype == asked.Qtype && strings.EqualFold(got.Name, asked.Name)
}

// refusesEDNS reports whether a server does not know EDNS, or not this version, and must be asked without (RFC 6891, sections 6.1.3 and 7).
func refusesEDNS(answer *dns.Msg) bool {
	return answer.Rcode == dns.RcodeFormatError || answer.Rcode == dns.RcodeNotImplemented || answer.Rcode == dns.RcodeBadVers
}

func withoutEDNS(query *dns.Msg) *dns.Msg {
	plain := query.Copy()
	plain.Extra = nil
	return plain
}
