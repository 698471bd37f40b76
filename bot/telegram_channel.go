package bot

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sirupsen/logrus"

	"opsbot/bot/telegram"
	"opsbot/model"
	"opsbot/ops"
	"opsbot/texts"
)

// Channel delivers notifications to chats: new messages and edits of cards. It is safe for concurrent use.
type Channel struct {
	Cards   *Cards
	Sender  Sender
	Buttons Buttons
	Key     []byte // secret: the ids of a card's buttons derive from it, so that an edit keeps them
	Log     logrus.FieldLogger

	partialUploads partialUploads
}

// Deliver sends a notification, or edits the card. Errors are the sender's.
func (c *Channel) Deliver(ctx context.Context, t model.Notification, card model.Card) (model.Receipt, error) {
	o := telegram.Outgoing{
		Chat: t.To.Chat, Topic: t.To.Topic, HTML: c.Cards.html(t), Silent: t.Silent, Priority: telegram.PriorityNormal,
		Buttons: c.buttons(ctx, t),
	}
	if t.Severity == model.SeverityCritical && t.Kind != model.NotifyReport { // alerts go before reports
		o.Priority = telegram.PriorityCritical
	}
	switch t.Kind {
	case model.NotifyReport:
		return c.sendReport(ctx, t, o)
	case model.NotifyUpdated:
		return model.Receipt{}, c.sender().Edit(ctx, card.Message, o)
	case model.NotifyPageOver:
		return model.Receipt{}, c.sender().Edit(ctx, t.Snapshot.Page.Message, o)
	case model.NotifyResolved, model.NotifyRaised, model.NotifyPage:
		o.ReplyTo = card.Message // the thread of one incident
	}
	receipt, err := c.send(ctx, o)
	if err == nil && t.Kind == model.NotifyRaised && card.Message != 0 {
		c.pointToNew(ctx, t, card.Message)
	}
	return receipt, err
}

// send sends a message. If its topic is closed or deleted, it goes to the chat without a topic and says so: no alert is lost, and
// nobody has to guess why it is there.
func (c *Channel) send(ctx context.Context, o telegram.Outgoing) (model.Receipt, error) {
	receipt, err := c.sender().Send(ctx, o)
	if !c.withoutTopic(&o, telegram.MaxText, err) {
		return receipt, err
	}
	return c.sender().Send(ctx, o)
}

// sender sends messages that mention nobody by themselves.
func (c *Channel) sender() Sender { return harmless{c.Sender} }

// withoutTopic takes a message out of its topic if that refused it, with a line that says so as far as there is room for it.
func (c *Channel) withoutTopic(o *telegram.Outgoing, most int, err error) bool {
	denied, ok := errors.AsType[*model.SendError](err)
	if !ok || denied.Denial != model.DenialTopic || o.Topic == 0 {
		return false
	}
	c.Log.WithError(err).WithFields(logrus.Fields{"chat": int64(o.Chat), "topic": o.Topic}).Warn("the topic is closed or deleted; send to the chat itself")
	s := c.Cards.renderer(model.Notification{To: model.Destination{Channel: "telegram", Chat: o.Chat, Topic: o.Topic}})
	line := s.p.HTML("card.topic_gone", texts.Args{"topic": o.Topic})
	if html := strings.TrimSpace(o.HTML + "\n" + line); telegram.Units(html) <= most {
		o.HTML = html
	}
	o.Topic = 0
	return true
}

// pointTime limits the edit of the old card: the delivery itself has succeeded.
const pointTime = 5 * time.Second

// pointToNew removes the buttons of a card that a new card replaces. Errors are only logged: the new card is not sent again.
func (c *Channel) pointToNew(ctx context.Context, t model.Notification, message int) {
	ctx, cancel := context.WithTimeout(ctx, pointTime)
	defer cancel()
	s := c.Cards.renderer(t)
	id := "card.raised"
	if in, j := t.Snapshot.Incident, t.Snapshot.Joined; !j.IsZero() && !onlyItself(in, j) {
		id = "card.joined"
	}
	o := telegram.Outgoing{Chat: t.To.Chat, HTML: s.p.HTML(id, texts.Args{"what": s.name(t.Snapshot.Incident), "id": int64(t.Snapshot.Incident.ID)})}
	if err := c.sender().Edit(ctx, message, o); err != nil {
		c.Log.WithError(err).Warn("point an old card to the new one")
	}
}

// buttons creates the buttons of a notification.
func (c *Channel) buttons(ctx context.Context, t model.Notification) [][]telegram.Button {
	s := c.Cards.renderer(t)
	all, links := s.actions(t), s.linkButtons(t)
	if len(all) == 0 {
		return links
	}
	kept := make(map[string]model.Button)
	rows := make([][]telegram.Button, len(all))
	for i, row := range all {
		for _, a := range row {
			data := c.id(t.To, a)
			kept[data] = model.Button{Action: a.name, Args: a.args, Chat: t.To.Chat, Expires: s.now.Add(cardButtonLife)}
			rows[i] = append(rows[i], telegram.Button{Text: a.label, Data: data})
		}
	}
	if err := c.Buttons.PutButtons(ctx, kept); err != nil {
		c.Log.WithError(err).Error("keep buttons")
		return links // an alert without buttons is better than none
	}
	return slices.Concat(rows, links)
}

// linkButtons are the runbooks of the incident that a notification is about.
func (s *renderer) linkButtons(t model.Notification) [][]telegram.Button {
	in := t.Snapshot.Incident
	if in == nil || t.Kind == model.NotifyResolved {
		return nil
	}
	return s.runbookButtons(in)
}

// runbookButtons are the runbooks of an incident in one row, short enough for it.
func (s *renderer) runbookButtons(in *model.Incident) [][]telegram.Button {
	all := s.runbooks(in)
	names := make([]string, len(all))
	for i, one := range all {
		switch {
		case one.of == "":
			names[i] = s.p.T("button.runbook")
		case len(all) == 1:
			names[i] = s.p.T("button.runbook_of", texts.Args{"client": one.of})
		default:
			names[i] = "📖 " + one.of
		}
	}
	var row []telegram.Button
	if len(all) > 0 {
		names = cutNames(names, labelRoom[len(all)])
	}
	for i, one := range all {
		row = append(row, telegram.Button{Text: names[i], URL: one.link})
	}
	if row == nil {
		return nil
	}
	return [][]telegram.Button{row}
}

// cardColumns is how many buttons fit in a row on a phone.
const cardColumns = 3

// actions are the buttons of a notification.
func (s *renderer) actions(t model.Notification) keyboard {
	switch in := t.Snapshot.Incident; {
	case t.Kind == model.NotifyMuteEnding && t.Snapshot.Mute != nil:
		return keyboard{s.muteActions(t.Snapshot.Mute)}
	case t.Kind == model.NotifyShift && t.Snapshot.Shift != nil:
		return s.openLinks(t.Snapshot.Open)
	case isSeveral(&t):
		return s.severalActions(t.Snapshot.Open, t.Snapshot.Page.Ask)
	case t.Kind == model.NotifyCover && t.Snapshot.Cover != nil:
		return s.coverActions(t.Snapshot.Cover)
	case t.Kind == model.NotifyMuteEnded || t.Kind == model.NotifyDigest || t.Kind == model.NotifyDaily:
		return s.openLinks(t.Snapshot.Open)
	case in == nil || !in.Open() || t.Kind == model.NotifyResolved:
		return nil
	case t.Kind == model.NotifyPage && t.Snapshot.Page != nil && t.Snapshot.Page.Ask:
		return s.stillOnIt(in)
	default:
		return s.cardActions(in, false)
	}
}

// muteActions give a mute more time, or end it.
func (s *renderer) muteActions(m *model.Mute) []action {
	id, end := strconv.FormatInt(int64(m.Ref()), 10), "button.end_now"
	if m.From.After(s.now) {
		end = "button.end_plan"
	}
	return []action{
		{label: s.p.T("button.extend_1h"), name: actExtend, args: map[string]string{"id": id, "for": "1h"}},
		{label: s.p.T(end), name: actUnmute, args: map[string]string{"id": id}},
	}
}

// cardActions are the buttons of an open incident: what to do, then what to ask. On the card of its own, which shows all of it, there is all
// that can be asked in place of the button that leads there.
func (s *renderer) cardActions(in *model.Incident, whole bool) keyboard {
	id := reference(in)
	of := func(label, name string, args map[string]string) action {
		all := map[string]string{"incident": id, "about": placeOfIncident(in)}
		for key, value := range args {
			all[key] = value
		}
		return action{label: s.p.T(label), name: name, args: all}
	}
	if in.Condition() == model.ConditionLatched {
		return keyboard{{of("button.reset", actReset, map[string]string{"check": string(in.Check)})}}
	}
	do := []action{of("button.ack", actAck, nil)}
	if in.Acknowledged {
		do[0] = of("button.unack", actUnack, nil)
	}
	if s.hasLogs != nil && s.hasLogs(in) {
		do = append(do, of("button.logs", actLogs, nil))
	}
	switch {
	case in.Kind == model.IncidentConnectivity, in.Kind == model.IncidentSource, in.Kind == model.IncidentPage:
	case in.Condition() == model.ConditionMuted:
		do = append(do, of("button.unmute", actUnmute, nil))
	default:
		do = append(do, of("button.mute", actMute, map[string]string{"for": "0s"}))
	}
	var ask []action
	words := strings.Join(ops.WordsOf(in, longestLine-len("/chart ")), " ")
	if words != "" {
		ask = append(ask, of("button.why", actRun, map[string]string{"line": "/why " + words}))
	}
	if len(in.Failing) > 0 || in.Kind == model.IncidentEventGroup {
		ask = append(ask, of("button.recheck", actRecheck, nil))
	}
	rows := keyboard{do}
	if beingPaged(in) {
		rows = append(rows, []action{of("button.not_me", actEscalate, map[string]string{"not": "me"}), of("button.escalate", actEscalate, nil)})
	}
	if !whole {
		return append(rows, append(ask, of("button.more", actRun, map[string]string{"line": placeOfIncident(in)})))
	}
	return append(rows, arrange(cardColumns, append(ask, s.moreActions(in, words, of)...))...)
}

// moreActions are what can be asked of an incident beside what its card has room for.
func (s *renderer) moreActions(in *model.Incident, words string, of func(label, name string, args map[string]string) action) (more []action) {
	run := func(label, line string) { more = append(more, of(label, actRun, map[string]string{"line": line})) }
	if words != "" {
		run("button.chart", "/chart "+words)
	}
	if in.Kind == model.IncidentEventGroup {
		run("button.csv", "/impact csv")
	}
	if in.EventGroup != nil && in.EventGroup.UnmappedAll > 0 {
		run("button.test_all", "/webtest all")
	}
	return more
}

// maxOpenLinks limits the buttons under a list of open incidents in a notification.
const maxOpenLinks = 6

// openLinks lead to the first of open incidents, and to all of them: in messages of their own, since what was notified stays as it is.
func (s *renderer) openLinks(open []model.Incident) keyboard {
	shown := texts.AtMost(len(open), maxOpenLinks)
	links := s.incidentLinks(open[:shown])
	if left := len(open) - shown; left > 0 {
		links = append(links, action{label: s.p.N("more", left) + " ›", args: map[string]string{"line": "/incidents"}})
	}
	for i := range links {
		links[i].name = actRun
	}
	return arrange(linkColumns, links)
}

// number is what the readers call an incident, as in a command.
func (s *renderer) number(in *model.Incident) string { return strconv.FormatInt(int64(in.ID), 10) }

// reference is the incident of a button: it means the same whoever presses it.
func reference(in *model.Incident) string { return strconv.FormatInt(int64(in.Ref()), 10) }

// id returns the id of a button of a card: the same at every edit, and unguessable without the key.
func (c *Channel) id(to model.Destination, a action) string {
	mac := hmac.New(sha256.New, c.Key)
	fmt.Fprintf(mac, "%s|%s|%s|%s|%s", to, a.args["incident"], a.args["id"], a.name, a.args["for"]+a.args["line"]+a.args["not"])
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16])
}
