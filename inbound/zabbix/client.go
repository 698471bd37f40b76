// Package zabbix speaks the API of Zabbix from 6.0 on: active problems, problems that began and ended while opsbot was
// disconnected, acknowledgements and maintenances, and the list of hosts; and it parses what the webhook of
// deploy/zabbix/mediatype_opsbot.yaml sends. It must not know chats, incidents or the inventory.
//
// An episode is a problem event of a trigger: its key is the event's id, which webhook, poll and replay all have. Times are
// whole seconds, the webhook's precision. The object is the id of the host, or several separated by commas.
package zabbix

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"opsbot/inbound"
	"opsbot/inbound/httpclient"
	"opsbot/inbound/payload"
	"opsbot/model"
)

// page is how many objects one answer holds at most: PHP keeps all of it in memory, 128 MB by default.
const page = 1000

// Options configure a Client.
type Options struct {
	URL      string             // of the frontend, "https://zabbix.example.com/zabbix", or of its api_jsonrpc.php
	HTTP     *httpclient.Client // without a login: how the token is sent depends on the version
	Token    model.Secret       // of the API
	HostFrom []string           // tags that may name the host, the most reliable first
	Now      func() time.Time

	Severities payload.Severities // by the names of Zabbix's: "high"
}

// Client is the client of one Zabbix. It is safe for concurrent use. It cannot see whether the server behind the frontend runs:
// while it does not, active problems stay active.
type Client struct {
	o       Options
	address string
	reader  reader
	odd     payload.Collector

	mu      sync.Mutex
	version string
	login   login
	users   map[string]string // names by id; "" if we may not see it
	active  map[string]bool   // ids of the last Snapshot
}

// New returns a Client. It sends nothing yet.
func New(o Options) *Client {
	web := strings.TrimRight(strings.TrimSuffix(o.URL, apiFile), "/")
	return &Client{
		o: o, address: web + "/" + apiFile, reader: reader{hostFrom: o.HostFrom, web: web, severities: o.Severities},
		users: map[string]string{}, active: map[string]bool{},
	}
}

const apiFile = "api_jsonrpc.php"

// Snapshot returns every unresolved problem of monitored triggers that we may read. Errors are *inbound.Fault.
func (c *Client) Snapshot(ctx context.Context) (inbound.Snapshot, error) {
	var all []problem
	for from := int64(0); ; {
		var some []problem
		err := c.call(ctx, forEvents, "problem.get", params{
			"output": []string{"eventid", "objectid", "clock", "name", "severity", "acknowledged", "suppressed"},
			"source": 0, "object": 0, "selectTags": []string{"tag", "value"}, "selectAcknowledges": []string{"userid", "action", "clock"},
			"eventid_from": strconv.FormatInt(from, 10), "sortfield": []string{"eventid"}, "sortorder": "ASC", "limit": page,
		}, &some)
		if err != nil {
			return inbound.Snapshot{}, err
		}
		all = append(all, some...)
		if len(some) < page {
			break
		}
		if last := some[len(some)-1].ID.number(); last >= from {
			from = last + 1
		} else {
			break // it ignores the offset
		}
	}
	events, err := c.events(ctx, all)
	if err != nil {
		return inbound.Snapshot{}, err
	}
	c.remember(events)
	return inbound.Snapshot{Events: events, Absences: 1, Odd: c.odd.Take()}, nil
}

func (c *Client) remember(events []model.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.active = make(map[string]bool, len(events))
	for i := range events {
		c.active[events[i].ID] = true
	}
}

// events turns problems into events. Those whose trigger is deleted, disabled or not readable are left out: Zabbix keeps the
// problem of a disabled trigger for ever.
func (c *Client) events(ctx context.Context, all []problem) ([]model.Event, error) {
	places, err := c.places(ctx, all)
	if err != nil {
		return nil, err
	}
	c.nameUsers(ctx, all)
	events := make([]model.Event, 0, len(all))
	for i := range all {
		if all[i].ID.number() <= 0 {
			c.odd.Skip("it has no eventid")
		} else if at, ok := places[all[i].Trigger]; ok {
			e := c.reader.event(&all[i], at)
			e.AckedBy = c.ackedBy(&all[i])
			events = append(events, e)
		}
	}
	return events, nil
}

// places finds the hosts and items of triggers, by their ids.
func (c *Client) places(ctx context.Context, all []problem) (map[text]place, error) {
	triggers := make([]text, len(all))
	for i := range all {
		triggers[i] = all[i].Trigger
	}
	slices.Sort(triggers)
	found := map[text]place{}
	for ids := range slices.Chunk(slices.Compact(triggers), page) {
		var some []trigger
		err := c.call(ctx, forEvents, "trigger.get", params{
			"triggerids": ids, "output": []string{"triggerid"}, "monitored": true,
			"selectHosts": []string{"hostid", "host", "name"}, "selectItems": []string{"key_"},
		}, &some)
		if err != nil {
			return nil, err
		}
		for i := range some {
			found[some[i].ID] = some[i].place()
		}
	}
	return found, c.addresses(ctx, found)
}

// addresses adds the interfaces to the hosts of places.
func (c *Client) addresses(ctx context.Context, places map[text]place) error {
	var ids []text
	for _, at := range places {
		for i := range at.hosts {
			ids = append(ids, at.hosts[i].ID)
		}
	}
	slices.Sort(ids)
	interfaces := map[text][]iface{}
	for some := range slices.Chunk(slices.Compact(ids), page) {
		var got []host
		err := c.call(ctx, forEvents, "host.get", params{
			"hostids": some, "output": []string{"hostid"}, "selectInterfaces": []string{"ip", "dns", "useip", "main"},
		}, &got)
		if err != nil {
			return err
		}
		for i := range got {
			interfaces[got[i].ID] = got[i].Interfaces
		}
	}
	for _, at := range places {
		for i := range at.hosts {
			at.hosts[i].Interfaces = interfaces[at.hosts[i].ID]
		}
	}
	return nil
}
