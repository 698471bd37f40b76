package checks

import (
	"context"
	"errors"
	"fmt"
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
func (o *SSHOptions) Validate() []string {
	var wrong []string
	if len(o.set(o.Address)) == 0 {
		wrong = append(wrong, `address is missing: write it like "10.0.0.9" or "10.0.0.9:22"`)
	}
	wrong = append(wrong, o.wrong(o.Address)...)
	if o.User == "" {
		wrong = append(wrong, "user is missing: one who may run the command and nothing else will do")
	}
	o.key = nil
	if o.KeyFile == "" {
		wrong = append(wrong, "key_file is missing: the private key, as ssh-keygen writes it")
	} else {
		var why string
		if o.key, why = o.signer(); why != "" {
			wrong = append(wrong, why)
		}
	}
	if o.KnownHosts == "" {
		wrong = append(wrong, "known_hosts is missing: a file with the key of each host, as OpenSSH keeps them")
	} else if _, err := reach.NewHostKeys(o.around.Path(o.KnownHosts)).Read(); err != nil {
		wrong = append(wrong, fmt.Sprintf("known_hosts %q: %s", o.KnownHosts, plain(err)))
	}
	return append(wrong, o.wrongQuestion()...)
}

// wrongQuestion validates what is checked.
func (o *SSHOptions) wrongQuestion() []string {
	var wrong []string
	if o.Used < 1 || o.Used > 100 {
		wrong = append(wrong, fmt.Sprintf("used %d is not a percentage from 1 to 100", o.Used))
	}
	for _, p := range o.Disk {
		if !filepath.IsAbs(p) {
			wrong = append(wrong, fmt.Sprintf("disk: %q does not begin with /", p))
		}
	}
	if !(o.Load >= 0 && o.Load <= 1000) { // NaN is not a load
		wrong = append(wrong, fmt.Sprintf("load %g is not a number from 0 to 1000", o.Load))
	}
	if o.Memory < 0 || o.Memory > 100 {
		wrong = append(wrong, fmt.Sprintf("memory %d is not a percentage from 1 to 100", o.Memory))
	}
	if zero := func(arg string) bool { return strings.Contains(arg, "\x00") }; slices.ContainsFunc(o.Command, zero) || slices.ContainsFunc(o.Disk, zero) {
		wrong = append(wrong, "command holds a zero byte, which no argument may")
	}
	if o.Contains != "" && len(o.Command) == 0 {
		wrong = append(wrong, "contains is for command, which is not set")
	}
	switch set := o.questions(); len(set) {
	case 0:
		wrong = append(wrong, "command is missing, and so are disk, load and memory: one of them says what to look at")
	case 1:
	default:
		wrong = append(wrong, strings.Join(set, " and ")+" are set: a check asks for one")
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
func (o *SSHOptions) signer() (key ssh.Signer, why string) {
	if o.key != nil {
		return o.key, ""
	}
	text, err := secretOf(o.around, model.Secret{}, o.KeyFile)
	if err != nil {
		return nil, "key_file: " + err.Error()
	}
	passphrase, err := secretOf(o.around, model.Secret{}, o.PassphraseFile)
	if err != nil {
		return nil, "passphrase_file: " + err.Error()
	}
	key, err = reach.ParseKey(text, passphrase)
	if errors.Is(err, reach.ErrLocked) {
		return nil, "passphrase_file is missing: the key has a passphrase"
	}
	if err != nil {
		return nil, fmt.Sprintf("key_file %q: it is no private key, or the passphrase is another: %s", o.KeyFile, plain(err))
	}
	return key, ""
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
