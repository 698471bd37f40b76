package icinga

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"opsbot/inbound"
	"opsbot/model"
)

// kind is a kind of object, and the attributes to query: with every attribute 10,000 services are 17 MB and 14 s of Icinga's
// time.
type kind struct {
	title, name, plural string
	attrs, joins        []string
}

var (
	ofBoth = []string{
		"name", "display_name", "groups", "vars", "notes_url", "state", "state_type", "last_state_change", "last_reachable",
		"last_check_result", "acknowledgement", "acknowledgement_expiry", "downtime_depth",
	}
	hosts    = kind{title: "Host", name: "host", plural: "hosts", attrs: append([]string{"address", "address6", "last_state_up"}, ofBoth...)}
	services = kind{
		title: "Service", name: "service", plural: "services", attrs: append([]string{"host_name", "last_state_ok"}, ofBoth...),
		joins: []string{"host.name", "host.display_name", "host.address", "host.address6", "host.groups", "host.vars"},
	}
	downtimes = kind{title: "Downtime", name: "downtime", plural: "downtimes", attrs: []string{"comment", "end_time", "parent"}}
	comments  = kind{title: "Comment", name: "comment", plural: "comments", attrs: []string{"host_name", "service_name", "author", "entry_time"}}
)

// object is one object in a query's answer.
type object struct {
	Type  string `json:"type"`
	Name  string `json:"name"`
	Attrs attrs  `json:"attrs"`
	Joins struct {
		Host attrs `json:"host"`
	} `json:"joins"`
}

type attrs struct {
	Name        string         `json:"name"`
	DisplayName string         `json:"display_name"`
	Address     string         `json:"address"`
	Address6    string         `json:"address6"`
	Groups      []string       `json:"groups"`
	Vars        map[string]any `json:"vars"`
	NotesURL    string         `json:"notes_url"`

	State       float64 `json:"state"`      // of a host 0 or 1, of a service 0 to 3
	StateType   float64 `json:"state_type"` // 1 is hard
	LastChange  float64 `json:"last_state_change"`
	LastUp      float64 `json:"last_state_up"`
	LastOK      float64 `json:"last_state_ok"`
	Reachable   *bool   `json:"last_reachable"`
	CheckResult struct {
		Output string `json:"output"`
	} `json:"last_check_result"`
	Acknowledgement float64 `json:"acknowledgement"`
	AckExpiry       float64 `json:"acknowledgement_expiry"`
	Downtimes       float64 `json:"downtime_depth"`

	HostName    string  `json:"host_name"`
	ServiceName string  `json:"service_name"`
	Author      string  `json:"author"`
	EntryTime   float64 `json:"entry_time"`
	Comment     string  `json:"comment"`
	EndTime     float64 `json:"end_time"`
	Parent      string  `json:"parent"` // of a service's downtime, that of its host
}

// acked reports whether it is acknowledged. It compares with the clock: Icinga leaves an expired acknowledgement until the next
// check.
func (a *attrs) acked(now time.Time) bool {
	return a.Acknowledgement != 0 && (a.AckExpiry == 0 || moment(a.AckExpiry).After(now))
}

// hard reports whether it is a hard problem.
func (a *attrs) hard() bool { return a.State != 0 && a.StateType == 1 }

func (o *object) service() string {
	if o.Type != services.title {
		return ""
	}
	return o.Attrs.Name
}

func (o *object) host() *attrs {
	if o.Type != services.title {
		return &o.Attrs
	}
	if o.Joins.Host.Name == "" {
		o.Joins.Host.Name = o.Attrs.HostName
	}
	return &o.Joins.Host
}

func (o *object) key() string { return join(o.host().Name, o.service()) }

// lastOK is when it was last OK, in Unix seconds.
func (o *object) lastOK() float64 { return max(o.Attrs.LastOK, o.Attrs.LastUp) }

// severity is that of the source's own words for the state; else a host that is down and a critical service are critical.
func (c *Client) severity(o *object) model.Severity {
	if own, ok := c.o.Severities.Own(o.state()); ok {
		return own
	}
	if o.Type == hosts.title || o.Attrs.State == 2 {
		return model.SeverityCritical
	}
	return model.SeverityWarning
}

var stateNames = []string{"OK", "WARNING", "CRITICAL", "UNKNOWN"}

// state is the name of the object's state.
func (o *object) state() string {
	if o.Type == services.title {
		return stateNames[min(max(int(o.Attrs.State), 0), len(stateNames)-1)]
	}
	return "DOWN"
}

// title is the first line of the check's output, else the name of the state.
func (o *object) title() string {
	first, _, _ := strings.Cut(strings.TrimSpace(o.Attrs.CheckResult.Output), "\n")
	return cmp.Or(model.ClipBytes(strings.TrimSpace(first), maxTitle), o.state())
}

// episode is an active problem.
type episode struct {
	model.Event
	lastOK float64 // of its object, in Unix seconds
}

// active returns the problem of an object as an event. What is known of its episode is kept: its beginning, and its title while
// the severity is unchanged, since a number in a check's output that changes every minute is no news. It is active until it was
// OK after its beginning: an Icinga that lost its state in a crash reports it as soft, pending, or as OK as of its last save.
// The caller holds the turn.
func (c *Client) active(o *object, authors map[string]string) (episode, bool) {
	known, again := c.open[o.key()]
	if again = again && o.lastOK() <= known.lastOK; !o.Attrs.hard() {
		return known, again
	}
	e := episode{lastOK: o.lastOK(), Event: model.Event{
		EventKey: model.EventKey{ID: fmt.Sprintf("%s@%d", o.key(), int64(math.Round(o.lastOK()*1000)))},
		Object:   o.key(), Names: c.names(o), Service: o.service(), Title: o.title(), Labels: labels(o), Severity: c.severity(o),
		URL: link(o.Attrs.NotesURL), OpenedAt: moment(o.Attrs.LastChange), Acked: o.Attrs.acked(c.o.Now()), Suppressed: o.Attrs.Downtimes > 0,
	}}
	if e.Acked {
		e.AckedBy = authors[e.Object]
	}
	if again {
		e.EventKey, e.lastOK = known.EventKey, known.lastOK
		if known.OpenedAt.Before(e.OpenedAt) {
			e.OpenedAt = known.OpenedAt
		}
		if known.Severity == e.Severity {
			e.Title = known.Title
		}
	}
	return e, true
}

// names are the names by which Icinga knows the host: from HostFrom, the service's own variables before its host's, then the
// object's name, its addresses and its display name.
func (c *Client) names(o *object) []string {
	var all []string
	h := o.host()
	for _, from := range c.o.HostFrom {
		path := strings.Split(strings.TrimPrefix(from, "vars."), ".")
		all = append(append(all, texts(o.Attrs.Vars, path)...), texts(h.Vars, path)...)
	}
	all = append(all, h.Name, h.Address, h.Address6, h.DisplayName)
	return inbound.Distinct(all, maxNames)
}

// texts are the values at a path of variables: a text, or a list of them.
func texts(vars map[string]any, path []string) []string {
	var at any = vars
	for _, step := range path {
		inner, _ := at.(map[string]any)
		at = inner[step]
	}
	switch v := at.(type) {
	case string:
		return []string{v}
	case []any:
		var all []string
		for _, one := range v {
			if s, ok := one.(string); ok {
				all = append(all, s)
			}
		}
		return all
	}
	return nil
}

// Limits of one event's fields. A longer name is ignored, a longer text is truncated.
const (
	maxTitle  = 300 // bytes
	maxLabel  = 200 // bytes of a label's name or value
	maxLabels = 40
	maxNames  = 10
)

// labels are the variables with plain texts, a service's over its host's, with the groups; "reachable" is "false" for what fails
// because of a dependency. Possible secrets are left out.
func labels(o *object) model.Labels {
	all := model.Labels{}
	for _, vars := range []map[string]any{o.host().Vars, o.Attrs.Vars} {
		for _, key := range slices.Sorted(maps.Keys(vars)) {
			if text, ok := vars[key].(string); ok {
				label(all, key, text)
			}
		}
	}
	delete(all, "reachable")
	if o.Type == services.title {
		label(all, "service_groups", strings.Join(o.Attrs.Groups, ","))
	}
	label(all, "groups", strings.Join(o.host().Groups, ","))
	if o.Attrs.Reachable != nil && !*o.Attrs.Reachable {
		all["reachable"] = "false"
	}
	return all
}

func label(all model.Labels, key, text string) {
	if text != "" && len(all) < maxLabels && len(key) <= maxLabel && len(text) <= maxLabel && !secretive(key) {
		all[key] = text
	}
}

// secretive reports whether a variable's name is one under which Icinga's own templates keep secrets, or similar.
func secretive(key string) bool {
	key = strings.ToLower(key)
	return slices.ContainsFunc([]string{"pass", "pwd", "secret", "token", "community", "apikey", "_key", "auth", "cred"}, func(part string) bool {
		return strings.Contains(key, part)
	})
}

func link(address string) string {
	if strings.HasPrefix(address, "https://") || strings.HasPrefix(address, "http://") {
		return model.ClipBytes(address, maxTitle)
	}
	return ""
}

// moment turns Unix seconds into a time, to the millisecond; 0 is the zero Time.
func moment(seconds float64) time.Time {
	if !(seconds > 0 && seconds < 1e11) {
		return time.Time{}
	}
	return time.UnixMilli(int64(math.Round(seconds * 1000))).UTC()
}

// join names an object as Icinga does: "web1", "web1!http".
func join(host, service string) string {
	if service == "" {
		return host
	}
	return host + "!" + service
}
