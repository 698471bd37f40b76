package monitors

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
)

// icinga answers as Icinga 2.14 does: for hosts without services, each checked immediately on a change. It is safe for
// concurrent use.
type icinga struct {
	password string
	now      func() time.Time
	started  time.Time

	mu        sync.Mutex
	hosts     []*watched
	downtimes []downtime
	lastID    int
	listeners map[*listener]bool
}

// watched is a host as Icinga knows it.
type watched struct {
	name, address string
	vars          map[string]any
	down          bool
	changed       time.Time
	lastUp        time.Time
	ack           *ack
}

type ack struct {
	author, comment string
	at, until       time.Time // until is zero for ever
}

type downtime struct {
	name, host, author, comment string
	from, until                 time.Time
}

func newIcinga(o Options) *icinga {
	ic := &icinga{password: o.Password, now: o.Now, started: o.Now().Add(-time.Hour), listeners: map[*listener]bool{}}
	for _, h := range o.Hosts {
		vars := map[string]any{}
		for key, value := range h.Labels {
			vars[key] = value
		}
		if len(h.Clients) > 0 {
			vars["client"] = h.Clients[0]
		}
		ic.hosts = append(ic.hosts, &watched{name: h.Name, address: h.Address, vars: vars, changed: ic.started, lastUp: ic.started})
	}
	return ic
}

func (ic *icinga) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1", ic.introduce)
	mux.HandleFunc("GET /v1/status/IcingaApplication", ic.status)
	mux.HandleFunc("POST /v1/objects/{kind}", ic.query)
	mux.HandleFunc("POST /v1/events", ic.stream)
	mux.HandleFunc("POST /v1/actions/{action}", ic.act)
	return login(ic.password, mux)
}

func (ic *icinga) introduce(w http.ResponseWriter, _ *http.Request) {
	results(w, map[string]any{"user": User, "permissions": []string{"*"}, "version": version, "info": "The sandbox's Icinga"})
}

const version = "r2.14.6-1"

func (ic *icinga) status(w http.ResponseWriter, _ *http.Request) {
	app := map[string]any{"program_start": seconds(ic.started), "version": version, "node_name": "sandbox"}
	results(w, map[string]any{
		"name": "IcingaApplication", "status": map[string]any{"icingaapplication": map[string]any{"app": app}},
	})
}

func results(w http.ResponseWriter, all ...map[string]any) {
	if all == nil {
		all = []map[string]any{}
	}
	answer(w, http.StatusOK, map[string]any{"results": all})
}

func refuse(w http.ResponseWriter, code int, status string) {
	answer(w, code, map[string]any{"error": code, "status": status})
}

// noObjects is Icinga's answer to an unknown name, and to a missing right.
func noObjects(w http.ResponseWriter) { refuse(w, http.StatusNotFound, "No objects found.") }

// question is a query: objects by a filter, by names, or all.
type question struct {
	Attrs  []string `json:"attrs"`
	Joins  []string `json:"joins"`
	Filter string   `json:"filter"`
	Hosts  []string `json:"hosts"`
	Names  []string `json:"services"`
}

// filters are the supported ones, by kind of object.
var filters = map[string]string{
	"hosts": "host.state != 0", "services": "service.state != 0", "comments": "comment.entry_type == 4", "downtimes": "",
}

func (ic *icinga) query(w http.ResponseWriter, r *http.Request) {
	kind := r.PathValue("kind")
	var q question
	err := json.NewDecoder(r.Body).Decode(&q)
	only, known := filters[kind]
	switch {
	case err != nil || r.Header.Get("X-Http-Method-Override") != http.MethodGet:
		refuse(w, http.StatusBadRequest, "A query is JSON in a POST that says X-HTTP-Method-Override: GET.")
	case !known:
		refuse(w, http.StatusNotFound, "The requested path '"+r.URL.Path+"' could not be found.")
	case q.Filter != "" && q.Filter != only:
		refuse(w, http.StatusBadRequest, "The sandbox's Icinga does not know this filter.")
	case kind == "hosts":
		ic.queryHosts(w, &q)
	case kind == "comments":
		ic.queryComments(w)
	case kind == "downtimes":
		ic.queryDowntimes(w)
	case len(q.Names) > 0: // there are no services
		noObjects(w)
	default:
		results(w)
	}
}

func (ic *icinga) queryHosts(w http.ResponseWriter, q *question) {
	ic.mu.Lock()
	defer ic.mu.Unlock()
	found := []map[string]any{}
	for _, h := range ic.hosts {
		if q.Filter != "" && !h.down || q.Hosts != nil && !slices.Contains(q.Hosts, h.name) {
			continue
		}
		attrs := ic.attrs(h)
		for key := range attrs {
			if len(q.Attrs) > 0 && !slices.Contains(q.Attrs, key) {
				delete(attrs, key)
			}
		}
		found = append(found, map[string]any{"type": "Host", "name": h.name, "attrs": attrs, "joins": map[string]any{}, "meta": map[string]any{}})
	}
	if q.Hosts != nil && len(found) < len(q.Hosts) {
		noObjects(w)
		return
	}
	results(w, found...)
}

func (ic *icinga) attrs(h *watched) map[string]any {
	acknowledged, expiry := 0, 0.0
	if h.ack != nil {
		acknowledged, expiry = 1, seconds(h.ack.until)
	}
	return map[string]any{
		"name": h.name, "display_name": h.name, "address": h.address, "address6": "", "groups": []string{"sandbox"}, "vars": h.vars,
		"notes_url": "", "state": state(h.down), "state_type": hard, "last_state_change": seconds(h.changed), "last_state_up": seconds(h.lastUp),
		"last_reachable": true, "last_check_result": map[string]any{"output": h.output()},
		"acknowledgement": acknowledged, "acknowledgement_expiry": expiry, "downtime_depth": ic.depth(h.name),
	}
}

// hard is the state_type of a hard state.
const hard = 1

func state(down bool) int {
	if down {
		return 1
	}
	return 0
}

func (h *watched) output() string {
	if h.down {
		return fmt.Sprintf("CRITICAL - %s: Host unreachable, packet loss 100%%", h.address)
	}
	return "PING OK - Packet loss = 0%, RTA = 0.40 ms"
}

func (ic *icinga) queryComments(w http.ResponseWriter) {
	ic.mu.Lock()
	defer ic.mu.Unlock()
	found := []map[string]any{}
	for _, h := range ic.hosts {
		if h.ack != nil {
			found = append(found, map[string]any{"type": "Comment", "name": h.name + "!ack", "attrs": map[string]any{
				"host_name": h.name, "service_name": "", "author": h.ack.author, "text": h.ack.comment, "entry_type": 4, "entry_time": seconds(h.ack.at),
			}})
		}
	}
	results(w, found...)
}

func (ic *icinga) queryDowntimes(w http.ResponseWriter) {
	ic.mu.Lock()
	defer ic.mu.Unlock()
	found := []map[string]any{}
	for i := range ic.downtimes {
		d := &ic.downtimes[i]
		if d.until.After(ic.now()) {
			found = append(found, map[string]any{"type": "Downtime", "name": d.name, "attrs": d.wire()})
		}
	}
	results(w, found...)
}

// report sets these hosts down, and all others up.
func (ic *icinga) report(hosts []string) {
	ic.mu.Lock()
	defer ic.mu.Unlock()
	now := ic.now()
	for _, h := range ic.hosts {
		down := slices.Contains(hosts, h.name)
		if h.down == down {
			continue
		}
		before := state(h.down)
		h.down, h.changed = down, now
		if !down {
			h.lastUp = now
		}
		ic.emit("StateChange", now, map[string]any{
			"host": h.name, "state": state(down), "state_type": hard, "acknowledgement": false, "downtime_depth": ic.depth(h.name),
			"check_result": map[string]any{
				"output": h.output(), "state": state(down), "execution_end": seconds(now),
				"vars_before": map[string]any{"state": before, "state_type": hard}, "vars_after": map[string]any{"state": state(down), "state_type": hard},
			},
		})
		if !down {
			ic.unacknowledge(h)
		}
	}
}

func (ic *icinga) host(name string) *watched {
	i := slices.IndexFunc(ic.hosts, func(h *watched) bool { return h.name == name })
	if i < 0 {
		return nil
	}
	return ic.hosts[i]
}
