package bot

import (
	"context"
	"strconv"
	"strings"
	"time"

	"opsbot"
	"opsbot/bot/telegram"
	"opsbot/ops"
	"opsbot/texts"
)

// cmdMute mutes what the words name; without words, the incident whose card it replies to, or else all that this chat
// is told.
func (r *request) cmdMute(ctx context.Context, args string) error {
	req, err := ops.ParseMute(args)
	if err != nil {
		return err
	}
	if len(req.Words) == 0 && r.in.ReplyTo != 0 {
		id, shows, err := r.b.d.Buttons.CardAt(ctx, r.in.Chat.ID, r.in.ReplyTo)
		if err != nil {
			return err
		}
		if shows {
			req.Incident = id
		}
	}
	return r.mute(ctx, req)
}

func (r *request) mute(ctx context.Context, req ops.MuteRequest) error {
	answer, err := r.b.d.Desk.Mute(ctx, r.actor, req)
	if err != nil {
		return err
	}
	if answer.Asks {
		r.askMute(ctx, req, answer)
		return nil
	}
	m := &answer.Mute
	r.reply(ctx, r.sheet().muted(m, answer.Hidden), r.buttons(ctx, 1, action{
		label: r.p.T("button.undo"), name: actUnmute, args: map[string]string{"id": strconv.FormatInt(int64(m.ID), 10), "undo": "1"},
	}))
	return nil
}

// muted says what a mute that has just been set hides.
func (s *sheet) muted(m *opsbot.Mute, hidden opsbot.Hidden) string {
	lines := blocks{
		block(s.p.HTML("mute.set", texts.Args{"id": int64(m.ID), "what": s.muteTarget(m), "until": s.moment(m.Until)})),
		block(s.hides(hidden)),
	}
	if m.Reason != "" {
		lines = append(lines, block(s.p.HTML("mute.reason", texts.Args{"reason": m.Reason})))
	}
	return append(lines, block(s.p.HTML("mute.warns", texts.Args{"at": s.moment(m.WarnAt())}))).join("\n")
}

func (s *sheet) hides(h opsbot.Hidden) string {
	return s.p.HTML("mute.hides", texts.Args{
		"checks":   s.p.N("count.checks", h.Checks),
		"clients":  s.p.N("count.clients", h.Clients),
		"critical": h.Critical, "broken": h.Broken,
	})
}

// askMute asks before a wide mute; nothing is muted until somebody says yes.
func (r *request) askMute(ctx context.Context, req ops.MuteRequest, answer ops.MuteAnswer) {
	html := blocks{
		block(r.p.HTML("mute.ask", texts.Args{"what": r.sheet().muteTarget(&answer.Mute), "for": req.For})),
		block(r.sheet().hides(answer.Hidden)),
	}.join("\n")
	r.reply(ctx, html, r.buttons(ctx, 2,
		action{label: r.p.T("button.mute_anyway"), name: actMute, own: true, args: map[string]string{
			"for": req.For.String(), "words": strings.Join(req.Words, " "), "reason": req.Reason, "sure": "1",
		}},
		action{label: r.p.T("button.cancel"), name: actCancel, own: true},
	))
}

// pressMute is a mute from a button: of a question that was asked, or of a card.
func (r *request) pressMute(ctx context.Context, args map[string]string) error {
	d, err := time.ParseDuration(args["for"])
	if err != nil {
		return &opsbot.Error{Code: opsbot.ErrButtonExpired}
	}
	id, _ := strconv.ParseInt(args["incident"], 10, 64) // empty is no incident
	req := ops.MuteRequest{
		For: d, Words: words(args["words"]), Reason: args["reason"], Incident: opsbot.IncidentID(id), Sure: args["sure"] != "",
	}
	r.line = "/mute"
	if id == 0 {
		r.shown = r.in.Message // the question becomes the answer
	}
	if err := r.mute(ctx, req); err != nil {
		return err
	}
	r.answer(ctx, r.p.T("mute.done"), false)
	return nil
}

// pressUnmute lifts a mute from a button.
func (r *request) pressUnmute(ctx context.Context, args map[string]string) error {
	ended, err := r.b.d.Desk.Unmute(ctx, r.actor, []string{args["id"]}, args["undo"] != "")
	if err != nil {
		return err
	}
	r.answer(ctx, r.p.T("unmute.done"), false)
	r.shown = r.in.Message
	r.reply(ctx, r.sheet().unmuted(ended), nil)
	return nil
}

// cmdUnmute lifts mutes; without words, the only one there is, or a list to choose from.
func (r *request) cmdUnmute(ctx context.Context, args string) error {
	ended, err := r.b.d.Desk.Unmute(ctx, r.actor, words(args), false)
	if opsbot.CodeOf(err) == opsbot.ErrNeedArgument {
		return r.cmdMutes(ctx, "")
	}
	if err != nil {
		return err
	}
	r.reply(ctx, r.sheet().unmuted(ended), nil)
	return nil
}

func (s *sheet) unmuted(ended []opsbot.Mute) string {
	var lines blocks
	for i := range ended {
		lines = append(lines, block(s.p.HTML("unmute.one", texts.Args{"id": int64(ended[i].ID), "what": s.muteTarget(&ended[i])})))
	}
	message, _ := fit(nil, lines, blocks{block(s.p.HTML("unmute.after"))}, mostRows, s.more)
	return message
}

// cmdMutes lists what is muted, with a button to lift each.
func (r *request) cmdMutes(ctx context.Context, _ string) error {
	mutes, err := r.b.d.Desk.Mutes(ctx, r.actor)
	if err != nil {
		return err
	}
	if len(mutes) == 0 {
		r.reply(ctx, r.sheet().mutes(nil), nil)
		return nil
	}
	var lift []action
	for i := range mutes {
		m := &mutes[i]
		if len(lift) < mostRows {
			lift = append(lift, action{
				label: r.p.T("button.unmute", texts.Args{"id": int64(m.ID)}), name: actUnmute,
				args: map[string]string{"id": strconv.FormatInt(int64(m.ID), 10)},
			})
		}
	}
	var buttons [][]telegram.Button
	if r.actor.Role >= opsbot.RoleOperator {
		buttons = r.buttons(ctx, 3, lift...)
	}
	r.reply(ctx, r.sheet().mutes(mutes), buttons)
	return nil
}

func (s *sheet) mutes(mutes []opsbot.Mute) string {
	if len(mutes) == 0 {
		return s.p.HTML("mutes.none")
	}
	var rows blocks
	for i := range mutes {
		rows = append(rows, block(s.muteLine(&mutes[i])))
	}
	message, _ := fit(blocks{block(s.p.HTMLN("mutes.head", len(mutes)))}, rows, nil, mostRows, s.more)
	return message
}

func (s *sheet) muteLine(m *opsbot.Mute) string {
	return s.p.HTML("mutes.line", texts.Args{
		"id": int64(m.ID), "what": s.muteTarget(m), "until": s.moment(m.Until), "owner": clipped(m.OwnerName, 32), "reason": m.Reason,
	})
}

func (s *sheet) muteTarget(m *opsbot.Mute) string { return muteTarget(s.p, m) }

// muteTarget names what a mute picks, short enough for a line.
func muteTarget(p *texts.Printer, m *opsbot.Mute) string {
	switch {
	case m.Incident != 0:
		return p.T("mute.target.incident", texts.Args{"id": int64(m.Incident)})
	case m.Selector.IsZero() && m.Here:
		return p.T("mute.target.here")
	case m.Selector.IsZero():
		return p.T("mute.target.all")
	default:
		return clipped(m.Selector.String(), 100)
	}
}
