package app

import (
	"context"

	"opsbot/alerts"
	"opsbot/config"
	"opsbot/model"
	"opsbot/ops"
)

// newPeople makes the directory of users and chats, and of what each may do.
func newPeople(ctx context.Context, b *base) (*ops.People, error) {
	chats, users, err := b.db.Paired(ctx)
	if err != nil {
		return nil, err
	}
	people := ops.NewPeople(b.db, chats, users, b.Now)
	moved, err := loadMoves(ctx, b)
	if err != nil {
		return nil, err
	}
	cfg := &b.conf.current().Config.Telegram
	moved.follow(cfg)
	people.SetConfig(cfg.KnownChats(), cfg.KnownUsers())
	return people, nil
}

// moves are chats that Telegram gave new ids: the configuration may still have the old ones.
type moves map[model.ChatID]model.ChatID

func loadMoves(ctx context.Context, b *base) (moves, error) { return b.db.Moves(ctx) }

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

// migration gives a chat its new id everywhere.
type migration struct {
	*base
	people  *ops.People
	manager func() *alerts.Manager
}

// migrated stores a chat's new id, which Telegram has announced.
func (m *migration) migrated(from, to model.ChatID) {
	if err := m.db.Migrate(context.Background(), from, to); err != nil {
		m.component("telegram").WithFields(map[string]any{"from": int64(from), "to": int64(to)}).WithError(err).Error("rewrite a chat's id")
	}
	m.moved(from, to)
}

// moved uses a chat's new id, which is stored already.
func (m *migration) moved(from, to model.ChatID) {
	m.people.Migrate(from, to)
	m.manager().Migrate(from, to)
	m.component("telegram").WithFields(map[string]any{"from": int64(from), "to": int64(to)}).Warn("a chat has a new id: change it in the configuration")
}
