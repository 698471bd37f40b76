package botapi

import (
	"reflect"
	"time"
	"unicode/utf8"
)

const (
	deleteLife = 48 * time.Hour
	maxAnswer  = 200
)

// own finds the bot's message that a call is about.
func (s *Server) own(r *request, what string) (*chat, *Message, *apiError) {
	c, fail := s.target(r)
	if fail != nil {
		return nil, nil, fail
	}
	m := c.find(int(r.int("message_id")))
	if m == nil {
		return nil, nil, badRequest("message to " + what + " not found")
	}
	if !m.FromBot && what == "edit" {
		return nil, nil, badRequest("message can't be edited")
	}
	return c, m, nil
}

func (s *Server) editText(r *request) (any, *apiError) {
	return s.edit(r, func(m *Message) *apiError {
		if m.File != nil {
			return badRequest("there is no text in the message to edit")
		}
		return setText(r, m, "text", maxText)
	})
}

func (s *Server) editCaption(r *request) (any, *apiError) {
	return s.edit(r, func(m *Message) *apiError {
		if m.File == nil {
			return badRequest("there is no caption in the message to edit")
		}
		return setText(r, m, "caption", maxCaption)
	})
}

func (s *Server) editMarkup(r *request) (any, *apiError) {
	return s.edit(r, func(*Message) *apiError { return nil })
}

// edit changes a copy, and stores it if it is valid and differs. An edit without reply_markup removes the buttons, as
// on the real server.
func (s *Server) edit(r *request, change func(*Message) *apiError) (any, *apiError) {
	c, m, fail := s.own(r, "edit")
	if fail != nil {
		return nil, fail
	}
	next := *m
	if fail := change(&next); fail != nil {
		return nil, fail
	}
	if next.Buttons, fail = parseMarkup(r.params["reply_markup"]); fail != nil {
		return nil, fail
	}
	if next.Text == m.Text && next.HTML == m.HTML && reflect.DeepEqual(next.Buttons, m.Buttons) {
		return nil, badRequest("message is not modified: specified new message content and reply markup are exactly the same " +
			"as a current content and reply markup of the message")
	}
	if fail := s.budget(c); fail != nil {
		return nil, fail
	}
	next.Edits++
	next.Edited = s.clock.Now()
	*m = next
	return s.messageJSON(c, m), nil
}

func (s *Server) deleteMessage(r *request) (any, *apiError) {
	_, m, fail := s.own(r, "delete")
	if fail != nil {
		return nil, fail
	}
	if s.clock.Now().Sub(m.Date) > deleteLife {
		return nil, badRequest("message can't be deleted for everyone")
	}
	m.Deleted = true
	return true, nil
}

func (s *Server) answerPress(r *request) (any, *apiError) {
	id := r.params["callback_query_id"]
	p := s.presses[id]
	if p == nil || p.answered || s.clock.Now().Sub(p.at) > pressExpiry {
		return nil, badRequest("query is too old and response timeout expired or query ID is invalid")
	}
	text := r.params["text"]
	if utf8.RuneCountInString(text) > maxAnswer {
		return nil, badRequest("MESSAGE_TOO_LONG")
	}
	p.answered = true
	s.answers = append(s.answers, Answer{
		Callback: id, User: p.user, Chat: p.chat, Message: p.message, Text: text, Alert: r.bool("show_alert"), At: s.clock.Now(),
	})
	return true, nil
}
