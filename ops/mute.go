package ops

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"opsbot/model"
)

// The limits of a mute's length. The shortest leaves time for its own warning; the longest is there because a mute that
// everybody has forgotten hides problems.
const (
	minMute = time.Minute
	maxMute = 90 * model.Day
)

// UntilHealthy is the length of a mute of one incident that is to last until the incident closes; it ends with the incident. No
// mute of an incident is longer.
const UntilHealthy = 7 * model.Day

// MuteRequest asks for a mute.
type MuteRequest struct {
	At       time.Time        // start; zero is now
	For      time.Duration    // 0: not given yet
	Until    time.Time        // the end, in place of For; zero: For counts
	Words    []string         // a selector; none: Incident, or else everything notified in this chat
	Incident model.IncidentID // from a reply to its card, or its button
	Reason   string
	Sure     bool // a wide mute needs no confirmation
}

// MuteAnswer is the result of a MuteRequest.
type MuteAnswer struct {
	Mute   model.Mute
	Hidden model.Hidden
	About  *model.Incident // set for a mute of one incident
	Longer *model.Mute     // one that mutes all of it already, and ends later: its end counts
	Before *model.Mute     // the mute of this incident that was extended; nil: it is a new one
	Others []model.Mute    // that mute a part of it beyond its end, by their end
	Asks   bool            // nothing is muted yet: ask for the length if For was 0, else for confirmation, and repeat the request with Sure
}

// maxReason bounds a mute's reason, in runes: it is shown on cards.
const maxReason = 200

// MuteLine is a mute as somebody typed it.
type MuteLine struct {
	MuteRequest
	Ends string       // "tomorrow 9:00": until when, in their words; "" if the line does not say
	ends model.Moment // the same
}

// ParseMute parses "2h clientA reports -- reason", "until 18:00 clientA", or with the time as the last word: "clientA reports 2h". Without a
// time For is 0, which asks for it. An em or en dash, and a hyphen between spaces, is read as "--"; a dash with letters on both sides is part of a name. Names
// are not resolved. Nothing but a reason is ErrNeedDuration, "until" without a moment ErrBadTime.
func ParseMute(text string) (req MuteLine, err error) {
	text, req.Reason = cutReason(model.PlainSpaces(text))
	req.Words = strings.Fields(text)
	if len(req.Words) == 0 {
		return req, &model.Error{Code: model.ErrNeedDuration}
	}
	if req.Ends, req.ends, req.Words, err = model.CutUntil(req.Words); err != nil || req.Ends != "" {
		return req, err
	}
	if d, n := model.LeadingLength(req.Words); n > 0 {
		req.For, req.Words = time.Duration(d), req.Words[n:]
	} else if d, n := model.TrailingLength(req.Words); n > 0 {
		req.For, req.Words = time.Duration(d), req.Words[:len(req.Words)-n]
	}
	return req, nil
}

// At is the request of somebody who types a line at a time, in the zone of that time. ErrBadTime when it ends before that.
func (l MuteLine) At(now time.Time) (MuteRequest, error) {
	req := l.MuteRequest
	if l.Ends == "" {
		return req, nil
	}
	var later bool
	if req.Until, later = l.ends.At(now); !later {
		return req, &model.Error{Code: model.ErrBadTime, Args: map[string]string{"word": shorten(l.Ends)}}
	}
	return req, nil
}

func cutReason(text string) (before, reason string) {
	at, width := len(text), 0
	for _, dash := range []string{"--", "—", "–"} { // phones turn two hyphens into a dash
		if i := indexApart(text, dash); i >= 0 && i < at {
			at, width = i, len(dash)
		}
	}
	if i := strings.Index(" "+strings.ReplaceAll(text, "\n", " ")+" ", " - "); i >= 0 && i < at { // a name has no spaces around its hyphens
		at, width = i, 1
	}
	reason = strings.Join(strings.Fields(text[min(at+width, len(text)):]), " ")
	return text[:at], model.Clip(reason, maxReason)
}

// indexApart finds the first dash without letters on at least one side; -1 if there is none.
func indexApart(text, dash string) int {
	for from := 0; ; {
		i := strings.Index(text[from:], dash)
		if i < 0 {
			return -1
		}
		i += from
		from = i + len(dash)
		before, _ := utf8.DecodeLastRuneInString(text[:i])
		after, _ := utf8.DecodeRuneInString(text[from:])
		if i == 0 || from == len(text) || unicode.IsSpace(before) || unicode.IsSpace(after) {
			return i
		}
	}
}

// Mute creates a mute of what is selected. Without a time it asks for one; a wide mute, and one without a selector, asks for
// confirmation. Sure skips the confirmation.
func (k *Actions) Mute(ctx context.Context, who model.Actor, req MuteRequest) (MuteAnswer, error) {
	target := strings.Join(req.Words, " ")
	if err := k.need(ctx, who, RoleFor(ActionMute), ActionMute, target); err != nil {
		return MuteAnswer{}, err
	}
	if !req.Until.IsZero() {
		if req.For = req.Until.Sub(k.begins(req)); req.For <= 0 {
			return MuteAnswer{}, &model.Error{Code: model.ErrBadTime, Args: map[string]string{"word": req.Until.Format("2006-01-02 15:04")}}
		}
	}
	if req.For != 0 && (req.For < minMute || req.For > maxMute) {
		return MuteAnswer{}, muteLength(req.For, maxMute)
	}
	m, err := k.draft(ctx, who, req)
	switch {
	case err != nil:
		return MuteAnswer{}, meantTime(req.Words, err)
	case req.For == 0 && (req.Sure || len(req.Words) == 0 && req.Incident == 0):
		return MuteAnswer{}, &model.Error{Code: model.ErrNeedDuration}
	}
	answer := MuteAnswer{Mute: m, Hidden: k.d.Muter.Preview(m)}
	answer.About = k.muted(ctx, who, &m)
	if answer.Hidden.Checks == 0 && (answer.About == nil || answer.About.Kind != model.IncidentEventGroup) {
		return MuteAnswer{}, &model.Error{Code: model.ErrNothingSelected, Args: map[string]string{"words": shorten(target)}}
	}
	if req.For == 0 || !req.Sure && m.Incident == 0 && (answer.Hidden.Wide() || len(req.Words) == 0 && req.Incident == 0) {
		answer.Asks = true
		return answer, nil
	}
	entry := k.entry(who, ActionMute, muted(&m))
	entry.After = strings.TrimSpace(muteSpan(&m, &req) + " " + req.Reason)
	before := k.muteOf(m.Incident)
	answer.Mute, answer.Hidden, err = k.d.Muter.Mute(ctx, m, entry)
	if err == nil {
		if before != nil && before.ID == answer.Mute.ID {
			answer.Before = before
		}
		answer.Others = k.overlapping(ctx, who, &answer.Mute)
		answer.Longer = k.shownMute(ctx, who, k.longer(&answer.Mute))
	}
	k.numbering(ctx, who.Counts()).Mutes(&answer.Mute)
	return answer, err
}

// muted is what a mute hides, as the audit log has it.
func muted(m *model.Mute) string {
	switch {
	case m.Incident != 0:
		return "incident #" + strconv.FormatInt(int64(m.Incident), 10)
	case m.Here:
		return strings.TrimSpace("this chat " + m.Selector.String())
	default:
		return m.Selector.String()
	}
}

// muteSpan is how long a mute lasts, as the audit log has it: what was done, which may be less than what was asked for.
func muteSpan(m *model.Mute, asked *MuteRequest) string {
	span := model.Duration(m.Until.Sub(m.From)).String()
	if m.Until.Equal(asked.Until) {
		span = "until " + m.Until.UTC().Format(time.RFC3339)
	}
	if m.Planned {
		span = "from " + m.From.UTC().Format(time.RFC3339) + " " + span
	}
	return span
}

func muteLength(asked, most time.Duration) error {
	if asked > time.Hour { // "until 18:00" is no round time
		asked = asked.Round(time.Minute)
	}
	return &model.Error{Code: model.ErrMuteLength, Args: map[string]string{
		"word": model.Duration(max(0, asked)).String(), "least": model.Duration(minMute).String(), "most": model.Duration(most).String(),
	}}
}

// begins is when the mute of a request begins.
func (k *Actions) begins(req MuteRequest) time.Time {
	if now := k.d.Now(); !req.At.After(now) {
		return now
	}
	return req.At
}

// draft builds the mute of a request.
func (k *Actions) draft(ctx context.Context, who model.Actor, req MuteRequest) (model.Mute, error) {
	from := k.begins(req)
	m := model.Mute{
		Owner: who.User, OwnerName: who.Name, Chat: who.Chat, Topic: who.Topic, Reason: req.Reason,
		From: from, Until: from.Add(req.For), Planned: !req.At.IsZero(),
	}
	switch {
	case !req.Until.IsZero():
		m.Until = req.Until // a moment, as the beginning of a plan is
	case req.At.IsZero():
		m.Lasts = model.Duration(req.For)
	}
	switch {
	case len(req.Words) > 0:
		inv := k.d.Inventory.Current()
		sel, err := k.resolve(inv, req.Words, who.Scope)
		m.Selector = sel
		return m, err
	case req.Incident != 0:
		return m, k.draftIncident(ctx, who, req.Incident, &m)
	case who.Chat == 0: // everything, everywhere, must be explicit: "all"
		return m, &model.Error{Code: model.ErrNothingNamed}
	default:
		m.Here = true
		var err error
		m.Selector, err = confined(model.Selector{}, who.Scope)
		return m, err
	}
}

// maxShared is the longest mute of the requester's part of a shared incident: it does not end with the incident.
const maxShared = model.Day

// draftIncident mutes an incident, or of a shared one the part that the requester sees.
func (k *Actions) draftIncident(ctx context.Context, who model.Actor, id model.IncidentID, m *model.Mute) error {
	in, open := k.seen(who, id)
	if !open {
		return k.noIncident(ctx, who, id)
	}
	if seesIncident(who.Scope, &in) {
		m.Incident, m.Until = id, model.Earlier(m.Until, m.From.Add(UntilHealthy))
		return nil
	}
	if in.Kind == model.IncidentHost {
		m.Selector.Hosts = []string{in.Host}
	}
	for _, s := range in.Affected {
		if !who.Scope.Sees(s.Client) {
			continue
		}
		if !slices.Contains(m.Selector.Clients, s.Client) {
			m.Selector.Clients = append(m.Selector.Clients, s.Client)
		}
		if in.Gathered() && !slices.Contains(m.Selector.Services, s.Service) {
			m.Selector.Services = append(m.Selector.Services, s.Service)
		}
	}
	if len(m.Selector.Clients) == 0 { // none of it is in the requester's scope any more; an empty selector would be everything
		return k.noIncident(ctx, who, id)
	}
	if latest := m.From.Add(maxShared); m.Until.After(latest) {
		m.Until = latest
	}
	return nil
}

// seesIncident reports whether everything that an incident is about is in a scope: muting it hides all of it.
func seesIncident(scope model.Scope, in *model.Incident) bool {
	if !scope.Limited {
		return true
	}
	if in.Kind != model.IncidentHost && in.Kind != model.IncidentService {
		return false
	}
	return !slices.ContainsFunc(in.Affected, func(s model.ServiceState) bool { return !scope.Sees(s.Client) })
}
