package botapi

// Refusal is an answer that sounds final and need not be: somebody adds the bot again, gives it the right, reopens the topic.
type Refusal struct {
	Code        int
	Description string
	Means       string // "removed", "blocked", "rights", "files", "gone", "topic", or "unclear": words that nobody has documented
}

// Refusals are those that the real server is known to give, and some in words that it might have one day.
func Refusals() []Refusal {
	return []Refusal{
		{403, "Forbidden: bot was kicked from the group chat", "removed"},
		{403, "Forbidden: bot was kicked from the supergroup chat", "removed"},
		{403, "Forbidden: bot was kicked from the channel chat", "removed"},
		{403, "Forbidden: bot is not a member of the supergroup chat", "removed"},
		{403, "Forbidden: bot is not a member of the channel chat", "removed"},
		{400, "Bad Request: USER_BANNED_IN_CHANNEL", "removed"},
		{400, "Bad Request: CHANNEL_PRIVATE", "removed"},
		{403, "Forbidden: bot was blocked by the user", "blocked"},
		{403, "Forbidden: user is deactivated", "blocked"},
		{403, "Forbidden: bot can't initiate conversation with a user", "blocked"},
		{400, "Bad Request: INPUT_USER_DEACTIVATED", "blocked"},
		{403, "Forbidden: the group chat was deleted", "gone"},
		{403, "Forbidden: the channel chat was deleted", "gone"},
		{400, "Bad Request: group chat was deactivated", "gone"},
		{400, "Bad Request: chat not found", "gone"},
		{400, "Bad Request: PEER_ID_INVALID", "gone"},
		{400, "Bad Request: CHANNEL_INVALID", "gone"},
		{400, "Bad Request: have no rights to send a message", "rights"},
		{400, "Bad Request: not enough rights to send text messages to the chat", "rights"},
		{403, "Forbidden: not enough rights to send text messages to the chat", "rights"},
		{400, "Bad Request: need administrator rights in the channel chat", "rights"},
		{400, "Bad Request: CHAT_RESTRICTED", "rights"},
		{400, "Bad Request: CHAT_WRITE_FORBIDDEN", "rights"},
		{403, "Forbidden: CHAT_SEND_PLAIN_FORBIDDEN", "rights"},
		{400, "Bad Request: CHAT_ADMIN_REQUIRED", "rights"},
		{403, "Forbidden: bot can't send messages to bots", "rights"},
		{403, "Forbidden: nobody has told us of this one", "rights"},
		{400, "Bad Request: not enough rights to send documents to the chat", "files"},
		{403, "Forbidden: CHAT_SEND_DOCS_FORBIDDEN", "files"},
		{400, "Bad Request: message thread not found", "topic"},
		{400, "Bad Request: TOPIC_CLOSED", "topic"},
		{400, "Bad Request: TOPIC_DELETED", "topic"},
		{400, "Bad Request: SOMETHING_NEW_INVALID", "unclear"},
		{402, "Payment Required", "unclear"},
		{406, "Not Acceptable: UPDATE_APP_TO_LOGIN", "unclear"},
		{451, "Unavailable For Legal Reasons", "unclear"},
	}
}
