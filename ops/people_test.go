package ops_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/ops"
)

// register is a fake pairing store.
type register struct {
	chats []model.Chat
	users []model.User
	audit []model.AuditEntry
	fail  error

	out         []int64 // who was put out
	invitations map[string]model.Invitation
	now         func() time.Time
}

func (r *register) Pair(_ context.Context, u model.User, c model.Chat, e model.AuditEntry) error {
	if r.fail != nil {
		return r.fail
	}
	r.users, r.chats, r.audit = append(r.users, u), append(r.chats, c), append(r.audit, e)
	return nil
}

func (r *register) LetIn(_ context.Context, c model.Chat, e model.AuditEntry) error {
	if r.fail != nil {
		return r.fail
	}
	r.chats, r.audit = append(r.chats, c), append(r.audit, e)
	return nil
}

func (r *register) SetUser(_ context.Context, u model.User, e model.AuditEntry) error {
	if r.fail != nil {
		return r.fail
	}
	r.users, r.audit = append(r.users, u), append(r.audit, e)
	return nil
}

func (r *register) Invite(_ context.Context, id string, i model.Invitation, e model.AuditEntry) error {
	if r.fail != nil {
		return r.fail
	}
	r.invitations[id], r.audit = i, append(r.audit, e)
	return nil
}

func (r *register) Invitation(_ context.Context, id string) (model.Invitation, bool, error) {
	i, found := r.invitations[id]
	return i, found && r.now().Before(i.Ends), nil
}

func (r *register) Join(_ context.Context, id string, u model.User, e model.AuditEntry) error {
	if r.fail != nil {
		return r.fail
	}
	delete(r.invitations, id)
	r.users, r.audit = append(r.users, u), append(r.audit, e)
	return nil
}

func (r *register) PutOut(_ context.Context, id int64, e model.AuditEntry) error {
	if r.fail != nil {
		return r.fail
	}
	r.out, r.audit = append(r.out, id), append(r.audit, e)
	return nil
}

func (r *register) Audit(_ context.Context, e model.AuditEntry) error {
	r.audit = append(r.audit, e)
	return nil
}

type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func newPeople() (*ops.People, *register, *clock) {
	c := &clock{epoch}
	r := &register{invitations: map[string]model.Invitation{}, now: c.now}
	return ops.NewPeople(r, nil, nil, c.now), r, c
}

func in(user model.UserID, chat model.ChatID) ops.Who {
	return ops.Who{User: user, Name: "somebody", Chat: chat, Private: int64(user) == int64(chat), Language: "ru"}
}

func TestRoleAndScopeOfAPlace(t *testing.T) {
	p, _, _ := newPeople()
	p.SetConfig([]model.Chat{
		{ID: -1, Role: model.RoleViewer, Language: "en"},
		{ID: -2, Role: model.RoleOperator, Scope: model.ScopeOf([]string{"acme", "beta"})},
		{ID: -3, Topic: 7, Role: model.RoleViewer},
		{ID: -3, Topic: 8, Role: model.RoleAdmin},
		{ID: -4, Role: model.RoleNone},
	}, []model.User{
		{ID: 1, Role: model.RoleAdmin}, {ID: 2, Role: model.RoleViewer, Scope: model.ScopeOf([]string{"beta", "gamma"})}, {ID: 3, Role: model.RoleNone},
	})
	for _, c := range []struct {
		name    string
		who     ops.Who
		role    model.Role // RoleNone: unknown
		sees    string
		offline string
	}{
		{"admin in private", in(1, 1), model.RoleAdmin, "gamma", ""},
		{"admin in a group", in(1, -1), model.RoleAdmin, "gamma", ""},
		{"admin in a limited group", in(1, -2), model.RoleAdmin, "acme", "gamma"},
		{"limited user in a limited group", in(2, -2), model.RoleOperator, "beta", "acme"},
		{"limited user in a group", in(2, -1), model.RoleViewer, "gamma", "acme"},
		{"nobody in a group", in(9, -1), model.RoleViewer, "gamma", ""},
		{"nobody in a limited group", in(9, -2), model.RoleOperator, "acme", "gamma"},
		{"nobody in private", in(9, 9), model.RoleNone, "", ""},
		{"admin in an unknown group", in(1, -9), model.RoleNone, "", ""},
		{"user who was removed", in(3, 3), model.RoleNone, "", ""},
		{"nobody in a group that gives nothing", in(9, -4), model.RoleNone, "", ""},
		{"admin in a group that gives nothing", in(1, -4), model.RoleAdmin, "acme", ""},
		{"a chat that has a user's number", ops.Who{User: 9, Chat: 1, Private: true}, model.RoleNone, "", ""},
	} {
		a, known := p.Actor(c.who)
		if known != (c.role > model.RoleNone) || a.Role != c.role {
			t.Errorf("%s: role %v, known %v", c.name, a.Role, known)
			continue
		}
		if known && (!a.Scope.Sees(c.sees) || c.offline != "" && a.Scope.Sees(c.offline)) {
			t.Errorf("%s: scope %+v", c.name, a.Scope)
		}
	}
	topic := in(9, -3)
	topic.Topic = 8
	if a, _ := p.Actor(topic); a.Role != model.RoleAdmin {
		t.Errorf("topic 8 gives %v", a.Role)
	}
	if a, _ := p.Actor(in(9, -1)); a.Language != "en" {
		t.Errorf("the chat's language is %q", a.Language)
	}
	if a, _ := p.Actor(in(1, 1)); a.Language != "ru" {
		t.Errorf("where the chat has none it is the app's, not %q", a.Language)
	}
}

func TestPairing(t *testing.T) {
	ctx := context.Background()
	p, r, _ := newPeople()
	code, _, open := p.OpenPairing()
	if !open || len(code) != 8 || strings.ContainsAny(code, "01OI") {
		t.Fatalf("code %q, open %v", code, open)
	}
	if err := p.Pair(ctx, " "+strings.ToLower(code)+" ", in(5, -5)); err != nil {
		t.Fatal(err)
	}
	if a, _ := p.Actor(in(5, -5)); a.Role != model.RoleAdmin {
		t.Errorf("the paired user is %v", a.Role)
	}
	if a, _ := p.Actor(in(6, -5)); a.Role != model.RoleViewer {
		t.Errorf("a member of the paired group is %v", a.Role)
	}
	if err := p.Pair(ctx, code, in(6, 6)); model.CodeOf(err) != model.ErrPairingClosed {
		t.Errorf("a second pairing: %v", err)
	}
	if _, _, open := p.OpenPairing(); open {
		t.Error("a code although there is an admin")
	}
	if len(r.users) != 1 || len(r.chats) != 1 || len(r.audit) != 1 || r.audit[0].Result != "ok" {
		t.Errorf("stored: %+v", r)
	}
	// The config wins over the pairing of the same chat and user.
	p.SetConfig([]model.Chat{{ID: -5, Role: model.RoleNone}}, []model.User{{ID: 5, Role: model.RoleViewer}})
	if a, _ := p.Actor(in(5, -5)); a.Role != model.RoleViewer {
		t.Errorf("the config makes a viewer, and they are %v", a.Role)
	}
	if n := len(p.Chats()); n != 1 {
		t.Errorf("%d chats, though both entries are the same one", n)
	}
	if p.HasAdmin() {
		t.Error("the only admin was made a viewer")
	}
}

func TestPairingTriesAndTime(t *testing.T) {
	ctx := context.Background()
	p, r, c := newPeople()
	code, _, _ := p.OpenPairing()
	for range 5 {
		if err := p.Pair(ctx, "AAAAAAAA", in(9, 9)); model.CodeOf(err) != model.ErrPairingWrong {
			t.Fatal(err)
		}
	}
	for range 100 {
		if err := p.Pair(ctx, code, in(9, 9)); model.CodeOf(err) != model.ErrPairingClosed {
			t.Fatalf("after five tries: %v", err)
		}
	}
	if len(r.audit) != 5 {
		t.Errorf("%d lines for five tries", len(r.audit))
	}
	code, ends, _ := p.OpenPairing()
	c.at = ends
	if err := p.Pair(ctx, code, in(5, 5)); model.CodeOf(err) != model.ErrPairingClosed {
		t.Errorf("after its time: %v", err)
	}
	code, _, _ = p.OpenPairing()
	p.SetConfig(nil, []model.User{{ID: 5, Role: model.RoleViewer}})
	if err := p.Pair(ctx, code, in(5, 5)); model.CodeOf(err) != model.ErrPairingListed {
		t.Errorf("a user with another role in the config: %v", err)
	}
	r.fail = errDisk
	if err := p.Pair(ctx, code, in(6, 6)); err == nil || p.HasAdmin() {
		t.Errorf("what was not stored holds: %v", err)
	}
	r.fail = nil
	if err := p.Pair(ctx, code, in(6, 6)); err != nil {
		t.Errorf("the code is still good after a full disk: %v", err)
	}
}

func TestUnknownAreBounded(t *testing.T) {
	ctx := context.Background()
	p, r, c := newPeople()
	for i := range 3000 {
		first, err := p.Refuse(ctx, in(model.UserID(i+1), 1), "text")
		if err != nil || first != (i < 1000) {
			t.Fatalf("stranger %d: first %v, %v", i, first, err)
		}
	}
	if first, _ := p.Refuse(ctx, in(1, 1), "text"); first || len(r.audit) != 1000 {
		t.Errorf("again within the hour: %v, %d lines", first, len(r.audit))
	}
	c.at = c.at.Add(time.Hour)
	if first, _ := p.Refuse(ctx, in(1, 1), "text"); !first {
		t.Error("silent for ever")
	}
}

func TestMigration(t *testing.T) {
	p, _, _ := newPeople()
	p.SetConfig([]model.Chat{{ID: -5, Role: model.RoleViewer, Language: "ru"}}, nil)
	p.Migrate(-5, -1005)
	p.SetConfig([]model.Chat{{ID: -5, Role: model.RoleViewer, Language: "ru"}}, nil) // a reload: the file has the old id
	if _, known := p.Actor(in(9, -5)); known {
		t.Error("the old id is still known")
	}
	if a, known := p.Actor(in(9, -1005)); !known || a.Role != model.RoleViewer || p.Language(model.Destination{Chat: -1005}) != "ru" {
		t.Errorf("the new id is %+v", a)
	}
}
