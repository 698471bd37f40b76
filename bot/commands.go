package bot

import (
	"context"
	"strings"

	"opsbot/bot/telegram"
	"opsbot/model"
)

// command is one row of the table of commands. Its texts are "cmd.<name>", one line for the menu and the list, and
// "cmd.<name>.help", its usage with examples.
type command struct {
	name string
	role model.Role                                               // required; the use case checks it again
	menu bool                                                     // listed in Telegram's menu and in /help
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
		{"extend", model.RoleOperator, true, (*request).cmdExtend},
		{"mutes", model.RoleViewer, true, (*request).cmdMutes},
		{"maintenance", model.RoleViewer, true, (*request).cmdMaintenance},
		{"incidents", model.RoleViewer, true, (*request).cmdIncidents},
		{"ack", model.RoleOperator, true, (*request).cmdAck},
		{"unack", model.RoleOperator, true, (*request).cmdUnack},
		{"note", model.RoleOperator, true, (*request).cmdNote},
		{"recheck", model.RoleViewer, true, (*request).cmdRecheck},
		{"inform", model.RoleViewer, true, (*request).cmdInform},
		{"whatif", model.RoleViewer, true, (*request).cmdWhatIf},
		{"impact", model.RoleViewer, true, (*request).cmdImpact},
		{"why", model.RoleViewer, true, (*request).cmdWhy},
		{"events", model.RoleViewer, true, (*request).cmdEvents},
		{"unmapped", model.RoleViewer, true, (*request).cmdUnmapped},
		{"oncall", model.RoleViewer, true, (*request).cmdOnCall},
		{"takeover", model.RoleOperator, true, (*request).cmdTakeover},
		{"page", model.RoleOperator, true, (*request).cmdPage},
		{"escalate", model.RoleOperator, true, (*request).cmdEscalate},
		{"handback", model.RoleOperator, true, (*request).cmdHandback},
		{"cover", model.RoleOperator, true, (*request).cmdCover},
		{"history", model.RoleViewer, true, (*request).cmdHistory},
		{"chart", model.RoleViewer, true, (*request).cmdChart},
		{"report", model.RoleViewer, true, (*request).cmdReport},
		{"reset", model.RoleAdmin, true, (*request).cmdReset},
		{"audit", model.RoleAdmin, true, (*request).cmdAudit},
		{"users", model.RoleAdmin, true, (*request).cmdUsers},
		{"invite", model.RoleAdmin, true, (*request).cmdInvite},
		{"whoami", model.RoleViewer, true, (*request).cmdWhoAmI},
		{"help", model.RoleViewer, true, (*request).cmdHelp},
		{"start", model.RoleViewer, false, (*request).cmdStart},
		{"sources", model.RoleViewer, false, (*request).cmdSources},
		{"clients", model.RoleViewer, false, (*request).cmdClients},
		{"more", model.RoleViewer, false, (*request).cmdMore},
	}
}

// unknown answers an unknown command with similar ones as buttons.
func (r *request) unknown(ctx context.Context, cmd telegram.Command) {
	var meant []action
	for _, name := range r.similar(cmd.Name) {
		if line := strings.TrimSpace("/" + name + " " + cmd.Args); len(line) <= longestLine {
			meant = append(meant, action{label: "/" + name, name: actRun, args: map[string]string{"line": line}})
		}
	}
	what, hint := r.p.Error(&model.Error{Code: model.ErrUnknownCommand, Args: map[string]string{"command": model.Clip(cmd.Name, 32)}})
	r.reply(ctx, blocks{escaped(what), escaped(hint)}.join(), r.buttons(ctx, mostMeant, meant...))
}

// mostMeant limits the similar commands.
const mostMeant = 2
