package store

import (
	"context"
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

// pause is until when a chat is to be left alone, and for how long that was when it was stored: the clock may be set meanwhile.
type pause struct {
	Until time.Time     `json:"until"`
	For   time.Duration `json:"for"`
}

// UnmarshalJSON takes the form of earlier versions, too: the time alone.
func (p *pause) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] == '"' {
		p.For = model.MostWait
		return json.Unmarshal(text, &p.Until)
	}
	type plain pause
	return json.Unmarshal(text, (*plain)(p))
}

// Pause stores that nothing may be sent to a chat until a time, so that it survives a restart.
func (db *DB) Pause(ctx context.Context, chat model.ChatID, until time.Time) error {
	return db.tx(ctx, "settings.pause", func(tx *txn) error {
		all, err := mapSetting[pause](ctx, db.within(tx, "setting"), pausesSetting)
		if err != nil {
			return err
		}
		now := db.now()
		maps.DeleteFunc(all, func(_ model.ChatID, p pause) bool { return !p.Until.After(now) })
		delete(all, chat)
		if until.After(now) {
			all[chat] = pause{until.UTC(), until.Sub(now)}
		}
		return writeMapSetting(ctx, tx, pausesSetting, all)
	})
}

// Pauses returns the paused chats, and until when. Some of these times may have passed. No pause is longer than it was when it was stored.
func (db *DB) Pauses(ctx context.Context) (map[model.ChatID]time.Time, error) {
	stored, err := mapSetting[pause](ctx, db.of("setting"), pausesSetting)
	all := make(map[model.ChatID]time.Time, len(stored))
	for chat, p := range stored {
		all[chat] = model.Earlier(p.Until, db.now().Add(p.For))
	}
	return all, err
}

// rememberMove stores a chat's new id in the transaction that updates all rows.
func (db *DB) rememberMove(ctx context.Context, tx *txn, from, to model.ChatID) error {
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

func writeMapSetting[V any](ctx context.Context, tx *txn, name string, all map[model.ChatID]V) error {
	text, err := json.Marshal(all)
	if err != nil {
		return err
	}
	return writeSetting(ctx, tx, name, string(text))
}
