package zabbix

import (
	"context"
	"errors"

	"opsbot/inbound"
	"opsbot/model"
)

// wanted are the required methods and their purpose. One that changes something is called without its required parameters:
// every version of Zabbix first checks whether the role may call it, and only then the parameters. Before 6.4 an API token has
// no other way to check its own rights.
var wanted = []struct {
	method, purpose string
	with            any
}{
	{"problem.get", forEvents, params{"output": []string{"eventid"}, "limit": 1}},
	{"trigger.get", forEvents, params{"output": []string{"triggerid"}, "limit": 1}},
	{"host.get", forEvents, params{"output": []string{"hostid"}, "limit": 1}},
	{"event.get", forEvents, params{"output": []string{"eventid"}, "source": 0, "object": 0, "limit": 1}},
	{"event.acknowledge", forAck, params{}},
	{"maintenance.get", forDowntime, params{"output": []string{"maintenanceid"}, "limit": 1}},
	{"maintenance.create", forDowntime, params{}}, // not given to roles of type User
	{"maintenance.delete", forDowntime, []string{}},
}

// Probe reads the version, and which methods our role may not call. Errors are *inbound.Fault.
func (c *Client) Probe(ctx context.Context) (inbound.Probe, error) {
	version, err := c.greet(ctx)
	if err != nil {
		return inbound.Probe{}, err
	}
	p := inbound.NewProbe(version, leastVersion)
	for _, w := range wanted {
		var some []struct{}
		var into any = &some
		if w.purpose != forEvents {
			into = nil
		}
		err := c.call(ctx, w.purpose, w.method, w.with, into)
		fault, _ := errors.AsType[*inbound.Fault](err)
		switch {
		case err == nil && w.method == "host.get" && len(some) == 0:
			p.Missing = append(p.Missing, missing("read to any host", forEvents, nil).Reason)
		case err == nil:
		case fault.Reason.Code == model.ReasonSourceRight:
			p.Missing = append(p.Missing, fault.Reason)
		case fault.Reason.Code != model.ReasonSourceDeclines:
			return inbound.Probe{}, err
		}
	}
	return p, nil
}
