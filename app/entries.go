package app

import (
	"opsbot/model"
	"opsbot/schedule"
)

// entries are the schedules of all checks.
func entries(inv *model.Inventory) []schedule.Entry {
	all := make([]schedule.Entry, 0, len(inv.Checks()))
	for _, c := range inv.Checks() {
		all = append(all, schedule.Entry{ID: c.ID, Expression: c.Schedule})
	}
	return all
}
