package opsbot

// The codes of what package alerts and package notify say by themselves. The arguments stand behind them.
const (
	ReasonUnknownLong  ReasonCode = "check.unknown"        // since (RFC 3339): could not be judged for long
	ReasonStorm        ReasonCode = "storm"                // total, open (incidents)
	ReasonEventGroup   ReasonCode = "event_group"          // hosts, sources (names)
	ReasonOffline      ReasonCode = "offline"                // probes (names of those that failed), checks (that failed with them)
	ReasonUnseen       ReasonCode = "offline.unknown"         // none: seen while opsbot was blind, which says nothing of the target
	NoticeNotDelivered ReasonCode = "notice.not_delivered" // to (a destination), address, said
	NoticeDeadLetter   ReasonCode = "notice.dead_letter"        // to (a destination), why (a SendFailure or "panic"), said, incident ("12" or "")
	NoticeStoreRefuses ReasonCode = "notice.store_refuses" // since (RFC 3339)
	NoticeStoreBack    ReasonCode = "notice.store_back"    // none
	NoticeReport       ReasonCode = "notice.report"        // name, said: it could not be made
	NoticeMigrated     ReasonCode = "notice.migrate"       // from, to: chat ids
)
