package ops

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"opsbot"
)

// The bounds of a mute's length. The shortest leaves time for its own warning; the longest is there because a mute
// that outlives everyone's memory is a blind spot.
const (
	minMute = time.Minute
	maxMute = 90 * opsbot.Day
)

// MuteRequest asks for silence.
type MuteRequest struct {
	For      time.Duration
	Words    []string          // a selector; none: Incident, or else all that this chat is told
	Incident opsbot.IncidentID // from a reply to its card, or its button
	Reason   string
	Sure     bool // a wide mute holds without asking
}

// MuteAnswer is what became of a MuteRequest.
type MuteAnswer struct {
	Mute   opsbot.Mute
	Hidden opsbot.Hidden
	Asks   bool // nothing is muted yet: ask, then send the request again with Sure
}

// maxReason bounds a mute's reason, in runes: it stands on cards.
const maxReason = 200

// ParseMute reads "2h clientA reports -- reason"; an em or en dash stands for "--". It only reads: names are not looked
// up.
func ParseMute(text string) (MuteRequest, error) {
	text, reason := cutReason(text)
	words := strings.Fields(text)
	if len(words) == 0 {
		return MuteRequest{}, &opsbot.Error{Code: opsbot.ErrNeedDuration}
	}
	d, err := opsbot.ParseDuration(words[0])
	if err != nil {
		if len(words[0]) > 64 {
			return MuteRequest{}, &opsbot.Error{Code: opsbot.ErrNeedDuration}
		}
		return MuteRequest{}, &opsbot.Error{Code: opsbot.ErrBadDuration, Args: map[string]string{"word": words[0]}}
	}
	return MuteRequest{For: time.Duration(d), Words: words[1:], Reason: reason}, nil
}

func cutReason(text string) (before, reason string) {
	at, width := len(text), 0
	for _, dash := range []string{"--", "—", "–"} { // phones turn two hyphens into a dash
		if i := strings.Index(text, dash); i >= 0 && i < at {
			at, width = i, len(dash)
		}
	}
	reason = strings.Join(strings.Fields(text[min(at+width, len(text)):]), " ")
	if r := []rune(reason); len(r) > maxReason {
		reason = string(r[:maxReason]) + "…"
	}
	return text[:at], reason
}

// Mute keeps what is picked from being told. A wide one, and one without a selector, asks first.
func (k *Desk) Mute(ctx context.Context, who opsbot.Actor, req MuteRequest) (MuteAnswer, error) {
	target := strings.Join(req.Words, " ")
	if err := k.need(ctx, who, opsbot.RoleOperator, "mute", target); err != nil {
		return MuteAnswer{}, err
	}
	if req.For < minMute || req.For > maxMute {
		return MuteAnswer{}, &opsbot.Error{Code: opsbot.ErrMuteLength, Args: map[string]string{
			"word": opsbot.Duration(req.For).String(), "least": "1m", "most": "90d",
		}}
	}
	m, err := k.draft(who, req)
	if err != nil {
		return MuteAnswer{}, err
	}
	hidden := k.d.Muter.Preview(m)
	if hidden.Checks == 0 {
		return MuteAnswer{}, &opsbot.Error{Code: opsbot.ErrNothingSelected, Args: map[string]string{"words": target}}
	}
	if !req.Sure && m.Incident == 0 && (hidden.Wide() || len(req.Words) == 0) {
		return MuteAnswer{Mute: m, Hidden: hidden, Asks: true}, nil
	}
	entry := k.entry(who, "mute", m.Selector.String())
	entry.After = opsbot.Duration(req.For).String() + " " + req.Reason
	m, hidden, err = k.d.Muter.Mute(ctx, m, entry)
	return MuteAnswer{Mute: m, Hidden: hidden}, err
}

// draft makes the mute that a request means.
func (k *Desk) draft(who opsbot.Actor, req MuteRequest) (opsbot.Mute, error) {
	now := k.d.Now()
	m := opsbot.Mute{
		Owner: who.User, OwnerName: who.Name, Chat: who.Chat, Topic: who.Topic, Reason: req.Reason,
		From: now, Until: now.Add(req.For),
	}
	switch {
	case len(req.Words) > 0:
		inv := k.d.Inventory.Current()
		sel, err := k.resolve(inv, req.Words, who.Scope)
		m.Selector = sel
		return m, err
	case req.Incident != 0:
		in, open := k.d.Book.Incident(req.Incident)
		if !open || !seesIncident(who.Scope, &in) {
			return m, &opsbot.Error{Code: opsbot.ErrNoIncident, Args: map[string]string{"word": "#" + strconv.FormatInt(int64(req.Incident), 10)}}
		}
		m.Incident = req.Incident
		return m, nil
	default:
		m.Here = who.Chat != 0
		m.Selector = confined(opsbot.Selector{}, who.Scope)
		return m, nil
	}
}

// seesIncident reports whether all that an incident is about lies in a scope: muting it hides all of it.
func seesIncident(scope opsbot.Scope, in *opsbot.Incident) bool {
	if !scope.Limited {
		return true
	}
	if in.Kind == opsbot.IncidentCheck {
		return false
	}
	return !slices.ContainsFunc(in.Affected, func(s opsbot.ServiceState) bool { return !scope.Sees(s.Client) })
}

// Mutes returns the mutes that hold and that the asker may see, the one that ends first in front.
func (k *Desk) Mutes(ctx context.Context, who opsbot.Actor) ([]opsbot.Mute, error) {
	if err := k.need(ctx, who, opsbot.RoleViewer, "mutes", ""); err != nil {
		return nil, err
	}
	return k.visibleMutes(who, k.d.Now()), nil
}

func (k *Desk) visibleMutes(who opsbot.Actor, now time.Time) []opsbot.Mute {
	var seen []opsbot.Mute
	for _, m := range k.d.Muter.Mutes() {
		if m.Active(now) && k.seesMute(who.Scope, &m) {
			seen = append(seen, m)
		}
	}
	slices.SortStableFunc(seen, func(a, b opsbot.Mute) int { return a.Until.Compare(b.Until) })
	return seen
}

// seesMute reports whether a mute hides nothing but what lies in a scope.
func (k *Desk) seesMute(scope opsbot.Scope, m *opsbot.Mute) bool {
	if !scope.Limited {
		return true
	}
	if m.Incident != 0 {
		in, open := k.d.Book.Incident(m.Incident)
		return open && seesIncident(scope, &in)
	}
	return len(m.Selector.Clients) > 0 && !slices.ContainsFunc(m.Selector.Clients, func(c string) bool { return !scope.Sees(c) })
}

// Unmute lifts the mutes that a word names: "3" or "#3", the words of its selector, or "all". What still stands is then
// told, as at a mute's end; with undo nothing is said but what would have been told without the mute.
func (k *Desk) Unmute(ctx context.Context, who opsbot.Actor, words []string, undo bool) ([]opsbot.Mute, error) {
	word := strings.Join(words, " ")
	if err := k.need(ctx, who, opsbot.RoleOperator, "unmute", word); err != nil {
		return nil, err
	}
	picked, err := k.mutesNamed(who, words)
	if err != nil {
		return nil, err
	}
	var ended []opsbot.Mute
	for _, m := range picked {
		entry := k.entry(who, "unmute", "#"+strconv.FormatInt(int64(m.ID), 10)+" "+m.Selector.String())
		entry.Before = m.Until.UTC().Format(time.RFC3339)
		m, err := k.d.Muter.EndMute(ctx, m.ID, !undo, entry)
		if err != nil {
			return ended, err
		}
		ended = append(ended, m)
	}
	return ended, nil
}

func (k *Desk) mutesNamed(who opsbot.Actor, words []string) ([]opsbot.Mute, error) {
	seen := k.visibleMutes(who, k.d.Now())
	word := strings.Join(words, " ")
	none := &opsbot.Error{Code: opsbot.ErrNoMute, Args: map[string]string{"word": shorten(word)}}
	switch {
	case len(words) == 0 && len(seen) != 1:
		return nil, &opsbot.Error{Code: opsbot.ErrNeedArgument, Args: map[string]string{"command": "unmute"}}
	case len(words) == 0 || strings.EqualFold(word, "all"):
		if len(seen) == 0 {
			return nil, none
		}
		return seen, nil
	}
	if id, err := strconv.ParseInt(strings.TrimPrefix(word, "#"), 10, 64); err == nil {
		seen = slices.DeleteFunc(seen, func(m opsbot.Mute) bool { return m.ID != opsbot.MuteID(id) })
	} else {
		sel, err := k.resolve(k.d.Inventory.Current(), words, who.Scope)
		if err != nil {
			return nil, err
		}
		seen = slices.DeleteFunc(seen, func(m opsbot.Mute) bool { return m.Incident != 0 || m.Selector.String() != sel.String() })
	}
	if len(seen) == 0 {
		return nil, none
	}
	return seen, nil
}

// shorten keeps what a person wrote from filling their own screen.
func shorten(s string) string {
	if r := []rune(s); len(r) > 64 {
		return string(r[:64]) + "…"
	}
	return s
}
