package telegram_test

import (
	"encoding/json"
	"testing"

	"opsbot/bot/telegram"
)

// FuzzUpdate reads anything as an update: it is read or it is not, and what is read is told to be somebody else's whenever it is.
func FuzzUpdate(f *testing.F) {
	for _, seed := range []string{
		`{"update_id":1,"message":{"message_id":2,"date":1,"text":"/status","chat":{"id":7,"type":"private"},"from":{"id":7,"first_name":"x"}}}`,
		`{"update_id":1,"message":{"message_id":2,"date":1,"text":"/status","chat":{"id":-7,"type":"supergroup"},"from":{"id":7},"via_bot":{"id":9,"is_bot":true}}}`,
		`{"update_id":1,"message":{"message_id":2,"date":1,"text":"/status","chat":{"id":-7,"type":"group"},"from":{"id":1087968824,"is_bot":true},"sender_chat":{"id":-7,"type":"group"}}}`,
		`{"update_id":1,"message":{"message_id":2,"date":1,"text":"x","chat":{"id":-7,"type":"group"},"from":{"id":7},"forward_origin":{"type":"user","date":1}}}`,
		`{"update_id":1,"message":{"message_id":2,"date":1,"text":"x","chat":{"id":-7,"type":"supergroup","is_forum":true},"from":{"id":7},"is_topic_message":true,"message_thread_id":4,"reply_to_message":{"message_id":4}}}`,
		`{"update_id":1,"callback_query":{"id":"5","from":{"id":7},"data":"abc","message":{"message_id":2,"date":1,"chat":{"id":-7,"type":"group"}}}}`,
		`{"update_id":1,"callback_query":{"id":"5","from":{"id":7},"data":"abc"}}`,
		`{"update_id":1,"my_chat_member":{"chat":{"id":-7},"from":{"id":7},"date":1,"new_chat_member":{"user":{"id":9},"status":"kicked"}}}`,
		`{"update_id":1,"message":{"photo":[]}}`, `{"update_id":1,"message_reaction_count":{}}`, `{"update_id":null}`, `[]`, `{`, ``,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		id, unnumbered := telegram.UpdateID(raw)
		in, relevant, err := telegram.Decode(raw)
		if err != nil || !relevant {
			return
		}
		if unnumbered == nil && in.Update != id {
			t.Errorf("update %d is read as %d", id, in.Update)
		}
		switch in.Kind {
		case telegram.KindText, telegram.KindPress, telegram.KindMember:
		default:
			t.Errorf("of kind %q", in.Kind)
		}
		if in.Kind != telegram.KindText {
			return
		}
		var u struct {
			Message struct {
				From   *struct{ ID int64 }         `json:"from"`
				Via    *struct{}                   `json:"via_bot"`
				Sender *struct{ ID int64 }         `json:"sender_chat"`
				Origin *map[string]json.RawMessage `json:"forward_origin"`
			} `json:"message"`
		}
		if json.Unmarshal(raw, &u) != nil {
			return
		}
		m := &u.Message
		if m.Via != nil != in.ViaBot || m.Sender != nil && m.Sender.ID != 0 && in.SenderChat == 0 || m.Origin != nil && !in.Forwarded {
			t.Errorf("%s is read as %+v", raw, in)
		}
		if (m.From == nil || m.From.ID == 0) != (in.User.ID == 0) {
			t.Errorf("the sender of %s is read as %d", raw, in.User.ID)
		}
	})
}
