package ops

import (
	"context"
	"strings"

	"opsbot/model"
)

// CheckAnswer is the result of one check, run now.
type CheckAnswer struct {
	Check  *model.Check
	Result model.Result
	Before model.CheckState // the state before this run
}

// maxChoices bounds a "did you mean".
const maxChoices = 8

// CheckNow runs one check now. Words that select several are an error that offers them.
func (k *Actions) CheckNow(ctx context.Context, who model.Actor, words []string) (*CheckAnswer, error) {
	word := strings.Join(words, " ")
	if err := k.need(ctx, who, model.RoleViewer, "check", word); err != nil {
		return nil, err
	}
	if len(words) == 0 {
		return nil, &model.Error{Code: model.ErrNeedArgument, Args: map[string]string{"command": "check"}}
	}
	inv := k.d.Inventory.Current()
	sel, err := k.resolve(inv, words, who.Scope)
	if err != nil {
		return nil, err
	}
	selection := sel.Select(inv, who.Scope)
	switch len(selection) {
	case 0:
		return nil, &model.Error{Code: model.ErrNothingSelected, Args: map[string]string{"words": shorten(word)}}
	case 1:
	default:
		several := &model.Error{Code: model.ErrAmbiguousWord, Args: map[string]string{"word": word}}
		for _, c := range selection[:min(maxChoices, len(selection))] {
			several.Choices = append(several.Choices, string(c.ID))
		}
		return nil, several
	}
	answer := &CheckAnswer{Check: selection[0]}
	answer.Before, _ = k.d.Alerts.State(answer.Check.ID)
	k.d.Engine.RunAll(ctx, selection, func(r model.Result) { answer.Result = r })
	k.recheckIfNews(answer.Result)
	return answer, k.noted(ctx, k.entry(who, "check", string(answer.Check.ID)), nil)
}
