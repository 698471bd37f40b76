package config

import (
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"opsbot/charset"
	"opsbot/model"
)

// SSH is how opsbot connects to hosts to read logs. The ssh_config file wins over the other settings of a host.
type SSH struct {
	User           string         `toml:"user"`
	Key            string         `toml:"key"`             // path of the private key; Load makes this and the paths below usable from the working directory
	PassphraseFile string         `toml:"passphrase_file"` // with the passphrase of the key
	Agent          string         `toml:"agent"`           // path of the socket of an agent; "auto": SSH_AUTH_SOCK
	KnownHosts     string         `toml:"known_hosts"`     // the keys of hosts; never written
	Config         string         `toml:"config"`          // an ssh_config file
	Jump           string         `toml:"jump"`            // "user@bastion:22", several separated by commas
	Port           int            `toml:"port" range:"1..65535"`
	PerHost        int            `toml:"per_host" range:"1..10"` // parallel commands on one host
	Timeout        model.Duration `toml:"timeout" range:"1s..1m"` // of one connection, including the login
	At             model.Place    `toml:"-"`
}

// LogSource is a log on hosts. One of Files, Unit and Command is set.
type LogSource struct {
	Name    string    `toml:"name"`
	Hosts   []string  `toml:"hosts"`   // names, aliases, addresses, labels like "dc=fra1,role=web", or "all"
	Files   []string  `toml:"files"`   // patterns of absolute paths
	Unit    string    `toml:"unit"`    // of the journal
	Command []string  `toml:"command"` // a program and its arguments
	Local   bool      `toml:"local"`   // on this machine; {host} in files is the host's name
	Format  LogFormat `toml:"format"`
	Zone    Zone      `toml:"timezone"` // of times without one; default alerts.timezone

	Encoding Encoding    `toml:"encoding"` // of the text
	At       model.Place `toml:"-"`
}

// Excerpts is which part of logs is read.
type Excerpts struct {
	Collect bool           `toml:"collect"`               // read logs when a host fails
	Before  model.Duration `toml:"before" range:"1s..1d"` // the start of a failure
	After   model.Duration `toml:"after" range:"0..1d"`   // the start of a failure
	Hosts   int            `toml:"hosts" range:"1..100"`  // per answer
	Lines   int            `toml:"lines" range:"1..2000"` // per source and host
	Bytes   int            `toml:"bytes" range:"65536..67108864"`
	Timeout model.Duration `toml:"timeout" range:"1s..25s"` // per host
	Redact  []string       `toml:"redact"`                  // patterns of more secrets

	Secrets []*regexp.Regexp `toml:"-"` // Redact, compiled
}

func excerptsDefaults() Excerpts {
	return Excerpts{
		Collect: true, Before: model.Duration(5 * time.Minute), After: model.Duration(time.Minute), Hosts: 8, Lines: 200, Bytes: 2 << 20,
		Timeout: model.Duration(15 * time.Second),
	}
}

func sshDefaults() SSH { return SSH{Port: 22, PerHost: 4, Timeout: model.Duration(5 * time.Second)} }

func (s *LogSource) setDefaults() { *s = LogSource{Hosts: []string{"all"}, Format: LogAuto} }

// LogFormat is how lines are read.
type LogFormat string

// The values of LogFormat.
const (
	LogAuto   LogFormat = "auto" // decided for each line
	LogNginx  LogFormat = "nginx"
	LogApache LogFormat = "apache"
	LogPlain  LogFormat = "plain" // lines are never requests
)

// UnmarshalText accepts the values above.
func (f *LogFormat) UnmarshalText(text []byte) error {
	switch v := LogFormat(text); v {
	case LogAuto, LogNginx, LogApache, LogPlain:
		*f = v
		return nil
	default:
		return model.OneOf("format", text, LogAuto, LogNginx, LogApache, LogPlain)
	}
}

// Encoding is the name of how text of another program is encoded; "" is found out.
type Encoding string

// EncodingAuto finds the encoding out.
const EncodingAuto = "auto"

// UnmarshalText accepts "auto", and the usual names: "windows-1251", "koi8-r", "latin-1", "utf-16".
func (e *Encoding) UnmarshalText(text []byte) error {
	c, known := charset.Named(string(text))
	switch {
	case string(text) == EncodingAuto:
		*e = ""
	case !known:
		return &model.ValueError{What: model.Say("config.value.encoding", "key", "encoding", "got", string(text))}
	default:
		*e = Encoding(c.Name())
	}
	return nil
}

// Charset is the encoding; nil if it is found out.
func (e Encoding) Charset() *charset.Charset {
	if c, known := charset.Named(string(e)); known {
		return &c
	}
	return nil
}

// logs validates [[logs]], [ssh] and [excerpts].
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
		l.notEmptyList(n, key)
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

// unitForm matches names of systemd units.
var unitForm = regexp.MustCompile(`^[A-Za-z0-9:_.@\\][A-Za-z0-9:_.@\\-]*$`)

// notEmptyList reports an empty list.
func (l *loader) notEmptyList(n *node, key string) {
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

// agentEnv is the environment variable with the socket of the agent.
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
