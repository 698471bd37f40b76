package app_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"opsbot/cli/control"
	"opsbot/model"
	"opsbot/sandbox"
	"opsbot/sandbox/fleet"
	"opsbot/store"
	"opsbot/test/ports"
)

// smsTo is the phone number of anna; no output may have it.
const smsTo = "+4930555001122"

// sms is a service for text messages, and what it was sent.
type sms struct {
	*httptest.Server
	got chan url.Values
}

func newSMS(t *testing.T) *sms {
	t.Helper()
	s := &sms{got: make(chan url.Values, 16)}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		form, _ := url.ParseQuery(string(body))
		if form.Get("to") != smsTo {
			http.Error(w, "unknown number "+form.Get("to"), http.StatusBadRequest)
			return
		}
		s.got <- form
	}))
	t.Cleanup(s.Close)
	return s
}

// next is the next message that has a text.
func (s *sms) next(t *testing.T, ctx context.Context, word string) url.Values {
	t.Helper()
	for {
		select {
		case form := <-s.got:
			if strings.Contains(form.Get("text"), word) {
				return form
			}
		case <-ctx.Done():
			t.Fatalf("no message with %q", word)
		}
	}
}

// page puts a message to anna about the open incident into the outbox of a stopped product.
func (p *product) page(check model.CheckID) {
	p.t.Helper()
	db, err := store.Open(p.t.Context(), store.Options{Path: filepath.Join(p.dir, "opsbot.db"), Now: time.Now})
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			p.t.Error(err)
		}
	}()
	memory, err := db.Load(p.t.Context())
	if err != nil {
		p.t.Fatal(err)
	}
	for i := range memory.Open {
		in := &memory.Open[i]
		if in.Check != check {
			continue
		}
		err := db.Enqueue(p.t.Context(), model.Notification{
			Kind: model.NotifyReminder, Incident: in.ID, To: model.Destination{Channel: "gateway:sms", Address: "anna"}, Severity: in.Severity,
			Created: time.Now(), Snapshot: model.Snapshot{Incident: in},
		})
		if err != nil {
			p.t.Fatal(err)
		}
		return
	}
	p.t.Fatalf("%s has no open incident", check)
}

// browse sends a request without a body to a link.
func browse(t *testing.T, method, link string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, link, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// TestAPhoneAcknowledges: a message of the outbox goes through a gateway in the language of its person, with a link; its button acknowledges for them,
// which the card, the audit log and the second press say. A test of the gateway reaches the phone too, and what the service refuses is told.
func TestAPhoneAcknowledges(t *testing.T) {
	t.Parallel()
	p, service, listen := newWorld(t), newSMS(t), ports.Address(t)
	gateways := func(to string) string {
		return fmt.Sprintf(`
[web]
listen = %q
public_url = "http://%s"
[[people]]
name = "anna"
phone = %q
language = "ru"
[[gateways]]
name = "sms"
url = %q
form = { to = "{{.To}}", text = "{{.Text}}", ack = "{{.AckURL}}", number = "{{.Incident}}" }
limit = "10/h"
`, listen, listen, to, service.URL)
	}
	p.write(p.world.Config() + gateways(smsTo))
	p.start()
	p.settled()
	p.set("main-db", fleet.Killed)
	card := p.message(sandbox.OpsChat, 0, "main-db", "is down")
	p.stop()
	p.page("main-db")
	p.start()
	message := service.next(t, p.wait(), "main-db")
	if !strings.Contains(message.Get("text"), "main-db не работает") || message.Get("number") == "" || strings.ContainsAny(message.Get("text"), "🔴⏰·") {
		t.Errorf("sent %q", message)
	}
	link := message.Get("ack")
	if code, text := browse(t, http.MethodGet, link); code != http.StatusOK || !strings.Contains(text, "Взять в работу") || !strings.Contains(text, "main-db") {
		t.Fatalf("%d %s", code, text)
	}
	if code, text := browse(t, http.MethodPost, link); code != http.StatusOK || !strings.Contains(text, "В работе: anna") {
		t.Fatalf("%d %s", code, text)
	}
	p.message(sandbox.OpsChat, card.ID-1, "main-db", "✋ acknowledged by anna")
	if code, text := browse(t, http.MethodPost, link); code != http.StatusOK || !strings.Contains(text, "В работе: anna") || strings.Contains(text, "<button") {
		t.Errorf("again: %d %s", code, text)
	}
	if code, text := browse(t, http.MethodGet, link[:len(link)-1]); code != http.StatusNotFound || strings.Contains(text, "main-db") {
		t.Errorf("a cut link: %d %s", code, text)
	}
	p.message(sandbox.Admin, p.say(sandbox.Admin, sandbox.Admin, "/audit anna"), "anna", "ack")

	client := control.New(filepath.Join(p.dir, "opsbot.sock"), "en")
	if said, err := client.TestGateway(p.wait(), "sms", "anna"); err != nil || !strings.Contains(said.Text, "Sent to anna by sms") {
		t.Errorf("%q, %v", said.Text, err)
	}
	test := service.next(t, p.wait(), "проверка")
	if code, text := browse(t, http.MethodPost, test.Get("ack")); code != http.StatusOK || !strings.Contains(text, "Nothing to acknowledge") {
		t.Errorf("the link of a test: %d %s", code, text)
	}
	p.write(p.world.Config() + gateways("+4930999"))
	if _, err := client.Reload(p.wait()); err != nil {
		t.Fatal(err)
	}
	_, err := client.TestGateway(p.wait(), "sms", "anna")
	if e, ok := errors.AsType[*model.Error](err); !ok || e.Code != model.ErrGateway || e.Args["said"] != "HTTP 400: unknown number …" {
		t.Errorf("%v", err)
	}
	for _, secret := range []string{smsTo, "+4930999", strings.TrimPrefix(link, "http://"+listen+"/ack/")} {
		if strings.Contains(p.out.String(), secret) {
			t.Errorf("%s is in the log", secret)
		}
	}
}

// TestAPageReachesAPhone: whoever is paged by a gateway gets it, with a link that ends the paging; a service that refuses is a way that has failed, so
// that the next one begins at once.
func TestAPageReachesAPhone(t *testing.T) {
	t.Parallel()
	p, service, listen := newWorld(t), newSMS(t), ports.Address(t)
	p.write(p.world.Config() + fmt.Sprintf(`
[web]
listen = %q
public_url = "http://%s"
[[people]]
name = "anna"
phone = %q
gateways = { broken = "+4930999" }
rules = "gateway:broken, 10m gateway:sms"
[[gateways]]
name = "broken"
url = %q
form = { to = "{{.To}}", text = "{{.Text}}" }
[[gateways]]
name = "sms"
url = %q
form = { to = "{{.To}}", text = "{{.Text}}", say = "{{.Say}}", ack = "{{.AckURL}}" }
`, listen, listen, smsTo, service.URL, service.URL))
	p.start()
	p.settled()
	p.message(sandbox.Admin, p.say(sandbox.Admin, sandbox.Admin, "/page anna the cooling of hall 3 has failed"), "anna")
	message := service.next(t, p.wait(), "cooling of hall 3")
	if !strings.Contains(message.Get("say"), "cooling of hall 3") {
		t.Errorf("sent %q", message)
	}
	if code, text := browse(t, http.MethodPost, message.Get("ack")); code != http.StatusOK || !strings.Contains(text, "Acknowledged by anna") {
		t.Fatalf("%d %s", code, text)
	}
	p.message(sandbox.OpsChat, 0, "page for anna: answered", "acknowledged by anna")
}
