package monitors

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"
)

// send sends pending alerts to the hook, until ctx ends.
func (p *prometheus) send(ctx context.Context) {
	again := time.NewTimer(0)
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-p.fresh:
		case <-again.C:
		}
		if p.notify(ctx) != nil {
			again.Reset(resend)
		}
	}
}

// resend is the pause after a failed call.
const resend = time.Second

// due returns copies of the alerts whose state the hook does not know. Alerts that need no further call are dropped.
func (p *prometheus) due() []alert {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.alerts = slices.DeleteFunc(p.alerts, func(a *alert) bool {
		return !a.ended.IsZero() && a.sent != "firing"
	})
	var all []alert
	for _, a := range p.alerts {
		if a.sent != a.state() && len(p.silencedBy(a)) == 0 {
			all = append(all, *a)
		}
	}
	return all
}

// took records what the hook has received.
func (p *prometheus) took(all []alert) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range all {
		for _, a := range p.alerts {
			if a.host == all[i].host && a.began.Equal(all[i].began) {
				a.sent = all[i].state()
			}
		}
	}
}

// notify sends one webhook with all pending alerts.
func (p *prometheus) notify(ctx context.Context) error {
	all := p.due()
	if len(all) == 0 {
		return nil
	}
	body, err := json.Marshal(webhook(all))
	if err != nil {
		return fmt.Errorf("encode a webhook: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, hookTime)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.o.Hook, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("build a webhook request: %w", err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+p.o.Secret)
	taken, err := p.client.Do(r)
	if err != nil {
		return fmt.Errorf("send a webhook: %w", err)
	}
	defer taken.Body.Close() //nolint:errcheck // its content does not matter
	_, _ = io.CopyN(io.Discard, taken.Body, maxBody)
	if taken.StatusCode >= http.StatusInternalServerError {
		return fmt.Errorf("a webhook was answered %s", taken.Status)
	}
	p.took(all) // a rejected call is not repeated, as by the real one
	return nil
}

// hookTime bounds one webhook.
const hookTime = 10 * time.Second

// webhook is the message of Alertmanager, version 4.
func webhook(all []alert) map[string]any {
	status := "resolved"
	alerts := make([]map[string]any, len(all))
	for i := range all {
		a := &all[i]
		if a.ended.IsZero() {
			status = "firing"
		}
		alerts[i] = map[string]any{
			"status": a.state(), "labels": a.labels, "annotations": a.annotations(), "startsAt": a.began.UTC(), "endsAt": a.ended.UTC(),
			"fingerprint": a.fingerprint(), "generatorURL": "",
		}
	}
	return map[string]any{
		"version": "4", "receiver": receiver, "status": status, "groupKey": "{}:{}", "truncatedAlerts": 0, "alerts": alerts,
		"groupLabels": map[string]string{}, "commonLabels": map[string]string{}, "commonAnnotations": map[string]string{}, "externalURL": "",
	}
}
