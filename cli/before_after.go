package cli

import (
	"context"
	"fmt"
	"time"

	"opsbot/app/setup"
	"opsbot/bot"
	"opsbot/ops"
	"opsbot/texts"
)

// roundsOptions say what before and after measure, in several rounds: without a daemon, a database or Telegram.
type roundsOptions struct {
	config   string
	file     string   // the baseline
	words    []string // what is measured
	texts    *texts.Catalog
	language string
	progress func(ops.RoundsProgress)
}

// roundsResult is what was measured, or what changed.
type roundsResult struct {
	text    string
	data    any
	worse   bool // something is worse than it was; of before it is false
	unclear bool // something could not be compared
}

// runRounds measures, with progress on a terminal, and prints the result. The exit code is 1 when something is worse than it
// was, and 2 when that is unknown.
func runRounds(con *Console, o roundsOptions, asJSON bool, measure func(context.Context, roundsOptions) (*roundsResult, error)) error {
	shown := false
	o.texts, o.language = con.texts, con.Language
	o.progress = func(p ops.RoundsProgress) {
		if con.Progress {
			shown = true
			fmt.Fprintf(con.Err, "\r%d/%d: %d/%d ", p.Round, p.Rounds, p.Done, p.Total)
		}
	}
	r, err := measure(con.Ctx, o)
	if shown {
		fmt.Fprintln(con.Err)
	}
	if err != nil {
		return err
	}
	return r.print(con, asJSON)
}

func (r *roundsResult) print(con *Console, asJSON bool) error {
	var err error
	if asJSON {
		err = con.printJSON(r.data)
	} else {
		err = con.printLine(r.text)
	}
	switch {
	case err != nil:
		return err
	case r.worse:
		return exitError{ExitProblems}
	case r.unclear:
		return exitError{ExitFailed}
	}
	return nil
}

func (o *roundsOptions) request() ops.RoundsRequest {
	return ops.RoundsRequest{Words: o.words, Progress: o.progress}
}

// actions are the use cases over the configuration, with the baseline in the file.
func (o *roundsOptions) actions(ctx context.Context) (*ops.Actions, *bot.Plain, error) {
	loaded, err := setup.Load(o.config, nil)
	if err != nil {
		return nil, nil, err
	}
	live, err := lookUp(ctx, loaded)
	if err != nil {
		return nil, nil, err
	}
	deps := offline(live)
	deps.Baselines, deps.Wait = baselineFile(o.file), setup.Wait
	return ops.New(deps), &bot.Plain{Texts: o.texts, Now: time.Now, Zone: loaded.Config.Alerts.Timezone.Location}, nil
}
