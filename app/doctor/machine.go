package doctor

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"opsbot/model"
	"opsbot/store"
)

// configuration says what is allowed there and most likely not meant: files that others can read, listeners without TLS.
func (e *examination) configuration(context.Context) []Finding {
	notes := e.loaded.Notes(e.paired, time.Now())
	all := []Finding{found(OK, "config.ok", "file", e.Config)}
	for _, note := range notes {
		all = append(all, found(Warn, "config.note", "note", note))
	}
	return all
}

// othersAny are the modes of what must be its owner's alone.
const othersAny os.FileMode = 0o077

// database looks at where the state is kept.
func (e *examination) database(ctx context.Context) []Finding {
	at := &e.loaded.Config.Store
	ctx, cancel := e.patient(ctx)
	defer cancel()
	place, err := store.Reach(ctx, store.Options{Path: at.Path, DSN: at.DSN.Reveal(), Now: time.Now})
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return []Finding{found(Skip, "database.none", "path", place)}
	case err != nil:
		return []Finding{found(Fail, "database.fails", "path", place, "what", err)}
	case !at.DSN.IsZero():
		return []Finding{found(OK, "database.ok", "path", place)}
	}
	if info, err := os.Stat(at.Path); err == nil && info.Mode().Perm()&othersAny != 0 {
		return []Finding{found(Warn, "database.mode", "path", at.Path, "mode", info.Mode().Perm().String())}
	}
	return []Finding{found(OK, "database.ok", "path", place)}
}

// How much of a disk must be free. opsbot keeps working on a full one, and a restart then loses what was not written.
const (
	leastFree  = 100 << 20 // bytes
	enoughFree = 5 << 30   // bytes, whatever share of a large disk that is
	littleFree = 10        // percent
)

// disk looks at the space where the database is.
func (e *examination) disk(context.Context) []Finding {
	at := &e.loaded.Config.Store
	if !at.DSN.IsZero() {
		return nil
	}
	dir := filepath.Dir(at.Path)
	var is syscall.Statfs_t
	if err := syscall.Statfs(dir, &is); err != nil {
		return []Finding{found(Fail, "disk.unknown", "path", dir, "what", err)}
	}
	return []Finding{space(dir, &is)}
}

// space says whether a disk has room.
func space(dir string, is *syscall.Statfs_t) Finding {
	size := uint64(max(is.Bsize, 1)) //nolint:gosec // the kernel's
	free, all := is.Bavail*size, max(is.Blocks*size, 1)
	percent := free * 100 / all
	level, code := OK, "disk.ok"
	switch {
	case free < leastFree || is.Files > 0 && is.Ffree == 0:
		level, code = Fail, "disk.full"
	case percent < littleFree && free < enoughFree:
		level, code = Warn, "disk.low"
	}
	return found(level, code, "path", dir, "free", free>>20, "percent", percent)
}

// running says how the bot itself is.
func (e *examination) running(context.Context) []Finding {
	socket := e.loaded.Config.Control.Socket
	if e.away != nil {
		return []Finding{found(Warn, "bot.away", "socket", socket, "file", e.Config)}
	}
	var all []Finding
	if e.health.OK {
		all = append(all, found(OK, "bot.ok", "version", e.health.Version))
	} else {
		all = append(all, found(Fail, "bot.fails", "version", e.health.Version))
	}
	for _, issue := range e.health.HealthIssues {
		all = append(all, found(Warn, "bot.issue", "issue", issue))
	}
	return all
}

// unsynchronized is STA_UNSYNC of adjtimex(2).
const unsynchronized = 0x40

// clock asks the kernel whether anything keeps the clock. How far it is from Telegram's is said with Telegram.
func (e *examination) clock(context.Context) []Finding {
	var t syscall.Timex
	_, err := syscall.Adjtimex(&t)
	return []Finding{kept(&t, err)}
}

// kept says whether anything keeps a clock.
func kept(t *syscall.Timex, err error) Finding {
	switch {
	case err != nil:
		return found(Skip, "clock.unknown", "what", err)
	case t.Status&unsynchronized != 0:
		return found(Warn, "clock.alone")
	default:
		return found(OK, "clock.ok")
	}
}

// denial is why a chat refuses.
func denial(err error) (d model.Denial, failure model.SendFailure) {
	if send, ok := errors.AsType[*model.SendError](err); ok {
		return send.Denial, send.Failure
	}
	return "", ""
}
