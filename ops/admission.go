package ops

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"

	"opsbot/model"
)

// The names of the actions that let somebody in, as in the audit log. They are for admins who see all clients.
const (
	ActionLetIn  = "let_in"
	ActionInvite = "invite"
	ActionJoin   = "join"
	ActionPutOut = "put_out"
)

// inviteLife is how long an invitation may be used, once.
const inviteLife = 24 * time.Hour

// MayLetIn reports whether somebody may let others in: with rights of their own, wherever they write. The rights are those that they
// would have in the chat.
func (p *People) MayLetIn(w Who) (model.Actor, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	u, _ := p.user(w.User)
	a := w.actor()
	if u.Name != "" {
		a.Name = u.Name
	}
	a.Role, a.Scope, a.Language = u.Role, u.Scope, w.Language
	return a, letsIn(&a)
}

func letsIn(a *model.Actor) bool { return a.Role >= model.RoleAdmin && !a.Scope.Limited }

// needLetIn refuses who may let nobody in, which is written to the audit log.
func (p *People) needLetIn(ctx context.Context, who *model.Actor, action string) error {
	if letsIn(who) {
		return nil
	}
	refused := &model.Error{Code: model.ErrForbidden, Args: map[string]string{"need": model.RoleAdmin.String()}}
	_ = p.store.Audit(ctx, model.AuditEntry{At: p.now(), Actor: *who, Action: action, Result: string(refused.Code)}) // refused even if the entry cannot be written
	return refused
}

// LetIn makes the chat that an admin writes in known: anybody there may do what the role allows, and sees the scope. The chat gets alerts from then
// on, as a paired one does. A role of admin is for people, never for a chat.
func (p *People) LetIn(ctx context.Context, who model.Actor, c model.Chat) error {
	if err := p.needLetIn(ctx, &who, ActionLetIn); err != nil {
		return err
	}
	p.pairing.Lock()
	defer p.pairing.Unlock()
	c.Paired, c.Role = true, min(c.Role, model.RoleOperator)
	if c.Name == "" {
		c.Name = strconv.FormatInt(int64(c.ID), 10)
	}
	entry := model.AuditEntry{
		At: p.now(), Actor: who, Action: ActionLetIn, Target: strconv.FormatInt(int64(c.ID), 10), After: rightsOf(c.Role, c.Scope), Result: "ok",
	}
	if err := p.store.LetIn(ctx, c, entry); err != nil {
		return unchanged(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pairedChats = withChat(p.pairedChats, c)
	return nil
}

// Invite makes an invitation for one person, and returns the code of its link. Only the person who uses it first gets the rights.
func (p *People) Invite(ctx context.Context, who model.Actor, role model.Role, scope model.Scope) (code string, ends time.Time, err error) {
	if err := p.needLetIn(ctx, &who, ActionInvite); err != nil {
		return "", time.Time{}, err
	}
	raw := make([]byte, 18)
	_, _ = rand.Read(raw) // crypto/rand.Read never fails: it ends the program if there is no randomness
	code, now := base64.RawURLEncoding.EncodeToString(raw), p.now()
	i := model.Invitation{Role: role, Scope: scope, By: who.User, ByName: who.Name, Ends: now.Add(inviteLife)}
	entry := model.AuditEntry{At: now, Actor: who, Action: ActionInvite, After: rightsOf(role, scope), Result: "ok"}
	if err := p.store.Invite(ctx, inviteID(code), i, entry); err != nil {
		return "", time.Time{}, unchanged(err)
	}
	return code, i.Ends, nil
}

// inviteID is under what an invitation is stored: not the code, which must not be read in a copy of the database.
func inviteID(code string) string {
	sum := sha256.Sum256([]byte("invite " + code))
	return hex.EncodeToString(sum[:])
}

// Join gives the sender of an invitation's code its rights, once. ErrPairingClosed when there is no such invitation, ErrInvited when the
// sender has as many rights already, and ErrPairingListed when the config says which they have: then it can still be used.
func (p *People) Join(ctx context.Context, code string, w Who) error {
	p.pairing.Lock()
	defer p.pairing.Unlock()
	id := inviteID(strings.TrimSpace(code))
	i, found, err := p.store.Invitation(ctx, id)
	if err != nil {
		return err
	}
	if !found {
		return &model.Error{Code: model.ErrPairingClosed}
	}
	entry := model.AuditEntry{
		At: p.now(), Actor: w.actor(), Action: ActionJoin, Target: "invited by " + strconv.FormatInt(int64(i.By), 10), After: rightsOf(i.Role, i.Scope), Result: "ok",
	}
	p.mu.Lock()
	u, known := p.user(w.User)
	p.mu.Unlock()
	if err := invited(&u, known, &i); err != nil {
		entry.Result, entry.After = string(model.CodeOf(err)), ""
		_ = p.store.Audit(ctx, entry) // refused even if the entry cannot be written
		return err
	}
	u = model.User{ID: w.User, Name: entry.Actor.Name, Role: i.Role, Scope: i.Scope, Paired: true}
	if err := p.store.Join(ctx, id, u, entry); err != nil {
		return unchanged(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pairedUsers = withUser(p.pairedUsers, u)
	return nil
}

// PutOut takes the access of a person or a group that was let in by chat, and returns its name. Who is in the config is taken out there: ErrNotLetIn.
// ErrYourself for one's own.
func (p *People) PutOut(ctx context.Context, who model.Actor, word string) (name string, err error) {
	if err := p.needLetIn(ctx, &who, ActionPutOut); err != nil {
		return "", err
	}
	p.pairing.Lock()
	defer p.pairing.Unlock()
	id, name, rights := p.letIn(word)
	switch {
	case id == 0:
		return "", &model.Error{Code: model.ErrNotLetIn, Args: map[string]string{"word": shorten(word)}}
	case id == int64(who.User):
		return "", &model.Error{Code: model.ErrYourself}
	case p.isLastAdmin(new(p.rights(id))):
		return "", &model.Error{Code: model.ErrLastAdmin}
	}
	entry := model.AuditEntry{At: p.now(), Actor: who, Action: ActionPutOut, Target: strconv.FormatInt(id, 10) + " " + name, Before: rights, After: "no access", Result: "ok"}
	if err := p.store.PutOut(ctx, id, entry); err != nil {
		return "", unchanged(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pairedUsers = slices.DeleteFunc(slices.Clone(p.pairedUsers), func(u model.User) bool { return int64(u.ID) == id })
	p.pairedChats = slices.DeleteFunc(slices.Clone(p.pairedChats), func(c model.Chat) bool { return int64(c.ID) == id })
	return name, nil
}

// rights are the rights that somebody has now; none of a group.
func (p *People) rights(id int64) Member {
	p.mu.Lock()
	defer p.mu.Unlock()
	u, _ := p.user(model.UserID(id))
	return Member{ID: id, Role: u.Role, Scope: u.Scope}
}

// letIn finds who was let in by chat, by their id; 0 if nobody was. A person and their private chat have the same id, and go together.
func (p *People) letIn(word string) (id int64, name, rights string) {
	wanted, err := strconv.ParseInt(strings.TrimSpace(word), 10, 64)
	if err != nil {
		return 0, "", ""
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.pairedChats {
		if int64(c.ID) == wanted {
			id, name, rights = wanted, c.Name, rightsOf(c.Role, c.Scope)
		}
	}
	for _, u := range p.pairedUsers {
		if int64(u.ID) == wanted {
			id, name, rights = wanted, u.Name, rightsOf(u.Role, u.Scope)
		}
	}
	return id, name, rights
}

// invited refuses who needs no invitation, or cannot have one.
func invited(u *model.User, known bool, i *model.Invitation) error {
	switch {
	case known && !u.Paired:
		return &model.Error{Code: model.ErrPairingListed, Args: map[string]string{"need": u.Role.String()}}
	case known && u.Role >= i.Role && u.Scope.Includes(i.Scope):
		return &model.Error{Code: model.ErrInvited, Args: map[string]string{"need": u.Role.String()}}
	default:
		return nil
	}
}

// rightsOf is "operator acme, beta" for the audit log.
func rightsOf(role model.Role, scope model.Scope) string {
	if !scope.Limited {
		return role.String() + " all"
	}
	return role.String() + " " + strings.Join(scope.Clients, ", ")
}

// withChat adds a chat, or replaces it.
func withChat(all []model.Chat, c model.Chat) []model.Chat {
	rest := slices.DeleteFunc(slices.Clone(all), func(other model.Chat) bool { return other.ID == c.ID })
	return append(rest, c)
}

// withUser adds a user, or replaces them.
func withUser(all []model.User, u model.User) []model.User {
	rest := slices.DeleteFunc(slices.Clone(all), func(other model.User) bool { return other.ID == u.ID })
	return append(rest, u)
}

// Clients returns the names of the clients in a scope.
func (k *Actions) Clients(scope model.Scope) (names []string) {
	for _, c := range k.d.Inventory.Current().Clients() {
		if scope.Sees(c.Name) {
			names = append(names, c.Name)
		}
	}
	return names
}

// ClientsNamed returns the scope of the clients that words name; no words is everything. ErrUnknownWord when they name something else.
func (k *Actions) ClientsNamed(who model.Actor, words []string) (model.Scope, error) {
	if len(words) == 0 {
		return model.Scope{}, nil
	}
	var clients []string
	for _, word := range words {
		sel, err := k.resolve(k.d.Inventory.Current(), []string{"client:" + strings.TrimPrefix(word, "client:")}, who.Scope)
		if err != nil {
			return model.Scope{}, err
		}
		clients = append(clients, sel.Clients...)
	}
	return model.ScopeOf(slices.Compact(slices.Sorted(slices.Values(clients)))), nil
}
