package app

import (
	"context"
	"time"

	"opsbot/bot"
)

// newPinned makes the pinned messages of chats.
func newPinned(ctx context.Context, b *base, d *chatDeps) (*bot.PinnedMessages, error) {
	key, err := buttonKey(ctx, b.db)
	if err != nil {
		return nil, err
	}
	return bot.NewPinnedMessages(ctx, bot.PinnedDeps{
		Chats: d.people.Chats, Overview: d.actions.Overview, Sender: d.link.sender, Buttons: b.db, Store: b.db, Key: key, Texts: b.texts,
		Zone: b.zone, Notice: d.outbox.noticeTo, Name: d.outbox.name, Queued: d.outbox.dispatcher.Notify, Now: b.Now, After: time.After,
		Log: b.component("pinned"),
	})
}
