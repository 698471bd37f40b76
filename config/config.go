// Package config reads the configuration: TOML files to a validated Config, with every mistake reported at once, each
// with its place.
//
// It knows the common part of every section; what a kind of check takes is decoded into what a registry hands in. It
// must not know Telegram, SQL or the network, nor how a schedule or a check works.
package config

import (
	"opsbot/model"
)

// Config is everything that the files say, defaults filled in. It is not changed after Load.
type Config struct {
	Instance     Instance              `toml:"instance"`
	Telegram     Telegram              `toml:"telegram"`
	Store        Store                 `toml:"store"`
	Web          Web                   `toml:"web"`
	Control      Control               `toml:"control"`
	Watchdog     Watchdog              `toml:"watchdog"`
	Schedule     Schedule              `toml:"schedule"`
	History      History               `toml:"history"`
	Alerts       Alerts                `toml:"alerts"`
	Connectivity Connectivity          `toml:"connectivity"`
	Email        []Email               `toml:"email"`       // names are unique
	Teams        []Teams               `toml:"teams"`       // names are unique
	Webhook      []Webhook             `toml:"webhook"`     // names are unique
	Routes       []Route               `toml:"routes"`      // first match, unless Continue; none: all to every known chat
	Reports      []Report              `toml:"reports"`     // names are unique
	Webtest      model.ServiceSettings `toml:"webtest"`     // defaults of the web endpoints; every field but URL, Port, Status, Contains, Comment is set
	Services     []model.ServiceSpec   `toml:"services"`    // names are unique
	Groups       []model.GroupSpec     `toml:"groups"`      // names are unique; services exist
	Clients      []model.ClientSpec    `toml:"clients"`     // names are unique; groups and services exist
	Hosts        []model.HostSpec      `toml:"hosts"`       // names are unique; package inventory judges addresses and aliases
	Inventory    []InventoryFile       `toml:"inventory"`   // further clients and hosts
	Maintenance  []Maintenance         `toml:"maintenance"` // names are unique
	Inbound      []Inbound             `toml:"inbound"`     // names are unique
	SSH          SSH                   `toml:"ssh"`
	Logs         []LogSource           `toml:"logs"` // names are unique
	Excerpts     Excerpts              `toml:"excerpts"`
	Checks       []CheckConfig         `toml:"checks"` // standalone checks; names are unique

	Around model.Environment `toml:"-"` // what the checks' options were given

	Files []string `toml:"-"` // the files that were read, the main one first
}

// Instance is how this opsbot introduces itself.
type Instance struct {
	Name       string `toml:"name"`        // default: the machine's host name
	LocalIP    string `toml:"local_ip"`    // "auto" or an IP address
	ExternalIP string `toml:"external_ip"` // an IP address, or ""
	// ExternalIPURL answers with our address as it is seen from outside, as plain text; "" asks nobody. Never set with ExternalIP.
	ExternalIPURL URL `toml:"external_ip_url"`
}

// Telegram is the connection to Telegram and who is known there. Without a token there is none.
type Telegram struct {
	Token     Secret `toml:"token"`      // after Load it holds what the environment, token or token_file gave
	TokenFile string `toml:"token_file"` // read by Load
	APIURLs   []URL  `toml:"api_urls"`   // in order, with fail-over; at least one
	Proxies   []URL  `toml:"proxies"`    // http, https or socks5, in order; none is a direct connection
	Limits    Limits `toml:"limits"`
	Chats     []Chat `toml:"chats"` // names are unique, and so are id and topic together
	Users     []User `toml:"users"` // ids are unique
}

// Limits are the most that is sent to Telegram.
type Limits struct {
	AllPerSecond   float64 `toml:"all_per_second" range:"0.1..10000"`   // messages to all chats together
	ChatPerSecond  float64 `toml:"chat_per_second" range:"0.1..10000"`  // messages to one chat
	GroupPerMinute float64 `toml:"group_per_minute" range:"0.1..10000"` // messages to one group
}

// Chat is a known chat.
type Chat struct {
	Name     string       `toml:"name"` // what routes call it
	ID       model.ChatID `toml:"id"`   // negative for a group
	Topic    int          `toml:"topic" range:"0..2147483647"`
	Language Language     `toml:"language"`
	Role     model.Role   `toml:"role"`    // what anyone in this chat may do
	Clients  []string     `toml:"clients"` // only these are shown here; none is all
	At       model.Place  `toml:"-"`
}

// User is a known user.
type User struct {
	ID      model.UserID `toml:"id" range:"1..4503599627370495"`
	Name    string       `toml:"name"` // for the audit log and /users; may be empty
	Role    model.Role   `toml:"role"`
	Clients []string     `toml:"clients"` // only these; none is all
	At      model.Place  `toml:"-"`
}

// Store is the database.
type Store struct {
	Path string `toml:"path"` // the SQLite file
}

// Web is the HTTP listener.
type Web struct {
	Listen string     `toml:"listen"` // host:port; "": nothing listens
	Tokens []APIToken `toml:"tokens"` // names are unique
}

// Control is the socket through which the command line speaks to a running opsbot.
type Control struct {
	Socket string `toml:"socket"` // default /run/opsbot/opsbot.sock, or opsbot.sock beside the database where there is no /run/opsbot
}

// Schedule is how checks are laid out in time.
type Schedule struct {
	Zone  Zone           `toml:"zone"`                  // of cron expressions; default alerts.timezone
	Tick  model.Duration `toml:"tick" range:"10ms..1m"` // how often due checks are looked for
	Splay model.Duration `toml:"splay" range:"0..1h"`   // checks of one expression are spread over at most this
}

// Alerts is how incidents are told.
type Alerts struct {
	Timezone    Zone                   `toml:"timezone"` // of hours and of times in messages; default the machine's
	Console     bool                   `toml:"console"`  // also tell on the terminal or in the journal; default true without a token
	Hours       *model.ActiveHours     `toml:"hours"`    // when something may be told, where no route or check says otherwise; nil is always
	HoursBypass []model.Severity       `toml:"hours_bypass"`
	Template    *model.MessageTemplate `toml:"template"`    // of the messages of an incident, where no route or check has one; nil is the card
	Silent      []model.Severity       `toml:"silent"`      // these arrive without a sound
	QuietHours  *model.ActiveHours     `toml:"quiet_hours"` // in these only what is critical makes a sound; nil is never
	Remind      []model.Duration       `toml:"remind"`      // after its beginning an incident is told again; rising, the last one repeats
	Daily       Clock                  `toml:"daily"`       // when the digest of the day is sent

	Fallback      []Target       `toml:"fallback"`                     // where what is critical is told too when its own place fails
	FallbackAfter model.Duration `toml:"fallback_after" range:"0..1d"` // for so long

	Storm    Storm    `toml:"storm"`
	Flapping Flapping `toml:"flapping"`
}

// Route says where incidents are told.
type Route struct {
	MinSeverity model.Severity         `toml:"min_severity"`
	Clients     []string               `toml:"clients"`     // any of these; none is all
	Services    []string               `toml:"services"`    // any of these; none is all
	Tiers       []string               `toml:"tiers"`       // any of these; none is all
	Labels      map[string][]string    `toml:"labels"`      // of what fails: a value of each key
	Hours       *model.ActiveHours     `toml:"hours"`       // nil is alerts.hours
	To          []Target               `toml:"to"`          // at least one; all exist
	Continue    bool                   `toml:"continue"`    // look at the following routes too
	Template    *model.MessageTemplate `toml:"template"`    // nil is alerts.template
	Silent      []model.Severity       `toml:"silent"`      // nil is alerts.silent
	QuietHours  *model.ActiveHours     `toml:"quiet_hours"` // nil is alerts.quiet_hours
	At          model.Place            `toml:"-"`
}

// InventoryFile is a file of further clients and hosts.
type InventoryFile struct {
	Kind string      `toml:"kind"` // "csv"
	Path string      `toml:"path"` // it exists
	At   model.Place `toml:"-"`
}

// CheckConfig is a standalone check: the part that all kinds share, and the options of its kind.
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
	Hours        *model.ActiveHours     `toml:"hours"` // nil is the route's
	Comment      string                 `toml:"comment"`
	Template     *model.MessageTemplate `toml:"template"` // nil is the route's
	Labels       model.Labels           `toml:"labels"`

	Options any         `toml:"-"` // what Kinds.New gave, decoded and validated
	At      model.Place `toml:"-"`
}
