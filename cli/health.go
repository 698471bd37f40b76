package cli

import (
	"context"
	"fmt"
	"time"

	"opsbot/texts"
	"opsbot/web"
)

type healthCmd struct {
	socketFlag
	jsonFlag
	URL   string `name:"url"`
	Ready bool
}

// healthWait bounds how long the bot is asked: whoever supervises it must learn that it hangs.
const healthWait = 5 * time.Second

// Run asks this machine's bot for its health. The exit code is 0 when it works, else 1: also when it does not answer.
func (c *healthCmd) Run(con *Console) error {
	h, err := c.ask(con)
	if err != nil {
		for _, line := range con.explain(err) {
			fmt.Fprintln(con.Err, line)
		}
		return exitError{ExitProblems}
	}
	if err := c.print(con, &h); err != nil {
		return err
	}
	if !h.OK || c.Ready && !h.Ready {
		return exitError{ExitProblems}
	}
	return nil
}

func (c *healthCmd) ask(con *Console) (web.Health, error) {
	if c.URL != "" {
		return web.AskHealth(con.Ctx, c.URL, healthWait)
	}
	ctx, cancel := context.WithTimeout(con.Ctx, healthWait)
	defer cancel()
	return c.client(con).Health(ctx)
}

func (c *healthCmd) print(con *Console, h *web.Health) error {
	if c.JSON {
		return con.printJSON(h)
	}
	id := "health.ok"
	switch {
	case !h.OK:
		id = "health.failing"
	case !h.Ready:
		id = "health.starting"
	}
	role := h.Role
	if role != "" {
		role = con.text("health.role." + role)
	}
	if err := con.printLine(con.text(id, texts.Args{"instance": h.Instance, "version": h.Version, "role": role})); err != nil {
		return err
	}
	for _, issue := range h.HealthIssues {
		if err := con.printLine("⚠️ " + issue); err != nil {
			return err
		}
	}
	return nil
}
