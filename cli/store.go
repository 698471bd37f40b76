package cli

import (
	"fmt"

	"opsbot/app/setup"
)

type storeCmd struct {
	Copy storeCopyCmd `cmd:""`
}

type storeCopyCmd struct {
	From string `arg:""`
	To   string `arg:""`
}

// Run copies a database.
func (c *storeCopyCmd) Run(con *Console) error {
	copied, err := setup.CopyStore(con.Ctx, c.From, c.To)
	if err != nil {
		return err
	}
	rows := int64(0)
	for _, t := range copied {
		if rows += t.Rows; t.Rows == 0 {
			continue
		}
		if _, err := fmt.Fprintf(con.Out, "%10d  %s\n", t.Rows, t.Name); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintln(con.Out, con.printer().N("store.copied", int(rows)))
	return err
}
