package zabbix

import (
	"context"
	"strings"

	"opsbot/model"
)

// Find implements inbound.Writer: the id of a maintenance that has not expired and whose description ends with a mark. Errors
// are *inbound.Fault.
func (c *Client) Find(ctx context.Context, mark string) (string, error) {
	var there []struct {
		ID          text   `json:"maintenanceid"`
		Description string `json:"description"`
		Till        text   `json:"active_till"`
	}
	if err := c.call(ctx, forDowntime, "maintenance.get", params{"output": []string{"maintenanceid", "description", "active_till"}}, &there); err != nil {
		return "", err
	}
	now := c.o.Now()
	for _, m := range there {
		if mark != "" && strings.HasSuffix(m.Description, mark) && moment(m.Till).After(now) {
			return string(m.ID), nil
		}
	}
	return "", nil
}

// Objects returns every monitored host that we may read, with the fields of an event about it: Object and Names. Errors are
// *inbound.Fault.
func (c *Client) Objects(ctx context.Context) ([]model.Event, error) {
	var found []host
	err := c.call(ctx, forHosts, "host.get", params{
		"output": []string{"hostid", "host", "name"}, "monitored_hosts": true, "selectInterfaces": []string{"ip", "dns", "useip", "main"},
		"selectTags": []string{"tag", "value"},
	}, &found)
	if err != nil {
		return nil, err
	}
	all := make([]model.Event, len(found))
	for i := range found {
		e := c.reader.event(&problem{Tags: found[i].Tags}, place{hosts: found[i : i+1]})
		all[i] = model.Event{Object: e.Object, Names: e.Names}
	}
	return all, nil
}
