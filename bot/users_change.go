package bot

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"opsbot/model"
	"opsbot/ops"
	"opsbot/texts"
)

// isPage reports whether a word of "/users" asks for a page.
func isPage(word string) bool { return strings.EqualFold(word, "page") }

// changesMember reports whether words of "/users" change what somebody may do: "42 role operator", "42 clients acme".
func changesMember(ws []string) bool {
	return len(ws) > 2 && (ws[1] == "role" || ws[1] == "clients" && !isPage(ws[2]))
}

// changeMember shows one of the known users and chats, or changes what they may do.
func (r *request) changeMember(ctx context.Context, id string, ws []string) error {
	m, err := r.b.d.People.Member(ctx, r.actor, id)
	switch {
	case err != nil:
		return err
	case len(ws) == 0:
		r.showMember(ctx, &m)
		return nil
	case len(ws) == 2 && ws[0] == "ask":
		return r.askMember(ctx, &m, ws[1])
	case len(ws) == 2 && ws[0] == "role":
		if err := m.Role.UnmarshalText([]byte(ws[1])); err != nil || m.Role == model.RoleNone && !m.Group {
			return &model.Error{Code: model.ErrWhichRole, Args: map[string]string{"word": model.Clip(ws[1], 32)}, Choices: inviteRoles}
		}
		return r.setRights(ctx, &m, r.showMember)
	case ws[0] == "clients":
		return r.changeClients(ctx, &m, ws[1:])
	default:
		return &model.Error{Code: model.ErrUnknownWord, Args: map[string]string{"word": model.Clip(ws[0], 32)}}
	}
}

// setRights stores what somebody may do from now on, and shows it.
func (r *request) setRights(ctx context.Context, m *ops.Member, show func(context.Context, *ops.Member)) error {
	if err := r.b.d.People.SetRights(ctx, r.actor, *m); err != nil {
		return err
	}
	r.b.d.Paired()
	now, err := r.b.d.People.Member(ctx, r.actor, strconv.FormatInt(m.ID, 10))
	if err != nil {
		return err
	}
	show(ctx, &now)
	return nil
}

// memberLine is the command about a member behind a button.
func memberLine(m *ops.Member, words string) map[string]string {
	return map[string]string{"line": strings.TrimSpace("/users " + strconv.FormatInt(m.ID, 10) + " " + words)}
}

// memberHead says who a member is and what they may do.
func (r *request) memberHead(m *ops.Member) block {
	mark := "👤"
	if m.Group {
		mark = "💬"
	}
	return r.knownLine(mark, known{m.Name, m.ID, m.Role, m.Scope, !m.Listed}) + "\n" + block(r.p.HTML("users.sees", texts.Args{"sees": r.sees(m.Scope)}))
}

// showMember shows a member, with a button for each change that is possible.
func (r *request) showMember(ctx context.Context, m *ops.Member) {
	lines := blocks{r.memberHead(m)}
	var roles, rest []action
	switch {
	case m.Listed:
		lines = append(lines, block(r.p.HTML("users.listed_do")))
	case m.ID == int64(r.actor.User):
		lines = append(lines, block(r.p.HTML("users.yourself")))
	default:
		roles = r.roleActions(m)
		rest = append(rest,
			action{label: r.p.T("button.which_clients"), name: actShow, args: memberLine(m, "clients")},
			action{label: r.p.T("button.remove"), name: actShow, args: memberLine(m, "ask remove")},
		)
	}
	rest = append(rest, action{label: "‹ " + r.p.T("button.users"), name: actShow, args: map[string]string{"line": "/users"}})
	r.reply(ctx, lines.join(), append(r.buttons(ctx, 3, roles...), r.buttons(ctx, 2, rest...)...))
}

// roleActions are the roles that a member does not have. That of an admin is asked about.
func (r *request) roleActions(m *ops.Member) (all []action) {
	roles := []model.Role{model.RoleViewer, model.RoleOperator, model.RoleAdmin}
	if m.Group {
		roles = []model.Role{model.RoleNone, model.RoleViewer, model.RoleOperator}
	}
	for _, role := range roles {
		words := "role " + role.String()
		if role == model.RoleAdmin {
			words = "ask admin"
		}
		if role != m.Role {
			all = append(all, action{label: r.p.T("users.make", texts.Args{"role": role}), name: actShow, args: memberLine(m, words)})
		}
	}
	return all
}

// askMember asks before somebody becomes an admin, or loses all access.
func (r *request) askMember(ctx context.Context, m *ops.Member, what string) error {
	line, label := memberLine(m, "role admin"), r.p.T("users.make", texts.Args{"role": model.RoleAdmin})
	question := r.p.HTML("users.ask_admin", texts.Args{"name": memberName(m)})
	if what == "remove" {
		line, label = map[string]string{"line": "/users remove " + strconv.FormatInt(m.ID, 10)}, r.p.T("button.remove")
		question = r.p.HTML("users.ask_remove", texts.Args{"name": memberName(m)})
	} else if what != "admin" {
		return &model.Error{Code: model.ErrUnknownWord, Args: map[string]string{"word": model.Clip(what, 32)}}
	}
	r.reply(ctx, question, r.buttons(ctx, 2,
		action{label: label, name: actShow, args: line, own: true},
		action{label: r.p.T("button.cancel"), name: actShow, args: memberLine(m, "")},
	))
	return nil
}

func memberName(m *ops.Member) string {
	if m.Name != "" {
		return model.Clip(m.Name, 64)
	}
	return strconv.FormatInt(m.ID, 10)
}

// changeClients shows which clients a member sees, or changes it: "all", or the name of one that is added or taken away.
func (r *request) changeClients(ctx context.Context, m *ops.Member, ws []string) error {
	switch {
	case len(ws) == 0:
		r.showClients(ctx, m, 1)
		return nil
	case len(ws) == 2 && isPage(ws[0]):
		page, _ := strconv.Atoi(ws[1])
		r.showClients(ctx, m, page)
		return nil
	case len(ws) == 1 && ws[0] == "all":
		m.Scope = model.Scope{}
		return r.setRights(ctx, m, func(ctx context.Context, m *ops.Member) { r.showClients(ctx, m, 1) })
	}
	named, err := r.b.d.Actions.ClientsNamed(r.actor, ws)
	if err != nil {
		return err
	}
	if m.Scope, err = toggled(m.Scope, named.Clients); err != nil {
		return err
	}
	page := slices.Index(r.clientNames(), named.Clients[0])/clientsPage + 1
	return r.setRights(ctx, m, func(ctx context.Context, m *ops.Member) { r.showClients(ctx, m, page) })
}

// toggled is a scope with clients added that it does not have, and without those that it has. Who saw everything sees these alone. ErrNeedClient when
// none is left: no clients would be all.
func toggled(scope model.Scope, clients []string) (model.Scope, error) {
	if !scope.Limited {
		return model.ScopeOf(clients), nil
	}
	left := slices.DeleteFunc(slices.Clone(scope.Clients), func(c string) bool { return slices.Contains(clients, c) })
	for _, c := range clients {
		if !scope.Sees(c) {
			left = append(left, c)
		}
	}
	if len(left) == 0 {
		return scope, &model.Error{Code: model.ErrNeedClient}
	}
	return model.ScopeOf(left), nil
}

// clientNames are all clients in the order of the buttons.
func (r *request) clientNames() []string {
	names := r.b.d.Actions.Clients(r.actor.Scope)
	slices.SortFunc(names, model.CompareNatural)
	return names
}

// showClients lists all clients, those that a member sees with a mark; a press changes one.
func (r *request) showClients(ctx context.Context, m *ops.Member, page int) {
	names := r.clientNames()
	pages := pagesOf(len(names), clientsPage)
	page = min(max(1, page), pages)
	var all []action
	for _, name := range names[(page-1)*clientsPage : min(page*clientsPage, len(names))] {
		label := name
		if m.Scope.Limited && m.Scope.Sees(name) {
			label = "✅ " + name
		}
		all = append(all, action{label: label, name: actShow, args: memberLine(m, "clients client:"+name)})
	}
	everything := r.p.T("letin.all")
	if !m.Scope.Limited {
		everything = "✅ " + everything
	}
	arrows := pageArrows(page, pages, func(page int) string { return memberLine(m, "clients page "+strconv.Itoa(page))["line"] })
	rows := append(r.buttons(ctx, 2, all...), r.buttons(ctx, 2, arrows...)...)
	rows = append(rows, r.buttons(ctx, 2,
		action{label: everything, name: actShow, args: memberLine(m, "clients all")},
		action{label: "‹ " + memberName(m), name: actShow, args: memberLine(m, "")},
	)...)
	r.reply(ctx, blocks{r.memberHead(m), block(r.p.HTML("users.pick_clients"))}.join(), rows)
}

// clientsPage is how many clients a page lists: each has a button.
const clientsPage = 8

// pagesOf is the number of pages for n items, at least one.
func pagesOf(n, size int) int { return max(1, (n+size-1)/size) }

// pageArrows are buttons for the previous and the next page; line returns the command for a page.
func pageArrows(at, pages int, line func(page int) string) []action {
	var arrows []action
	if at > 1 {
		arrows = append(arrows, action{label: "‹ " + strconv.Itoa(at-1), name: actShow, args: map[string]string{"line": line(at - 1)}})
	}
	if at < pages {
		arrows = append(arrows, action{label: strconv.Itoa(at+1) + " ›", name: actShow, args: map[string]string{"line": line(at + 1)}})
	}
	return arrows
}
