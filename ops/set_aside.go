package ops

import (
	"context"
	"strconv"
	"strings"

	"opsbot/model"
)

// SetAside holds the rows of the database that could not be read. DropAside writes the audit entry in the same transaction.
type SetAside interface {
	// SetAside returns the last rows, the newest first.
	SetAside(ctx context.Context, limit int) ([]model.SetAsideRow, error)
	// DropAside deletes rows by their numbers; no numbers: all of them. It returns how many there were.
	DropAside(ctx context.Context, ids []int64, audit model.AuditEntry) (int, error)
}

// SetAside returns the rows of the database that could not be read, the newest first.
func (k *Actions) SetAside(ctx context.Context, who model.Actor) ([]model.SetAsideRow, error) {
	if err := k.need(ctx, who, model.RoleAdmin, "set-aside list", ""); err != nil {
		return nil, err
	}
	rows, err := k.d.SetAside.SetAside(ctx, mostListed)
	if rows == nil {
		rows = []model.SetAsideRow{}
	}
	return rows, err
}

// DropSetAside deletes such rows by their numbers, or all of them by the word "all". It returns how many.
func (k *Actions) DropSetAside(ctx context.Context, who model.Actor, words []string) (int, error) {
	target := strings.Join(words, " ")
	if err := k.need(ctx, who, model.RoleAdmin, "set-aside drop", target); err != nil {
		return 0, err
	}
	var ids []int64
	if target != "all" {
		var err error
		if ids, err = rowNumbers(words); err != nil {
			return 0, err
		}
	}
	entry := k.entry(who, "set-aside drop", target)
	n, err := k.d.SetAside.DropAside(ctx, ids, entry)
	switch {
	case err != nil:
		return 0, k.noted(ctx, entry, err)
	case n == 0 && len(ids) > 0:
		return 0, k.noted(ctx, entry, noRow(target))
	}
	return n, nil
}

// rowNumbers parses "41" or "#41", at least one.
func rowNumbers(words []string) ([]int64, error) {
	var ids []int64
	for _, w := range words {
		id, err := strconv.ParseInt(strings.TrimPrefix(w, "#"), 10, 64)
		if err != nil || id <= 0 {
			return nil, noRow(w)
		}
		ids = append(ids, id)
	}
	if len(ids) == 0 {
		return nil, noRow("")
	}
	return ids, nil
}

func noRow(word string) error {
	return &model.Error{Code: model.ErrNoSetAside, Args: map[string]string{"word": shorten(word)}}
}
