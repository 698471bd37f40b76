package found

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"opsbot/model"
)

// vars are the variables that we use. All others are dropped as they are read: they may contain secrets.
type vars map[string]string

// Variables of Ansible and of many inventories, to our names.
var (
	addressVars = []string{"opsbot_address", "ansible_host", "ansible_ssh_host"}
	clientVars  = []string{"opsbot_client", "client", "customer"}
	labelVars   = []string{"dc", "datacenter", "rack", "role", "env", "environment", "region", "zone", "site", "location"}
	ownVars     = []string{"opsbot_services", "opsbot_tier", "opsbot_aliases"}
)

// labelPrefix begins a variable that is a label, and those in opsbot_labels.
const labelPrefix = "opsbot_labels."

func (v vars) set(key, val string) {
	known := strings.HasPrefix(key, labelPrefix)
	for _, list := range [][]string{addressVars, clientVars, labelVars, ownVars} {
		known = known || slices.Contains(list, key)
	}
	if val = strings.TrimSpace(val); known && !strings.Contains(val, "{{") { // templates are for Ansible to expand
		v[key] = val
	}
}

func (v vars) first(keys []string) string {
	for _, key := range keys {
		if v[key] != "" {
			return v[key]
		}
	}
	return ""
}

// ansible collects one inventory.
type ansible struct {
	notes
	groups  map[string]*ansibleGroup
	hosts   map[string]*ansibleHost
	parents map[string][]string // of groups
	lines   map[string][]string // cache of lineage
	folders []string            // that hold a file of the inventory
	counted int                 // steps of ranges so far, and the names generated from them
}

type ansibleGroup struct{ vars vars }

type ansibleHost struct {
	vars   vars
	groups []string
}

func newAnsible() *ansible {
	return &ansible{groups: map[string]*ansibleGroup{}, hosts: map[string]*ansibleHost{}, parents: map[string][]string{}, lines: map[string][]string{}}
}

func (a *ansible) group(name string) *ansibleGroup {
	g := a.groups[name]
	if g == nil {
		g = &ansibleGroup{vars{}}
		a.groups[name] = g
	}
	return g
}

func (a *ansible) child(parent, name string) {
	a.group(parent)
	a.group(name)
	if parent != name && !slices.Contains(a.parents[name], parent) {
		a.parents[name] = append(a.parents[name], parent)
	}
}

func (a *ansible) host(group, name string, own vars) {
	h := a.hosts[name]
	switch {
	case name == "":
		return
	case h == nil && len(a.hosts) >= maxHosts:
		a.say(model.Say("config.import.too_many", "name", name, "most", maxHosts))
		return
	case h == nil:
		h = &ansibleHost{vars: vars{}}
		a.hosts[name] = h
	}
	maps.Copy(h.vars, own)
	if group == "" {
		return
	}
	if a.group(group); !slices.Contains(h.groups, group) {
		h.groups = append(h.groups, group)
	}
}

// Ansible reads an inventory: a file in INI, YAML or JSON (the output of ansible-inventory --list), or a folder of such files,
// with the folders group_vars and host_vars next to them. The client of a host is its variable opsbot_client, client or customer;
// else each of its groups that is named client_NAME or is below a group named clients. Programs are not run. said lists what was
// left out.
func Ansible(path string) (hosts []model.FoundHost, said []model.Sentence, err error) {
	a := newAnsible()
	if err := a.path(path, 0); err != nil {
		return nil, nil, err
	}
	for _, folder := range a.folders {
		a.varsFolders(folder)
	}
	return a.found(), a.said(), nil
}

// AnsibleList reads the output of ansible-inventory --list; from names where it comes from.
func AnsibleList(from string, data []byte) (hosts []model.FoundHost, said []model.Sentence, err error) {
	a := newAnsible()
	if err := a.yaml(from, a.text(from, data)); err != nil {
		return nil, nil, err
	}
	return a.found(), a.said(), nil
}

// found returns the hosts, by name, once for each client.
func (a *ansible) found() []model.FoundHost {
	var out []model.FoundHost
	for _, name := range slices.SortedFunc(maps.Keys(a.hosts), model.CompareNatural) {
		h := a.hosts[name]
		if name == "localhost" || name == "127.0.0.1" {
			a.say(model.Say("config.import.localhost", "name", name))
			continue
		}
		lineage := a.lineageOf(h)
		v := vars{}
		for _, group := range lineage {
			maps.Copy(v, a.groups[group].vars)
		}
		maps.Copy(v, h.vars)
		f := model.FoundHost{
			Name: name, Address: v.first(addressVars), Aliases: namesOf(v["opsbot_aliases"]), Services: wordsOf(v["opsbot_services"]),
			Tier: v["opsbot_tier"], Labels: v.labels(),
		}
		for _, f.Client = range a.clients(v, lineage) {
			out = append(out, f)
		}
	}
	return out
}

func (v vars) labels() model.Labels {
	labels := model.Labels{}
	for key, val := range v {
		if own, ok := strings.CutPrefix(key, labelPrefix); ok {
			labels[own] = val
		} else if slices.Contains(labelVars, key) && val != "" && v[labelPrefix+key] == "" {
			labels[key] = val
		}
	}
	return labels
}

// clients returns the clients of a host, by name; one "" if none is given.
func (a *ansible) clients(v vars, lineage []string) []string {
	if named := v.first(clientVars); named != "" {
		return []string{named}
	}
	var clients []string
	for _, group := range lineage {
		name, isClient := clientOf(group)
		isClient = isClient || slices.ContainsFunc(a.parents[group], func(p string) bool {
			return strings.EqualFold(p, "clients") || strings.EqualFold(p, "customers")
		})
		if isClient && !slices.Contains(clients, name) {
			clients = append(clients, name)
		}
	}
	if len(clients) == 0 {
		return []string{""}
	}
	slices.SortFunc(clients, model.CompareNatural) // however deep their groups are
	return clients
}

func clientOf(group string) (string, bool) {
	for _, prefix := range []string{"client_", "client-", "customer_", "customer-"} {
		if name, ok := strings.CutPrefix(group, prefix); ok && name != "" {
			return name, true
		}
	}
	return group, false
}

// lineageOf returns the groups of a host, the farthest first, so that the nearest wins; among equals the later name does, as in
// Ansible.
func (a *ansible) lineageOf(h *ansibleHost) []string {
	seen := map[string]bool{"all": true}
	lineage := []string{}
	for _, group := range h.groups {
		for _, g := range a.ancestors(group) {
			if !seen[g] {
				seen[g] = true
				lineage = append(lineage, g)
			}
		}
	}
	slices.SortFunc(lineage, func(x, y string) int {
		return cmp.Or(len(a.ancestors(x))-len(a.ancestors(y)), cmp.Compare(x, y))
	})
	a.group("all")
	return append([]string{"all"}, lineage...)
}

// ancestors returns a group and all above it. Groups that contain each other are each above the other.
func (a *ansible) ancestors(group string) []string {
	if line, known := a.lines[group]; known {
		return line
	}
	line := []string{group}
	for i := 0; i < len(line); i++ {
		for _, parent := range a.parents[line[i]] {
			if !slices.Contains(line, parent) {
				line = append(line, parent)
			}
		}
	}
	a.lines[group] = line
	return line
}
