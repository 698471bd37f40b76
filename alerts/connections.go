package alerts

import (
	"context"
	"slices"
	"time"

	"opsbot/model"
)

const connectivityKey = string(model.IncidentConnectivity)

// connections are what opsbot itself is or was cut off from: the network, and sources of events.
type connections struct {
	disconnected map[string]model.Reason // sources, and why
	offlineFrom  time.Time               // the last time that opsbot was offline, and is over
	offlineTo    time.Time
}

func newConnections() connections { return connections{disconnected: map[string]model.Reason{}} }

// wasOffline notes a time in which opsbot was offline. Two that follow closely are one: between them not every check ran.
func (c *connections) wasOffline(from, to time.Time) {
	if from.After(c.offlineTo.Add(UnknownLimit)) {
		c.offlineFrom = from
	}
	if to.After(c.offlineTo) {
		c.offlineTo = to
	}
}

// unknownFrom is since when a check is unknown for reasons of its own: what became so while opsbot was offline counts from
// when it was online again.
func (c *connections) unknownFrom(st *model.CheckState) time.Time {
	if !st.UnknownSince.Before(c.offlineFrom) && st.UnknownSince.Before(c.offlineTo) {
		return c.offlineTo
	}
	return st.UnknownSince
}

// SetConnectivity says whether opsbot is online: why is what keeps it from that, the zero Reason when nothing does. While it
// is offline, no storm begins and what is unknown is no warning of its own. The error is the store's.
func (m *Manager) SetConnectivity(ctx context.Context, why model.Reason) error {
	return m.update(ctx, func(t *transaction) {
		if why.IsZero() {
			t.connections.backOnline(t)
			return
		}
		t.apply(connectivityKey, &model.Incident{Kind: model.IncidentConnectivity, Severity: model.SeverityCritical, Reason: why})
	})
}

// backOnline ends the incident of being offline, and repeats the checks that could not be judged.
func (c *connections) backOnline(t *transaction) {
	offline := t.offline()
	if offline == nil {
		return
	}
	c.wasOffline(offlineSince(offline), t.at)
	t.apply(connectivityKey, nil)
	for _, tr := range t.checks.unknown {
		t.requests.repeats = append(t.requests.repeats, tr.check)
	}
	t.wakeBy(t.at.Add(UnknownLimit))
}

// Offline reports whether opsbot is offline, as was said last, restarts included.
func (m *Manager) Offline() bool {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.state.offline() != nil
}

// offline is the incident of opsbot being offline; nil while it is online, also when that comes and goes and its incident
// stays.
func (s *state) offline() *incident {
	if in := s.incidents.open[connectivityKey]; in != nil && !in.Condition().Works() {
		return in
	}
	return nil
}

// offlineSince is when opsbot went offline last.
func offlineSince(offline *incident) time.Time {
	if offline.Flap != nil {
		return offline.Flap.ChangedAt
	}
	return offline.OpenedAt
}

// wantOffline is the incident that opsbot's own network has to have, as was said last.
func (s *state) wantOffline() *model.Incident {
	offline := s.offline()
	if offline == nil {
		return nil
	}
	same := offline.Incident
	same.Flap = nil
	return &same
}

// SetSources says which sources there are; how their names are found in the inventory may have changed with them. The events
// of others end, unconfirmed, and so does their disconnection. The error is the store's.
func (m *Manager) SetSources(ctx context.Context, names []string) error {
	return m.update(ctx, func(t *transaction) {
		t.events.relocate(t)
		for _, e := range t.events.known {
			if e.Active() && !slices.Contains(names, e.Source) {
				over := *e
				over.EndedAt, over.End = t.at, model.EndUnconfirmed
				t.events.receive(t, over)
			}
		}
		for name := range t.connections.disconnected {
			if !slices.Contains(names, name) {
				t.connections.setSource(t, name, model.Reason{})
			}
		}
	})
}

// SetSource says that a source is disconnected, and why; the zero Reason: it is connected. The error is the store's.
func (m *Manager) SetSource(ctx context.Context, name string, why model.Reason) error {
	return m.update(ctx, func(t *transaction) { t.connections.setSource(t, name, why) })
}

func (c *connections) setSource(t *transaction, name string, why model.Reason) {
	if why.IsZero() {
		delete(c.disconnected, name)
	} else {
		c.disconnected[name] = why
	}
	t.apply("source:"+name, c.wantSource(name))
	for _, g := range t.groups.open {
		g.dirty = true // its card says which of its sources are disconnected
	}
}

// wantSource is the incident that a source has to have.
func (c *connections) wantSource(name string) *model.Incident {
	why, disconnected := c.disconnected[name]
	if !disconnected {
		return nil
	}
	return &model.Incident{Kind: model.IncidentSource, Source: name, Severity: model.SeverityCritical, Reason: why}
}
