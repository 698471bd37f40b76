package checks

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"time"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
)

// The numbers of ICMP and of ICMPv6 among the protocols of IP, of IANA's list.
const (
	protocolICMP   = 1
	protocolICMPv6 = 58
)

// openICMP opens a socket that needs no rights if net.ipv4.ping_group_range allows it, else one that needs CAP_NET_RAW.
// The error is fs.ErrPermission if neither is possible.
func openICMP(to netip.Addr) (net.PacketConn, net.Addr, error) {
	plain, raw, from := "udp4", "ip4:icmp", "0.0.0.0"
	if to.Is6() {
		plain, raw, from = "udp6", "ip6:ipv6-icmp", "::"
	}
	conn, err := icmp.ListenPacket(plain, from)
	if err == nil {
		return conn, &net.UDPAddr{IP: to.AsSlice(), Zone: to.Zone()}, nil
	}
	if !errors.Is(err, fs.ErrPermission) {
		return nil, nil, err
	}
	conn, err = icmp.ListenPacket(raw, from)
	if err != nil {
		return nil, nil, err
	}
	return conn, &net.IPAddr{IP: to.AsSlice(), Zone: to.Zone()}, nil
}

// echoes are the requests of one attempt and their answers. One goroutine uses it.
type echoes struct {
	conn      net.PacketConn
	dst       net.Addr
	six       bool
	token     []byte // identifies our answers: other programs ping too
	at        []time.Time
	answered  []bool
	sent, got int
	total     time.Duration
}

func newEchoes(conn net.PacketConn, dst net.Addr, six bool) *echoes {
	e := &echoes{conn: conn, dst: dst, six: six, token: make([]byte, 32)}
	_, _ = rand.Read(e.token) // never fails
	return e
}

func (e *echoes) mean() time.Duration {
	if e.got == 0 {
		return 0
	}
	return e.total / time.Duration(e.got)
}

// run sends count requests with pauses, and ends when all are answered or its patience is over. An end of ctx is no
// error: what is unanswered by then is lost.
func (e *echoes) run(ctx context.Context, count int) error {
	for e.sent < count && ctx.Err() == nil {
		if err := e.send(); err != nil {
			return err
		}
		patience := pingPause
		if e.sent == count {
			patience = pingPatience
		}
		if err := e.listen(ctx, time.Now().Add(patience), e.sent == count); err != nil {
			return err
		}
	}
	return nil
}

func (e *echoes) send() error {
	m := icmp.Message{Type: ipv4.ICMPTypeEcho, Body: &icmp.Echo{ID: os.Getpid() & 0xffff, Seq: e.sent, Data: e.token}}
	if e.six {
		m.Type = ipv6.ICMPTypeEchoRequest
	}
	packet, err := m.Marshal(nil) // the kernel adds the addresses to ICMPv6's checksum
	if err != nil {
		return err
	}
	e.at, e.answered = append(e.at, time.Now()), append(e.answered, false)
	e.sent++
	_, err = e.conn.WriteTo(packet, e.dst)
	return err
}

// listen receives answers until a time, or until none is missing if there is nothing more to send.
func (e *echoes) listen(ctx context.Context, until time.Time, last bool) error {
	if deadline, ok := ctx.Deadline(); ok && deadline.Before(until) {
		until = deadline
	}
	if err := e.conn.SetReadDeadline(until); err != nil {
		return err
	}
	buffer := make([]byte, 1500)
	for ctx.Err() == nil && (!last || e.got < e.sent) {
		n, _, err := e.conn.ReadFrom(buffer)
		if isTimeout(err) {
			return nil
		} else if err != nil {
			return err
		}
		e.take(buffer[:n])
	}
	return nil
}

// take counts a packet that answers a request of ours, once.
func (e *echoes) take(packet []byte) {
	protocol := protocolICMP
	if e.six {
		protocol = protocolICMPv6
	}
	m, err := icmp.ParseMessage(protocol, packet)
	if err != nil || m.Type != ipv4.ICMPTypeEchoReply && m.Type != ipv6.ICMPTypeEchoReply {
		return
	}
	reply, ok := m.Body.(*icmp.Echo)
	if !ok || reply.Seq >= e.sent || e.answered[reply.Seq] || !bytes.Equal(reply.Data, e.token) {
		return
	}
	e.answered[reply.Seq] = true
	e.got++
	e.total += time.Since(e.at[reply.Seq])
}
