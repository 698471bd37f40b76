package ops

import (
	"cmp"
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
	return k.activeMutes(ctx, who, k.d.Now()), nil
}

// activeMutes returns the active mutes that the requester may see, by their end.
func (k *Actions) activeMutes(ctx context.Context, who model.Actor, now time.Time) []model.Mute {
	return slices.DeleteFunc(k.plans(ctx, who, now), func(m model.Mute) bool { return !m.Active(now) })
}

// MuteOf returns one mute or planned work that the requester sees, by the id by which it is stored. ErrNoMute when it is over.
func (k *Actions) MuteOf(ctx context.Context, who model.Actor, id model.MuteID) (model.Mute, error) {
	if err := k.need(ctx, who, model.RoleViewer, "mutes", ""); err != nil {
		return model.Mute{}, err
	}
	return k.plan(ctx, who, id)
}

// MutesOver are the active mutes that hide some of an open incident and that the requester sees, those of the incident alone first. ErrNotMuted
// when there is none.
func (k *Actions) MutesOver(ctx context.Context, who model.Actor, id model.IncidentID) ([]model.Mute, error) {
	if err := k.need(ctx, who, model.RoleViewer, "mutes", ""); err != nil {
		return nil, err
	}
	in, open := k.seen(who, id)
	if !open {
		return nil, k.noIncident(ctx, who, id)
	}
	inv := k.d.Inventory.Current()
	over := slices.DeleteFunc(k.activeMutes(ctx, who, k.d.Now()), func(m model.Mute) bool {
		return m.Incident != id && (m.Incident != 0 || m.Here && m.Chat != who.Chat || !hidesSome(inv, &m, &in))
	})
	if len(over) == 0 {
		n := strconv.FormatInt(int64(k.IncidentNumber(ctx, who, id)), 10)
		return nil, &model.Error{Code: model.ErrNotMuted, Args: map[string]string{"id": n}}
	}
	slices.SortStableFunc(over, func(a, b model.Mute) int { return cmp.Compare(b.Incident, a.Incident) })
	return over, nil
}

// hidesSome reports whether a mute hides a check that an incident is about.
func hidesSome(inv *model.Inventory, m *model.Mute, in *model.Incident) bool {
	hides := func(c *model.Check) bool { return m.Selector.IsZero() || m.Selector.Matches(c) }
	for _, id := range append(failing(in), in.Check) {
		if c, known := inv.Check(id); known && hides(c) {
			return true
		}
	}
	return slices.ContainsFunc(in.Hosts(), func(host string) bool { return slices.ContainsFunc(inv.ChecksOfHost(host), hides) })
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
	selection, err := k.mutesNamed(ctx, who, words)
	if err != nil {
		return nil, err
	}
	return k.endMutes(ctx, who, selection, undo)
}

// UnmuteOne removes one mute, by the id by which it is stored: a button carries that.
func (k *Actions) UnmuteOne(ctx context.Context, who model.Actor, id model.MuteID, undo bool) ([]Unmuted, error) {
	if err := k.need(ctx, who, RoleFor(ActionUnmute), ActionUnmute, "#"+strconv.FormatInt(int64(id), 10)); err != nil {
		return nil, err
	}
	m, err := k.plan(ctx, who, id)
	if err != nil {
		return nil, err
	}
	return k.endMutes(ctx, who, []model.Mute{m}, undo)
}

// plan is one mute that the requester sees, by the id by which it is stored.
func (k *Actions) plan(ctx context.Context, who model.Actor, id model.MuteID) (model.Mute, error) {
	all := k.plans(ctx, who, k.d.Now())
	at := slices.IndexFunc(all, func(m model.Mute) bool { return m.Ref() == id })
	if at < 0 {
		gone := model.Mute{ID: id}
		k.numbering(ctx, who.Counts()).Mutes(&gone)
		return gone, &model.Error{Code: model.ErrNoMute, Args: map[string]string{"word": strconv.FormatInt(int64(gone.ID), 10)}}
	}
	return all[at], nil
}

func (k *Actions) endMutes(ctx context.Context, who model.Actor, selection []model.Mute, undo bool) ([]Unmuted, error) {
	var ends []model.MuteEnd
	for _, m := range selection {
		entry := k.entry(who, ActionUnmute, "#"+strconv.FormatInt(int64(m.Ref()), 10)+" "+m.Selector.String())
		entry.Before = m.Until.UTC().Format(time.RFC3339)
		ends = append(ends, model.MuteEnd{ID: m.Ref(), Audit: entry})
	}
	lifted, err := k.d.Muter.EndMutes(ctx, ends, !undo)
	if err != nil {
		return nil, err
	}
	var ended []Unmuted
	for _, m := range lifted {
		was := m
		was.Until = k.d.Now()
		k.numbering(ctx, who.Counts()).Mutes(&m)
		ended = append(ended, Unmuted{Mute: m, Still: k.shownMute(ctx, who, k.longer(&was))})
	}
	return ended, nil
}

func (k *Actions) mutesNamed(ctx context.Context, who model.Actor, words []string) ([]model.Mute, error) {
	seen := k.plans(ctx, who, k.d.Now())
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
