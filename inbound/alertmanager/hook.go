// Package alertmanager receives events from Alertmanager: it parses its webhook, polls every member of a cluster for active alerts,
// asks Prometheus to confirm ends, and sets silences. It must not know what becomes of an event.
package alertmanager

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"opsbot/model"
)

// hookVersion is the version of the webhook's document since Alertmanager 0.6.
const hookVersion = "4"

// DefaultHostFrom are the labels that usually name the host, the most reliable first.
var DefaultHostFrom = []string{"instance", "host", "node", "hostname", "nodename"}

// labelName holds the name of the alert.
const labelName = "alertname"

// alert is one alert, as in the webhook and the API; unknown fields are ignored.
type alert struct {
	Status       json.RawMessage   `json:"status"` // a word in the webhook, an object in the API
	Labels       map[string]string `json:"labels"`
	Annotations  map[string]string `json:"annotations"`
	StartsAt     time.Time         `json:"startsAt"`
	EndsAt       time.Time         `json:"endsAt"`
	GeneratorURL string            `json:"generatorURL"`
	Fingerprint  string            `json:"fingerprint"`
}

// Parse returns the parser of the webhook; hostFrom are the labels that may name the host, none is DefaultHostFrom. Each alert has
// its own status: that of the whole body may differ. An alert that cannot be parsed does not affect the others. again asks for a poll
// if alerts were truncated.
func Parse(hostFrom []string) func(body []byte) (events []model.Event, again bool, err error) {
	hostFrom = orDefault(hostFrom)
	return func(body []byte) ([]model.Event, bool, error) {
		var hook struct {
			Version   string  `json:"version"`
			Alerts    []alert `json:"alerts"`
			Truncated uint64  `json:"truncatedAlerts"`
		}
		if err := json.Unmarshal(body, &hook); err != nil && hook.Version == "" {
			return nil, false, fmt.Errorf("this is not a webhook of Alertmanager: %w", said(err))
		} else if hook.Version != hookVersion {
			return nil, false, fmt.Errorf(`this is not a webhook of Alertmanager: version is %.20q, and not "4"`, hook.Version)
		} else if err != nil {
			return nil, false, fmt.Errorf("parse the webhook: %w", said(err))
		}
		events := make([]model.Event, 0, len(hook.Alerts))
		var wrong error
		for i := range hook.Alerts {
			e, err := hook.Alerts[i].hooked(hostFrom)
			switch {
			case err == nil:
				events = append(events, e)
			case wrong == nil:
				wrong = fmt.Errorf("alerts[%d]: %w", i, err)
			}
		}
		return events, hook.Truncated > 0, wrong
	}
}

// said keeps values out of JSON errors: they may be secrets.
func said(err error) error {
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Errorf("%s is not what it should be", cmp.Or(wrong.Field, "the document"))
	}
	if wrong, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("invalid JSON at byte %d", wrong.Offset)
	}
	return errors.New("a time in it is not RFC 3339")
}

// hooked is the event of an alert of the webhook.
func (a *alert) hooked(hostFrom []string) (model.Event, error) {
	var status string
	if err := json.Unmarshal(a.Status, &status); err != nil || status != "firing" && status != "resolved" {
		return model.Event{}, errors.New(`status is neither "firing" nor "resolved"`)
	}
	e, err := a.event(hostFrom)
	if err == nil && status == "resolved" {
		e.EndedAt, e.End = a.EndsAt, model.EndUnconfirmed
		if e.EndedAt.IsZero() {
			return model.Event{}, errors.New("endsAt is missing of a resolved alert")
		}
	}
	return e, err
}

// event is the event of an active alert. Its key is the fingerprint of its labels with its start time: a resent alert has the same.
// The start is truncated to milliseconds: for alerts that do not come from a Prometheus, the webhook has more digits than the API.
func (a *alert) event(hostFrom []string) (model.Event, error) {
	switch {
	case a.Fingerprint == "":
		return model.Event{}, errors.New("fingerprint is missing")
	case a.StartsAt.IsZero():
		return model.Event{}, errors.New("startsAt is missing")
	}
	began := a.StartsAt.Truncate(time.Millisecond)
	return model.Event{
		EventKey: model.EventKey{ID: a.Fingerprint + "@" + began.UTC().Format(time.RFC3339Nano)},
		Object:   a.Fingerprint, Names: names(a.Labels, hostFrom), Service: a.Labels[labelName], Title: a.title(),
		Labels: a.Labels, Severity: severity(a.Labels["severity"]), URL: a.GeneratorURL, OpenedAt: began,
	}, nil
}

func (a *alert) title() string {
	for _, key := range []string{"summary", "description"} {
		if text := strings.TrimSpace(a.Annotations[key]); text != "" {
			return text
		}
	}
	return a.Labels[labelName]
}

// severity parses the label; an unknown value is a warning.
func severity(label string) model.Severity {
	switch strings.ToLower(label) {
	case "critical", "page", "error":
		return model.SeverityCritical
	case "info", "none":
		return model.SeverityInfo
	default:
		return model.SeverityWarning
	}
}

// names are the host's names by some labels, the most reliable first.
func names(labels map[string]string, from []string) []string {
	var out []string
	for _, key := range from {
		if name := hostOf(labels[key]); name != "" && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// hostOf strips scheme, path and port from a target: "http://web1:9100/probe" and "web1:9100" are web1.
func hostOf(target string) string {
	if _, _, schemed := strings.Cut(target, "://"); schemed {
		if u, err := url.Parse(target); err == nil {
			return u.Hostname()
		}
	}
	if host, _, err := net.SplitHostPort(target); err == nil {
		return host
	}
	return strings.Trim(target, "[]")
}

func orDefault(hostFrom []string) []string {
	if len(hostFrom) == 0 {
		return DefaultHostFrom
	}
	return hostFrom
}
