package gateway_test

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"log"
	"mime"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"opsbot/model"
	"opsbot/notify/gateway"
)

var now = time.Date(2026, 11, 22, 21, 0, 0, 0, time.UTC)

const (
	phone    = "+49301234567"
	password = "pa55-word-of-us"
)

// bench is a gateway and the service that it calls.
type bench struct {
	service *httptest.Server
	answer  http.HandlerFunc // nil: 200

	mu   sync.Mutex
	got  []received
	used []string // links that were made, spent and refunded messages
}

// received is a request as a service got it.
type received struct {
	method, uri string
	header      http.Header
	body        string
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{}
	b.service = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		b.mu.Lock()
		b.got = append(b.got, received{r.Method, r.RequestURI, r.Header.Clone(), string(body)})
		answer := b.answer
		b.mu.Unlock()
		if answer != nil {
			answer(w, r)
		}
	}))
	t.Cleanup(b.service.Close)
	return b
}

// gateway makes a gateway to the service. The address of spec is a path.
func (b *bench) gateway(t rapidOr, spec *model.GatewaySpec, change func(*gateway.Options)) *gateway.Gateway {
	t.Helper()
	at := *spec
	at.URL = b.service.URL + spec.URL
	request, wrong := model.NewGatewayRequest(&at)
	if len(wrong) > 0 {
		t.Fatalf("%v", wrong)
	}
	o := gateway.Options{
		Name: "voice", Request: request, Timeout: 10 * time.Second, Instance: "ops", NoLink: "https://ops.example.com/ack/none", Meter: b,
		Hidden: []model.Secret{model.NewSecret(password)}, Now: func() time.Time { return now },
		Person: func(name string) (gateway.Person, bool) {
			return gateway.Person{Name: name, To: phone, Phone: phone, Locale: "en-US"}, name == "anna"
		},
		Render: func(n model.Notification) gateway.Texts {
			return gateway.Texts{Title: string(n.Kind), Text: "text", Say: "say"}
		},
		Link: func(_ context.Context, _ []model.IncidentID, person string) (string, error) {
			b.used = append(b.used, "link "+person)
			return "https://ops.example.com/ack/TOKEN", nil
		},
	}
	if change != nil {
		change(&o)
	}
	return gateway.New(o)
}

// rapidOr is a testing.T or a rapid.T.
type rapidOr interface {
	Helper()
	Fatalf(format string, args ...any)
}

func (b *bench) Spend(_ context.Context, to model.Destination, limit model.Rate) (bool, error) {
	b.used = append(b.used, "spend "+to.String())
	return strings.Count(strings.Join(b.used, "\n"), "spend")-strings.Count(strings.Join(b.used, "\n"), "refund") <= limit.N, nil
}

func (b *bench) Refund(_ context.Context, to model.Destination) error {
	b.used = append(b.used, "refund "+to.String())
	return nil
}

func page() model.Notification {
	in := &model.Incident{ID: 12, Kind: model.IncidentHost, Host: "web1", OpenedAt: now, Severity: model.SeverityCritical}
	return model.Notification{
		ID: 7, Kind: model.NotifyOpened, Incident: 12, To: model.Destination{Channel: "gateway:voice", Address: "anna"}, Severity: model.SeverityCritical,
		Created: now, Snapshot: model.Snapshot{Incident: in},
	}
}

func deliver(t *testing.T, g *gateway.Gateway, n model.Notification) *model.SendError {
	t.Helper()
	_, err := g.Deliver(t.Context(), n, model.Card{})
	g.Close()
	if err == nil {
		return nil
	}
	e, ok := errors.AsType[*model.SendError](err)
	if !ok {
		t.Fatalf("%T: %v", err, err)
	}
	return e
}

// everywhere has one field in every place where a field can stand.
func everywhere(kind string) *model.GatewaySpec {
	s := &model.GatewaySpec{
		URL: "/a/x{{.Text}}/b?in={{.Text}}&also=x{{ .Text }}y", Query: map[string]string{"q": "{{.Text}}", "x": `<s a="{{.Text}}">{{.Text}}</s>`},
		Headers: map[string]string{"X-Text": "{{.Text}}", "X-Twice": "{{.Text}}{{.Text}}"},
	}
	switch kind {
	case "form":
		s.Form = map[string]string{"plain": "{{.Text}}", "xml": `<Say a='{{.Text}}'>{{.Text}}</Say>`, "both": "a{{.Text}}b{{.Text}}c"}
	case "json":
		s.JSON = `{"plain": "{{.Text}}", "list": [1, {"deep": "a{{.Text}}b"}, null, true, 1e3], "xml": "<Say>{{.Text}}</Say>"}`
	case "xml":
		s.XML = `<?xml version="1.0"?><call to="{{.Text}}"><say>{{.Text}}</say></call>`
	default:
		s.Body = "a{{.Text}}b"
	}
	return s
}

// values are texts as an attacker, a phone or a monitored host would write them.
func values() *rapid.Generator[string] {
	nasty := []string{
		"", " ", "a b", `"`, "'", `\`, "&", "<", ">", "</Say><Hangup/>", "&amp;", "]]>", "\x00", "\n", "\r\nX-Evil: 1", "\t", "%", "%00", "+", "=", "#", "?", "/", "..", ".", ";",
		"{{.Secret}}", "{{", "}}", "{", `{"a":1}`, "=?UTF-8?B?eA==?=", "=?", "\u202e", "\u2028", "מספר", "тест", "🔥", "👩‍👩‍👧", "\ue000", "\ue0000\ue001", "\ufeff", "\ufffe", "\xff", "\xed\xa0\x80", "\x7f", "\u0085",
		strings.Repeat("х", 3000), strings.Repeat(`"&<`, 500),
	}
	return rapid.Custom(func(t *rapid.T) string {
		var s strings.Builder
		for _, part := range rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom(nasty), rapid.String()), 0, 4).Draw(t, "parts") {
			s.WriteString(part)
		}
		return s.String()
	})
}

// TestEveryValueIsReadAsItWas: whatever a value is, the service reads it where it stands, whole and nothing but it. XML cannot hold some runes, and
// has U+FFFD for them.
func TestEveryValueIsReadAsItWas(t *testing.T) {
	b := newBench(t)
	rapid.Check(t, func(r *rapid.T) {
		value := values().Draw(r, "value")
		kind := rapid.SampledFrom([]string{"form", "json", "xml", "text"}).Draw(r, "kind")
		g := b.gateway(r, everywhere(kind), func(o *gateway.Options) {
			o.Render = func(model.Notification) gateway.Texts { return gateway.Texts{Text: value} }
			o.Secret = model.NewSecret("not to be seen")
		})
		defer g.Close()
		b.mu.Lock()
		b.got = nil
		b.mu.Unlock()
		if _, err := g.Deliver(context.Background(), page(), model.Card{}); err != nil {
			r.Fatalf("%v", err)
		}
		if len(b.got) != 1 {
			r.Fatalf("%d requests", len(b.got))
		}
		reads(r, &b.got[0], kind, strings.ToValidUTF8(value, "\ufffd"))
	})
}

// inXML is a text as far as XML can hold it.
func inXML(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' || r == '\n' || r == '\r' || r >= ' ' && r <= '\ud7ff' || r >= '\ue000' && r <= '\ufffd' || r >= 0x10000 {
			return r
		}
		return '\ufffd'
	}, s)
}

func reads(r *rapid.T, got *received, kind, want string) {
	same := func(where, read, wanted string) {
		if read != wanted {
			r.Fatalf("%s: read %q, sent %q", where, read, wanted)
		}
	}
	u, err := url.ParseRequestURI(got.uri)
	if err != nil {
		r.Fatalf("%q: %v", got.uri, err)
	}
	same("path", u.Path, "/a/x"+want+"/b")
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil || len(query) != 4 {
		r.Fatalf("%q: %v", u.RawQuery, err)
	}
	same("address", query.Get("in"), want)
	same("address, in the middle", query.Get("also"), "x"+want+"y")
	same("query", query.Get("q"), want)
	attributes, text := readXML(r, query.Get("x"))
	same("XML in a query", text, inXML(want))
	same("an attribute in a query", attributes, inXML(want))
	header, err := new(mime.WordDecoder).DecodeHeader(got.header.Get("X-Text"))
	if err != nil || got.header.Get("X-Evil") != "" {
		r.Fatalf("%v: %v", got.header, err)
	}
	same("header", header, want)
	twice, err := new(mime.WordDecoder).DecodeHeader(got.header.Get("X-Twice"))
	if err != nil {
		r.Fatalf("%v", err)
	}
	same("header with two", twice, want+want)
	readsBody(r, got, kind, want)
}

func readsBody(r *rapid.T, got *received, kind, want string) {
	same := func(where, read, wanted string) {
		if read != wanted {
			r.Fatalf("%s: read %q, sent %q", where, read, wanted)
		}
	}
	contentType := got.header.Get("Content-Type")
	switch kind {
	case "form":
		form, err := url.ParseQuery(got.body)
		if err != nil || len(form) != 3 || contentType != "application/x-www-form-urlencoded" {
			r.Fatalf("%q: %v", got.body, err)
		}
		same("form", form.Get("plain"), want)
		same("form with two", form.Get("both"), "a"+want+"b"+want+"c")
		attributes, text := readXML(r, form.Get("xml"))
		same("XML in a form", text, inXML(want))
		same("an attribute in a form", attributes, inXML(want))
	case "json":
		var d struct {
			Plain, XML string
			List       []any
		}
		if err := json.Unmarshal([]byte(got.body), &d); err != nil || len(d.List) != 5 || contentType != "application/json" {
			r.Fatalf("%q: %v", got.body, err)
		}
		same("JSON", d.Plain, want)
		deep, _ := d.List[1].(map[string]any)
		same("deep in JSON", deep["deep"].(string), "a"+want+"b")
		_, text := readXML(r, d.XML)
		same("XML in JSON", text, inXML(want))
	case "xml":
		attributes, text := readXML(r, got.body)
		same("XML", text, inXML(want))
		same("an attribute", attributes, inXML(want))
	default:
		same("text", got.body, "a"+want+"b")
	}
}

// readXML returns all attributes of a document, and all text in it.
func readXML(r *rapid.T, document string) (attributes, text string) {
	for d := xml.NewDecoder(strings.NewReader(document)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return attributes, text
		}
		if err != nil {
			r.Fatalf("%q: %v", document, err)
		}
		switch v := token.(type) {
		case xml.StartElement:
			for _, a := range v.Attr {
				attributes += a.Value
			}
			if v.Name.Local == "Hangup" {
				r.Fatalf("%q has an element of its value", document)
			}
		case xml.CharData:
			text += string(v)
		}
	}
}

// TestAnswers: what is accepted, what is tried again, and what is a failure for good, so that somebody is reached in another way.
func TestAnswers(t *testing.T) {
	tests := []struct {
		status      int
		after, body string
		want        model.SendFailure
		said        string
	}{
		{status: 200, body: `{"id":1}`},
		{status: 201, body: `{"id":1}`},
		{status: 200, body: `{"error":"no money"}`, want: model.SendBad, said: `the answer does not say that it was accepted: HTTP 200: {"error":"no money"}`},
		{status: 200, want: model.SendBad, said: "the answer does not say that it was accepted: HTTP 200"},
		{status: 202, body: `{"id":1}`, want: model.SendBad, said: `HTTP 202: {"id":1}`}, // not one of status
		{status: 301, want: model.SendBad, said: "HTTP 301"},
		{status: 400, body: `{"message":"number ` + phone + ` is invalid"}`, want: model.SendBad, said: `HTTP 400: {"message":"number … is invalid"}`},
		{status: 401, body: "password " + password, want: model.SendBad, said: "HTTP 401: password …"},
		{status: 402, want: model.SendBad, said: "HTTP 402"},
		{status: 403, want: model.SendBad, said: "HTTP 403"},
		{status: 404, body: "no account AC0123456789abcdef", want: model.SendBad, said: "HTTP 404: no account …"},
		{status: 410, want: model.SendBad, said: "HTTP 410"},
		{status: 408, want: model.SendAmbiguous, said: "HTTP 408"},
		{status: 429, after: "7", want: model.SendFlood, said: "HTTP 429"},
		{status: 500, body: "oops\n\nline", want: model.SendAmbiguous, said: "HTTP 500: oops line"},
		{status: 503, want: model.SendAmbiguous, said: "HTTP 503"},
		{status: 503, after: "9", want: model.SendFlood, said: "HTTP 503"},
	}
	b := newBench(t)
	for _, tt := range tests {
		b.answer = func(w http.ResponseWriter, _ *http.Request) {
			if tt.after != "" {
				w.Header().Set("Retry-After", tt.after)
			}
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(tt.status)
			_, _ = io.WriteString(w, tt.body)
		}
		b.got = nil
		g := b.gateway(t, &model.GatewaySpec{URL: "/Accounts/AC0123456789abcdef/Calls", Form: map[string]string{"To": "{{.To}}"}, User: "me", Password: password}, func(o *gateway.Options) {
			o.Answer, o.Statuses = regexp.MustCompile(`"id"`), []model.CodeRange{{From: 200, To: 201}}
		})
		err := deliver(t, g, page())
		if err == nil {
			err = &model.SendError{Err: errors.New("")}
		}
		if err.Failure != tt.want || err.Err.Error() != tt.said || len(b.got) != 1 || (tt.want == model.SendFlood) != (err.RetryAfter > 0) {
			t.Errorf("%d %q: %v, %q, %v, %d requests", tt.status, tt.body, err.Failure, err.Err, err.RetryAfter, len(b.got))
		}
	}
}

// TestWhatIsSent: once, with its login, its method and all fields.
func TestWhatIsSent(t *testing.T) {
	b := newBench(t)
	spec := &model.GatewaySpec{
		URL: "/send", User: "me", Password: "x:y", Form: map[string]string{
			"all": "{{.To}}|{{.Phone}}|{{.Person}}|{{.Title}}|{{.Text}}|{{.Say}}|{{.Press}}|{{.AckURL}}|{{.Locale}}|{{.Severity}}|{{.Incident}}|{{.ID}}|{{.Secret}}",
		},
	}
	render := func(o *gateway.Options) {
		o.Secret = model.NewSecret("key")
		o.Render = func(model.Notification) gateway.Texts {
			return gateway.Texts{Title: "title", Text: "text", Say: "say", Press: "press", Incident: "3"}
		}
	}
	if err := deliver(t, b.gateway(t, spec, render), page()); err != nil {
		t.Fatal(err)
	}
	form, err := url.ParseQuery(b.got[0].body)
	user, password, _ := (&http.Request{Header: b.got[0].header}).BasicAuth()
	want := phone + "|" + phone + "|anna|title|text|say|press|https://ops.example.com/ack/TOKEN|en-US|critical|3|ops-7-mwsbm000|key"
	if err != nil || form.Get("all") != want || b.got[0].method != http.MethodPost || user != "me" || password != "x:y" {
		t.Errorf("%+v: %v", b.got[0], err)
	}
	if err := deliver(t, b.gateway(t, &model.GatewaySpec{URL: "/send?to={{.To}}"}, nil), page()); err != nil || b.got[1].method != http.MethodGet || b.got[1].header.Get("Content-Type") != "" {
		t.Errorf("%v, %+v", err, b.got[1])
	}
	edit := page()
	edit.Kind = model.NotifyUpdated
	if err := deliver(t, b.gateway(t, spec, nil), edit); err != nil || len(b.got) != 2 {
		t.Errorf("an edit was sent: %v", err)
	}
}

// TestLinks: a link is made for what can be acknowledged and only where the request has one; anything else has the link that says so.
func TestLinks(t *testing.T) {
	over, about := page(), page()
	ended := *over.Snapshot.Incident
	ended.ClosedAt = now
	over.Kind, over.Snapshot.Incident = model.NotifyResolved, &ended
	notice := page()
	notice.Incident, notice.Snapshot, notice.Kind = 0, model.Snapshot{}, model.NotifyNotice
	for name, tt := range map[string]struct {
		n    model.Notification
		body string
		want string
	}{
		"open": {about, "{{.AckURL}}", "https://ops.example.com/ack/TOKEN"}, "over": {over, "{{.AckURL}}", "https://ops.example.com/ack/none"},
		"notice": {notice, "{{.AckURL}}", "https://ops.example.com/ack/none"}, "no link": {about, "{{.Title}}", "opened"},
	} {
		b := newBench(t)
		if err := deliver(t, b.gateway(t, &model.GatewaySpec{URL: "/", Body: tt.body}, nil), tt.n); err != nil {
			t.Fatal(err)
		}
		if made := len(b.used) > 0; b.got[0].body != tt.want || made != (name == "open") {
			t.Errorf("%s: %q, %q", name, b.got[0].body, b.used)
		}
	}
	b := newBench(t)
	err := deliver(t, b.gateway(t, &model.GatewaySpec{URL: "/", Body: "{{.AckURL}}"}, func(o *gateway.Options) {
		o.Link = func(context.Context, []model.IncidentID, string) (string, error) { return "", errors.New("disk full") }
	}), page())
	if err == nil || err.Failure != model.SendNotSent || len(b.got) > 0 {
		t.Errorf("a link could not be stored: %v, %v", err, b.got)
	}
}

// TestLimit: what is over it is a failure that is said, and what was surely not sent does not count.
func TestLimit(t *testing.T) {
	b := newBench(t)
	status := http.StatusOK
	b.answer = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }
	send := func() *model.SendError {
		return deliver(t, b.gateway(t, &model.GatewaySpec{URL: "/"}, func(o *gateway.Options) { o.Limit = model.Rate{N: 2, Per: time.Hour} }), page())
	}
	for _, step := range []struct {
		status int
		want   model.SendFailure
	}{{400, model.SendBad}, {429, model.SendFlood}, {200, ""}, {500, model.SendAmbiguous}} {
		status = step.status
		if err := send(); (err == nil) != (step.want == "") || err != nil && err.Failure != step.want {
			t.Errorf("%d: %v", step.status, err)
		}
	}
	if err := send(); err == nil || err.Failure != model.SendBad || err.Err.Error() != "the limit of 2/1h is reached" || len(b.got) != 4 {
		t.Errorf("over the limit: %v, %d requests", err, len(b.got))
	}
}

// TestWhoCannotBeReached: by nobody's name, without a number, and with one that would change the address.
func TestWhoCannotBeReached(t *testing.T) {
	b := newBench(t)
	nobody := page()
	nobody.To.Address = "boris"
	for name, tt := range map[string]struct {
		n    model.Notification
		to   string
		want string
	}{
		"nobody": {nobody, phone, `nobody is "boris"`}, "no number": {page(), "", "anna has no number for voice"}, "up": {page(), "..", model.ErrGatewayPath.Error()},
	} {
		err := deliver(t, b.gateway(t, &model.GatewaySpec{URL: "/to/{{.To}}"}, func(o *gateway.Options) {
			o.Person = func(name string) (gateway.Person, bool) { return gateway.Person{Name: name, To: tt.to}, name == "anna" }
		}), tt.n)
		if err == nil || err.Failure != model.SendBad || err.Err.Error() != tt.want || len(b.got) > 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestNoAnswer: a service that does not answer in its time may have done it; one that refuses the connection, or whose certificate is not trusted,
// surely has not. None of the errors has a secret.
func TestNoAnswer(t *testing.T) {
	b := newBench(t)
	spec := &model.GatewaySpec{URL: "/keys/abcdef0123456789/{{.To}}", Form: map[string]string{"a": "b"}, User: "me", Password: password}
	release := make(chan struct{})
	b.answer = func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}
	err := deliver(t, b.gateway(t, spec, func(o *gateway.Options) { o.Timeout = 50 * time.Millisecond }), page())
	close(release)
	if err == nil || err.Failure != model.SendAmbiguous {
		t.Errorf("no answer: %v", err)
	}
	secure := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer secure.Close()
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	trusted := x509.NewCertPool()
	trusted.AddCert(secure.Certificate())
	if err := deliver(t, b.gateway(t, spec, func(o *gateway.Options) {
		o.Request, _ = model.NewGatewayRequest(&model.GatewaySpec{URL: secure.URL, Body: "x"})
		o.Roots = trusted
	}), page()); err != nil {
		t.Errorf("a certificate that is trusted: %v", err)
	}
	for name, address := range map[string]string{"untrusted": secure.URL, "refused": "http://127.0.0.1:1", "no name": "http://nowhere.invalid"} {
		request, wrong := model.NewGatewayRequest(&model.GatewaySpec{URL: address + spec.URL, Form: spec.Form, User: "me", Password: password})
		if len(wrong) > 0 {
			t.Fatal(wrong)
		}
		err := deliver(t, b.gateway(t, spec, func(o *gateway.Options) { o.Request, o.Roots = request, x509.NewCertPool() }), page())
		if err == nil || err.Failure != model.SendNotSent {
			t.Fatalf("%s: %v", name, err)
		}
		for _, secret := range []string{password, phone, "abcdef0123456789"} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%s says %q", name, err)
			}
		}
	}
}
