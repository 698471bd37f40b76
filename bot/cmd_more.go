package bot

import (
	"context"
	"strconv"

	"opsbot/bot/telegram"
	"opsbot/model"
)

// cmdMore is behind the buttons of pages: "/more PAGE LINE" is a later page of what a command line shows, "/more all LINE" all of it as a
// document. Without a slash the line is one of /status.
func (r *request) cmdMore(ctx context.Context, args string) error {
	word, line := firstWord(args)
	page, _ := strconv.Atoi(word)
	r.whole = word == "all"
	if line == "" || page < 1 && !r.whole {
		return &model.Error{Code: model.ErrNeedArgument, Args: map[string]string{"command": "status"}}
	}
	r.page = page
	if r.in.Kind == telegram.KindPress && isPlace(line) {
		r.open(ctx, line)
		return nil
	}
	cmd, isCommand := telegram.ParseCommand(line)
	if !isCommand {
		line = "/status " + line
		cmd, _ = telegram.ParseCommand(line)
	}
	if !onlyShows(cmd) || cmd.Name == "more" {
		return &model.Error{Code: model.ErrNeedArgument, Args: map[string]string{"command": "status"}}
	}
	r.in.Text = line
	r.run(ctx, cmd)
	return nil
}
