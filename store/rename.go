package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// renameVersion is the migration that renames the tables and values of the first nine versions: a row of the outbox is a notification,
// related events are an event group. Later migrations are plain SQL again.
const renameVersion = 10

// renamedTables are statements for both SQLite and PostgreSQL.
var renamedTables = []string{
	`ALTER TABLE telling RENAME TO notification`,
	`ALTER TABLE notification RENAME COLUMN fact TO snapshot`,
	`ALTER TABLE notification RENAME COLUMN lane TO queue`,
	`ALTER TABLE dead_letter RENAME COLUMN buried TO dead_at`,
	`ALTER TABLE dead_letter RENAME COLUMN telling TO notification`,
	`ALTER TABLE report RENAME COLUMN telling TO notification`,
	`ALTER TABLE detour RENAME TO fallback_copy`,
	`ALTER TABLE fallback_copy RENAME COLUMN telling TO notification`,
	`ALTER TABLE fallback_copy RENAME COLUMN told TO sent_to`,
	`DROP INDEX telling_by_destination`,
	`DROP INDEX telling_by_incident`,
	`DROP INDEX telling_by_time`,
	`DROP INDEX detour_by_incident`,
	`CREATE INDEX notification_by_destination ON notification (channel, chat, topic, queue, id, not_before)`,
	`CREATE INDEX notification_by_incident ON notification (incident)`,
	`CREATE INDEX notification_by_time ON notification (not_before)`,
	`CREATE INDEX fallback_copy_by_incident ON fallback_copy (incident)`,
	`UPDATE counter SET name = 'notification' WHERE name = 'telling'`,
	`UPDATE incident SET key = 'connectivity' WHERE key = 'blind'`,
	`UPDATE incident SET key = 'event_group:' || substr(key, 7) WHERE key LIKE 'burst:%'`,
	`UPDATE setting SET name = 'inbound.sync.' || substr(name, 14) WHERE name LIKE 'inbound.told.%'`,
	`UPDATE setting SET name = 'inbound.connected.' || substr(name, 15) WHERE name LIKE 'inbound.heard.%'`,
	`UPDATE setting SET name = 'heartbeats_received' WHERE name = 'heartbeats_heard'`,
	`UPDATE setting SET name = 'heartbeats_outage' WHERE name = 'heartbeats_deaf'`,
}

// renamedKinds are kinds of notifications.
var renamedKinds = map[string]string{
	"open": "opened", "raise": "raised", "end": "resolved", "edit": "updated", "remind": "reminder",
	"mute_warning": "mute_ending", "mute_end": "mute_ended",
}

// renamedValues are values in JSON by their key, anywhere.
var renamedValues = map[string]map[string]string{
	"kind": {"burst": "event_group", "blind": "connectivity"},
	"code": {
		"burst": "event_group", "blind": "offline", "blind.unseen": "offline.unknown", "notice.buried": "notice.dead_letter",
		"source.quiet": "source.idle", "reply.quiet": "reply.silenced", "reply.quiet_failed": "reply.silence_failed",
	},
	"cause":  {"source.quiet": "source.idle"}, // of a reply: a code among its arguments
	"action": {"rearm": "reset"},
}

// renamedKeys are keys in JSON, anywhere: no map with keys chosen by users is rewritten.
var renamedKeys = map[string]string{
	"fact": "snapshot", "burst": "event_group", "standing": "open", "deaf": "disconnected", "strangers": "unmapped", "placeless": "no_host",
	"nowhere": "no_host_all", "looks": "verifications", "marks": "labels", "instead": "fallback_for", "first": "first_start",
	"troubles": "health_issues", "quiets": "silences",
}

// renamedTexts are the columns with JSON: key and column of each table.
var renamedTexts = []struct{ table, key, column string }{
	{"incident", "id", "body"},
	{"notification", "id", "snapshot"},
	{"dead_letter", "id", "notification"},
	{"check_state", "id", "body"},
	{"button", "id", "body"},
}

// rename is the migration.
func rename(ctx context.Context, tx *sql.Tx) error {
	for _, query := range renamedTables {
		if _, err := tx.ExecContext(ctx, query); err != nil {
			return fmt.Errorf("%s: %w", query, err)
		}
	}
	for was, is := range renamedKinds {
		for _, table := range []string{"notification", "fallback_copy"} {
			if _, err := tx.ExecContext(ctx, `UPDATE `+table+` SET kind = $1 WHERE kind = $2`, is, was); err != nil {
				return fmt.Errorf("rename kinds of %s: %w", table, err)
			}
		}
	}
	for _, t := range renamedTexts {
		if err := rewriteJSON(ctx, tx, t.table, t.key, t.column, `SELECT `+t.key+`, `+t.column+` FROM `+t.table); err != nil {
			return fmt.Errorf("rename in %s: %w", t.table, err)
		}
	}
	if err := rewriteJSON(ctx, tx, "setting", "name", "value", `SELECT name, value FROM setting WHERE name LIKE 'inbound.sync.%'`); err != nil {
		return fmt.Errorf("rename in settings: %w", err)
	}
	for was, is := range renamedValues["code"] { // transitions are many and hold no other renamed values: no need to read them
		_, err := tx.ExecContext(ctx, `UPDATE transition SET reason = replace(reason, $1, $2) WHERE reason LIKE $3`,
			`"code":"`+was+`"`, `"code":"`+is+`"`, `%"code":"`+was+`"%`)
		if err != nil {
			return fmt.Errorf("rename in transitions: %w", err)
		}
	}
	return nil
}

// textChange is the new JSON of a row.
type textChange struct {
	key  any
	text string
}

// rewriteJSON renames in the rows of a query: the key of a row and its JSON.
func rewriteJSON(ctx context.Context, tx *sql.Tx, table, key, column, query string) error {
	changes, err := textChanges(ctx, tx, query)
	if err != nil {
		return err
	}
	for _, c := range changes {
		if _, err := tx.ExecContext(ctx, `UPDATE `+table+` SET `+column+` = $1 WHERE `+key+` = $2`, c.text, c.key); err != nil {
			return err
		}
	}
	return nil
}

func textChanges(ctx context.Context, tx *sql.Tx, query string) (changes []textChange, err error) {
	r, err := tx.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	for r.Next() {
		var id any
		var text string
		if r.Scan(&id, &text) != nil {
			continue // a row that cannot be read is set aside after the migrations
		}
		if is, err := renamedJSON(text); err == nil && is != text {
			changes = append(changes, textChange{id, is})
		}
	}
	return changes, r.Err()
}

// renamedJSON returns JSON with the new names.
func renamedJSON(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber() // ids exceed the precision of float64
	var v any
	if err := d.Decode(&v); err != nil {
		return "", err
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(renamedValue("", v)); err != nil {
		return "", err
	}
	return strings.TrimSuffix(out.String(), "\n"), nil
}

// renamedValue renames within the value of a key.
func renamedValue(key string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		is := make(map[string]any, len(v))
		_, notification := v["to"] // a complete one, as in dead letters
		for k, child := range v {
			if kind, ok := child.(string); ok && notification && k == "kind" && renamedKinds[kind] != "" {
				child = renamedKinds[kind]
			}
			name := k
			switch {
			case key == "burst" && k == "unknown": // hosts; of a service it is a count of endpoints
				name = "unmapped_all"
			case renamedKeys[k] != "":
				name = renamedKeys[k]
			}
			is[name] = renamedValue(k, child)
		}
		return is
	case []any:
		for i := range v {
			v[i] = renamedValue(key, v[i])
		}
		return v
	case string:
		if is := renamedValues[key][v]; is != "" {
			return is
		}
		if key == "code" || key == "cause" {
			if rest, ok := strings.CutPrefix(v, "trouble."); ok {
				return "health." + rest
			}
		}
		return v
	default:
		return v
	}
}
