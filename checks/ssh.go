package checks

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"opsbot/model"
	reach "opsbot/ssh"
)

// SSHOptions are the options of kind "ssh": another machine is checked by one fixed command. Exactly one of disk, load,
// memory and command is set.
type SSHOptions struct {
	Address        string   `toml:"address"`         // host:port. Default port 22
	User           string   `toml:"user"`            // login
	KeyFile        string   `toml:"key_file"`        // the private key, as ssh-keygen writes it
	PassphraseFile string   `toml:"passphrase_file"` // holds the passphrase of the key
	KnownHosts     string   `toml:"known_hosts"`     // the keys of hosts, in OpenSSH's format; nothing is ever added
	Disk           []string `toml:"disk"`            // absolute paths; each stands for the file system that contains it
	Used           int      `toml:"used"`            // maximum percent of the space of each in use. Default 90
	Load           float64  `toml:"load"`            // maximum load over 5 minutes, per core
	Memory         int      `toml:"memory"`          // maximum percent of the memory in use, caches not counted
	Command        []string `toml:"command"`         // a program and its arguments; exit code 0 is ok
	Contains       string   `toml:"contains"`        // what the command's output must contain
	Targets

	key ssh.Signer // once read: decrypting one takes time
}

// sshPort is the port of SSH.
const sshPort = 22

// The phases of kind "ssh". Everything before the host key is the handshake.
const (
	phaseHandshake = "handshake"
	phaseCommand   = "command"
)

// Validate returns what is wrong.
func (o *SSHOptions) Validate() []model.Sentence {
	var wrong []model.Sentence
	if len(o.set(o.Address)) == 0 {
		wrong = append(wrong, model.Say("config.missing.like", "key", "address", "example", "10.0.0.9:22"))
	}
	wrong = append(wrong, o.wrong(o.Address)...)
	if o.User == "" {
		wrong = append(wrong, model.Say("config.missing.runner", "key", "user"))
	}
	o.key = nil
	if o.KeyFile == "" {
		wrong = append(wrong, model.Say("config.missing.private_key", "key", "key_file"))
	} else {
		var why *model.Sentence
		if o.key, why = o.signer(); why != nil {
			wrong = append(wrong, *why)
		}
	}
	if o.KnownHosts == "" {
		wrong = append(wrong, model.Say("config.missing.known_hosts", "key", "known_hosts"))
	} else if _, err := reach.NewHostKeys(o.around.Path(o.KnownHosts)).Read(); err != nil {
		wrong = append(wrong, model.Say("config.file", "key", "known_hosts", "file", o.KnownHosts, "said", plain(err)))
	}
	return append(wrong, o.wrongQuestion()...)
}

// wrongQuestion validates what is checked.
func (o *SSHOptions) wrongQuestion() []model.Sentence {
	var wrong []model.Sentence
	if o.Used < 1 || o.Used > 100 {
		wrong = append(wrong, notBetween("used", o.Used, 1, 100))
	}
	for _, p := range o.Disk {
		if !filepath.IsAbs(p) {
			wrong = append(wrong, model.Say("config.not_absolute", "key", "disk", "got", p))
		}
	}
	if !(o.Load >= 0 && o.Load <= maxLoad) { // NaN is not a load
		wrong = append(wrong, notBetween("load", o.Load, 0, maxLoad))
	}
	if o.Memory < 0 || o.Memory > 100 {
		wrong = append(wrong, notBetween("memory", o.Memory, 0, 100))
	}
	if zero := func(arg string) bool { return strings.Contains(arg, "\x00") }; slices.ContainsFunc(o.Command, zero) || slices.ContainsFunc(o.Disk, zero) {
		wrong = append(wrong, model.Say("config.zero_byte", "key", "command"))
	}
	if o.Contains != "" && len(o.Command) == 0 {
		wrong = append(wrong, model.Say("config.needs", "key", "contains", "other", "command"))
	}
	switch set := o.questions(); len(set) {
	case 0:
		wrong = append(wrong, model.Say("config.missing.question", "key", "command"))
	case 1:
	default:
		wrong = append(wrong, model.Say("config.keep_one", "key", set[0], "keys", set))
	}
	return wrong
}

func (o *SSHOptions) questions() []string {
	var set []string
	for _, key := range []struct {
		name string
		set  bool
	}{{"disk", len(o.Disk) > 0}, {"load", o.Load != 0}, {"memory", o.Memory != 0}, {"command", len(o.Command) > 0}} {
		if key.set {
			set = append(set, key.name)
		}
	}
	return set
}

// signer reads the key; why says what is wrong with it, without showing it.
func (o *SSHOptions) signer() (key ssh.Signer, why *model.Sentence) {
	if o.key != nil {
		return o.key, nil
	}
	wrong := func(what model.Sentence) (ssh.Signer, *model.Sentence) { return nil, &what }
	text, err := secretOf(o.around, model.Secret{}, o.KeyFile)
	if err != nil {
		return wrong(wrongSecretFile("key_file", o.KeyFile, err))
	}
	passphrase, err := secretOf(o.around, model.Secret{}, o.PassphraseFile)
	if err != nil {
		return wrong(wrongSecretFile("passphrase_file", o.PassphraseFile, err))
	}
	key, err = reach.ParseKey(text, passphrase)
	if errors.Is(err, reach.ErrLocked) {
		return wrong(model.Say("config.missing.passphrase", "key", "passphrase_file"))
	}
	if err != nil {
		return wrong(model.Say("config.file.no_key", "key", "key_file", "file", o.KeyFile, "said", plain(err)))
	}
	return key, nil
}

// Checker returns the check.
func (o *SSHOptions) Checker() model.Checker {
	key, _ := o.signer() // valid: Validate has checked it
	c := sshCheck{user: o.User, key: key, hosts: reach.NewHostKeys(o.around.Path(o.KnownHosts)), question: o.question(), names: o.names}
	return o.checker(o.Address, "", func(address string) model.Checker {
		one := c
		one.address = address
		return one
	})
}

type sshCheck struct {
	address, user string
	key           ssh.Signer
	hosts         *reach.HostKeys
	question      sshQuestion
	names         *Names
}

// Check logs in, runs the one command and evaluates its output.
func (c sshCheck) Check(ctx context.Context) model.Result {
	p := newProbe(ctx, c.names)
	dialled, failed := p.dial(ctx, c.address)
	if failed != nil {
		return p.result(failed)
	}
	conn := &reach.FaultConn{Conn: dialled}
	defer func() { _ = conn.Close() }() // the result is known
	client, failed := c.login(p, conn)
	if failed != nil {
		return p.result(failed)
	}
	defer func() { _ = client.Close() }() // so it is
	p.phase = phaseCommand
	begun := time.Now()
	said, failed := run(p, client, conn, c.question.command)
	p.phases.FirstByte = time.Since(begun)
	if failed == nil {
		failed = c.question.judge(p, said)
	}
	return p.result(failed)
}

// login does the handshake and logs in. A refused login says nothing about the machine.
func (c sshCheck) login(p *probe, conn *reach.FaultConn) (*ssh.Client, *finding) {
	p.phase = phaseHandshake
	begun := time.Now()
	known, err := c.hosts.Read()
	if err != nil {
		return nil, unknown(model.ReasonSSHKeyFile, "file", c.hosts.Path(), "said", plain(err))
	}
	if c.key == nil { // the file existed when the configuration was checked
		return nil, unknown(model.ReasonSSHKeyFile, "file", "key_file", "said", "the key is gone")
	}
	var stranger *finding
	config := &ssh.ClientConfig{
		User: c.user, Auth: []ssh.AuthMethod{ssh.PublicKeys(c.key)}, ClientVersion: "SSH-2.0-opsbot",
		HostKeyAlgorithms: reach.Algorithms(known, c.address, conn.RemoteAddr()),
		HostKeyCallback: func(address string, remote net.Addr, key ssh.PublicKey) error {
			err := known(address, remote, key)
			if stranger = explainHostKey(p, err, key); stranger == nil {
				p.phases.TLS, p.phase = time.Since(begun), phaseLogin
			}
			return err
		},
	}
	over, channels, requests, err := ssh.NewClientConn(conn, c.address, config)
	switch {
	case err == nil:
		return ssh.NewClient(over, channels, requests), nil
	case stranger != nil:
		return nil, stranger
	case p.phase == phaseLogin && !isTimeout(conn.Fault()):
		return nil, unknown(model.ReasonSSHLogin, "user", c.user, "addr", p.address)
	case conn.Fault() != nil:
		return nil, p.explain(conn.Fault())
	default:
		return nil, p.explain(err)
	}
}
