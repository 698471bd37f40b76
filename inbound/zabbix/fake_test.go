package zabbix_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"opsbot/inbound/httpclient"
	"opsbot/inbound/zabbix"
	"opsbot/model"
)

const token = "t0ken-of-ours"

// fake is a Zabbix that answers as 6.0 does, or a later one.
type fake struct {
	*httptest.Server
	t *testing.T

	mu           sync.Mutex
	version      string
	noHeader     bool     // a proxy removes the header
	denied       []string // methods
	triggers     map[string]map[string]any
	hosts        map[string]map[string]any
	events       []map[string]any // problems and their ends, by id
	users        map[string]string
	calls        []call
	raw          string // answers everything
	maintenances []any  // returned instead of the one that is created
}

type call struct {
	Method string
	Params map[string]any
}

func newFake(t *testing.T) *fake {
	f := &fake{t: t, version: "6.0.14", triggers: map[string]map[string]any{}, hosts: map[string]map[string]any{}, users: map[string]string{"7": "ivan"}}
	f.host("10559", "web1", "10.0.0.5")
	f.trigger("23133", "10559", "app.errors")
	f.Server = httptest.NewServer(http.HandlerFunc(f.serve))
	t.Cleanup(f.Close)
	return f
}

func (f *fake) host(id, name, ip string) {
	f.hosts[id] = map[string]any{"hostid": id, "host": name, "name": name + " (visible)", "interfaces": []any{
		map[string]any{"ip": "192.168.0.1", "dns": "", "useip": "1", "main": "0"}, map[string]any{"ip": ip, "dns": name + ".example.com", "useip": "1", "main": "1"},
	}}
}

func (f *fake) trigger(id, host, key string) {
	f.triggers[id] = map[string]any{"triggerid": id, "hosts": []any{f.hosts[host]}, "items": []any{map[string]any{"key_": key}}}
}

// problem opens one.
func (f *fake) problem(id, clock int, more ...any) {
	e := map[string]any{
		"eventid": strconv.Itoa(id), "objectid": "23133", "clock": strconv.Itoa(clock), "value": "1", "name": "High error rate: 13", "severity": "4",
		"acknowledged": "0", "suppressed": "0", "r_eventid": "0", "acknowledges": []any{},
		"tags": []any{map[string]any{"tag": "scope", "value": "availability"}, map[string]any{"tag": "fqdn", "value": "web1.tags.example.com"}},
	}
	for i := 0; i+1 < len(more); i += 2 {
		e[more[i].(string)] = more[i+1]
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.events = append(f.events, e)
}

// recover ends a problem by an event of its own.
func (f *fake) recover(id, by, clock int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, e := range f.events {
		if e["eventid"] == strconv.Itoa(id) {
			e["r_eventid"] = strconv.Itoa(by)
		}
	}
	f.events = append(f.events, map[string]any{"eventid": strconv.Itoa(by), "clock": strconv.Itoa(clock), "value": "0", "objectid": "23133"})
}

func clock() time.Time { return time.Unix(1795320030, 0).UTC() }

func (f *fake) client() *zabbix.Client {
	client := httpclient.New(httpclient.Options{Timeout: 5 * time.Second})
	f.t.Cleanup(client.Close)
	return zabbix.New(zabbix.Options{URL: f.URL, HTTP: client, Token: model.NewSecret(token), HostFrom: []string{"fqdn"}, Now: clock})
}

func (f *fake) serve(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var q struct {
		Method string          `json:"method"`
		Params json.RawMessage `json:"params"`
		Auth   *string         `json:"auth"`
	}
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil || r.URL.Path != "/api_jsonrpc.php" {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	var with map[string]any
	_ = json.Unmarshal(q.Params, &with) // a list is no map
	f.calls = append(f.calls, call{q.Method, with})
	if f.raw != "" {
		_, _ = w.Write([]byte(f.raw))
		return
	}
	bearer := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	if f.noHeader || f.version < "6.4" {
		bearer = ""
	}
	result, failed := any(nil), ""
	switch {
	case q.Method == "apiinfo.version" && (q.Auth != nil || r.Header.Get("Authorization") != ""):
		failed = `The "apiinfo.version" method must be called without authorization.`
	case q.Method == "apiinfo.version":
		result = f.version
	case q.Auth != nil && f.version >= "7.2":
		failed = `Invalid parameter "/": unexpected parameter "auth".`
	case bearer != token && (q.Auth == nil || *q.Auth != token):
		failed = "Not authorized."
	case slices.Contains(f.denied, q.Method):
		failed = fmt.Sprintf("No permissions to call %q.", q.Method)
	default:
		result, failed = f.answer(q.Method, with, q.Params)
	}
	answer := map[string]any{"jsonrpc": "2.0", "id": 1, "result": result}
	if failed != "" {
		answer = map[string]any{"jsonrpc": "2.0", "id": 1, "error": map[string]any{"code": -32602, "message": "Invalid params.", "data": failed}}
	}
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		f.t.Error(err)
	}
}

func (f *fake) answer(method string, with map[string]any, raw json.RawMessage) (result any, failed string) {
	switch method {
	case "problem.get":
		return f.found(with, func(e map[string]any) bool { return e["value"] == "1" && e["r_eventid"] == "0" }), ""
	case "event.get":
		return f.found(with, func(e map[string]any) bool { return with["value"] == nil || e["value"] == "1" }), ""
	case "trigger.get":
		return chosen(f.triggers, with["triggerids"]), ""
	case "host.get":
		return chosen(f.hosts, with["hostids"]), ""
	case "user.get":
		out := []any{}
		for id, name := range f.users {
			out = append(out, map[string]any{"userid": id, "username": name, "name": "", "surname": ""})
		}
		return out, ""
	case "event.acknowledge":
		if with["eventids"] == nil {
			return nil, "Incorrect arguments passed to function."
		}
		return map[string]any{"eventids": []int{3}}, ""
	case "maintenance.create":
		if with["name"] == nil {
			return nil, `Invalid parameter "/": cannot be empty.`
		}
		return map[string]any{"maintenanceids": []string{"42"}}, ""
	case "maintenance.get":
		if f.maintenances != nil {
			return f.maintenances, ""
		}
		if ids, ok := with["maintenanceids"].([]any); ok && ids[0] == "42" {
			return []any{map[string]any{"maintenanceid": "42"}}, ""
		}
		return []any{}, ""
	case "maintenance.delete":
		if string(raw) == "[]" {
			return nil, `Invalid parameter "/": cannot be empty.`
		}
		return map[string]any{"maintenanceids": []string{"42"}}, ""
	}
	return nil, "Incorrect method."
}

func chosen(from map[string]map[string]any, ids any) []any {
	out := []any{}
	list, _ := ids.([]any)
	for id, each := range from {
		if ids == nil || slices.Contains(list, any(id)) {
			out = append(out, each)
		}
	}
	return out
}

func (f *fake) found(with map[string]any, fits func(map[string]any) bool) []any {
	from, err := strconv.Atoi(fmt.Sprint(with["eventid_from"]))
	if err != nil {
		from = 0
	}
	ids, _ := with["eventids"].([]any)
	out := []any{}
	for _, e := range f.events {
		id, err := strconv.Atoi(e["eventid"].(string))
		if err != nil {
			f.t.Error(err)
		}
		if fits(e) && id >= from && (ids == nil || slices.Contains(ids, e["eventid"])) {
			out = append(out, e)
		}
	}
	if with["sortorder"] == "DESC" {
		slices.Reverse(out)
	}
	if most, ok := with["limit"].(float64); ok && len(out) > int(most) {
		out = out[:int(most)]
	}
	return out
}

func (f *fake) last(method string) map[string]any {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range slices.Backward(f.calls) {
		if c.Method == method {
			return c.Params
		}
	}
	f.t.Fatalf("%s was not called", method)
	return nil
}

func (f *fake) count(method string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, c := range f.calls {
		if c.Method == method {
			n++
		}
	}
	return n
}
