package page

import (
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf16"

	"opsbot/sandbox/botapi"
	"opsbot/sandbox/fleet"
)

const (
	maxBody = 64 << 10 // bytes of an action
	maxText = 4096     // UTF-16 units of a message: https://core.telegram.org/method/messages.sendMessage
)

// refusal is an action that cannot be done, in words for the page.
type refusal struct {
	status int
	why    string
}

func (r *refusal) Error() string { return r.why }

func refuse(status int, format string, args ...any) error {
	return &refusal{status: status, why: fmt.Sprintf(format, args...)}
}

// act decodes an action from JSON, runs it, and answers 204, or why not.
func act[T any](do func(T) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var action T
		err := read(w, r, &action)
		if err == nil {
			err = do(action)
		}
		var refused *refusal
		switch {
		case err == nil:
			w.WriteHeader(http.StatusNoContent)
		case errors.As(err, &refused):
			http.Error(w, refused.why, refused.status)
		default:
			http.Error(w, err.Error(), http.StatusConflict)
		}
	}
}

func read(w http.ResponseWriter, r *http.Request, into any) error {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return refuse(http.StatusUnsupportedMediaType, "send application/json")
	}
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return refuse(http.StatusBadRequest, "read the action: %v", err)
	}
	return nil
}

type postAction struct {
	Person  int64  `json:"person"`
	Chat    int64  `json:"chat"`
	Topic   int    `json:"topic"`
	Text    string `json:"text"`
	ReplyTo int    `json:"reply_to"`
}

func (p *page) post(a postAction) error {
	if err := p.mayIn(a.Person, a.Chat); err != nil {
		return err
	}
	a.Text = strings.TrimSpace(a.Text)
	if n := len(utf16.Encode([]rune(a.Text))); n == 0 || n > maxText {
		return refuse(http.StatusBadRequest, "a message has 1 to %d characters", maxText)
	}
	_, err := p.Bot.Post(botapi.Post{From: a.Person, Chat: a.Chat, Topic: a.Topic, Text: a.Text, ReplyTo: a.ReplyTo})
	return err
}

type pressAction struct {
	Person  int64  `json:"person"`
	Chat    int64  `json:"chat"`
	Message int    `json:"message"`
	Data    string `json:"data"`
}

func (p *page) press(a pressAction) error {
	if err := p.mayIn(a.Person, a.Chat); err != nil {
		return err
	}
	_, err := p.Bot.Press(a.Person, a.Chat, a.Message, a.Data)
	return err
}

// mayIn fails unless the person is one of the page's and in the chat.
func (p *page) mayIn(person, chat int64) error {
	if !p.knows(person) {
		return refuse(http.StatusNotFound, "no person %d", person)
	}
	if !slices.Contains(p.chatsOf(person), chat) {
		return refuse(http.StatusForbidden, "person %d is not in chat %d", person, chat)
	}
	return nil
}

type targetAction struct {
	Name string     `json:"name"`
	Mode fleet.Mode `json:"mode"`
}

func (p *page) setTarget(a targetAction) error { return p.Fleet.Set(a.Name, a.Mode) }

// heal repairs everything: the fleet, Telegram and phones. Whoever sleeps wakes up.
func (p *page) heal(struct{}) error {
	err := errors.Join(p.Fleet.Heal(), p.Telegram.TelegramBack())
	if p.Phones != nil {
		for _, one := range p.Phones.States() {
			err = errors.Join(err, p.Phones.Set(one.Name, false, false))
		}
	}
	return err
}

type telegramAction struct {
	Away int `json:"away"` // seconds; 0 ends the outage
}

// maxAway bounds an outage of Telegram.
const maxAway = 10 * time.Minute

func (p *page) setTelegram(a telegramAction) error {
	d := time.Duration(a.Away) * time.Second
	switch {
	case a.Away < 0 || a.Away > int(maxAway.Seconds()):
		return refuse(http.StatusBadRequest, "away is 0 to %d seconds", int(maxAway.Seconds()))
	case a.Away == 0:
		return p.Telegram.TelegramBack()
	}
	p.Telegram.TelegramAway(d)
	return nil
}

type leaderAction struct {
	Kill bool `json:"kill"`
}

// endLeader ends the opsbot that leads.
func (p *page) endLeader(a leaderAction) error {
	if p.Leader == nil {
		return refuse(http.StatusNotFound, "there is one opsbot, and nobody would take over")
	}
	return p.Leader.End(a.Kill)
}

type phoneAction struct {
	Name     string `json:"name"`
	Sleeps   bool   `json:"sleeps"`
	NoSignal bool   `json:"no_signal"`
}

// errNoPhones says that nobody is called in this world.
var errNoPhones = refuse(http.StatusNotFound, "nobody has a phone here")

// setPhone has somebody sleep, or be without signal.
func (p *page) setPhone(a phoneAction) error {
	if p.Phones == nil {
		return errNoPhones
	}
	return p.Phones.Set(a.Name, a.Sleeps, a.NoSignal)
}

type callAction struct {
	Name string `json:"name"`
}

// answerCall takes the call of a phone that rings, and presses 1.
func (p *page) answerCall(a callAction) error {
	if p.Phones == nil {
		return errNoPhones
	}
	return p.Phones.Answer(a.Name)
}

type languageAction struct {
	Person   int64  `json:"person"`
	Language string `json:"language"`
}

// setLanguage changes the language of a person's app, which the bot gets with each message.
func (p *page) setLanguage(a languageAction) error {
	if !p.knows(a.Person) {
		return refuse(http.StatusNotFound, "no person %d", a.Person)
	}
	if a.Language != "en" && a.Language != "ru" {
		return refuse(http.StatusBadRequest, "language is en or ru")
	}
	u := p.user(a.Person)
	u.Language = a.Language
	p.Bot.AddUser(u)
	return nil
}
