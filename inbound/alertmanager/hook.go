// Package alertmanager receives events from Alertmanager: it parses its webhook, polls every member of a cluster for active alerts,
// asks Prometheus to confirm ends, and sets silences. It must not know what becomes of an event.
package alertmanager

import (
	"cmp"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"opsbot/inbound/payload"
	"opsbot/model"
)

// DefaultHostFrom are the labels that usually name the host, the most reliable first.
var DefaultHostFrom = []string{"instance", "host", "node", "hostname", "nodename"}

// labelName holds the name of the alert.
const labelName = "alertname"

// Reader reads alerts, of the webhook and of the API.
type Reader struct {
	HostFrom []string         // labels that may name the host, the most reliable first; none is DefaultHostFrom
	Zone     *time.Location   // of times without one; nil is UTC
	Now      func() time.Time // the end of a resolved alert without one
	// Severities are its own words for severities, beside the usual ones. Other words, and none, are warnings.
	Severities payload.Severities
}

// alert is one alert; unknown fields are ignored.
type alert struct {
	labels, annotations model.Labels
	startsAt, endsAt    time.Time
	url, fingerprint    string
	severity            model.Severity
}

// Parse parses the body of a webhook: that of Alertmanager, that of Grafana, or a list of alerts. Each alert has its own status: that of
// the whole body may differ. What cannot be read of an alert is dropped, and the alert is taken. An error says that the body is no such
// document. Again asks for a poll if alerts were truncated.
func (r Reader) Parse(body []byte) (payload.Parsed, error) {
	document, err := payload.Decode(body)
	if err != nil {
		return payload.Parsed{}, fmt.Errorf("this is not a webhook of Alertmanager: %w", err)
	}
	var n payload.Notes
	whole, _ := document.(map[string]any)
	items, ok := alertsOf(document)
	if !ok {
		return payload.Parsed{}, errors.New("this is not a webhook of Alertmanager: alerts is neither a list nor an object")
	}
	truncated := n.Text("truncatedAlerts", whole["truncatedAlerts"])
	events := make([]model.Event, 0, len(items))
	for i, item := range items {
		n.At = i
		if e, ok := r.hooked(&n, item, whole["status"]); ok {
			events = append(events, e)
		}
	}
	return n.Parsed(events, truncated != "" && truncated != "0")
}

// alertsOf are the alerts of a document: those of a webhook, or the document is a list of them.
func alertsOf(document any) ([]any, bool) {
	if whole, ok := document.(map[string]any); ok {
		var listed bool
		if document, listed = whole["alerts"]; listed && document == nil {
			return nil, true
		}
	}
	switch alerts := document.(type) {
	case []any:
		return alerts, true
	case map[string]any:
		return []any{alerts}, true
	default:
		return nil, false
	}
}

// alert reads an alert; not ok if nothing in it says what it is about, which is noted.
func (r Reader) alert(n *payload.Notes, item any) (a alert, ok bool) {
	fields, _ := item.(map[string]any)
	a = alert{
		labels: n.Labels("labels", fields["labels"]), annotations: n.Labels("annotations", fields["annotations"]),
		fingerprint: n.Text("fingerprint", fields["fingerprint"]), url: link(n, fields),
		startsAt: n.Time("startsAt", fields["startsAt"], r.Zone), endsAt: n.Time("endsAt", fields["endsAt"], r.Zone),
	}
	a.severity = r.severity(n, a.labels)
	if a.fingerprint == "" && len(a.labels) == 0 {
		n.Skip("it has neither labels nor a fingerprint")
		return a, false
	}
	if a.fingerprint == "" {
		a.fingerprint = fingerprint(a.labels)
		n.Add("fingerprint", payload.Missing)
	}
	if a.startsAt.IsZero() {
		n.Add("startsAt", payload.Missing)
	}
	return a, true
}

// link is where an alert is explained; the last two are Grafana's.
func link(n *payload.Notes, fields map[string]any) string {
	for _, key := range []string{"generatorURL", "panelURL", "dashboardURL"} {
		if address := n.Text(key, fields[key]); address != "" {
			return address
		}
	}
	return ""
}

// fingerprint is what Alertmanager computes of labels.
func fingerprint(labels model.Labels) string {
	sum := fnv.New64a()
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		// Writing to a hash never fails.
		_, _ = sum.Write([]byte(key + "\xff" + labels[key] + "\xff"))
	}
	return fmt.Sprintf("%016x", sum.Sum64())
}

// hooked is the event of an alert of the webhook; whole is the status of the body.
func (r Reader) hooked(n *payload.Notes, item, whole any) (model.Event, bool) {
	a, ok := r.alert(n, item)
	if !ok {
		return model.Event{}, false
	}
	e := a.event(r.hostFrom())
	fields, _ := item.(map[string]any)
	if !r.resolved(n, &a, fields["status"], whole) {
		return e, true
	}
	e.EndedAt, e.End = a.endsAt, model.EndUnconfirmed
	if e.EndedAt.IsZero() {
		n.Add("endsAt", payload.Missing)
		e.EndedAt = r.Now()
	}
	return e, true
}

// The words of an alert's status, in lower case.
var (
	firingWords   = []string{"firing", "active", "alerting", "problem", "open", "suppressed"}
	resolvedWords = []string{"resolved", "ok", "normal", "inactive", "closed", "recovered", "expired"}
)

// resolved reports whether an alert is over: by its status, else by that of the whole body, else by its end.
func (r Reader) resolved(n *payload.Notes, a *alert, own, whole any) bool {
	for _, status := range []any{own, whole} {
		text, _ := status.(string)
		switch word := strings.ToLower(strings.TrimSpace(text)); {
		case slices.Contains(resolvedWords, word):
			return true
		case slices.Contains(firingWords, word):
			return false
		}
		n.Add("status", payload.Unreadable)
	}
	return !a.endsAt.IsZero() && !a.endsAt.After(r.Now())
}

// event is the event of an active alert. Its key is the fingerprint of its labels with its start time: a resent alert has the same.
// The start is truncated to milliseconds: for alerts that do not come from a Prometheus, the webhook has more digits than the API.
func (a *alert) event(hostFrom []string) model.Event {
	id, began := a.fingerprint, a.startsAt.Truncate(time.Millisecond)
	if !began.IsZero() {
		id += "@" + began.UTC().Format(time.RFC3339Nano)
	}
	return model.Event{
		EventKey: model.EventKey{ID: id}, Object: a.fingerprint, Names: names(a.labels, hostFrom), Service: a.labels[labelName],
		Title: a.title(), Labels: a.labels, Severity: a.severity, URL: a.url,
		Runbook: cmp.Or(a.annotations["runbook_url"], a.annotations["runbook"]), OpenedAt: began,
	}
}

func (a *alert) title() string {
	for _, key := range []string{"summary", "description"} {
		if text := strings.TrimSpace(a.annotations[key]); text != "" {
			return text
		}
	}
	return a.labels[labelName]
}

// severityLabels may say how bad an alert is, the most usual first.
var severityLabels = []string{"severity", "priority", "level"}

// severity is that of the first label that has one; an alert without any is a warning.
func (r Reader) severity(n *payload.Notes, labels model.Labels) model.Severity {
	for _, key := range severityLabels {
		if word := labels[key]; word != "" {
			return r.Severities.Or(n, "labels."+key, word, model.SeverityWarning)
		}
	}
	return model.SeverityWarning
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

func (r Reader) hostFrom() []string {
	if len(r.HostFrom) == 0 {
		return DefaultHostFrom
	}
	return r.HostFrom
}
