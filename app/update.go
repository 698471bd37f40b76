package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"opsbot/bot"
	"opsbot/checks"
	"opsbot/inventory"
	"opsbot/model"
	"opsbot/ops"
	"opsbot/texts"
)

// UpdateOptions ask what an update changed, by runs of their own: without a daemon, a database or Telegram.
type UpdateOptions struct {
	ConfigPath string
	File       string   // what was measured before
	Words      []string // what is measured; After takes the words of the file where there are none
	Language   string   // of the words
	Progress   func(round, rounds, done, total int)
}

// UpdateResult is what was measured, or what changed, for a terminal or a script.
type UpdateResult struct {
	text  string
	data  any
	worse bool
	dark  bool
}

// Text is what a person reads.
func (r *UpdateResult) Text() string { return r.text }

// JSON is what a script reads.
func (r *UpdateResult) JSON() any { return r.data }

// Worse reports whether anything is not as well as it was; of Before it is false.
func (r *UpdateResult) Worse() bool { return r.worse }

// Unclear reports whether something could not be compared, so that nobody can say whether it got worse.
func (r *UpdateResult) Unclear() bool { return r.dark }

// Before measures endpoints in several rounds, into a file.
func Before(ctx context.Context, o UpdateOptions) (*UpdateResult, error) {
	actions, plain, err := updateActions(ctx, o)
	if err != nil {
		return nil, err
	}
	b, err := actions.Before(ctx, byHand, o.request(o.Words))
	if err != nil {
		return nil, err
	}
	return &UpdateResult{text: plain.Baseline(o.Language, b, o.File), data: b}, nil
}

// After measures the same endpoints and says what changed.
func After(ctx context.Context, o UpdateOptions) (*UpdateResult, error) {
	actions, plain, err := updateActions(ctx, o)
	if err != nil {
		return nil, err
	}
	if len(o.Words) == 0 {
		kept, err := baselineFile(o.File).Baseline(ctx, "")
		if err != nil {
			return nil, err
		}
		o.Words = kept.Selects()
	}
	c, err := actions.After(ctx, byHand, o.request(o.Words))
	if err != nil {
		return nil, err
	}
	return &UpdateResult{text: plain.Compared(o.Language, c), data: comparisonView(c), worse: c.Worse(), dark: c.Unclear()}, nil
}

// byHand is who runs a command that asks nobody else.
var byHand = model.Actor{Via: "cli", Role: model.RoleAdmin}

func (o *UpdateOptions) request(words []string) ops.RoundsRequest {
	return ops.RoundsRequest{Words: words, Progress: func(p ops.RoundsProgress) { o.Progress(p.Round, p.Rounds, p.Done, p.Total) }}
}

func updateActions(ctx context.Context, o UpdateOptions) (*ops.Actions, *bot.Plain, error) {
	catalog, err := texts.Load()
	if err != nil {
		return nil, nil, err
	}
	loaded, err := Load(o.ConfigPath, nil)
	if err != nil {
		return nil, nil, err
	}
	live, err := look(ctx, loaded)
	if err != nil {
		return nil, nil, err
	}
	return ops.New(ops.Deps{
		Inventory: picture{live}, Engine: onDemand{checks.NewEngine(checks.DefaultLimits(), time.Now)}, Alerts: noManager{}, Audit: noAudit{},
		Baselines: baselineFile(o.File), Wait: wait, Recheck: func(model.CheckID) {}, Now: time.Now,
	}), &bot.Plain{Texts: catalog, Now: time.Now, Zone: loaded.Config.Alerts.Timezone.Location}, nil
}

// look makes the picture of an inventory, with what DNS says, for a command that runs by itself.
func look(ctx context.Context, l *Loaded) (*inventory.Live, error) {
	live := inventory.NewLive(l.source(), inventory.Options{})
	lookup, cancel := context.WithTimeout(ctx, firstLookup)
	defer cancel()
	if err := live.Start(lookup); err != nil {
		return nil, fmt.Errorf("look up names: %w", err)
	}
	return live, nil
}

// baselineFile keeps one baseline, whatever its name.
type baselineFile string

// KeepBaseline implements ops.Baselines. The file is whole or as it was.
func (f baselineFile) KeepBaseline(_ context.Context, _ string, b *model.Baseline) error {
	data, err := json.Marshal(b)
	if err != nil {
		return err
	}
	next, err := os.CreateTemp(filepath.Dir(string(f)), filepath.Base(string(f))+".*")
	if err != nil {
		return fileError(model.ErrFile, string(f), err)
	}
	_, err = next.Write(append(data, '\n'))
	if err = errors.Join(err, next.Close()); err == nil {
		err = os.Rename(next.Name(), string(f))
	}
	if err != nil {
		_ = os.Remove(next.Name()) // there may be none any more
		return fileError(model.ErrFile, string(f), err)
	}
	return nil
}

// Baseline implements ops.Baselines. A file that cannot be read is an error.
func (f baselineFile) Baseline(context.Context, string) (*model.Baseline, error) {
	data, err := os.ReadFile(string(f))
	var b model.Baseline
	if err == nil {
		err = json.Unmarshal(data, &b)
	}
	if err == nil && b.Rounds == 0 {
		err = errors.New("opsbot before wrote none of it")
	}
	if err != nil {
		return nil, fileError(model.ErrUnreadable, string(f), err)
	}
	return &b, nil
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

// ChangeView is one endpoint that is not as it was.
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
