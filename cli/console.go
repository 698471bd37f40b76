// Package cli is the commands of the command line: those that ask a running bot through its control socket, and those that
// work by themselves on a configuration.
//
// It must not know the details of rooms, and nothing but cmd may import it. The bot itself is started by cmd.
package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/sirupsen/logrus"

	"opsbot/cli/control"
	"opsbot/model"
	"opsbot/texts"
)

// Console is where a command reads and prints, and what it needs of the process.
type Console struct {
	Ctx         context.Context //nolint:containedctx // kong hands it to Run methods as a value
	In          io.Reader
	Out, Err    io.Writer
	Language    string
	Interactive bool // In is a terminal: somebody can answer
	Progress    bool // Err is a terminal: a progress bar can move
	Version     string
	Log         func(level string) *logrus.Logger

	texts *texts.Catalog
}

// languageEnv says the same as --language.
const languageEnv = "OPSBOT_LANGUAGE"

// Getenv is the environment with --language above it: notifications on the console are printed too.
func (con *Console) Getenv(name string) string {
	if name == languageEnv {
		return con.Language
	}
	return os.Getenv(name)
}

// problems prints the errors of a configuration.
func (con *Console) problems(to io.Writer, all model.Problems) {
	fmt.Fprintln(to, con.printer().Problems(all))
}

// print writes an answer for people, or with asJSON for scripts.
func (con *Console) print(a control.Answer, asJSON bool) error {
	if asJSON {
		return con.printJSON(a.JSON)
	}
	return con.printLine(a.Text)
}

func (con *Console) printLine(text string) error {
	_, err := fmt.Fprintln(con.Out, text)
	return err
}

func (con *Console) printJSON(v any) error {
	enc := json.NewEncoder(con.Out)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// output is a file to write; "" is no file.
type output struct {
	path string
	data []byte
}

// writeFiles writes files that only their owner can read: they name machines.
func (con *Console) writeFiles(all ...output) error {
	for _, f := range all {
		if f.path == "" {
			continue
		}
		if err := os.WriteFile(f.path, f.data, 0o600); err != nil {
			return fileError(model.ErrFile, f.path, err)
		}
		fmt.Fprintln(con.Err, f.path)
	}
	return nil
}
