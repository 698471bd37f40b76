package cli

import (
	"context"
	"os"
	"time"

	"opsbot/app/setup"
	"opsbot/bot"
	"opsbot/inventory"
	"opsbot/model"
	"opsbot/ops"
	"opsbot/texts"
)

// webTestOptions say what is tested, without a daemon, a database or Telegram.
type webTestOptions struct {
	config    string
	words     []string
	threshold int  // percent; 0 takes the configuration's
	logs      bool // with logs of the hosts that failed
	texts     *texts.Catalog
	language  string
	progress  func(ops.WebTestProgress)
}

// webTest is the result of a web test, for a terminal, a script, a file or a mail.
type webTest struct {
	test     *model.WebTest
	plain    bot.Plain
	language string
	loaded   *setup.Loaded
	inv      *model.Inventory
	withLogs bool
	getenv   func(string) string
}

// problems reports whether there is anything to fix.
func (t *webTest) problems() bool { return t.test.Failed+t.test.Unknown > 0 }

// text is what a person reads.
func (t *webTest) text() string {
	text := t.plain.Test(t.language, t.test)
	if len(t.test.Logs) > 0 {
		text += "\n\n" + t.plain.TestLogs(t.language, t.test)
	}
	return text
}

// runWebTest runs a web test.
func runWebTest(ctx context.Context, o webTestOptions) (*webTest, error) {
	loaded, err := setup.Load(o.config, nil)
	if err != nil {
		return nil, err
	}
	live, err := lookUp(ctx, loaded)
	if err != nil {
		return nil, err
	}
	test, err := o.run(ctx, loaded, live)
	if err != nil {
		return nil, err
	}
	zone := loaded.Config.Alerts.Timezone.Location()
	return &webTest{test: test, language: o.language, loaded: loaded, inv: live.Current(), withLogs: o.logs, getenv: os.Getenv, plain: bot.Plain{
		Texts: o.texts, Now: time.Now, Zone: func() *time.Location { return zone },
	}}, nil
}

func (o *webTestOptions) run(ctx context.Context, l *setup.Loaded, live *inventory.Live) (*model.WebTest, error) {
	logs, err := setup.NewLogs(l.Config, time.Now)
	if err != nil {
		return nil, err
	}
	defer logs.Close()
	deps := offline(live)
	deps.Logs, deps.LogPolicy = logs, l.LogPolicy
	test, err := ops.New(deps).WebTest(ctx, byHand, ops.WebTestRequest{Words: o.words, Threshold: o.threshold, Logs: o.logs, Progress: o.progress})
	if warnings := live.Warnings(); model.CodeOf(err) == model.ErrNothingSelected && len(warnings) > 0 {
		err = &model.Error{Code: model.ErrNoName, Args: map[string]string{"name": warnings[0].Name}, Err: err}
	}
	if err == nil {
		err = ctx.Err() // interrupted: a part of a test is no result
	}
	return test, err
}
