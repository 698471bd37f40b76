package ops_test

import (
	"strings"
	"testing"

	"opsbot/model"
	"opsbot/ops"
)

func TestParseNote(t *testing.T) {
	for text, want := range map[string]ops.NoteRequest{
		"cable replaced":          {Text: "cable replaced"},
		"client: it is replaced":  {Text: "it is replaced", ForClient: true},
		" Client :  replaced ":    {Text: "replaced", ForClient: true},
		"клиенту: заменён":        {Text: "заменён", ForClient: true},
		"КЛИЕНТ: заменён":         {Text: "заменён", ForClient: true},
		"the client: they called": {Text: "the client: they called"},
		"clientA: called":         {Text: "clientA: called"},
		"client:":                 {ForClient: true},
		"":                        {},
	} {
		if got := ops.ParseNote(text); got != want {
			t.Errorf("%q is %+v, want %+v", text, got, want)
		}
	}
}

// A note is about what its writer sees, open or over; one for clients is for those that the incident hit. A preview writes nothing.
func TestNotes(t *testing.T) {
	b := newBench(t)
	hit := func(id model.IncidentID, client string) model.Incident {
		key := model.ServiceKey{Client: client, Service: "reports"}
		return model.Incident{ID: id, Kind: model.IncidentService, ServiceKey: key, Affected: []model.ServiceState{{ServiceKey: key, Verdict: model.VerdictDown}}}
	}
	over := hit(3, "acme")
	over.OpenedAt, over.ClosedAt = b.now(), b.now()
	b.open, b.over = []model.Incident{hit(1, "acme"), hit(2, "beta"), {ID: 4, Kind: model.IncidentCheck, Check: "main-db"}}, []model.Incident{over}
	all, acme := actor(model.RoleOperator), actor(model.RoleOperator, "acme")
	for _, c := range []struct {
		name string
		who  model.Actor
		req  ops.NoteRequest
		err  model.ErrorCode
	}{
		{"open", all, ops.NoteRequest{Incident: 1, Text: "x"}, ""},
		{"over", all, ops.NoteRequest{Incident: 3, Text: "x"}, ""},
		{"over, of a client", acme, ops.NoteRequest{Incident: 3, Text: "x", ForClient: true}, ""},
		{"of others", acme, ops.NoteRequest{Incident: 2, Text: "x"}, model.ErrNoIncident},
		{"none", all, ops.NoteRequest{Incident: 9, Text: "x"}, model.ErrNoIncident},
		{"empty", all, ops.NoteRequest{Incident: 1}, model.ErrNeedArgument},
		{"as long as may be", all, ops.NoteRequest{Incident: 1, Text: strings.Repeat("я", model.MaxNote)}, ""},
		{"too long", all, ops.NoteRequest{Incident: 1, Text: strings.Repeat("я", model.MaxNote+1)}, model.ErrTooLong},
		{"for nobody", all, ops.NoteRequest{Incident: 4, Text: "x", ForClient: true}, model.ErrNoClientHit},
	} {
		notes := func() (n int) {
			for _, in := range append(append([]model.Incident{}, b.open...), b.over...) {
				n += len(in.Notes)
			}
			return n
		}
		before := notes()
		p, err := b.actions.PreviewNote(t.Context(), c.who, c.req)
		if code(err) != c.err || notes() != before {
			t.Errorf("%s: the preview says %v, wrote %d", c.name, err, notes()-before)
		}
		if err == nil && c.req.ForClient && strings.Join(p.Clients, ",") != "acme" {
			t.Errorf("%s: read by %v", c.name, p.Clients)
		}
		if _, err := b.actions.Note(t.Context(), c.who, c.req); code(err) != c.err || (notes() == before+1) != (c.err == "") {
			t.Errorf("%s: %v, wrote %d", c.name, err, notes()-before)
		}
	}
	if last := b.over[0].Notes[len(b.over[0].Notes)-1]; last.Name != "Ada" || !last.ForClient || !last.Scope.Sees("acme") || last.Scope.Sees("beta") {
		t.Errorf("kept is %+v", last)
	}
}

func code(err error) model.ErrorCode {
	if err == nil {
		return ""
	}
	return model.CodeOf(err)
}
