package cli

import (
	"context"
	"time"

	"opsbot/model"
	"opsbot/ops"
)

type afterCmd struct {
	ConfigFlag
	jsonFlag
	File  string   `arg:"" type:"path"`
	Words []string `arg:"" optional:"" name:"selector"`
}

// Run measures endpoints again, and prints what changed.
func (c *afterCmd) Run(con *Console) error {
	return runRounds(con, roundsOptions{config: c.Config, file: c.File, words: c.Words}, c.JSON, after)
}

// after measures the same endpoints as before and compares. Without words it takes those of the file.
func after(ctx context.Context, o roundsOptions) (*roundsResult, error) {
	actions, plain, err := o.actions(ctx)
	if err != nil {
		return nil, err
	}
	if len(o.words) == 0 {
		kept, err := baselineFile(o.file).Baseline(ctx, "")
		if err != nil {
			return nil, err
		}
		o.words = kept.Selects()
	}
	c, err := actions.After(ctx, byHand, o.request())
	if err != nil {
		return nil, err
	}
	return &roundsResult{text: plain.Compared(o.language, c), data: comparisonView(c), worse: c.Worse(), unclear: c.Unclear()}, nil
}

// ComparisonView is `opsbot after --json`: names here are kept from version to version.
type ComparisonView struct {
	Words     string                   `json:"words"`
	Before    time.Time                `json:"before"`
	At        time.Time                `json:"at"`
	Worse     bool                     `json:"worse"`
	Endpoints int                      `json:"endpoints"`
	New       int                      `json:"new"`
	Gone      int                      `json:"gone"`
	Counts    map[model.ChangeKind]int `json:"counts"`
	Changes   []ChangeView             `json:"changes"`
	Cause     *model.Cause             `json:"cause,omitempty"`
}

// ChangeView is one endpoint that has changed.
type ChangeView struct {
	Kind model.ChangeKind `json:"kind"`
	model.ServiceKey
	Host   string       `json:"host"`
	WasMS  float64      `json:"was_ms"` // the median of good answers; 0 where there were none
	IsMS   float64      `json:"is_ms"`
	Reason model.Reason `json:"reason,omitzero"`
}

func comparisonView(c *ops.Compared) *ComparisonView {
	v := &ComparisonView{
		Words: c.Words, Before: c.Before.At, At: c.Now.At, Worse: c.Worse(), Endpoints: c.Endpoints, New: c.New, Gone: c.Gone,
		Counts: map[model.ChangeKind]int{}, Changes: []ChangeView{}, Cause: c.Cause,
	}
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	for i := range c.Changes {
		one := &c.Changes[i]
		v.Counts[one.Kind]++
		v.Changes = append(v.Changes, ChangeView{Kind: one.Kind, ServiceKey: one.ServiceKey, Host: one.Host, WasMS: ms(one.Was), IsMS: ms(one.Is), Reason: one.Reason})
	}
	return v
}
