package checks_test

import (
	"context"
	"io"
	"net"
	"testing"
	"time"

	"opsbot/checks"
	"opsbot/model"
)

// silent takes connections and says nothing.
func silent(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(io.Discard, conn); _ = conn.Close() }()
		}
	}()
	return l.Addr().String()
}

// dialling are checks of every kind whose attempt has no timer of its own, of a target that says nothing.
func dialling(address string) map[string]model.Checker {
	web := func(url string) model.Checker { return (&checks.WebOptions{URL: url}).Checker() }
	return map[string]model.Checker{
		"http":     web("http://" + address + "/"),
		"https":    web("https://" + address + "/"),
		"tls":      (&checks.TLSOptions{Address: address}).Checker(),
		"starttls": (&checks.TLSOptions{Address: address, StartTLS: "smtp"}).Checker(),
	}
}

// Without a timer an attempt ends at its timeout, and is said to.
func TestAnAttemptEndsAtItsTimeout(t *testing.T) {
	e := checks.NewEngine(checks.DefaultLimits(), time.Now)
	for kind, checker := range dialling(silent(t)) {
		r := e.Run(t.Context(), checks.Scheduled, &model.Check{ID: "a", Checker: checker, Timeout: 50 * time.Millisecond})
		if r.Status != model.StatusFail || r.Reason.Code != model.ReasonTimeout || r.Reason.Args["limit"] != "50ms" || r.Took < 50*time.Millisecond {
			t.Errorf("%s: %s %+v after %s", kind, r.Status, r.Reason, r.Took)
		}
	}
}

// Nor does it go on when the run is cut short, nor does the target get the blame.
func TestAnAttemptIsCutShort(t *testing.T) {
	e := checks.NewEngine(checks.DefaultLimits(), time.Now)
	for kind, checker := range dialling(silent(t)) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(20*time.Millisecond, cancel)
		r := e.Run(ctx, checks.Scheduled, &model.Check{ID: "a", Checker: checker, Timeout: time.Hour})
		if r.Status != model.StatusUnknown || r.Reason.Code != model.ReasonCancelled {
			t.Errorf("%s: %s %+v", kind, r.Status, r.Reason)
		}
		cancel()
	}
}

// A sooner end of the whole run counts, too.
func TestAnAttemptEndsWithTheRun(t *testing.T) {
	e := checks.NewEngine(checks.DefaultLimits(), time.Now)
	for kind, checker := range dialling(silent(t)) {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		r := e.Run(ctx, checks.Scheduled, &model.Check{ID: "a", Checker: checker, Timeout: time.Hour})
		if r.Status == model.StatusOK {
			t.Errorf("%s: %s %+v", kind, r.Status, r.Reason)
		}
		cancel()
	}
}

// What derives a context from that of such an attempt is woken at the end: a name server that says nothing costs no more than the timeout.
func TestALookupEndsWithItsAttempt(t *testing.T) {
	o := &checks.WebOptions{URL: "http://name.test/"}
	checks.WithNames(&o.Targets, checks.NewNames(func(ctx context.Context, _ string) ([]string, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}, time.Now))
	e := checks.NewEngine(checks.DefaultLimits(), time.Now)
	c := &model.Check{ID: "a", Checker: o.Checker(), Timeout: 50 * time.Millisecond}
	if r := e.Run(t.Context(), checks.Scheduled, c); r.Status != model.StatusUnknown || r.Reason.Code != model.ReasonDNS {
		t.Errorf("%s %+v", r.Status, r.Reason)
	}
}
