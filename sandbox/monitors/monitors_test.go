package monitors_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"opsbot/inbound"
	"opsbot/inbound/alertmanager"
	"opsbot/inbound/httpclient"
	"opsbot/inbound/icinga"
	"opsbot/inbound/payload"
	"opsbot/model"
	"opsbot/sandbox/fleet"
	"opsbot/sandbox/monitors"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	password = "hunter2"
	secret   = "secret-of-the-hook"
	patience = 20 * time.Second
)

// world is a fleet with its monitors, queried by the real clients.
type world struct {
	*monitors.Monitors
	t          *testing.T
	icinga     *icinga.Client
	prometheus *alertmanager.Client
	hooks      chan []model.Event // events received by Alertmanager's hook
	failing    atomic.Bool        // the hook cannot store anything
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, hooks: make(chan []model.Event, 10)}
	hook := httptest.NewServer(http.HandlerFunc(w.hook))
	t.Cleanup(hook.Close)
	plan := fleet.Hosting()
	w.Monitors = monitors.New(monitors.Options{Hosts: plan.Hosts, Hook: hook.URL + "/in/prometheus", Secret: secret, Password: password})
	plan.Stubs = append(plan.Stubs, w.Stubs()...)
	f := fleet.New(fleet.Options{Plan: plan, Free: true})
	if err := f.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	w.Watch(f)
	t.Cleanup(w.Close)
	client := httpclient.New(httpclient.Options{User: monitors.User, Password: model.NewSecret(password)})
	t.Cleanup(client.Close)
	at := map[string]string{}
	for _, target := range f.State() {
		at[target.Name] = "http://" + target.Address
	}
	w.icinga = icinga.New(icinga.Options{URL: at[monitors.NameIcinga], HTTP: client, Now: time.Now})
	w.prometheus = alertmanager.New(alertmanager.Options{
		URLs: []string{at[monitors.NamePrometheus]}, Prometheus: []string{at[monitors.NamePrometheus] + monitors.PrometheusPath}, HTTP: client,
		Reader: alertmanager.Reader{Now: time.Now},
	})
	return w
}

// hook is the product's: it uses the real parser.
func (w *world) hook(out http.ResponseWriter, r *http.Request) {
	h := inbound.NewHook(inbound.HookOptions{Secret: model.NewSecret(secret), Parse: alertmanager.Reader{Now: time.Now}.Parse, To: w, Now: time.Now})
	h.ServeHTTP(out, r)
}

// NoteOdd implements inbound.Receiver.
func (w *world) NoteOdd(odd []payload.Oddity) {
	for _, one := range odd {
		w.t.Errorf("the simulated monitors send what is odd: %s", one)
	}
}

// Receive implements inbound.Receiver.
func (w *world) Receive(_ context.Context, events []model.Event, _ bool) error {
	if w.failing.CompareAndSwap(true, false) {
		return fmt.Errorf("once")
	}
	w.hooks <- events
	return nil
}

// Wake implements inbound.Receiver.
func (w *world) Wake() {}

func (w *world) set(name string, mode fleet.Mode) {
	w.t.Helper()
	if err := w.Set(name, mode); err != nil {
		w.t.Fatal(err)
	}
}

// modes are the targets that are not OK.
func (w *world) modes() map[string]fleet.Mode {
	all := map[string]fleet.Mode{}
	for _, target := range w.State() {
		if target.Mode != fleet.OK {
			all[target.Name] = target.Mode
		}
	}
	return all
}

func (w *world) snapshot(c inbound.Client) []model.Event {
	w.t.Helper()
	s, err := c.Snapshot(w.t.Context())
	if err != nil || s.Unsettled || len(s.Missing) > 0 {
		w.t.Fatalf("%+v, %v", s, err)
	}
	return s.Events
}

func (w *world) hooked() []model.Event {
	w.t.Helper()
	select {
	case events := <-w.hooks:
		return events
	case <-time.After(patience):
		w.t.Fatal("no hook")
		return nil
	}
}

// mark identifies what was written.
const mark = "mute 7 of opsbot"

// expires finds what was written by its mark, and expires it; twice, since an expired one is no error.
func (w *world) expires(c inbound.Writer, handle string) {
	w.t.Helper()
	for _, want := range []string{handle, ""} {
		if found, err := c.Find(w.t.Context(), mark); err != nil || found != want {
			w.t.Errorf("found %q, want %q: %v", found, want, err)
		}
		if err := c.Expire(w.t.Context(), handle); err != nil {
			w.t.Fatal(err)
		}
	}
}

func hostsOf(events []model.Event) []string {
	all := make([]string, len(events))
	for i := range events {
		all[i] = events[i].Names[0]
	}
	slices.Sort(all)
	return all
}

func same(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got)\n%s", what, diff)
	}
}

func TestBothIntroduceThemselves(t *testing.T) {
	w := newWorld(t)
	for version, c := range map[string]inbound.Client{"2.14.6": w.icinga, "0.28.1": w.prometheus} {
		probe, err := c.Probe(t.Context())
		if err != nil || probe.Version != version || len(probe.Missing) > 0 {
			t.Errorf("%+v, %v", probe, err)
		}
		if events := w.snapshot(c); len(events) > 0 {
			t.Errorf("at first %d events are active", len(events))
		}
	}
	found, err := w.icinga.Hosts(t.Context())
	if err != nil || len(found) != 10 {
		t.Fatalf("%d hosts, %v", len(found), err)
	}
	i := slices.IndexFunc(found, func(h model.FoundHost) bool { return h.Name == "web1" })
	if h := found[i]; h.Address != "127.0.88.1" || h.Client != "clientA" || h.Labels["rack"] != "r1" {
		t.Errorf("%+v", h)
	}
}

func TestAWrongPasswordIsRefused(t *testing.T) {
	w := newWorld(t)
	client := httpclient.New(httpclient.Options{User: monitors.User, Password: model.NewSecret("guess")})
	defer client.Close()
	for _, target := range w.State() {
		if target.Kind != fleet.KindMonitor {
			continue
		}
		for _, path := range []string{"/v1", "/api/v2/alerts", monitors.PrometheusPath + "/api/v1/alerts"} {
			err := client.JSON(t.Context(), httpclient.Request{URL: "http://" + target.Address + path}, nil)
			if err == nil || inbound.AsFault(err).Reason.Code != model.ReasonSourceRefuses {
				t.Errorf("%s%s: %v", target.Name, path, err)
			}
		}
	}
}

// A storm of Icinga breaks what it reports, except the unmapped host; the stream signals and the poll has the same episode.
func TestIcingaStorm(t *testing.T) {
	w := newWorld(t)
	ctx, stop := context.WithCancel(t.Context())
	received, ready, ended := make(chan model.Event, 20), make(chan struct{}), make(chan error, 1)
	go func() { ended <- w.icinga.Stream(ctx, func() { close(ready) }, func(e model.Event) { received <- e }) }()
	<-ready
	w.set(monitors.NameIcinga, fleet.Storm)
	same(t, "broken", map[string]fleet.Mode{"web1": fleet.Killed, "web2": fleet.Killed, monitors.NameIcinga: fleet.Storm}, w.modes())
	var streamed []model.Event
	for len(streamed) < 3 {
		streamed = append(streamed, next(t, received))
	}
	polled := w.snapshot(w.icinga)
	same(t, "streamed", []string{"db9", "web1", "web2"}, hostsOf(streamed))
	same(t, "polled", []string{"db9", "web1", "web2"}, hostsOf(polled))
	for _, e := range polled {
		if !slices.ContainsFunc(streamed, func(s model.Event) bool { return s.ID == e.ID }) || e.Severity != model.SeverityCritical {
			t.Errorf("not streamed: %+v", e)
		}
	}
	same(t, "notes", []monitors.Note{{What: monitors.Reports, Hosts: []string{"web1", "web2", "db9"}}}, w.Notes()[monitors.NameIcinga])

	w.set(monitors.NameIcinga, fleet.OK)
	for over := 0; over < 3; {
		if e := next(t, received); !e.Active() {
			over++
		}
	}
	same(t, "still broken", map[string]fleet.Mode{}, w.modes())
	if events := w.snapshot(w.icinga); len(events) > 0 {
		t.Errorf("still there: %+v", events)
	}
	stop()
	if err := <-ended; err == nil {
		t.Error("the stream ended without a reason")
	}
}

func next(t *testing.T, received <-chan model.Event) model.Event {
	t.Helper()
	select {
	case e := <-received:
		return e
	case <-time.After(patience):
		t.Fatal("the stream says nothing")
		return model.Event{}
	}
}

// What is written to Icinga is visible: in its API, and on the page.
func TestIcingaIsWrittenTo(t *testing.T) {
	w := newWorld(t)
	w.set(monitors.NameIcinga, fleet.Storm)
	events := w.snapshot(w.icinga)
	for _, e := range events {
		for range 2 { // a repeated one is no error
			if err := w.icinga.Acknowledge(t.Context(), e, inbound.Note{Author: "Anna", Comment: "mine"}); err != nil {
				t.Fatal(err)
			}
		}
	}
	until := time.Now().Add(time.Hour).Truncate(time.Second)
	handle, err := w.icinga.Suppress(t.Context(), events[:1], inbound.Note{Author: "Anna", Comment: mark, Until: until})
	if err != nil {
		t.Fatal(err)
	}
	silenced := events[0].Object
	same(t, "notes", []monitors.Note{
		{What: monitors.Reports, Hosts: []string{"web1", "web2", "db9"}},
		{What: monitors.Acked, By: "Anna", Hosts: []string{"web1", "web2", "db9"}},
		{What: monitors.Downtime, By: "Anna", Hosts: []string{silenced}, Until: until.UnixMilli()},
	}, w.Notes()[monitors.NameIcinga])
	for _, e := range w.snapshot(w.icinga) {
		if !e.Acked || e.AckedBy != "Anna" || e.Suppressed != (e.Object == silenced) {
			t.Errorf("%+v", e)
		}
	}
	w.expires(w.icinga, handle)
	if err := w.icinga.Unacknowledge(t.Context(), events[0]); err != nil {
		t.Fatal(err)
	}
	for _, e := range w.snapshot(w.icinga) {
		if e.Acked == (e.Object == silenced) {
			t.Errorf("one was taken back, and no other: %+v", e)
		}
	}
	w.set(monitors.NameIcinga, fleet.OK)
	if notes := w.Notes()[monitors.NameIcinga]; len(notes) > 0 {
		t.Errorf("an acknowledgement outlives its problem, or a downtime its removal: %+v", notes)
	}
	if err := w.icinga.Acknowledge(t.Context(), model.Event{Object: "nobody"}, inbound.Note{}); err == nil {
		t.Error("a host that does not exist was acknowledged")
	}
}

// The hook reports the storm and its end, once it is accepted; the poll has the same episodes; one host works after all; and
// Prometheus confirms the end.
func TestPrometheusStorm(t *testing.T) {
	w := newWorld(t)
	w.failing.Store(true)
	w.set(monitors.NamePrometheus, fleet.Storm)
	same(t, "broken", map[string]fleet.Mode{"web7": fleet.Killed, monitors.NamePrometheus: fleet.Storm}, w.modes())
	fired := w.hooked()
	same(t, "fired", []string{"web7", "web8"}, hostsOf(fired))
	polled := w.snapshot(w.prometheus)
	same(t, "polled", hostsOf(fired), hostsOf(polled))
	for _, e := range polled {
		if !slices.ContainsFunc(fired, func(f model.Event) bool { return f.ID == e.ID }) {
			t.Errorf("not sent: %+v", e)
		}
		if over, err := w.prometheus.Confirm(t.Context(), e); err != nil || over {
			t.Errorf("%s is over: %v, %v", e.Names[0], over, err)
		}
	}
	w.set(monitors.NamePrometheus, fleet.OK)
	for _, e := range w.hooked() {
		if e.Active() {
			t.Errorf("not over: %+v", e)
		}
	}
	same(t, "still there", 0, len(w.snapshot(w.prometheus)))
}

// A silence covers what its matchers match, is shown on the page, and suppresses even the end in the hook.
func TestPrometheusIsSilenced(t *testing.T) {
	w := newWorld(t)
	w.set(monitors.NamePrometheus, fleet.Storm)
	w.hooked()
	until := time.Now().Add(time.Hour).Truncate(time.Second)
	handle, err := w.prometheus.Suppress(t.Context(), w.snapshot(w.prometheus), inbound.Note{Author: "Anna", Comment: mark, Until: until})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range w.snapshot(w.prometheus) {
		if !e.Suppressed {
			t.Errorf("%+v", e)
		}
	}
	same(t, "notes", []monitors.Note{
		{What: monitors.Reports, Hosts: []string{"web7", "web8"}},
		{What: monitors.Silence, By: "Anna", Hosts: []string{"web7", "web8"}, Until: until.UnixMilli()},
	}, w.Notes()[monitors.NamePrometheus])
	w.set(monitors.NamePrometheus, fleet.OK)
	w.expires(w.prometheus, handle)
	w.set(monitors.NamePrometheus, fleet.Storm)
	for _, e := range w.hooked() { // the next reported one is the next storm
		if !e.Active() {
			t.Errorf("the end was sent although it was silenced: %+v", e)
		}
	}
}

// A killed monitor answers nobody, and keeps its state; healing everything ends its storm.
func TestAwayAndHealed(t *testing.T) {
	w := newWorld(t)
	w.set(monitors.NameIcinga, fleet.Storm)
	w.set(monitors.NameIcinga, fleet.Killed)
	if _, err := w.icinga.Snapshot(t.Context()); err == nil || inbound.AsFault(err).Reason.Code != model.ReasonSourceAway {
		t.Errorf("away: %v", err)
	}
	w.set(monitors.NameIcinga, fleet.Storm)
	same(t, "back", []string{"db9", "web1", "web2"}, hostsOf(w.snapshot(w.icinga)))
	w.set("web9", fleet.Sick)
	if err := w.Heal(); err != nil {
		t.Fatal(err)
	}
	same(t, "healed", map[string]fleet.Mode{}, w.modes())
	same(t, "still there", 0, len(w.snapshot(w.icinga)))
	if err := w.Set(monitors.NameIcinga, fleet.Hung); err == nil {
		t.Error("Icinga hangs, though it has no such switch")
	}
}
