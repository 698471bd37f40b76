package model

import "time"

// The codes of who leads, where several opsbots share a database. The comment of each lists its arguments.
const (
	LeaderFirst    ReasonCode = "leader.first"    // leader, since (RFC 3339): nobody led before
	LeaderReleased ReasonCode = "leader.released" // leader, since, previous: the one before was stopped
	LeaderExpired  ReasonCode = "leader.expired"  // leader, since, previous: the one before did not renew its lease
	LeaderAgain    ReasonCode = "leader.again"    // leader, since: it did not renew its lease itself, and leads again

	NoticeTakeover     ReasonCode = "notice.takeover"      // leader, previous, since
	NoticeDatabaseAway ReasonCode = "notice.database_away" // since, until (RFC 3339)
	IssueHandover      ReasonCode = "health.handover"      // since: the leader before still polls Telegram
)

// LeaderReason is a Reason of who leads: why is one of the four codes.
func LeaderReason(why ReasonCode, leader, previous string, since time.Time) Reason {
	args := []string{"leader", leader, "since", since.UTC().Format(time.RFC3339)}
	if why == LeaderReleased || why == LeaderExpired {
		args = append(args, "previous", previous)
	}
	return NewReason(why, args...)
}
