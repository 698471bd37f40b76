package ops

import (
	"context"
	"slices"
	"strings"
	"time"

	"opsbot/model"
)

// furthestPlan is how far ahead a mute may be planned: anything later is a misread date.
const furthestPlan = 366 * model.Day

// Planned is planned maintenance that has not begun.
type Planned struct {
	model.Mute      // without a number if it recurs
	Again      bool `json:"again"` // it is configured, and recurs
}

// Maintenance returns the planned maintenance that the requester may see, the next first. Configured windows have their
// next time.
func (k *Actions) Maintenance(ctx context.Context, who model.Actor) ([]Planned, error) {
	if err := k.need(ctx, who, model.RoleViewer, "maintenance", ""); err != nil {
		return nil, err
	}
	now := k.d.Now()
	var all []Planned
	for _, m := range k.plans(ctx, who, now) {
		if m.From.After(now) {
			all = append(all, Planned{Mute: m})
		}
	}
	for _, w := range k.d.Windows() {
		from := w.Next(now)
		m := model.Mute{Selector: w.Selector, OwnerName: w.Name, Reason: w.Reason, Window: w.Name, From: from, Until: from.Add(w.Length)}
		if !from.IsZero() && k.seesMute(who.Scope, &m) {
			all = append(all, Planned{Mute: m, Again: true})
		}
	}
	slices.SortStableFunc(all, func(a, b Planned) int { return a.From.Compare(b.From) })
	return all, nil
}

// ParseMaintenance parses "23:00 2h clientA -- reason", "2026-12-01 02:00 2h clientA" or "tomorrow 23:00 until 02:00 clientA": when, for how
// long, what. A time without a day is the next one. now gives the time zone. Names are not resolved.
func ParseMaintenance(text string, now time.Time) (MuteRequest, error) {
	at, rest, err := parseStart(strings.Fields(model.PlainSpaces(text)), now)
	if err != nil {
		return MuteRequest{}, err
	}
	if at.Before(now) || at.After(now.Add(furthestPlan)) {
		return MuteRequest{}, &model.Error{Code: model.ErrBadTime, Args: map[string]string{"word": at.Format("2006-01-02 15:04")}}
	}
	line, err := ParseMute(strings.Join(rest, " "))
	switch {
	case model.CodeOf(err) == model.ErrBadTime:
		return MuteRequest{}, err
	case err != nil, line.For == 0 && line.Ends == "", len(line.Words) == 0:
		return MuteRequest{}, needMore()
	}
	req, err := line.At(at) // it ends after it begins
	req.At = at
	return req, err
}

func needMore() error {
	return &model.Error{Code: model.ErrNeedArgument, Args: map[string]string{"command": ActionMaintenance}}
}

// startWords may come before the beginning.
var startWords = []string{"from", "at", "с", "со", "в"}

// parseStart reads when a plan begins: its time of day is written as one ("9:00", "at 9"), so that no name is taken for one.
func parseStart(words []string, now time.Time) (at time.Time, rest []string, err error) {
	if len(words) > 1 && slices.Contains(startWords, strings.ToLower(words[0])) {
		words = words[1:]
	}
	if len(words) == 0 {
		return at, nil, needMore()
	}
	m, n := model.LeadingMoment(words)
	said := strings.Join(words[:n], " ")
	switch {
	case n == 0:
		return at, nil, &model.Error{Code: model.ErrBadTime, Args: map[string]string{"word": shorten(words[0])}}
	case !m.Plain():
		return at, nil, &model.Error{Code: model.ErrNeedClock, Args: map[string]string{"word": shorten(said)}}
	}
	at, later := m.At(now)
	if !later {
		return at, nil, &model.Error{Code: model.ErrBadTime, Args: map[string]string{"word": shorten(said)}}
	}
	return at, words[n:], nil
}
