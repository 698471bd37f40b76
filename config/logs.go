package config

import (
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"opsbot/model"
)

// SSH is how hosts are reached whose logs are read. What the ssh_config file says of a host wins over the rest.
type SSH struct {
	User           string         `toml:"user"`
	Key            string         `toml:"key"`             // path of the private key; after Load as seen from here, as all paths below
	PassphraseFile string         `toml:"passphrase_file"` // holds its passphrase
	Agent          string         `toml:"agent"`           // path of an agent's socket; "auto" is what SSH_AUTH_SOCK says
	KnownHosts     string         `toml:"known_hosts"`     // the keys of hosts; nothing is ever added
	Config         string         `toml:"config"`          // an ssh_config file
	Jump           string         `toml:"jump"`            // "user@bastion:22"; several with commas between
	Port           int            `toml:"port" range:"1..65535"`
	PerHost        int            `toml:"per_host" range:"1..10"` // commands at a time on one host
	Timeout        model.Duration `toml:"timeout" range:"1s..1m"` // of one connection, until it is let in
	At             model.Place    `toml:"-"`
}

// LogSource is a log that hosts have. One of Files, Unit and Command is set.
type LogSource struct {
	Name    string      `toml:"name"`
	Hosts   []string    `toml:"hosts"`   // names, aliases, addresses, labels "dc=fra1,role=web"; "all" is every host
	Files   []string    `toml:"files"`   // patterns of absolute paths
	Unit    string      `toml:"unit"`    // of the journal
	Command []string    `toml:"command"` // a program and its arguments
	Local   bool        `toml:"local"`   // on this machine; {host} in files is the host's name
	Format  LogFormat   `toml:"format"`
	Zone    Zone        `toml:"timezone"` // of times that do not say theirs; default alerts.timezone
	At      model.Place `toml:"-"`
}

// Excerpts is what is taken of logs.
type Excerpts struct {
	Collect bool           `toml:"collect"`               // of hosts that fail, by itself
	Before  model.Duration `toml:"before" range:"1s..1d"` // of a failure's beginning
	After   model.Duration `toml:"after" range:"0..1d"`   // of it
	Hosts   int            `toml:"hosts" range:"1..100"`  // that are asked for one answer
	Lines   int            `toml:"lines" range:"1..2000"` // of one source of one host
	Bytes   int            `toml:"bytes" range:"65536..67108864"`
	Timeout model.Duration `toml:"timeout" range:"1s..25s"` // of one host
	Redact  []string       `toml:"redact"`                  // patterns of further secrets

	Secrets []*regexp.Regexp `toml:"-"` // what Redact holds
}

func excerptsDefaults() Excerpts {
	return Excerpts{
		Collect: true, Before: model.Duration(5 * time.Minute), After: model.Duration(time.Minute), Hosts: 8, Lines: 200, Bytes: 2 << 20,
		Timeout: model.Duration(15 * time.Second),
	}
}

func sshDefaults() SSH { return SSH{Port: 22, PerHost: 4, Timeout: model.Duration(5 * time.Second)} }

func (s *LogSource) setDefaults() { *s = LogSource{Hosts: []string{"all"}, Format: LogAuto} }

// LogFormat says what lines are.
type LogFormat string

// The formats.
const (
	LogAuto   LogFormat = "auto" // a line is taken for what it looks like
	LogNginx  LogFormat = "nginx"
	LogApache LogFormat = "apache"
	LogPlain  LogFormat = "plain" // no requests
)

// UnmarshalText takes one of the formats.
func (f *LogFormat) UnmarshalText(text []byte) error {
	switch v := LogFormat(text); v {
	case LogAuto, LogNginx, LogApache, LogPlain:
		*f = v
		return nil
	default:
		return model.OneOf("format", text, LogAuto, LogNginx, LogApache, LogPlain)
	}
}

// logs judges where logs are read, and how hosts are reached for that.
func (l *loader) logs(root *node, cfg *Config) {
	known := newNames(l, model.Sentence{})
	remote := false
	for i := range cfg.Logs {
		s, n := &cfg.Logs[i], root.child("logs").item(i)
		if n == nil || !n.isTable {
			continue
		}
		known.add(n, s.Name)
		l.logSource(n, s)
		remote = remote || !s.Local
		if s.Zone.IsZero() {
			s.Zone = cfg.Alerts.Timezone
		}
	}
	if remote && root.child("ssh") == nil {
		l.wrong(root.child("logs").item(0), "", model.Say("config.logs.no_ssh"))
	}
	l.ssh(root.child("ssh"), &cfg.SSH)
	l.excerpts(root.child("excerpts"), &cfg.Excerpts)
}

func (l *loader) logSource(n *node, s *LogSource) {
	var set []string
	for _, key := range []string{"files", "unit", "command"} {
		if n.child(key) != nil {
			set = append(set, key)
		}
	}
	switch {
	case len(set) == 0:
		l.wrong(n, "", model.Say("config.logs.nothing"))
	case len(set) > 1:
		l.wrong(n, set[1], model.Say("config.keep_one", "keys", set))
	}
	for _, key := range []string{"files", "command", "hosts"} {
		l.someWords(n, key)
	}
	for _, path := range s.Files {
		l.logPath(n, s, path)
	}
	for _, word := range s.Command {
		if strings.Contains(word, "\x00") {
			l.wrong(n, "command", model.Say("config.zero_byte"))
		}
	}
	if n.child("unit") != nil && !unitForm.MatchString(s.Unit) {
		l.wrong(n, "unit", model.Say("config.logs.unit", "got", s.Unit))
	}
}

// unitForm is the name of a unit of systemd.
var unitForm = regexp.MustCompile(`^[A-Za-z0-9:_.@\\][A-Za-z0-9:_.@\\-]*$`)

// someWords refuses a list that names nothing.
func (l *loader) someWords(n *node, key string) {
	if list := n.child(key); list != nil && list.isArray && len(list.items) == 0 {
		l.wrong(n, key, model.Say("config.empty"))
	}
}

func (l *loader) logPath(n *node, s *LogSource, path string) {
	_, err := filepath.Match(path, "")
	switch {
	case !strings.HasPrefix(path, "/"):
		l.wrong(n, "files", model.Say("config.not_absolute", "got", path))
	case err != nil || strings.ContainsAny(path, "\x00\n"):
		l.wrong(n, "files", model.Say("config.logs.pattern", "got", path))
	case strings.Contains(path, "{host}") && !s.Local:
		l.wrong(n, "files", model.Say("config.logs.host", "got", path))
	}
}

// agentEnv is the variable that says where the agent is.
const agentEnv = "SSH_AUTH_SOCK"

func (l *loader) ssh(n *node, s *SSH) {
	if n == nil || !n.isTable {
		return
	}
	if s.Agent == autoIP {
		if s.Agent = l.opts.Getenv(agentEnv); s.Agent == "" {
			l.wrong(n, "agent", model.Say("config.ssh.no_agent", "variable", agentEnv))
		}
	}
	if s.Config == "" {
		for _, key := range []string{"user", "known_hosts"} {
			if n.child(key) == nil {
				l.wrong(n, "", model.Say("config.missing.ssh", "key", key))
			}
		}
		if s.Key == "" && s.Agent == "" {
			l.wrong(n, "", model.Say("config.missing.ssh_key", "key", "key"))
		}
	}
	if s.PassphraseFile != "" && s.Key == "" {
		l.wrong(n, "passphrase_file", model.Say("config.needs", "other", "key"))
	}
	for _, path := range []*string{&s.Key, &s.PassphraseFile, &s.Agent, &s.KnownHosts, &s.Config} {
		*path = l.beside(*path)
	}
}

func (l *loader) excerpts(n *node, e *Excerpts) {
	for i, pattern := range e.Redact {
		re, err := regexp.Compile(pattern)
		switch {
		case err != nil:
			l.wrong(n, "redact", model.Say("config.pattern", "key", indexedKey("redact", i), "got", pattern, "said", err))
		case re.MatchString(""):
			l.wrong(n, "redact", model.Say("config.pattern.empty", "key", indexedKey("redact", i), "got", pattern))
		default:
			e.Secrets = append(e.Secrets, re)
		}
	}
}
