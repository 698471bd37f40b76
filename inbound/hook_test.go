package inbound_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"opsbot/inbound"
	"opsbot/inbound/payload"
	"opsbot/model"
)

const secret = "0123456789abcdef-secret"

// receiver is an inbound.Receiver of func fields.
type receiver struct {
	receive func([]model.Event, bool) error
	woken   atomic.Int32

	mu  sync.Mutex
	odd []payload.Oddity
}

func (r *receiver) Receive(_ context.Context, events []model.Event, again bool) error {
	return r.receive(events, again)
}
func (r *receiver) Wake() { r.woken.Add(1) }

func (r *receiver) NoteOdd(odd []payload.Oddity) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.odd = append(r.odd, odd...)
}

// hookBench is a Hook behind a real listener, and the log of what went wrong.
type hookBench struct {
	t   *testing.T
	url string
	to  *receiver

	mu  sync.Mutex
	log strings.Builder
}

func newHook(t *testing.T, change func(*inbound.HookOptions)) *hookBench {
	b := &hookBench{t: t, to: &receiver{receive: func([]model.Event, bool) error { return nil }}}
	o := inbound.HookOptions{
		Secret: model.NewSecret(secret), To: b.to, Now: func() time.Time { return start },
		Parse: func(body []byte) (payload.Parsed, error) {
			var events []model.Event
			err := json.Unmarshal(body, &events)
			return payload.Parsed{Events: events, Again: len(events) > 1}, err
		},
		Log: func(err error) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.log.WriteString(err.Error() + "\n")
		},
	}
	if change != nil {
		change(&o)
	}
	server := httptest.NewServer(inbound.NewHook(o))
	t.Cleanup(server.Close)
	b.url = server.URL
	return b
}

func (b *hookBench) logged() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.log.String()
}

// send posts a body with the right secret, unless change removes it.
func (b *hookBench) send(body string, change func(*http.Request)) (code int, answer string, header http.Header) {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.url+"/in/src", strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+secret)
	if change != nil {
		change(r)
	}
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return got.StatusCode, string(text), got.Header
}

const oneEvent = `[{"id":"a","title":"down"}]`

func TestHookTakesTheSecretInFourPlaces(t *testing.T) {
	bare := func(r *http.Request) { r.Header.Del("Authorization") }
	for name, c := range map[string]struct {
		change func(*http.Request)
		want   int
	}{
		"bearer":        {func(r *http.Request) { r.Header.Set("Authorization", "bearer "+secret) }, 200},
		"basic":         {func(r *http.Request) { r.SetBasicAuth("anyone", secret) }, 200},
		"header":        {func(r *http.Request) { bare(r); r.Header.Set(inbound.HeaderSecret, secret) }, 200},
		"path":          {func(r *http.Request) { bare(r); r.URL.Path += "/" + secret }, 200},
		"none":          {bare, 401},
		"empty bearer":  {func(r *http.Request) { r.Header.Set("Authorization", "Bearer ") }, 401},
		"wrong":         {func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+secret+"x") }, 401},
		"a part":        {func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+secret[:8]) }, 401},
		"other scheme":  {func(r *http.Request) { r.Header.Set("Authorization", "Digest "+secret) }, 401},
		"as the user":   {func(r *http.Request) { r.SetBasicAuth(secret, "") }, 401},
		"in the query":  {func(r *http.Request) { bare(r); r.URL.RawQuery = "secret=" + secret }, 401},
		"inside a path": {func(r *http.Request) { bare(r); r.URL.Path += "/" + secret + "/x" }, 401},
	} {
		t.Run(name, func(t *testing.T) {
			b := newHook(t, nil)
			if code, answer, _ := b.send(oneEvent, c.change); code != c.want || strings.Contains(answer+b.logged(), secret[:8]) {
				t.Errorf("%d %s %s", code, answer, b.logged())
			}
		})
	}
}

func TestHookWithoutASecretTakesNothing(t *testing.T) {
	b := newHook(t, func(o *inbound.HookOptions) { o.Secret = model.Secret{} })
	for _, change := range []func(*http.Request){
		func(r *http.Request) { r.Header.Del("Authorization") },
		func(r *http.Request) { r.Header.Set("Authorization", "Bearer ") },
		func(r *http.Request) { r.SetBasicAuth("", "") },
	} {
		if code, _, _ := b.send(oneEvent, change); code != http.StatusUnauthorized {
			t.Errorf("answered %d", code)
		}
	}
}

func TestHookHandsOnWhatItReads(t *testing.T) {
	b := newHook(t, nil)
	var got []model.Event
	var asked bool
	b.to.receive = func(events []model.Event, again bool) error { got, asked = events, again; return nil }
	if code, answer, _ := b.send(`[{"id":"a"},{"id":"b"}]`, nil); code != 200 || answer != "{\"status\":\"taken\"}\n" {
		t.Errorf("%d %s", code, answer)
	}
	if len(got) != 2 || got[1].ID != "b" || !asked {
		t.Errorf("handed on %+v, again %v", got, asked)
	}
}

func TestHookRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		body   string
		change func(*http.Request)
		want   int
		says   string
	}{
		"a GET":   {"", func(r *http.Request) { r.Method = http.MethodGet }, 405, "only POST"},
		"garbage": {`{"x`, nil, 400, "unexpected end"},
		"nothing": {``, nil, 400, "unexpected end"},
		"10 MB":   {strings.Repeat("x", 10<<20), nil, 413, "over 8 MiB"},
		"packed":  {"x", func(r *http.Request) { r.Header.Set("Content-Encoding", "gzip") }, 415, "compressed"},
		"no secret first": {strings.Repeat("x", 10<<20), func(r *http.Request) {
			r.Header.Del("Authorization")
			r.Header.Set("Expect", "100-continue") // else the client sends what nobody reads
		}, 401, "secret"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newHook(t, nil)
			b.to.receive = func([]model.Event, bool) error { t.Error("handed on"); return nil }
			if code, answer, _ := b.send(c.body, c.change); code != c.want || !strings.Contains(answer, c.says) {
				t.Errorf("%d %s", code, answer)
			}
		})
	}
}

func TestHookBoundsABodyOfUnknownLength(t *testing.T) {
	b := newHook(t, nil)
	endless := io.MultiReader(bytes.NewReader(make([]byte, inbound.MaxHookBody)), strings.NewReader("x"))
	code, answer, _ := b.send("", func(r *http.Request) { r.Body, r.ContentLength = io.NopCloser(endless), -1 })
	if code != http.StatusRequestEntityTooLarge {
		t.Errorf("%d %s", code, answer)
	}
}

func TestHookSaysSendItAgainWhenItCannotBeStored(t *testing.T) {
	b := newHook(t, nil)
	b.to.receive = func([]model.Event, bool) error { return errors.New("sqlite: disk full") }
	code, answer, header := b.send(oneEvent, nil)
	if code != http.StatusServiceUnavailable || header.Get("Retry-After") == "" || strings.Contains(answer, "sqlite") {
		t.Errorf("%d %s %v", code, answer, header)
	}
	if !strings.Contains(b.logged(), "disk full") {
		t.Errorf("the log says %q", b.logged())
	}
}

func TestHookOutlivesPanics(t *testing.T) {
	b := newHook(t, func(o *inbound.HookOptions) {
		o.Parse = func(body []byte) (payload.Parsed, error) { return payload.Parsed{Again: body[100] == 0}, nil }
	})
	if code, answer, _ := b.send(oneEvent, nil); code != http.StatusBadRequest || !strings.Contains(answer, "cannot be parsed") {
		t.Errorf("%d %s", code, answer)
	}
	b = newHook(t, nil)
	b.to.receive = func(events []model.Event, _ bool) error { return errors.New(events[5].ID) }
	if code, _, _ := b.send(oneEvent, nil); code != http.StatusServiceUnavailable {
		t.Errorf("answered %d", code)
	}
}

// What is dropped from a body does not affect what is taken of it, and the sender and the source's status are told.
func TestHookTakesWhatItCanRead(t *testing.T) {
	odd := []payload.Oddity{{Field: "startsAt", Fault: payload.Unreadable, First: 1, Count: 1}}
	b := newHook(t, func(o *inbound.HookOptions) {
		o.Parse = func([]byte) (payload.Parsed, error) {
			return payload.Parsed{Events: []model.Event{{EventKey: model.EventKey{ID: "a"}}}, Odd: odd}, nil
		}
	})
	var got []model.Event
	b.to.receive = func(events []model.Event, _ bool) error { got = events; return nil }
	code, answer, _ := b.send(oneEvent, nil)
	if code != http.StatusOK || !strings.Contains(answer, "event 1: startsAt cannot be read") || len(got) != 1 || !slices.Equal(b.to.odd, odd) {
		t.Errorf("%d %s, handed on %v, noted %v", code, answer, got, b.to.odd)
	}
	b.to.receive = func([]model.Event, bool) error { return errDisk }
	if code, _, _ := b.send(oneEvent, nil); code != http.StatusServiceUnavailable {
		t.Errorf("not stored: %d", code)
	}
}

func TestHookAsksTheSourceAboutWhatItCannotRead(t *testing.T) {
	b := newHook(t, nil)
	if b.send(`garbage`, nil); b.to.woken.Load() != 1 {
		t.Errorf("%d polls were asked for", b.to.woken.Load())
	}
}

func TestHookNeverLogsBodies(t *testing.T) {
	b := newHook(t, nil)
	b.to.receive = func([]model.Event, bool) error { return errDisk }
	b.send(`[{"id":"a","title":"hunter2"}]`, nil)
	b.send(`{"password":"hunter2"}`, nil)
	if log := b.logged(); log == "" || strings.Contains(log, "hunter2") {
		t.Errorf("logged: %s", log)
	}
}

func TestHookHoldsFewBodiesAtOnce(t *testing.T) {
	in, out := make(chan struct{}), make(chan struct{})
	to := &receiver{receive: func([]model.Event, bool) error { in <- struct{}{}; <-out; return nil }}
	hook := inbound.NewHook(inbound.HookOptions{
		Secret: model.NewSecret(secret), To: to, Now: func() time.Time { return start },
		Parse: func([]byte) (payload.Parsed, error) { return payload.Parsed{}, nil },
	})
	send := func(ctx context.Context, body string) int {
		r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/in/src", strings.NewReader(body))
		r.Header.Set(inbound.HeaderSecret, secret)
		w := httptest.NewRecorder()
		hook.ServeHTTP(w, r)
		return w.Code
	}
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() { send(t.Context(), strings.Repeat(" ", inbound.MaxHookBody)) })
	}
	for range 4 {
		<-in
	}
	impatient, cancel := context.WithCancel(t.Context())
	cancel()
	if code := send(impatient, oneEvent); code != http.StatusServiceUnavailable || to.woken.Load() != 1 {
		t.Errorf("a fifth body: %d, %d polls were requested", code, to.woken.Load())
	}
	close(out)
	group.Wait()
	go func() { <-in }()
	if code := send(t.Context(), oneEvent); code != http.StatusOK {
		t.Errorf("afterwards: %d", code)
	}
}

// TestStormOfHooks sends each event of a storm by itself, as Alertmanager does with group_by ['...'].
func TestStormOfHooks(t *testing.T) {
	d := newDisk()
	ledger := inbound.NewLedger(inbound.LedgerOptions{
		Source: "src", Client: polled{}, Sink: d, Wake: func() {}, Now: func() time.Time { return start },
	})
	b := newHook(t, nil)
	b.to.receive = func(events []model.Event, _ bool) error { return ledger.Receive(t.Context(), events...) }
	var group sync.WaitGroup
	for k := range 20 {
		group.Go(func() {
			for i := range 50 {
				if code, answer, _ := b.send(fmt.Sprintf(`[{"id":"e%d-%d"}]`, k, i), nil); code != http.StatusOK {
					t.Errorf("%d %s", code, answer)
				}
			}
		})
	}
	group.Wait()
	if ledger.Open() != 1000 || len(d.known()) != 1000 {
		t.Errorf("%d stand, %d are stored", ledger.Open(), len(d.known()))
	}
}

func TestHookLimitsTheRate(t *testing.T) {
	var now atomic.Int64
	to := &receiver{receive: func([]model.Event, bool) error { return nil }}
	hook := inbound.NewHook(inbound.HookOptions{
		Secret: model.NewSecret(secret), To: to, Now: func() time.Time { return start.Add(time.Duration(now.Load())) },
		Parse: func([]byte) (payload.Parsed, error) { return payload.Parsed{}, nil },
	})
	send := func() int {
		r := httptest.NewRequest(http.MethodPost, "/in/src", strings.NewReader("[]"))
		r.Header.Set(inbound.HeaderSecret, secret)
		w := httptest.NewRecorder()
		hook.ServeHTTP(w, r)
		return w.Code
	}
	taken := 0
	for range 20_100 {
		switch code := send(); code {
		case http.StatusOK:
			taken++
		case http.StatusServiceUnavailable: // which Alertmanager retries, unlike 429
		default:
			t.Fatalf("answered %d", code)
		}
	}
	if taken != 20_000 || to.woken.Load() != 100 {
		t.Errorf("%d were taken at once, %d polls were asked for", taken, to.woken.Load())
	}
	now.Store(int64(time.Second))
	if send() != http.StatusOK {
		t.Error("nothing is accepted a second later")
	}
}
