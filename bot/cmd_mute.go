package bot

import (
	"context"
	"strconv"
	"strings"
	"time"

	"opsbot/model"
	"opsbot/ops"
	"opsbot/texts"
)

// cmdMute mutes what the words select. Without words it mutes the incident whose card it replies to, else all notifications of
// this chat.
func (r *request) cmdMute(ctx context.Context, args string) error {
	line, err := ops.ParseMute(args)
	bare := model.CodeOf(err) == model.ErrNeedDuration // "/mute" alone: fine in reply to a card
	if err != nil && !bare {
		return err
	}
	req, ends := line.At(r.zoned())
	if ends != nil {
		return ends
	}
	if len(req.Words) == 0 {
		if err := r.mutesMeant(ctx, &req); err != nil {
			return err
		}
	}
	if bare && req.Incident == 0 && len(req.Words) == 0 {
		if len(words(args)) > 0 || !r.may(ops.ActionMute) {
			return err
		}
		return r.pickMute(ctx)
	}
	_, err = r.mute(ctx, req)
	return err
}

// mutesMeant has a mute without a selector mean what it replies to.
func (r *request) mutesMeant(ctx context.Context, req *ops.MuteRequest) (err error) {
	if req.Incident, err = r.cardMeant(ctx); err != nil || req.Incident != 0 {
		return err
	}
	req.Words, err = r.orSubject(ctx, nil, wholeOf)
	return err
}

// mute sets a mute, or asks first if it covers much: then done is false.
func (r *request) mute(ctx context.Context, req ops.MuteRequest) (done bool, err error) {
	answer, err := r.b.d.Actions.Mute(ctx, r.actor, req)
	if err != nil {
		return false, err
	}
	switch {
	case answer.Asks && req.For == 0 && req.Until.IsZero():
		r.askLength(ctx, req, answer)
		return false, nil
	case answer.Asks:
		r.askMute(ctx, req, answer)
		return false, nil
	}
	if r.asked != 0 {
		r.shown = r.asked
	}
	if answer.Before != nil { // to undo it would end what was muted before
		r.reply(ctx, r.renderer().muted(answer), nil)
		return true, nil
	}
	m := &answer.Mute
	r.about = placeOfMute(m)
	r.reply(ctx, r.renderer().muted(answer), r.buttons(ctx, 1, action{
		label: r.p.T("button.undo"), name: actUnmute, args: map[string]string{"id": strconv.FormatInt(int64(m.Ref()), 10), "undo": "1"},
	}))
	return true, nil
}

// untilItIsOver is the length from which a mute of an incident is meant to last until the incident is resolved.
const untilItIsOver = 24 * time.Hour

// muted says what a new mute covers.
func (s *renderer) muted(answer ops.MuteAnswer) string {
	m := &answer.Mute
	id := "mute.set"
	switch {
	case answer.Before != nil:
		id = "mute.again"
		if !m.Until.After(answer.Before.Until) {
			id = "mute.already"
		}
	case m.From.After(s.now):
		id = "mute.planned"
	case m.Incident != 0 && m.Until.Sub(m.From) > untilItIsOver:
		id = "mute.set_incident"
	}
	lines := blocks{
		block(s.p.HTML(id, texts.Args{"id": int64(m.ID), "what": s.muteAbout(answer), "from": s.until(m.From), "until": s.until(m.Until)})),
		block(s.hides(answer.Hidden)),
	}
	if answer.Before != nil {
		lines = append(lines, block(s.p.HTML("mute.undo", texts.Args{"id": int64(m.ID)})))
	}
	if m.Reason != "" {
		lines = append(lines, block(s.p.HTML("mute.reason", texts.Args{"reason": m.Reason})))
	}
	if l := answer.Longer; l != nil {
		lines = append(lines, block(s.p.HTML("mute.longer", texts.Args{"until": s.moment(l.Until), "who": s.muter(l, 70), "id": int64(l.ID)})))
	} else {
		lines = append(lines, block(s.p.HTML("mute.warns", texts.Args{"before": m.Until.Sub(m.WarnAt())})))
	}
	return append(lines, s.first(rowsOf(answer.Others, s.stillMuted), limit{mostNamed, len(answer.Others), "more"})...).join()
}

// stillMuted is another mute that goes on with a part of one.
func (s *renderer) stillMuted(m *model.Mute) block {
	return block(s.p.HTML("mute.other", texts.Args{"what": s.muteTarget(m), "until": s.moment(m.Until), "who": s.muter(m, 40), "id": int64(m.ID)}))
}

func (s *renderer) hides(h model.Hidden) string {
	if len(h.Names) > 0 {
		return s.p.HTML("mute.hides_named", texts.Args{"names": s.p.Names(h.Names, mostServices), "broken": h.Broken})
	}
	what := s.p.N("count.checks", h.Checks)
	if h.Clients > 0 {
		what += s.p.N("mute.hides_of", h.Clients)
	}
	if len(h.Gold) > 0 {
		what += " (" + model.TierGold + ": " + model.Clip(s.p.Names(h.Gold, mostNamed), 250) + ")"
	}
	return s.p.HTML("mute.hides", texts.Args{"checks": what, "broken": h.Broken})
}

// askMute asks before a mute that covers much.
func (r *request) askMute(ctx context.Context, req ops.MuteRequest, answer ops.MuteAnswer) {
	s, m := r.renderer(), &answer.Mute
	question := r.p.HTML("mute.ask", texts.Args{"what": s.muteAbout(answer), "for": req.For})
	switch {
	case !req.At.IsZero():
		question = r.p.HTML("mute.ask_planned", texts.Args{"what": s.muteAbout(answer), "from": s.until(m.From), "until": s.until(m.Until)})
	case !req.Until.IsZero():
		question = r.p.HTML("mute.ask_until", texts.Args{"what": s.muteAbout(answer), "until": s.until(m.Until)})
	}
	html := blocks{block(question), block(s.hides(answer.Hidden))}.join()
	r.reply(ctx, html, r.buttons(ctx, 2,
		muteButton(req, r.p.T("button.mute_anyway"), req.For, map[string]string{"asked": "1", "sure": "1"}),
		action{label: r.p.T("button.cancel"), name: actCancel, own: true},
	))
}

// muteLengths are offered if no length was given.
var muteLengths = [...]time.Duration{30 * time.Minute, time.Hour, 4 * time.Hour}

// askLength asks for the length of a mute.
func (r *request) askLength(ctx context.Context, req ops.MuteRequest, answer ops.MuteAnswer) {
	html := blocks{
		block(r.p.HTML("mute.how_long", texts.Args{"what": r.renderer().muteAbout(answer)})),
		block(r.renderer().hides(answer.Hidden)),
	}.join()
	r.here, r.about = "", aboutMute(&req)
	asked := func() map[string]string { return map[string]string{"asked": "1"} }
	var lengths []action
	for _, length := range muteLengths {
		lengths = append(lengths, muteButton(req, r.p.Duration(length), length, asked()))
	}
	var ends []action
	if at := r.morning(); !at.IsZero() {
		until := req
		until.Until = at
		ends = append(ends, muteButton(until, r.p.T("button.mute_morning", texts.Args{"at": at.Format("15:04")}), 0, asked()))
	}
	if req.Incident != 0 {
		ends = append(ends, muteButton(req, r.p.T("button.mute_healthy"), ops.UntilHealthy, asked()))
	}
	custom := muteButton(req, r.p.T("button.mute_custom"), 0, asked())
	custom.args["custom"] = "1"
	r.reply(ctx, html, r.keys(ctx, append(keyboard{lengths}, arrange(linkColumns, append(ends, custom))...)))
}

// leastNight is how far away a morning must be to be the next one: who mutes at 7:50 means the day after.
const leastNight = 30 * time.Minute

// morning is when people are awake again, in the zone of the chat; zero if that is not configured.
func (r *request) morning() time.Time {
	clock, set := r.b.d.Morning()
	if !set {
		return time.Time{}
	}
	now := r.zoned()
	at := time.Date(now.Year(), now.Month(), now.Day(), 0, int(clock/time.Minute), 0, 0, now.Location())
	if at.Sub(now) < leastNight {
		at = time.Date(now.Year(), now.Month(), now.Day()+1, 0, int(clock/time.Minute), 0, 0, now.Location())
	}
	return at
}

// aboutMute is what a mute is about, for who replies to the question.
func aboutMute(req *ops.MuteRequest) string {
	if req.Incident != 0 {
		return incidentPlace + strconv.FormatInt(int64(req.Incident), 10)
	}
	return strings.Join(req.Words, " ")
}

// askCustom asks for a length in words, as a reply to the question.
func (r *request) askCustom(ctx context.Context, req ops.MuteRequest) {
	r.answer(ctx, "", false)
	r.shown, r.here, r.about = r.in.Message, "", aboutMute(&req)
	cancel := action{label: r.p.T("button.cancel"), name: actCancel, own: true, args: map[string]string{"typed": ops.ActionMute}}
	r.reply(ctx, r.p.HTML("mute.custom"), r.buttons(ctx, 1, cancel))
}

// muteButton is a button of a question that sets the mute. Only the user who was asked may press it.
func muteButton(req ops.MuteRequest, label string, length time.Duration, args map[string]string) action {
	args["for"], args["words"], args["reason"] = length.String(), strings.Join(req.Words, " "), req.Reason
	args["incident"] = strconv.FormatInt(int64(req.Incident), 10)
	for name, at := range map[string]time.Time{"at": req.At, "until": req.Until} {
		if !at.IsZero() {
			args[name] = at.Format(time.RFC3339)
		}
	}
	return action{label: label, name: actMute, own: true, args: args}
}

// pressMute sets a mute from a button of a question or a card.
func (r *request) pressMute(ctx context.Context, args map[string]string) error {
	d, err := time.ParseDuration(args["for"])
	if err != nil {
		return &model.Error{Code: model.ErrButtonExpired}
	}
	id, _ := strconv.ParseInt(args["incident"], 10, 64) // 0 and empty are no incident
	req := ops.MuteRequest{
		For: d, Words: words(args["words"]), Reason: args["reason"], Incident: model.IncidentID(id), Sure: args["sure"] != "",
	}
	for name, at := range map[string]*time.Time{"at": &req.At, "until": &req.Until} {
		if args[name] == "" {
			continue
		}
		if *at, err = time.Parse(time.RFC3339, args[name]); err != nil {
			return &model.Error{Code: model.ErrButtonExpired}
		}
	}
	if args["custom"] != "" {
		r.askCustom(ctx, req)
		return nil
	}
	said := r.p.T("mute.done")
	if args["asked"] != "" {
		r.shown = r.in.Message // the answer replaces the question
	}
	done, err := r.mute(ctx, req)
	if err != nil {
		return err
	}
	if !done {
		said = ""
	}
	r.answer(ctx, said, false)
	return nil
}

// muteAbout is muteTarget with the name of the incident: "web1 (incident #4)".
func (s *renderer) muteAbout(answer ops.MuteAnswer) string {
	target := s.muteTarget(&answer.Mute)
	if answer.About == nil {
		return target
	}
	return s.name(answer.About) + " (" + target + ")"
}

// muteTarget names what a mute covers, short enough for a line.
func (s *renderer) muteTarget(m *model.Mute) string {
	switch {
	case m.Incident != 0:
		return s.p.T("mute.target.incident", texts.Args{"id": int64(m.Incident)})
	case m.Here && m.Chat == s.chat:
		return s.p.T("mute.target.here")
	case m.Here:
		return s.p.T("mute.target.there", texts.Args{"chat": int64(m.Chat)})
	case m.Selector.IsZero():
		return s.p.T("mute.target.all")
	default:
		return model.Clip(m.Selector.String(), 100)
	}
}
