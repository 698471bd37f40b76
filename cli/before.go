package cli

import "context"

type beforeCmd struct {
	ConfigFlag
	jsonFlag
	File  string   `arg:"" type:"path"`
	Words []string `arg:"" name:"selector"`
}

// Run measures endpoints before an update.
func (c *beforeCmd) Run(con *Console) error {
	return runRounds(con, roundsOptions{config: c.Config, file: c.File, words: c.Words}, c.JSON, before)
}

// before measures endpoints in several rounds, into a file.
func before(ctx context.Context, o roundsOptions) (*roundsResult, error) {
	actions, plain, err := o.actions(ctx)
	if err != nil {
		return nil, err
	}
	b, err := actions.Before(ctx, byHand, o.request())
	if err != nil {
		return nil, err
	}
	return &roundsResult{text: plain.Baseline(o.language, b, o.file), data: b}, nil
}
