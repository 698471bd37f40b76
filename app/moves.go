package app

import (
	"context"

	"opsbot/config"
	"opsbot/model"
)

// moves are chats that Telegram gave new ids: the configuration may still name the old ones.
type moves map[model.ChatID]model.ChatID

func (a *App) loadMoves(ctx context.Context) (moves, error) { return a.db.Moves(ctx) }

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
