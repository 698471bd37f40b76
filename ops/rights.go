package ops

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"opsbot/model"
)

// ActionRights changes what somebody may do and see, as in the audit log.
const ActionRights = "rights"

// Member is a person or a group that is known, with its rights.
type Member struct {
	ID     int64
	Name   string
	Role   model.Role
	Scope  model.Scope
	Group  bool
	Topic  int
	Listed bool // in the configuration, which wins over what was let in by chat: it is changed there
}

// Member returns who has an id. ErrNotLetIn when nobody does.
func (p *People) Member(ctx context.Context, who model.Actor, word string) (Member, error) {
	if err := p.needLetIn(ctx, &who, "users"); err != nil {
		return Member{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	id, err := strconv.ParseInt(strings.TrimSpace(word), 10, 64)
	if m, known := p.member(id); err == nil && known {
		return m, nil
	}
	return Member{}, &model.Error{Code: model.ErrNotLetIn, Args: map[string]string{"word": shorten(word)}}
}

// member finds who has an id. A person and their private chat have the same one: it is the person. The caller holds mu.
func (p *People) member(id int64) (m Member, known bool) {
	if u, ok := p.user(model.UserID(id)); ok {
		return Member{ID: id, Name: u.Name, Role: u.Role, Scope: u.Scope, Listed: !u.Paired}, true
	}
	if c, ok := p.chat(model.ChatID(id), 0); ok {
		return Member{ID: id, Name: c.Name, Role: c.Role, Scope: c.Scope, Group: true, Topic: c.Topic, Listed: !c.Paired}, true
	}
	return m, false
}

// SetRights changes what somebody may do and see who was let in by chat. A group gets at most the role of an operator. ErrListed for who is in the
// configuration, ErrYourself for oneself, ErrLastAdmin when nobody would be left who may let others in.
func (p *People) SetRights(ctx context.Context, who model.Actor, m Member) error {
	if err := p.needLetIn(ctx, &who, ActionRights); err != nil {
		return err
	}
	p.pairing.Lock()
	defer p.pairing.Unlock()
	p.mu.Lock()
	old, known := p.member(m.ID)
	users := slices.Clone(p.pairedUsers)
	chat, _ := findChat(p.pairedChats, model.ChatID(m.ID), 0)
	p.mu.Unlock()
	entry := p.rightsEntry(who, &old, &m)
	err := p.mayChange(who, &old, known, &m)
	if err != nil {
		entry.Result, entry.After = string(model.CodeOf(err)), ""
		_ = p.store.Audit(ctx, entry) // refused even if the entry cannot be written
		return err
	}
	if old.Group {
		chat.Role, chat.Scope = min(m.Role, model.RoleOperator), m.Scope
		return p.storeChat(ctx, chat, entry)
	}
	at := slices.IndexFunc(users, func(u model.User) bool { return int64(u.ID) == m.ID })
	u := users[at]
	u.Role, u.Scope = m.Role, m.Scope
	if err := p.store.SetUser(ctx, u, entry); err != nil {
		return unchanged(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	users[at] = u // keeps their place
	p.pairedUsers = users
	return nil
}

func (p *People) rightsEntry(who model.Actor, old, m *Member) model.AuditEntry {
	return model.AuditEntry{
		At: p.now(), Actor: who, Action: ActionRights, Target: strings.TrimSpace(strconv.FormatInt(m.ID, 10) + " " + old.Name),
		Before: rightsOf(old.Role, old.Scope), After: rightsOf(m.Role, m.Scope), Result: "ok",
	}
}

func (p *People) storeChat(ctx context.Context, c model.Chat, entry model.AuditEntry) error {
	if err := p.store.LetIn(ctx, c, entry); err != nil {
		return unchanged(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	chats := slices.Clone(p.pairedChats)
	for i := range chats {
		if chats[i].ID == c.ID {
			chats[i] = c // keeps its place
		}
	}
	p.pairedChats = chats
	return nil
}

// mayChange refuses a change of rights that must not be.
func (p *People) mayChange(who model.Actor, old *Member, known bool, m *Member) error {
	switch {
	case !known:
		return &model.Error{Code: model.ErrNotLetIn, Args: map[string]string{"word": strconv.FormatInt(m.ID, 10)}}
	case old.Listed:
		return &model.Error{Code: model.ErrListed, Args: map[string]string{"name": shorten(calledBy(old))}}
	case m.ID == int64(who.User):
		return &model.Error{Code: model.ErrYourself}
	case !old.Group && p.isLastAdmin(old) && (m.Role < model.RoleAdmin || m.Scope.Limited):
		return &model.Error{Code: model.ErrLastAdmin}
	default:
		return nil
	}
}

// calledBy is what a member is called, by number if they have no name.
func calledBy(m *Member) string {
	if m.Name != "" {
		return m.Name
	}
	return strconv.FormatInt(m.ID, 10)
}

// isLastAdmin reports whether nobody but them may let others in: then opsbot would open a pairing code, to whoever comes first.
func (p *People) isLastAdmin(m *Member) bool {
	if m.Role < model.RoleAdmin || m.Scope.Limited {
		return false
	}
	for _, u := range p.Users() {
		if int64(u.ID) != m.ID && u.Role >= model.RoleAdmin && !u.Scope.Limited {
			return false
		}
	}
	return true
}
