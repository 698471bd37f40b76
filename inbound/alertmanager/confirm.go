package alertmanager

import (
	"context"
	"encoding/json"
	"net/url"
	"sync"
	"time"

	"opsbot/inbound"
	"opsbot/inbound/httpclient"
	"opsbot/inbound/payload"
	"opsbot/model"
)

// evidenceFor is how long an answer of Prometheus is used for further events.
const evidenceFor = 5 * time.Second

// Confirm reports whether a Prometheus successfully scrapes the target of the alert, and has no such alert, not even a pending one.
// Without a Prometheus, or for an alert without the labels instance and job, that cannot be known: false.
//
// It guards against two false ends: of a Prometheus that died, whose alerts Alertmanager ends after some minutes, and of an
// exporter that died, whose alerts end with the next evaluation since nothing is measured.
func (c *Client) Confirm(ctx context.Context, e model.Event) (bool, error) {
	if len(c.o.Prometheus) == 0 || e.Labels["instance"] == "" || e.Labels["job"] == "" {
		return false, nil
	}
	said, err := c.evidence.get(ctx, c)
	if err != nil {
		return false, err
	}
	return said.up[target(e.Labels)] && !said.fires(e.Labels), nil
}

// unproven returns which Prometheus does not answer.
func (c *Client) unproven(ctx context.Context) []model.Reason {
	var missing []model.Reason
	for _, base := range c.o.Prometheus {
		if _, err := c.query(ctx, base, "vector(1)"); err != nil {
			missing = append(missing, named("Prometheus "+hostPort(base), err))
		}
	}
	return missing
}

// evidence caches the last answers of the Prometheus servers. It is safe for concurrent use.
type evidence struct {
	mu   sync.Mutex
	at   time.Time
	last *testimony
}

// testimony is their answers. It is immutable.
type testimony struct {
	up     map[string]bool                // by target: some Prometheus scrapes it
	firing map[string][]map[string]string // labels of alerts, by name and instance
}

func (v *evidence) get(ctx context.Context, c *Client) (*testimony, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	now := c.o.Now()
	if v.last != nil && now.Sub(v.at) < evidenceFor && !now.Before(v.at) {
		return v.last, nil
	}
	fresh, err := c.receive(ctx)
	if err != nil {
		return nil, err
	}
	v.last, v.at = fresh, now
	return fresh, nil
}

// receive asks every Prometheus; one answer is enough.
func (c *Client) receive(ctx context.Context) (*testimony, error) {
	t := &testimony{up: map[string]bool{}, firing: map[string][]map[string]string{}}
	var first error
	received := false
	for _, base := range c.o.Prometheus {
		err := c.question(ctx, base, t)
		received = received || err == nil
		if first == nil {
			first = err
		}
	}
	if !received {
		return nil, inbound.AsFault(first)
	}
	return t, nil
}

// question queries one Prometheus; nothing is used unless it answers both queries. What cannot be read of an answer costs that alert or
// that series alone.
func (c *Client) question(ctx context.Context, base string, t *testimony) error {
	var answer struct {
		Data struct {
			Alerts []json.RawMessage `json:"alerts"`
		} `json:"data"`
	}
	if err := c.o.HTTP.JSON(ctx, httpclient.Request{URL: base + "/api/v1/alerts"}, &answer); err != nil {
		return err
	}
	samples, err := c.query(ctx, base, "up")
	if err != nil {
		return err
	}
	for i := range samples {
		if key := target(samples[i].metric); samples[i].value == "1" {
			t.up[key] = true
		}
	}
	var n payload.Notes
	defer c.note(&n)
	for i, raw := range answer.Data.Alerts {
		n.At = i
		if labels := n.Labels("alerts.labels", fields(&n, raw)["labels"]); len(labels) > 0 {
			t.firing[subject(labels)] = append(t.firing[subject(labels)], labels)
		}
	}
	return nil
}

// sample is one series of an instant query: its labels, and its value as it was written.
type sample struct {
	metric map[string]string
	value  string
}

func (c *Client) query(ctx context.Context, base, expr string) ([]sample, error) {
	var answer struct {
		Data struct {
			Result []json.RawMessage `json:"result"`
		} `json:"data"`
	}
	address := base + "/api/v1/query?query=" + url.QueryEscape(expr)
	err := c.o.HTTP.JSON(ctx, httpclient.Request{URL: address}, &answer)
	var n payload.Notes
	defer c.note(&n)
	samples := make([]sample, len(answer.Data.Result))
	for i, raw := range answer.Data.Result {
		n.At = i
		one := fields(&n, raw)
		samples[i].metric = n.Labels("result.metric", one["metric"])
		if pair, ok := one["value"].([]any); ok && len(pair) == 2 { // the time, and the value
			samples[i].value = n.Text("result.value", pair[1])
		}
	}
	return samples, err
}

// fields are those of one element of an answer; nil if it has none.
func fields(n *payload.Notes, raw json.RawMessage) map[string]any {
	document, err := payload.Decode(raw)
	object, ok := document.(map[string]any)
	if err != nil || !ok {
		n.Skip("it is no object")
	}
	return object
}

// note keeps what was odd about an answer, for the next Snapshot.
func (c *Client) note(n *payload.Notes) {
	for _, one := range n.All() {
		if one.Fault == payload.Skipped {
			c.odd.Skip(one.Field)
		} else {
			c.odd.Add(one.Field, one.Fault)
		}
	}
}

// fires reports whether there is an alert that may be the one with these labels. Labels that only one side has are ignored:
// relabelling towards Alertmanager may add and drop some.
func (t *testimony) fires(labels map[string]string) bool {
	for _, other := range t.firing[subject(labels)] {
		if agree(labels, other) {
			return true
		}
	}
	return false
}

func agree(a, b map[string]string) bool {
	for key, value := range a {
		if other, both := b[key]; both && other != value {
			return false
		}
	}
	return true
}

func target(labels map[string]string) string { return labels["job"] + "\x00" + labels["instance"] }

func subject(labels map[string]string) string { return labels[labelName] + "\x00" + labels["instance"] }
