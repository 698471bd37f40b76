package ops_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"opsbot/model"
	"opsbot/ops"
)

// links stores links in memory.
type links struct {
	mu   sync.Mutex
	of   map[string]model.AckLink
	fail error
}

func (l *links) SetAckLink(_ context.Context, hash string, link model.AckLink) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.of == nil {
		l.of = map[string]model.AckLink{}
	}
	if l.fail == nil {
		l.of[hash] = link
	}
	return l.fail
}

func (l *links) AckLink(_ context.Context, hash string) (model.AckLink, bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	link, found := l.of[hash]
	return link, found, l.fail
}

// phones are a gateway "voice" to anna.
type phones struct {
	sent []string
	fail error
}

func (p *phones) Gateways() []string { return []string{"voice"} }
func (p *phones) People() []string   { return []string{"anna"} }
func (p *phones) Test(_ context.Context, gateway, person string) error {
	p.sent = append(p.sent, gateway+" "+person)
	return p.fail
}

// onDuty is a bench on which anna is called, and a link for her to the incident 2.
func onDuty(t *testing.T, who model.Actor) (*bench, string) {
	t.Helper()
	b := newBench(t)
	who.Name, who.Via = "anna", "phone"
	b.duty = map[string]model.Actor{"anna": who}
	return b, b.link(t, 2)
}

func (b *bench) link(t *testing.T, id model.IncidentID) string {
	t.Helper()
	token, err := ops.NewAckLinks(&b.links, b.now).Make(t.Context(), model.AckLink{Incident: id, Person: "anna", Gateway: "gateway:voice"})
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// acks are the acknowledgements of the incident 2 by name.
func (b *bench) acks() (names []string) {
	in, _ := b.Incident(2)
	for _, a := range in.Acks {
		names = append(names, a.Name)
	}
	return names
}

// TestALinkAcknowledgesOnce: opening it changes nothing; the first press acknowledges for its person, with their audit entry; later ones say who did.
func TestALinkAcknowledgesOnce(t *testing.T) {
	b, token := onDuty(t, model.Actor{User: 7, Role: model.RoleOperator})
	for range 2 {
		page, err := b.actions.AckPage(t.Context(), token)
		if err != nil || page.Incident.ID != 2 || page.By != "" || page.Over || len(b.acks()) > 0 {
			t.Fatalf("opened: %+v, %v", page, err)
		}
	}
	for hash, link := range b.links.of {
		if strings.Contains(strings.ToUpper(hash), token) || link.Person != "anna" || len(hash) != 64 {
			t.Errorf("stored under %q: %+v", hash, link)
		}
	}
	page, err := b.actions.AckByLink(t.Context(), strings.ToLower(token)) // as a mail program, or a person, writes it
	if err != nil || page.By != "anna" || !page.At.Equal(b.now()) || len(b.acks()) != 1 {
		t.Fatalf("pressed: %+v, %v, %q", page, err, b.acks())
	}
	if e := b.audit[len(b.audit)-1]; e.Action != ops.ActionAck || e.Actor.Name != "anna" || e.Actor.Via != "phone" || e.Actor.User != 7 || e.Result != "ok" {
		t.Errorf("the audit log has %+v", e)
	}
	entries := len(b.audit)
	if page, err = b.actions.AckByLink(t.Context(), token); err != nil || page.By != "anna" || len(b.audit) != entries {
		t.Errorf("pressed again: %+v, %v", page, err)
	}
	b.open[1].Acks = nil // let go in the chat
	if page, err = b.actions.AckByLink(t.Context(), token); err != nil || page.By != "anna" || len(b.acks()) > 0 {
		t.Errorf("a used link took it up again: %+v, %v", page, err)
	}
	other := b.link(t, 2)
	if page, err = b.actions.AckByLink(t.Context(), other); err != nil || len(b.acks()) != 1 {
		t.Errorf("another link: %+v, %v", page, err)
	}
}

// TestTwoPressesAtOnce acknowledge once.
func TestTwoPressesAtOnce(t *testing.T) {
	b, token := onDuty(t, model.Actor{Role: model.RoleOperator})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if page, err := b.actions.AckByLink(context.Background(), token); err != nil || page.By != "anna" {
				t.Errorf("%+v, %v", page, err)
			}
		})
	}
	all.Wait()
	entries := 0
	for _, e := range b.audit {
		if e.Action == ops.ActionAck {
			entries++
		}
	}
	if entries != 1 || len(b.acks()) != 1 {
		t.Errorf("%d entries, %q", entries, b.acks())
	}
}

// TestLinksThatChangeNothing: of somebody else's acknowledgement, an end, a person who left, and of no link at all.
func TestLinksThatChangeNothing(t *testing.T) {
	b, token := onDuty(t, model.Actor{Role: model.RoleOperator})
	b.open[1].Acks = []model.Ack{{Name: "boris", At: epoch}}
	page, err := b.actions.AckByLink(t.Context(), token)
	if err != nil || page.By != "boris" || !page.At.Equal(epoch) || len(b.acks()) != 1 {
		t.Errorf("boris has it: %+v, %v", page, err)
	}
	for _, wrong := range []string{"", "none", "..", token[:25], token + "A", strings.Repeat("A", 26), strings.Repeat("1", 26), strings.Repeat("\x00", 26), strings.Repeat("я", 13)} {
		for name, do := range map[string]func(context.Context, string) (ops.AckPage, error){"GET": b.actions.AckPage, "POST": b.actions.AckByLink} {
			page, err := do(t.Context(), wrong)
			if model.CodeOf(err) != model.ErrNoLink || page.Incident.ID != 0 || page.Who.Name != "" {
				t.Errorf("%s %q: %+v, %v", name, wrong, page, err)
			}
		}
	}
	over := b.link(t, 99)
	if page, err = b.actions.AckByLink(t.Context(), over); err != nil || !page.Over || page.Incident.ID != 0 {
		t.Errorf("over: %+v, %v", page, err)
	}
	b.duty = nil
	if page, err = b.actions.AckByLink(t.Context(), token); model.CodeOf(err) != model.ErrNoLink || page.Incident.ID != 0 {
		t.Errorf("of nobody: %+v, %v", page, err)
	}
	if entries := len(b.audit); entries > 0 {
		t.Errorf("the audit log has %+v", b.audit)
	}
}

// TestALinkIsAsMuchAsItsPerson: a viewer may not, and is in the audit log; who is limited to clients sees nothing of an incident of others, and
// acknowledges what is theirs.
func TestALinkIsAsMuchAsItsPerson(t *testing.T) {
	b, token := onDuty(t, model.Actor{Role: model.RoleViewer})
	if page, err := b.actions.AckByLink(t.Context(), token); model.CodeOf(err) != model.ErrForbidden || page.By != "" || len(b.acks()) > 0 {
		t.Errorf("a viewer: %+v, %v", page, err)
	}
	if e := b.audit[len(b.audit)-1]; e.Result != string(model.ErrForbidden) || e.Actor.Name != "anna" {
		t.Errorf("the audit log has %+v", e)
	}
	b, token = onDuty(t, model.Actor{})
	if page, err := b.actions.AckByLink(t.Context(), token); model.CodeOf(err) != model.ErrForbidden || page.Incident.ID != 0 {
		t.Errorf("nobody in particular: %+v, %v", page, err)
	}
	b, _ = onDuty(t, model.Actor{Role: model.RoleOperator, Scope: model.ScopeOf([]string{"acme"})})
	b.open = b.open[:1] // what the manager returns for that scope
	if page, err := b.actions.AckByLink(t.Context(), b.link(t, 2)); err != nil || !page.Over || page.Incident.ID != 0 {
		t.Errorf("another's incident: %+v, %v", page, err)
	}
	b.open[0].Acks = []model.Ack{{Name: "boris", Scope: model.ScopeOf([]string{"beta"})}}
	page, err := b.actions.AckByLink(t.Context(), b.link(t, 1))
	if in, _ := b.Incident(1); err != nil || page.By != "anna" || len(in.Acks) != 2 {
		t.Errorf("their part: %+v, %v, %+v", page, err, in.Acks)
	}
}

// TestALinkWhileTheDatabaseIsAway is no wrong link.
func TestALinkWhileTheDatabaseIsAway(t *testing.T) {
	b, token := onDuty(t, model.Actor{Role: model.RoleOperator})
	b.links.fail = errors.New("away")
	if _, err := b.actions.AckByLink(t.Context(), token); err == nil || model.CodeOf(err) == model.ErrNoLink || len(b.acks()) > 0 {
		t.Errorf("%v", err)
	}
}

// TestGatewaysAreTestedByAdmins: of all clients, with an audit entry, and with what the service said.
func TestGatewaysAreTestedByAdmins(t *testing.T) {
	b := newBench(t)
	for _, who := range []model.Actor{actor(model.RoleOperator), actor(model.RoleAdmin, "acme")} {
		if _, err := b.actions.TestGateway(t.Context(), who, []string{"voice", "anna"}); model.CodeOf(err) != model.ErrForbidden || len(b.phones.sent) > 0 {
			t.Errorf("%v: %v", who, err)
		}
	}
	done, err := b.actions.TestGateway(t.Context(), actor(model.RoleAdmin), []string{"Voice", "ANNA"})
	if err != nil || done != (ops.GatewayTest{Gateway: "voice", Person: "anna"}) || b.phones.sent[0] != "voice anna" {
		t.Errorf("%+v, %v", done, err)
	}
	b.phones.fail = errors.New("HTTP 402: no money")
	_, err = b.actions.TestGateway(t.Context(), actor(model.RoleAdmin), []string{"voice", "anna"})
	e, _ := errors.AsType[*model.Error](err)
	if e == nil || e.Code != model.ErrGateway || e.Args["said"] != "HTTP 402: no money" {
		t.Errorf("%v", err)
	}
	var results []string
	for _, e := range b.audit {
		results = append(results, e.Action+" "+e.Result)
	}
	if got := strings.Join(results, ", "); got != "gateway test forbidden, gateway test forbidden, gateway test ok, gateway test gateway" {
		t.Errorf("the audit log has %s", got)
	}
	for words, code := range map[string]model.ErrorCode{"": model.ErrNoGateway, "sms anna": model.ErrNoGateway, "voice": model.ErrNoPerson, "voice boris": model.ErrNoPerson} {
		if _, err := b.actions.TestGateway(t.Context(), actor(model.RoleAdmin), strings.Fields(words)); model.CodeOf(err) != code {
			t.Errorf("%q: %v", words, err)
		}
	}
}

// TestALinkOfSeveralIncidents acknowledges all that are open and that nobody has, once; of what is over, or taken, it says no more than of one.
func TestALinkOfSeveralIncidents(t *testing.T) {
	b, _ := onDuty(t, model.Actor{User: 7, Role: model.RoleOperator})
	b.open = append(b.open, model.Incident{ID: 3, Kind: model.IncidentCheck, Check: "disk", Acks: []model.Ack{{Name: "boris", At: epoch}}})
	links := ops.NewAckLinks(&b.links, b.now)
	token := func(more ...model.IncidentID) string {
		token, err := links.Make(t.Context(), model.AckLink{Incident: 3, More: more, Person: "anna", Gateway: "gateway:voice"})
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	if page, err := b.actions.AckPage(t.Context(), token(99)); err != nil || page.Over || page.By != "boris" {
		t.Errorf("what is left is taken: %+v, %v", page, err)
	}
	all := token(1, 99, 2)
	page, err := b.actions.AckPage(t.Context(), all)
	if err != nil || page.Over || page.By != "" || page.Incident.ID != 1 || len(page.More) != 1 || page.More[0].ID != 2 || len(b.acks()) > 0 {
		t.Fatalf("opened: %+v, %v", page, err)
	}
	for range 2 {
		if page, err = b.actions.AckByLink(t.Context(), all); err != nil || page.By == "" {
			t.Errorf("pressed: %+v, %v", page, err)
		}
	}
	for i := range b.open {
		if n := len(b.open[i].Acks); n != 1 {
			t.Errorf("#%d has %d acknowledgements", b.open[i].ID, n)
		}
	}
	b.open = nil
	if page, err = b.actions.AckByLink(t.Context(), token(1, 2)); err != nil || !page.Over {
		t.Errorf("all over: %+v, %v", page, err)
	}
}
