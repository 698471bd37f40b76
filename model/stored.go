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
