package opsbot

// The codes of what ails opsbot itself. The arguments stand behind them.
const (
	TroubleStore           ReasonCode = "trouble.store"            // what, since (RFC 3339)
	TroubleTelegramAway    ReasonCode = "trouble.telegram_away"    // since
	TroubleTelegramRefused ReasonCode = "trouble.telegram_refused" // since
	TroubleTelegramShared  ReasonCode = "trouble.telegram_shared"  // since: another program polls with our token
	TroubleOutbox          ReasonCode = "trouble.outbox"           // waiting, since
	TroubleDeadLetters     ReasonCode = "trouble.dead_letters"     // count
	TroubleName            ReasonCode = "trouble.name"             // name, kept, said (a code): DNS does not answer for it
	TroubleUnmapped        ReasonCode = "trouble.unmapped"         // count: hosts that sources speak of are not in the inventory
	TroubleReload          ReasonCode = "trouble.reload"           // what: the configuration on disk has mistakes
)
