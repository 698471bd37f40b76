package zabbix

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"opsbot/inbound"
	"opsbot/model"
)

// Acknowledge implements inbound.Writer. Zabbix's acknowledgements do not expire: Until is ignored. Errors are *inbound.Fault.
func (c *Client) Acknowledge(ctx context.Context, e model.Event, n inbound.Note) error {
	return c.AcknowledgeAll(ctx, []model.Event{e}, n)
}

// AcknowledgeAll implements inbound.Batcher: Zabbix declines all of them if it does not know one. Errors are *inbound.Fault.
func (c *Client) AcknowledgeAll(ctx context.Context, all []model.Event, n inbound.Note) error {
	action, with := bitAcknowledge, params{"eventids": eventIDs(all)}
	if message := said(n); message != "" {
		action |= bitMessage
		with["message"] = message
	}
	with["action"] = action
	return c.call(ctx, forAck, "event.acknowledge", with, nil)
}

// Unacknowledge implements inbound.Writer. Errors are *inbound.Fault.
func (c *Client) Unacknowledge(ctx context.Context, e model.Event) error {
	return c.UnacknowledgeAll(ctx, []model.Event{e})
}

// UnacknowledgeAll implements inbound.Batcher. Errors are *inbound.Fault.
func (c *Client) UnacknowledgeAll(ctx context.Context, all []model.Event) error {
	return c.call(ctx, forAck, "event.acknowledge", params{"eventids": eventIDs(all), "action": bitUnacknowledge}, nil)
}

func eventIDs(all []model.Event) []string {
	ids := make([]string, len(all))
	for i := range all {
		ids[i] = all[i].ID
	}
	return ids
}

// said is the message of an action in Zabbix.
func said(n inbound.Note) string {
	const most = 2048 // characters of a message, by Zabbix's tables
	message := strings.Trim(strings.TrimSpace(n.Author)+": "+strings.TrimSpace(n.Comment), ": ")
	return strings.ToValidUTF8(message[:min(len(message), most)], "")
}

const (
	// leastMaintenance is Zabbix's own limit.
	leastMaintenance = 5 * time.Minute
	maxMaintenance   = 128 // characters of its name
)

// Suppress sets one maintenance, with data collection, for the hosts of events: whole minutes, at least 5. It begins up to a
// minute late, Zabbix's own interval. Hosts without write permission are left out. The handle is the maintenance's id; expired
// ones stay in Zabbix's list. Errors are *inbound.Fault.
func (c *Client) Suppress(ctx context.Context, all []model.Event, n inbound.Note) (string, error) {
	hosts, err := c.editable(ctx, all)
	if err != nil {
		return "", err
	}
	now := c.o.Now()
	since := now.Truncate(time.Minute)
	period := max(n.Until.Sub(since), leastMaintenance) + time.Minute - 1
	period = period.Truncate(time.Minute)
	name := fmt.Sprintf("opsbot %s %s", now.UTC().Format("2006-01-02 15:04:05.000"), strings.TrimSpace(n.Author)) // it must be unique
	var done struct {
		IDs []text `json:"maintenanceids"`
	}
	err = c.call(ctx, forDowntime, "maintenance.create", params{
		"name": strings.ToValidUTF8(name[:min(len(name), maxMaintenance)], ""), "description": said(n),
		"active_since": since.Unix(), "active_till": since.Add(period).Unix(), "hosts": hosts,
		"timeperiods": []params{{"timeperiod_type": 0, "start_date": since.Unix(), "period": int64(period / time.Second)}},
	}, &done)
	if err != nil {
		return "", err
	}
	if len(done.IDs) != 1 {
		return "", declined(errors.New("maintenance.create names no maintenance"))
	}
	return string(done.IDs[0]), nil
}

// editable returns the hosts of events that we may write to.
func (c *Client) editable(ctx context.Context, all []model.Event) ([]params, error) {
	var ids []string
	for i := range all {
		ids = append(ids, strings.Split(all[i].Object, ",")...)
	}
	slices.Sort(ids)
	ids = slices.DeleteFunc(slices.Compact(ids), func(id string) bool { return id == "" })
	var ours []params
	for some := range slices.Chunk(ids, page) {
		var got []host
		if err := c.call(ctx, forDowntime, "host.get", params{"hostids": some, "output": []string{"hostid"}, "editable": true}, &got); err != nil {
			return nil, err
		}
		for i := range got {
			ours = append(ours, params{"hostid": got[i].ID})
		}
	}
	if len(ours) == 0 {
		return nil, missing("read-write to the hosts", forDowntime, errors.New("no write permission for any of the hosts"))
	}
	return ours, nil
}

// Expire deletes a maintenance, if it still exists. Errors are *inbound.Fault.
func (c *Client) Expire(ctx context.Context, handle string) error {
	var there []struct {
		ID text `json:"maintenanceid"`
	}
	if err := c.call(ctx, forDowntime, "maintenance.get", params{"maintenanceids": []string{handle}, "output": []string{"maintenanceid"}}, &there); err != nil {
		return err
	}
	if len(there) == 0 {
		return nil
	}
	return c.call(ctx, forDowntime, "maintenance.delete", []string{handle}, nil)
}
