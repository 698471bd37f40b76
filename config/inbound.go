package config

import (
	"crypto/tls"
	"time"

	"opsbot/model"
)

// Inbound is a system that sends events about hosts.
type Inbound struct {
	Name         string            `toml:"name"` // in messages, in the address of the hook, and for /impact
	Kind         model.SourceKind  `toml:"kind"`
	URLs         []URL             `toml:"urls"` // of its API; several for one cluster of Alertmanagers. Load adds url to it
	URL          URL               `toml:"url"`  // a single one
	User         string            `toml:"user"`
	Password     Secret            `toml:"password"` // Load fills it from password_file
	PasswordFile string            `toml:"password_file"`
	Token        Secret            `toml:"token"` // bearer token, or API token of Zabbix; Load fills it from token_file
	TokenFile    string            `toml:"token_file"`
	ClientCert   string            `toml:"client_cert"` // PEM; with client_key
	ClientKey    string            `toml:"client_key"`
	Certificates []tls.Certificate `toml:"-"`           // of client_cert and client_key; at most one
	ServerName   string            `toml:"server_name"` // in the certificate, if it is not the host of the URL
	Trust

	Secret     Secret `toml:"secret"` // that senders to the hook must show; Load fills it from secret_file
	SecretFile string `toml:"secret_file"`

	Poll              model.Duration            `toml:"poll" range:"5s..1h"`
	DisconnectedAfter model.Duration            `toml:"disconnected_after" range:"5s..1d"` // 0: not set, of a source without a URL
	MinSeverity       model.Severity            `toml:"min_severity"`                      // events below it are ignored
	Severities        map[string]model.Severity `toml:"severities"`                        // its own words for severities, beside the usual ones
	Untestable        Untestable                `toml:"untestable"`                        // what becomes of its critical events that no check can verify
	Ignore            map[string][]string       `toml:"ignore"`                            // events with one of these values of a label are ignored
	HostFrom          []string                  `toml:"host_from"`                         // labels, tags or variables that may name the host, the most reliable first; none: the defaults of the kind
	HostsBy           []string                  `toml:"hosts_by"`                          // how to find the host of a name, in this order: "name", "alias", "address", "label:KEY"
	Domains           []string                  `toml:"domains"`                           // removed from the end of names: "example.com"
	Clients           []string                  `toml:"clients"`                           // that its events may name, by a domain or by the label client; none: all
	Prometheus        []URL                     `toml:"prometheus"`                        // of alertmanager: shows whether an alert is really over

	Acknowledge bool `toml:"acknowledge"` // write acks of the chat to the source
	Downtime    bool `toml:"downtime"`    // write mutes of the chat to the source as a downtime, maintenance or silence

	Mapping InboundMapping `toml:"mapping"` // of generic: paths in its JSON
	At      model.Place    `toml:"-"`
}

// Untestable is what becomes of a critical event that no check can verify: a full disk, a backup, an event about no host.
type Untestable string

// The values of Untestable.
const (
	UntestableNotify Untestable = "notify" // a critical notification
	UntestableSilent Untestable = "silent" // shown only on the card of a group that is notified for something else
)

// InboundMapping are the paths in the JSON of a generic hook, written as for kind json: "alert.host.name". ID, Host and
// State are required.
type InboundMapping struct {
	List     string `toml:"list"`     // of events; "": the body is one event, or a list
	ID       string `toml:"id"`       // of the episode
	Host     string `toml:"host"`     // a name or an address
	Service  string `toml:"service"`  // the check on it
	Title    string `toml:"title"`    // text of the event
	State    string `toml:"state"`    // whether the event is open
	Severity string `toml:"severity"` // see Critical and Info
	Since    string `toml:"since"`    // RFC 3339, a similar form, or a number since 1970
	Link     string `toml:"link"`     // to the event in the source

	Over     []string          `toml:"over"`     // values of State that mean the event is over
	Critical []string          `toml:"critical"` // values of Severity; others are warnings. Without Critical and Info the usual words are known
	Info     []string          `toml:"info"`
	Labels   map[string]string `toml:"labels"` // path of each label
}

func (in *Inbound) setDefaults() {
	*in = Inbound{
		Poll: model.Duration(30 * time.Second), DisconnectedAfter: model.Duration(5 * time.Minute),
		MinSeverity: model.SeverityWarning, Untestable: UntestableNotify, HostsBy: []string{"name", "alias", "address"},
	}
}
