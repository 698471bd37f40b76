package botapi

import (
	"fmt"
	"strconv"
	"time"
)

// Telegram's user for administrators who hide behind their group.
const anonymousAdmin = 1087968824

// User is a person, or the bot.
type User struct {
	ID        int64
	FirstName string
	LastName  string
	Username  string
	Language  string // of the person's app
	IsBot     bool
}

// Chat is a private chat (its ID is the person's), a group, or a supergroup, which may have topics.
type Chat struct {
	ID     int64
	Type   string // "private", "group", "supergroup"
	Title  string
	Forum  bool // has topics
	Topics []Topic
	Bot    string // the bot's status: "member" (default), "administrator", "left", "kicked"
	NoPins bool   // the bot has no right to pin messages here
}

// Topic is a part of a forum. Its ID is the id of the service message that created it.
type Topic struct {
	ID   int
	Name string
}

// Post is a message of a person.
type Post struct {
	From      int64 // user id; AddUser first
	Chat      int64
	Topic     int
	Text      string
	ReplyTo   int
	Forwarded bool // somebody else wrote it
	Anonymous bool // as an administrator who hides behind the group
}

// Message is what a chat shows.
type Message struct {
	ID         int
	Chat       int64
	Topic      int
	From       int64
	FromBot    bool
	SenderChat int64
	Date       time.Time
	HTML       string // as the bot sent it; empty if it was sent as plain text or by a person
	Text       string // plain text, or the caption
	Buttons    [][]Button
	ReplyTo    int
	Forwarded  bool
	Silent     bool
	Edits      int // number of edits
	Edited     time.Time
	File       *File
	Album      string // the same for all parts of one album
	Pinned     bool
	Deleted    bool // gone for people; kept here for tests
	Service    string
}

// Button is one button under a message.
type Button struct {
	Text string
	Data string
	URL  string
}

// File is an upload.
type File struct {
	ID      string
	Name    string
	Kind    string // "document", "photo"
	MIME    string
	Content []byte
}

// Answer is what a person saw after pressing a button.
type Answer struct {
	Callback string
	User     int64
	Chat     int64
	Message  int
	Text     string
	Alert    bool
	At       time.Time
}

// AddUser adds a person, with a private chat that the bot may write to. An existing one is changed.
func (s *Server) AddUser(u User) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.users[u.ID] = u
	if s.chats[u.ID] == nil {
		s.chats[u.ID] = newChat(Chat{ID: u.ID, Type: "private"})
	}
	s.touch()
}

// AddChat adds a group. An existing one keeps its messages.
func (s *Server) AddChat(c Chat) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if old := s.chats[c.ID]; old != nil {
		old.Chat = c
	} else {
		s.chats[c.ID] = newChat(c)
	}
	for _, t := range c.Topics {
		s.chats[c.ID].nextMessage = max(s.chats[c.ID].nextMessage, t.ID+1)
	}
	s.touch()
}

// Users lists all users, in no order.
func (s *Server) Users() []User {
	s.mu.Lock()
	defer s.mu.Unlock()
	var users []User
	for _, u := range s.users {
		users = append(users, u)
	}
	return users
}

// Chats lists all chats, in no order.
func (s *Server) Chats() []Chat {
	s.mu.Lock()
	defer s.mu.Unlock()
	var chats []Chat
	for _, c := range s.chats {
		chats = append(chats, c.Chat)
	}
	return chats
}

// Post sends a message as a person and queues the update for the bot.
func (s *Server) Post(p Post) (Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.chats[p.Chat]
	if c == nil {
		return Message{}, fmt.Errorf("post: no chat %d", p.Chat)
	}
	if _, known := s.users[p.From]; !known && !p.Anonymous {
		return Message{}, fmt.Errorf("post: no user %d", p.From)
	}
	if !c.hasTopic(p.Topic) {
		return Message{}, fmt.Errorf("post: no topic %d in chat %d", p.Topic, p.Chat)
	}
	m := &Message{Chat: p.Chat, Topic: p.Topic, From: p.From, Text: p.Text, ReplyTo: p.ReplyTo, Forwarded: p.Forwarded}
	if p.Anonymous {
		m.From, m.SenderChat = anonymousAdmin, p.Chat
	}
	s.add(c, m)
	s.queue("message", s.messageJSON(c, m))
	return *m, nil
}

// Press presses the button with the data, as that person, and returns the id of the press. An impossible press is an
// error: the message is in another chat, deleted, or without such a button.
func (s *Server) Press(user, chat int64, message int, data string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.chats[chat]
	if c == nil {
		return "", fmt.Errorf("press: no chat %d", chat)
	}
	m := c.find(message)
	if m == nil || !hasButton(m.Buttons, data) {
		return "", fmt.Errorf("press: no button %q under message %d of chat %d", data, message, chat)
	}
	return s.press(user, c, m, data), nil
}

// Forge sends a press without a button, as a modified app could. The message must exist.
func (s *Server) Forge(user, chat int64, message int, data string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.chats[chat]
	if c == nil || c.find(message) == nil {
		return "", fmt.Errorf("forge: no message %d in chat %d", message, chat)
	}
	return s.press(user, c, c.find(message), data), nil
}

func (s *Server) press(user int64, c *chat, m *Message, data string) string {
	s.nextPress++
	id := strconv.FormatInt(s.nextPress, 10)
	s.presses[id] = &press{user: user, chat: c.ID, message: m.ID, at: s.clock.Now()}
	s.queue("callback_query", object{
		"id": id, "from": s.userJSON(user), "message": s.messageJSON(c, m), "chat_instance": strconv.FormatInt(c.ID, 10), "data": data,
	})
	return id
}

func hasButton(rows [][]Button, data string) bool {
	for _, row := range rows {
		for _, b := range row {
			if b.URL == "" && b.Data == data {
				return true
			}
		}
	}
	return false
}

// SetBot changes the bot's status in a chat ("member", "administrator", "left", "kicked") and sends the update.
func (s *Server) SetBot(by, chat int64, status string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.chats[chat]
	if c == nil {
		return fmt.Errorf("set bot: no chat %d", chat)
	}
	old := c.bot()
	c.Bot = status
	s.queue("my_chat_member", object{
		"chat": s.chatJSON(c), "from": s.userJSON(by), "date": s.clock.Now().Unix(),
		"old_chat_member": object{"user": s.userJSON(s.me.ID), "status": old},
		"new_chat_member": object{"user": s.userJSON(s.me.ID), "status": status},
	})
	return nil
}

// Migrate turns a group into a supergroup with a new id, as Telegram does. The bot gets the update, and sending to the
// old id fails from now on.
func (s *Server) Migrate(from, to int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.chats[from]
	if old == nil || s.chats[to] != nil {
		return fmt.Errorf("migrate: from %d to %d", from, to)
	}
	fresh := newChat(Chat{ID: to, Type: "supergroup", Title: old.Title, Bot: old.Bot})
	s.chats[to] = fresh
	old.migratedTo = to
	m := &Message{Chat: from, From: anonymousAdmin, Service: "migrate"}
	s.add(old, m)
	j := s.messageJSON(old, m)
	j["migrate_to_chat_id"] = to
	s.queue("message", j)
	return nil
}

// Inject queues an update without its update_id, for other kinds. The fields are JSON of an object.
func (s *Server) Inject(kind string, fields []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queueRaw(kind, fields)
}
