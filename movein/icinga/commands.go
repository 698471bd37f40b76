package icinga

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"opsbot/model"
)

// pluginDir is where distributions have the plugins.
const pluginDir = "/usr/lib/nagios/plugins"

// command is a CheckCommand: a program, its arguments, and the values of its macros where nobody sets them.
type command struct {
	argv []any
	args dictionary // flag to a value, or to a dictionary with value, set_if, required, skip_key, repeat_key, order
	vars dictionary
}

// library are commands of the Icinga Template Library that monitor others; those that look at the machine itself are for agents.
var library = map[string]command{
	"hostalive": pings("3000.0,80%", "5000.0,100%"), "hostalive4": pings("3000.0,80%", "5000.0,100%"), "hostalive6": pings("3000.0,80%", "5000.0,100%"),
	"ping": pings("", ""), "ping4": pings("", ""), "ping6": pings("", ""), "icmp": pings("", ""), "fping": pings("", ""),
	"tcp": {[]any{pluginDir + "/check_tcp"}, dictionary{"-H": "$tcp_address$", "-p": "$tcp_port$", "-e": "$tcp_expect$", "-s": "$tcp_send$", "-w": "$tcp_wtime$", "-c": "$tcp_ctime$", "-t": "$tcp_timeout$"}, dictionary{"tcp_address": "$address$"}},
	"http": {[]any{pluginDir + "/check_http"}, dictionary{
		"-H": "$http_vhost$", "-I": "$http_address$", "-u": "$http_uri$", "-p": "$http_port$", "-S": dictionary{"set_if": "$http_ssl$"}, "-a": "$http_auth_pair$",
		"-s": "$http_string$", "-r": "$http_expect_body_regex$", "-e": "$http_expect$", "-C": "$http_certificate$", "-w": "$http_warn_time$", "-c": "$http_critical_time$",
		"-f": "$http_onredirect$", "-j": "$http_method$", "-t": "$http_timeout$", "-A": "$http_useragent$", "-k": dictionary{"value": "$http_header$", "repeat_key": true},
		"-P": "$http_post$", "--sni": dictionary{"set_if": "$http_sni$"},
	}, dictionary{"http_address": "$address$"}},
	"ssl":      {[]any{pluginDir + "/check_http"}, dictionary{"-H": "$ssl_address$", "-p": "$ssl_port$", "-C": "$ssl_cert_valid_days_warn$"}, dictionary{"ssl_address": "$address$"}},
	"ssh":      {[]any{pluginDir + "/check_ssh"}, dictionary{"-p": "$ssh_port$", "host": dictionary{"value": "$ssh_address$", "skip_key": true, "order": 1.0}}, dictionary{"ssh_address": "$address$"}},
	"smtp":     {[]any{pluginDir + "/check_smtp"}, dictionary{"-H": "$smtp_address$", "-p": "$smtp_port$", "-S": dictionary{"set_if": "$smtp_starttls$"}}, dictionary{"smtp_address": "$address$"}},
	"imap":     {[]any{pluginDir + "/check_imap"}, dictionary{"-H": "$imap_address$", "-p": "$imap_port$"}, dictionary{"imap_address": "$address$"}},
	"pop":      {[]any{pluginDir + "/check_pop"}, dictionary{"-H": "$pop_address$", "-p": "$pop_port$"}, dictionary{"pop_address": "$address$"}},
	"ftp":      {[]any{pluginDir + "/check_ftp"}, dictionary{"-H": "$ftp_address$", "-p": "$ftp_port$"}, dictionary{"ftp_address": "$address$"}},
	"dns":      {[]any{pluginDir + "/check_dns"}, dictionary{"-H": "$dns_lookup$", "-s": "$dns_server$", "-a": dictionary{"value": "$dns_expected_answers$", "repeat_key": true}}, dictionary{"dns_lookup": "$host.name$"}},
	"ntp_time": {[]any{pluginDir + "/check_ntp_time"}, dictionary{"-H": "$ntp_address$", "-w": "$ntp_warning$", "-c": "$ntp_critical$"}, dictionary{"ntp_address": "$address$"}},
}

// pings is a command of pings; its thresholds are those of the variables, or the given ones.
func pings(warning, critical string) command {
	c := command{[]any{pluginDir + "/check_ping"}, dictionary{"-H": "$ping_address$", "-w": warning, "-c": critical, "-p": "$ping_packets$"}, dictionary{"ping_address": "$address$"}}
	if warning == "" {
		c.args["-w"], c.args["-c"] = "$ping_wrta$,$ping_wpl$%", "$ping_crta$,$ping_cpl$%"
		c.vars["ping_wrta"], c.vars["ping_wpl"], c.vars["ping_crta"], c.vars["ping_cpl"] = 100.0, 5.0, 200.0, 15.0
	}
	return c
}

// local are commands of the library about the machine that runs them.
var local = []string{"disk", "load", "procs", "swap", "users", "apt", "yum", "icinga", "cluster", "cluster-zone", "dummy", "random", "ido", "disk-windows", "load-windows", "service-windows", "mem", "running_kernel", "file_age"}

// macros finds the values of macros, the most specific first.
type macros struct {
	places []dictionary // of the service, the host, the command
	named  dictionary   // host.name and the like
}

// lookup is the value of a macro.
func (m macros) lookup(name string) any {
	if v, ok := m.named[name]; ok {
		return v
	}
	for _, prefix := range []string{"host.vars.", "service.vars.", "vars."} {
		name = strings.TrimPrefix(name, prefix)
	}
	for _, place := range m.places {
		var v any = place
		for key := range strings.SplitSeq(name, ".") {
			v, _ = member(v, key) // what is no dictionary has no keys
		}
		if v != nil {
			return v
		}
	}
	return nil
}

// resolve replaces the macros of a text. A macro that is the whole text keeps its type. ok is false if one has no value.
func (m macros) resolve(v any, depth int) (resolved any, ok bool) {
	s, isText := v.(string)
	if !isText || !strings.Contains(s, "$") {
		return v, v != nil
	}
	if depth > 8 {
		return nil, false
	}
	if inner, whole := strings.CutPrefix(s, "$"); whole && strings.HasSuffix(inner, "$") && strings.Count(inner, "$") == 1 && inner != "$" {
		return m.resolve(m.lookup(strings.TrimSuffix(inner, "$")), depth+1)
	}
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(s, "$")
		b.WriteString(before)
		if !found {
			return b.String(), true
		}
		name, after, closed := strings.Cut(rest, "$")
		switch {
		case !closed:
			b.WriteString("$" + rest)
			return b.String(), true
		case name == "":
			b.WriteByte('$')
		default:
			value, ok := m.resolve(m.lookup(name), depth+1)
			if !ok || b.Len() > maxText {
				return nil, false
			}
			b.WriteString(said(value))
		}
		s = after
	}
}

// argument is a flag of a command and its value.
type argument struct {
	order float64
	flag  string
	words []string
}

// line is the program with its arguments.
func (c command) line(m macros) []string {
	var all []string
	for _, v := range c.argv {
		if v, ok := m.resolve(v, 0); ok {
			all = append(all, said(v))
		}
	}
	var arguments []argument
	for _, flag := range model.SortedKeys(c.args) {
		if words, order, ok := words(flag, c.args[flag], m); ok {
			arguments = append(arguments, argument{order, flag, words})
		}
	}
	slices.SortStableFunc(arguments, func(a, b argument) int {
		switch {
		case a.order < b.order:
			return -1
		case a.order > b.order:
			return 1
		default:
			return 0
		}
	})
	for _, a := range arguments {
		all = append(all, a.words...)
	}
	return all
}

// words are those of one argument; ok is false if it is not given.
func words(flag string, v any, m macros) (all []string, order float64, ok bool) {
	d, isDictionary := v.(dictionary)
	if !isDictionary {
		d = dictionary{"value": v}
	}
	order, _ = d["order"].(float64)
	if key, ok := d["key"].(string); ok {
		flag = key
	}
	if condition, has := d["set_if"]; has {
		set, _ := m.resolve(condition, 0)
		if n, err := strconv.ParseFloat(said(set), 64); !truth(set) || err == nil && n == 0 || said(set) == "false" {
			return nil, 0, false
		}
	}
	value, given := m.resolve(d["value"], 0)
	if _, has := d["value"]; !has {
		return []string{flag}, order, true
	}
	if !given || said(value) == "" {
		return nil, 0, false
	}
	list, isList := value.([]any)
	if !isList {
		list = []any{value}
	}
	for i, item := range list {
		if text, isText := item.(string); isText {
			item, _ = m.resolve(text, 0)
		}
		if skip := truth(d["skip_key"]); !skip && (i == 0 || d["repeat_key"] != false) {
			all = append(all, flag)
		}
		all = append(all, said(item))
	}
	return all, order, true
}

// missing is an argument that a command needs and that has no value; "" if all have one.
func (c command) missing(m macros) string {
	for _, flag := range model.SortedKeys(c.args) {
		d, _ := c.args[flag].(dictionary)
		if _, given := m.resolve(d["value"], 0); truth(d["required"]) && !given {
			return flag
		}
	}
	return ""
}

// absolute puts a program without a folder where the plugins are.
func absolute(argv []string) []string {
	if len(argv) > 0 && !path.IsAbs(argv[0]) {
		argv[0] = path.Join(pluginDir, path.Base(argv[0]))
	}
	return argv
}
