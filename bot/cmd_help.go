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
	for _, c := range r.b.commands {
		if c.menu && r.actor.Role >= c.role {
			lines = append(lines, block(fmt.Sprintf("/%s — %s", c.name, r.p.HTML("cmd."+c.name))))
		}
	}
	lines = append(lines, block(r.p.HTML("help.colors", texts.Args{"legend": r.p.Legend()})), block(r.p.HTML("help.foot")))
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
	return &model.Error{Code: model.ErrUnknownCommand, Args: map[string]string{"command": model.Clip(name, 32)}}
}
