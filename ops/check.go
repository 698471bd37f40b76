package ops

import (
	"context"
	"strings"
	"time"

	"opsbot/model"
)

// CheckAnswer is the result of one check, run now.
type CheckAnswer struct {
	Check  *model.Check
	Result model.Result
	Before model.CheckState // the state before this run
	Next   time.Time        // when it runs next; zero: not known
}

// maxChoices bounds a "did you mean".
const maxChoices = 8

// CheckNow runs one check now. Words that select several are an error that offers them.
func (k *Actions) CheckNow(ctx context.Context, who model.Actor, words []string) (*CheckAnswer, error) {
	if err := k.needWords(ctx, who, "check", words); err != nil {
		return nil, err
	}
	c, err := k.oneCheck(who, words)
	if err != nil {
		return nil, err
	}
	answer := &CheckAnswer{Check: c}
	answer.Before, _ = k.d.Alerts.State(c.ID)
	k.d.Engine.RunAll(ctx, []*model.Check{c}, func(r model.Result) { answer.Result = r })
	if k.d.NextRun != nil {
		answer.Next = k.d.NextRun(c.ID)
	}
	k.recheckIfNews(answer.Result)
	return answer, k.noted(ctx, k.entry(who, "check", string(c.ID)), nil)
}

// oneCheck returns the one check that words select. Words that select several are an error that offers them.
func (k *Actions) oneCheck(who model.Actor, words []string) (*model.Check, error) {
	_, selection, err := k.selected(k.d.Inventory.Current(), who, words)
	if err != nil {
		return nil, err
	}
	word := strings.Join(words, " ")
	switch len(selection) {
	case 0:
		return nil, &model.Error{Code: model.ErrNothingSelected, Args: map[string]string{"words": shorten(word)}}
	case 1:
		return selection[0], nil
	}
	several := &model.Error{Code: model.ErrAmbiguousWord, Args: map[string]string{"word": word}}
	for _, c := range selection[:min(maxChoices, len(selection))] {
		several.Choices = append(several.Choices, string(c.ID))
	}
	return nil, several
}
