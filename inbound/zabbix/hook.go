package zabbix

import (
	"cmp"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"opsbot/model"
)

// Parser parses what the webhook sends.
type Parser struct {
	HostFrom []string // as of Options
	URL      string   // of the frontend, for links; "" uses the webhook's
	Now      func() time.Time
}

// message is the body that the script of deploy/zabbix/mediatype_opsbot.yaml sends. Fields without a value in Zabbix are
// omitted.
type message struct {
	Version       text   `json:"version"`
	Source        text   `json:"event_source"`
	Object        text   `json:"event_object"`
	Value         text   `json:"event_value"`
	Update        text   `json:"event_update_status"`
	ID            text   `json:"event_id"`
	Recovery      text   `json:"event_recovery_id"`
	Clock         text   `json:"event_clock"`
	RecoveryClock text   `json:"event_recovery_clock"`
	Name          string `json:"event_name"`
	Severity      text   `json:"event_severity"`
	Acked         string `json:"event_ack_status"`
	Tags          []tag  `json:"event_tags"`
	Trigger       text   `json:"trigger_id"`
	TriggerName   string `json:"trigger_name"`
	HostID        text   `json:"host_id"`
	Host          string `json:"host"`
	HostName      string `json:"host_name"`
	HostIP        string `json:"host_ip"`
	HostDNS       string `json:"host_dns"`
	Key           string `json:"item_key"`
	URL           string `json:"zabbix_url"`
}

// Parse parses one message. Messages about anything but a trigger's problem give no event, nor does the button Test of the media
// type. again says that the source should be polled: the message shows the state of when it was created, and not all of it.
// Errors are for the sender, and contain none of its data but ids.
func (p Parser) Parse(body []byte) (events []model.Event, again bool, err error) {
	var m message
	if err := json.Unmarshal(body, &m); err != nil {
		return nil, false, errors.New("this is not what opsbot's media type for Zabbix sends") // the cause would quote it
	}
	const ofTriggers = "0"
	switch {
	case m.Version != "1":
		return nil, false, errors.New(`"version" is not 1: this is not what opsbot's media type for Zabbix sends`)
	case m.ID == "" && m.Name == "" && m.Host == "":
		return nil, false, nil // a test: no macro has a value
	case m.ID.number() <= 0:
		return nil, false, errors.New(`"event_id" is not a number: has the media type been changed?`)
	case cmp.Or(m.Source, ofTriggers) != ofTriggers || cmp.Or(m.Object, ofTriggers) != ofTriggers:
		return nil, false, nil
	}
	e := p.event(&m)
	return []model.Event{e}, m.Update == "1" || e.OpenedAt.IsZero() || len(e.Names) == 0, nil
}

func (p Parser) event(m *message) model.Event {
	at := place{key: m.Key}
	if m.HostID != "" || m.Host != "" {
		at.hosts = []host{{ID: m.HostID, Host: m.Host, Name: m.HostName, Interfaces: []iface{{IP: m.HostIP, DNS: m.HostDNS}}}}
	}
	acked := text("0")
	if strings.EqualFold(m.Acked, "yes") {
		acked = "1"
	}
	web := strings.TrimRight(strings.TrimSuffix(cmp.Or(p.URL, m.URL), apiFile), "/")
	if !strings.HasPrefix(web, "http://") && !strings.HasPrefix(web, "https://") {
		web = ""
	}
	e := reader{hostFrom: p.HostFrom, web: web}.event(&problem{
		ID: m.ID, Trigger: m.Trigger, Clock: m.Clock, Name: cmp.Or(m.Name, m.TriggerName), Severity: m.Severity, Acknowledged: acked, Tags: m.Tags,
	}, at)
	if m.Value == "0" || m.Recovery.number() > 0 {
		e.EndedAt, e.End = moment(m.RecoveryClock), model.EndUnconfirmed
		if e.EndedAt.IsZero() {
			e.EndedAt = p.Now().UTC().Truncate(time.Second)
		}
	}
	return e
}
