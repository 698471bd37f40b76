package botapi

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"
)

// https://core.telegram.org/bots/api#sendmessage, #senddocument, #inlinekeyboardbutton
const (
	maxText    = 4096
	maxCaption = 1024
	maxRaw     = 32768
	maxData    = 64
)

type method func(*request) (any, *apiError)

func (s *Server) methodTable() map[string]method {
	table := map[string]method{
		"getMe": s.getMe, "deleteWebhook": s.deleteWebhook, "setWebhook": s.setWebhook, "getWebhookInfo": s.getWebhookInfo,
		"sendMessage": s.sendMessage, "sendDocument": s.sendDocument, "sendPhoto": s.sendPhoto, "sendMediaGroup": s.sendMediaGroup,
		"editMessageText": s.editText, "editMessageReplyMarkup": s.editMarkup, "editMessageCaption": s.editCaption,
		"deleteMessage": s.deleteMessage, "answerCallbackQuery": s.answerPress, "sendChatAction": s.chatAction,
		"setMyCommands": s.setCommands, "getMyCommands": s.getCommands, "deleteMyCommands": s.deleteCommands,
		"setChatMenuButton": s.setMenuButton, "getChat": s.getChat, "getChatMember": s.getMember,
		"pinChatMessage": s.pin, "unpinChatMessage": s.unpin, "createForumTopic": s.createTopic, "leaveChat": s.leave,
		"getFile": s.getFile,
	}
	lower := make(map[string]method, len(table))
	for name, run := range table {
		lower[strings.ToLower(name)] = run
	}
	return lower
}

// target finds the chat of a call and checks that the bot may write there.
func (s *Server) target(r *request) (*chat, *apiError) {
	c := s.chats[r.int("chat_id")]
	switch {
	case c == nil || r.int("chat_id") == s.me.ID:
		return nil, badRequest("chat not found")
	case c.migratedTo != 0:
		fail := badRequest("group chat was upgraded to a supergroup chat")
		fail.MigrateTo = c.migratedTo
		return nil, fail
	case c.bot() == "kicked" && c.Type == "private":
		return nil, &apiError{Code: http.StatusForbidden, Description: "Forbidden: bot was blocked by the user"}
	case c.bot() == "kicked" || c.bot() == "left":
		return nil, &apiError{Code: http.StatusForbidden, Description: "Forbidden: bot was kicked from the " + c.Type + " chat"}
	}
	return c, nil
}

// draft validates everything that new messages share: chat, topic, reply, buttons. The caller adds the text.
func (s *Server) draft(r *request) (*chat, *Message, *apiError) {
	c, fail := s.target(r)
	if fail != nil {
		return nil, nil, fail
	}
	m := &Message{From: s.me.ID, FromBot: true, Silent: r.bool("disable_notification"), Topic: int(r.int("message_thread_id"))}
	if !c.hasTopic(m.Topic) {
		return nil, nil, badRequest("message thread not found")
	}
	if fail := s.replyTo(r, c, m); fail != nil {
		return nil, nil, fail
	}
	m.Buttons, fail = parseMarkup(r.params["reply_markup"])
	return c, m, fail
}

func (s *Server) replyTo(r *request, c *chat, m *Message) *apiError {
	id, lenient := r.int("reply_to_message_id"), r.bool("allow_sending_without_reply")
	if text := r.params["reply_parameters"]; text != "" {
		var p struct {
			ID      int64 `json:"message_id"`
			Lenient bool  `json:"allow_sending_without_reply"`
		}
		if json.Unmarshal([]byte(text), &p) != nil {
			return badRequest("can't parse reply parameters JSON object")
		}
		id, lenient = p.ID, p.Lenient
	}
	switch {
	case id == 0:
	case c.find(int(id)) != nil:
		m.ReplyTo = int(id)
	case !lenient:
		return badRequest("message to be replied not found")
	}
	return nil
}

// setText reads the text (or caption) of a call into the message; limit is in UTF-16 units.
func setText(r *request, m *Message, name string, limit int) *apiError {
	src := r.params[name]
	if !utf8.ValidString(src) {
		return badRequest("strings must be encoded in UTF-8")
	}
	if len(src) > maxRaw {
		return badRequest(tooLong(name))
	}
	m.HTML, m.Text = "", src
	switch strings.ToLower(r.params["parse_mode"]) {
	case "":
	case "html":
		text, err := parseHTML(src)
		if err != nil {
			return badRequest(err.Error())
		}
		m.HTML, m.Text = strings.TrimSpace(src), text
	default:
		return badRequest("unsupported parse_mode")
	}
	m.Text = strings.TrimSpace(m.Text)
	if units(m.Text) > limit {
		return badRequest(tooLong(name))
	}
	if m.Text == "" && name == "text" {
		return badRequest("message text is empty")
	}
	return nil
}

func tooLong(name string) string {
	if name == "caption" {
		return "message caption is too long"
	}
	return "message is too long"
}

func parseMarkup(text string) ([][]Button, *apiError) {
	if text == "" {
		return nil, nil
	}
	var markup struct {
		Rows [][]struct {
			Text string  `json:"text"`
			Data *string `json:"callback_data"`
			URL  string  `json:"url"`
		} `json:"inline_keyboard"`
	}
	if json.Unmarshal([]byte(text), &markup) != nil {
		return nil, badRequest("can't parse reply keyboard markup JSON object")
	}
	var rows [][]Button
	for _, row := range markup.Rows {
		var buttons []Button
		for _, b := range row {
			switch {
			case b.Text == "":
				return nil, badRequest("can't parse inline keyboard button: Field \"text\" must be of type String")
			case b.Data == nil && b.URL == "":
				return nil, badRequest("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
			case b.URL != "":
				buttons = append(buttons, Button{Text: b.Text, URL: b.URL})
			case *b.Data == "" || len(*b.Data) > maxData:
				return nil, badRequest("BUTTON_DATA_INVALID")
			default:
				buttons = append(buttons, Button{Text: b.Text, Data: *b.Data})
			}
		}
		if len(buttons) > 0 {
			rows = append(rows, buttons)
		}
	}
	return rows, nil
}

func (s *Server) sendMessage(r *request) (any, *apiError) {
	c, m, fail := s.draft(r)
	if fail == nil {
		fail = setText(r, m, "text", maxText)
	}
	return s.deliver(c, m, fail)
}

// deliver counts the message against the limits and adds it to the chat.
func (s *Server) deliver(c *chat, m *Message, fail *apiError) (any, *apiError) {
	if fail != nil {
		return nil, fail
	}
	if fail := s.budget(c); fail != nil {
		return nil, fail
	}
	s.add(c, m)
	return s.messageJSON(c, m), nil
}

func (s *Server) chatAction(r *request) (any, *apiError) {
	c, fail := s.target(r)
	if fail != nil {
		return nil, fail
	}
	if !c.hasTopic(int(r.int("message_thread_id"))) {
		return nil, badRequest("message thread not found")
	}
	switch a := r.params["action"]; a {
	case "typing", "upload_photo", "upload_document", "upload_video", "record_voice", "find_location", "choose_sticker":
		c.actions = append(c.actions, a)
		return true, nil
	}
	return nil, badRequest("wrong parameter action in request")
}

func (s *Server) createTopic(r *request) (any, *apiError) {
	c, fail := s.target(r)
	if fail != nil {
		return nil, fail
	}
	if !c.Forum {
		return nil, badRequest("the chat is not a forum")
	}
	if r.params["name"] == "" {
		return nil, badRequest("TOPIC_TITLE_EMPTY")
	}
	m := &Message{From: s.me.ID, FromBot: true, Service: "topic created: " + r.params["name"]}
	s.add(c, m)
	c.Topics = append(c.Topics, Topic{ID: m.ID, Name: r.params["name"]})
	return object{"message_thread_id": m.ID, "name": r.params["name"], "icon_color": 7322096}, nil
}

func (s *Server) newFileID() string {
	return "file" + strconv.Itoa(len(s.files)+1)
}
