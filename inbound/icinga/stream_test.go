package icinga_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"opsbot/inbound/icinga"
	"opsbot/model"
)

// listener is one running Stream.
type listener struct {
	t        *testing.T
	cancel   context.CancelFunc
	received chan model.Event
	ended    chan error
}

func listen(t *testing.T, f *fake, c *icinga.Client) *listener {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	l := &listener{t: t, cancel: cancel, received: make(chan model.Event, 20_000), ended: make(chan error, 1)}
	ready := make(chan struct{})
	go func() {
		l.ended <- c.Stream(ctx, func() { close(ready) }, func(e model.Event) { l.received <- e })
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-l.ended; err == nil {
			t.Error("a stream ends without an error")
		}
	})
	select {
	case <-ready:
		<-f.listened
	case err := <-l.ended:
		l.ended <- err
		t.Fatalf("no stream: %v", err)
	case <-time.After(10 * time.Second):
		t.Fatal("no stream")
	}
	return l
}

func (l *listener) next() model.Event {
	l.t.Helper()
	select {
	case e := <-l.received:
		return e
	case err := <-l.ended:
		l.ended <- err
		l.t.Fatalf("the stream ended: %v", err)
	case <-time.After(10 * time.Second):
		l.t.Fatal("nothing was received")
	}
	return model.Event{}
}

const t0 = 1795314500.0

// TestStreamAndPollNameOneEpisodeEqually: whichever comes first, and for a host as for a service.
func TestStreamAndPollNameOneEpisodeEqually(t *testing.T) {
	for _, object := range []string{"web1", "web1!http"} {
		t.Run("stream, poll "+object, func(t *testing.T) {
			f := newFake(t)
			f.set("web1")
			f.change(object, 0, 1, t0)
			c := f.client()
			l := listen(t, f, c)
			f.say(f.change(object, 1, 1, t0+10.123456))
			received := l.next()
			if diff := cmp.Diff(received, one(t, snapshot(t, c))); diff != "" {
				t.Errorf("(-streamed +polled)\n%s", diff)
			}
			if diff := cmp.Diff(received, one(t, snapshot(t, f.client()))); diff != "" {
				t.Errorf("after a restart of ours (-streamed +polled)\n%s", diff)
			}
		})
		t.Run("poll, stream "+object, func(t *testing.T) {
			f := newFake(t)
			f.set("web1")
			f.change(object, 0, 1, t0)
			line := f.change(object, 1, 1, t0+10.123456)
			c := f.client()
			polled := one(t, snapshot(t, c))
			l := listen(t, f, c)
			f.say(line)
			if diff := cmp.Diff(polled, l.next()); diff != "" {
				t.Errorf("(-polled +streamed)\n%s", diff)
			}
		})
	}
}

func TestStreamSendsAnEpisodeFromItsBeginningToItsEnd(t *testing.T) {
	f := newFake(t)
	f.set("web1")
	f.change("web1!http", 0, 1, t0)
	l := listen(t, f, f.client())
	f.say(f.change("web1!http", 2, 0, t0+5)) // soft: nothing is reported
	f.say(f.change("web1!http", 1, 1, t0+10))
	warned := l.next()
	if warned.ID != "web1!http@1795314500000" || warned.Severity != model.SeverityWarning || warned.Title != "state 1" {
		t.Errorf("%+v", warned)
	}
	f.say(f.change("web1!http", 2, 1, t0+20))
	if rose := l.next(); rose.ID != warned.ID || rose.Severity != model.SeverityCritical || !rose.OpenedAt.Equal(warned.OpenedAt) {
		t.Errorf("%+v", rose)
	}
	f.set("web1!http", "acknowledgement", 1)
	f.comments = []map[string]any{{"author": "ivan", "host_name": "web1", "service_name": "http", "entry_time": 1.0}}
	f.say(`{"type":"AcknowledgementSet","host":"web1","service":"http","author":"ivan","state":2,"state_type":1}`)
	if acked := l.next(); !acked.Acked || acked.AckedBy != "ivan" || acked.ID != warned.ID {
		t.Errorf("%+v", acked)
	}
	f.set("web1!http", "downtime_depth", 1)
	f.say(`{"type":"DowntimeStarted","downtime":{"host_name":"web1","service_name":"http"}}`)
	if silenced := l.next(); !silenced.Suppressed || !silenced.Active() {
		t.Errorf("%+v", silenced)
	}
	f.say(f.change("web1!http", 0, 1, t0+30))
	if over := l.next(); over.ID != warned.ID || !over.EndedAt.Equal(time.Unix(t0+30, 0)) || over.End != model.EndUnconfirmed {
		t.Errorf("%+v", over)
	}
	f.say(f.change("web1!http", 2, 1, t0+40))
	if anew := l.next(); anew.ID != "web1!http@1795314530000" || !anew.Active() {
		t.Errorf("%+v", anew)
	}
}

// TestWhatPassedBeforeAVerificationIsNotified: the query shows an OK, the stream had a problem.
func TestWhatPassedBeforeAVerificationIsNotified(t *testing.T) {
	f := newFake(t)
	f.set("web1")
	f.change("web1!http", 0, 1, t0)
	c := f.client()
	l := listen(t, f, c)
	f.say(f.change("web1!http", 2, 1, t0+1), f.change("web1!http", 0, 1, t0+1.5))
	passed := l.next()
	if passed.Active() || passed.Severity != model.SeverityCritical || passed.EndedAt.Sub(passed.OpenedAt) != 500*time.Millisecond || passed.Names[0] != "web1" {
		t.Errorf("%+v", passed)
	}
	f.say(f.change("web1!http", 2, 1, t0+2))
	active := l.next()
	f.say(f.change("web1!http", 0, 1, t0+3), f.change("web1!http", 2, 1, t0+4))
	over, anew := l.next(), l.next()
	if over.ID != active.ID || !over.EndedAt.Equal(time.Unix(t0+3, 0)) || anew.ID == active.ID || anew.ID != one(t, snapshot(t, c)).ID {
		t.Errorf("active %s, ended %s %v, then %s", active.ID, over.ID, over.EndedAt, anew.ID)
	}
}

func TestStreamSaysNothingOfWhatIsWell(t *testing.T) {
	f := newFake(t)
	f.set("web1")
	c := f.client()
	l := listen(t, f, c)
	for i := range 100 {
		f.say(f.change(fmt.Sprintf("web1!s%d", i), 0, 1, t0))
	}
	f.say(`{"type":"Unheard"}`, `{"type":"AcknowledgementSet","host":"gone"}`, f.change("web1", 1, 1, t0+1))
	if e := l.next(); e.Object != "web1" {
		t.Errorf("%+v", e)
	}
	if n := f.count("/objects/services"); n != 0 {
		t.Errorf("OK services were queried %d times", n)
	}
}

func TestTenThousandBellsAtOnce(t *testing.T) {
	f := newFake(t)
	f.set("web1")
	const n = 10_000
	lines := make([]string, n)
	for i := range n {
		lines[i] = f.change(fmt.Sprintf("web1!s%d", i), 2, 1, t0)
	}
	l := listen(t, f, f.client())
	f.say(lines...)
	seen := map[string]bool{}
	for len(seen) < n {
		seen[l.next().Object] = true
	}
	if asked := f.count("/objects/services"); asked > 200 {
		t.Errorf("%d questions", asked)
	}
}

func TestLostStreamIsAnError(t *testing.T) {
	for name, last := range map[string]string{"the end": "", "garbage": "<html>\n", "half a line": `{"type":"StateCh`} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			f.set("web1")
			l := listen(t, f, f.client())
			f.say(f.change("web1", 1, 1, t0)) // what was said before it is not lost
			if last != "" {
				f.say(last)
			}
			f.hangUp()
			if e := l.next(); e.Object != "web1" {
				t.Errorf("%+v", e)
			}
			select {
			case err := <-l.ended:
				l.ended <- err
				if r := why(t, err); r.Code != model.ReasonSourceAway {
					t.Errorf("%+v", r)
				}
			case <-time.After(10 * time.Second):
				t.Fatal("it goes on")
			}
		})
	}
}

func TestEndlessLineIsCutOff(t *testing.T) {
	f := newFake(t)
	l := listen(t, f, f.client())
	f.say(`{"type":"StateChange","host":"` + strings.Repeat("x", 9<<20))
	select {
	case err := <-l.ended:
		l.ended <- err
		if !strings.Contains(err.Error(), "a message of over") {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("it reads on")
	}
}

func TestStreamWithoutItsRight(t *testing.T) {
	f := newFake(t)
	f.granted = []string{"status/query"}
	err := f.client().Stream(t.Context(), func() { t.Error("ready") }, nil)
	if r := why(t, err); r.Code != model.ReasonSourceRight || r.Args["for"] != "events" {
		t.Errorf("%+v", r)
	}
}

// TestWhatIcingaStreamed: the recorded stream signals the objects that had a hard problem, and nothing else.
func TestWhatIcingaStreamed(t *testing.T) {
	f := newFake(t)
	f.set("web1", "last_state_up", 1795314579.807594)
	f.set("db1", "state", 1, "last_state_up", 1795314579.861761, "last_state_change", 1795314656.525362)
	f.set("web1!http", "last_state_ok", 1795314585.854833)
	l := listen(t, f, f.client())
	f.say(strings.Split(strings.TrimSpace(recorded(t, "stream.jsonl")), "\n")...)
	got := []string{l.next().ID, l.next().ID}
	f.say(f.change("web1", 1, 1, 1795314700))
	got = append(got, l.next().ID)
	slices.Sort(got)
	// The service was OK again by the time of the query.
	want := []string{"db1@1795314579862", "web1!http@1795314582039", "web1@1795314579808"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
