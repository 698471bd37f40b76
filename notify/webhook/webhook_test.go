package webhook_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"opsbot/model"
	"opsbot/notify/webhook"
)

var epoch = time.Date(2026, 11, 22, 21, 0, 0, 0, time.UTC)

const secret = "s3cret-of-the-hook"

// vector is the output of openssl for the secret "key".
const vector = "9d713ed406bb7076d4123f0dc2c39d2df5c654ed4b0cd56b52c8b4c940bd63ae"

// request is a received request.
type request struct {
	header http.Header
	body   []byte
}

// bench is a webhook and the receiver that it posts to.
type bench struct {
	hook *webhook.Webhook
	now  time.Time

	mu  sync.Mutex
	got []request
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{now: epoch}
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		b.got = append(b.got, request{r.Header.Clone(), body})
	}))
	t.Cleanup(s.Close)
	b.hook = webhook.New(webhook.Options{
		URL: model.NewSecret(s.URL), Secret: model.NewSecret(secret), Headers: map[string]model.Secret{"X-Tenant": model.NewSecret("blue")},
		Instance: "ops msk", Render: func(t model.Notification) string { return string(t.Kind) + " <text>" }, Now: func() time.Time { return b.now },
	})
	t.Cleanup(b.hook.Close)
	return b
}

func (b *bench) deliver(t *testing.T, sent model.Notification) request {
	t.Helper()
	if _, err := b.hook.Deliver(t.Context(), sent, model.Card{}); err != nil {
		t.Fatal(err)
	}
	return b.got[len(b.got)-1]
}

func incident() *model.Incident {
	key := model.ServiceKey{Client: "clientA", Service: "reports"}
	return &model.Incident{
		ID: 12, Kind: model.IncidentService, ServiceKey: key, Severity: model.SeverityCritical, OpenedAt: epoch.In(time.FixedZone("x", 3600)),
		Failing: []model.FailingCheck{{Check: "clientA/reports@web1"}}, Comment: "call",
		Affected: []model.ServiceState{{ServiceKey: key, Tally: model.Tally{Up: 1, Failed: 3}, Verdict: model.VerdictAtRisk, Need: 1, Tier: "gold"}},
	}
}

// TestDocument compares what is posted with the format that receivers rely on.
func TestDocument(t *testing.T) {
	b := newBench(t)
	got := b.deliver(t, model.Notification{
		ID: 7, Kind: model.NotifyOpened, Incident: 12, Severity: model.SeverityCritical, Created: epoch, Repeat: true,
		Snapshot: model.Snapshot{Incident: incident(), FallbackFor: &model.FallbackFor{Name: "chat:ops"}},
	})
	want := `{"version":1,"id":"ops%20msk:7:mwsbm000","instance":"ops msk","kind":"opened","severity":"critical","at":"2026-11-22T21:00:00Z",` +
		`"text":"opened \u003ctext\u003e","silent":false,"repeat":true,"fallback_for":"chat:ops","incident":{"number":12,"kind":"service",` +
		`"key":"service:clientA/reports","state":"open","now":"open","severity":"critical","opened_at":"2026-11-22T21:00:00Z","comment":"call",` +
		`"services":[{"client":"clientA","service":"reports","tier":"gold","verdict":"at_risk","up":1,"failed":3,"unknown":0,"need":1}],` +
		`"checks":["clientA/reports@web1"]}}`
	if diff := cmp.Diff(want, string(got.body)); diff != "" {
		t.Error(diff)
	}
	ended := incident()
	ended.ClosedAt = epoch.Add(time.Minute)
	got = b.deliver(t, model.Notification{
		ID: 8, Kind: model.NotifyDigest, Created: epoch, NotBefore: epoch.Add(time.Hour),
		Snapshot: model.Snapshot{Open: []model.Incident{*incident()}, Gone: []model.Incident{*ended}, Resolved: []model.Incident{*ended, *ended}},
	})
	var d webhook.Document
	if err := json.Unmarshal(got.body, &d); err != nil {
		t.Fatal(err)
	}
	if len(d.Open) != 1 || len(d.Gone) != 1 || len(d.Resolved) != 2 || d.Gone[0].State != webhook.StateResolved || !d.Gone[0].ClosedAt.Equal(ended.ClosedAt) || !d.At.Equal(epoch.Add(time.Hour)) {
		t.Errorf("%+v", d)
	}
}

// What is new in an incident that got worse is in the document by name, and how each incident is right now.
func TestDocumentNamesWhatJoined(t *testing.T) {
	b := newBench(t)
	in := incident()
	one := in.Affected[0]
	worse := one
	worse.Client = "clientB"
	in.Flap = &model.Flap{Changes: 8, Works: true}
	got := b.deliver(t, model.Notification{ID: 9, Kind: model.NotifyRaised, Created: epoch, Snapshot: model.Snapshot{
		Incident: in, Joined: &model.Joined{Services: []model.ServiceState{one}, Worse: []model.ServiceState{worse}, Checks: []model.CheckID{"main-db"}, Unmapped: []string{"db9"}},
	}})
	var d webhook.Document
	if err := json.Unmarshal(got.body, &d); err != nil {
		t.Fatal(err)
	}
	if j := d.Joined; j == nil || len(j.Services) != 1 || j.Services[0].Client != "clientA" || j.Worse[0].Client != "clientB" || j.Checks[0] != "main-db" || j.Unmapped[0] != "db9" {
		t.Errorf("joined: %+v", j)
	}
	if d.Incident.Now != model.ConditionResting || !d.Incident.Flapping {
		t.Errorf("the incident: %+v", d.Incident)
	}
	got = b.deliver(t, model.Notification{ID: 10, Kind: model.NotifyRaised, Created: epoch, Snapshot: model.Snapshot{Incident: in}})
	if strings.Contains(string(got.body), "joined") {
		t.Errorf("only the severity rose: %s", got.body)
	}
}

// TestDocsExplainEveryField compares docs/channels.md, in each language, with the document and its headers.
func TestDocsExplainEveryField(t *testing.T) {
	words := []string{webhook.HeaderID, webhook.HeaderTimestamp, webhook.HeaderSignature}
	for _, part := range []reflect.Type{reflect.TypeFor[webhook.Document](), reflect.TypeFor[webhook.Joined](), reflect.TypeFor[webhook.Incident](), reflect.TypeFor[webhook.Service]()} {
		for field := range part.Fields() {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			words = append(words, name)
		}
	}
	for _, path := range []string{"../../docs/channels.md", "../../docs/ru/channels.md"} {
		docs, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range words {
			if !strings.Contains(string(docs), "`"+word+"`") {
				t.Errorf("%s does not explain %s", path, word)
			}
		}
	}
}

// TestReceiverCanTrust: a receiver that knows the secret can tell ours from a forged post, an old one from a new one, and a
// repeat from news.
func TestReceiverCanTrust(t *testing.T) {
	b := newBench(t)
	sent := model.Notification{ID: 7, Kind: model.NotifyOpened, Created: epoch, Snapshot: model.Snapshot{Incident: incident()}}
	first := b.deliver(t, sent)
	b.now = epoch.Add(time.Minute)
	sent.Repeat = true
	second := b.deliver(t, sent)
	sent.ID = 8
	other := b.deliver(t, sent)
	for _, r := range []request{first, second, other} {
		at := r.header.Get(webhook.HeaderTimestamp)
		if got := r.header.Get(webhook.HeaderSignature); got != "sha256="+webhook.Sign(secret, at, r.body) || got == "sha256="+webhook.Sign("guess", at, r.body) {
			t.Errorf("signature %q", got)
		}
		if r.header.Get("X-Tenant") != "blue" || strings.Contains(string(r.body), secret) {
			t.Errorf("%v %s", r.header, r.body)
		}
	}
	ids := []string{first.header.Get(webhook.HeaderID), second.header.Get(webhook.HeaderID), other.header.Get(webhook.HeaderID)}
	if ids[0] != ids[1] || ids[0] == ids[2] || first.header.Get(webhook.HeaderTimestamp) == second.header.Get(webhook.HeaderTimestamp) {
		t.Errorf("ids %q", ids)
	}
	// By a vector, so that receivers can be written from the docs: echo -n '1700000000.{}' | openssl dgst -sha256 -hmac key
	if got := webhook.Sign("key", "1700000000", []byte("{}")); got != vector {
		t.Errorf("signed %s", got)
	}
}

func TestEditsAreNoNews(t *testing.T) {
	b := newBench(t)
	if _, err := b.hook.Deliver(t.Context(), model.Notification{Kind: model.NotifyUpdated}, model.Card{}); err != nil || len(b.got) != 0 {
		t.Errorf("%v, %d posts", err, len(b.got))
	}
}
