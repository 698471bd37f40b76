package model

import (
	"strings"
	"time"
)

// Denial is why a destination accepts nothing from us, as far as its answer tells.
type Denial string

// The denials. Each can be undone by a person, so none is final.
const (
	DenialRemoved Denial = "removed" // the bot is not in the group any more
	DenialBlocked Denial = "blocked" // a person blocked the bot, or closed the account
	DenialRights  Denial = "rights"  // the bot is there and must not write
	DenialFiles   Denial = "files"   // the bot may write there, and send no files
	DenialGone    Denial = "gone"    // no such chat, or the group was deleted
	DenialTopic   Denial = "topic"   // the topic is closed or deleted; the chat may accept messages without a topic
	DenialUnclear Denial = "unclear" // words that are not known: it may be about this one message
)

// Outage is a destination that accepts nothing now.
type Outage struct {
	To      Destination
	Since   time.Time     // when the first attempt failed; none was accepted since
	Failure SendFailure   // of the last attempt that tells most: SendDenied, SendFlood, or that nobody answers
	Denial  Denial        // of SendDenied
	Said    string        // by the destination, with SendDenied and SendFlood
	Until   time.Time     // of SendFlood: until when it asks to be left alone
	Asked   time.Duration // of SendFlood: for how long that was
	Noticed bool          // a notice said that it denies us
}

// MostWait is the longest time that anything waits without an attempt because it was asked to: what asks for more is tried once in as
// long, since it often accepts again much earlier.
const MostWait = 10 * time.Minute

// DenialReason is a notice, or a health issue, about a destination that denies us: what it means and what to do. name is the
// destination's, for people. Its arguments: to, since (RFC 3339), said.
func DenialReason(o *Outage, name string) Reason {
	return NewReason(ReasonCode("denied."+string(o.Denial)), "to", name, "since", o.Since.UTC().Format(time.RFC3339), "said", o.Said)
}

// The other reasons about outages.
const (
	NoticeAccepts ReasonCode = "notice.accepts"   // to, since (RFC 3339): a destination that denied us accepts messages again
	IssueWait     ReasonCode = "health.wait"      // to, since, until (RFC 3339): a destination asks to be left alone
	IssuePollWait ReasonCode = "health.poll_wait" // until: Telegram gives out no updates
)

// NamesOthers reports whether a health issue may name what is not a limited reader's: a chat, who answers for
// others, or what the configuration says of them.
func (r Reason) NamesOthers() bool {
	return r.Code == IssueReload || r.Code == IssueGap || r.Code == IssueCalendar || r.Code == IssueWait || r.Code == IssuePin || strings.HasPrefix(string(r.Code), "denied.")
}
