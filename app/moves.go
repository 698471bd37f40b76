package app

import (
	"context"
	"encoding/json"
	"fmt"

	"opsbot"
	"opsbot/config"
)

// moves are chats that Telegram gave new ids: the configuration may still name the old ones.
type moves map[opsbot.ChatID]opsbot.ChatID

// movesSetting is where they are kept.
const movesSetting = "chat_moves"

func (a *App) loadMoves(ctx context.Context) (moves, error) {
	m := moves{}
	kept, err := a.db.Setting(ctx, movesSetting)
	if err != nil || kept == "" {
		return m, err
	}
	if err := json.Unmarshal([]byte(kept), &m); err != nil {
		return nil, fmt.Errorf("read the chats that moved: %w", err)
	}
	return m, nil
}

func (a *App) rememberMove(ctx context.Context, from, to opsbot.ChatID) error {
	m, err := a.loadMoves(ctx)
	if err != nil {
		return err
	}
	m[from] = to
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return a.db.SetSetting(ctx, movesSetting, string(text))
}

// follow gives the chats of a configuration their new ids.
func (m moves) follow(t *config.Telegram) {
	for i := range t.Chats {
		for range m { // a chat may have moved more than once
			to, moved := m[t.Chats[i].ID]
			if !moved {
				break
			}
			t.Chats[i].ID = to
		}
	}
}
