package ops

import (
	"context"
	"strings"

	"opsbot"
)

// CheckAnswer is one check, run now.
type CheckAnswer struct {
	Check  *opsbot.Check
	Result opsbot.Result
	Before opsbot.CheckState // as judged before this run
}

// maxChoices bounds a "did you mean".
const maxChoices = 8

// CheckNow runs one check now. Words that pick several are an error that offers them.
func (k *Actions) CheckNow(ctx context.Context, who opsbot.Actor, words []string) (*CheckAnswer, error) {
	word := strings.Join(words, " ")
	if err := k.need(ctx, who, opsbot.RoleViewer, "check", word); err != nil {
		return nil, err
	}
	if len(words) == 0 {
		return nil, &opsbot.Error{Code: opsbot.ErrNeedArgument, Args: map[string]string{"command": "check"}}
	}
	inv := k.d.Inventory.Current()
	sel, err := k.resolve(inv, words, who.Scope)
	if err != nil {
		return nil, err
	}
	selection := sel.Select(inv, who.Scope)
	switch len(selection) {
	case 0:
		return nil, &opsbot.Error{Code: opsbot.ErrNothingSelected, Args: map[string]string{"words": shorten(word)}}
	case 1:
	default:
		several := &opsbot.Error{Code: opsbot.ErrAmbiguousWord, Args: map[string]string{"word": word}}
		for _, c := range selection[:min(maxChoices, len(selection))] {
			several.Choices = append(several.Choices, string(c.ID))
		}
		return nil, several
	}
	answer := &CheckAnswer{Check: selection[0]}
	answer.Before, _ = k.d.Alerts.State(answer.Check.ID)
	k.d.Engine.RunAll(ctx, selection, func(r opsbot.Result) { answer.Result = r })
	k.recheckIfNews(answer.Result)
	return answer, k.noted(ctx, k.entry(who, "check", string(answer.Check.ID)), nil)
}
