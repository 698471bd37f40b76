package alertmanager

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"opsbot/inbound"
	"opsbot/inbound/httpclient"
	"opsbot/model"
)

const (
	// absences: one empty list may be a moment's.
	absences = 2
	// settling is for how long after its start an Alertmanager may not know what stands: Prometheus sends again after a minute.
	settling = 2 * time.Minute
)

// Options make a Client.
type Options struct {
	URLs       []string           // of the members of one cluster, at least one: "http://am1:9093", with its path prefix
	Prometheus []string           // asked whether an alert is really over, with the same login; none: no end can be confirmed
	HostFrom   []string           // labels that may name the host, the surest first; none is DefaultHostFrom
	HTTP       *httpclient.Client // logs in
	Now        func() time.Time
}

// Client asks the members of one Alertmanager cluster. What stands at one of them stands; as long as one answers, the others
// are only missed. It is an inbound.Client, Confirmer and Writer, and safe for concurrent use.
type Client struct {
	o        Options
	evidence evidence
}

// New makes a Client. Nothing is asked yet.
func New(o Options) *Client {
	o.HostFrom = orDefault(o.HostFrom)
	o.URLs, o.Prometheus = bases(o.URLs), bases(o.Prometheus)
	return &Client{o: o}
}

// bases are addresses without the slash at their end.
func bases(urls []string) []string {
	out := make([]string, len(urls))
	for i, u := range urls {
		out[i] = strings.TrimRight(u, "/")
	}
	return out
}

// status is what /api/v2/status says, as far as it matters.
type status struct {
	Uptime  time.Time `json:"uptime"` // when it was started
	Version struct {
		Version string `json:"version"`
	} `json:"versionInfo"`
}

// member is what one member answered.
type member struct {
	name   string
	status status
	alerts []alert
	err    error
}

// Probe asks every member who it is, and every Prometheus whether it is there. That a member is not is said by Snapshot.
func (c *Client) Probe(ctx context.Context) (inbound.Probe, error) {
	answered, _, err := c.ask(ctx, func(ctx context.Context, base string, m *member) error {
		return c.o.HTTP.JSON(ctx, httpclient.Request{URL: base + "/api/v2/status"}, &m.status)
	})
	if err != nil {
		return inbound.Probe{}, err
	}
	var versions []string
	for i := range answered {
		if v := answered[i].status.Version.Version; v != "" && !slices.Contains(versions, v) {
			versions = append(versions, v)
		}
	}
	return inbound.Probe{Version: strings.Join(versions, ", "), Missing: c.unproven(ctx)}, nil
}

// Snapshot asks every member what stands there.
func (c *Client) Snapshot(ctx context.Context) (inbound.Snapshot, error) {
	answered, missing, err := c.ask(ctx, func(ctx context.Context, base string, m *member) error {
		if err := c.o.HTTP.JSON(ctx, httpclient.Request{URL: base + "/api/v2/status"}, &m.status); err != nil {
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
		boots = append(boots, m.name+"="+m.status.Uptime.UTC().Format(time.RFC3339Nano))
		snap.Unsettled = snap.Unsettled && c.o.Now().Sub(m.status.Uptime) < settling
	}
	snap.Boot = strings.Join(boots, " ")
	snap.Events, err = c.union(answered)
	return snap, err
}

// union is what stands at any of the members; what one of them would tell of is not suppressed.
func (c *Client) union(members []member) ([]model.Event, error) {
	var events []model.Event
	at := map[string]int{}
	for i := range members {
		for k := range members[i].alerts {
			e, err := members[i].alerts[k].active(c.o.HostFrom)
			if err != nil {
				return nil, httpclient.Garbage(fmt.Errorf("%s: alert %d: %w", members[i].name, k, err))
			}
			if n, have := at[e.ID]; have {
				events[n].Suppressed = events[n].Suppressed && e.Suppressed
				continue
			}
			at[e.ID] = len(events)
			events = append(events, e)
		}
	}
	return events, nil
}

// standing is the event of an alert of the API.
func (a *alert) active(hostFrom []string) (model.Event, error) {
	var status struct {
		State string `json:"state"`
	}
	if err := json.Unmarshal(a.Status, &status); err != nil {
		return model.Event{}, errors.New("its status cannot be read")
	}
	e, err := a.event(hostFrom)
	e.Suppressed = status.State == "suppressed"
	return e, err
}

// ask asks every member at once. It returns those that answered, and what kept the others from it; an error when that is all.
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

// named is why one of several did not answer.
func named(name string, err error) model.Reason {
	reason := inbound.AsFault(err).Reason
	return model.NewReason(reason.Code, "said", name+": "+reason.Args["said"])
}

// hostPort is how a member is called: an address may hold a password.
func hostPort(base string) string {
	if u, err := url.Parse(base); err == nil {
		return u.Host
	}
	return "?"
}
