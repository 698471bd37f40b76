// Package config reads TOML files into a validated Config. It reports all mistakes at once, each with its place.
//
// It knows the common part of every section; the options of kinds of checks come from a registry. It must not know
// Telegram, SQL or the network, nor how a schedule or a check works.
package config

import (
	"net/netip"

	"opsbot/model"
)

// Config is the whole configuration with its defaults. It does not change after Load.
type Config struct {
	Instance     Instance            `toml:"instance"`
	Telegram     Telegram            `toml:"telegram"`
	Store        Store               `toml:"store"`
	Web          Web                 `toml:"web"`
	Control      Control             `toml:"control"`
	Cluster      Cluster             `toml:"cluster"` // of several that share a database
	Watchdog     Watchdog            `toml:"watchdog"`
	Schedule     Schedule            `toml:"schedule"`
	History      History             `toml:"history"`
	Alerts       Alerts              `toml:"alerts"`
	Connectivity Connectivity        `toml:"connectivity"`
	People       []Person            `toml:"people"`      // names are unique
	OnCall       []OnCallSchedule    `toml:"schedules"`   // names are unique; people exist
	Escalations  []Escalation        `toml:"escalations"` // names are unique; whom they page exists
	Email        []Email             `toml:"email"`       // names are unique
	Teams        []Teams             `toml:"teams"`       // names are unique
	Webhook      []Webhook           `toml:"webhook"`     // names are unique
	Gateways     []Gateway           `toml:"gateways"`    // names are unique
	Routes       []Route             `toml:"routes"`      // the first match wins, unless Continue; none: everything goes to every known chat
	Reports      []Report            `toml:"reports"`     // names are unique
	Webtest      Webtest             `toml:"webtest"`
	Services     []model.ServiceSpec `toml:"services"`    // names are unique
	Groups       []model.GroupSpec   `toml:"groups"`      // names are unique; services exist
	Clients      []model.ClientSpec  `toml:"clients"`     // names are unique; groups and services exist
	Hosts        []model.HostSpec    `toml:"hosts"`       // names are unique; package inventory checks addresses and aliases
	Inventory    []InventoryFile     `toml:"inventory"`   // more clients and hosts
	Maintenance  []Maintenance       `toml:"maintenance"` // names are unique
	Inbound      []Inbound           `toml:"inbound"`     // names are unique
	SSH          SSH                 `toml:"ssh"`
	Logs         []LogSource         `toml:"logs"` // names are unique
	Excerpts     Excerpts            `toml:"excerpts"`
	Checks       []CheckConfig       `toml:"checks"` // standalone checks; names are unique

	Around model.Environment `toml:"-"` // of the options of checks

	Files   []string      `toml:"-"` // the files that were read, the main one first
	Secrets []model.Place `toml:"-"` // where secrets are written in these files
}

// Webtest is the defaults of web endpoints, and how far clients' DNS leads.
type Webtest struct {
	model.ServiceSettings           // all fields are set but URL, Port, Status, Contains and Comment
	DNSAllow              []Network `toml:"dns_allow"` // beside public addresses; nil: the networks of declared hosts and probes
}

// Networks are its DNSAllow; nil if it is not set.
func (w *Webtest) Networks() []netip.Prefix {
	if w.DNSAllow == nil {
		return nil
	}
	all := make([]netip.Prefix, len(w.DNSAllow))
	for i, n := range w.DNSAllow {
		all[i] = netip.Prefix(n)
	}
	return all
}

// Instance is the name and the addresses of this opsbot.
type Instance struct {
	Name       string `toml:"name"`        // default: the machine's host name
	LocalIP    string `toml:"local_ip"`    // "auto" or an IP address
	ExternalIP string `toml:"external_ip"` // an IP address, or ""
	// ExternalIPURL returns the external address as plain text; "": none. Never set with ExternalIP.
	ExternalIPURL URL `toml:"external_ip_url"`
}

// Telegram is the connection to Telegram, and its known chats and users. Without a token it is off.
type Telegram struct {
	Token     Secret `toml:"token"`      // Load fills it from the environment or token_file
	TokenFile string `toml:"token_file"` // Load reads it
	APIURLs   []URL  `toml:"api_urls"`   // tried in order; at least one
	Proxies   []URL  `toml:"proxies"`    // http, https or socks5, tried in order; none: a direct connection
	Limits    Limits `toml:"limits"`
	Chats     []Chat `toml:"chats"` // names are unique, and so are id and topic together
	Users     []User `toml:"users"` // ids are unique
}

// Limits are the highest rates of messages to Telegram.
type Limits struct {
	AllPerSecond   float64 `toml:"all_per_second" range:"0.1..10000"`   // messages to all chats together
	ChatPerSecond  float64 `toml:"chat_per_second" range:"0.1..10000"`  // messages to one chat
	GroupPerMinute float64 `toml:"group_per_minute" range:"0.1..10000"` // messages to one group
}

// Chat is a known chat.
type Chat struct {
	Name     string       `toml:"name"` // of the target "chat:NAME"
	ID       model.ChatID `toml:"id"`   // negative for a group
	Topic    int          `toml:"topic" range:"0..2147483647"`
	Language Language     `toml:"language"`
	Role     model.Role   `toml:"role" also:"none"` // of everybody in this chat
	Clients  []string     `toml:"clients"`          // only these are shown here; none: all
	Timezone Zone         `toml:"timezone"`
	Pinned   bool         `toml:"pinned"` // a pinned message shows the status
	At       model.Place  `toml:"-"`
}

// User is a known user.
type User struct {
	ID      model.UserID `toml:"id" range:"1..4503599627370495"`
	Name    string       `toml:"name"` // for the audit log and /users; may be empty
	Role    model.Role   `toml:"role"`
	Clients []string     `toml:"clients"` // only these; none: all
	At      model.Place  `toml:"-"`
}

// Store is the database.
type Store struct {
	Path    string `toml:"path"`     // the SQLite file, unless there is a DSN
	DSN     Secret `toml:"dsn"`      // the database of a PostgreSQL server; Load fills it from dsn_file
	DSNFile string `toml:"dsn_file"` // Load reads it
}

// Web is the HTTP listener.
type Web struct {
	Listen   string     `toml:"listen"`    // host:port; "": off
	CertFile string     `toml:"cert_file"` // PEM of the certificate and its chain; "": plain HTTP. It fits KeyFile
	KeyFile  string     `toml:"key_file"`  // PEM
	Hosts    []string   `toml:"hosts"`     // names that it answers for, beside its addresses and the certificate's
	Tokens   []APIToken `toml:"tokens"`    // names are unique

	PublicURL     URL `toml:"public_url"`                       // where people reach it, for links in messages; not set: nowhere
	MetricsChecks int `toml:"metrics_checks" range:"0..200000"` // the most checks in /metrics/checks
}

// Control is the socket between the command line and a running opsbot.
type Control struct {
	Socket string `toml:"socket"` // default /run/opsbot/opsbot.sock, or opsbot.sock beside the database where there is no /run/opsbot
}

// Schedule is when checks run.
type Schedule struct {
	Zone  Zone           `toml:"zone"`                  // of cron expressions; default alerts.timezone
	Tick  model.Duration `toml:"tick" range:"10ms..1m"` // how often due checks are started
	Splay model.Duration `toml:"splay" range:"0..1h"`   // checks with the same expression are spread over at most this time
}

// Alerts is how notifications are sent.
type Alerts struct {
	Timezone    Zone                   `toml:"timezone"` // of hours and of times in messages; default the machine's
	Console     bool                   `toml:"console"`  // also print to the terminal or the journal; default true without a token
	Hours       *model.ActiveHours     `toml:"hours"`    // when notifications go out, unless a route or check says otherwise; nil: always
	HoursBypass []model.Severity       `toml:"hours_bypass"`
	Template    *model.MessageTemplate `toml:"template"`    // of notifications of an incident, unless a route or check has one; nil: the card
	Silent      []model.Severity       `toml:"silent"`      // these severities make no sound
	QuietHours  *model.ActiveHours     `toml:"quiet_hours"` // only critical notifications make a sound then; nil: never
	Remind      []model.Duration       `toml:"remind"`      // reminders after the start of an incident; rising, the last one repeats
	Daily       Clock                  `toml:"daily"`       // time of the daily digest
	Morning     Clock                  `toml:"morning"`     // until when a mute "until morning" lasts

	Fallback      []Target       `toml:"fallback"`                     // gets copies of critical notifications when their own target fails
	FallbackAfter model.Duration `toml:"fallback_after" range:"0..1d"` // how long it must fail

	PageLimit model.Rate `toml:"page_limit"` // pages of one person in one way; what is more goes out as one

	Storm    Storm    `toml:"storm"`
	Flapping Flapping `toml:"flapping"`
}

// Route is where notifications of some incidents go.
type Route struct {
	MinSeverity model.Severity         `toml:"min_severity"`
	Clients     []string               `toml:"clients"`     // any of these, and recipients are shown these only; none: all
	Show        Show                   `toml:"show"`        // "all": recipients are shown all of an incident, whatever Clients picks it by
	Services    []string               `toml:"services"`    // any of these; none: all
	Tiers       []string               `toml:"tiers"`       // any of these; none: all
	Labels      map[string][]string    `toml:"labels"`      // one of the values of every key
	Hours       *model.ActiveHours     `toml:"hours"`       // nil: alerts.hours
	To          []Target               `toml:"to"`          // at least one; all exist
	Escalate    string                 `toml:"escalate"`    // the policy by which people are paged; "": nobody is
	Continue    bool                   `toml:"continue"`    // the following routes apply too
	Template    *model.MessageTemplate `toml:"template"`    // nil: alerts.template
	Silent      []model.Severity       `toml:"silent"`      // nil: alerts.silent
	QuietHours  *model.ActiveHours     `toml:"quiet_hours"` // nil: alerts.quiet_hours
	At          model.Place            `toml:"-"`
}

// InventoryFile is a file with more clients and hosts.
type InventoryFile struct {
	Kind string      `toml:"kind"` // "csv"
	Path string      `toml:"path"` // it exists
	At   model.Place `toml:"-"`
}

// CheckConfig is a standalone check: the settings of all kinds, and the options of its kind.
type CheckConfig struct {
	Name         string                 `toml:"name"`
	Kind         string                 `toml:"kind"`
	Schedule     model.Schedule         `toml:"schedule"`
	Timeout      model.Duration         `toml:"timeout" range:"1ms..10m"`
	Retries      int                    `toml:"retries" range:"0..10"`
	Failures     model.Limit            `toml:"failures"`
	Recoveries   int                    `toml:"recoveries" range:"1..64"`
	ConfirmEvery model.Duration         `toml:"confirm_every" range:"0..1h"`
	Reset        Reset                  `toml:"reset"`
	Severity     model.Severity         `toml:"severity"`
	Hours        *model.ActiveHours     `toml:"hours"` // nil: the route's
	Comment      string                 `toml:"comment"`
	Runbook      string                 `toml:"runbook"`
	Template     *model.MessageTemplate `toml:"template"` // nil: the route's
	Labels       model.Labels           `toml:"labels"`

	Options any         `toml:"-"` // from Kinds.New, decoded and validated
	At      model.Place `toml:"-"`
}
