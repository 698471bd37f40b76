package icinga

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"

	"opsbot/inbound"
	"opsbot/inbound/httpclient"
	"opsbot/model"
)

// Acknowledge implements inbound.Writer. The acknowledgement ends when the state changes, and with the problem; Icinga
// notifies nobody. Errors are *inbound.Fault.
func (c *Client) Acknowledge(ctx context.Context, e model.Event, n inbound.Note) error {
	body := noted(n)
	if !n.Until.IsZero() {
		body["expiry"] = n.Until.Unix()
	}
	_, gone, err := c.act(ctx, action{"acknowledge-problem", forAck, kindOf(e.Object), body}, []string{e.Object})
	if err == nil && len(gone) > 0 {
		return declined("no such object: " + e.Object)
	}
	return err
}

// Unacknowledge implements inbound.Writer. An object that Icinga no longer has needs nothing. Errors are *inbound.Fault.
func (c *Client) Unacknowledge(ctx context.Context, e model.Event) error {
	_, _, err := c.act(ctx, action{"remove-acknowledgement", forAck, kindOf(e.Object), map[string]any{"author": "opsbot"}}, []string{e.Object})
	return err
}

// Suppress schedules fixed downtimes from now on: of a host with all its services, or of single services. The handle is the
// names of the downtimes; beside an error it holds those that were set. Objects that Icinga no longer has are left out. Errors
// are *inbound.Fault.
func (c *Client) Suppress(ctx context.Context, all []model.Event, n inbound.Note) (string, error) {
	whole, single := objects(all)
	body := noted(n)
	body["start_time"], body["end_time"], body["fixed"] = c.o.Now().Unix(), n.Until.Unix(), true
	withServices := maps.Clone(body)
	withServices["all_services"] = true
	set, err := c.schedule(ctx, action{of: hosts, body: withServices}, whole)
	if err == nil {
		var more []string
		more, err = c.schedule(ctx, action{of: services, body: body}, single)
		set = append(set, more...)
	}
	if err == nil && len(set) == 0 && len(all) > 0 {
		err = declined("none of the objects is there")
	}
	return strings.Join(set, "\n"), err
}

// schedule returns the names of the downtimes that it sets, a host's behind those of its services: removed first, a host's
// would remove them too, and their own removal would fail.
func (c *Client) schedule(ctx context.Context, a action, names []string) ([]string, error) {
	a.name, a.purpose = "schedule-downtime", forDowntime
	done, _, err := c.act(ctx, a, names)
	var inner, outer []string
	for _, d := range done {
		for _, of := range d.Services {
			inner = append(inner, of.Name)
		}
		if d.Name != "" {
			outer = append(outer, d.Name)
		}
	}
	return append(inner, outer...), err
}

// Expire removes downtimes by the names of a handle; missing ones are no error. Errors are *inbound.Fault.
func (c *Client) Expire(ctx context.Context, handle string) error {
	names := slices.DeleteFunc(strings.Split(handle, "\n"), func(name string) bool { return name == "" })
	_, _, err := c.act(ctx, action{"remove-downtime", forDowntime, downtimes, nil}, names)
	return err
}

func noted(n inbound.Note) map[string]any {
	author, comment := strings.TrimSpace(n.Author), strings.TrimSpace(n.Comment)
	if author == "" {
		author = "opsbot"
	}
	if comment == "" {
		comment = "opsbot"
	}
	return map[string]any{"author": author, "comment": comment}
}

func kindOf(object string) kind {
	if strings.Contains(object, "!") { // which no host name may contain
		return services
	}
	return hosts
}

// objects are the objects of events: hosts, and services of other hosts.
func objects(all []model.Event) (whole, single []string) {
	for i := range all {
		if !strings.Contains(all[i].Object, "!") {
			whole = append(whole, all[i].Object)
		}
	}
	for i := range all {
		host, _, of := strings.Cut(all[i].Object, "!")
		if of && !slices.Contains(whole, host) {
			single = append(single, all[i].Object)
		}
	}
	slices.Sort(whole)
	slices.Sort(single)
	return slices.Compact(whole), slices.Compact(single)
}

// action is an action on objects of a kind.
type action struct {
	name, purpose string
	of            kind
	body          map[string]any
}

// outcome is Icinga's answer for one object.
type outcome struct {
	Code     float64 `json:"code"`
	Status   string  `json:"status"`
	Name     string  `json:"name"` // of a downtime that was set
	Services []struct {
		Name string `json:"name"`
	} `json:"service_downtimes"`
}

// act runs an action on objects by name and returns the outcomes, and the names that no longer exist.
func (c *Client) act(ctx context.Context, a action, names []string) (done []outcome, gone []string, err error) {
	for some := range slices.Chunk(names, atOnce) {
		unknown, err := c.each(ctx, some, right{"actions/" + a.name, a.purpose}, func(some []string) error {
			got, err := c.post(ctx, a, some)
			done = append(done, got...)
			return err
		})
		gone = append(gone, unknown...)
		if err != nil {
			return done, gone, err
		}
	}
	for _, d := range done {
		if d.Code >= 300 && d.Code != http.StatusConflict { // it is so already, or OK again
			return done, gone, declined(d.Status)
		}
	}
	return done, gone, nil
}

func (c *Client) post(ctx context.Context, a action, names []string) ([]outcome, error) {
	body := map[string]any{"type": a.of.title, a.of.plural: names}
	maps.Copy(body, a.body)
	var answer struct {
		Results []outcome `json:"results"`
	}
	err := c.o.HTTP.JSON(ctx, httpclient.Request{URL: c.base + "/actions/" + a.name, Body: body}, &answer)
	if refusal, ok := errors.AsType[*httpclient.Refusal](err); ok && refusal.Code != http.StatusNotFound {
		// If all fail, the status is that of the first, and the body has the outcome of each.
		if json.Unmarshal(refusal.Body, &answer) == nil && len(answer.Results) > 0 {
			return answer.Results, nil
		}
	}
	return answer.Results, err
}
