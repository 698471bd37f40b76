package cli

import (
	"os"
	"syscall"
)

// sameOwner gives a new file the owner of the one that it replaces, or of the folder of its configuration's: root imports, the service reads.
func sameOwner(old, file string) {
	info, err := os.Stat(old)
	if err != nil {
		return
	}
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		_ = os.Chown(file, int(s.Uid), int(s.Gid)) // who may not gives the file to himself, and is told by config check
	}
}
