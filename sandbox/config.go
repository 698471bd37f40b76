package sandbox

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"opsbot/sandbox/fleet"
)

// Config is an opsbot.toml of the hosting company: the local Bot API, the people and chats of the page, and the fleet; Files
// includes the monitors of the fleet, too. It contains the ports in use, so it is known only after Start.
func (s *Sandbox) Config() string { return s.telegramConfig() + s.FleetConfig() }

// FleetConfig is Config without [telegram]: the same fleet, for a real token and real chats.
func (s *Sandbox) FleetConfig() string {
	var b strings.Builder
	fmt.Fprintf(&b, generalConfig, s.path("opsbot.db"), s.path("opsbot.sock"))
	for _, service := range s.Fleet.Services() {
		fmt.Fprintf(&b, "\n[[services]]\nname = %q\nport = %d\npath = %q\n", service.Name, service.Port, service.Path)
	}
	for _, c := range fleet.Clients() {
		fmt.Fprintf(&b, "\n[[clients]]\nname = %q\ntier = %q\nmin_up = %d\nhosts = [%s]\nservices = [%s]\n",
			c.Name, c.Tier, c.MinUp, quoted(c.Hosts), quoted(c.Services))
		fmt.Fprintf(&b, "report_to = [%q]\n", "it@"+strings.ToLower(c.Name)+".example")
		if c.Runbook != "" {
			fmt.Fprintf(&b, "runbook = %q\n", c.Runbook)
		}
		if len(c.Contacts) > 0 {
			fmt.Fprintf(&b, "contacts = [%s]\n", quoted(c.Contacts))
		}
	}
	for _, t := range s.Fleet.State() {
		writeTarget(&b, t)
	}
	for _, name := range []string{"access", "error"} {
		fmt.Fprintf(&b, "\n[[logs]]\nname = %q\nlocal = true\nfiles = [%q]\ntimezone = \"Local\"\n", name, s.path("logs/{host}/"+name+".log*"))
	}
	return b.String()
}

// Timing of this config: a failure is seen within 2 s, confirmed 1 s later, and notified as soon as all that it touches was verified; a check that
// hangs adds its timeout of 1 s twice. That leaves time below the 10 s of the README.
const generalConfig = `[instance]
name = "sandbox"

[store]
path = %q

[control]
socket = %q

[schedule]
tick  = "100ms"
splay = "1s"

[webtest]
schedule      = "@every 2s"
timeout       = "1s"
failures      = 2
confirm_every = "1s"
sla           = 99.9

# Fewer than by default, in a longer time: there are nine hosts, and one hand to break them.
[alerts.storm]
incidents = 4
within    = "1m"
`

// mailConfig are the sections for mailed reports; all mail goes to the mailbox of the page.
func (s *Sandbox) mailConfig() string { return fmt.Sprintf(mailConfig, s.Mailbox.Addr()) }

const mailConfig = `
[[email]]
name = "oncall"
smtp = %[1]q
tls  = "none"
from = "opsbot <opsbot@sandbox.example>"
to   = ["oncall@sandbox.example"]

[[email]]
name = "archive"
smtp = %[1]q
tls  = "none"
from = "opsbot <opsbot@sandbox.example>"
to   = ["archive@sandbox.example"]

[[email]]
name = "reports"
smtp = %[1]q
tls  = "none"
from = "Hosting reports <reports@sandbox.example>"

[[reports]]
name      = "nightly"
kind      = "webtest"
schedule  = "0 6 * * *"
to_errors = ["email:oncall"]
to_fine   = ["email:archive"]

[[reports]]
name     = "monthly"
kind     = "client"
schedule = "0 8 1 * *"
via      = "email:reports"
`

const checkConfig = `schedule = "@every 2s"
timeout = "1s"
failures = 2
confirm_every = "1s"
`

func writeTarget(b *strings.Builder, t fleet.Target) {
	switch {
	case t.Kind == fleet.KindMonitor: // in sourcesConfig
	case t.Name == fleet.MainDB:
		fmt.Fprintf(b, "\n[[checks]]\nname = %q\nkind = \"tcp\"\naddress = %q\ncomment = \"call the DBA on duty\"\n%s", t.Name, t.Address, checkConfig)
	case t.Name == fleet.Licence:
		fmt.Fprintf(b, "\n[[checks]]\nname = %q\nkind = \"web\"\nurl = \"http://%s%s\"\ncontains = %q\ncomment = \"renew it with the vendor\"\n%s",
			t.Name, t.Address, fleet.LicencePath, fleet.LicenceOK, checkConfig)
	default:
		fmt.Fprintf(b, "\n[[hosts]]\nname = %q\naddress = %q\nlabels = { dc = %q, rack = %q, role = %q }\n",
			t.Name, t.Address, t.Labels["dc"], t.Labels["rack"], t.Labels["role"])
	}
}

func (s *Sandbox) telegramConfig() string {
	var b strings.Builder
	fmt.Fprintf(&b, "[telegram]\ntoken = %q\napi_urls = [%q]\n\n", s.Bot.Token(), s.Bot.URL())
	// The local server has no limits: a demo should not be slowed down by our own.
	b.WriteString("[telegram.limits]\nall_per_second = 100\nchat_per_second = 20\ngroup_per_minute = 600\n")
	for _, g := range groups() {
		fmt.Fprintf(&b, "\n[[telegram.chats]]\nname = %q\nid = %d\ntopic = %d\nlanguage = %q\nrole = \"viewer\"\npinned = true\n", g.name, g.ID, g.alerts, g.language)
	}
	for _, p := range people() {
		if p.role != "" {
			fmt.Fprintf(&b, "\n[[telegram.users]]\nid = %d\nname = %q\nrole = %q\n", p.ID, p.FirstName, p.role)
		}
	}
	return b.String() + "\n"
}

// path is a file of the product.
func (s *Sandbox) path(name string) string { return filepath.Join(s.dir, name) }

func quoted(words []string) string {
	words = slices.Clone(words)
	for i, w := range words {
		words[i] = strconv.Quote(w)
	}
	return strings.Join(words, ", ")
}
