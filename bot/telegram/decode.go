package telegram

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	tele "gopkg.in/telebot.v3"

	"opsbot/model"
)

// decoded is what an update says, as far as we care.
type decoded struct {
	in       Incoming
	relevant bool // in is for the Handler
	migrated [2]model.ChatID
	admitted bool // in.Chat lets us write
}

// updateID reads the number alone, so that an update that cannot be read otherwise can be passed by.
func updateID(raw []byte) (int, error) {
	var head struct {
		ID *int `json:"update_id"`
	}
	if err := json.Unmarshal(raw, &head); err != nil {
		return 0, fmt.Errorf("read the update's id: %w", err)
	}
	if head.ID == nil {
		return 0, fmt.Errorf("read the update's id: there is none")
	}
	return *head.ID, nil
}

// decode reads one update. telebot's types panic on some.
func decode(raw []byte) (d decoded, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("read the update: panic: %v", v)
		}
	}()
	var u tele.Update
	if err := json.Unmarshal(raw, &u); err != nil {
		return d, fmt.Errorf("read the update: %w", err)
	}
	switch {
	case u.Message != nil:
		d = decodeMessage(u.Message)
	case u.Callback != nil:
		d = decoded{in: decodePress(u.Callback), relevant: true}
	case u.MyChatMember != nil:
		d = decodeMember(u.MyChatMember)
	}
	d.in.Update = u.ID
	return d, nil
}

func decodeMessage(m *tele.Message) decoded {
	d := decoded{in: Incoming{Kind: KindText, Text: m.Text}, relevant: m.Text != ""}
	fillMessage(&d.in, m)
	d.in.User = userOf(m.Sender)
	if m.MigrateTo != 0 {
		d.migrated = [2]model.ChatID{d.in.Chat.ID, model.ChatID(m.MigrateTo)}
	}
	return d
}

// fillMessage copies what a text and the message under a button have in common.
func fillMessage(in *Incoming, m *tele.Message) {
	in.Chat, in.Message = chatOf(m.Chat), m.ID
	if m.Unixtime > 0 {
		in.Date = time.Unix(m.Unixtime, 0)
	}
	// Outside forums a thread is only a chain of replies.
	if m.TopicMessage {
		in.Topic = thread(m.ThreadID)
	}
	// Whatever is written into a topic replies to the message that made the topic.
	if m.ReplyTo != nil && (!m.TopicMessage || m.ReplyTo.ID != m.ThreadID) {
		in.ReplyTo, in.ReplyUser, in.ReplyData = m.ReplyTo.ID, userOf(m.ReplyTo.Sender).ID, dataOf(m.ReplyTo.ReplyMarkup)
	}
	in.Forwarded = m.OriginalUnixtime != 0 || m.IsForwarded() || m.Origin != nil || m.AutomaticForward
	in.ViaBot = m.Via != nil
	if m.SenderChat != nil {
		in.SenderChat = model.ChatID(m.SenderChat.ID)
	}
}

// dataOf is the data of the buttons under a message, in their order.
func dataOf(markup *tele.ReplyMarkup) (all []string) {
	if markup == nil {
		return nil
	}
	for _, row := range markup.InlineKeyboard {
		for i := range row {
			if data := row[i].Data; data != "" && len(all) < mostReplyData {
				all = append(all, data)
			}
		}
	}
	return all
}

// mostReplyData limits how many buttons of a message are looked at.
const mostReplyData = 16

// decodePress reads a press. Who wrote the message under the button is us: of its sender nothing is taken.
func decodePress(c *tele.Callback) Incoming {
	in := Incoming{Kind: KindPress, User: userOf(c.Sender), Callback: c.ID, Data: c.Data}
	if c.Message != nil {
		fillMessage(&in, c.Message)
		in.Text, in.Forwarded, in.ViaBot, in.SenderChat = "", false, false, 0
	}
	return in
}

func decodeMember(m *tele.ChatMemberUpdate) decoded {
	d := decoded{in: Incoming{Kind: KindMember, User: userOf(m.Sender), Chat: chatOf(m.Chat), Date: time.Unix(m.Unixtime, 0)}, relevant: true}
	if now := m.NewChatMember; now != nil {
		d.in.Member = string(now.Role)
		d.admitted = now.Role == tele.Member || now.Role == tele.Administrator || now.Role == tele.Creator || now.Role == tele.Restricted && now.CanSendMessages
	}
	return d
}

func userOf(u *tele.User) User {
	if u == nil {
		return User{}
	}
	return User{
		ID: model.UserID(u.ID), Name: strings.TrimSpace(u.FirstName + " " + u.LastName), Username: u.Username,
		Language: u.LanguageCode, Bot: u.IsBot,
	}
}

func chatOf(c *tele.Chat) Chat {
	if c == nil {
		return Chat{}
	}
	return Chat{ID: model.ChatID(c.ID), Type: string(c.Type), Title: c.Title}
}
