package botapi

import (
	"slices"
	"time"
)

// chat is a chat with its messages.
type chat struct {
	Chat
	messages    []*Message
	nextMessage int
	migratedTo  int64
	sent        window
	actions     []string
	pins        []int // ids of messages, the one that was pinned last at the end
}

type press struct {
	user, chat int64
	message    int
	at         time.Time
	answered   bool
}

// keepMessages bounds the messages of one chat.
const keepMessages = 20_000

func newChat(c Chat) *chat { return &chat{Chat: c, nextMessage: 1} }

func (c *chat) bot() string {
	if c.Bot == "" {
		return "member"
	}
	return c.Bot
}

// hasTopic reports whether a message may carry that thread id. The general topic has none.
func (c *chat) hasTopic(id int) bool {
	return id == 0 || (c.Forum && slices.ContainsFunc(c.Topics, func(t Topic) bool { return t.ID == id }))
}

// find returns the message unless it is deleted.
func (c *chat) find(id int) *Message {
	for _, m := range slices.Backward(c.messages) {
		if m.ID == id && !m.Deleted {
			return m
		}
	}
	return nil
}

// add adds a message to the chat; the caller holds the lock.
func (s *Server) add(c *chat, m *Message) {
	m.ID, m.Chat, m.Date = c.nextMessage, c.ID, s.clock.Now()
	c.nextMessage++
	c.messages = append(c.messages, m)
	if len(c.messages) > keepMessages {
		c.messages = slices.Clone(c.messages[keepMessages/2:])
	}
	s.touch()
}

// Messages returns copies of a chat's messages, oldest first, deleted ones included.
func (s *Server) Messages(chat int64) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.chats[chat]
	if c == nil {
		return nil
	}
	messages := make([]Message, len(c.messages))
	for i, m := range c.messages {
		messages[i] = *m
	}
	return messages
}

// Actions returns the chat actions ("typing") that the bot showed in a chat.
func (s *Server) Actions(chat int64) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.chats[chat]; c != nil {
		return slices.Clone(c.actions)
	}
	return nil
}

// Answers returns what people saw after pressing buttons, oldest first; user 0 is everybody.
func (s *Server) Answers(user int64) []Answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	var answers []Answer
	for _, a := range s.answers {
		if user == 0 || a.User == user {
			answers = append(answers, a)
		}
	}
	return answers
}

func (s *Server) userJSON(id int64) object {
	if id == anonymousAdmin {
		return object{"id": id, "is_bot": true, "first_name": "Group", "username": "GroupAnonymousBot"}
	}
	u, known := s.users[id]
	if !known {
		u = User{ID: id, FirstName: "Somebody"}
	}
	o := object{"id": u.ID, "is_bot": u.IsBot, "first_name": u.FirstName}
	for name, value := range map[string]string{"last_name": u.LastName, "username": u.Username, "language_code": u.Language} {
		if value != "" {
			o[name] = value
		}
	}
	return o
}

func (s *Server) chatJSON(c *chat) object {
	o := object{"id": c.ID, "type": c.Type}
	if c.Type == "private" {
		o["first_name"] = s.users[c.ID].FirstName
	} else {
		o["title"] = c.Title
	}
	if c.Forum {
		o["is_forum"] = true
	}
	return o
}

func (s *Server) messageJSON(c *chat, m *Message) object {
	o := s.shortMessage(c, m)
	if reply := c.find(m.ReplyTo); reply != nil {
		o["reply_to_message"] = s.shortMessage(c, reply)
	} else if m.Topic != 0 {
		// A message in a topic "replies" to the message that created the topic.
		o["reply_to_message"] = object{
			"message_id": m.Topic, "message_thread_id": m.Topic, "is_topic_message": true, "chat": s.chatJSON(c), "date": 1,
			"forum_topic_created": object{"name": "topic", "icon_color": 7322096},
		}
	}
	return o
}

func (s *Server) shortMessage(c *chat, m *Message) object {
	o := object{"message_id": m.ID, "from": s.userJSON(m.From), "chat": s.chatJSON(c), "date": m.Date.Unix()}
	if m.SenderChat != 0 {
		o["sender_chat"] = s.chatJSON(c)
	}
	if m.Topic != 0 {
		o["message_thread_id"], o["is_topic_message"] = m.Topic, true
	}
	if m.Forwarded {
		o["forward_origin"] = object{"type": "hidden_user", "sender_user_name": "Somebody", "date": m.Date.Unix()}
		o["forward_sender_name"], o["forward_date"] = "Somebody", m.Date.Unix()
	}
	if m.Edits > 0 {
		o["edit_date"] = m.Edited.Unix()
	}
	if len(m.Buttons) > 0 {
		o["reply_markup"] = object{"inline_keyboard": buttonsJSON(m.Buttons)}
	}
	addContent(o, m)
	return o
}

func addContent(o object, m *Message) {
	switch {
	case m.File == nil:
		if m.Text != "" {
			o["text"] = m.Text
		}
		return
	case m.File.Kind == "photo":
		o["photo"] = []object{{"file_id": m.File.ID, "file_unique_id": m.File.ID, "width": 1, "height": 1, "file_size": len(m.File.Content)}}
	default:
		o["document"] = object{"file_id": m.File.ID, "file_unique_id": m.File.ID, "file_name": m.File.Name, "file_size": len(m.File.Content)}
	}
	if m.Text != "" {
		o["caption"] = m.Text
	}
	if m.Album != "" {
		o["media_group_id"] = m.Album
	}
}

func buttonsJSON(rows [][]Button) [][]object {
	out := make([][]object, len(rows))
	for i, row := range rows {
		for _, b := range row {
			o := object{"text": b.Text}
			if b.URL != "" {
				o["url"] = b.URL
			} else {
				o["callback_data"] = b.Data
			}
			out[i] = append(out[i], o)
		}
	}
	return out
}
