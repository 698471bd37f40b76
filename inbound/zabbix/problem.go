package zabbix

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"opsbot/inbound"
	"opsbot/inbound/payload"
	"opsbot/model"
)

// problem is a problem event of a trigger, as returned by problem.get and event.get; hook messages are converted to it.
type problem struct {
	ID           text   `json:"eventid"`
	Trigger      text   `json:"objectid"`
	Clock        text   `json:"clock"`
	Name         string `json:"name"`
	Severity     text   `json:"severity"`
	Acknowledged text   `json:"acknowledged"`
	Suppressed   text   `json:"suppressed"`
	Recovery     text   `json:"r_eventid"`
	Tags         []tag  `json:"tags"`
	Acks         []ack  `json:"acknowledges"`
}

type tag struct {
	Tag   string `json:"tag"`
	Value string `json:"value"`
}

type ack struct {
	User   text `json:"userid"`
	Action text `json:"action"` // bits
	Clock  text `json:"clock"`
}

// The bits of event.acknowledge.
const (
	bitAcknowledge   = 2
	bitMessage       = 4
	bitUnacknowledge = 16
)

// trigger is the trigger of a problem.
type trigger struct {
	ID    text   `json:"triggerid"`
	Hosts []host `json:"hosts"`
	Items []struct {
		Key string `json:"key_"`
	} `json:"items"`
}

type host struct {
	ID         text    `json:"hostid"`
	Host       string  `json:"host"` // its technical name
	Name       string  `json:"name"` // the visible one
	Interfaces []iface `json:"interfaces"`
	Tags       []tag   `json:"tags"`
	Groups     []group `json:"groups"`
	HostGroups []group `json:"hostgroups"`
	Macros     []macro `json:"macros"`
}

type iface struct {
	IP    string `json:"ip"`
	DNS   string `json:"dns"`
	UseIP text   `json:"useip"`
	Main  text   `json:"main"`
}

type group struct {
	Name string `json:"name"`
}

type macro struct {
	Macro string `json:"macro"`
	Value string `json:"value"`
}

// place is the hosts and items of a trigger.
type place struct {
	hosts []host
	key   string // of its first item
}

func (t *trigger) place() place {
	at := place{hosts: t.Hosts}
	if len(t.Items) > 0 {
		at.key = t.Items[0].Key
	}
	return at
}

// reader turns problems into events.
type reader struct {
	hostFrom []string
	web      string // of the frontend; "" gives no links

	severities payload.Severities // instead of its levels' own meaning
}

// Limits of one event's fields.
const (
	maxTitle  = 300 // bytes
	maxLabel  = 200 // bytes of a label's name or value
	maxLabels = 40
	maxNames  = 10
)

// event is a problem as an event. If a trigger covers several hosts it is about the first; all are its object.
func (r reader) event(p *problem, at place) model.Event {
	ids := make([]string, len(at.hosts))
	for i := range at.hosts {
		ids[i] = string(at.hosts[i].ID)
	}
	e := model.Event{
		EventKey: model.EventKey{ID: string(p.ID)}, Object: strings.Join(ids, ","), Names: r.names(p, at), Service: title(at.key), Title: title(p.Name),
		Labels: labels(p.Tags), Severity: r.severity(p.Severity), OpenedAt: moment(p.Clock), Acked: p.Acknowledged == "1", Suppressed: p.Suppressed == "1",
	}
	if r.web != "" && p.Trigger != "" {
		e.URL = fmt.Sprintf("%s/tr_events.php?triggerid=%s&eventid=%s", r.web, p.Trigger, p.ID)
	}
	return e
}

// names are the names by which Zabbix knows the host: from the tags of HostFrom, its technical name, the names and addresses of
// its interfaces, its visible name.
func (r reader) names(p *problem, at place) []string {
	var all []string
	for _, from := range r.hostFrom {
		for _, t := range p.Tags {
			if t.Tag == from {
				all = append(all, t.Value)
			}
		}
	}
	if len(at.hosts) > 0 {
		h := &at.hosts[0]
		all = append(all, h.Host)
		for _, i := range h.interfaces() {
			all = append(all, i.DNS, i.IP)
		}
		all = append(all, h.Name)
	}
	return inbound.Distinct(all, maxNames)
}

// interfaces are those of a host, the main one of each type first.
func (h *host) interfaces() []iface {
	sorted := slices.Clone(h.Interfaces)
	slices.SortStableFunc(sorted, func(a, b iface) int { return strings.Compare(string(b.Main), string(a.Main)) })
	return sorted
}

// labels are the tags; of duplicates the first.
func labels(tags []tag) model.Labels {
	all := model.Labels{}
	for _, t := range tags {
		_, have := all[t.Tag]
		if !have && t.Tag != "" && len(all) < maxLabels && len(t.Tag) <= maxLabel && len(t.Value) <= maxLabel {
			all[t.Tag] = t.Value
		}
	}
	return all
}

// levels are the names of Zabbix's severities.
var levels = map[text]string{"0": "not classified", "1": "information", "2": "warning", "3": "average", "4": "high", "5": "disaster"}

// severity maps Disaster and High, Average and Warning, and the rest, unless the source's own words say otherwise.
func (r reader) severity(level text) model.Severity {
	if own, ok := r.severities.Own(levels[level]); ok {
		return own
	}
	switch level {
	case "5", "4":
		return model.SeverityCritical
	case "3", "2":
		return model.SeverityWarning
	}
	return model.SeverityInfo
}

// moment parses seconds; anything else is the zero Time.
func moment(clock text) time.Time {
	if n := clock.number(); n > 0 && n < 1e11 {
		return time.Unix(n, 0).UTC()
	}
	return time.Time{}
}

// title truncates a text to maxTitle bytes, between letters, and makes it one line.
func title(s string) string {
	return model.ClipBytes(strings.Join(strings.Fields(s), " "), maxTitle)
}

// acker is the user who acknowledged a problem.
func (p *problem) acker() text {
	if p.Acknowledged != "1" {
		return ""
	}
	var last ack
	for _, a := range p.Acks {
		if a.Action.number()&(bitAcknowledge|bitUnacknowledge) != 0 && a.Clock.number() >= last.Clock.number() {
			last = a
		}
	}
	return last.User
}

// nameUsers finds the names of users who acknowledged. It is optional: users whom we may not see have no names.
func (c *Client) nameUsers(ctx context.Context, all []problem) {
	var unknown []text
	c.mu.Lock()
	for i := range all {
		id := all[i].acker()
		if _, known := c.users[string(id)]; !known && id != "" && id != "0" {
			c.users[string(id)] = ""
			unknown = append(unknown, id)
		}
	}
	c.mu.Unlock()
	if len(unknown) == 0 {
		return
	}
	var users []struct {
		ID      text   `json:"userid"`
		Login   string `json:"username"`
		Name    string `json:"name"`
		Surname string `json:"surname"`
	}
	if err := c.call(ctx, forAck, "user.get", params{"userids": unknown, "output": []string{"userid", "username", "name", "surname"}}, &users); err != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, u := range users {
		name := strings.TrimSpace(u.Name + " " + u.Surname)
		if name == "" {
			name = u.Login
		}
		c.users[string(u.ID)] = title(name)
	}
}

func (c *Client) ackedBy(p *problem) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.users[string(p.acker())]
}
