package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"maps"
	"time"

	"opsbot/model"
)

// The settings that hold the state of chats as reported by Telegram, as JSON.
const (
	movesSetting  = "chat_moves"
	pausesSetting = "chat_pauses"
)

// Moves returns the new ids of migrated chats by the old ones, which the configuration may still use.
func (db *DB) Moves(ctx context.Context) (map[model.ChatID]model.ChatID, error) {
	return mapSetting[model.ChatID](ctx, db.of("setting"), movesSetting)
}

// Pause stores that nothing may be sent to a chat until a time, so that it survives a restart.
func (db *DB) Pause(ctx context.Context, chat model.ChatID, until time.Time) error {
	return db.tx(ctx, "settings.pause", func(tx *sql.Tx) error {
		all, err := mapSetting[time.Time](ctx, db.within(tx, "setting"), pausesSetting)
		if err != nil {
			return err
		}
		maps.DeleteFunc(all, func(_ model.ChatID, until time.Time) bool { return !until.After(db.now()) })
		all[chat] = until.UTC()
		return writeMapSetting(ctx, tx, pausesSetting, all)
	})
}

// Pauses returns the paused chats, and until when. Some of these times may have passed.
func (db *DB) Pauses(ctx context.Context) (map[model.ChatID]time.Time, error) {
	return mapSetting[time.Time](ctx, db.of("setting"), pausesSetting)
}

// rememberMove stores a chat's new id in the transaction that updates all rows.
func (db *DB) rememberMove(ctx context.Context, tx *sql.Tx, from, to model.ChatID) error {
	all, err := mapSetting[model.ChatID](ctx, db.within(tx, "setting"), movesSetting)
	if err != nil {
		return err
	}
	all[from] = to
	delete(all, to) // a chat in use has not moved on
	return writeMapSetting(ctx, tx, movesSetting, all)
}

// mapSetting reads a setting with a map by chat; the map is never nil.
func mapSetting[V any](ctx context.Context, from source, name string) (map[model.ChatID]V, error) {
	found, err := bodies[map[model.ChatID]V](ctx, from, `SELECT value FROM setting WHERE name = $1`, name)
	if err != nil || len(found) == 0 || found[0] == nil {
		return map[model.ChatID]V{}, err
	}
	return found[0], nil
}

func writeMapSetting[V any](ctx context.Context, tx *sql.Tx, name string, all map[model.ChatID]V) error {
	text, err := json.Marshal(all)
	if err != nil {
		return err
	}
	return writeSetting(ctx, tx, name, string(text))
}
