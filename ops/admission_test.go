package ops_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/ops"
)

// However many strangers guess, the code that a person reads off the log works, and the audit log stays within bounds.
func TestStrangersWrongCodesClosePairingForNobody(t *testing.T) {
	p, r, _ := newPeople()
	code, _, _ := p.OpenPairing()
	for user := range model.UserID(3000) {
		for range 7 {
			if err := p.Pair(t.Context(), "AAAAAAAA", in(user+100, 1)); err == nil {
				t.Fatal("a wrong code is right")
			}
		}
	}
	if n := len(r.audit); n != 5000 {
		t.Errorf("%d lines of audit for 21,000 wrong codes, wanted 5 of each of 1,000 senders", n)
	}
	if err := p.Pair(t.Context(), code, in(5, 5)); err != nil {
		t.Errorf("the right code: %v", err)
	}
}

// letter is the rights of an admin, wherever they write.
func letter(t *testing.T, p *ops.People) model.Actor {
	t.Helper()
	who, may := p.MayLetIn(in(1, -9))
	if !may {
		t.Fatal("an admin may not let in")
	}
	return who
}

func TestWhoMayLetIn(t *testing.T) {
	p, r, _ := newPeople()
	acme := model.ScopeOf([]string{"acme"})
	p.SetConfig([]model.Chat{{ID: -1, Role: model.RoleAdmin}}, []model.User{
		{ID: 1, Role: model.RoleAdmin}, {ID: 2, Role: model.RoleAdmin, Scope: acme}, {ID: 3, Role: model.RoleOperator}, {ID: 4, Role: model.RoleNone},
	})
	for user := range model.UserID(10) {
		who, may := p.MayLetIn(in(user, -9))
		if may != (user == 1) {
			t.Errorf("user %d may let in: %v", user, may)
		}
		letIn := p.LetIn(t.Context(), who, model.Chat{ID: -9})
		_, _, invited := p.Invite(t.Context(), who, model.RoleViewer, model.Scope{})
		for _, err := range []error{letIn, invited} {
			if (err == nil) != may || err != nil && model.CodeOf(err) != model.ErrForbidden {
				t.Errorf("user %d: %v", user, err)
			}
		}
	}
	if n := len(r.audit); n != 20 {
		t.Errorf("%d lines of audit for 20 tries", n)
	}
	member, _ := p.Actor(in(9, -1)) // an admin by the group alone
	if err := p.LetIn(t.Context(), member, model.Chat{ID: -8}); err != nil {
		t.Errorf("in a group whose members are admins: %v", err)
	}
}

func TestALetInGroupIsKnown(t *testing.T) {
	p, r, _ := newPeople()
	p.SetConfig(nil, []model.User{{ID: 1, Role: model.RoleAdmin}})
	who := letter(t, p)
	r.fail = errDisk
	if err := p.LetIn(t.Context(), who, model.Chat{ID: -9, Role: model.RoleViewer}); err == nil || len(p.Chats()) != 0 {
		t.Fatalf("what was not stored holds: %v", err)
	}
	r.fail = nil
	for _, c := range []struct {
		give model.Role
		have model.Role
	}{{model.RoleViewer, model.RoleViewer}, {model.RoleNone, model.RoleNone}, {model.RoleAdmin, model.RoleOperator}} {
		if err := p.LetIn(t.Context(), who, model.Chat{ID: -9, Role: c.give, Scope: model.ScopeOf([]string{"acme"})}); err != nil {
			t.Fatal(err)
		}
		a, known := p.Actor(in(77, -9))
		if known != (c.have > model.RoleNone) || a.Role != c.have || known && a.Scope.Sees("beta") {
			t.Errorf("a group with %v: a member is %+v, %v", c.give, a, known)
		}
	}
	if n := len(p.Chats()); n != 1 {
		t.Errorf("%d chats for one group", n)
	}
}

// An invitation gives what it says, to one person, once, within its time; and its code is not in the store.
func TestInvitation(t *testing.T) {
	p, r, c := newPeople()
	p.SetConfig(nil, []model.User{{ID: 1, Role: model.RoleAdmin}, {ID: 2, Role: model.RoleViewer}})
	who, acme := letter(t, p), model.ScopeOf([]string{"acme"})
	invite := func(role model.Role, scope model.Scope) string {
		t.Helper()
		code, _, err := p.Invite(t.Context(), who, role, scope)
		if err != nil {
			t.Fatal(err)
		}
		return code
	}
	code := invite(model.RoleOperator, acme)
	if strings.Contains(fmt.Sprint(r.invitations, r.audit), code) {
		t.Error("the store has the code of the link")
	}
	join := func(code string, user model.UserID) model.ErrorCode {
		err := p.Join(t.Context(), code, in(user, model.ChatID(user)))
		if err == nil {
			return ""
		}
		return model.CodeOf(err)
	}
	steps := []struct {
		name string
		code string
		user model.UserID
		want model.ErrorCode
	}{
		{"somebody whom the config lists", code, 2, model.ErrPairingListed},
		{"another code", strings.Repeat("x", len(code)), 7, model.ErrPairingClosed},
		{"no code", "", 7, model.ErrPairingClosed},
		{"the invited one", code, 7, ""},
		{"again", code, 7, model.ErrPairingClosed},
		{"somebody else", code, 8, model.ErrPairingClosed},
		{"who has as much", invite(model.RoleViewer, acme), 7, model.ErrInvited},
		{"who gets more", invite(model.RoleViewer, model.Scope{}), 7, ""},
	}
	for _, s := range steps {
		if got := join(s.code, s.user); got != s.want {
			t.Errorf("%s: %q, want %q", s.name, got, s.want)
		}
	}
	if a, known := p.Actor(in(7, 7)); !known || a.Role != model.RoleViewer || a.Scope.Limited {
		t.Errorf("who was invited twice is %+v", a)
	}
	code = invite(model.RoleViewer, model.Scope{})
	c.at = c.at.Add(24 * time.Hour)
	if got := join(code, 8); got != model.ErrPairingClosed {
		t.Errorf("after its time: %q", got)
	}
	code = invite(model.RoleViewer, model.Scope{})
	r.fail = &model.Error{Code: model.ErrStore, Err: errors.New("disk full")}
	if got := join(code, 8); got != model.ErrUnchanged {
		t.Errorf("on a full disk: %q", got)
	}
	r.fail = nil
	if got := join(code, 8); got != "" {
		t.Errorf("once there is room: %q", got)
	}
}

// Whatever somebody calls themselves, their name in answers, in the log and in the audit log is one piece of a line with their number beside.
func TestNamesMakeNoLines(t *testing.T) {
	p, r, _ := newPeople()
	p.SetConfig([]model.Chat{{ID: -1, Role: model.RoleViewer}}, nil)
	name := "Ann\nuser=1 level=error: \u202eevil\u202c @all https://t.me/x \u2028· reset → ok\x1b[31m\u200b" + strings.Repeat("ж", 200)
	w := in(9, -1)
	w.Name = name
	a, _ := p.Actor(w)
	if err := p.Pair(context.Background(), "x", w); model.CodeOf(err) != model.ErrPairingClosed {
		t.Fatal(err)
	}
	if _, err := p.Refuse(t.Context(), w, "text"); err != nil {
		t.Fatal(err)
	}
	for _, got := range []string{a.Name, r.audit[0].Actor.Name} {
		if strings.ContainsAny(got, "\n\r\u2028\u202e\u202c\x1b\u200b=:@/·→") || len([]rune(got)) > 64 || !strings.HasPrefix(got, "Ann user 1 level error evil all") {
			t.Errorf("the name is %q", got)
		}
	}
	if got := a.Person(); !strings.HasSuffix(got, " (9)") {
		t.Errorf("the person is %q", got)
	}
	if e := r.audit[0]; e.Actor.User != 9 || e.Actor.Chat != -1 {
		t.Errorf("the audit entry has no numbers: %+v", e)
	}
}

// Who was let in by chat is put out by an admin who sees all clients; nobody else is, and nobody by themselves.
func TestWhoIsPutOut(t *testing.T) {
	p, r, _ := newPeople()
	p.SetConfig(nil, []model.User{{ID: 1, Role: model.RoleAdmin}, {ID: 2, Role: model.RoleViewer}})
	who := letter(t, p)
	if err := p.LetIn(t.Context(), who, model.Chat{ID: -9, Role: model.RoleViewer}); err != nil {
		t.Fatal(err)
	}
	code, _, err := p.Invite(t.Context(), who, model.RoleAdmin, model.Scope{})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Join(t.Context(), code, in(7, 7)); err != nil {
		t.Fatal(err)
	}
	invited, _ := p.Actor(in(7, 7))
	for word, c := range map[string]struct {
		who  model.Actor
		want model.ErrorCode
	}{
		"2": {who, model.ErrNotLetIn}, "8": {who, model.ErrNotLetIn}, "": {who, model.ErrNotLetIn}, "x": {who, model.ErrNotLetIn}, "0": {who, model.ErrNotLetIn},
		"7": {invited, model.ErrYourself}, "-9": {actor(model.RoleAdmin, "acme"), model.ErrForbidden},
	} {
		if _, err := p.PutOut(t.Context(), c.who, word); model.CodeOf(err) != c.want {
			t.Errorf("%q: %v, want %s", word, err, c.want)
		}
	}
	if len(r.out) > 0 || len(p.Users()) != 3 || len(p.Chats()) != 1 {
		t.Errorf("somebody was put out: %v", r.out)
	}
	r.fail = errDisk
	if _, err := p.PutOut(t.Context(), who, "7"); err == nil || len(p.Users()) != 3 {
		t.Errorf("what was not stored holds: %v", err)
	}
	r.fail = nil
	for _, word := range []string{"7", "-9"} {
		if _, err := p.PutOut(t.Context(), who, word); err != nil {
			t.Error(err)
		}
	}
	if _, known := p.Actor(in(7, 7)); known || len(p.Chats()) != 0 || len(r.out) != 2 {
		t.Errorf("they are still known: %v", r.out)
	}
}
