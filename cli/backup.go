package cli

import (
	"fmt"
	"io"
	"strconv"

	"opsbot/app/setup"
	"opsbot/texts"
)

// databaseFlags name the database of a command that works on its file.
type databaseFlags struct {
	ConfigFlag
	Database string `type:"path"`
}

func (f databaseFlags) request(con *Console) setup.StoreRequest {
	return setup.StoreRequest{Config: f.Config, Database: f.Database, Getenv: con.Getenv}
}

type backupCmd struct {
	databaseFlags
	jsonFlag
	Keep int
	File string `arg:"" type:"path"`
}

// Run copies the database to a file while the bot runs, or not.
func (c *backupCmd) Run(con *Console) error {
	if c.Keep < 0 {
		return &textError{"backup.keep", texts.Args{"n": c.Keep}}
	}
	saved, removed, err := setup.BackupStore(con.Ctx, c.request(con), c.File, c.Keep)
	if saved.Path == "" {
		return err
	}
	if said := c.print(con, saved, removed); said != nil {
		return said
	}
	return err // the backup is there, and an older one was not removed
}

func (c *backupCmd) print(con *Console, saved setup.Saved, removed []string) error {
	if c.JSON {
		return con.printJSON(struct {
			setup.Saved
			Removed []string `json:"removed,omitempty"`
		}{saved, removed})
	}
	if err := printTables(con.Out, saved.Tables); err != nil {
		return err
	}
	if err := con.printLine(con.printer().N("backup.done", int(saved.Rows()), texts.Args{"file": saved.Path, "size": megabytes(con.printer(), saved.Bytes)})); err != nil {
		return err
	}
	for _, path := range removed {
		if err := con.printLine(con.text("backup.removed", texts.Args{"file": path})); err != nil {
			return err
		}
	}
	return nil
}

// printTables prints how many rows each table has that has any.
func printTables(to io.Writer, all []setup.CopiedTable) error {
	for _, t := range all {
		if t.Rows == 0 {
			continue
		}
		if _, err := fmt.Fprintf(to, "%10d  %s\n", t.Rows, t.Name); err != nil {
			return err
		}
	}
	return nil
}

// megabytes is a size for people.
func megabytes(p *texts.Printer, bytes int64) string {
	return p.Decimal(strconv.FormatFloat(float64(bytes)/(1<<20), 'f', 1, 64))
}
