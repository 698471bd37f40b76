package bot

import (
	"context"
	"slices"
	"strings"

	"opsbot/model"
	"opsbot/ops"
	"opsbot/texts"
)

// A command that is written alone offers what it can be about, as a list of buttons, worst first. A person on a phone taps in place of typing.

// picker is what a command offers.
type picker struct {
	command string // that is run for what was picked
	kind    ops.ChoiceKind
	text    string // id of the question
	none    string // id of what is said when there is nothing to pick
}

// pickers are the commands that offer hosts and checks.
var pickers = map[string]picker{
	"check":         {"check", ops.ChooseCheck, "pick.check", "pick.no_checks"},
	"logs":          {"logs", ops.ChooseLogs, "pick.host", "pick.no_logs"},
	"whatif":        {"whatif", ops.ChooseHost, "pick.host", "pick.no_hosts"},
	"inform":        {"inform", ops.ChooseHost, "pick.host", "pick.no_hosts"},
	ops.ActionReset: {ops.ActionReset, ops.ChooseLatched, "pick.check", "pick.no_latched"},
}

// inPlace are the commands whose answer replaces the list that it was picked from. Others answer in a message of their own, which is kept: a file,
// a picture, a long run.
var inPlace = map[string]bool{"status": true, "why": true, "history": true, "check": true, "whatif": true, "inform": true}

// opens is the way to the answer of a command.
func opens(command string) string {
	if inPlace[command] {
		return actShow
	}
	return actRun
}

// pick offers what a command can be about: all of it, or only what the words select.
func (r *request) pick(ctx context.Context, command string, only ...string) error {
	p := pickers[command]
	all, err := r.b.d.Actions.Choices(ctx, r.actor, p.kind)
	if err != nil {
		return err
	}
	if len(only) > 0 {
		all = slices.DeleteFunc(all, func(c ops.Choice) bool { return !slices.Contains(only, c.Word) })
		r.here = "" // the next page would be of all
	}
	if len(all) == 0 {
		r.reply(ctx, r.p.HTML(r.whose(p.none)), nil)
		return nil
	}
	names := make([]string, len(all))
	for i := range all {
		names[i] = all[i].Name
	}
	m := message{head: blocks{block(r.p.HTML(p.text, texts.Args{"command": command}))}}
	for i, short := range shortNames(names, labelRoom[1]-3) {
		c := &all[i]
		m.pickable(short, c.Name, r.choiceButton(p.command, c, texts.OfCheck(&c.State).Mark()+" "+short))
	}
	r.list(ctx, m)
	return nil
}

// choiceButton is the button of a host or a check.
func (r *request) choiceButton(command string, c *ops.Choice, label string) action {
	switch command {
	case ops.ActionReset:
		return action{label: label, name: actReset, args: map[string]string{"check": strings.TrimPrefix(c.Word, "check:"), "view": r.here}}
	case "logs": // which takes hosts alone
		return action{label: label, name: opens(command), args: map[string]string{"line": "/logs " + c.Name}}
	default:
		return action{label: label, name: opens(command), args: map[string]string{"line": "/" + command + " " + c.Word}}
	}
}

// pickable adds a row that is a button alone; a name that the button has no room for stands in the text too.
func (m *message) pickable(short, name string, link action) {
	row := block("")
	if short != name {
		row = escaped(strings.TrimSpace(short + " — " + model.Clip(name, 140)))
	}
	if len(link.args["line"]) > longestLine {
		link = action{}
	}
	m.rows, m.links = append(m.rows, row), append(m.links, link)
}

// pickIncident offers open incidents, each with a button that does what the command does.
func (r *request) pickIncident(ctx context.Context, command string) error {
	all, err := r.b.d.Actions.Incidents(ctx, r.actor)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(in model.Incident) bool { return !picksIncident(command, &in) })
	if len(all) == 0 {
		r.reply(ctx, r.p.HTML("pick.no_incident."+command), nil)
		return nil
	}
	s := r.renderer()
	m := message{head: blocks{block(r.p.HTML("pick.incident", texts.Args{"command": command}))}, rows: s.tree(all), links: s.incidentLinks(all)}
	for i := range m.links {
		m.links[i].name, m.links[i].args = command, map[string]string{"incident": reference(&all[i]), "view": r.here}
	}
	r.list(ctx, m)
	return nil
}

// picksIncident reports whether a command can be about an incident.
func picksIncident(command string, in *model.Incident) bool {
	switch command {
	case ops.ActionAck:
		return !in.Acknowledged
	case ops.ActionUnack:
		return len(in.Acks) > 0
	case ops.ActionRecheck:
		return len(in.Failing) > 0 || in.Kind == model.IncidentEventGroup
	default:
		return true
	}
}

// pickExtension offers active mutes, each with a button that gives it an hour more.
func (r *request) pickExtension(ctx context.Context) error {
	mutes, err := r.b.d.Actions.Mutes(ctx, r.actor)
	if err != nil {
		return err
	}
	if len(mutes) == 0 {
		r.reply(ctx, r.p.HTML("mutes.none"), nil)
		return nil
	}
	s := r.renderer()
	m := s.mutes(mutes)
	m.head = blocks{block(r.p.HTML("pick.extend"))}
	for i := range m.links {
		m.links[i].name, m.links[i].args = actExtend, s.muteActions(&mutes[i])[0].args
	}
	r.list(ctx, m)
	return nil
}

// pickMute offers what fails now, a client, or all of the chat.
func (r *request) pickMute(ctx context.Context) error {
	all, err := r.b.d.Actions.Incidents(ctx, r.actor)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(in model.Incident) bool {
		return in.Parent != 0 || in.Condition() != model.ConditionOpen || in.Kind == model.IncidentConnectivity || in.Kind == model.IncidentSource || in.Kind == model.IncidentPage
	})
	s := r.renderer()
	m := message{head: blocks{block(r.p.HTML("pick.mute"))}, rows: s.lines(all), links: s.incidentLinks(all)}
	for i := range m.links {
		m.links[i].name, m.links[i].args = actMute, map[string]string{"incident": reference(&all[i]), "for": "0s"}
	}
	r.list(ctx, m,
		action{label: r.p.T("button.mute_client"), name: actShow, args: map[string]string{"line": "/clients mute"}},
		action{label: r.p.T("button.mute_chat"), name: actRun, args: map[string]string{"line": "/mute 1h"}},
	)
	return nil
}

// may reports whether the requester may use a command at all: who may not is refused by the use case, which notes it.
func (r *request) may(command string) bool {
	for _, c := range r.b.commands {
		if c.name == command {
			return r.actor.Role >= c.role
		}
	}
	return false
}
