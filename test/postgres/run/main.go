// Command run runs a command with a PostgreSQL server that is started for it, and a template with opsbot's schema: with the build tag
// storepostgres each store that its tests open is a database of that server. Usage: go run ./test/postgres/run go test -tags storepostgres ./bot
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"opsbot/store"
	"opsbot/test/postgres"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

const template = "template_opsbot"

func run(command []string) (err error) {
	if len(command) == 0 {
		return errors.New("usage: run COMMAND ARGUMENT...")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	server, err := postgres.Start(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	dsn, err := server.Create(ctx, template)
	if err != nil {
		return err
	}
	db, err := store.Open(ctx, store.Options{DSN: dsn, Now: time.Now})
	if err != nil {
		return err
	}
	if err := db.Close(); err != nil {
		return err
	}
	c := exec.CommandContext(ctx, command[0], command[1:]...) //nolint:gosec // it is what we are asked to run
	c.Stdout, c.Stderr = os.Stdout, os.Stderr
	c.Env = append(os.Environ(), "OPSBOT_TEST_STORE=postgres", "OPSBOT_TEST_POSTGRES_BOSS="+server.Boss(), "OPSBOT_TEST_POSTGRES_TEMPLATE="+template,
		"OPSBOT_TEST_POSTGRES="+server.DSN(postgres.Owner, "NAME"))
	return c.Run()
}
