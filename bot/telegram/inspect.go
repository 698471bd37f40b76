package telegram

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	tele "gopkg.in/telebot.v3"

	"opsbot/model"
)

// Inspector asks Telegram how the bot and its chats are, and changes nothing. It has no budget: call it now and then. Errors are
// *model.SendError. It is safe for concurrent use.
type Inspector struct{ sender *Sender }

// NewInspector returns an Inspector of a client.
func NewInspector(c *Client) *Inspector {
	return &Inspector{NewSender(c, SenderOptions{Migrated: func(model.ChatID, model.ChatID) {}})}
}

// BotState is how the bot itself is.
type BotState struct {
	ID       int64
	Username string
	Webhook  bool          // another program has set one: it takes all that people write
	Ahead    time.Duration // of our clock before Telegram's; what is below two seconds is 0
}

// Me returns how the bot is. SendRefused: the token is not valid.
func (i *Inspector) Me(ctx context.Context) (s BotState, err error) {
	var me struct {
		ID       int64  `json:"id"`
		Username string `json:"username"`
	}
	if err := i.ask(ctx, "getMe", nil, &me); err != nil {
		return s, err
	}
	var hook struct {
		URL string `json:"url"`
	}
	err = i.ask(ctx, "getWebhookInfo", nil, &hook)
	now := time.Now()
	return BotState{ID: me.ID, Username: me.Username, Webhook: hook.URL != "", Ahead: i.sender.client.sending.server.age(now, now) * -1}, err
}

// ChatState is what the bot may do in a chat.
type ChatState struct {
	Title  string
	Status string // "member", "administrator", "restricted", "left", "kicked", "creator"
	Writes bool   // messages
	Pins   bool
}

// Chat returns what the bot may do in a chat. SendDenied says why nothing.
func (i *Inspector) Chat(ctx context.Context, me int64, id model.ChatID) (s ChatState, err error) {
	var chat struct {
		Title       string `json:"title"`
		Type        string `json:"type"`
		Permissions *struct {
			Messages bool `json:"can_send_messages"`
			Pins     bool `json:"can_pin_messages"`
		} `json:"permissions"`
	}
	if err := i.ask(ctx, "getChat", map[string]any{"chat_id": int64(id)}, &chat); err != nil {
		return s, err
	}
	var member struct {
		Status   string `json:"status"`
		Messages bool   `json:"can_send_messages"` // of a restricted one
		Posts    bool   `json:"can_post_messages"` // of an administrator of a channel
		Pins     bool   `json:"can_pin_messages"`
	}
	if err := i.ask(ctx, "getChatMember", map[string]any{"chat_id": int64(id), "user_id": me}, &member); err != nil {
		return s, err
	}
	s = ChatState{Title: chat.Title, Status: member.Status, Pins: member.Pins || member.Status == "creator"}
	switch member.Status {
	case "creator":
		s.Writes = true
	case "administrator":
		s.Writes = chat.Type != "channel" || member.Posts
	case "member":
		s.Writes = chat.Type != "channel" && (chat.Permissions == nil || chat.Permissions.Messages)
		s.Pins = s.Pins || chat.Permissions != nil && chat.Permissions.Pins
	case "restricted":
		s.Writes = member.Messages
	}
	return s, nil
}

// Reaches returns why a person cannot be written to in private; nil: they can. They see for a moment that the bot types.
func (i *Inspector) Reaches(ctx context.Context, id model.UserID) error {
	return i.sender.ChatAction(ctx, model.ChatID(id), 0, "typing")
}

// ask calls a method that only reads.
func (i *Inspector) ask(ctx context.Context, method string, args map[string]any, into any) error {
	return i.sender.direct(ctx, func(b *tele.Bot) error {
		data, err := b.Raw(method, args)
		if err != nil {
			return err
		}
		answer := struct {
			Result any `json:"result"`
		}{into}
		if err := json.Unmarshal(data, &answer); err != nil {
			return fmt.Errorf("read the answer of %s: %w", method, err)
		}
		return nil
	})
}
