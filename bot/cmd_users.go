package bot

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"opsbot/model"
	"opsbot/texts"
)

// cmdUsers lists users and chats with their roles, each with a button that leads to what can be changed: "/users", "/users 42", and behind its
// buttons "/users 42 role operator", "/users 42 clients acme". "/users remove 42" takes the access of who was let in by chat.
func (r *request) cmdUsers(ctx context.Context, args string) error {
	ws := words(args)
	switch {
	case len(ws) == 0:
		return r.listMembers(ctx, 1)
	case isRemove(ws[0]):
		return r.putOut(ctx, ws[1:])
	case len(ws) == 2 && isPage(ws[0]):
		page, _ := strconv.Atoi(ws[1])
		return r.listMembers(ctx, page)
	default:
		return r.changeMember(ctx, ws[0], ws[1:])
	}
}

// membersPage is how many users and chats a page lists: each has a button.
const membersPage = 8

// listMembers shows one page of the known users and chats.
func (r *request) listMembers(ctx context.Context, page int) error {
	users, chats, err := r.b.d.People.Directory(ctx, r.actor)
	if err != nil {
		return err
	}
	slices.SortStableFunc(users, func(a, b model.User) int { return int(b.Role) - int(a.Role) })
	var rows blocks
	var open []action
	add := func(mark string, k known, more string) {
		rows = append(rows, r.knownLine(mark, k)+escaped(more))
		name := k.name
		if name == "" {
			name = strconv.FormatInt(k.id, 10)
		}
		open = append(open, action{label: mark + " " + name, name: actShow, args: map[string]string{"line": "/users " + strconv.FormatInt(k.id, 10)}})
	}
	for i := range users {
		u := &users[i]
		add("👤", known{u.Name, int64(u.ID), u.Role, u.Scope, u.Paired}, "")
	}
	for i := range chats {
		c := &chats[i]
		topic := ""
		if c.Topic != 0 {
			topic = " · " + r.p.T("users.topic", texts.Args{"topic": c.Topic})
		}
		add("💬", known{c.Name, int64(c.ID), c.Role, c.Scope, c.Paired}, topic)
	}
	pages := pagesOf(len(rows), membersPage)
	page = min(max(1, page), pages)
	from, to := (page-1)*membersPage, min(page*membersPage, len(rows))
	head := block(r.p.HTML("users.head", texts.Args{"users": r.p.N("users.count", len(users)), "chats": r.p.N("users.chats", len(chats))}))
	m := message{head: blocks{head}, rows: rows[from:to], tail: blocks{block(r.p.HTML("users.do"))}}
	arrows := pageArrows(page, pages, func(page int) string { return "/users page " + strconv.Itoa(page) })
	r.reply(ctx, m.fit(membersPage, r.renderer().more), append(r.buttons(ctx, 2, open[from:to]...), r.buttons(ctx, 2, arrows...)...))
	return nil
}

// isRemove reports whether a word of "/users" removes somebody.
func isRemove(word string) bool {
	return slices.Contains([]string{"remove", "удалить"}, strings.ToLower(word))
}

func (r *request) putOut(ctx context.Context, ws []string) error {
	if len(ws) != 1 {
		return &model.Error{Code: model.ErrNeedArgument, Args: map[string]string{"command": "users"}}
	}
	name, err := r.b.d.People.PutOut(ctx, r.actor, ws[0])
	if err != nil {
		return err
	}
	r.b.d.Paired()
	r.reply(ctx, r.p.HTML("users.removed", texts.Args{"name": model.Clip(name, 64), "id": ws[0]}), nil)
	return nil
}

// known is what users and chats have in common.
type known struct {
	name   string
	id     int64
	role   model.Role
	scope  model.Scope
	paired bool
}

func (r *request) knownLine(mark string, k known) block {
	line := escaped(mark + " ")
	if k.name != "" {
		line += bold(model.Clip(k.name, 64)) + " "
	}
	line += "<code>" + escaped(strconv.FormatInt(k.id, 10)) + "</code> · " + escaped(r.p.T("users.role", texts.Args{"role": k.role}))
	if k.scope.Limited {
		line += escaped(" · " + model.Clip(r.p.Names(k.scope.Clients, 5), 120))
	}
	from := "users.listed"
	if k.paired {
		from = "users.paired"
	}
	line += escaped(" · " + r.p.T(from))
	return line
}
