package bot

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"opsbot/model"
	"opsbot/texts"
)

// cmdUsers lists users and chats with their roles. "/users remove ID" takes the access of who was let in by chat.
func (r *request) cmdUsers(ctx context.Context, args string) error {
	if ws := words(args); len(ws) > 0 && isRemove(ws[0]) {
		return r.putOut(ctx, ws[1:])
	}
	users, chats, err := r.b.d.People.Directory(ctx, r.actor)
	if err != nil {
		return err
	}
	slices.SortStableFunc(users, func(a, b model.User) int { return int(b.Role) - int(a.Role) })
	head := blocks{block(r.p.HTML("users.head", texts.Args{"users": r.p.N("users.count", len(users)), "chats": r.p.N("users.chats", len(chats))}))}
	var rows blocks
	for i := range users {
		u := &users[i]
		rows = append(rows, r.knownLine("👤", known{u.Name, int64(u.ID), u.Role, u.Scope, u.Paired}))
	}
	for i := range chats {
		c := &chats[i]
		row := r.knownLine("💬", known{c.Name, int64(c.ID), c.Role, c.Scope, c.Paired})
		if c.Topic != 0 {
			row += escaped(" · " + r.p.T("users.topic", texts.Args{"topic": c.Topic}))
		}
		rows = append(rows, row)
	}
	r.list(ctx, message{head: head, rows: rows, tail: blocks{block(r.p.HTML("users.do"))}})
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
	if k.paired {
		line += escaped(" · " + r.p.T("users.paired"))
	}
	return line
}
