package cli

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// opsbotRun runs a command line as a user does, in English unless the line says otherwise.
func opsbotRun(t *testing.T, args ...string) (code int, out, errOut string) {
	t.Helper()
	t.Setenv("LC_ALL", "C.UTF-8")
	var o, e bytes.Buffer
	code = run(t.Context(), args, &o, &e)
	return code, o.String(), e.String()
}

func run(ctx context.Context, args []string, out, errOut io.Writer) int {
	var line struct {
		Commands
		Global
	}
	return Run(&line, &line.Global, &Console{Ctx: ctx, In: strings.NewReader(""), Out: out, Err: errOut}, args)
}

// newConsole is what a command is run with where no command line is parsed.
func newConsole(t *testing.T, language string, out, errOut io.Writer) *Console {
	t.Helper()
	con := &Console{Ctx: t.Context(), In: strings.NewReader(""), Out: out, Err: errOut, Language: language}
	if err := con.loadTexts(); err != nil {
		t.Fatal(err)
	}
	return con
}

func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
