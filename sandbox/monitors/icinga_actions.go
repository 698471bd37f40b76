package monitors

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// order is the parameters of an action.
type order struct {
	Type      string   `json:"type"`
	Hosts     []string `json:"hosts"`
	Names     []string `json:"services"`
	Downtimes []string `json:"downtimes"`
	Author    string   `json:"author"`
	Comment   string   `json:"comment"`
	Expiry    float64  `json:"expiry"`
	Start     float64  `json:"start_time"`
	End       float64  `json:"end_time"`
	Fixed     bool     `json:"fixed"`
	All       bool     `json:"all_services"`
}

// act runs an action on objects: on all of them, or on none if one is unknown. Each has an outcome of its own; if all fail,
// the first one's code is the answer's.
func (ic *icinga) act(w http.ResponseWriter, r *http.Request) {
	var o order
	if err := json.NewDecoder(r.Body).Decode(&o); err != nil {
		refuse(w, http.StatusBadRequest, "Invalid request body: "+err.Error())
		return
	}
	ic.mu.Lock()
	defer ic.mu.Unlock()
	one, names := ic.action(r.PathValue("action"), &o)
	switch {
	case one == nil:
		refuse(w, http.StatusNotFound, "Action '"+r.PathValue("action")+"' does not exist.")
		return
	case len(names) == 0 || slices.ContainsFunc(names, func(name string) bool { return !ic.has(o.Type, name) }):
		noObjects(w)
		return
	}
	outcomes := make([]map[string]any, len(names))
	code := 0
	for i, name := range names {
		outcomes[i] = one(name, &o)
		if got, _ := outcomes[i]["code"].(int); code == 0 || got < http.StatusMultipleChoices {
			code = got
		}
	}
	answer(w, code, map[string]any{"results": outcomes})
}

func (ic *icinga) action(name string, o *order) (one func(string, *order) map[string]any, names []string) {
	switch name {
	case "acknowledge-problem":
		return ic.acknowledge, o.Hosts
	case "remove-acknowledgement":
		return ic.removeAck, o.Hosts
	case "schedule-downtime":
		return ic.schedule, o.Hosts
	case "remove-downtime":
		return ic.removeDowntime, o.Downtimes
	}
	return nil, nil
}

// has reports whether an object of a kind exists. There are no services.
func (ic *icinga) has(kind, name string) bool {
	switch kind {
	case "Host":
		return ic.host(name) != nil
	case "Downtime":
		return slices.ContainsFunc(ic.downtimes, func(d downtime) bool { return d.name == name })
	}
	return false
}

func outcome(code int, format string, args ...any) map[string]any {
	return map[string]any{"code": code, "status": fmt.Sprintf(format, args...)}
}

func (ic *icinga) acknowledge(name string, o *order) map[string]any {
	h := ic.host(name)
	switch {
	case o.Author == "" || o.Comment == "":
		return outcome(http.StatusBadRequest, "Acknowledgements require author and comment.")
	case !h.down:
		return outcome(http.StatusConflict, "Host %s is UP.", name)
	case h.ack != nil:
		return outcome(http.StatusConflict, "Host %s is already acknowledged.", name)
	}
	h.ack = &ack{author: o.Author, comment: o.Comment, at: ic.now(), until: moment(o.Expiry)}
	ic.emit("AcknowledgementSet", ic.now(), map[string]any{
		"host": name, "state": state(h.down), "state_type": hard, "author": o.Author, "comment": o.Comment, "expiry": o.Expiry,
	})
	return outcome(http.StatusOK, "Successfully acknowledged problem for object '%s'.", name)
}

func (ic *icinga) removeAck(name string, _ *order) map[string]any {
	ic.unacknowledge(ic.host(name))
	return outcome(http.StatusOK, "Successfully removed acknowledgement for object '%s'.", name)
}

func (ic *icinga) unacknowledge(h *watched) {
	if h.ack == nil {
		return
	}
	h.ack = nil
	ic.emit("AcknowledgementCleared", ic.now(), map[string]any{"host": h.name, "state": state(h.down), "state_type": hard})
}

func (ic *icinga) schedule(name string, o *order) map[string]any {
	if o.Author == "" || o.Comment == "" || !o.Fixed || o.End <= o.Start {
		return outcome(http.StatusBadRequest, "A downtime of the sandbox's Icinga has an author, a comment, an end, and is fixed.")
	}
	ic.lastID++
	d := downtime{
		name: fmt.Sprintf("%s!downtime-%d", name, ic.lastID), host: name, author: o.Author, comment: o.Comment, from: moment(o.Start), until: moment(o.End),
	}
	ic.downtimes = append(ic.downtimes, d)
	ic.emit("DowntimeStarted", ic.now(), map[string]any{"downtime": d.wire()})
	done := outcome(http.StatusOK, "Successfully scheduled downtime '%s' for object '%s'.", d.name, name)
	done["name"], done["legacy_id"] = d.name, ic.lastID
	if o.All {
		done["service_downtimes"] = []any{}
	}
	return done
}

func (ic *icinga) removeDowntime(name string, _ *order) map[string]any {
	i := slices.IndexFunc(ic.downtimes, func(d downtime) bool { return d.name == name })
	if i < 0 { // named twice
		return outcome(http.StatusOK, "There is no downtime '%s' any more.", name)
	}
	d := ic.downtimes[i]
	ic.downtimes = slices.Delete(ic.downtimes, i, i+1)
	ic.emit("DowntimeRemoved", ic.now(), map[string]any{"downtime": d.wire()})
	return outcome(http.StatusOK, "Successfully removed downtime '%s' and 0 child downtimes.", name)
}

func (d *downtime) wire() map[string]any {
	return map[string]any{
		"__name": d.name, "host_name": d.host, "service_name": "", "author": d.author, "comment": d.comment,
		"start_time": seconds(d.from), "end_time": seconds(d.until), "fixed": true, "parent": "",
	}
}

// depth is the number of active downtimes of a host.
func (ic *icinga) depth(host string) int {
	n, now := 0, ic.now()
	for _, d := range ic.downtimes {
		if d.host == host && !d.from.After(now) && d.until.After(now) {
			n++
		}
	}
	return n
}

// moment converts Unix seconds; 0 is the zero Time.
func moment(seconds float64) time.Time {
	if seconds <= 0 || seconds > 1e11 {
		return time.Time{}
	}
	return time.UnixMicro(int64(seconds * 1e6))
}
