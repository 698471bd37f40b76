package icinga_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"opsbot/inbound/httpclient"
	"opsbot/inbound/icinga"
	"opsbot/model"
)

// fake is an Icinga that answers as 2.13 does.
type fake struct {
	*httptest.Server
	t testing.TB

	mu       sync.Mutex
	boot     float64
	granted  []string
	objects  map[string]map[string]any // attributes by "web1" or "web1!http"
	comments []map[string]any
	asked    []string // paths
	acts     []map[string]any
	streams  []chan string
	listened chan struct{}     // gets one for each opened stream
	raw      map[string]string // answers by path, instead of everything else
}

var all = []string{"*"}

func newFake(t testing.TB) *fake {
	f := &fake{t: t, boot: 1795314535.327671, granted: all, objects: map[string]map[string]any{}, listened: make(chan struct{}, 10), raw: map[string]string{}}
	f.Server = httptest.NewTLSServer(http.HandlerFunc(f.serve))
	t.Cleanup(func() {
		f.hangUp()
		f.Close()
	})
	return f
}

func (f *fake) client(hostFrom ...string) *icinga.Client {
	transport, ok := f.Client().Transport.(*http.Transport)
	if !ok {
		f.t.Fatal("no transport")
	}
	client := httpclient.New(httpclient.Options{User: "ops", Password: model.NewSecret("hunter2"), Roots: transport.TLSClientConfig.RootCAs, Timeout: time.Minute})
	f.t.Cleanup(client.Close)
	return icinga.New(icinga.Options{URL: f.URL, HTTP: client, HostFrom: hostFrom, Now: clock})
}

// clock is after every time in the recorded payloads.
func clock() time.Time { return time.Unix(1795320000, 0).UTC() }

func (f *fake) serve(w http.ResponseWriter, r *http.Request) {
	if user, password, _ := r.BasicAuth(); user != "ops" || password != "hunter2" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	var body map[string]any
	if r.ContentLength > 0 {
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
	}
	path := strings.TrimPrefix(r.URL.Path, "/v1")
	f.mu.Lock()
	f.asked = append(f.asked, path)
	raw, recorded := f.raw[path]
	f.mu.Unlock()
	switch _, part, _ := strings.Cut(path, "/"); {
	case recorded:
		_, _ = w.Write([]byte(raw))
	case path == "":
		f.results(w, map[string]any{"version": "r2.13.6-1", "user": "ops", "permissions": f.granted})
	case path == "/status/IcingaApplication":
		f.results(w, map[string]any{"status": map[string]any{"icingaapplication": map[string]any{"app": map[string]any{"program_start": f.boot}}}})
	case path == "/events":
		f.stream(w, r)
	case strings.HasPrefix(part, "objects/"):
		f.query(w, strings.TrimPrefix(part, "objects/"), body)
	case strings.HasPrefix(part, "actions/"):
		f.act(w, strings.TrimPrefix(part, "actions/"), body)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func (f *fake) may(right string) bool {
	return slices.Equal(f.granted, all) || slices.Contains(f.granted, right)
}

func (f *fake) results(w http.ResponseWriter, results ...map[string]any) {
	if results == nil {
		results = []map[string]any{}
	}
	if err := json.NewEncoder(w).Encode(map[string]any{"results": results}); err != nil {
		f.t.Error(err)
	}
}

func none(w http.ResponseWriter) {
	w.WriteHeader(http.StatusNotFound)
	_, _ = w.Write([]byte(`{"error":404,"status":"No objects found."}`))
}

func (f *fake) query(w http.ResponseWriter, plural string, body map[string]any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	title := map[string]string{"hosts": "Host", "services": "Service", "comments": "Comment"}[plural]
	if !f.may("objects/query/" + title) {
		none(w)
		return
	}
	if plural == "comments" {
		out := []map[string]any{}
		for _, c := range f.comments {
			out = append(out, map[string]any{"type": "Comment", "attrs": c})
		}
		f.results(w, out...)
		return
	}
	var names []string
	if list, ok := body[plural].([]any); ok {
		for _, name := range list {
			names = append(names, name.(string))
		}
	} else {
		_, filtered := body["filter"]
		for name, attrs := range f.objects {
			if strings.Contains(name, "!") == (plural == "services") && (!filtered || attrs["state"] != 0) {
				names = append(names, name)
			}
		}
	}
	out := []map[string]any{}
	for _, name := range names {
		attrs, ok := f.objects[name]
		if !ok {
			none(w)
			return
		}
		host, _, _ := strings.Cut(name, "!")
		out = append(out, map[string]any{"type": title, "name": name, "attrs": attrs, "joins": map[string]any{"host": f.objects[host]}})
	}
	f.results(w, out...)
}

func (f *fake) act(w http.ResponseWriter, action string, body map[string]any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	title, _ := body["type"].(string)
	names, _ := body[strings.ToLower(title)+"s"].([]any)
	var out []map[string]any
	for _, each := range names {
		name, _ := each.(string)
		attrs, ok := f.objects[name]
		if !f.may("actions/"+action) || !ok {
			none(w)
			return
		}
		answer := map[string]any{"code": 200, "status": "done"}
		switch {
		case action == "acknowledge-problem" && attrs["acknowledgement"] != nil:
			answer = map[string]any{"code": 409, "status": name + " is already acknowledged."}
		case action == "remove-acknowledgement":
			delete(attrs, "acknowledgement")
		case action == "schedule-downtime":
			answer["name"] = name + "!outer"
			f.objects[name+"!outer"] = map[string]any{"name": "outer"}
			if body["all_services"] == true {
				answer["service_downtimes"] = []map[string]any{{"name": name + "!x!inner"}}
				f.objects[name+"!x!inner"] = map[string]any{"name": "inner"}
			}
		}
		out = append(out, answer)
	}
	for _, name := range names {
		if action == "remove-downtime" {
			delete(f.objects, name.(string))
		}
	}
	body["action"] = action
	f.acts = append(f.acts, body)
	if len(out) == 1 && out[0]["code"] != 200 {
		w.WriteHeader(out[0]["code"].(int))
	}
	f.results(w, out...)
}

func (f *fake) stream(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	if !f.may("events/StateChange") {
		f.mu.Unlock()
		none(w)
		return
	}
	lines := make(chan string, 100_000)
	f.streams = append(f.streams, lines)
	f.mu.Unlock()
	w.WriteHeader(http.StatusOK)
	_ = http.NewResponseController(w).Flush()
	f.listened <- struct{}{}
	for {
		select {
		case line, ok := <-lines:
			if !ok {
				return
			}
			_, _ = w.Write([]byte(line + "\n"))
			_ = http.NewResponseController(w).Flush()
		case <-r.Context().Done():
			return
		}
	}
}

// say sends lines to listeners.
func (f *fake) say(lines ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range f.streams {
		for _, line := range lines {
			s <- line
		}
	}
}

// hangUp ends the streams.
func (f *fake) hangUp() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range f.streams {
		close(s)
	}
	f.streams = nil
}

// set changes attributes of an object, and creates it if necessary.
func (f *fake) set(name string, pairs ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	host, service, of := strings.Cut(name, "!")
	attrs := map[string]any{"name": host, "display_name": host, "address": "10.0.0.1", "state": 0, "state_type": 1, "last_reachable": true}
	if of {
		attrs["name"], attrs["host_name"] = service, host
	}
	if before, ok := f.objects[name]; ok {
		attrs = maps.Clone(before)
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		attrs[pairs[i].(string)] = pairs[i+1]
	}
	f.objects[name] = attrs
}

// change is a StateChange of the stream, and sets the object's state.
func (f *fake) change(name string, state, kind int, at float64) string {
	host, service, of := strings.Cut(name, "!")
	before := map[string]any{"state": 0, "state_type": 1}
	f.mu.Lock()
	if attrs, ok := f.objects[name]; ok && attrs["state"] != nil {
		before = map[string]any{"state": attrs["state"], "state_type": attrs["state_type"]}
	}
	f.mu.Unlock()
	pairs := []any{"state", state, "state_type", kind, "last_state_change", at, "last_check_result", map[string]any{"output": fmt.Sprintf("state %d\nmore", state)}}
	if state == 0 && of {
		pairs = append(pairs, "last_state_ok", at)
	}
	if state == 0 && !of {
		pairs = append(pairs, "last_state_up", at)
	}
	f.set(name, pairs...)
	line := map[string]any{
		"type": "StateChange", "host": host, "state": state, "state_type": kind, "timestamp": at + 0.0001,
		"check_result": map[string]any{"execution_end": at, "output": fmt.Sprintf("state %d\nmore", state), "vars_before": before},
	}
	if of {
		line["service"] = service
	}
	text, err := json.Marshal(line)
	if err != nil {
		f.t.Fatal(err)
	}
	return string(text)
}

func (f *fake) count(path string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, asked := range f.asked {
		if asked == path {
			n++
		}
	}
	return n
}
