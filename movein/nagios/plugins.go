package nagios

import (
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"

	"opsbot/model"
	"opsbot/movein/moved"
)

// Split splits a command line into words, as a shell does. ok is false for what only a shell can do.
func Split(line string) (words []string, ok bool) {
	var b strings.Builder
	quote, inWord := rune(0), false
	escaped := false
	for _, r := range line {
		switch {
		case escaped:
			b.WriteRune(r)
			escaped = false
		case r == '\\' && quote != '\'':
			escaped, inWord = true, true
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			b.WriteRune(r)
		case r == '\'' || r == '"':
			quote, inWord = r, true
		case r == ' ' || r == '\t':
			if inWord {
				words, inWord = append(words, b.String()), false
				b.Reset()
			}
		case strings.ContainsRune("|;&<>`", r):
			return nil, false
		default:
			b.WriteRune(r)
			inWord = true
		}
	}
	if inWord {
		words = append(words, b.String())
	}
	return words, quote == 0
}

// Fill makes a check of a plugin and its arguments: one of opsbot's own kinds where all that the arguments say is known, else kind plugin.
func Fill(m *moved.Moved, t *moved.Table, argv []string) bool {
	own := map[string]func(*moved.Moved, *moved.Table, flags) (done, ok bool){
		"check_http": checkHTTP, "check_curl": checkHTTP, "check_tcp": checkTCP, "check_ping": checkPing, "check_icmp": checkPing, "check_fping": checkPing,
	}[path.Base(argv[0])]
	if own != nil {
		if f, ok := parseFlags(path.Base(argv[0]), argv[1:]); ok {
			if done, ok := own(m, t, f); done {
				return ok
			}
		}
	}
	return plugin(m, t, argv)
}

// secretFlag is an argument with a password, whatever the plugin.
var secretFlag = regexp.MustCompile(`(?i)^--?(passw(or)?d?|pass|secret|token|auth(pass|pw)(word)?|priv(pass|pw)(word)?|community|api-?key)(=|$)|authorization:|passw(or)?d=|token=|secret=|api-?key=`)

// shortSecrets are the arguments with passwords of single plugins.
var shortSecrets = map[string][]string{
	"check_http": {"-a", "--authorization"}, "check_curl": {"-a", "--authorization"},
	"check_mysql": {"-p"}, "check_mysql_query": {"-p"}, "check_pgsql": {"-p"}, "check_snmp": {"-C", "-A", "-X"}, "check_ldap": {"-P"}, "check_radius": {"-p"}, "check_nt": {"-s"},
	"check_smtp": {"-P"}, "check_imap_receive": {"-P"}, "check_ftp_rw": {"-p"},
}

// secretArgument is an argument with a secret; "" for none.
func secretArgument(argv []string) string {
	for _, arg := range argv[1:] {
		flag, _, _ := strings.Cut(arg, "=")
		if secretFlag.MatchString(arg) {
			return model.Clip(strings.Fields(flag + " ")[0], 20)
		}
		for _, short := range shortSecrets[path.Base(argv[0])] {
			if strings.HasPrefix(arg, short) {
				return short
			}
		}
	}
	return ""
}

// plugin runs the plugin as it is. A secret among the arguments would stand in the configuration, and in the list of processes.
func plugin(m *moved.Moved, t *moved.Table, argv []string) bool {
	if flag := secretArgument(argv); flag != "" {
		m.Left(t.At, model.Say("movein.secret_argument", "plugin", path.Base(argv[0]), "flag", flag))
		return false
	}
	t.Keys[0].Value = "plugin"
	t.Set("command", argv)
	m.Differs(t.At, model.Say("movein.plugin", "plugin", argv[0]))
	return true
}

// flags are the arguments of a plugin: values by their long name.
type flags map[string][]string

func (f flags) last(name string) string {
	if all := f[name]; len(all) > 0 {
		return all[len(all)-1]
	}
	return ""
}

func (f flags) has(name string) bool { return len(f[name]) > 0 }

// flagNames are the flags that are known: their long names; those that take a value end in "=".
var flagNames = map[string]map[string]string{
	"check_http": httpFlags, "check_curl": httpFlags,
	"check_tcp":   {"-H": "host=", "-p": "port=", "-t": "timeout=", "-w": "warning=", "-c": "critical=", "--hostname": "host=", "--port": "port=", "-4": "v4", "-6": "v6"},
	"check_ping":  {"-H": "host=", "-w": "warning=", "-c": "critical=", "-p": "count=", "-t": "timeout=", "-4": "v4", "-6": "v6", "--hostname": "host="},
	"check_icmp":  {"-H": "host=", "-w": "warning=", "-c": "critical=", "-n": "count=", "-t": "timeout=", "-4": "v4", "-6": "v6"},
	"check_fping": {"-H": "host=", "-w": "warning=", "-c": "critical=", "-n": "count="},
}

var httpFlags = map[string]string{
	"-H": "vhost=", "-I": "host=", "-u": "uri=", "-p": "port=", "-S": "ssl", "-s": "string=", "-r": "regex=", "-R": "eregi=", "-e": "expect=", "-w": "warning=", "-c": "critical=",
	"-C": "certificate=", "-a": "auth=", "-f": "redirect=", "-t": "timeout=", "-j": "method=", "-k": "header=", "-A": "agent=", "--sni": "sni", "-4": "v4", "-6": "v6",
	"--hostname": "vhost=", "--IP-address": "host=", "--uri": "uri=", "--url": "uri=", "--port": "port=", "--ssl": "ssl", "--string": "string=", "--regex": "regex=", "--expect": "expect=",
	"--warning": "warning=", "--critical": "critical=", "--certificate": "certificate=", "--authorization": "auth=", "--onredirect": "redirect=", "--timeout": "timeout=", "--method": "method=",
	"--header": "header=", "--useragent": "agent=", "-v": "verbose", "-N": "no-body", "--no-body": "no-body",
}

// parseFlags reads arguments; ok is false if one is not known.
func parseFlags(plugin string, args []string) (flags, bool) {
	f := flags{}
	for i := 0; i < len(args); i++ {
		arg, value, attached := args[i], "", false
		if strings.HasPrefix(arg, "--") {
			arg, value, attached = strings.Cut(arg, "=")
		}
		name, known := flagNames[plugin][arg]
		if !known && len(arg) > 2 && arg[0] == '-' && arg[1] != '-' { // -p80
			name, known = flagNames[plugin][arg[:2]]
			value, attached = arg[2:], true
		}
		long, takes := strings.CutSuffix(name, "=")
		switch {
		case !known || attached && !takes && long != "ssl":
			return nil, false
		case takes && !attached:
			i++
			if i >= len(args) {
				return nil, false
			}
			value = args[i]
		}
		f[long] = append(f[long], value)
	}
	return f, true
}

// checkHTTP makes a check of a page, or of a certificate.
func checkHTTP(m *moved.Moved, t *moved.Table, f flags) (done, ok bool) {
	host := first(f.last("host"), f.last("vhost"))
	scheme, port := "http", "80"
	if f.has("ssl") || f.has("certificate") {
		scheme, port = "https", "443"
	}
	port = first(f.last("port"), port)
	if f.has("certificate") {
		days, err := strconv.Atoi(strings.Split(f.last("certificate"), ",")[0])
		t.Keys[0].Value = "tls"
		t.Set("address", moved.Address(host, port)).Set("days", min(max(days, 0), 3650))
		if vhost := f.last("vhost"); vhost != host {
			t.Set("server_name", vhost)
		}
		return err == nil && host != "", true
	}
	status, known := expected(f)
	if host == "" || !known || f.has("eregi") || f.has("no-body") {
		return false, false
	}
	q := moved.Request{
		URL: scheme + "://" + urlHost(first(f.last("vhost"), host), port, scheme) + uri(f.last("uri")), Method: f.last("method"), Status: status,
		Contains: f.last("string"), SlowerThan: moved.Time(strings.Split(f.last("critical"), ",")[0], time.Second), Headers: headers(f),
	}
	if vhost := f.last("vhost"); vhost != "" && vhost != host {
		q.Address = moved.Address(host, port)
	}
	if q.Contains == "" {
		q.Matches = f.last("regex")
	} else if f.has("regex") {
		return false, false
	}
	if f.last("redirect") == "follow" || f.last("redirect") == "sticky" {
		q.Redirects = 15
	}
	q.User, q.Password, _ = strings.Cut(f.last("auth"), ":")
	t.Keys[0].Value = "web"
	t.Duration("timeout", min(moved.Time(f.last("timeout"), time.Second), 10*time.Minute))
	return true, q.Fill(m, t)
}

func headers(f flags) map[string]string {
	all := map[string]string{}
	for _, line := range f["header"] {
		name, value, _ := strings.Cut(line, ":")
		all[strings.TrimSpace(name)] = strings.TrimSpace(value)
	}
	if agent := f.last("agent"); agent != "" {
		all["User-Agent"] = agent
	}
	return all
}

func uri(text string) string {
	if !strings.HasPrefix(text, "/") {
		return "/" + text
	}
	return text
}

func urlHost(host, port, scheme string) string {
	if port == map[string]string{"http": "80", "https": "443"}[scheme] {
		if strings.Contains(host, ":") {
			return "[" + strings.Trim(host, "[]") + "]"
		}
		return host
	}
	return moved.Address(host, port)
}

// expected are the statuses that the plugin takes for ok: those of -e, else all below 400.
func expected(f flags) ([]any, bool) {
	switch redirect := f.last("redirect"); {
	case f.has("expect"):
	case redirect == "follow" || redirect == "sticky":
		return nil, true
	case redirect == "" || redirect == "ok":
		return []any{"200-399"}, true
	default:
		return nil, redirect == "critical" || redirect == "warning"
	}
	var all []any
	for word := range strings.SplitSeq(f.last("expect"), ",") {
		word = strings.TrimPrefix(strings.TrimPrefix(strings.TrimSpace(word), "HTTP/1.1 "), "HTTP/1.0 ")
		n, err := strconv.Atoi(strings.Split(word+" ", " ")[0])
		if err != nil || n < 100 || n > 599 {
			return nil, false
		}
		all = append(all, n)
	}
	return all, true
}

func checkTCP(_ *moved.Moved, t *moved.Table, f flags) (done, ok bool) {
	if f.last("host") == "" || f.last("port") == "" || f.has("warning") || f.has("critical") {
		return false, false
	}
	t.Keys[0].Value = "tcp"
	t.Set("address", moved.Address(f.last("host"), f.last("port"))).Duration("timeout", moved.Time(f.last("timeout"), time.Second))
	return true, true
}

// threshold is that of a ping: "500.0,60%", in milliseconds and percent.
var threshold = regexp.MustCompile(`^([0-9.]+)(?:ms)?,([0-9]+)%?$`)

func checkPing(_ *moved.Moved, t *moved.Table, f flags) (done, ok bool) {
	if f.last("host") == "" {
		return false, false
	}
	t.Keys[0].Value = "ping"
	t.Set("address", f.last("host"))
	if m := threshold.FindStringSubmatch(f.last("critical")); m != nil {
		if loss, err := strconv.Atoi(m[2]); err == nil && loss > 0 {
			t.Set("loss", min(loss, 100))
		}
		t.Duration("slower_than", moved.Time(m[1], time.Millisecond))
	}
	if n, err := strconv.Atoi(f.last("count")); err == nil {
		t.Set("count", max(1, min(n, 20)))
	}
	return true, true
}
