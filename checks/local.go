package checks

import (
	"net"
	"net/netip"
)

const loopback = "127.0.0.1"

// LocalIP returns the machine's own address: the source address of outgoing packets, else that of the first interface
// which has one. Nothing is sent: connecting a UDP socket only asks the kernel for its route. "" is none.
func LocalIP() string {
	for _, outside := range []string{"192.0.2.1:9", "[2001:db8::1]:9"} { // addresses for documentation, RFC 5737 and 3849
		if ip, ok := routed(outside); ok {
			return ip
		}
	}
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return loopback
	}
	first := loopback
	for _, a := range addrs {
		prefix, err := netip.ParsePrefix(a.String())
		if err != nil || !prefix.Addr().IsGlobalUnicast() {
			continue
		}
		if prefix.Addr().Is4() {
			return prefix.Addr().String()
		}
		if first == loopback {
			first = prefix.Addr().String()
		}
	}
	return first
}

func routed(to string) (string, bool) {
	addr, err := net.ResolveUDPAddr("udp", to)
	if err != nil {
		return "", false
	}
	conn, err := net.DialUDP("udp", nil, addr)
	if err != nil {
		return "", false
	}
	defer func() { _ = conn.Close() }() // nothing was sent
	from, ok := conn.LocalAddr().(*net.UDPAddr)
	if !ok || !from.IP.IsGlobalUnicast() {
		return "", false
	}
	return from.IP.String(), true
}
