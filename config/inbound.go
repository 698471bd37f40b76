package config

import (
	"crypto/tls"
	"time"

	"opsbot/model"
)

// Inbound is a system that sends events about hosts.
type Inbound struct {
	Name         string            `toml:"name"` // in messages, of the hook's address, and what /impact takes
	Kind         model.SourceKind  `toml:"kind"`
	URLs         []URL             `toml:"urls"` // of its API; several Alertmanagers of one cluster. After Load it holds what url gave, too
	URL          URL               `toml:"url"`  // the same, when there is one
	User         string            `toml:"user"`
	Password     Secret            `toml:"password"` // after Load it holds what password_file gave
	PasswordFile string            `toml:"password_file"`
	Token        Secret            `toml:"token"` // of a bearer, or of Zabbix's API; after Load it holds what token_file gave
	TokenFile    string            `toml:"token_file"`
	ClientCert   string            `toml:"client_cert"` // PEM; with client_key
	ClientKey    string            `toml:"client_key"`
	Certificates []tls.Certificate `toml:"-"`           // what client_cert and client_key hold; at most one
	ServerName   string            `toml:"server_name"` // in the certificate, where it is not the host of the URL
	Trust

	Secret     Secret `toml:"secret"` // what hooks must show; after Load it holds what secret_file gave
	SecretFile string `toml:"secret_file"`

	Poll              model.Duration      `toml:"poll" range:"5s..1h"`
	DisconnectedAfter model.Duration      `toml:"disconnected_after" range:"5s..1d"` // 0: of a source that cannot be asked, where it is not set
	MinSeverity       model.Severity      `toml:"min_severity"`                      // what is below is left out
	Ignore            map[string][]string `toml:"ignore"`                            // events with one of these values of a label are left out
	HostFrom          []string            `toml:"host_from"`                         // labels, tags or variables that may name the host, the surest first; none: what the kind usually has
	HostsBy           []string            `toml:"hosts_by"`                          // how a name finds a host: "name", "alias", "address", "label:KEY", in this order
	Domains           []string            `toml:"domains"`                           // taken off the end of names: "example.com"
	Prometheus        []URL               `toml:"prometheus"`                        // of alertmanager: asked whether an alert is really over

	Acknowledge bool `toml:"acknowledge"` // an ack in the chat is one at the source
	Downtime    bool `toml:"downtime"`    // a mute in the chat is a downtime, maintenance or silence at the source

	Mapping InboundMapping `toml:"mapping"` // of generic: where in the JSON things stand
	At      model.Place    `toml:"-"`
}

// InboundMapping says where in the JSON of a generic hook things stand: paths as of kind json, "alert.host.name". Each may
// be left out but ID, Host and State.
type InboundMapping struct {
	List     string `toml:"list"`     // of events; "": the body is one, or a list of them
	ID       string `toml:"id"`       // of the episode
	Host     string `toml:"host"`     // a name or an address
	Service  string `toml:"service"`  // the check on it
	Title    string `toml:"title"`    // what it says
	State    string `toml:"state"`    // whether it stands
	Severity string `toml:"severity"` // how bad it is
	Since    string `toml:"since"`    // RFC 3339, or seconds since 1970
	Link     string `toml:"link"`     // for a person who wants to see it there

	Over     []string          `toml:"over"`     // values of State that mean it is over; all others that it stands
	Critical []string          `toml:"critical"` // values of Severity; all others are warnings
	Info     []string          `toml:"info"`
	Labels   map[string]string `toml:"labels"` // name of a label to its path
}

func (in *Inbound) setDefaults() {
	*in = Inbound{
		Poll: model.Duration(30 * time.Second), DisconnectedAfter: model.Duration(5 * time.Minute),
		MinSeverity: model.SeverityWarning, HostsBy: []string{"name", "alias", "address"},
	}
}
