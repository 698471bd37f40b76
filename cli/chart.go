package cli

import (
	"os"

	"opsbot/model"
)

type chartCmd struct {
	askFlags
	Out   string   `type:"path"`
	Words []string `arg:"" name:"selector-how-long" usage:"<selector> ... [<duration>]"`
}

// Run writes a chart to a file, and prints its values.
func (c *chartCmd) Run(con *Console) error {
	chart, err := c.client(con).Chart(con.Ctx, c.Words)
	if err != nil {
		return err
	}
	if c.Out != "" {
		if err := os.WriteFile(c.Out, chart.PNG, 0o644); err != nil { //nolint:gosec // an image to be shown around
			return fileError(model.ErrFile, c.Out, err)
		}
	}
	return con.print(chart.Answer, c.JSON)
}
