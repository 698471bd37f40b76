package page

import (
	"slices"

	"opsbot/sandbox/botapi"
	"opsbot/sandbox/fleet"
	"opsbot/sandbox/monitors"
	"opsbot/sandbox/phones"
)

// world is everything but the messages, as one person sees it.
type world struct {
	Me       int64                      `json:"me"`
	Language string                     `json:"language"`
	People   []Person                   `json:"people"`
	Chats    []chatView                 `json:"chats"`
	Targets  []fleet.Target             `json:"targets"`
	Notes    map[string][]monitors.Note `json:"notes,omitempty"` // by target
	Phones   []phones.State             `json:"phones,omitempty"`
	Mails    []mailView                 `json:"mails,omitempty"` // the newest first
	Tour     string                     `json:"tour"`
	Away     int64                      `json:"away"`             // Unix milliseconds of the end of Telegram's outage; 0: none
	Leader   *string                    `json:"leader,omitempty"` // who leads, "" if none does; absent with one opsbot
}

type chatView struct {
	ID       int64            `json:"id"`
	Title    string           `json:"title"`
	Private  bool             `json:"private"`
	Language string           `json:"language,omitempty"` // of a group with notifications
	Topics   []topicView      `json:"topics,omitempty"`
	Commands []botapi.Command `json:"commands"`
}

type topicView struct {
	ID   int    `json:"id"`
	Name string `json:"name"`
}

type messageView struct {
	Chat      int64          `json:"chat"`
	ID        int            `json:"id"`
	Topic     int            `json:"topic"`
	From      int64          `json:"from"`
	Name      string         `json:"name"`
	Bot       bool           `json:"bot"`
	At        int64          `json:"at"` // Unix milliseconds
	HTML      string         `json:"html,omitempty"`
	Text      string         `json:"text"`
	Buttons   [][]buttonView `json:"buttons,omitempty"`
	ReplyTo   int            `json:"reply_to,omitempty"`
	Forwarded bool           `json:"forwarded,omitempty"`
	Silent    bool           `json:"silent,omitempty"`
	Pinned    bool           `json:"pinned,omitempty"`
	Edits     int            `json:"edits,omitempty"`
	File      *fileView      `json:"file,omitempty"`
	Deleted   bool           `json:"deleted,omitempty"`
}

type buttonView struct {
	Text string `json:"text"`
	Data string `json:"data,omitempty"`
	URL  string `json:"url,omitempty"`
}

type fileView struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Size  int    `json:"size"`
	Photo bool   `json:"photo"`
}

func (p *page) world(me int64) world {
	w := world{Me: me, People: p.People, Targets: p.Fleet.State(), Language: p.user(me).Language, Tour: p.Tour}
	if until := p.Telegram.TelegramAwayUntil(); !until.IsZero() {
		w.Away = until.UnixMilli()
	}
	if p.Leader != nil {
		name := p.Leader.Name()
		w.Leader = &name
	}
	if p.Notes != nil {
		w.Notes = p.Notes()
	}
	if p.Phones != nil {
		w.Phones = p.Phones.States()
	}
	w.Mails = p.mailViews()
	known := map[int64]botapi.Chat{}
	for _, c := range p.Bot.Chats() {
		known[c.ID] = c
	}
	for _, id := range p.chatsOf(me) {
		if c, found := known[id]; found {
			w.Chats = append(w.Chats, p.chatView(c, me, w.Language))
		}
	}
	return w
}

// chatsOf returns the groups of a person, then the private chat.
func (p *page) chatsOf(person int64) []int64 {
	var ids []int64
	for _, g := range p.Groups {
		if slices.Contains(g.Members, person) {
			ids = append(ids, g.Chat)
		}
	}
	return append(ids, person)
}

func (p *page) user(id int64) botapi.User {
	for _, u := range p.Bot.Users() {
		if u.ID == id {
			return u
		}
	}
	return botapi.User{ID: id}
}

func (p *page) chatView(c botapi.Chat, me int64, language string) chatView {
	v := chatView{ID: c.ID, Title: c.Title, Private: c.Type == "private", Commands: p.commands(c, me, language)}
	for _, g := range p.Groups {
		if g.Chat == c.ID {
			v.Language = g.Language
		}
	}
	for _, t := range c.Topics {
		v.Topics = append(v.Topics, topicView(t))
	}
	return v
}

// commands is the menu that Telegram shows: of the narrowest scope that has one, in the person's language before all
// languages. https://core.telegram.org/bots/api#determining-list-of-commands
func (p *page) commands(c botapi.Chat, me int64, language string) []botapi.Command {
	scopes := []botapi.Scope{
		{Type: "chat_member", Chat: c.ID, User: me}, {Type: "chat", Chat: c.ID}, {Type: "all_group_chats"}, {Type: "default"},
	}
	if c.Type == "private" {
		scopes = []botapi.Scope{{Type: "chat", Chat: c.ID}, {Type: "all_private_chats"}, {Type: "default"}}
	}
	for _, scope := range scopes {
		for _, lang := range []string{language, ""} {
			if list := p.Bot.Commands(scope, lang); len(list) > 0 {
				return list
			}
		}
	}
	return []botapi.Command{}
}

func viewOf(m *botapi.Message, names map[int64]string) messageView {
	v := messageView{
		Chat: m.Chat, ID: m.ID, Topic: m.Topic, From: m.From, Name: names[m.From], Bot: m.FromBot, At: m.Date.UnixMilli(),
		HTML: m.HTML, Text: m.Text, ReplyTo: m.ReplyTo, Forwarded: m.Forwarded, Silent: m.Silent, Pinned: m.Pinned,
		Edits: m.Edits, Deleted: m.Deleted,
	}
	for _, row := range m.Buttons {
		var views []buttonView
		for _, b := range row {
			views = append(views, buttonView(b))
		}
		v.Buttons = append(v.Buttons, views)
	}
	if f := m.File; f != nil {
		v.File = &fileView{ID: f.ID, Name: f.Name, Size: len(f.Content), Photo: f.Kind == "photo"}
	}
	return v
}

func (p *page) names() map[int64]string {
	names := map[int64]string{}
	for _, u := range p.Bot.Users() {
		names[u.ID] = u.FirstName
	}
	return names
}
