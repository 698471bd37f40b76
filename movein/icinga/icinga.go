// Package icinga reads configuration files of Icinga 2: hosts and services, templates, apply rules, check commands.
//
// Its language is a program. What can be read without executing it is read: values, comparisons, match(), loops of apply rules. Anything else,
// such as functions and conditions in a body, is named and left out.
package icinga

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"opsbot/model"
	"opsbot/movein/moved"
	"opsbot/movein/nagios"
)

// Read reads files, or folders of them.
func Read(_ context.Context, paths []string, _ moved.Options) (*moved.Moved, error) {
	files, err := moved.Files(paths, []string{".conf"})
	if err != nil {
		return nil, err
	}
	r := &reader{
		m: &moved.Moved{}, b: &builder{templates: map[string]*definition{}, constants: scope{"PluginDir": pluginDir, "ManubulonPluginDir": pluginDir, "PluginContribDir": pluginDir, "NodeName": nodeName, "ZoneName": nodeName}},
		commands: maps.Clone(library), left: map[string]int{}, seen: map[problem]bool{},
	}
	for _, file := range files {
		if err := r.file(file); err != nil {
			return nil, err
		}
	}
	r.all()
	return r.m, nil
}

// nodeName stands for the name of the machine that Icinga runs on, which its constants set.
const nodeName = "NodeName"

type host struct {
	name   string
	values dictionary
	d      *definition
}

type reader struct {
	m           *moved.Moved
	b           *builder
	definitions []*definition
	commands    map[string]command
	hosts       []*host
	left        map[string]int // objects by kind that are not carried over
	seen        map[problem]bool
}

// file reads the statements of a file.
func (r *reader) file(file string) error {
	source, err := moved.ReadFile(file)
	if err != nil {
		return err
	}
	all, err := tokens(source)
	if err != nil {
		return fmt.Errorf("read %q: %w", file, err)
	}
	for _, line := range lines(all) {
		d := parseDefinition(file, line)
		switch {
		case d != nil && d.verb == "template":
			if name, err := evaluate(d.name, r.b.constants); err == nil {
				r.b.templates[d.kind+" "+said(name)] = d
			}
		case d != nil:
			r.definitions = append(r.definitions, d)
		case line[0].is("const") && len(line) > 3 && line[2].is("="):
			if v, err := evaluate(line[3:], r.b.constants); err == nil {
				r.b.constants[line[1].text] = v
			}
		case !line[0].is("include", "include_recursive", "include_zones", "library"):
			r.bad([]problem{{file, line[0].line}})
		}
	}
	return nil
}

// bad notes lines that cannot be read, each once.
func (r *reader) bad(all []problem) {
	for _, p := range all {
		if !r.seen[p] {
			r.seen[p] = true
			r.m.Differs(moved.Line(p.file, p.line), model.Say("movein.statement"))
		}
	}
}

// names are those of a definition: without a name it has "".
func (r *reader) nameOf(d *definition, s scope) (string, error) {
	if len(d.name) == 0 {
		return "", nil
	}
	v, err := evaluate(d.name, s)
	return said(v), err
}

func (r *reader) all() {
	for _, d := range r.definitions {
		switch {
		case d.verb == "object" && d.kind == "CheckCommand":
			r.command(d)
		case d.verb == "object" && d.kind == "Host":
			r.host(d)
		}
	}
	for _, h := range r.hosts {
		r.check(h, nil, moved.Check("host "+h.name, h.name, "ping"), h.d.at())
	}
	for _, d := range r.definitions {
		switch {
		case d.kind == "Service" && d.verb == "apply":
			r.apply(d)
		case d.kind == "Service":
			r.service(d)
		case d.kind != "Host" && d.kind != "CheckCommand" && !slices.Contains(plumbing, d.kind):
			r.left[d.kind]++
		}
	}
	for _, kind := range model.SortedKeys(r.left) {
		r.m.Left(kind, model.Say("movein.objects", "n", r.left[kind]))
	}
	if len(r.m.Tables)+len(r.m.Notes) == 0 {
		r.m.Left("", model.Say("movein.empty"))
	}
}

// plumbing are kinds of objects about Icinga itself, and groups.
var plumbing = []string{"Endpoint", "Zone", "ApiListener", "ApiUser", "HostGroup", "ServiceGroup", "UserGroup", "TimePeriod", "NotificationCommand", "EventCommand", "CheckerComponent", "NotificationComponent", "FileLogger", "SyslogLogger", "IcingaDB", "IdoMysqlConnection", "IdoPgsqlConnection", "PerfdataWriter", "InfluxdbWriter", "Influxdb2Writer", "GraphiteWriter", "LivestatusListener", "ExternalCommandListener", "IcingaApplication", "JournaldLogger"}

func (r *reader) command(d *definition) {
	name, err := r.nameOf(d, r.b.constants)
	if err != nil {
		return
	}
	values := dictionary{"vars": dictionary{}}
	r.bad(r.b.build(d, values, r.b.constants, 0))
	c := command{}
	switch v := values["command"].(type) {
	case []any:
		c.argv = v
	case string:
		c.argv = []any{v}
	}
	c.args, _ = values["arguments"].(dictionary)
	c.vars, _ = values["vars"].(dictionary)
	r.commands[name] = c
}

func (r *reader) host(d *definition) {
	name, err := r.nameOf(d, r.b.constants)
	switch {
	case name == nodeName:
		r.m.Left(fmt.Sprintf("%s host %q", d.at(), name), model.Say("movein.own_host"))
		return
	case err != nil || name == "":
		r.bad([]problem{{d.file, d.line}})
		return
	}
	values := dictionary{"name": name, "display_name": name, "vars": dictionary{}, "groups": []any{}}
	s := maps.Clone(r.b.constants)
	s["name"] = name
	s["host"] = values
	r.bad(r.b.build(d, values, s, 0))
	r.hosts = append(r.hosts, &host{name, values, d})
}

// service is an object of its own: it names its host.
func (r *reader) service(d *definition) {
	name, err := r.nameOf(d, r.b.constants)
	values := dictionary{"name": name, "vars": dictionary{}}
	r.bad(r.b.build(d, values, r.b.constants, 0))
	at := fmt.Sprintf("%s service %q", d.at(), name)
	i := slices.IndexFunc(r.hosts, func(h *host) bool { return h.name == said(values["host_name"]) })
	if err != nil || i < 0 {
		r.m.Left(at, model.Say("movein.unknown_host", "host", said(values["host_name"])))
		return
	}
	r.serviceCheck(r.hosts[i], values, name, d)
}

func (r *reader) serviceCheck(h *host, values dictionary, name string, d *definition) {
	r.check(h, values, moved.Check("service "+h.name+"/"+name, h.name+"-"+name, "plugin"), d.at())
}

// scopeOf is what a rule may name about a host.
func (r *reader) scopeOf(h *host) scope {
	s := maps.Clone(r.b.constants)
	s["host"] = h.values
	return s
}

// apply tries a rule on each host.
func (r *reader) apply(d *definition) {
	hits := 0
	for _, h := range r.hosts {
		s := r.scopeOf(h)
		rounds, err := loops(d, s)
		if err != nil {
			r.m.Left(fmt.Sprintf("%s apply %s", d.at(), d.kind), model.Say("movein.rule"))
			return
		}
		for _, round := range rounds {
			name, err := r.nameOf(d, round.scope)
			fits, failed := assigned(d, round.scope)
			if err != nil || failed != nil {
				r.m.Left(fmt.Sprintf("%s apply %s %q", d.at(), d.kind, name), model.Say("movein.rule"))
				return
			}
			if !fits {
				continue
			}
			hits++
			name += round.key
			values := dictionary{"name": name, "vars": dictionary{}}
			round.scope["service"] = values
			r.bad(r.b.build(d, values, round.scope, 0))
			r.serviceCheck(h, values, name, d)
		}
	}
	if hits == 0 {
		name, _ := r.nameOf(d, r.b.constants)
		r.m.Left(fmt.Sprintf("%s apply %s %q", d.at(), d.kind, name), model.Say("movein.no_hosts"))
	}
}

// round is one turn of the loop of a rule; a rule without a loop has one.
type round struct {
	key   string
	scope scope
}

// loops are the turns of a rule on a host.
func loops(d *definition, s scope) ([]round, error) {
	if d.loop == nil {
		return []round{{"", s}}, nil
	}
	v, err := evaluate(d.loop.in, s)
	if err != nil {
		return nil, err
	}
	var all []round
	turn := func(key string, value any) {
		inner := maps.Clone(s)
		inner[d.loop.key], inner[d.loop.value] = key, value
		all = append(all, round{key, inner})
	}
	switch v := v.(type) {
	case dictionary:
		for _, key := range model.SortedKeys(v) {
			turn(key, v[key])
		}
	case []any:
		for _, item := range v {
			turn(said(item), item)
		}
	}
	return all, nil
}

// assigned reports whether a rule is about a host: one of its assign rules fits, and none of its ignore rules. A rule of a loop needs none.
func assigned(d *definition, s scope) (bool, error) {
	fits, rules := false, 0
	for _, st := range d.body {
		if st.op != "assign" && st.op != "ignore" {
			continue
		}
		v, err := evaluate(st.value, s)
		if err != nil {
			return false, err
		}
		switch {
		case st.op == "ignore" && truth(v):
			return false, nil
		case st.op == "assign":
			rules++
			fits = fits || truth(v)
		}
	}
	return fits || rules == 0 && d.loop != nil, nil
}

// check makes the check of a host, or of a service on it.
func (r *reader) check(h *host, service dictionary, t *moved.Table, at string) {
	values := service
	if values == nil {
		values = h.values
	}
	t.At = fmt.Sprintf("%s %s %q", at, map[bool]string{true: "host", false: "service"}[service == nil], strings.TrimPrefix(strings.TrimPrefix(t.ID, "host "), "service "))
	name := said(values["check_command"])
	switch {
	case service == nil && name == "":
		return
	case values["enable_active_checks"] == false || name == "passive":
		r.m.Left(t.At, model.Say("movein.passive"))
		return
	case said(values["command_endpoint"]) != "" || slices.Contains(local, name):
		r.m.Left(t.At, model.Say("movein.agent", "command", name))
		return
	}
	c, known := r.commands[name]
	if !known || len(c.argv) == 0 {
		r.m.Left(t.At, model.Say("movein.no_command", "command", name))
		return
	}
	m := macros{named: dictionary{
		"host.name": h.name, "name": said(values["name"]), "service.name": said(values["name"]), "address": h.values["address"], "host.address": h.values["address"],
		"address6": h.values["address6"], "host.address6": h.values["address6"], "host.display_name": h.values["display_name"], "check_address": first(h.values["address"], h.values["address6"]),
	}}
	for _, place := range []any{values["vars"], h.values["vars"], c.vars} {
		if d, ok := place.(dictionary); ok {
			m.places = append(m.places, d)
		}
	}
	if flag := c.missing(m); flag != "" {
		r.m.Left(t.At, model.Say("movein.argument", "command", name, "flag", flag))
		return
	}
	if !nagios.Fill(r.m, t, absolute(c.line(m))) {
		return
	}
	times(t, values)
	about(t, h, values, service != nil)
	r.m.Add(t)
}

func first(a, b any) any {
	if a != nil {
		return a
	}
	return b
}

// seconds is a number of seconds; 0 for anything else.
func seconds(v any) time.Duration {
	n, ok := v.(float64)
	if !ok || !(n > 0) || n > 366*86400 {
		return 0
	}
	return time.Duration(n * float64(time.Second))
}

// The times of objects that say none.
const (
	defaultInterval = 5 * time.Minute
	defaultRetry    = time.Minute
	defaultAttempts = 3
)

func times(t *moved.Table, values dictionary) {
	every, retry := seconds(values["check_interval"]), seconds(values["retry_interval"])
	if every == 0 {
		every = defaultInterval
	}
	if retry == 0 {
		retry = defaultRetry
	}
	attempts, ok := values["max_check_attempts"].(float64)
	if !ok || !(attempts >= 1 && attempts < 1000) {
		attempts = defaultAttempts
	}
	t.Every(every).Failures(int(attempts))
	if attempts > 1 {
		t.Duration("confirm_every", min(retry, time.Hour))
	}
	if timeout := seconds(values["check_timeout"]); timeout > 0 {
		t.Duration("timeout", min(timeout, 10*time.Minute))
	}
}

func about(t *moved.Table, h *host, values dictionary, service bool) {
	labels := map[string]string{}
	if groups, ok := h.values["groups"].([]any); ok && len(groups) > 0 {
		labels["group"] = said(groups[0])
	}
	if service {
		labels["host"] = h.name
	}
	t.Set("labels", moved.Labels(labels)).Set("comment", model.Clip(strings.Join(strings.Fields(said(values["notes"])), " "), 300))
	if link := said(values["notes_url"]); strings.HasPrefix(link, "http") && !strings.Contains(link, "$") {
		t.Set("runbook", link)
	}
}
