package ops

import (
	"context"
	"strconv"
	"strings"
	"time"

	"opsbot/model"
)

// Extension is more time for a mute.
type Extension struct {
	Mute  model.MuteID  // as the requester calls it
	Ref   model.MuteID  // in place of Mute: by which it is stored, from a button
	By    time.Duration // counted from its end
	Until time.Time     // its new end, in place of By; zero: By counts
}

// ParseExtend parses the words of an extension, "3 1h", "1h #3" or "3 until 18:00": the number of a mute, and for how much longer or until
// when. now gives the time zone.
func ParseExtend(words []string, now time.Time) (x Extension, err error) {
	if len(words) < 2 {
		return x, &model.Error{Code: model.ErrNeedArgument, Args: map[string]string{"command": ActionExtend}}
	}
	ends, m, rest, err := model.CutUntil(words)
	if err != nil {
		return x, err
	}
	number := rest
	if ends == "" {
		var d model.Duration
		if d, number, err = extensionLength(rest); err != nil {
			return x, err
		}
		x.By = time.Duration(d)
	} else if at, later := m.At(now); later {
		x.Until = at
	} else {
		return x, &model.Error{Code: model.ErrBadTime, Args: map[string]string{"word": shorten(ends)}}
	}
	if len(number) != 1 {
		return x, &model.Error{Code: model.ErrNeedArgument, Args: map[string]string{"command": ActionExtend}}
	}
	named, err := strconv.ParseInt(strings.TrimPrefix(number[0], "#"), 10, 64)
	if err != nil || named <= 0 {
		return x, &model.Error{Code: model.ErrNoMute, Args: map[string]string{"word": shorten(number[0])}}
	}
	x.Mute = model.MuteID(named)
	return x, nil
}

// extensionLength is the length among the words of an extension, before or behind the rest.
func extensionLength(words []string) (d model.Duration, number []string, err error) {
	if d, n := model.LeadingLength(words); n > 0 && n < len(words) {
		return d, words[n:], nil
	}
	if d, n := model.LeadingLength(words[1:]); n > 0 {
		return d, append(words[:1:1], words[1+n:]...), nil
	}
	return 0, nil, &model.Error{Code: model.ErrBadDuration, Args: map[string]string{"word": shorten(strings.Join(words[1:], " "))}}
}

// Extend gives an active mute more time. ErrMuteLonger when it lasts until then already.
func (k *Actions) Extend(ctx context.Context, who model.Actor, x Extension) (model.Mute, error) {
	m, err := k.extended(ctx, who, x)
	if err != nil {
		return model.Mute{}, err
	}
	most, word := maxMute, strconv.FormatInt(int64(m.ID), 10)
	if m.Incident != 0 {
		most = UntilHealthy
	}
	until := m.Until.Add(x.By)
	if !x.Until.IsZero() {
		if until = x.Until; !until.After(m.Until) {
			return model.Mute{}, &model.Error{Code: model.ErrMuteLonger, Args: map[string]string{"id": word, "until": m.Until.UTC().Format(time.RFC3339)}}
		}
	}
	if left := until.Sub(k.d.Now()); until.Sub(m.Until) < minMute && x.Until.IsZero() || left > most {
		return model.Mute{}, muteLength(left, most)
	}
	entry := k.entry(who, ActionExtend, "#"+strconv.FormatInt(int64(m.Ref()), 10)+" "+m.Selector.String())
	entry.Before, entry.After = m.Until.UTC().Format(time.RFC3339), until.UTC().Format(time.RFC3339)
	longer, err := k.d.Muter.ExtendMute(ctx, m.Ref(), until, entry)
	k.numbering(ctx, who.Counts()).Mutes(&longer)
	return longer, err
}

// extended is the mute that an extension is about.
func (k *Actions) extended(ctx context.Context, who model.Actor, x Extension) (model.Mute, error) {
	if x.Ref != 0 {
		if err := k.need(ctx, who, RoleFor(ActionExtend), ActionExtend, "#"+strconv.FormatInt(int64(x.Ref), 10)); err != nil {
			return model.Mute{}, err
		}
		return k.plan(ctx, who, x.Ref)
	}
	word := strconv.FormatInt(int64(x.Mute), 10)
	if err := k.need(ctx, who, RoleFor(ActionExtend), ActionExtend, word); err != nil { // as it was written: only numbers as they are stored have a #
		return model.Mute{}, err
	}
	found, err := k.mutesNamed(ctx, who, []string{word})
	if err != nil {
		return model.Mute{}, err
	}
	return found[0], nil
}
