package ops_test

import (
	"testing"

	"opsbot/model"
	"opsbot/ops"
)

// invited lets somebody in with a role.
func invited(t *testing.T, p *ops.People, by model.Actor, user model.UserID, role model.Role) model.Actor {
	t.Helper()
	code, _, err := p.Invite(t.Context(), by, role, model.Scope{})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Join(t.Context(), code, in(user, model.ChatID(user))); err != nil {
		t.Fatal(err)
	}
	a, _ := p.Actor(in(user, model.ChatID(user)))
	return a
}

// TestWhoseRightsAreChanged: those of who was let in by chat, by an admin who sees all clients, never one's own, never the last admin's, and with an
// audit entry in the same write.
func TestWhoseRightsAreChanged(t *testing.T) {
	p, r, _ := newPeople()
	p.SetConfig([]model.Chat{{ID: -1, Role: model.RoleViewer}}, []model.User{{ID: 1, Role: model.RoleAdmin}, {ID: 2, Role: model.RoleViewer}})
	who := letter(t, p)
	if err := p.LetIn(t.Context(), who, model.Chat{ID: -9, Topic: 3, Name: "nine", Language: "ru", Role: model.RoleViewer}); err != nil {
		t.Fatal(err)
	}
	seven := invited(t, p, who, 7, model.RoleAdmin)
	acme := model.ScopeOf([]string{"acme"})
	for _, c := range []struct {
		name string
		who  model.Actor
		to   ops.Member
		want model.ErrorCode
	}{
		{"a viewer", actor(model.RoleViewer), ops.Member{ID: 7, Role: model.RoleViewer}, model.ErrForbidden},
		{"an admin of one client", actor(model.RoleAdmin, "acme"), ops.Member{ID: 7, Role: model.RoleViewer}, model.ErrForbidden},
		{"of one in the config", who, ops.Member{ID: 2, Role: model.RoleOperator}, model.ErrListed},
		{"of a group in the config", who, ops.Member{ID: -1, Role: model.RoleOperator}, model.ErrListed},
		{"of nobody", who, ops.Member{ID: 8, Role: model.RoleOperator}, model.ErrNotLetIn},
		{"one's own", seven, ops.Member{ID: 7, Role: model.RoleViewer}, model.ErrYourself},
	} {
		before, entries := p.Users(), len(r.audit)
		if err := p.SetRights(t.Context(), c.who, c.to); model.CodeOf(err) != c.want {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
		if len(r.audit) != entries+1 || r.audit[entries].Result != string(c.want) || r.audit[entries].Action != ops.ActionRights {
			t.Errorf("%s: the audit log has %+v", c.name, r.audit[entries:])
		}
		if now := p.Users(); len(now) != len(before) || now[2].Role != before[2].Role {
			t.Errorf("%s: it was changed: %+v", c.name, now)
		}
	}
	r.fail = errDisk
	if err := p.SetRights(t.Context(), who, ops.Member{ID: 7, Role: model.RoleViewer}); err == nil || p.Users()[2].Role != model.RoleAdmin {
		t.Errorf("what was not stored holds: %v", err)
	}
	r.fail = nil
	if err := p.SetRights(t.Context(), who, ops.Member{ID: 7, Role: model.RoleOperator, Scope: acme}); err != nil {
		t.Fatal(err)
	}
	if a, _ := p.Actor(in(7, 7)); a.Role != model.RoleOperator || !a.Scope.Equal(acme) {
		t.Errorf("they are %+v", a)
	}
	if e := r.audit[len(r.audit)-1]; e.Before != "admin all" || e.After != "operator acme" || e.Result != "ok" || e.Target != "7 somebody" {
		t.Errorf("the audit entry is %+v", e)
	}
	if err := p.SetRights(t.Context(), who, ops.Member{ID: -9, Role: model.RoleAdmin, Scope: acme}); err != nil {
		t.Fatal(err)
	}
	if c := p.Paired()[0]; c.Role != model.RoleOperator || !c.Scope.Equal(acme) || c.Topic != 3 || c.Language != "ru" || !c.Paired {
		t.Errorf("the group is %+v", c)
	}
}

// TestTheLastAdminStays: where an admin's rights come from a chat, nobody takes the last person's who lets others in.
func TestTheLastAdminStays(t *testing.T) {
	p, _, _ := newPeople()
	config := []model.User{{ID: 1, Role: model.RoleAdmin}}
	p.SetConfig(nil, config)
	who := letter(t, p)
	invited(t, p, who, 7, model.RoleAdmin)
	invited(t, p, who, 8, model.RoleAdmin)
	p.SetConfig(nil, nil) // the one of the config left; who holds their old rights still acts
	if err := p.SetRights(t.Context(), who, ops.Member{ID: 8, Role: model.RoleViewer}); err != nil {
		t.Fatal(err)
	}
	for _, m := range []ops.Member{{ID: 7, Role: model.RoleOperator}, {ID: 7, Role: model.RoleAdmin, Scope: model.ScopeOf([]string{"acme"})}} {
		if err := p.SetRights(t.Context(), who, m); model.CodeOf(err) != model.ErrLastAdmin {
			t.Errorf("%+v: %v", m, err)
		}
	}
	if _, err := p.PutOut(t.Context(), who, "7"); model.CodeOf(err) != model.ErrLastAdmin {
		t.Errorf("put out: %v", err)
	}
	if !p.HasAdmin() {
		t.Error("there is no admin")
	}
	p.SetConfig(nil, config)
	if _, err := p.PutOut(t.Context(), who, "7"); err != nil {
		t.Errorf("there is another one: %v", err)
	}
}
