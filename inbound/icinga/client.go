// Package icinga speaks the API of Icinga 2: active problems, changes as they happen, acknowledgements and downtimes, and the
// list of hosts. It must not know chats, incidents or the inventory.
//
// The event stream is only a signal: it says that something happened to an object, not what the object's state is by then, and
// none of its addresses, variables and groups. Objects that it names are queried, and the answer is reported. So the stream and
// the poll read the same attributes by the same code, and give the same episode the same key.
//
// An episode is of one host or service, from its first hard problem until it is OK again. Its key is the object and the time at
// which it was last OK ("web1!http@1795314579917", in milliseconds; 0 if it never was): this time does not change as long as a
// problem lasts, whatever becomes of its severity, and Icinga keeps it over its own restarts. last_hard_state_change would not
// do: it moves when a WARNING becomes CRITICAL.
package icinga

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"opsbot/inbound"
	"opsbot/inbound/httpclient"
	"opsbot/inbound/payload"
	"opsbot/model"
)

// Options configure a Client.
type Options struct {
	URL      string             // of the API: "https://icinga.example.com:5665"
	HTTP     *httpclient.Client // with the login
	HostFrom []string           // variables that may name the host, the most reliable first: "vars.fqdn"
	Now      func() time.Time

	Severities payload.Severities // by the names of states: "unknown", "down"
}

// Client is the client of one Icinga. It is safe for concurrent use, and remembers active problems.
type Client struct {
	o    Options
	base string
	odd  payload.Collector

	turn chan struct{}      // holds one token: its holder may query and use what follows, so that no answer overtakes another
	open map[string]episode // by object
}

// New returns a Client. It sends nothing yet.
func New(o Options) *Client {
	base := strings.TrimSuffix(strings.TrimRight(o.URL, "/"), "/v1") + "/v1"
	c := &Client{o: o, base: base, turn: make(chan struct{}, 1), open: map[string]episode{}}
	c.turn <- struct{}{}
	return c
}

func (c *Client) take(ctx context.Context) error {
	select {
	case <-c.turn:
		return nil
	case <-ctx.Done():
		return httpclient.Away(ctx.Err())
	}
}

func (c *Client) give() { c.turn <- struct{}{} }

// Snapshot returns every host and service with a hard problem. A known problem is active until it was OK after its beginning,
// even if Icinga lost its state. Errors are *inbound.Fault.
func (c *Client) Snapshot(ctx context.Context) (inbound.Snapshot, error) {
	if err := c.take(ctx); err != nil {
		return inbound.Snapshot{}, err
	}
	defer c.give()
	boot, err := c.boot(ctx)
	if err != nil {
		return inbound.Snapshot{}, err
	}
	var found []object
	for _, of := range []kind{hosts, services} {
		some, err := c.query(ctx, of, map[string]any{"filter": of.name + ".state != 0"})
		if notFound(err) { // a filter without matches is answered with an empty list
			return inbound.Snapshot{}, right{"objects/query/" + of.title, forEvents}.missing()
		}
		if err != nil {
			return inbound.Snapshot{}, err
		}
		found = append(found, some...)
	}
	left, err := c.left(ctx, found)
	if err != nil {
		return inbound.Snapshot{}, err
	}
	found = append(found, left...)
	s := inbound.Snapshot{Boot: boot, Absences: 1, Events: make([]model.Event, 0, len(found))}
	active, authors := make(map[string]episode, len(found)), c.authors(ctx, found)
	for i := range found {
		if e, ok := c.active(&found[i], authors); ok {
			active[e.Object] = e
			s.Events = append(s.Events, e.Event)
		}
	}
	c.open, s.Odd = active, c.odd.Take()
	slices.SortFunc(s.Events, model.CompareEvents)
	return s, nil
}

// left queries the objects of known problems that are not among those found.
func (c *Client) left(ctx context.Context, found []object) ([]object, error) {
	here := make(map[string]bool, len(found))
	for i := range found {
		here[found[i].key()] = true
	}
	names := map[string][]string{}
	for key := range c.open {
		if of := kindOf(key); !here[key] {
			names[of.plural] = append(names[of.plural], key)
		}
	}
	var all []object
	for _, of := range []kind{hosts, services} {
		for some := range slices.Chunk(names[of.plural], atOnce) {
			got, err := c.named(ctx, of, some)
			if err != nil {
				return nil, err
			}
			all = append(all, got...)
		}
	}
	return all, nil
}

// boot is when Icinga was started.
func (c *Client) boot(ctx context.Context) (string, error) {
	var answer struct {
		Results []struct {
			Status struct {
				Application struct {
					App struct {
						Start json.Number `json:"program_start"`
					} `json:"app"`
				} `json:"icingaapplication"`
			} `json:"status"`
		} `json:"results"`
	}
	err := c.o.HTTP.JSON(ctx, httpclient.Request{URL: c.base + "/status/IcingaApplication"}, &answer)
	switch {
	case notFound(err):
		return "", right{"status/query", forEvents}.missing()
	case err != nil:
		return "", err
	case len(answer.Results) != 1 || answer.Results[0].Status.Application.App.Start == "":
		return "", httpclient.Garbage(errors.New("a status without program_start"))
	}
	return answer.Results[0].Status.Application.App.Start.String(), nil
}

// query requests objects of a kind; which selects them, by a filter or by names.
func (c *Client) query(ctx context.Context, of kind, which map[string]any) ([]object, error) {
	body := map[string]any{"attrs": of.attrs}
	if len(of.joins) > 0 {
		body["joins"] = of.joins
	}
	maps.Copy(body, which)
	var answer struct {
		Results []object `json:"results"`
	}
	// A query may be a POST, whose size is practically unlimited, with an override to GET.
	header := http.Header{"X-Http-Method-Override": {http.MethodGet}}
	err := c.o.HTTP.JSON(ctx, httpclient.Request{URL: c.base + "/objects/" + of.plural, Header: header, Body: body}, &answer)
	field, other := payload.Lenient(err)
	if other != nil || field != "" && isFact(field) {
		return nil, err
	}
	if field != "" {
		c.odd.Add(of.title+": "+field, payload.Unreadable)
	}
	return answer.Results, nil
}

// isFact reports whether an answer is worth nothing without a field: which objects there are, and whether they are well.
func isFact(field string) bool {
	last := field[strings.LastIndexByte(field, '.')+1:]
	return slices.Contains([]string{"results", "type", "name", "host_name", "state", "state_type", "attrs"}, last)
}

// authors finds who acknowledged, by object. It is optional: without the right to read comments there are no names.
func (c *Client) authors(ctx context.Context, found []object) map[string]string {
	now := c.o.Now()
	if !slices.ContainsFunc(found, func(o object) bool { return o.Attrs.acked(now) }) {
		return nil
	}
	const ofAcknowledgements = "comment.entry_type == 4"
	all, err := c.query(ctx, comments, map[string]any{"filter": ofAcknowledgements})
	if err != nil {
		return nil
	}
	slices.SortStableFunc(all, func(a, b object) int { return int(a.Attrs.EntryTime - b.Attrs.EntryTime) })
	named := make(map[string]string, len(all))
	for i := range all {
		named[join(all[i].Attrs.HostName, all[i].Attrs.ServiceName)] = all[i].Attrs.Author
	}
	return named
}
