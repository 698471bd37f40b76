// Package doctor examines an installation, whether the bot runs or not: the configuration, the machine, Telegram, and whatever else opsbot
// depends on. Each finding says what was found, and what is not right says how to fix it.
//
// It must not change anything, and it must not know the command line.
package doctor

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"sync"
	"time"

	"opsbot/app/setup"
	"opsbot/model"
	"opsbot/web"
)

// Level is how serious a finding is.
type Level string

// The levels.
const (
	OK   Level = "ok"
	Warn Level = "warning" // it works, and most likely not as meant
	Fail Level = "failure" // something does not work
	Skip Level = "skipped" // it could not be found out, or there is nothing to examine
)

// Finding is one thing that was examined. Package texts has `doctor.CODE`, and `doctor.CODE.fix` of what is not OK.
type Finding struct {
	Code  string
	Level Level
	Args  map[string]any
}

// found makes a finding; args are names and values.
func found(level Level, code string, args ...any) Finding {
	f := Finding{Code: code, Level: level, Args: map[string]any{}}
	for i := 0; i+1 < len(args); i += 2 {
		name, _ := args[i].(string)
		f.Args[name] = args[i+1]
	}
	return f
}

// Bot is the running bot of this machine, at its control socket.
type Bot interface {
	Health(ctx context.Context) (web.Health, error)
	Paired(ctx context.Context) ([]model.Chat, error)
}

// Options say what is examined.
type Options struct {
	Config string
	Getenv func(string) string
	Bot    func(socket string) Bot
	Source func(ctx context.Context, l *setup.Loaded, name string) error // asks a source of events for its version
	Wait   time.Duration                                                 // for each thing that is asked
}

// patient is a context for one thing that is asked.
func (o *Options) patient(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, o.Wait)
}

// Examine examines everything, most of it at once. Without a configuration that can be read, that is the only finding. The findings are in a
// fixed order.
func Examine(ctx context.Context, o Options) []Finding {
	l, err := setup.Load(o.Config, o.Getenv)
	if err != nil {
		if _, missing := os.Stat(o.Config); errors.Is(missing, fs.ErrNotExist) {
			return []Finding{found(Fail, "config.none", "file", o.Config)}
		}
		n := 1
		if problems, ok := errors.AsType[model.Problems](err); ok {
			n = len(problems)
		}
		return []Finding{found(Fail, "config.errors", "file", o.Config, "n", n)}
	}
	e := &examination{Options: o, loaded: l}
	e.bot(ctx)
	parts := []func(context.Context) []Finding{
		e.configuration, e.database, e.disk, e.running, e.clock, e.telegram, e.mail, e.sources, e.ssh, e.names,
	}
	all := make([][]Finding, len(parts))
	var asked sync.WaitGroup
	for i, part := range parts {
		asked.Go(func() { all[i] = part(ctx) })
	}
	asked.Wait()
	var out []Finding
	for _, some := range all {
		out = append(out, some...)
	}
	return out
}

// examination is of one configuration.
type examination struct {
	Options
	loaded *setup.Loaded

	health web.Health
	away   error // why the bot does not answer
	paired []model.Chat
}

// bot asks the running bot what the configuration does not know.
func (e *examination) bot(ctx context.Context) {
	ctx, cancel := e.patient(ctx)
	defer cancel()
	b := e.Bot(e.loaded.Config.Control.Socket)
	if e.health, e.away = b.Health(ctx); e.away != nil {
		return
	}
	e.paired, _ = b.Paired(ctx) // without them those of the configuration are examined
}

// Worst is the most serious level of some findings.
func Worst(all []Finding) Level {
	worst := OK
	for _, f := range all {
		if f.Level == Fail || f.Level == Warn && worst == OK {
			worst = f.Level
		}
	}
	return worst
}
