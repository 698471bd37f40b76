// Package nagios reads the objects of Nagios, Naemon, Shinken and Icinga 1: hosts and services with their templates, groups and commands.
//
// Checks of the standard plugins for web pages, ports and pings become opsbot's own; other commands become checks of kind plugin. No command
// is run.
package nagios

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"opsbot/model"
	"opsbot/movein/moved"
)

// Read reads main files, files of objects, and folders of them.
func Read(_ context.Context, paths []string, o moved.Options) (*moved.Moved, error) {
	m := &moved.Moved{}
	f := &files{m: m, templates: map[string]*object{}, resources: map[string]string{}, settings: map[string]string{}, seen: map[string]bool{}}
	if err := f.read(paths, 0); err != nil {
		return nil, err
	}
	f.resolve()
	r := &reader{files: f, m: m, hosts: map[string]*object{}, groups: map[string][]string{}, commands: map[string]*object{}}
	r.all()
	if len(m.Tables)+len(m.Notes) == 0 {
		m.Left("", model.Say("movein.empty"))
	}
	return m, nil
}

type reader struct {
	*files
	m        *moved.Moved
	hosts    map[string]*object
	names    []string            // of hosts, in their order
	groups   map[string][]string // hosts by the name of a group
	commands map[string]*object
}

// registered reports whether an object is more than a template.
func registered(o *object) bool { return o.values["register"] != "0" }

func (r *reader) all() {
	for _, o := range r.objects {
		switch {
		case !registered(o):
		case o.kind == "host" && o.values["host_name"] != "":
			for _, name := range o.list("host_name") {
				if r.hosts[name] == nil {
					r.names = append(r.names, name)
				}
				r.hosts[name] = o
			}
		case o.kind == "command":
			r.commands[o.values["command_name"]] = o
		}
	}
	r.readGroups()
	for _, name := range r.names {
		r.host(name)
	}
	left := map[string]int{}
	for _, o := range r.objects {
		switch {
		case !registered(o):
		case o.kind == "service":
			r.service(o)
		case o.kind == "contact":
			r.contact(o)
		case strings.HasSuffix(o.kind, "escalation") || strings.HasSuffix(o.kind, "dependency"):
			left[o.kind]++
		}
	}
	for _, kind := range model.SortedKeys(left) {
		r.m.Left(kind, model.Say("movein.objects", "n", left[kind]))
	}
}

// readGroups finds the hosts of each group: its members, those of the groups in it, and the hosts that name it.
func (r *reader) readGroups() {
	inner := map[string][]string{}
	for _, o := range r.objects {
		if o.kind == "hostgroup" {
			name := o.values["hostgroup_name"]
			inner[name] = append(inner[name], o.list("hostgroup_members")...)
			r.groups[name] = append(r.groups[name], r.expand(o.list("members"))...)
		}
	}
	for _, host := range r.names {
		for _, name := range r.hosts[host].list("hostgroups") {
			r.groups[name] = append(r.groups[name], host)
		}
	}
	for range maxInner {
		for _, name := range model.SortedKeys(inner) {
			all := r.groups[name]
			for _, member := range inner[name] {
				all = append(all, r.groups[member]...)
			}
			r.groups[name] = distinct(all)
		}
	}
}

// maxInner is how deep groups may be within each other.
const maxInner = 8

// distinct are names, each once.
func distinct(names []string) []string {
	seen := map[string]bool{}
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		before := seen[name]
		seen[name] = true
		return before
	})
}

// expand are the hosts that words name: "web1", "*", and without those with a "!".
func (r *reader) expand(words []string) []string {
	var all []string
	for _, word := range words {
		switch {
		case word == "*":
			all = append(all, r.names...)
		case strings.HasPrefix(word, "!"):
			all = slices.DeleteFunc(all, func(name string) bool { return name == word[1:] })
		default:
			all = append(all, word)
		}
	}
	return all
}

// hostsOf are the hosts of a service, each once.
func (r *reader) hostsOf(o *object) []string {
	var all []string
	for _, group := range o.list("hostgroup_name") {
		switch {
		case group == "*":
			all = append(all, r.names...)
		case !strings.HasPrefix(group, "!"):
			all = append(all, r.groups[group]...)
		}
	}
	for _, group := range o.list("hostgroup_name") {
		if out, ok := strings.CutPrefix(group, "!"); ok {
			all = slices.DeleteFunc(all, func(name string) bool { return slices.Contains(r.groups[out], name) })
		}
	}
	words := o.list("host_name")
	all = append(all, r.expand(slices.DeleteFunc(slices.Clone(words), func(w string) bool { return strings.HasPrefix(w, "!") }))...)
	return slices.DeleteFunc(distinct(all), func(name string) bool { return slices.Contains(words, "!"+name) })
}

// host adds the check of a host itself.
func (r *reader) host(name string) {
	o := r.hosts[name]
	if o.values["check_command"] == "" {
		return
	}
	t := moved.Check("host "+name, name, "ping")
	t.At = fmt.Sprintf("%s host %q", o.at(), name)
	r.check(t, o, o, name)
}

// service adds a check on each host of a service.
func (r *reader) service(o *object) {
	hosts := r.hostsOf(o)
	description := o.values["service_description"]
	if len(hosts) == 0 {
		r.m.Left(fmt.Sprintf("%s service %q", o.at(), description), model.Say("movein.no_hosts"))
		return
	}
	for _, name := range hosts {
		t := moved.Check("service "+name+"/"+description, name+"-"+description, "plugin")
		t.At = fmt.Sprintf("%s service %q", o.at(), name+"/"+description)
		host := r.hosts[name]
		if host == nil {
			r.m.Left(t.At, model.Say("movein.unknown_host", "host", name))
			continue
		}
		r.check(t, o, host, name)
	}
}

// check carries a host's or a service's check over.
func (r *reader) check(t *moved.Table, o, host *object, name string) {
	if o.values["active_checks_enabled"] == "0" {
		r.m.Left(t.At, model.Say("movein.passive"))
		return
	}
	command, why := r.command(o, host, name)
	switch {
	case why != nil:
		r.m.Left(t.At, *why)
		return
	case !Fill(r.m, t, command):
		return
	}
	r.times(t, o)
	r.about(t, o, host)
	r.m.Add(t)
}

// times sets how often a check runs and how often it may fail.
func (r *reader) times(t *moved.Table, o *object) {
	unit := time.Minute
	if n, err := strconv.Atoi(r.settings["interval_length"]); err == nil && n > 0 && n <= 3600 {
		unit = time.Duration(n) * time.Second
	}
	every := moved.Time(first(o.values["check_interval"], o.values["normal_check_interval"]), unit)
	if every == 0 {
		every = 5 * time.Minute
	}
	t.Every(every)
	attempts, err := strconv.Atoi(o.values["max_check_attempts"])
	if err != nil {
		attempts = 3
	}
	t.Failures(attempts)
	if attempts > 1 {
		t.Duration("confirm_every", min(moved.Time(first(o.values["retry_interval"], o.values["retry_check_interval"]), unit), time.Hour))
	}
	if period := o.values["check_period"]; period != "" && !strings.Contains(strings.ToLower(period), "24x7") && period != "always" {
		r.m.Differs(t.At, model.Say("movein.period", "period", period))
	}
	if o.values["event_handler"] != "" {
		r.m.Differs(t.At, model.Say("movein.option", "option", "event_handler", "value", moved.Shown(o.values["event_handler"])))
	}
}

func first(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

// about sets the labels and the links.
func (r *reader) about(t *moved.Table, o, host *object) {
	labels := map[string]string{"group": firstGroup(host, "hostgroups")}
	if o.kind == "service" {
		labels["host"] = host.values["host_name"]
		labels["servicegroup"] = firstGroup(o, "servicegroups")
	}
	t.Set("labels", moved.Labels(labels)).Set("comment", model.Clip(o.values["notes"], 300))
	if link := o.values["notes_url"]; strings.HasPrefix(link, "http") && !strings.Contains(link, "$") {
		t.Set("runbook", link)
	}
}

// firstGroup is the first of the groups that an object names.
func firstGroup(o *object, key string) string {
	for _, name := range o.list(key) {
		return name
	}
	return ""
}

// contact says whom Nagios notifies.
func (r *reader) contact(o *object) {
	at := fmt.Sprintf("%s contact %q", o.at(), o.values["contact_name"])
	r.m.Left(at, model.Say("movein.contact", "email", first(o.values["email"], "-"), "pager", first(o.values["pager"], "-")))
}

// command is the program of a check and its arguments; its macros are replaced.
func (r *reader) command(o, host *object, name string) ([]string, *model.Sentence) {
	refuse := func(s model.Sentence) ([]string, *model.Sentence) { return nil, &s }
	words := strings.Split(o.values["check_command"], "!")
	definition := r.commands[words[0]]
	if words[0] == "" || definition == nil {
		return refuse(model.Say("movein.no_command", "command", words[0]))
	}
	macros := r.macros(o, host, name, words[1:])
	argv, ok := Split(definition.values["command_line"])
	if !ok {
		return refuse(model.Say("movein.shell", "command", words[0]))
	}
	var all []string
	for i, arg := range argv {
		expanded, missing := expand(arg, macros, 0)
		switch {
		case missing == pluginsMacro && i == 0:
			expanded = path.Join("/usr/lib/nagios/plugins", path.Base(arg))
		case missing != "":
			return refuse(model.Say("movein.macro", "macro", missing))
		case r.secretMacro(arg + strings.Join(words, " ")):
			return refuse(model.Say("movein.secret_argument", "plugin", words[0], "flag", arg))
		}
		if expanded != "" || arg == "" { // a shell drops a macro without a value
			all = append(all, expanded)
		}
	}
	return unshelled(all)
}

// pluginsMacro is the folder of the plugins, by convention.
const pluginsMacro = "$USER1$"

// secretMacro reports whether a text names a $USERn$ that is no folder: such macros hold passwords.
func (r *reader) secretMacro(text string) bool {
	for name, value := range r.resources {
		if name != pluginsMacro && strings.Contains(text, name) && !strings.HasPrefix(value, "/") {
			return true
		}
	}
	return false
}

// unshelled splits what macros brought in, as a shell would.
func unshelled(argv []string) ([]string, *model.Sentence) {
	var all []string
	for _, arg := range argv {
		if words, ok := Split(arg); ok && strings.ContainsAny(arg, " \"'") && len(all) > 0 && strings.HasPrefix(arg, "-") {
			all = append(all, words...)
			continue
		}
		all = append(all, strings.Trim(arg, `"'`))
	}
	if len(all) == 0 || !path.IsAbs(all[0]) {
		s := model.Say("movein.not_absolute")
		return nil, &s
	}
	return all, nil
}

// macros are the macros of a check.
func (r *reader) macros(o, host *object, name string, args []string) map[string]string {
	address := first(host.values["address"], name)
	macros := map[string]string{
		"$HOSTADDRESS$": address, "$HOSTNAME$": name, "$HOSTALIAS$": first(host.values["alias"], name), "$SERVICEDESC$": o.values["service_description"],
	}
	for i := range 32 { // an argument that is not given is empty
		macros["$ARG"+strconv.Itoa(i+1)+"$"] = ""
	}
	for i, arg := range args {
		macros["$ARG"+strconv.Itoa(i+1)+"$"] = arg
	}
	for key, value := range r.resources {
		if key != pluginsMacro || path.IsAbs(value) {
			macros[key] = value
		}
	}
	for key, value := range host.values {
		if strings.HasPrefix(key, "_") {
			macros["$_HOST"+strings.ToUpper(key[1:])+"$"] = value
		}
	}
	for key, value := range o.values {
		if strings.HasPrefix(key, "_") && o.kind == "service" {
			macros["$_SERVICE"+strings.ToUpper(key[1:])+"$"] = value
		}
	}
	return macros
}

// expand replaces macros, also those within the values of macros. missing is one that is not known.
func expand(text string, macros map[string]string, depth int) (expanded, missing string) {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(text, "$")
		b.WriteString(before)
		if !ok {
			return b.String(), missing
		}
		name, after, closed := strings.Cut(rest, "$")
		switch value, known := macros["$"+name+"$"]; {
		case !closed:
			b.WriteString("$" + rest)
			return b.String(), missing
		case name == "": // $$ is $
			b.WriteByte('$')
		case !known || depth > 4 || b.Len() > maxValue:
			missing = "$" + name + "$"
		default:
			inner, lacks := expand(value, macros, depth+1)
			b.WriteString(inner)
			missing = first(missing, lacks)
		}
		text = after
	}
}
