package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"opsbot/alerts"
	"opsbot/inventory"
	"opsbot/model"
	"opsbot/ops"
	"opsbot/store"
)

// asked is a fleet of which somebody asks, in this process.
type asked struct {
	inv     *model.Inventory
	live    *inventory.Live
	manager *alerts.Manager
	actions *ops.Actions
	db      *store.DB
	dir     string
}
