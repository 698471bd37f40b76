package kuma

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"opsbot/movein/moved"
)

// backup is the JSON that version 1 exports.
type backup struct {
	Notifications []row `json:"notificationList"`
	Monitors      []row `json:"monitorList"`
	Proxies       []row `json:"proxyList"`
	Maintenances  []row `json:"maintenanceList"`
}

// columns are the names of the backup that are not those of the database in another spelling.
var columns = map[string]string{"accepted_statuscodes": "accepted_statuscodes_json", "proxyId": "proxy_id", "jsonPath": "json_path", "dns_resolve_type": "dns_resolve_type"}

func readBackup(_ context.Context, path string) (*data, error) {
	text, err := moved.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var b backup
	if err := json.Unmarshal([]byte(text), &b); err != nil {
		return nil, fmt.Errorf("neither a database nor a backup: %w", err)
	}
	if b.Monitors == nil {
		return nil, errors.New("no backup of Uptime Kuma: it has no monitorList")
	}
	d := emptyData()
	for _, r := range b.Notifications {
		d.notifications = append(d.notifications, renamed(r))
	}
	for _, r := range b.Maintenances {
		d.maintenances = append(d.maintenances, renamed(r))
	}
	for _, r := range b.Proxies {
		d.proxies[r.text("id")] = r
	}
	for _, r := range b.Monitors {
		d.fromBackup(renamed(r))
	}
	return d, nil
}

// fromBackup takes over a monitor, whose tags and notifications are within it.
func (d *data) fromBackup(v row) {
	id := v.text("id")
	d.monitors = append(d.monitors, v)
	tags, _ := v["tags"].([]any)
	for _, tag := range tags {
		if object, ok := tag.(map[string]any); ok {
			d.tags[id] = append(d.tags[id], object)
		}
	}
	for notification, on := range v.inner("notification_idlist") {
		if on == true {
			d.notifiedBy[notification] = append(d.notifiedBy[notification], id)
		}
	}
}

// renamed is an object of a backup with the names of columns: upsideDown is upside_down.
func renamed(r row) row {
	all := row{}
	for key, value := range r {
		name, known := columns[key]
		if !known {
			name = snake(key)
		}
		all[name] = value
	}
	return all
}

// snake turns upsideDown into upside_down; letters that follow each other, as in notificationIDList, count as one word's.
func snake(name string) string {
	var b strings.Builder
	upper := false
	for _, r := range name {
		if r >= 'A' && r <= 'Z' {
			if !upper {
				b.WriteByte('_')
			}
			upper = true
			r += 'a' - 'A'
		} else {
			upper = false
		}
		b.WriteRune(r)
	}
	return b.String()
}
