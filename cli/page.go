package cli

import "strings"

type pageCmd struct {
	askFlags
	Anyway bool     `name:"anyway"`
	Who    string   `arg:""`
	Text   []string `arg:""`
}

// Run has somebody paged.
func (c *pageCmd) Run(con *Console) error {
	answer, err := c.client(con).Page(con.Ctx, c.Who, strings.Join(c.Text, " "), c.Anyway)
	return c.print(con, answer, err)
}

type escalateCmd struct {
	askFlags
	Incident string `arg:""`
}

// Run has whoever is next paged now.
func (c *escalateCmd) Run(con *Console) error {
	answer, err := c.client(con).Escalate(con.Ctx, c.Incident)
	return c.print(con, answer, err)
}
