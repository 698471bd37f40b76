// Package app builds every part of the bot from the configuration, and runs, reloads and stops them: one wiring file per room.
//
// It is the one place that knows all rooms. It must not hold rules of its own, no result passes through it, and it must not know
// the command line.
package app

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/sirupsen/logrus"

	"opsbot/inventory"
)

// Options say what to run.
type Options struct {
	ConfigPath string
	Version    string
	Stdout     io.Writer // the console channel, and what a person at the terminal must read
	Log        *logrus.Logger
	Getenv     func(string) string // nil is os.Getenv
	Ready      func()              // called once everything runs; nil is fine
	Now        func() time.Time    // the clock of judging and notifying; nil is time.Now
	Resolver   inventory.Resolver  // asked for the names of the inventory; nil is the machine's
}

// App is opsbot, built and not yet running.
type App struct {
	*core
	only *term // the one term of a process that shares its database with nobody; nil in a cluster
}

// stopBound is how long everything together has to stop; systemd kills after that.
const stopBound = 10 * time.Second

// New builds everything that can fail. What it returns must be run, or closed.
func New(ctx context.Context, o Options) (*App, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	c, err := newCore(ctx, o)
	if err != nil {
		return nil, err
	}
	a := &App{core: c}
	if c.cluster, err = newCluster(ctx, c); err != nil || c.cluster != nil {
		return a, err
	}
	a.only, err = newTerm(ctx, c, 0)
	return a, err
}

// Run runs everything until ctx ends, then stops it in reverse order, within ten seconds. An error is what kept a part
// from running or from stopping in time.
func (a *App) Run(ctx context.Context) (err error) {
	g := newGroup(ctx, a.Log)
	defer func() {
		err = errors.Join(err, g.stop(stopBound), a.close())
	}()
	// Receivers start before senders: at the end no part sends to one that is gone.
	if a.only != nil {
		a.only.answer()
	} else {
		a.cluster.standBy()
	}
	if err := a.listen(ctx, g); err != nil {
		return err
	}
	g.run("refusals", a.refusals.run)
	if a.only != nil {
		a.only.start(ctx, g)
		a.started()
	} else {
		a.cluster.started = a.started
		g.run("cluster", a.cluster.run)
	}
	g.run("reload", a.reloadOnSignal)
	g.run("service manager", a.runServiceManager)
	if a.only != nil {
		a.only.watch(g)
	}
	g.wait()
	return nil
}

// started says that everything runs.
func (a *App) started() {
	if a.Ready != nil {
		a.Ready()
	}
}

// alive returns why opsbot does not work, as far as a restart may help; nil: it works, or stands by.
func (a *App) alive() error {
	if t := a.running.Load(); t != nil {
		return t.alive()
	}
	return nil
}

// Reload reads the configuration again. All that can fail is done first: a configuration with errors leaves the old one in use,
// and the error is model.Problems. So does one that leaves nothing to check or nobody to notify, unless forced. What only a restart
// changes (token, database, listeners) is logged.
func (a *App) Reload(ctx context.Context) error {
	_, err := a.reload(ctx, false)
	return err
}

// reloadOnSignal reloads on SIGHUP until ctx ends.
func (a *App) reloadOnSignal(ctx context.Context) error {
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-hup:
			_ = a.Reload(ctx) // it has logged its errors
		}
	}
}

func (a *App) close() error {
	var err error
	if a.only != nil {
		err = a.only.close()
	}
	if a.client != nil {
		a.client.Close()
	}
	return err
}
