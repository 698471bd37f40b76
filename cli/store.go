package cli

import (
	"fmt"
	"os"
	"strings"
	"time"

	"opsbot/model"
	"opsbot/store"
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
	from, err := storeAt(c.From)
	if err != nil {
		return err
	}
	to, err := storeAt(c.To)
	if err != nil {
		return err
	}
	copied, err := store.Copy(con.Ctx, from, to)
	if err != nil {
		return err
	}
	return con.printCopied(copied)
}

func (con *Console) printCopied(copied []store.CopiedTable) error {
	rows := int64(0)
	for _, t := range copied {
		if rows += t.Rows; t.Rows == 0 {
			continue
		}
		if _, err := fmt.Fprintf(con.Out, "%10d  %s\n", t.Rows, t.Name); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(con.Out, con.printer().N("store.copied", int(rows)))
	return err
}

// storeAt is a database as it is written on the command line: a connection string, @FILE with one in it, or the path of a file of SQLite.
func storeAt(word string) (store.Options, error) {
	o := store.Options{Now: time.Now}
	if path, ok := strings.CutPrefix(word, "@"); ok {
		text, err := os.ReadFile(path) //nolint:gosec // the user names it
		if err != nil {
			return o, &model.Error{Code: model.ErrFile, Args: map[string]string{"path": path, "what": err.Error()}, Err: err}
		}
		o.DSN = strings.TrimSpace(string(text))
		return o, nil
	}
	if strings.Contains(word, "://") || strings.Contains(word, "=") {
		o.DSN = word
	} else {
		o.Path = word
	}
	return o, nil
}
