package checks_test

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"opsbot/checks"
	"opsbot/model"
)

// rack is an inventory of hosts by selector word.
type rack map[string][]model.Host

func (r rack) Pick(words []string) []model.Host {
	var selection []model.Host
	for _, word := range words {
		selection = append(selection, r[word]...)
	}
	return selection
}

// options creates the options of a kind as the configuration does.
func options[O any](t *testing.T, deps checks.Deps, kind string) *O {
	t.Helper()
	made, ok := checks.AllKinds(deps).New(kind)
	o, right := made.(*O)
	if !ok || !right {
		t.Fatalf("kind %s: %T", kind, made)
	}
	return o
}

// TestHostsAreSelectedOnEachRun changes the inventory between two runs of one check.
func TestHostsAreSelectedOnEachRun(t *testing.T) {
	open := listener(t)
	_, port, _ := net.SplitHostPort(open)
	inventory := rack{"dc=fra1": {{Name: "web1", Address: "127.0.0.1"}}}
	o := options[checks.TCPOptions](t, checks.Deps{Hosts: inventory}, "tcp")
	o.Hosts, o.Port = []string{"dc=fra1"}, number(t, port)
	if wrong := inEnglish(o.Validate()); wrong != nil {
		t.Fatal(wrong)
	}
	checker := o.Checker()
	if r := checker.Check(t.Context()); r.Status != model.StatusOK || r.Address != open {
		t.Fatalf("got %+v", r)
	}
	inventory["dc=fra1"] = append(inventory["dc=fra1"], model.Host{Name: "web2", Address: "127.0.0.9"})
	r := checker.Check(t.Context())
	if r.Reason.Code != model.ReasonMembersFailed || r.Reason.Args["names"] != "web2" {
		t.Errorf("a host that came and refuses, by its name: %+v", r)
	}
	delete(inventory, "dc=fra1")
	if r := checker.Check(t.Context()); r.Status != model.StatusUnknown || r.Reason.Code != model.ReasonTargetsHosts {
		t.Errorf("all hosts left: %+v", r)
	}
}

func TestHostsTakeTheirPortFromTheURL(t *testing.T) {
	open := listener(t)
	_, port, _ := net.SplitHostPort(open)
	o := options[checks.WebOptions](t, checks.Deps{Hosts: rack{"web1": {{Name: "web1", Address: "127.0.0.1"}}}}, "web")
	o.URL, o.Hosts = "http://shop.example.com:"+port+"/", []string{"web1"}
	if wrong := inEnglish(o.Validate()); wrong != nil {
		t.Fatal(wrong)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if r := o.Checker().Check(ctx); r.Address != open {
		t.Errorf("dialled %s, want %s", r.Address, open)
	}
}

func TestWithoutAnInventoryThereAreNoHosts(t *testing.T) {
	o := options[checks.PingOptions](t, checks.Deps{}, "ping")
	o.Hosts = []string{"web1"}
	if wrong := inEnglish(o.Validate()); wrong != nil {
		t.Fatal(wrong)
	}
	if r := o.Checker().Check(t.Context()); r.Reason.Code != model.ReasonTargetsHosts {
		t.Errorf("got %+v", r)
	}
}

func TestTargetsOfKindsWithoutPorts(t *testing.T) {
	cases := []struct {
		name string
		t    checks.Targets
		want string
	}{
		{"names and addresses", checks.Targets{Addresses: []string{"10.0.0.1", "::1", "[fd00::1]", "web1.example.com"}}, ""},
		{"hosts", checks.Targets{Hosts: []string{"dc=fra1"}}, ""},
		{"a port", checks.Targets{Addresses: []string{"10.0.0.1:80"}}, "a name or an IP address without a port"},
		{"the option", checks.Targets{Addresses: []string{"10.0.0.1"}, Port: 80}, "port is not for this kind, which has no ports"},
		{"an option of a program", checks.Targets{Addresses: []string{"-oProxyCommand=x"}}, "a name or an IP address without a port"},
		{"a shell", checks.Targets{Addresses: []string{"a`id`"}}, "a name or an IP address without a port"},
	}
	for _, c := range cases {
		o := options[checks.PingOptions](t, checks.Deps{}, "ping")
		got := *o
		c.t, got.Targets = got.Targets, mixed(got.Targets, c.t)
		wrong := strings.Join(inEnglish(got.Validate()), "; ")
		if (wrong == "") != (c.want == "") || !strings.Contains(wrong, c.want) {
			t.Errorf("%s: %q, want %q", c.name, wrong, c.want)
		}
	}
}

// mixed adds targets to those that a kind has created.
func mixed(made, set checks.Targets) checks.Targets {
	made.Addresses, made.Hosts, made.Port = set.Addresses, set.Hosts, set.Port
	return made
}

func TestPluginTakesTheAddress(t *testing.T) {
	dir := t.TempDir()
	script := filepath.Join(dir, "check_it")
	if err := os.WriteFile(script, []byte("#!/bin/sh\n[ \"$1\" = '-H=127.0.0.2' ] && [ \"$2\" = 127.0.0.2 ] || { echo \"bad $1 $2\"; exit 2; }\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	o := options[checks.PluginOptions](t, checks.Deps{}, "plugin")
	o.Command, o.Addresses = []string{script, "-H={address}", "{address}"}, []string{"127.0.0.2", "127.0.0.3"}
	r := runKind(t, o)
	if r.Reason.Code != model.ReasonMembersFailed || r.Reason.Args["names"] != "127.0.0.3" || !strings.Contains(r.Reason.Args["said"], "bad -H=127.0.0.3 127.0.0.3") {
		t.Errorf("got %+v", r)
	}
	for name, change := range map[string]func(o *checks.PluginOptions){
		"address is missing: command contains {address}":                    func(o *checks.PluginOptions) { o.Addresses = nil },
		"command: no argument contains {address}, so addresses is not used": func(o *checks.PluginOptions) { o.Command = o.Command[:1] },
		"addresses \"-x\" is not valid":                                     func(o *checks.PluginOptions) { o.Addresses = []string{"-x"} },
		"command \"check_it\" is not an absolute path":                      func(o *checks.PluginOptions) { o.Command = []string{"check_it", "{address}"} },
		"address, addresses cannot be set together: keep one":               func(o *checks.PluginOptions) { o.Address = "x" },
	} {
		broken := *o
		change(&broken)
		if wrong := inEnglish(broken.Validate()); !slices.ContainsFunc(wrong, func(w string) bool { return strings.HasPrefix(w, name) }) {
			t.Errorf("%q, want %q", wrong, name)
		}
	}
}

func number(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestNameServersAreCompared queries several for the same name: the outdated one is named.
func TestNameServersAreCompared(t *testing.T) {
	good, lags := nameServer(t, zone(t, "a.test. 60 IN A 10.0.0.7")), nameServer(t, zone(t, "a.test. 60 IN A 10.0.0.6"))
	o := options[checks.DNSOptions](t, checks.Deps{}, "dns")
	o.Domain, o.Answers, o.Addresses = "a.test", []string{"10.0.0.7"}, []string{good, lags}
	r := runKind(t, o)
	if r.Reason.Code != model.ReasonMembersFailed || r.Reason.Args["names"] != lags || r.Reason.Args["cause"] != string(model.ReasonDNSWrong) {
		t.Errorf("got %+v", r.Reason)
	}
	o.Server = good
	if wrong := inEnglish(o.Validate()); len(wrong) == 0 || wrong[0] != "server, addresses cannot be set together: keep one" {
		t.Errorf("got %q", wrong)
	}
}
