package ops_test

import (
	"context"
	"slices"
	"testing"

	"opsbot/model"
	"opsbot/ops"
)

// Page implements ops.Pager.
func (b *bench) Page(_ context.Context, req model.PageRequest, audit model.AuditEntry) (model.Incident, error) {
	b.audit, b.paged = append(b.audit, audit), append(b.paged, req)
	in := model.Incident{ID: model.IncidentID(10 + len(b.paged)), Kind: model.IncidentPage}
	b.open = append(b.open, in)
	return in, nil
}

// Escalate implements ops.Pager.
func (b *bench) Escalate(_ context.Context, id model.IncidentID, audit model.AuditEntry) error {
	b.audit = append(b.audit, audit)
	return nil
}

// Refuse implements ops.Pager.
func (b *bench) Refuse(_ context.Context, id model.IncidentID, person string, audit model.AuditEntry) error {
	b.audit, b.refused = append(b.audit, audit), append(b.refused, person)
	return nil
}

func TestWhomAPageMeans(t *testing.T) {
	admin := model.Actor{User: 8, Name: "Olga", Role: model.RoleAdmin}
	for line, want := range map[string]struct {
		who  string
		code model.ErrorCode
		sure bool
	}{
		"anna the shop is slow":     {who: "person:anna"},
		"@anna the shop is slow":    {who: "person:anna"},
		"ANNA the shop is slow":     {who: "person:anna"},
		"primary the shop is slow":  {who: "schedule:primary"},
		"prim the shop is slow":     {who: "schedule:primary"},
		"boris the shop is slow":    {code: model.ErrOffCall},
		"bor the shop is slow":      {who: "person:boris", sure: true},
		"anna":                      {code: model.ErrPageText},
		"nobody the shop is slow":   {code: model.ErrNobody},
		"zq":                        {code: model.ErrNobody},
		"schedule:primary the shop": {code: model.ErrNobody},
	} {
		t.Run(line, func(t *testing.T) {
			b := newBench(t)
			b.roster = twoWeeks()
			page := ops.ParsePage(line)
			page.Sure = want.sure
			_, err := b.actions.Page(t.Context(), admin, page)
			if model.CodeOf(err) != want.code {
				t.Fatalf("the error is %v, want %q", err, want.code)
			}
			switch {
			case want.code != "" && len(b.paged) > 0:
				t.Errorf("paged %+v in spite of %v", b.paged, err)
			case want.code == "" && (len(b.paged) != 1 || b.paged[0].Who.String() != want.who || b.paged[0].Text != "the shop is slow" || b.paged[0].By != "Olga"):
				t.Errorf("paged %+v, want %s", b.paged, want.who)
			}
		})
	}
}

// Whoever is limited to clients has nobody to page, learns no name, and has nobody's escalation go on.
func TestLimitedPeoplePageNobody(t *testing.T) {
	b := newBench(t)
	b.roster = twoWeeks()
	who := model.Actor{User: 7, Role: model.RoleAdmin, Scope: model.ScopeOf([]string{"acme"})}
	_, err := b.actions.Page(t.Context(), who, ops.PageLine{Who: "anna", Text: "x", Sure: true})
	if e, ok := err.(*model.Error); !ok || e.Code != model.ErrNobody || len(e.Choices) > 0 { //nolint:errorlint // the use case's own
		t.Errorf("a page by somebody limited: %v", err)
	}
	if _, err := b.actions.Escalate(t.Context(), who, 1, false); model.CodeOf(err) != model.ErrNotPaging {
		t.Errorf("escalated by somebody limited: %v", err)
	}
	if len(b.paged) > 0 || len(b.audit) > 0 {
		t.Errorf("paged %+v, audited %+v", b.paged, b.audit)
	}
}

func TestNotMeIsOnesOwn(t *testing.T) {
	b := newBench(t)
	b.roster = twoWeeks()
	anna := model.Actor{User: b.roster.People[0].Telegram, Role: model.RoleOperator}
	if anna.User == 0 {
		anna.User, b.roster.People[0].Telegram = 7, 7
	}
	if _, err := b.actions.Escalate(t.Context(), model.Actor{User: 99, Role: model.RoleAdmin}, 1, true); model.CodeOf(err) != model.ErrNotPaged {
		t.Errorf("somebody who is never on call says not me: %v", err)
	}
	if _, err := b.actions.Escalate(t.Context(), anna, 1, true); err != nil || !slices.Equal(b.refused, []string{b.roster.People[0].Name}) {
		t.Errorf("refused by %v: %v", b.refused, err)
	}
}
