package ops

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"opsbot/model"
)

// Mutes returns the active mutes that the requester may see, the one that ends first in front.
func (k *Actions) Mutes(ctx context.Context, who model.Actor) ([]model.Mute, error) {
	if err := k.need(ctx, who, model.RoleViewer, "mutes", ""); err != nil {
		return nil, err
	}
	return k.visibleMutes(who, k.d.Now()), nil
}

// visibleMutes returns the active mutes that the requester may see, by their end.
func (k *Actions) visibleMutes(who model.Actor, now time.Time) []model.Mute {
	return slices.DeleteFunc(k.visiblePlans(who, now), func(m model.Mute) bool { return !m.Active(now) })
}

// visiblePlans returns active and future mutes that the requester may see, by their end.
func (k *Actions) visiblePlans(who model.Actor, now time.Time) []model.Mute {
	var seen []model.Mute
	for _, m := range k.d.Muter.Mutes() {
		if m.EndedAt.IsZero() && now.Before(m.Until) && k.seesMute(who.Scope, &m) {
			seen = append(seen, m)
		}
	}
	slices.SortStableFunc(seen, func(a, b model.Mute) int { return a.Until.Compare(b.Until) })
	return seen
}

// muteFor is a mute as the requester may know it: of one that hides more, only that it is there and when it ends.
func (k *Actions) muteFor(scope model.Scope, m *model.Mute) *model.Mute {
	if m == nil || k.seesMute(scope, m) {
		return m
	}
	shown := m.Within(scope)
	return &shown
}

// seesMute reports whether a mute hides nothing outside a scope.
func (k *Actions) seesMute(scope model.Scope, m *model.Mute) bool {
	if !scope.Limited {
		return true
	}
	if m.Incident != 0 {
		in, open := k.d.Alerts.Incident(m.Incident)
		return open && seesIncident(scope, &in)
	}
	return len(m.Selector.Clients) > 0 && !slices.ContainsFunc(m.Selector.Clients, func(c string) bool { return !scope.Sees(c) })
}

// Unmuted is a mute that was ended early.
type Unmuted struct {
	model.Mute
	Still *model.Mute `json:"still,omitempty"` // another one that still mutes all of it; the one that ends last
}

// Unmute removes the mutes that a word names: "3" or "#3", the words of its selector, or "all": planned work is not among
// these, and is cancelled by its number alone, or its selector. What is still open is
// then notified, as at a mute's end; with undo only what would have been notified without the mute.
func (k *Actions) Unmute(ctx context.Context, who model.Actor, words []string, undo bool) ([]Unmuted, error) {
	word := strings.Join(words, " ")
	if err := k.need(ctx, who, RoleFor(ActionUnmute), ActionUnmute, word); err != nil {
		return nil, err
	}
	selection, err := k.mutesNamed(who, words)
	if err != nil {
		return nil, err
	}
	var ends []model.MuteEnd
	for _, m := range selection {
		entry := k.entry(who, ActionUnmute, "#"+strconv.FormatInt(int64(m.ID), 10)+" "+m.Selector.String())
		entry.Before = m.Until.UTC().Format(time.RFC3339)
		ends = append(ends, model.MuteEnd{ID: m.ID, Audit: entry})
	}
	lifted, err := k.d.Muter.EndMutes(ctx, ends, !undo)
	if err != nil {
		return nil, err
	}
	var ended []Unmuted
	for _, m := range lifted {
		was := m
		was.Until = k.d.Now()
		ended = append(ended, Unmuted{Mute: m, Still: k.muteFor(who.Scope, k.longer(&was))})
	}
	return ended, nil
}

func (k *Actions) mutesNamed(who model.Actor, words []string) ([]model.Mute, error) {
	seen := k.visiblePlans(who, k.d.Now())
	word := strings.Join(words, " ")
	none := &model.Error{Code: model.ErrNoMute, Args: map[string]string{"word": shorten(word)}}
	if len(words) == 0 || MeansAll(words) {
		seen = slices.DeleteFunc(seen, func(m model.Mute) bool { return m.Maintenance() })
		if len(words) == 0 && len(seen) != 1 {
			return nil, &model.Error{Code: model.ErrNeedArgument, Args: map[string]string{"command": ActionUnmute}}
		}
		if len(seen) == 0 {
			return nil, none
		}
		return seen, nil
	}
	if id, err := strconv.ParseInt(strings.TrimPrefix(word, "#"), 10, 64); err == nil {
		seen = slices.DeleteFunc(seen, func(m model.Mute) bool { return m.ID != model.MuteID(id) })
	} else {
		sel, err := k.resolve(k.d.Inventory.Current(), words, who.Scope)
		if err != nil {
			return nil, err
		}
		seen = slices.DeleteFunc(seen, func(m model.Mute) bool { return m.Incident != 0 || !m.Selector.Equal(sel) })
	}
	if len(seen) == 0 {
		return nil, none
	}
	return seen, nil
}
