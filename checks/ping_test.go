package checks_test

import (
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"

	"opsbot/checks"
	"opsbot/model"
)

// echoHost answers echo requests over UDP, which needs no rights. answer returns the packets in answer to a request.
func echoHost(t *testing.T, answer func(seq int, reply []byte) [][]byte) func(netip.Addr) (net.PacketConn, net.Addr, error) {
	t.Helper()
	listen := func() (net.PacketConn, error) {
		return (&net.ListenConfig{}).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	}
	host, err := listen()
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		buffer := make([]byte, 1500)
		for {
			n, from, err := host.ReadFrom(buffer)
			if err != nil {
				return
			}
			m, err := icmp.ParseMessage(1, buffer[:n])
			if err != nil {
				continue
			}
			echo, _ := m.Body.(*icmp.Echo)
			reply, _ := (&icmp.Message{Type: ipv4.ICMPTypeEchoReply, Body: echo}).Marshal(nil)
			for _, packet := range answer(echo.Seq, reply) {
				_, _ = host.WriteTo(packet, from) // a caller that left has its answer
			}
		}
	}()
	t.Cleanup(func() { _ = host.Close(); <-done })
	return func(netip.Addr) (net.PacketConn, net.Addr, error) {
		conn, err := listen()
		return conn, host.LocalAddr(), err
	}
}

func TestPing(t *testing.T) {
	one := func(reply []byte) [][]byte { return [][]byte{reply} }
	allBut0 := func(seq int, reply []byte) [][]byte {
		if seq == 0 {
			return nil
		}
		return one(reply)
	}
	spoilt := func(reply []byte) [][]byte { reply[len(reply)-1]++; return one(reply) }
	cases := []struct {
		name   string
		loss   int
		slow   time.Duration
		answer func(seq int, reply []byte) [][]byte
		status model.Status
		code   model.ReasonCode
		lost   string
	}{
		{"all answered", 1, time.Second, func(_ int, r []byte) [][]byte { return one(r) }, model.StatusOK, "", ""},
		{"the first lost", 50, 0, func(seq int, r []byte) [][]byte { return allBut0(seq, r) }, model.StatusOK, "", ""},
		{"too many lost", 33, 0, func(seq int, r []byte) [][]byte { return allBut0(seq, r) }, model.StatusFail, model.ReasonPingLost, "1"},
		{"silence", 100, 0, func(int, []byte) [][]byte { return nil }, model.StatusFail, model.ReasonPingLost, "3"},
		{"answers of others", 100, 0, func(_ int, r []byte) [][]byte { return spoilt(r) }, model.StatusFail, model.ReasonPingLost, "3"},
		{"garbage", 100, 0, func(int, []byte) [][]byte { return [][]byte{{}, {0}, []byte("\x00\x00\x00\x00\x00\x00\xff\xff")} }, model.StatusFail, model.ReasonPingLost, "3"},
		{"one answered thrice", 50, 0, func(seq int, r []byte) [][]byte {
			if seq > 0 {
				return nil
			}
			return [][]byte{r, r, r}
		}, model.StatusFail, model.ReasonPingLost, "2"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := checks.PingOptions{Address: "192.0.2.1", Count: 3, Loss: c.loss, SlowerThan: model.Duration(c.slow)}
			check := &model.Check{Timeout: 1200 * time.Millisecond, Checker: checks.PingOver(o, echoHost(t, c.answer))}
			r := engine().Run(t.Context(), checks.OnDemand, check)
			if r.Status != c.status || r.Reason.Code != c.code || r.Reason.Args["lost"] != c.lost || r.Took > 3*time.Second {
				t.Errorf("got %s %+v in %s", r.Status, r.Reason, r.Took)
			}
		})
	}
}

// TestPingSlow has a host that answers the first request only when the second comes: a pause later.
func TestPingSlow(t *testing.T) {
	var kept []byte
	host := echoHost(t, func(seq int, reply []byte) [][]byte {
		if seq == 0 {
			kept = reply
			return nil
		}
		return [][]byte{kept, reply}
	})
	o := checks.PingOptions{Address: "192.0.2.1", Count: 2, Loss: 50, SlowerThan: model.Duration(50 * time.Millisecond)}
	r := checks.PingOver(o, host).Check(t.Context())
	if r.Status != model.StatusFail || r.Reason.Code != model.ReasonSlow || r.Reason.Args["limit"] != "50ms" {
		t.Errorf("got %s %+v", r.Status, r.Reason)
	}
}

func TestPingDenied(t *testing.T) {
	o := checks.PingOptions{Address: "192.0.2.1", Count: 1, Loss: 100}
	denied := func(netip.Addr) (net.PacketConn, net.Addr, error) {
		return nil, nil, fmt.Errorf("listen: %w", fs.ErrPermission)
	}
	if r := checks.PingOver(o, denied).Check(t.Context()); r.Status != model.StatusUnknown || r.Reason.Code != model.ReasonPingDenied {
		t.Errorf("got %s %+v", r.Status, r.Reason)
	}
}

// TestPingHere uses the real kernel, which may forbid it.
func TestPingHere(t *testing.T) {
	r := runKind(t, &checks.PingOptions{Address: "127.0.0.1", Count: 2, Loss: 1})
	if r.Status != model.StatusOK && r.Reason.Code != model.ReasonPingDenied {
		t.Errorf("got %s %+v", r.Status, r.Reason)
	}
	t.Logf("%s %+v, %s", r.Status, r.Reason, r.Phases.FirstByte)
}

func TestPingOptionsSayWhatIsWrong(t *testing.T) {
	for want, o := range map[string]checks.PingOptions{
		"address is missing":                             {Count: 1, Loss: 1},
		`address "a:80" is not valid: write a name`:      {Address: "a:80", Count: 1, Loss: 1},
		`address "http://a/" is not valid: write a name`: {Address: "http://a/", Count: 1, Loss: 1},
		"count 0 is out of range: 1 to 20":               {Address: "::1", Loss: 1},
		"loss 101 is out of range":                       {Address: "a", Count: 1, Loss: 101},
	} {
		if wrong := inEnglish(o.Validate()); len(wrong) != 1 || !strings.Contains(wrong[0], want) {
			t.Errorf("%q: got %q", want, wrong)
		}
	}
}
