package ssh

import (
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"opsbot/model"
)

// Options say how machines are reached. Settings of the ssh_config file for a host win over the rest.
type Options struct {
	User           string        // login
	Key            string        // path of the private key; "" is none
	PassphraseFile string        // of its passphrase
	Agent          string        // path of an agent's socket; "" is none
	KnownHosts     string        // path of the host keys
	Config         string        // path of an ssh_config file; "" is none
	Jump           string        // "user@bastion:22", several separated by commas; "" is a direct connection
	Port           int           // of hosts; 0 is 22
	PerHost        int           // concurrent commands per host; 0 is 4
	Connect        time.Duration // for one connection, from dialling to login; 0 is 5 s
	Idle           time.Duration // how long an idle connection is kept; 0 is 1 m
	Home           string        // ~ in the ssh_config file; "" is not set
}

// The defaults.
const (
	defaultPort    = 22
	defaultPerHost = 4
	defaultConnect = 5 * time.Second
	defaultIdle    = time.Minute
)

func (o Options) withDefaults() Options {
	if o.Port == 0 {
		o.Port = defaultPort
	}
	if o.PerHost <= 0 {
		o.PerHost = defaultPerHost
	}
	if o.Connect <= 0 {
		o.Connect = defaultConnect
	}
	if o.Idle <= 0 {
		o.Idle = defaultIdle
	}
	return o
}

// Target is a machine to be reached.
type Target struct {
	Name    string // as in ssh_config and known_hosts
	Address string // dialled, without a port; "" is Name
}

// route is how one machine is reached.
type route struct {
	names          []string // possible names in known_hosts, without a port
	dial           string   // host:port
	port           string
	keyPort        string // of the names in known_hosts
	user           string
	keys           []string // paths
	passphraseFile string   // of the first key
	knownHosts     []string
	jumps          []string // in order
}

// id is the same for routes that may share a connection: they log in with the same keys, and trust the same host keys of the same names.
func (r *route) id() string {
	return fmt.Sprintf("%s@%s via %q as %q port %s keys %q with %q trusting %q", r.user, r.dial, r.jumps, r.names, r.keyPort, r.keys, r.passphraseFile, r.knownHosts)
}

// settings are the options with the ssh_config file read.
type settings struct {
	Options
	file *configFile // nil if there is none
}

// Check reads everything that the options name, and returns what is wrong with it, each sentence with its option as the
// argument "key".
func (o Options) Check() []model.Sentence {
	var wrong []model.Sentence
	if o.Key != "" {
		if _, err := readKey(o.Key, o.PassphraseFile); err != nil {
			wrong = append(wrong, o.wrongKey(err))
		}
	}
	if o.KnownHosts != "" {
		if _, err := NewHostKeys(o.KnownHosts).Read(); err != nil {
			wrong = append(wrong, model.Say("config.file", "key", "known_hosts", "file", o.KnownHosts, "said", innermost(err)))
		}
	}
	file, err := readConfig(o.Config, o.Home)
	if errors.Is(err, errConfigSize) {
		wrong = append(wrong, model.Say("config.file.size", "key", "config", "file", o.Config, "most", maxConfig>>20))
	} else if err != nil {
		wrong = append(wrong, model.Say("config.file", "key", "config", "file", o.Config, "said", innermost(err)))
	}
	wrong = append(wrong, file.wrong()...)
	for _, hop := range hops(o.Jump) {
		if _, _, _, err := splitHop(hop); err != nil {
			wrong = append(wrong, model.Say("config.like", "key", "jump", "got", hop, "example", "user@bastion.example.com:22"))
		}
	}
	return wrong
}

// Notes are what ssh would follow in the ssh_config file and opsbot does not.
func (o Options) Notes() []model.Sentence {
	file, err := readConfig(o.Config, o.Home)
	if err != nil { // Check says so
		return nil
	}
	return file.ignored()
}

// wrongKey is what readKey said, for people. It shows nothing of the key.
func (o Options) wrongKey(err error) model.Sentence {
	said := innermost(err)
	fileErr, inFile := errors.AsType[*fileError](err)
	switch {
	case errors.Is(err, ErrLocked):
		return model.Say("config.missing.passphrase", "key", "passphrase_file")
	case !inFile:
		return model.Say("config.file.no_key", "key", "key", "file", o.Key, "said", said)
	}
	key := "key"
	if fileErr.path != o.Key {
		key = "passphrase_file"
	}
	if errors.Is(err, errNoSecret) {
		return model.Say("config.file.no_secret", "key", key, "file", fileErr.path)
	}
	return model.Say("config.file", "key", key, "file", fileErr.path, "said", said)
}

func (o Options) read() (*settings, error) {
	file, err := readConfig(o.Config, o.Home)
	if err != nil {
		return nil, err
	}
	return &settings{o.withDefaults(), file}, nil
}

// route finds how a target is reached. A jump host has no jump host of its own unless ssh_config sets one for it.
func (s *settings) route(t Target) (*route, error) {
	address := t.Address
	if address == "" {
		address = t.Name
	}
	r := &route{names: []string{t.Name}, user: s.User, port: strconv.Itoa(s.Port), jumps: hops(s.Jump)}
	if s.KnownHosts != "" {
		r.knownHosts = []string{s.KnownHosts}
	}
	own := s.file.of(t.Name, s.User)
	if s.Key != "" {
		r.keys, r.passphraseFile = []string{s.Key}, s.PassphraseFile
	}
	if name := own.first("hostname"); name != "" {
		address = expandHost(name, t.Name)
	}
	if address != t.Name {
		r.names = append(r.names, address)
	}
	if err := s.override(r, t.Name, own); err != nil {
		return nil, err
	}
	r.dial = net.JoinHostPort(address, r.port)
	if r.user == "" {
		return nil, errors.New("user is missing: [ssh] user, or User in ssh_config")
	}
	if len(r.knownHosts) == 0 {
		return nil, errors.New("known_hosts is missing: [ssh] known_hosts, or UserKnownHostsFile in ssh_config")
	}
	return r, nil
}

// override applies the settings of a host in the ssh_config file.
func (s *settings) override(r *route, host string, own hostConfig) error {
	if user := own.first("user"); user != "" {
		r.user = user
	}
	if port := own.first("port"); port != "" {
		if !isPort(port) {
			return fmt.Errorf("ssh_config of %s: port %q is no port", host, port)
		}
		r.port = port
	}
	r.keyPort = r.port
	if alias := own.first("hostkeyalias"); alias != "" { // known_hosts has it without a port
		r.names, r.keyPort = []string{alias}, strconv.Itoa(defaultPort)
	}
	switch jump := own.first("proxyjump"); {
	case strings.EqualFold(jump, "none"):
		r.jumps = nil
	case jump != "":
		r.jumps = hops(jump)
	}
	if err := s.identities(r, host, own["identityfile"]); err != nil {
		return err
	}
	return s.trusted(r, host, own["userknownhostsfile"])
}

// identities are the keys that the file names.
func (s *settings) identities(r *route, host string, files []string) error {
	for i, file := range files {
		if i == 0 {
			r.keys, r.passphraseFile = nil, s.PassphraseFile
		}
		if strings.EqualFold(file, "none") {
			continue
		}
		path, err := s.path(file, host, r.user)
		if err != nil {
			return err
		}
		r.keys = append(r.keys, path)
	}
	return nil
}

// trusted are the files of host keys that the file names.
func (s *settings) trusted(r *route, host string, files []string) error {
	for i, file := range files {
		if i == 0 {
			r.knownHosts = nil
		}
		if strings.EqualFold(file, "none") {
			continue
		}
		path, err := s.path(file, host, r.user)
		if err != nil {
			return err
		}
		r.knownHosts = append(r.knownHosts, path)
	}
	return nil
}

// path is a file named in ssh_config for a host.
func (s *settings) path(file, host, user string) (string, error) {
	file = strings.NewReplacer("%d", s.Home, "%h", host, "%n", host, "%r", user, "%%", "%").Replace(file)
	return pathIn(file, filepath.Dir(s.Config), s.Home)
}

// hops splits "a,b"; none are nil.
func hops(jump string) []string {
	var all []string
	for hop := range strings.SplitSeq(jump, ",") {
		if hop = strings.TrimSpace(hop); hop != "" {
			all = append(all, hop)
		}
	}
	return all
}

// splitHop parses "user@host:port"; user and port are optional.
func splitHop(hop string) (user, host, port string, err error) {
	rest := strings.TrimPrefix(hop, "ssh://")
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		user, rest = rest[:at], rest[at+1:]
	}
	host = rest
	if h, p, err := net.SplitHostPort(rest); err == nil {
		host, port = h, p
	}
	n, errPort := strconv.Atoi(port)
	if host == "" || strings.ContainsAny(host, " /") || port != "" && (errPort != nil || n < 1 || n > 65535) {
		return "", "", "", fmt.Errorf("%q: write it like user@bastion.example.com:22", hop)
	}
	return user, strings.Trim(host, "[]"), port, nil
}

// hop is how a jump host is reached.
func (s *settings) hop(text string, before []string) (*route, error) {
	user, host, port, err := splitHop(text)
	if err != nil {
		return nil, fmt.Errorf("jump %w", err)
	}
	r, err := s.route(Target{Name: host})
	if err != nil {
		return nil, err
	}
	if user != "" {
		r.user = user
	}
	if port != "" {
		address, _, _ := net.SplitHostPort(r.dial) // it was joined above
		if r.keyPort == r.port {
			r.keyPort = port
		}
		r.dial, r.port = net.JoinHostPort(address, port), port
	}
	r.jumps = before
	return r, nil
}
