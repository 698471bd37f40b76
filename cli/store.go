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
		rows += t.Rows
	}
	if err := printTables(con.Out, copied); err != nil {
		return err
	}
	_, err = fmt.Fprintln(con.Out, con.printer().N("store.copied", int(rows)))
	return err
}
