package ops

import (
	"context"
	"strconv"
	"strings"

	"opsbot/model"
)

// Outbox holds unsent notifications and dead letters. Revive and Discard write the audit entry in the same transaction.
type Outbox interface {
	// Waiting returns the first unsent notifications, by ID.
	Waiting(ctx context.Context, limit int) ([]model.Notification, error)
	// DeadLetters returns the first dead letters, by ID.
	DeadLetters(ctx context.Context, limit int) ([]model.DeadLetter, error)
	// Revive queues dead letters again; no ids: all of them. It returns how many will be sent.
	Revive(ctx context.Context, ids []int64, audit model.AuditEntry) (int, error)
	// Discard deletes notifications, dead or queued, and returns how many there were.
	Discard(ctx context.Context, ids []int64, audit model.AuditEntry) (int, error)
}

// mostListed bounds how many notifications are listed at once: each holds a snapshot of an incident.
const mostListed = 500

// Outbox returns queued notifications and dead letters, the oldest first; with dead only the latter.
func (k *Actions) Outbox(ctx context.Context, who model.Actor, dead bool) (model.OutboxList, error) {
	list := model.OutboxList{Waiting: []model.Notification{}, Dead: []model.DeadLetter{}}
	if err := k.need(ctx, who, model.RoleAdmin, "outbox list", ""); err != nil {
		return list, err
	}
	given, err := k.d.Outbox.DeadLetters(ctx, mostListed+1)
	if err != nil {
		return list, err
	}
	list.Dead, list.More = upTo(given, mostListed)
	if dead {
		return list, nil
	}
	waiting, err := k.d.Outbox.Waiting(ctx, mostListed+1)
	if err != nil {
		return list, err
	}
	var more bool
	list.Waiting, more = upTo(waiting, mostListed)
	list.More = list.More || more
	return list, nil
}

// upTo returns the first most items; more says that there were others.
func upTo[T any](all []T, most int) (few []T, more bool) {
	if len(all) > most {
		return all[:most], true
	}
	return append([]T{}, all...), false
}

// RetryOutbox queues dead letters again: those with the numbers, or with the word "all" every one. It returns how many.
func (k *Actions) RetryOutbox(ctx context.Context, who model.Actor, words []string) (int, error) {
	return k.changeOutbox(ctx, who, outboxChange{action: "outbox retry", words: words, all: true, change: k.d.Outbox.Revive})
}

// DropOutbox deletes notifications by their numbers: dead letters, and queued ones. It returns how many.
func (k *Actions) DropOutbox(ctx context.Context, who model.Actor, words []string) (int, error) {
	return k.changeOutbox(ctx, who, outboxChange{action: "outbox drop", words: words, change: k.d.Outbox.Discard})
}

// outboxChange is an action on notifications.
type outboxChange struct {
	action string
	words  []string
	all    bool // "all" is allowed
	change func(ctx context.Context, ids []int64, audit model.AuditEntry) (int, error)
}

func (k *Actions) changeOutbox(ctx context.Context, who model.Actor, c outboxChange) (int, error) {
	target := strings.Join(c.words, " ")
	if err := k.need(ctx, who, model.RoleAdmin, c.action, target); err != nil {
		return 0, err
	}
	var ids []int64
	if !c.all || target != "all" {
		var err error
		if ids, err = messageNumbers(c.words); err != nil {
			return 0, err
		}
	}
	entry := k.entry(who, c.action, target)
	n, err := c.change(ctx, ids, entry)
	switch {
	case err != nil:
		return 0, k.noted(ctx, entry, unchanged(err))
	case n == 0 && len(ids) > 0:
		return 0, k.noted(ctx, entry, noMessage(target))
	}
	return n, nil
}

// messageNumbers parses "41" or "#41", at least one.
func messageNumbers(words []string) ([]int64, error) {
	var ids []int64
	for _, w := range words {
		id, err := strconv.ParseInt(strings.TrimPrefix(w, "#"), 10, 64)
		if err != nil || id <= 0 {
			return nil, noMessage(w)
		}
		ids = append(ids, id)
	}
	if len(ids) == 0 {
		return nil, noMessage("")
	}
	return ids, nil
}

func noMessage(word string) error {
	return &model.Error{Code: model.ErrNoMessage, Args: map[string]string{"word": shorten(word)}}
}
