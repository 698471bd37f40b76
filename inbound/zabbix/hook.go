package zabbix

import (
	"cmp"
	"errors"
	"strings"
	"time"

	"opsbot/inbound/payload"
	"opsbot/model"
)

// Parser parses what the webhook sends.
type Parser struct {
	HostFrom []string       // as of Options
	URL      string         // of the frontend, for links; "" uses the webhook's
	Zone     *time.Location // of times without one; nil is UTC
	Now      func() time.Time

	Severities payload.Severities // as of Options
}

// message is the body that the script of deploy/zabbix/mediatype_opsbot.yaml sends. Fields without a value in Zabbix are
// omitted.
type message struct {
	version, source, object, value, update  text
	id, recovery, severity, trigger, hostID text
	name, acked, triggerName, key, url      string
	host, hostName, hostIP, hostDNS         string
	opened, ended                           time.Time
	tags                                    []tag
}

// read reads the fields of a message.
func (p Parser) read(n *payload.Notes, fields map[string]any) message {
	get := func(field string) string { return n.Text(field, fields[field]) }
	moment := func(field string) time.Time { return n.Time(field, fields[field], p.Zone).Truncate(time.Second) }
	m := message{
		version: text(get("version")), source: text(get("event_source")), object: text(get("event_object")), value: text(get("event_value")),
		update: text(get("event_update_status")), id: text(get("event_id")), recovery: text(get("event_recovery_id")),
		severity: text(get("event_severity")), trigger: text(get("trigger_id")), hostID: text(get("host_id")),
		name: get("event_name"), acked: get("event_ack_status"), triggerName: get("trigger_name"), key: get("item_key"), url: get("zabbix_url"),
		host: get("host"), hostName: get("host_name"), hostIP: get("host_ip"), hostDNS: get("host_dns"),
		opened: moment("event_clock"), ended: moment("event_recovery_clock"),
	}
	list, ok := fields["event_tags"].([]any)
	if !ok && fields["event_tags"] != nil {
		n.Add("event_tags", payload.Unreadable)
	}
	for _, item := range list {
		one, _ := item.(map[string]any)
		m.tags = append(m.tags, tag{Tag: n.Text("event_tags.tag", one["tag"]), Value: n.Text("event_tags.value", one["value"])})
	}
	return m
}

// Parse parses one message. Messages about anything but a trigger's problem give no event, nor does the button Test of the media
// type. Again says that the source should be polled: the message shows the state of when it was created, and not all of it.
// Errors are for the sender, and contain none of its data but ids.
func (p Parser) Parse(body []byte) (payload.Parsed, error) {
	document, err := payload.Decode(body)
	fields, ok := document.(map[string]any)
	if err != nil || !ok {
		return payload.Parsed{}, errors.New("this is not what opsbot's media type for Zabbix sends") // the cause would quote it
	}
	var n payload.Notes
	m := p.read(&n, fields)
	const ofTriggers = "0"
	switch {
	case m.version != "1" && m.id.number() <= 0:
		return payload.Parsed{}, errors.New(`"version" is not 1: this is not what opsbot's media type for Zabbix sends`)
	case m.id == "" && m.name == "" && m.host == "":
		return payload.Parsed{}, nil // a test: no macro has a value
	case m.id.number() <= 0:
		return payload.Parsed{}, errors.New(`"event_id" is not a number: has the media type been changed?`)
	case cmp.Or(m.source, ofTriggers) != ofTriggers || cmp.Or(m.object, ofTriggers) != ofTriggers:
		return payload.Parsed{}, nil
	}
	e := p.event(&m)
	return n.Parsed([]model.Event{e}, m.update == "1" || e.OpenedAt.IsZero() || len(e.Names) == 0)
}

func (p Parser) event(m *message) model.Event {
	at := place{key: m.key}
	if m.hostID != "" || m.host != "" {
		at.hosts = []host{{ID: m.hostID, Host: m.host, Name: m.hostName, Interfaces: []iface{{IP: m.hostIP, DNS: m.hostDNS}}}}
	}
	acked := text("0")
	if strings.EqualFold(m.acked, "yes") {
		acked = "1"
	}
	web := strings.TrimRight(strings.TrimSuffix(cmp.Or(p.URL, m.url), apiFile), "/")
	if !strings.HasPrefix(web, "http://") && !strings.HasPrefix(web, "https://") {
		web = ""
	}
	e := reader{hostFrom: p.HostFrom, web: web, severities: p.Severities}.event(&problem{
		ID: m.id, Trigger: m.trigger, Name: cmp.Or(m.name, m.triggerName), Severity: m.severity, Acknowledged: acked, Tags: m.tags,
	}, at)
	e.OpenedAt = m.opened
	if m.value == "0" || m.recovery.number() > 0 {
		e.EndedAt, e.End = m.ended, model.EndUnconfirmed
		if e.EndedAt.IsZero() {
			e.EndedAt = p.Now().UTC().Truncate(time.Second)
		}
	}
	return e
}
