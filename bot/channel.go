package bot

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"

	"github.com/sirupsen/logrus"

	"opsbot"
	"opsbot/bot/telegram"
	"opsbot/texts"
)

// Channel brings tellings into chats: new messages, and edits of cards. It is safe for concurrent use.
type Channel struct {
	Cards   *Cards
	Sender  Sender
	Buttons Buttons
	Key     []byte // secret: the ids of a card's buttons follow from it, so that an edit keeps them
	Log     logrus.FieldLogger
}

// Deliver sends a telling, or edits the card's message when it is an edit. Errors are the sender's.
func (c *Channel) Deliver(ctx context.Context, t opsbot.Telling, card opsbot.Card) (opsbot.Receipt, error) {
	o := telegram.Outgoing{
		Chat: t.To.Chat, Topic: t.To.Topic, HTML: c.Cards.HTML(t), Silent: t.Silent, Priority: telegram.PriorityNormal,
		Buttons: c.buttons(ctx, t),
	}
	if t.Severity == opsbot.SeverityCritical {
		o.Priority = telegram.PriorityCritical
	}
	switch t.Kind {
	case opsbot.TellEdit:
		return opsbot.Receipt{}, c.Sender.Edit(ctx, card.Message, o)
	case opsbot.TellEnd, opsbot.TellRaise:
		o.ReplyTo = card.Message // the thread of one incident
	}
	receipt, err := c.Sender.Send(ctx, o)
	if err == nil && t.Kind == opsbot.TellRaise && card.Message != 0 {
		c.pointToNew(ctx, t, card.Message)
	}
	return receipt, err
}

// pointToNew takes the buttons off a card that a newer one took the place of. That it cannot be is no reason to send
// the newer one again.
func (c *Channel) pointToNew(ctx context.Context, t opsbot.Telling, message int) {
	s := c.Cards.sheet(t)
	o := telegram.Outgoing{Chat: t.To.Chat, HTML: s.p.HTML("card.raised", texts.Args{"what": s.name(t.Fact.Incident), "id": int64(t.Incident)})}
	if err := c.Sender.Edit(ctx, message, o); err != nil {
		c.Log.WithError(err).Warn("point an old card to the new one")
	}
}

// buttons are those of an open incident's card, and of the warning before a mute's end.
func (c *Channel) buttons(ctx context.Context, t opsbot.Telling) [][]telegram.Button {
	s := c.Cards.sheet(t)
	about, actions := s.actions(t)
	if len(actions) == 0 {
		return nil
	}
	kept := make(map[string]opsbot.Button, len(actions))
	var row []telegram.Button
	for _, a := range actions {
		data := c.id(t.To, about, a)
		kept[data] = opsbot.Button{Action: a.name, Args: a.args, Chat: t.To.Chat, Expires: s.now.Add(cardButtonLife)}
		row = append(row, telegram.Button{Text: a.label, Data: data})
	}
	if err := c.Buttons.PutButtons(ctx, kept); err != nil {
		c.Log.WithError(err).Error("keep buttons")
		return nil // an alert without buttons is better than none
	}
	return [][]telegram.Button{row}
}

// actions are what can be done about a telling, and what it is about: "12" for an incident, "mute 3" for a mute.
func (s *sheet) actions(t opsbot.Telling) (about string, actions []action) {
	switch in := t.Fact.Incident; {
	case t.Kind == opsbot.TellMuteWarning && t.Fact.Mute != nil:
		id := strconv.FormatInt(int64(t.Fact.Mute.ID), 10)
		return "mute " + id, []action{
			{label: s.p.T("button.extend_1h"), name: actExtend, args: map[string]string{"id": id, "for": "1h"}},
			{label: s.p.T("button.end_now"), name: actUnmute, args: map[string]string{"id": id}},
		}
	case in == nil || !in.Open() || t.Kind == opsbot.TellEnd:
		return "", nil
	case !in.WorksSince.IsZero():
		return s.number(in), []action{{label: s.p.T("button.rearm"), name: actRearm, args: map[string]string{"check": string(in.Check)}}}
	default:
		id := s.number(in)
		return id, []action{
			{label: s.p.T("button.recheck"), name: actRecheck, args: map[string]string{"incident": id}},
			{label: s.p.T("button.mute_1h"), name: actMute, args: map[string]string{"incident": id, "for": "1h"}},
			{label: s.p.T("button.mute_4h"), name: actMute, args: map[string]string{"incident": id, "for": "4h"}},
		}
	}
}

func (s *sheet) number(in *opsbot.Incident) string { return strconv.FormatInt(int64(in.ID), 10) }

// id names a card's button: the same at every edit, and nobody without the key can make one up.
func (c *Channel) id(to opsbot.Destination, about string, a action) string {
	mac := hmac.New(sha256.New, c.Key)
	fmt.Fprintf(mac, "%s|%s|%s|%s", to, about, a.name, a.args["for"])
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16])
}
