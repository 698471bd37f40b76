package model

import (
	"maps"
	"net/netip"
	"strconv"
	"time"
)

// This file holds what people declare about clients, services and hosts, in the config and in inventory files, before
// it is merged. A nil or empty value inherits: defaults < service < group < client < client's service < host. The
// `range` tags are the allowed values, ends included.

// Place is where something was written.
type Place struct {
	File string `json:"file,omitempty"` // as the person named it; "" if it is in no file
	Line int    `json:"line,omitempty"` // 1-based; 0 if unknown
	Path string `json:"path,omitempty"` // position in the document: `clients[2] "clientA"`; may be empty
}

// Problem returns a Problem at this place.
func (p Place) Problem(what Sentence) Problem { return Problem{Place: p, What: what} }

// Prefix is what stands before a problem: `opsbot.toml:41: checks[2] "main-db": `; "" when nothing is known.
func (p Place) Prefix() string {
	prefix := p.String()
	if prefix != "" {
		prefix += ": "
	}
	if p.Path != "" {
		prefix += p.Path + ": "
	}
	return prefix
}

// String returns "opsbot.toml:41"; "" without a file.
func (p Place) String() string {
	if p.File == "" || p.Line == 0 {
		return p.File
	}
	return p.File + ":" + strconv.Itoa(p.Line)
}

// EndpointSettings are the settings of web endpoints that can be set at every level.
type EndpointSettings struct {
	URL          *URLTemplate    `toml:"url"`                         // default http://{host}:{port}{path}
	Port         *int            `toml:"port" range:"1..65535"`       // of the default URL and of {port}
	Path         *string         `toml:"path"`                        // of the default URL and of {path}; default /
	Method       *string         `toml:"method"`                      // default GET
	Status       []CodeRange     `toml:"status"`                      // expected status codes
	Contains     *string         `toml:"contains"`                    // text the body must contain
	Schedule     *Schedule       `toml:"schedule"`                    // when it runs
	Timeout      *Duration       `toml:"timeout" range:"1ms..10m"`    // of one attempt
	Retries      *int            `toml:"retries" range:"0..10"`       // further attempts within one run
	Failures     *Limit          `toml:"failures"`                    // results that make it down
	Recoveries   *int            `toml:"recoveries" range:"1..64"`    // ok results that make it ok again
	ConfirmEvery *Duration       `toml:"confirm_every" range:"0..1h"` // interval of re-checks after a first failure; 0 is off
	Comment      *string         `toml:"comment"`                     // what the person on call should do
	More         EndpointOptions `toml:"-"`                           // further options of kinds web and json
}

// EndpointOptions are options of kind web or json, by key, each from the nearest level that sets it. Only package
// checks interprets them. They are immutable.
type EndpointOptions map[string]*EndpointOption

// EndpointOption is one option as written.
type EndpointOption struct {
	Value any // decoded into the type of the kind's option
	At    Place
}

// Merged returns o overridden by near; neither is changed.
func (o EndpointOptions) Merged(near EndpointOptions) EndpointOptions {
	switch {
	case len(near) == 0:
		return o
	case len(o) == 0:
		return near
	}
	merged := maps.Clone(o)
	maps.Copy(merged, near)
	return merged
}

// ServiceSettings are the settings of a client's service that can be set at every level but a host.
type ServiceSettings struct {
	EndpointSettings
	MinUp        *MinUp `toml:"min_up"`                       // endpoints that must be up
	ErrThreshold *int   `toml:"err_threshold" range:"1..100"` // percent of failures that make it degraded
	Tier         string `toml:"tier"`                         // "gold", "normal" or a custom tier

	SLA *float64 `toml:"sla" range:"0..100"` // promised availability in percent of the time; 0 promises nothing
}

// ServiceSpec declares a web service that clients use.
type ServiceSpec struct {
	Name    string `toml:"name"`
	Runbook string `toml:"runbook"` // what to do when it fails, for every client
	ServiceSettings
	At Place `toml:"-"`
}

// GroupSpec declares settings shared by many clients.
type GroupSpec struct {
	Name     string   `toml:"name"`
	Services []string `toml:"services"` // of every client of the group that lists none
	Hosts    []string `toml:"hosts"`    // as ClientSpec.Hosts, for clients that list none
	Contacts []string `toml:"contacts"`
	Runbook  string   `toml:"runbook"`
	Labels   Labels   `toml:"labels"`   // overridden by the client's own
	OwnsDNS  *bool    `toml:"owns_dns"` // as ClientSpec.OwnsDNS, for clients that do not set it
	ServiceSettings
	At Place `toml:"-"`
}

// ClientSpec declares a customer.
type ClientSpec struct {
	Name     string                       `toml:"name"`
	Group    string                       `toml:"group"`
	Domains  []string                     `toml:"domains"` // every address of each is a host
	Hosts    []string                     `toml:"hosts"`   // names, aliases, addresses, or labels: "dc=fra1,role=web"
	Services []string                     `toml:"services"`
	Service  map[string]ClientServiceSpec `toml:"service"` // overrides, by the service's name
	Contacts []string                     `toml:"contacts"`
	Runbook  string                       `toml:"runbook"`
	Labels   Labels                       `toml:"labels"`
	OwnsDNS  *bool                        `toml:"owns_dns"` // hosts behind its domains are its own: whoever declares it runs that DNS too

	ReportTo       []string `toml:"report_to"`       // mail addresses that receive its reports
	ReportLanguage string   `toml:"report_language"` // "en", "ru"
	ServiceSettings
	At Place `toml:"-"`
}

// ClientServiceSpec declares how one client uses one service.
type ClientServiceSpec struct {
	Hosts   []string `toml:"hosts"`   // only on these, written as ClientSpec.Hosts; empty means all of the client's
	Runbook string   `toml:"runbook"` // instead of the service's
	ServiceSettings
	At Place `toml:"-"`
}

// HostSpec declares a machine.
type HostSpec struct {
	Name    string   `toml:"name"`
	Address string   `toml:"address"` // an IP address, or a name to resolve; default the host's name
	Aliases []string `toml:"aliases"`
	Labels  Labels   `toml:"labels"`
	EndpointSettings
	At Place `toml:"-"`
}

// ClientRef is a reference to a client from outside the inventory: from a route, a chat, a user.
type ClientRef struct {
	Client string
	At     Place
}

// DNSAnswer is the last good answer for one name.
type DNSAnswer struct {
	Name string
	IPv4 []netip.Addr // sorted
	IPv6 []netip.Addr // sorted
	At4  time.Time    // when IPv4 was last confirmed; zero is never
	At6  time.Time    // when IPv6 was last confirmed; zero is never
}
