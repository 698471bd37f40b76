package ssh

import (
	"os/user"
	"path"
	"slices"
	"strconv"
	"strings"

	"opsbot/model"
)

// hostConfig is what an ssh_config file says of one host: of each key the first value, and all of IdentityFile.
type hostConfig map[string][]string

// first is the first word of a key's value; "" is none.
func (h hostConfig) first(key string) string {
	if len(h[key]) == 0 {
		return ""
	}
	return h[key][0]
}

// of finds what the file says of a host, reached by a user unless the file names another one.
func (c *configFile) of(host, user string) hostConfig {
	if c == nil {
		return nil
	}
	m := matcher{host: host, user: user, found: hostConfig{}}
	m.apply(c.directives, true)
	return m.found
}

// matcher goes through the directives for one host.
type matcher struct {
	host, user string
	found      hostConfig
}

// apply takes what applies; outer is whether the lines before apply. Blocks of an included file end with it.
func (m *matcher) apply(all []directive, outer bool) {
	active := outer
	for i := range all {
		d := &all[i]
		switch {
		case d.key == "host":
			active = outer && matchesHost(d.args, m.host)
		case d.key == "match":
			active = outer && m.matches(d.args)
		case !active:
		case d.key == "include":
			m.apply(d.included, true)
		case d.key == "identityfile":
			if !slices.Contains(m.found[d.key], d.args[0]) {
				m.found[d.key] = append(m.found[d.key], d.args[0])
			}
		case m.found[d.key] == nil:
			m.found[d.key] = d.args
		}
	}
}

// hostName is the name that is dialled, as far as it is known.
func (m *matcher) hostName() string {
	if name := m.found.first("hostname"); name != "" {
		return expandHost(name, m.host)
	}
	return m.host
}

func expandHost(name, host string) string {
	return strings.NewReplacer("%h", host, "%%", "%").Replace(name)
}

// matchesHost evaluates the patterns of Host: one must match, and none that begins with "!".
func matchesHost(patterns []string, host string) bool {
	matched := false
	for _, pattern := range patterns {
		pattern, negated := strings.CutPrefix(pattern, "!")
		if !globs(pattern, host) {
			continue
		}
		if negated {
			return false
		}
		matched = true
	}
	return matched
}

// globs compares with a pattern of * and ?.
func globs(pattern, text string) bool {
	escaped := strings.NewReplacer(`\`, `\\`, "[", `\[`, "]", `\]`).Replace(pattern)
	ok, err := path.Match(escaped, strings.ReplaceAll(text, "/", "_")) // * stands for all characters, / is none of a name
	return err == nil && ok
}

// criteria are those of Match that can be evaluated, and whether they take patterns.
var criteria = map[string]bool{"all": false, "host": true, "originalhost": true, "user": true, "localuser": true}

// matches evaluates the criteria of Match. One that opsbot does not know, or that would run a program, never holds.
func (m *matcher) matches(args []string) bool {
	for len(args) > 0 {
		name, value, rest := criterion(args)
		name, negated := strings.CutPrefix(name, "!")
		takes, known := criteria[name]
		if !known || takes && value == "" || m.holds(name, value) == negated {
			return false
		}
		args = rest
	}
	return true
}

// criterion is the first criterion, its patterns, and what comes after it. They may be separated by "=".
func criterion(args []string) (name, value string, rest []string) {
	name, value, joined := strings.Cut(args[0], "=")
	name = strings.ToLower(name)
	if takes := criteria[strings.TrimPrefix(name, "!")]; joined || !takes || len(args) == 1 {
		return name, value, args[1:]
	}
	return name, args[1], args[2:]
}

func (m *matcher) holds(name, value string) bool {
	switch name {
	case "all":
		return true
	case "host":
		return matchesHost(strings.Split(strings.ToLower(value), ","), strings.ToLower(m.hostName()))
	case "originalhost":
		return matchesHost(strings.Split(strings.ToLower(value), ","), strings.ToLower(m.host))
	case "user":
		name := m.user
		if own := m.found.first("user"); own != "" {
			name = own
		}
		return matchesHost(strings.Split(value, ","), name)
	default: // localuser
		me, err := user.Current()
		return err == nil && matchesHost(strings.Split(value, ","), me.Username)
	}
}

// used are the keys that opsbot follows.
var used = []string{"host", "match", "include", "hostname", "user", "port", "identityfile", "proxyjump", "userknownhostsfile", "hostkeyalias"}

// harmless are keys that change nothing for one command over a connection that is checked as strictly as can be.
var harmless = []string{
	"addkeystoagent", "batchmode", "checkhostip", "compression", "connectionattempts", "connecttimeout", "controlmaster", "controlpath", "controlpersist", "enableescapecommandline", "escapechar",
	"exitonforwardfailure", "fingerprinthash", "forkafterauthentication", "forwardagent", "forwardx11", "forwardx11timeout", "forwardx11trusted", "gatewayports", "hashknownhosts", "identitiesonly",
	"ignoreunknown", "ipqos", "localcommand", "localforward", "loglevel", "logverbose", "nohostauthenticationforlocalhost", "numberofpasswordprompts", "obscurekeystroketiming", "passwordauthentication",
	"permitlocalcommand", "preferredauthentications", "pubkeyauthentication", "remoteforward", "rekeylimit", "requesttty", "sendenv", "serveralivecountmax", "serveraliveinterval", "setenv", "stdinnull",
	"streamlocalbindmask", "streamlocalbindunlink", "stricthostkeychecking", "syslogfacility", "tcpkeepalive", "tunnel", "updatehostkeys", "usekeychain", "visualhostkey", "xauthlocation", "dynamicforward",
	"kbdinteractiveauthentication", "gssapiauthentication", "gssapidelegatecredentials", "hostbasedauthentication", "verifyhostkeydns",
}

// each calls do for every directive, also of included files.
func (c *configFile) each(do func(d *directive)) {
	if c != nil {
		eachOf(c.directives, do)
	}
}

func eachOf(all []directive, do func(d *directive)) {
	for i := range all {
		do(&all[i])
		eachOf(all[i].included, do)
	}
}

// wrong are values that cannot be used.
func (c *configFile) wrong() []model.Sentence {
	var wrong []model.Sentence
	c.each(func(d *directive) {
		switch {
		case d.key == "port" && !isPort(d.args[0]):
			wrong = append(wrong, model.Say("config.ssh.port", "key", "config", "file", d.file, "line", d.line, "got", d.args[0]))
		case d.key == "proxyjump" && !strings.EqualFold(d.args[0], "none"):
			for _, hop := range hops(d.args[0]) {
				if _, _, _, err := splitHop(hop); err != nil {
					wrong = append(wrong, model.Say("config.ssh.jump", "key", "config", "file", d.file, "line", d.line, "got", hop))
				}
			}
		}
	})
	return wrong
}

func isPort(text string) bool {
	n, err := strconv.Atoi(text)
	return err == nil && n >= 1 && n <= 65535
}

// ignored are directives that ssh follows and opsbot does not, each once.
func (c *configFile) ignored() []model.Sentence {
	var all []model.Sentence
	said := map[string]bool{}
	say := func(d *directive, option string) {
		if key := strings.ToLower(option); !said[key] {
			said[key] = true
			all = append(all, model.Say("config.note.ssh_ignored", "key", "config", "file", d.file, "line", d.line, "option", option))
		}
	}
	c.each(func(d *directive) {
		switch {
		case d.key == "match":
			for args := d.args; len(args) > 0; {
				name, _, rest := criterion(args)
				if _, known := criteria[strings.TrimPrefix(name, "!")]; !known {
					say(d, "Match "+name)
					return
				}
				args = rest
			}
		case !slices.Contains(used, d.key) && !slices.Contains(harmless, d.key) && !strings.EqualFold(d.args[0], "none"):
			say(d, d.name)
		}
	})
	return all
}
