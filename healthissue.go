package opsbot

// The codes of what ails opsbot itself. The arguments stand behind them.
const (
	IssueStore           ReasonCode = "health.store"            // what, since (RFC 3339)
	IssueTelegramAway    ReasonCode = "health.telegram_away"    // since
	IssueTelegramRefused ReasonCode = "health.telegram_refused" // since
	IssueTelegramShared  ReasonCode = "health.telegram_shared"  // since: another program polls with our token
	IssueOutbox          ReasonCode = "health.outbox"           // waiting, since
	IssueDeadLetters     ReasonCode = "health.dead_letters"     // count
	IssueName            ReasonCode = "health.name"             // name, kept, said (a code): DNS does not answer for it
	IssueUnmapped        ReasonCode = "health.unmapped"         // count: hosts that sources speak of are not in the inventory
	IssueReload          ReasonCode = "health.reload"           // what: the configuration on disk has mistakes
)
