package bot

import (
	"context"
	"fmt"
	"strings"

	"opsbot/bot/telegram"
	"opsbot/model"
	"opsbot/texts"
)

// command is one line of the table of commands. Texts: "cmd.<name>" (one line for the menu and the list) and
// "cmd.<name>.help" (how to write it, with examples).
type command struct {
	name string
	role model.Role                                               // who may; the use case checks it again
	menu bool                                                     // stands in Telegram's menu
	run  func(r *request, ctx context.Context, args string) error // a method: hence the receiver in front
}

// allCommands is the table, in the order of /help.
func allCommands() []command {
	return []command{
		{"status", model.RoleViewer, true, (*request).cmdStatus},
		{"webtest", model.RoleViewer, true, (*request).cmdWebTest},
		{"check", model.RoleViewer, true, (*request).cmdCheck},
		{"logs", model.RoleOperator, true, (*request).cmdLogs},
		{"mute", model.RoleOperator, true, (*request).cmdMute},
		{"unmute", model.RoleOperator, true, (*request).cmdUnmute},
		{"mutes", model.RoleViewer, true, (*request).cmdMutes},
		{"maintenance", model.RoleViewer, true, (*request).cmdMaintenance},
		{"incidents", model.RoleViewer, true, (*request).cmdIncidents},
		{"ack", model.RoleOperator, true, (*request).cmdAck},
		{"whatif", model.RoleViewer, true, (*request).cmdWhatIf},
		{"impact", model.RoleViewer, true, (*request).cmdImpact},
		{"why", model.RoleViewer, true, (*request).cmdWhy},
		{"unmapped", model.RoleViewer, true, (*request).cmdUnmapped},
		{"history", model.RoleViewer, true, (*request).cmdHistory},
		{"chart", model.RoleViewer, true, (*request).cmdChart},
		{"report", model.RoleViewer, true, (*request).cmdReport},
		{"audit", model.RoleAdmin, true, (*request).cmdAudit},
		{"users", model.RoleAdmin, true, (*request).cmdUsers},
		{"whoami", model.RoleViewer, true, (*request).cmdWhoAmI},
		{"help", model.RoleViewer, true, (*request).cmdHelp},
		{"start", model.RoleViewer, false, (*request).cmdStart},
		{"inform", model.RoleViewer, false, (*request).cmdInform},
		{"clients", model.RoleViewer, false, (*request).cmdClients},
		{"more", model.RoleViewer, false, (*request).cmdMore},
	}
}

// unknown answers to a command that there is not, with those that may have been meant, ready to be pressed.
func (r *request) unknown(ctx context.Context, cmd telegram.Command) {
	var names []string
	for _, c := range r.b.commands {
		if c.menu && r.actor.Role >= c.role {
			names = append(names, c.name)
		}
	}
	var meant []action
	for _, name := range model.Closest(cmd.Name, names, mostMeant) {
		if line := strings.TrimSpace("/" + name + " " + cmd.Args); len(line) <= longestLine {
			meant = append(meant, action{label: "/" + name, name: actRun, args: map[string]string{"line": line}})
		}
	}
	what, hint := r.p.Error(&model.Error{Code: model.ErrUnknownCommand, Args: map[string]string{"command": clipped(cmd.Name, 32)}})
	r.reply(ctx, blocks{escaped(what), escaped(hint)}.join(), r.buttons(ctx, mostMeant, meant...))
}

// mostMeant is how many commands are offered in place of one that there is not.
const mostMeant = 2

// cmdHelp lists what the asker may do, or says how one command is written.
func (r *request) cmdHelp(ctx context.Context, args string) error {
	if ws := words(args); len(ws) > 0 {
		return r.helpOn(ctx, ws[0])
	}
	lines := blocks{block(r.p.HTML("help.head"))}
	for _, c := range r.b.commands {
		if c.menu && r.actor.Role >= c.role {
			lines = append(lines, block(fmt.Sprintf("/%s — %s", c.name, r.p.HTML("cmd."+c.name))))
		}
	}
	lines = append(lines, block(r.p.HTML("help.foot")))
	r.reply(ctx, lines.join(), nil)
	return nil
}

func (r *request) helpOn(ctx context.Context, name string) error {
	name = strings.ToLower(strings.TrimPrefix(name, "/"))
	for _, c := range r.b.commands {
		if c.name == name {
			r.reply(ctx, blocks{block("<b>/" + c.name + "</b> — " + r.p.HTML("cmd."+c.name)), block(r.p.HTML("cmd." + c.name + ".help"))}.join(), nil)
			return nil
		}
	}
	return &model.Error{Code: model.ErrUnknownCommand, Args: map[string]string{"command": clipped(name, 32)}}
}

// SetMenu sets the list that Telegram shows for "/", in every language. It is cheap when nothing has changed.
func (b *Bot) SetMenu(ctx context.Context) error {
	for i, lang := range texts.Languages() {
		p := b.d.Texts.For(lang)
		var list []telegram.BotCommand
		for _, c := range b.commands {
			if c.menu && c.role < model.RoleAdmin {
				list = append(list, telegram.BotCommand{Name: c.name, Description: p.T("cmd." + c.name)})
			}
		}
		if i == 0 {
			lang = "" // the first language is for everyone without a list of their own
		}
		if err := b.d.Sender.SetCommands(ctx, telegram.CommandScope{Type: "default"}, lang, list); err != nil {
			return fmt.Errorf("set the menu of commands: %w", err)
		}
	}
	return nil
}

// cmdWhoAmI says who the asker is to us.
func (r *request) cmdWhoAmI(ctx context.Context, _ string) error {
	sees := r.p.T("whoami.everything")
	if r.actor.Scope.Limited {
		sees = r.p.N("whoami.clients", len(r.actor.Scope.Clients), texts.Args{"names": clipped(joined(r.actor.Scope.Clients), 200)})
	}
	r.reply(ctx, r.p.HTML("whoami", texts.Args{
		"name": clipped(r.actor.Name, 64), "id": int64(r.actor.User), "role": r.actor.Role, "chat": int64(r.in.Chat.ID), "sees": sees,
	}), nil)
	return nil
}
