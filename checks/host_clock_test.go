package checks_test

import (
	"encoding/binary"
	"net"
	"strings"
	"testing"
	"time"

	"opsbot/checks"
	"opsbot/model"
)

// timeServer is one whose clock is ahead of ours. It drops the first queries, and may be unsynchronized.
func timeServer(t *testing.T, ahead time.Duration, drops int, stratum byte) string {
	t.Helper()
	conn, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		question := make([]byte, 512)
		for {
			n, from, err := conn.ReadFrom(question)
			if err != nil {
				return
			}
			if drops--; drops >= 0 || n < 48 {
				continue
			}
			now := time.Now().Add(ahead)
			answer := make([]byte, 48)
			answer[0], answer[1] = 4<<3|4, stratum // version 4, server
			copy(answer[12:], "TEST")
			copy(answer[24:32], question[40:48]) // what the client sent
			for _, at := range []int{16, 32, 40} {
				stampNTP(answer[at:], now)
			}
			_, _ = conn.WriteTo(answer, from)
		}
	}()
	t.Cleanup(func() {
		_ = conn.Close()
		<-ended
	})
	return conn.LocalAddr().String()
}

// stampNTP writes seconds since 1900 and a fraction: RFC 5905, figure 3.
func stampNTP(into []byte, t time.Time) {
	binary.BigEndian.PutUint32(into, uint32(t.Unix()+2_208_988_800))
	binary.BigEndian.PutUint32(into[4:], uint32(uint64(t.Nanosecond())<<32/1e9))
}

func TestHostClock(t *testing.T) {
	cases := []struct {
		name   string
		server string
		status model.Status
		code   model.ReasonCode
	}{
		{"right", timeServer(t, 0, 0, 1), model.StatusOK, ""},
		{"behind", timeServer(t, time.Minute, 0, 1), model.StatusFail, model.ReasonHostClock},
		{"ahead", timeServer(t, -time.Minute, 0, 2), model.StatusFail, model.ReasonHostClock},
		{"a packet was lost", timeServer(t, time.Minute, 1, 1), model.StatusFail, model.ReasonHostClock},
		{"the server is silent", timeServer(t, time.Minute, 1000, 1), model.StatusUnknown, model.ReasonTimeout},
		{"the server does not know either", timeServer(t, time.Minute, 0, 16), model.StatusUnknown, model.ReasonHostClockUnsure},
		{"the server sends us away", timeServer(t, time.Minute, 0, 0), model.StatusUnknown, model.ReasonHostClockUnsure},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			o := &checks.HostOptions{Skew: model.Duration(2 * time.Second), NTP: c.server}
			if wrong := inEnglish(o.Validate()); wrong != nil {
				t.Fatal(wrong)
			}
			run := check(t, o)
			run.Timeout = 400 * time.Millisecond
			r := engine().Run(t.Context(), checks.OnDemand, run)
			if r.Status != c.status || r.Reason.Code != c.code || r.Took > 2*time.Second {
				t.Fatalf("got %s %+v after %v", r.Status, r.Reason, r.Took)
			}
			if took, err := time.ParseDuration(r.Reason.Args["took"]); c.code == model.ReasonHostClock && (err != nil || (took-time.Minute).Abs() > 10*time.Second) {
				t.Errorf("off by %v (%v)", took, err)
			}
		})
	}
}

func TestHostClockSaysWhatIsWrong(t *testing.T) {
	for want, o := range map[string]checks.HostOptions{
		"ntp is missing":  {Skew: model.Duration(time.Second)},
		"skew is missing": {NTP: "ntp.example.com"},
		`ntp "a:b:c"`:     {Skew: model.Duration(time.Second), NTP: "a:b:c"},
	} {
		if wrong := strings.Join(inEnglish(o.Validate()), "; "); !strings.Contains(wrong, want) {
			t.Errorf("%q, want %q", wrong, want)
		}
	}
}
