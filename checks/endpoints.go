package checks

import (
	"fmt"
	"maps"
	"net"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"opsbot/model"
)

// Endpoint returns a pointer to the options that endpoints of the inventory may have in addition to their settings, to
// decode into: those of kind web and of kind json. Fields with the tag `endpoint:"no"` belong to the inventory.
func (Kinds) Endpoint() any { return &JSONOptions{} }

// Endpoints creates the checks of endpoints of the inventory. Those with the same options share patterns, authorities
// and secrets. It is safe for concurrent use.
type Endpoints struct {
	around model.Environment
	reach  *model.Reach // of redirects; nil: anywhere
	mu     sync.Mutex
	made   map[string]webCheck
}

// NewEndpoints returns Endpoints; files in options are resolved against the environment.
func NewEndpoints(around model.Environment) *Endpoints {
	return &Endpoints{around: around, made: map[string]webCheck{}}
}

// SetReach bounds where redirects may lead, beside an endpoint's own address. Call it before Check.
func (es *Endpoints) SetReach(reach model.Reach) { es.reach = &reach }

// ForEndpoint returns the check of an endpoint without options.
func ForEndpoint(e model.Endpoint) *model.Check {
	e.More = nil
	return NewEndpoints(model.Environment{}).Check(e)
}

// Check returns the check of an endpoint: it dials the endpoint's address, with the endpoint's server name in the Host
// header and in SNI. e.URL must be a valid URL: the inventory validates it.
func (es *Endpoints) Check(e model.Endpoint) *model.Check {
	w := es.common(e.More)
	w.reach = es.reach
	w.method, w.address, w.serverName = e.Method, e.Address, e.ServerName
	w.wanted, w.contains = e.Wanted, e.Contains
	u, err := url.Parse(e.URL)
	if err != nil {
		u = &url.URL{Scheme: "http", Host: e.Address, Path: "/"}
	}
	_ = asciiURL(u) // valid: the inventory has checked it
	w.url = u
	w.host = e.ServerName
	if port := u.Port(); port != "" {
		w.host = net.JoinHostPort(e.ServerName, port)
	} else if strings.Contains(e.ServerName, ":") {
		w.host = "[" + e.ServerName + "]"
	}
	return &model.Check{
		ID: e.ID(), Kind: kindOf(e.More), Schedule: e.Schedule, Timeout: e.Timeout, Retries: e.Retries, Checker: w.withDefaults(),
		Failures: e.Failures, Recoveries: e.Recoveries, ConfirmEvery: e.Confirm,
		Severity: model.SeverityCritical, Comment: e.Comment, Labels: e.Labels, Endpoint: &e,
	}
}

// kindOf is the kind of an endpoint: json if it has a condition.
func kindOf(more model.EndpointOptions) string {
	if more[conditionKey] != nil {
		return "json"
	}
	return "web"
}

const conditionKey = "condition"

// Wrong returns what is wrong with the options of an endpoint, one sentence each, with the option as its argument "key".
func (es *Endpoints) Wrong(address string, s model.EndpointSettings) []model.Sentence {
	o := es.options(s.More)
	o.URL, o.Status = address, s.Status
	if s.Contains != nil {
		o.Contains = *s.Contains
	}
	if s.Method != nil {
		o.Method = *s.Method
	}
	if kindOf(s.More) == "json" {
		return o.Validate()
	}
	return o.WebOptions.Validate()
}

// options returns the options of an endpoint as those of a separate check.
func (es *Endpoints) options(more model.EndpointOptions) *JSONOptions {
	o := &JSONOptions{}
	o.SetEnvironment(es.around)
	put(reflect.ValueOf(o).Elem(), more)
	return o
}

// put sets the fields named by the options' toml tags. A value of another type than the field's is skipped: it was
// decoded for another field.
func put(into reflect.Value, more model.EndpointOptions) {
	for i := range into.NumField() {
		field := into.Type().Field(i)
		if field.Tag.Get("endpoint") == "no" {
			continue
		}
		if field.Anonymous {
			put(into.Field(i), more)
			continue
		}
		if option := more[field.Tag.Get("toml")]; option != nil && reflect.TypeOf(option.Value) == field.Type {
			into.Field(i).Set(reflect.ValueOf(option.Value))
		}
	}
}

// common is what endpoints with the same options share; the caller owns the result.
func (es *Endpoints) common(more model.EndpointOptions) webCheck {
	if len(more) == 0 {
		return webCheck{}
	}
	var b strings.Builder // options are the same if each is the identical pointer
	for _, key := range slices.Sorted(maps.Keys(more)) {
		fmt.Fprintf(&b, "%s %p ", key, more[key])
	}
	es.mu.Lock()
	defer es.mu.Unlock()
	w, ok := es.made[b.String()]
	if !ok {
		w = es.make(more)
		es.made[b.String()] = w
	}
	return w
}

func (es *Endpoints) make(more model.EndpointOptions) webCheck {
	o := es.options(more)
	w := webCheck{judge: o.matcher(), redirects: o.Redirects, slow: time.Duration(o.SlowerThan), days: o.ExpiresIn}
	w.header, w.body = o.header(), o.sent()
	w.roots, _ = readRoots(es.around.Path(o.CAFile)) // valid: Wrong has checked it
	if program, err := compileCondition(o.Condition); err == nil && kindOf(more) == "json" {
		w.judge = (&jsonJudge{condition: o.Condition, program: program}).judge
	}
	return w
}
