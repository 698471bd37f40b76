package alertmanager

import (
	"context"
	"net/url"
	"sync"
	"time"

	"opsbot/inbound"
	"opsbot/inbound/httpclient"
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

// question queries one Prometheus; nothing is used unless it answers both queries.
func (c *Client) question(ctx context.Context, base string, t *testimony) error {
	var alerts struct {
		Data struct {
			Alerts []struct {
				Labels map[string]string `json:"labels"`
			} `json:"alerts"`
		} `json:"data"`
	}
	if err := c.o.HTTP.JSON(ctx, httpclient.Request{URL: base + "/api/v1/alerts"}, &alerts); err != nil {
		return err
	}
	samples, err := c.query(ctx, base, "up")
	if err != nil {
		return err
	}
	for i := range samples {
		if key := target(samples[i].Metric); samples[i].is("1") {
			t.up[key] = true
		}
	}
	for i := range alerts.Data.Alerts {
		labels := alerts.Data.Alerts[i].Labels
		t.firing[subject(labels)] = append(t.firing[subject(labels)], labels)
	}
	return nil
}

// sample is one series of an instant query: its labels, and a time with a value.
type sample struct {
	Metric map[string]string `json:"metric"`
	Value  [2]any            `json:"value"`
}

func (s *sample) is(value string) bool { return s.Value[1] == value }

func (c *Client) query(ctx context.Context, base, expr string) ([]sample, error) {
	var answer struct {
		Data struct {
			Result []sample `json:"result"`
		} `json:"data"`
	}
	address := base + "/api/v1/query?query=" + url.QueryEscape(expr)
	err := c.o.HTTP.JSON(ctx, httpclient.Request{URL: address}, &answer)
	return answer.Data.Result, err
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
