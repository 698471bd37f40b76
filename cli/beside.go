package cli

import (
	"os"
	"path/filepath"
	"syscall"

	"github.com/alecthomas/kong"
)

// defaultSocket is the default of --socket.
const defaultSocket = "/run/opsbot/opsbot.sock"

// configHere and socketHere are the files of an opsbot that was set up in a folder of its own.
const (
	configHere = "opsbot.toml"
	socketHere = "opsbot.sock"
)

// beside are the defaults in such a folder, by their flags, unless the machine has an installed opsbot. The socket is there only while it runs.
var beside = map[string]struct{ installed, here string }{
	"config": {DefaultConfig, configHere},
	"socket": {defaultSocket, socketHere},
}

// preferHere has --config and --socket default to the files of the working folder where that is where opsbot runs.
func preferHere(k *kong.Kong) error {
	for flag, b := range beside {
		if isThere(b.installed) || !isHere(b.here) {
			continue
		}
		path, err := filepath.Abs(b.here)
		if err != nil {
			return err
		}
		err = kong.Visit(k.Model, func(node kong.Visitable, next kong.Next) error {
			if f, ok := node.(*kong.Flag); ok && f.Name == flag && f.Default == b.installed {
				f.Default = path
			}
			return next(nil)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// isThere reports whether an installed opsbot has a file. Tests replace it: the machine may have one.
var isThere = func(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// isOurs reports whether a file belongs to whoever runs this: one that somebody else has put into a shared folder is not taken unasked.
func isOurs(path string) bool {
	info, err := os.Lstat(path)
	if err != nil {
		return false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Geteuid()
}

// isHere reports whether a file of the working folder is that of an opsbot of ours, or will be once it runs.
func isHere(path string) bool {
	if _, err := os.Lstat(path); err != nil {
		return path == socketHere && isOurs(configHere)
	}
	return isOurs(path)
}
