package ops

import (
	"context"
	"strconv"
	"strings"
	"time"

	"opsbot/model"
)

// ParseExtend parses the words of an extension, "3 1h" or "1h #3": the number of a mute, and for how much longer.
func ParseExtend(words []string) (id model.MuteID, by time.Duration, err error) {
	if len(words) < 2 {
		return 0, 0, &model.Error{Code: model.ErrNeedArgument, Args: map[string]string{"command": ActionExtend}}
	}
	number, length := words[0], words[1:]
	if _, n := model.LeadingLength(words); n == len(words)-1 && n > 0 {
		number, length = words[n], words[:n]
	}
	d, n := model.LeadingLength(length)
	switch {
	case n > 0 && n < len(length):
		return 0, 0, &model.Error{Code: model.ErrNeedArgument, Args: map[string]string{"command": ActionExtend}}
	case n == 0:
		return 0, 0, &model.Error{Code: model.ErrBadDuration, Args: map[string]string{"word": shorten(strings.Join(length, " "))}}
	}
	named, err := strconv.ParseInt(strings.TrimPrefix(number, "#"), 10, 64)
	if err != nil || named <= 0 {
		return 0, 0, &model.Error{Code: model.ErrNoMute, Args: map[string]string{"word": shorten(number)}}
	}
	return model.MuteID(named), time.Duration(d), nil
}

// Extend gives an active mute more time, counted from its end.
func (k *Actions) Extend(ctx context.Context, who model.Actor, id model.MuteID, by time.Duration) (model.Mute, error) {
	word := strconv.FormatInt(int64(id), 10)
	if err := k.need(ctx, who, RoleFor(ActionExtend), ActionExtend, "#"+word); err != nil {
		return model.Mute{}, err
	}
	found, err := k.mutesNamed(who, []string{word})
	if err != nil {
		return model.Mute{}, err
	}
	m, most := found[0], maxMute
	if m.Incident != 0 {
		most = UntilHealthy
	}
	until := m.Until.Add(by)
	if left := until.Sub(k.d.Now()); by < minMute || left > most {
		return model.Mute{}, muteLength(left, most)
	}
	entry := k.entry(who, ActionExtend, "#"+word+" "+m.Selector.String())
	entry.Before, entry.After = m.Until.UTC().Format(time.RFC3339), until.UTC().Format(time.RFC3339)
	return k.d.Muter.ExtendMute(ctx, id, until, entry)
}
