package bot

import (
	"context"
	"fmt"
	"strings"

	"opsbot/model"
	"opsbot/texts"
)

// cmdHelp lists the commands of the user, or explains one.
func (r *request) cmdHelp(ctx context.Context, args string) error {
	if ws := words(args); len(ws) > 0 {
		return r.helpOn(ctx, ws[0])
	}
	lines := blocks{block(r.p.HTML("help.head"))}
	for _, task := range tasks {
		lines = append(lines, headed("\n"+bold(r.p.T("help.task."+task)), r.commandsOf(task))...)
	}
	lines[len(lines)-1] += "\n"
	lines = append(lines, block(r.p.HTML("help.colors", texts.Args{"legend": r.p.Legend()})), block(r.p.HTML("help.foot")))
	r.reply(ctx, lines.join(), nil)
	return nil
}

// tasks are what people come for, in the order of /help.
var tasks = []string{"look", "act", "plan", "manage"}

// taskOf is what a command is for.
func taskOf(c *command) string {
	switch c.name {
	case "webtest", "check", "recheck", "inform":
		return "act"
	case "maintenance", "whatif", "report":
		return "plan"
	case "logs":
		return "look"
	case "whoami", "help":
		return "manage"
	}
	switch c.role {
	case model.RoleAdmin:
		return "manage"
	case model.RoleOperator:
		return "act"
	default:
		return "look"
	}
}

// commandsOf are the lines of the commands for a task that the person may use.
func (r *request) commandsOf(task string) (lines blocks) {
	for i := range r.b.commands {
		if c := &r.b.commands[i]; c.menu && r.actor.Role >= c.role && taskOf(c) == task {
			lines = append(lines, block(fmt.Sprintf("/%s — %s", c.name, r.p.HTML("cmd."+c.name))))
		}
	}
	return lines
}

func (r *request) helpOn(ctx context.Context, name string) error {
	name = strings.ToLower(strings.TrimPrefix(name, "/"))
	for _, c := range r.b.commands {
		if c.name == name {
			r.reply(ctx, blocks{block("<b>/" + c.name + "</b> — " + r.p.HTML("cmd."+c.name)), block(r.p.HTML("cmd." + c.name + ".help"))}.join(), nil)
			return nil
		}
	}
	return &model.Error{Code: model.ErrUnknownCommand, Args: map[string]string{"command": model.Clip(name, 32)}}
}
