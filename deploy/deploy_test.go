// Package deploy_test tests the files of this folder: the unit, the role, the examples.
package deploy_test

import (
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"opsbot/app/setup"
	"opsbot/checks"
	"opsbot/inventory"
	"opsbot/model"
)

// noEnv is an environment without a token.
func noEnv(string) string { return "" }

// example is the content of an example in numbers.
type example struct{ clients, hosts, endpoints, standalone, routes int }

// addresses replace DNS: clientA has two hosts, clientF one.
func addresses() inventory.Addresses {
	return inventory.Addresses{
		"customer1.example.com": {netip.MustParseAddr("198.51.100.1"), netip.MustParseAddr("198.51.100.2")},
		"customer6.example.com": {netip.MustParseAddr("198.51.100.6")},
	}
}

func build(t *testing.T, path string) (*model.Inventory, example) {
	t.Helper()
	loaded, err := setup.Load(path, noEnv)
	if err != nil {
		t.Fatalf("%s:\n%v", path, err)
	}
	inv := inventory.Source{Plan: loaded.Plan, NewCheck: checks.ForEndpoint, Standalone: loaded.Standalone}.Build(addresses())
	return inv, example{
		clients: len(inv.Clients()), hosts: len(inv.Hosts()), endpoints: len(inv.Checks()) - len(loaded.Standalone),
		standalone: len(loaded.Standalone), routes: len(loaded.Config.Routes),
	}
}

// TestExamplesLoad loads every example as in production. An example that is not listed here is a mistake.
func TestExamplesLoad(t *testing.T) {
	want := map[string]example{
		"minimal":      {standalone: 2},
		"hosting":      {clients: 7, hosts: 10, endpoints: 27, standalone: 3, routes: 4},
		"site-monitor": {standalone: 8},
		"web-fleet":    {clients: 3},
	}
	files, err := filepath.Glob("examples/*/opsbot.toml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		name := filepath.Base(filepath.Dir(file))
		if _, got := build(t, file); got != want[name] {
			t.Errorf("%s: got %+v, want %+v", name, got, want[name])
		}
	}
	if len(files) != len(want) {
		t.Errorf("%d examples, %d are tried here", len(files), len(want))
	}
}

// TestExampleOverridesArrive: the nearest setting wins, as the example shows.
func TestExampleOverridesArrive(t *testing.T) {
	inv, _ := build(t, "examples/hosting/opsbot.toml")
	store, ok := inv.Service(model.ServiceKey{Client: "clientA", Service: "store"})
	if want := (model.MinUp{Count: 2}); !ok || store.MinUp != want {
		t.Errorf("clientA's store: min_up = %+v, want %+v", store.MinUp, want)
	}
	check, ok := inv.Check("clientA/store@198.51.100.1")
	if !ok {
		t.Fatal("clientA's store is not on the first address of its domain")
	}
	if want := (model.Limit{N: 3, M: 5}); check.Failures != want || check.Endpoint.Address != "198.51.100.1:9804" {
		t.Errorf("clientA's store: failures = %v, address = %s", check.Failures, check.Endpoint.Address)
	}
	if got := len(inv.ChecksOfService(model.ServiceKey{Client: "clientC", Service: "analytics"})); got != 1 {
		t.Errorf("clientC's analytics run on %d hosts, want the one that is named", got)
	}
	if got := len(inv.ChecksOfService(model.ServiceKey{Client: "clientC", Service: "reports"})); got != 3 {
		t.Errorf("clientC's reports run on %d hosts, want the three with both labels", got)
	}
}

// exposureLimit is ten times the maximum exposure of the unit: systemd-analyze counts so.
const exposureLimit = "12"

func TestUnitIsHardened(t *testing.T) {
	tool, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd-analyze is not here (Debian: apt-get install systemd): the exposure of the unit is not measured")
	}
	out, err := exec.CommandContext(t.Context(), tool, "security", "--offline=true", "--threshold="+exposureLimit, "--no-pager", "opsbot.service").CombinedOutput()
	if err != nil {
		t.Errorf("the exposure is over 1.2 (%v):\n%s", err, out)
	}
}

func TestUnitParses(t *testing.T) {
	tool, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd-analyze is not here (Debian: apt-get install systemd): the unit is not verified")
	}
	out, _ := exec.CommandContext(t.Context(), tool, "verify", "--man=no", "./opsbot.service").CombinedOutput()
	for line := range strings.Lines(string(out)) {
		if !strings.Contains(line, "/usr/local/bin/opsbot is not executable") { // it is not installed here
			t.Errorf("systemd says: %s", line)
		}
	}
}

// TestUnitKeepsItsPromises checks the lines that the program and the docs rely on.
func TestUnitKeepsItsPromises(t *testing.T) {
	text, err := os.ReadFile("opsbot.service")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	for _, want := range []string{
		"Type=notify", "ExecStart=/usr/local/bin/opsbot run --config /etc/opsbot/opsbot.toml", "ExecReload=/bin/kill -HUP $MAINPID",
		"Restart=on-failure", "WatchdogSec=60s", "TimeoutStopSec=15s", "DynamicUser=yes", "StateDirectory=opsbot",
		"RuntimeDirectory=opsbot", "LoadCredential=token:/etc/opsbot/token", "ProtectHome=read-only", "MemoryDenyWriteExecute=yes",
		"LimitCORE=0", "MemoryMax=2G", "Environment=GOMEMLIMIT=1800MiB", "TasksMax=1024", "SystemCallFilter=~@privileged @resources", "SystemCallErrorNumber=EPERM",
	} {
		if !slices.Contains(lines, want) {
			t.Errorf("the line %q is missing", want)
		}
	}
	if slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(l, "ProcSubset=pid") }) {
		t.Error("ProcSubset=pid hides /proc/meminfo and /proc/mounts")
	}
}
