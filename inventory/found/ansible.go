package found

import (
	"cmp"
	"maps"
	"os"
	"path/filepath"
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
		a.say("%s is left out: there are more than %d hosts", name, maxHosts)
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
func Ansible(path string) (hosts []model.FoundHost, said []string, err error) {
	files, err := inventoryFiles(path)
	if err != nil {
		return nil, nil, err
	}
	a := newAnsible()
	for _, file := range files {
		data, err := readFile(file)
		if err != nil {
			return nil, nil, err
		}
		if err := a.inventory(file, string(data)); err != nil {
			return nil, nil, err
		}
	}
	folder := path
	if len(files) == 1 && files[0] == path {
		folder = filepath.Dir(path)
	}
	a.varsFolders(folder)
	return a.found(), a.list, nil
}

// inventoryFiles returns the path itself, or the possible inventories in a folder.
func inventoryFiles(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil || !info.IsDir() {
		return []string{path}, err
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, e := range entries {
		ext := filepath.Ext(e.Name())
		plain := ext == "" || slices.Contains([]string{".ini", ".yml", ".yaml", ".json"}, ext)
		if plain && e.Type().IsRegular() && !strings.HasPrefix(e.Name(), ".") {
			files = append(files, filepath.Join(path, e.Name()))
		}
	}
	return files, nil
}

func (a *ansible) inventory(file, text string) error {
	switch first := firstLine(text); {
	case strings.HasPrefix(text, "#!"):
		a.say("%s is a program, and is not run: ansible-inventory -i %s --list > hosts.json writes what it says", file, file)
	case strings.HasPrefix(text, "$ANSIBLE_VAULT"):
		a.say("%s is encrypted", file)
	case slices.Contains([]string{".yml", ".yaml", ".json"}, filepath.Ext(file)), strings.HasPrefix(first, "---"),
		strings.HasPrefix(first, "{"), strings.HasSuffix(first, ":"):
		return a.yaml(file, text)
	default:
		a.ini(file, text)
	}
	return nil
}

func firstLine(text string) string {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			return line
		}
	}
	return ""
}

// found returns the hosts, by name, once for each client.
func (a *ansible) found() []model.FoundHost {
	var out []model.FoundHost
	for _, name := range slices.SortedFunc(maps.Keys(a.hosts), model.CompareNatural) {
		h := a.hosts[name]
		if name == "localhost" || name == "127.0.0.1" {
			a.say("%s is left out: it is the machine that Ansible runs on", name)
			continue
		}
		lineage := a.lineageOf(h)
		v := vars{}
		for _, group := range lineage {
			maps.Copy(v, a.groups[group].vars)
		}
		maps.Copy(v, h.vars)
		f := model.FoundHost{
			Name: name, Address: v.first(addressVars), Aliases: listOf(v["opsbot_aliases"]), Services: listOf(v["opsbot_services"]),
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

// clients returns the clients of a host; one "" if none is given.
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
