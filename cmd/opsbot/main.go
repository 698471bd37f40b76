// Command opsbot is an ops assistant that lives in a Telegram chat.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // a machine without a time zone database must still know Europe/Moscow

	"github.com/sirupsen/logrus"
	"golang.org/x/term"

	"opsbot/cli"
)

// commandLine is all commands, and the flags that go with every one of them.
type commandLine struct {
	Run runCmd `cmd:""`
	cli.Commands
	Version versionCmd `cmd:""`
	About   aboutFlag  `name:"version"`
	cli.Global
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run runs a command line and returns the exit code.
func run(ctx context.Context, args []string, out, errOut io.Writer) int {
	var line commandLine
	return cli.Run(&line, &line.Global, &cli.Console{
		Ctx: ctx, In: os.Stdin, Out: out, Err: errOut, Progress: isTerminal(errOut), Interactive: isTerminal(os.Stdin), Version: version(),
		Log: func(level string) *logrus.Logger { return newLogger(errOut, "text", level) },
	}, args)
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
