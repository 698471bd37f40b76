package setup

import (
	"net"
	"net/netip"
	"os"
	"strings"

	"opsbot/model"
)

// The modes of files that others must not have: to read what is secret, to write what decides whom opsbot believes.
const (
	othersRead  os.FileMode = 0o044
	othersWrite os.FileMode = 0o022
)

// machine finds what other users of the machine, or of the network, can read or change.
func (n *noter) machine() {
	n.secrets()
	for _, path := range n.Config.Files {
		if has(path, othersWrite) {
			n.add(model.Place{File: path}, model.Say("config.note.writable", "file", path))
		}
	}
	ssh := &n.Config.SSH
	if has(ssh.Key, othersRead|othersWrite) {
		n.add(ssh.At, model.Say("config.note.readable_key", "key", "key", "file", ssh.Key))
	}
	if has(ssh.KnownHosts, othersWrite) {
		n.add(ssh.At, model.Say("config.note.writable", "key", "known_hosts", "file", ssh.KnownHosts))
	}
	for _, note := range SSHOptions(ssh).Notes() {
		n.add(ssh.At, note)
	}
	web := &n.Config.Web
	if has(web.KeyFile, othersRead|othersWrite) {
		n.add(model.Place{File: n.Config.Files[0], Path: "web"}, model.Say("config.note.readable_key", "key", "key_file", "file", web.KeyFile))
	}
	if web.Listen != "" && web.CertFile == "" && !onLoopback(web.Listen) {
		n.add(model.Place{File: n.Config.Files[0], Path: "web"}, model.Say("config.note.open_listener", "key", "listen", "got", web.Listen))
	}
	n.weakTokens()
}

// secrets finds files with secrets in them that others can read, each once.
func (n *noter) secrets() {
	said := map[string]bool{}
	for _, at := range n.Config.Secrets {
		if !said[at.File] && has(at.File, othersRead) {
			said[at.File] = true
			n.add(at, model.Say("config.note.readable_secret", "file", at.File))
		}
	}
}

// has reports whether a file has any of the bits. One that cannot be looked at has none: whoever needs it says so.
func has(path string, bits os.FileMode) bool {
	if path == "" {
		return false
	}
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode().Perm()&bits != 0
}

// onLoopback reports whether only this machine reaches an address.
func onLoopback(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return false
	}
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}

// weakTokens finds tokens and secrets of hooks that are long enough and can be guessed all the same.
func (n *noter) weakTokens() {
	for i := range n.Config.Web.Tokens {
		if t := &n.Config.Web.Tokens[i]; guessable(t.Token.Reveal()) {
			n.add(t.At, model.Say("config.note.weak", "key", "token", "name", t.Name))
		}
	}
	for i := range n.Config.Inbound {
		if in := &n.Config.Inbound[i]; guessable(in.Secret.Reveal()) {
			n.add(in.At, model.Say("config.note.weak", "key", "secret", "name", in.Name))
		}
	}
}

// leastLetters is how many different characters 16 random letters and digits have at the least, but for one in a million.
const leastLetters = 8

// guessable reports whether a secret is no random one: few different characters, or a word of an example.
func guessable(secret string) bool {
	if secret == "" {
		return false
	}
	letters := map[rune]bool{}
	for _, r := range secret {
		letters[r] = true
	}
	lower := strings.ToLower(secret)
	for _, word := range []string{"changeme", "change-me", "password", "secret", "example", "token", "qwerty", "12345678"} {
		if strings.Contains(lower, word) {
			return true
		}
	}
	return len(letters) < leastLetters
}
