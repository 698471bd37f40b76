package model

import (
	"errors"
	"time"
)

// SetAsideRow is a row of the database that could not be read, as it was. The rest goes on without it.
type SetAsideRow struct {
	ID      int64          `json:"id"`
	Table   string         `json:"table"`
	Area    string         `json:"area"` // what the table holds
	Key     string         `json:"key"`  // what the row was found by
	At      time.Time      `json:"at"`   // when it was set aside
	Why     string         `json:"why"`
	Columns map[string]any `json:"columns"`
}

// ErrDamagedPack is the error of whoever reads a Pack whose body is damaged: it is set aside.
var ErrDamagedPack = errors.New("a pack of results is damaged")

// The codes of what ails the database. The comment of each lists its arguments.
const (
	IssueStoreFault    ReasonCode = "health.store_fault"     // doing ("AREA.read,AREA.write,…"), what, since (RFC 3339), else (the first area)
	IssueSetAside      ReasonCode = "health.set_aside"       // rows: "TABLE:COUNT,…"
	IssueStoreGone     ReasonCode = "health.store_gone"      // path, since, copy: the file was deleted, and is saved there
	IssueStoreGoneLost ReasonCode = "health.store_gone_lost" // path, since, copy, what: the file was deleted, and cannot be saved there
	IssueStoreReplaced ReasonCode = "health.store_replaced"  // path, since, copy: another file is in its place

	NoticeSetAside      ReasonCode = "notice.set_aside"      // rows: "TABLE:COUNT,…", effect (areas, the worst first)
	NoticeStoreUnread   ReasonCode = "notice.store_unread"   // since
	NoticeStoreReadable ReasonCode = "notice.store_readable" // none
	NoticeStoreGone     ReasonCode = "notice.store_gone"     // path
	NoticeStoreReplaced ReasonCode = "notice.store_replaced" // path
	NoticeStoreSaved    ReasonCode = "notice.store_saved"    // copy: the database was opened from it
	NoticeRestored      ReasonCode = "notice.restored"       // at (RFC 3339): the database is a backup of then
)
