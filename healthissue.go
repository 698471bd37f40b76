package opsbot

// The codes of what ails opsbot itself. The arguments stand behind them.
const (
	IssueStore           ReasonCode = "trouble.store"            // what, since (RFC 3339)
	IssueTelegramAway    ReasonCode = "trouble.telegram_away"    // since
	IssueTelegramRefused ReasonCode = "trouble.telegram_refused" // since
	IssueTelegramShared  ReasonCode = "trouble.telegram_shared"  // since: another program polls with our token
	IssueOutbox          ReasonCode = "trouble.outbox"           // waiting, since
	IssueDeadLetters     ReasonCode = "trouble.dead_letters"     // count
	IssueName            ReasonCode = "trouble.name"             // name, kept, said (a code): DNS does not answer for it
	IssueUnmapped        ReasonCode = "trouble.unmapped"         // count: hosts that sources speak of are not in the inventory
	IssueReload          ReasonCode = "trouble.reload"           // what: the configuration on disk has mistakes
)
