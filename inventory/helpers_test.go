package inventory_test

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"opsbot/inventory"
	"opsbot/model"
	"opsbot/texts"
)

// defaults are the defaults of package config.
func defaults() model.ServiceSettings {
	return model.ServiceSettings{
		EndpointSettings: model.EndpointSettings{
			Path: new("/"), Method: new("GET"), Schedule: new(model.Schedule("*/5 * * * *")),
			Timeout: new(model.Duration(10 * time.Second)), Retries: new(0), Failures: new(model.Limit{N: 2}),
			Recoveries: new(1), ConfirmEvery: new(model.Duration(20 * time.Second)),
		},
		MinUp: new(model.MinUp{Count: 1}), ErrThreshold: new(10), Tier: "normal",
	}
}

func newCheck(e model.Endpoint) *model.Check {
	return &model.Check{ID: e.ID(), Kind: "web", Labels: e.Labels, Endpoint: &e}
}

// inEnglish is what a person reads of the problems in an error.
func inEnglish(t testing.TB, err error) string {
	t.Helper()
	catalog, loadErr := texts.Load()
	problems, ok := errors.AsType[model.Problems](err)
	if loadErr != nil || !ok {
		t.Fatalf("not problems: %v (%v)", err, loadErr)
	}
	return catalog.For(texts.English).Problems(problems)
}

// nameRule ends what is said of a name that cannot be one.
const nameRule = ` is not valid: use up to 64 characters without spaces and without , / @ = " { }; not "all"`

func service(name string, port int) model.ServiceSpec {
	s := model.ServiceSpec{Name: name}
	s.Port = &port
	return s
}

func compile(t testing.TB, d inventory.Declared) *inventory.Plan {
	t.Helper()
	if d.Defaults.Path == nil {
		d.Defaults = defaults()
	}
	if d.DNSAllow == nil {
		d.DNSAllow = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")} // where the tests' names lead
	}
	plan, err := inventory.Compile(d)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func source(t testing.TB, d inventory.Declared) inventory.Source {
	t.Helper()
	return inventory.Source{
		Plan: compile(t, d), NewCheck: newCheck, Standalone: []*model.Check{{ID: "main-db", Kind: "tcp"}},
	}
}

func readCSV(t testing.TB, text string) inventory.Declared {
	t.Helper()
	d, err := inventory.ReadCSV("clients.csv", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func addrs(texts ...string) []netip.Addr {
	out := make([]netip.Addr, len(texts))
	for i, text := range texts {
		out[i] = netip.MustParseAddr(text)
	}
	return out
}

func checkIDs(inv *model.Inventory) []string {
	var ids []string
	for _, c := range inv.Checks() {
		if c.Endpoint != nil {
			ids = append(ids, string(c.ID))
		}
	}
	return ids
}

// fleetCSV is a file of clients with four services on three hosts each.
func fleetCSV(clients int) string {
	var b strings.Builder
	b.WriteString("client,domain,host,address,services,tier,labels\n")
	for c := range clients {
		for h := range 3 {
			fmt.Fprintf(&b, "client%04d,,web%d-%d,10.%d.%d.%d,reports;support;analytics;store,gold,dc=fra%d;rack=%d\n",
				c, c, h, h, c/250, c%250+1, h, c%40)
		}
	}
	return b.String()
}

func fleet(t testing.TB, clients int) inventory.Declared {
	t.Helper()
	d := readCSV(t, fleetCSV(clients))
	d.Defaults = defaults()
	d.Services = []model.ServiceSpec{service("reports", 8801), service("support", 8802), service("analytics", 8803), service("store", 8804)}
	return d
}
