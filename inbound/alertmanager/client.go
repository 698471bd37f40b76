package alertmanager

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"opsbot/inbound"
	"opsbot/inbound/httpclient"
	"opsbot/inbound/payload"
	"opsbot/model"
)

const (
	// absences: one empty list may be a glitch.
	absences = 2
	// settling is how long after its start an Alertmanager may not know all active alerts: Prometheus sends them again after a
	// minute.
	settling = 2 * time.Minute
)

// Options configure a Client.
type Options struct {
	URLs       []string           // of the members of one cluster, at least one: "http://am1:9093", with its path prefix
	Prometheus []string           // queried to confirm that an alert has really ended, with the same login; none: no end can be confirmed
	Reader                        // how alerts are read; with Now
	HTTP       *httpclient.Client // with the login
}

// Client polls the members of one Alertmanager cluster. What is active at any of them is active; as long as one answers,
// missing members are only reported. It is an inbound.Client, Confirmer and Writer, and safe for concurrent use.
type Client struct {
	o        Options
	evidence evidence
	odd      payload.Collector // of answers but those to Snapshot
}

// New returns a Client. It sends nothing yet.
func New(o Options) *Client {
	o.HostFrom = o.hostFrom()
	o.URLs, o.Prometheus = bases(o.URLs), bases(o.Prometheus)
	return &Client{o: o}
}

// bases are addresses without a trailing slash.
func bases(urls []string) []string {
	out := make([]string, len(urls))
	for i, u := range urls {
		out[i] = strings.TrimRight(u, "/")
	}
	return out
}

// status is the used part of the answer of /api/v2/status: when it started, zero if that cannot be read, and its version.
type status struct {
	uptime  time.Time
	version string
}

// status asks a member for its status. That something in it cannot be read is no reason to ask it nothing else.
func (c *Client) status(ctx context.Context, base string) (s status, err error) {
	var raw json.RawMessage
	if err := c.o.HTTP.JSON(ctx, httpclient.Request{URL: base + "/api/v2/status"}, &raw); err != nil {
		return s, err
	}
	var n payload.Notes
	defer c.note(&n)
	answer := fields(&n, raw)
	version, _ := answer["versionInfo"].(map[string]any)
	s.uptime, s.version = n.Time("status.uptime", answer["uptime"], c.o.Zone), n.Text("status.version", version["version"])
	return s, nil
}

// member is the answer of one member.
type member struct {
	name   string
	status status
	alerts []json.RawMessage
	err    error
}

// Probe asks every member for its version, and checks that every Prometheus answers. A member that does not is reported by
// Snapshot.
func (c *Client) Probe(ctx context.Context) (inbound.Probe, error) {
	answered, _, err := c.ask(ctx, func(ctx context.Context, base string, m *member) (err error) {
		m.status, err = c.status(ctx, base)
		return err
	})
	if err != nil {
		return inbound.Probe{}, err
	}
	var versions []string
	for i := range answered {
		if v := answered[i].status.version; v != "" && !slices.Contains(versions, v) {
			versions = append(versions, v)
		}
	}
	return inbound.Probe{Version: strings.Join(versions, ", "), Missing: c.unproven(ctx)}, nil
}

// Snapshot asks every member for its active alerts.
func (c *Client) Snapshot(ctx context.Context) (inbound.Snapshot, error) {
	answered, missing, err := c.ask(ctx, func(ctx context.Context, base string, m *member) (err error) {
		if m.status, err = c.status(ctx, base); err != nil {
			return err
		}
		return c.o.HTTP.JSON(ctx, httpclient.Request{URL: base + "/api/v2/alerts"}, &m.alerts)
	})
	if err != nil {
		return inbound.Snapshot{}, err
	}
	snap := inbound.Snapshot{Absences: absences, Unsettled: true, Missing: missing}
	var boots []string
	for i := range answered {
		m := &answered[i]
		boots = append(boots, m.name+"="+m.status.uptime.UTC().Format(time.RFC3339Nano))
		snap.Unsettled = snap.Unsettled && c.o.Now().Sub(m.status.uptime) < settling
	}
	snap.Boot = strings.Join(boots, " ")
	var n payload.Notes
	snap.Events = c.union(answered, &n)
	snap.Odd = append(n.All(), c.odd.Take()...)
	return snap, nil
}

// union is what is active at any of the members, since the earliest of their times; an alert that is not suppressed at one of them is
// not suppressed.
func (c *Client) union(members []member, n *payload.Notes) []model.Event {
	var events []model.Event
	at := map[string]int{}
	for i := range members {
		for k, raw := range members[i].alerts {
			n.At = k
			e, ok := c.active(n, raw)
			if !ok {
				continue
			}
			if known, have := at[e.Object]; have {
				suppressed := events[known].Suppressed && e.Suppressed
				if e.OpenedAt.Before(events[known].OpenedAt) {
					events[known] = e
				}
				events[known].Suppressed = suppressed
				continue
			}
			at[e.Object] = len(events)
			events = append(events, e)
		}
	}
	return events
}

// active is the event of an alert of the API.
func (c *Client) active(n *payload.Notes, raw json.RawMessage) (model.Event, bool) {
	item, err := payload.Decode(raw)
	if err != nil {
		n.Skip("it is not JSON")
		return model.Event{}, false
	}
	a, ok := c.o.alert(n, item)
	if !ok {
		return model.Event{}, false
	}
	e := a.event(c.o.HostFrom)
	fields, _ := item.(map[string]any)
	status, _ := fields["status"].(map[string]any)
	e.Suppressed = n.Text("status.state", status["state"]) == "suppressed"
	return e, true
}

// ask queries every member concurrently. It returns those that answered, and why the others did not; an error if none did.
func (c *Client) ask(ctx context.Context, one func(context.Context, string, *member) error) ([]member, []model.Reason, error) {
	all := make([]member, len(c.o.URLs))
	var group sync.WaitGroup
	for i, base := range c.o.URLs {
		all[i].name = hostPort(base)
		group.Go(func() { all[i].err = one(ctx, base, &all[i]) })
	}
	group.Wait()
	var answered []member
	var missing []model.Reason
	for i := range all {
		if all[i].err == nil {
			answered = append(answered, all[i])
		} else {
			missing = append(missing, named(all[i].name, all[i].err))
		}
	}
	if len(answered) == 0 {
		return nil, nil, inbound.AsFault(all[0].err)
	}
	return answered, missing, nil
}

// named is why one of several members did not answer.
func named(name string, err error) model.Reason {
	reason := inbound.AsFault(err).Reason
	return model.NewReason(reason.Code, "said", name+": "+reason.Args["said"])
}

// hostPort names a member: its full address may contain a password.
func hostPort(base string) string {
	if u, err := url.Parse(base); err == nil {
		return u.Host
	}
	return "?"
}
