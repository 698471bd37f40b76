package config

import (
	"os"
	"path/filepath"
	"time"

	"opsbot/model"
)

// This file has every default of the configuration; docs/configuration.md documents them.

// The files and the socket of an installed opsbot.
const (
	defaultStore     = "/var/lib/opsbot/opsbot.db"
	defaultRunDir    = "/run/opsbot"
	controlName      = "opsbot.sock"
	defaultAPIURL    = "https://api.telegram.org"
	defaultInventory = "csv"
	autoIP           = "auto" // as instance.local_ip: find the address
	defaultGrace     = 12 * time.Hour
)

// Defaults is the Config of an empty file.
func Defaults() *Config {
	return &Config{
		Instance: Instance{Name: hostName(), LocalIP: autoIP},
		Telegram: Telegram{
			APIURLs: []URL{NewURL(defaultAPIURL)},
			// Telegram allows 30 a second to all and 20 a minute to a group; other tools may share the token.
			Limits: Limits{AllPerSecond: 25, ChatPerSecond: 1, GroupPerMinute: 18},
		},
		Store:    Store{Path: defaultStore},
		Web:      Web{MetricsChecks: 25000},
		Watchdog: Watchdog{Every: model.Duration(time.Minute)},
		// Measured: checks that start together every 250 ms cost a third of checks that each wake the machine, and 20,000
		// checks spread over five minutes are an even load.
		Schedule: Schedule{Tick: model.Duration(250 * time.Millisecond), Splay: model.Duration(5 * time.Minute)},
		History:  History{Results: model.Duration(model.Week), Hourly: model.Duration(400 * model.Day)},
		Alerts: Alerts{
			HoursBypass: []model.Severity{model.SeverityCritical}, Silent: []model.Severity{model.SeverityInfo}, Daily: Clock{Hour: 9}, Morning: Clock{Hour: 8},
			FallbackAfter: model.Duration(5 * time.Minute),
			PageLimit:     model.Rate{N: 5, Per: time.Minute},
			// Nobody reads more than ten cards on a phone.
			Storm:    Storm{Incidents: 3, Within: model.Duration(10 * time.Second)},
			Flapping: Flapping{Changes: 6, Within: model.Duration(30 * time.Minute), Quiet: model.Duration(15 * time.Minute)},
		},
		Connectivity: Connectivity{Share: 50, Timeout: model.Duration(2 * time.Second)},
		Webtest:      Webtest{ServiceSettings: webtestDefaults()},
		SSH:          sshDefaults(),
		Excerpts:     excerptsDefaults(),
	}
}

func webtestDefaults() model.ServiceSettings {
	return model.ServiceSettings{
		EndpointSettings: model.EndpointSettings{
			Path:         new("/"),
			Method:       new("GET"),
			Schedule:     new(model.Schedule("*/5 * * * *")),
			Timeout:      new(model.Duration(10 * time.Second)),
			Retries:      new(0),
			Failures:     new(model.Limit{N: 2}),
			Recoveries:   new(1),
			ConfirmEvery: new(model.Duration(20 * time.Second)),
		},
		MinUp:        new(model.MinUp{Count: 1}),
		ErrThreshold: new(10),
		Tier:         "normal",
	}
}

func (c *CheckConfig) setDefaults() {
	*c = CheckConfig{
		Schedule:     "@every 1m",
		Timeout:      model.Duration(10 * time.Second),
		Failures:     model.Limit{N: 1},
		Recoveries:   1,
		ConfirmEvery: model.Duration(20 * time.Second),
		Reset:        ResetAuto,
		Severity:     model.SeverityCritical,
	}
}

func (c *Chat) setDefaults() { *c = Chat{Language: "en", Role: model.RoleViewer} }

func (u *User) setDefaults() { *u = User{Role: model.RoleViewer} }

func (f *InventoryFile) setDefaults() { *f = InventoryFile{Kind: defaultInventory} }

// fillIn sets defaults that depend on other settings.
func (c *Config) fillIn() {
	if c.Schedule.Zone.IsZero() {
		c.Schedule.Zone = c.Alerts.Timezone
	}
	if c.Control.Socket == "" {
		c.Control.Socket = defaultSocket(c.Store.Path)
	}
}

// defaultSocket depends only on whether the directory exists: the daemon and the command line may run as different users
// and must find the same path.
func defaultSocket(store string) string {
	if info, err := os.Stat(defaultRunDir); err == nil && info.IsDir() {
		return filepath.Join(defaultRunDir, controlName)
	}
	return filepath.Join(filepath.Dir(store), controlName)
}

func hostName() string {
	name, err := os.Hostname()
	if err != nil || name == "" {
		return "opsbot"
	}
	return name
}
