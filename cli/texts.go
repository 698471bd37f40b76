package cli

import (
	"fmt"

	"opsbot/texts"
)

// loadTexts makes the texts of the command line ready.
func (con *Console) loadTexts() error {
	catalog, err := texts.Load()
	if err != nil {
		return err
	}
	con.texts = catalog.CommandLine()
	return nil
}

// printer prints in the language of the console.
func (con *Console) printer() *texts.Printer { return con.texts.For(con.Language) }

func (con *Console) text(id string, args ...texts.Args) string { return con.printer().T(id, args...) }

// textError is an error with a text of the command line.
type textError struct {
	id   string
	args texts.Args
}

// Error implements error. People read the text.
func (e *textError) Error() string { return fmt.Sprintf("%s %v", e.id, e.args) }
