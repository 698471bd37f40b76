package telegram

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"opsbot/model"
)

// defaultRetry is how long a 429 that does not say is taken to mean.
const defaultRetry = 5 * time.Second

// apiError is an answer of the Bot API with "ok": false.
type apiError struct {
	Code        int
	Description string
}

func (e *apiError) Error() string {
	return fmt.Sprintf("telegram answered %d: %s", e.Code, e.Description)
}

// notModified reports whether an edit was refused because the message looks so already.
func notModified(err error) bool {
	api, ok := errors.AsType[*apiError](err)
	return ok && strings.Contains(api.Description, "message is not modified")
}

// replyGone reports whether a message was refused because the one that it replies to is not there.
func replyGone(err error) bool {
	api, ok := errors.AsType[*apiError](err)
	return ok && hasAny(api.Description, "message to be replied not found|replied message not found|reply message not found")
}

// answer is https://core.telegram.org/bots/api#making-requests. retry_after and migrate_to_chat_id have been seen as
// numbers, strings and null.
type answer struct {
	OK          *bool           `json:"ok"`
	Result      json.RawMessage `json:"result"`
	Code        int             `json:"error_code"`
	Description string          `json:"description"`
	Parameters  struct {
		RetryAfter json.RawMessage `json:"retry_after"`
		MigrateTo  json.RawMessage `json:"migrate_to_chat_id"`
	} `json:"parameters"`
}

// judge says what an answer means: nil when the call worked and has a result. What is not the Bot API's answer is
// ambiguous: a gateway may have lost the real one.
func judge(status int, body []byte) *model.SendError {
	var a answer
	if err := json.Unmarshal(body, &a); err != nil || a.OK == nil {
		return &model.SendError{Failure: model.SendAmbiguous, Err: fmt.Errorf("status %d without an answer of the Bot API", status)}
	}
	if *a.OK {
		if len(a.Result) == 0 || string(a.Result) == "null" {
			return &model.SendError{Failure: model.SendAmbiguous, Err: errors.New("an answer without a result")}
		}
		return nil
	}
	if a.Code == 0 {
		a.Code = status
	}
	failure := &model.SendError{Err: &apiError{Code: a.Code, Description: a.Description}}
	classify(failure, a)
	return failure
}

func classify(failure *model.SendError, a answer) {
	migrated := number(a.Parameters.MigrateTo)
	switch {
	case migrated != 0:
		failure.Failure, failure.MigratedTo = model.SendMigrated, model.ChatID(migrated)
	case a.Code == http.StatusTooManyRequests:
		failure.Failure, failure.RetryAfter = model.SendFlood, defaultRetry
		if seconds := number(a.Parameters.RetryAfter); seconds > 0 {
			failure.RetryAfter = time.Duration(min(seconds, maxRetry)) * time.Second
		}
	case a.Code == http.StatusUnauthorized || a.Code == http.StatusNotFound:
		failure.Failure = model.SendRefused
	case hasAny(a.Description, goneWords):
		failure.Failure = model.SendGone
	case a.Code >= http.StatusInternalServerError || a.Code == http.StatusConflict || a.Code == http.StatusRequestTimeout:
		failure.Failure = model.SendAmbiguous
	default:
		failure.Failure, failure.Denial = denial(a)
	}
}

// denial tells a chat that we may not write to from a message that is at fault. What is said in other words may be either.
func denial(a answer) (model.SendFailure, model.Denial) {
	for _, d := range denials {
		if hasAny(a.Description, d.words) {
			return model.SendDenied, d.denial
		}
	}
	switch {
	case a.Code == http.StatusForbidden:
		return model.SendDenied, model.DenialRights
	case a.Code == http.StatusRequestEntityTooLarge || hasAny(a.Description, badWords):
		return model.SendBad, ""
	default:
		return model.SendDenied, model.DenialUnclear
	}
}

// maxRetry keeps a mad retry_after from overflowing: a year, in seconds.
const maxRetry = 365 * 24 * 3600

// The words of Telegram's descriptions, in lower case; nothing else tells these kinds of 400 and 403 apart.
const (
	goneWords = "message to edit not found|message can't be edited|message to delete not found|message to pin not found|message to unpin not found|message can't be deleted|" +
		"message_id_invalid|message_edit_time_expired|message_author_required|query is too old|query id is invalid"
	badWords = "message is not modified|parse|entit|too long|too_long|too big|is empty|non-empty|must be encoded|text must|button|keyboard|" +
		"reply_markup|reply markup|replied not found|reply not found|wrong file|wrong type|wrong http url|wrong remote|failed to get http|" +
		"url is invalid|url host|image_process|photo_|document_|media_|webpage_|file_|wrong string|unsupported"
)

// denials are the words of what a chat does not accept from us, the more telling first.
var denials = []struct {
	denial model.Denial
	words  string
}{
	{model.DenialTopic, "message thread not found|topic_closed|topic_deleted|topic_id_invalid|topic closed|topic was closed|topic was deleted"},
	{model.DenialBlocked, "blocked by the user|user is deactivated|user_is_blocked|you_blocked_user|input_user_deactivated|can't initiate conversation"},
	{model.DenialRemoved, "was kicked|is not a member|user_banned_in_channel|channel_private"},
	{model.DenialGone, "chat not found|group chat was deactivated|chat was deleted|group was deleted|peer_id_invalid|chat_id_invalid|" +
		"channel_invalid|chat_id is empty|user not found"},
	{model.DenialFiles, "rights to send doc|rights to send photo|rights to send media|rights to send file|_send_media_forbidden|_send_docs_forbidden|_send_photos_forbidden"},
	{model.DenialRights, "enough rights|no rights|need administrator rights|chat_write_forbidden|chat_restricted|chat_forbidden|" +
		"chat_admin_required|_forbidden|can't send messages|can't write"},
}

func hasAny(text, words string) bool {
	text = strings.ToLower(text)
	for w := range strings.SplitSeq(words, "|") {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

// number reads 7, "7" and 7.5; 0 for anything else.
func number(raw json.RawMessage) int64 {
	text := strings.Trim(string(raw), `"`)
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n
	}
	if f, err := strconv.ParseFloat(text, 64); err == nil && 0 < f && f < maxRetry {
		return int64(f) + 1
	}
	return 0
}
