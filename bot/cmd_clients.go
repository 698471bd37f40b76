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

// clientPicker is a list of clients, each a button that runs a command for it.
type clientPicker struct {
	command string // one of clientCommands
	page    int    // from 1; 0 is not given
	start   string // of the names; "" is any
}

// clientCommands can be about a client that is picked from the list.
var clientCommands = []string{"status", "webtest", "report", "why", "chart", "history", ops.ActionMute}

// cmdClients lists clients, those that are not ok first: "/clients [COMMAND] [PAGE] [START]".
func (r *request) cmdClients(ctx context.Context, args string) error {
	st, err := r.b.d.Actions.Status(ctx, r.actor, nil)
	if err != nil {
		return err
	}
	p := parsePicker(words(args))
	if r.page == 0 {
		r.page = p.page
	}
	all := clientsOf(st, p.start)
	switch {
	case len(st.Services) == 0:
		r.reply(ctx, r.p.HTML(r.whose("clients.empty")), nil)
	case len(all) == 0:
		r.reply(ctx, r.p.HTML("clients.none"), nil)
	default:
		m := r.clientList(all, p.command)
		r.list(ctx, m, r.clientKeys(p.command)...)
	}
	return nil
}

// clientKeys are beside the clients.
func (r *request) clientKeys(command string) []action {
	if command == "webtest" && r.actor.Role >= model.RoleOperator {
		return []action{{label: r.p.T("button.test_all"), name: actRun, args: map[string]string{"line": "/webtest all"}}}
	}
	return nil
}

func (r *request) clientList(all []clientState, command string) (m message) {
	typed := command
	if command == ops.ActionMute { // which wants a time
		typed += " 2h"
	}
	m.head = blocks{block(r.p.HTML("clients.pick", texts.Args{"command": typed}))}
	names := make([]string, len(all))
	for i := range all {
		names[i] = all[i].name
	}
	for i, short := range shortNames(names, labelRoom[1]-3) {
		label := texts.OfVerdict(all[i].verdict).Mark() + " " + short
		link := action{label: label, name: opens(command), args: map[string]string{"line": "/" + command + " client:" + all[i].name}}
		if command == ops.ActionMute {
			link.name, link.args = actMute, map[string]string{"words": "client:" + all[i].name, "for": "0s"}
		}
		m.pickable(short, all[i].name, link)
	}
	return m
}

func parsePicker(ws []string) clientPicker {
	p := clientPicker{command: "status"}
	if len(ws) > 0 && slices.Contains(clientCommands, ws[0]) {
		p.command, ws = ws[0], ws[1:]
	}
	if len(ws) > 0 {
		if n, err := strconv.Atoi(ws[0]); err == nil {
			p.page, ws = n, ws[1:]
		}
	}
	if len(ws) > 0 {
		p.start = model.Clip(ws[0], 64)
	}
	return p
}

// clientState is a client with the verdict of its worst service.
type clientState struct {
	name    string
	verdict model.Verdict
}

// clientsOf lists clients, worst first.
func clientsOf(st *ops.Status, start string) []clientState {
	seen := map[string]bool{}
	var all []clientState
	for _, s := range st.Services {
		if !seen[s.Client] && strings.HasPrefix(strings.ToLower(s.Client), strings.ToLower(start)) {
			all = append(all, clientState{s.Client, s.Verdict})
		}
		seen[s.Client] = true
	}
	return all
}
