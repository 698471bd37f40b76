package cli

import "strings"

type noteCmd struct {
	askFlags
	Client   bool     `name:"client"`
	Incident string   `arg:""`
	Text     []string `arg:""`
}

// Run writes a note about an incident.
func (c *noteCmd) Run(con *Console) error {
	text := strings.Join(c.Text, " ")
	if c.Client {
		text = "client: " + text
	}
	answer, err := c.client(con).Note(con.Ctx, c.Incident, text)
	return c.print(con, answer, err)
}
