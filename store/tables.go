package store

import (
	"slices"
	"strings"
)

// table is what is known of a table beside its schema.
type table struct {
	name string
	area string   // of what it holds, for people: one of Areas
	key  []string // columns that tell rows apart
	own  []string // columns that hold numbers which opsbot gives
	time []string // columns that hold moments

	// check reports why a row that has the types of its schema cannot be read; nil: any row can.
	check func(r row) error
	// odd, if it is set, selects the rows that check can refuse, so that large rows need not be read.
	odd string
	// start is the moment that is not set in the rows which a start needs, "" if it needs all. never: they are many, and read only when
	// somebody asks.
	start string
}

const never = "never"

// Areas are the parts of what is stored, for people.
var Areas = []string{
	"alerts", "audit", "baselines", "buttons", "checks", "commands", "deliveries", "events", "gateways", "heartbeats", "history", "incidents", "mutes", "names", "oncall", "outbox",
	"people", "pinned", "retention", "schedule", "set_aside", "settings",
}

// tables are all tables of the schema but goose's own.
var tables = []table{
	{name: "counter", area: "settings", key: []string{"name"}, own: []string{"value"}},
	{name: "setting", area: "settings", key: []string{"name"}, check: checkSetting},
	{name: "check_state", area: "checks", key: []string{"id"}, check: checkCheckState},
	{
		name: "incident", area: "incidents", key: []string{"id"}, own: []string{"id"}, time: []string{"opened_at", "closed_at"}, check: checkIncident,
		start: "closed_at",
	},
	{
		name: "card", area: "incidents", key: []string{"incident", "channel", "chat", "topic"}, own: []string{"incident"},
		time: []string{"notified_at", "raised_at"}, check: checkCard,
	},
	{name: "mute", area: "mutes", key: []string{"id"}, own: []string{"id"}, time: []string{"ended_at"}, check: checkMute},
	{
		name: "reader_number", area: "incidents", key: []string{"readers", "kind", "id"}, own: []string{"id", "number"}, check: checkReaderNumber,
	},
	{
		name: "event", area: "events", key: []string{"source", "id"}, own: []string{"incident"}, time: []string{"seen_at", "opened_at", "ended_at"},
		check: checkEvent, start: "ended_at",
	},
	{
		name: "notification", area: "outbox", key: []string{"id"}, own: []string{"id", "incident", "attempts"},
		time: []string{"created", "not_before", "retry_at"}, check: checkNotification,
	},
	{name: "dead_letter", area: "deliveries", key: []string{"id"}, own: []string{"id"}, time: []string{"dead_at"}, check: checkDeadLetter},
	{
		name: "fallback_copy", area: "deliveries", key: []string{"notification", "incident"}, own: []string{"notification", "incident"},
		check: checkFallbackCopy,
	},
	{name: "failing", area: "deliveries", key: []string{"channel", "chat", "topic"}, time: []string{"since", "until"}, check: checkOutage},
	{name: "report", area: "deliveries", key: []string{"notification"}, own: []string{"notification"}, check: checkReport, start: never},
	{name: "paired_chat", area: "people", key: []string{"id"}, time: []string{"at"}, check: checkPairedChat},
	{name: "paired_user", area: "people", key: []string{"id"}, time: []string{"at"}, check: checkPairedUser},
	{name: "pinned_message", area: "pinned", key: []string{"chat", "topic"}, check: checkPinned},
	{name: "intake", area: "commands", key: []string{"id"}, time: []string{"at"}},
	{name: "button", area: "buttons", key: []string{"id"}, time: []string{"expires"}, check: checkButton},
	{name: "schedule_slot", area: "schedule", key: []string{"expression"}, time: []string{"due"}},
	{name: "dns_answer", area: "names", key: []string{"name"}, check: checkAnswer},
	{name: "heartbeat", area: "heartbeats", key: []string{"id"}, check: checkHeartbeat},
	{name: "baseline", area: "baselines", key: []string{"name"}, time: []string{"at"}, check: checkBaseline, start: never},
	{name: "oncall_override", area: "oncall", key: []string{"id"}, own: []string{"id"}, time: []string{"to_at"}, check: checkOverride},
	{name: "ack_link", area: "gateways", key: []string{"hash"}, own: []string{"incident"}, time: []string{"at"}, check: checkAckLink, start: never},
	{name: "gateway_sent", area: "gateways", key: []string{"channel"}, time: []string{"at"}, check: checkGatewaySent, start: never},
	{
		name: "escalation", area: "oncall", key: []string{"id"}, own: []string{"id", "incident"}, time: []string{"ended_at"}, check: checkEscalation,
		start: "ended_at",
	},
	{name: "oncall_cover", area: "oncall", key: []string{"id"}, own: []string{"id"}, time: []string{"to_at"}, check: checkCover},
	{name: "oncall_calendar", area: "oncall", key: []string{"key"}, time: []string{"at"}, check: checkCalendar},
	{name: "oncall_link", area: "oncall", key: []string{"person"}, check: checkLink},
	{name: "audit", area: "audit", key: []string{"id"}, own: []string{"id"}, time: []string{"at"}, check: checkAudit, start: never},
	{name: "transition", area: "history", key: []string{"check_id", "at"}, time: []string{"at"}, check: checkTransition, start: never},
	{name: "history_gap", area: "history", key: []string{"from_at"}, time: []string{"from_at", "to_at"}},
	{name: "history_check", area: "history", key: []string{"first"}, own: []string{"first"}, check: checkNumbers},
	{name: "history_pack", area: "history", key: []string{"kind", "grp", "from_at"}, time: []string{"from_at", "to_at"}, check: checkPack, odd: `kind NOT IN (0, 1)`, start: never},
	{name: "commit_mark", area: "settings", key: []string{"writer", "number"}, own: []string{"number"}, time: []string{"at"}, start: never},
	{name: "set_aside", area: "set_aside", key: []string{"id"}, own: []string{"id"}, time: []string{"at"}, check: checkSetAside, start: never},
}

// tableOf returns what is known of a table.
func tableOf(name string) (table, bool) {
	at := slices.IndexFunc(tables, func(t table) bool { return t.name == name })
	if at < 0 {
		return table{}, false
	}
	return tables[at], true
}

// Tables returns the names of all tables but goose's own.
func Tables() []string {
	names := make([]string, len(tables))
	for i := range tables {
		names[i] = tables[i].name
	}
	return names
}

// AreaOf is the area of a table.
func AreaOf(name string) string { return areaOf(name) }

// areaOf is the area of a table, or of a name that is one.
func areaOf(name string) string {
	if t, ok := tableOf(name); ok {
		return t.area
	}
	return strings.ToLower(name)
}
