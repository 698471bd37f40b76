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
	case a.Code == http.StatusForbidden || hasAny(a.Description, chatDeadWords):
		failure.Failure = model.SendChatDead
	case hasAny(a.Description, goneWords):
		failure.Failure = model.SendGone
	case a.Code >= http.StatusInternalServerError || a.Code == http.StatusConflict:
		failure.Failure = model.SendAmbiguous
	default:
		failure.Failure = model.SendBad
	}
}

// maxRetry keeps a mad retry_after from overflowing: a year, in seconds.
const maxRetry = 365 * 24 * 3600

// The words of Telegram's descriptions, in lower case; nothing else tells these kinds of 400 apart.
const (
	chatDeadWords = "chat not found|message thread not found|topic_closed|topic_deleted|group chat was deactivated|" +
		"user is deactivated|peer_id_invalid|not enough rights to send|have no rights to send|chat_write_forbidden|" +
		"need administrator rights|bot is not a member"
	goneWords = "message to edit not found|message can't be edited|message to delete not found|message can't be deleted|" +
		"message_id_invalid|query is too old|query id is invalid"
)

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
