package botapi

import (
	"cmp"
	"encoding/json"
	"regexp"
	"unicode/utf8"
)

// Command is a command in the menu of "/".
type Command struct {
	Name        string `json:"command"`
	Description string `json:"description"`
}

// Scope says who sees a list of commands, as in https://core.telegram.org/bots/api#botcommandscope.
type Scope struct {
	Type string `json:"type"`
	Chat int64  `json:"chat_id,omitempty"`
	User int64  `json:"user_id,omitempty"`
}

// commandKey is a scope in one language.
type commandKey struct {
	Scope
	language string
}

const (
	maxCommands    = 100
	maxDescription = 256
)

// Commands returns the list set for a scope and language, nil when none is; an empty Type is "default".
func (s *Server) Commands(scope Scope, language string) []Command {
	s.mu.Lock()
	defer s.mu.Unlock()
	scope.Type = cmp.Or(scope.Type, "default")
	return s.commands[commandKey{scope, language}]
}

func readKey(r *request) (commandKey, *apiError) {
	key := commandKey{Scope{Type: "default"}, r.params["language_code"]}
	text := r.params["scope"]
	if text == "" {
		return key, nil
	}
	var scope struct {
		Type string      `json:"type"`
		Chat json.Number `json:"chat_id"`
		User json.Number `json:"user_id"`
	}
	if json.Unmarshal([]byte(text), &scope) != nil {
		return key, badRequest("can't parse BotCommandScope JSON object")
	}
	key.Type = scope.Type
	// A missing id is an empty number: zero, which no chat has.
	key.Chat, _ = scope.Chat.Int64()
	key.User, _ = scope.User.Int64()
	switch scope.Type {
	case "default", "all_private_chats", "all_group_chats", "all_chat_administrators":
		return key, nil
	case "chat", "chat_administrators", "chat_member":
		if key.Chat == 0 {
			return key, badRequest("chat not found")
		}
		return key, nil
	}
	return key, badRequest("unsupported BotCommandScope specified")
}

func (s *Server) setCommands(r *request) (any, *apiError) {
	key, fail := readKey(r)
	if fail != nil {
		return nil, fail
	}
	var list []Command
	if json.Unmarshal([]byte(r.params["commands"]), &list) != nil {
		return nil, badRequest("can't parse commands list")
	}
	if len(list) > maxCommands {
		return nil, badRequest("BOT_COMMANDS_TOO_MUCH")
	}
	valid := regexp.MustCompile(`^[a-z0-9_]{1,32}$`)
	for _, c := range list {
		if !valid.MatchString(c.Name) {
			return nil, badRequest("BOT_COMMAND_INVALID")
		}
		if n := utf8.RuneCountInString(c.Description); n == 0 || n > maxDescription {
			return nil, badRequest("BOT_COMMAND_DESCRIPTION_INVALID")
		}
	}
	s.commands[key] = list
	return true, nil
}

func (s *Server) getCommands(r *request) (any, *apiError) {
	key, fail := readKey(r)
	if fail != nil {
		return nil, fail
	}
	if list := s.commands[key]; list != nil {
		return list, nil
	}
	return []Command{}, nil
}

func (s *Server) deleteCommands(r *request) (any, *apiError) {
	key, fail := readKey(r)
	if fail != nil {
		return nil, fail
	}
	delete(s.commands, key)
	return true, nil
}

func (s *Server) getMe(*request) (any, *apiError) {
	me := s.userJSON(s.me.ID)
	me["can_join_groups"], me["can_read_all_group_messages"], me["supports_inline_queries"] = true, false, false
	return me, nil
}

func (s *Server) setWebhook(r *request) (any, *apiError) {
	s.webhook = r.params["url"]
	return true, nil
}

func (s *Server) deleteWebhook(r *request) (any, *apiError) {
	s.webhook = ""
	if r.bool("drop_pending_updates") {
		s.updates = nil
	}
	return true, nil
}

func (s *Server) getWebhookInfo(*request) (any, *apiError) {
	return object{"url": s.webhook, "has_custom_certificate": false, "pending_update_count": len(s.updates)}, nil
}

func (s *Server) setMenuButton(*request) (any, *apiError) { return true, nil }

func (s *Server) getChat(r *request) (any, *apiError) {
	c, fail := s.target(r)
	if fail != nil {
		return nil, fail
	}
	o := s.chatJSON(c)
	if m := c.pinned(); m != nil {
		o["pinned_message"] = s.shortMessage(c, m)
	}
	return o, nil
}

func (s *Server) getMember(r *request) (any, *apiError) {
	c, fail := s.target(r)
	if fail != nil {
		return nil, fail
	}
	id := r.int("user_id")
	if _, known := s.users[id]; !known {
		return nil, badRequest("user not found")
	}
	status := "member"
	if id == s.me.ID {
		status = c.bot()
	}
	o := object{"user": s.userJSON(id), "status": status}
	if id == s.me.ID {
		o["can_pin_messages"] = mayPin(c) == nil
	}
	return o, nil
}

func (s *Server) leave(r *request) (any, *apiError) {
	c, fail := s.target(r)
	if fail != nil {
		return nil, fail
	}
	c.Bot = "left"
	return true, nil
}
