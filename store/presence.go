package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"syscall"
	"time"
)

// Presence is what became of the database's file while it is open. The open file stays usable: what is committed is read again, until
// the process ends.
type Presence struct {
	Gone     bool // it was deleted
	Replaced bool // another file is in its place
	Since    time.Time
	Copy     string // where the database is saved
	Failed   error  // why it could not be saved; nil: it was
}

// Lost reports whether the file is not where it was.
func (p Presence) Lost() bool { return p.Gone || p.Replaced }

// savedSuffix names the copy of a database whose file was deleted while it was open. The next start uses it if there is no other file.
const savedSuffix = ".saved"

// How old a copy of a deleted file may become, and how long the last one, at a stop, may take.
const (
	saveEvery = 10 * time.Minute
	saveBound = 5 * time.Second
)

// Look returns what became of the database's file. One that was deleted is saved beside its place, at once and every ten minutes. Of
// a database on a server there is none: its faults say what became of it.
func (db *DB) Look(ctx context.Context) Presence { return db.engine.look(ctx) }

// FromCopy is the copy that this database was opened from, since its file was gone; "" if it was not.
func (db *DB) FromCopy() string { return db.engine.fromCopy() }

func (f *sqliteFile) look(ctx context.Context) Presence {
	f.presence.Lock()
	defer f.presence.Unlock()
	was, now := f.presence.Presence, f.now()
	is := Presence{Copy: f.path + savedSuffix, Since: now}
	is.Gone, is.Replaced = f.away()
	if was.Lost() {
		is.Since = was.Since
	}
	switch {
	case is.Lost():
		f.hideJournal()
	case was.Lost(): // it was moved, and is back with all that was committed
		is.Replaced = !f.showJournal()
	}
	switch {
	case !is.Lost():
		if was.Lost() {
			_ = os.Remove(is.Copy) // older than the file: nobody shall go on from it
		}
		is, f.presence.saved = Presence{}, time.Time{}
	case is.Gone && (f.presence.saved.IsZero() || was.Failed != nil || now.Sub(f.presence.saved) >= saveEvery):
		is.Failed = f.save(ctx, is.Copy)
		f.presence.saved = now
	default:
		is.Failed = was.Failed
	}
	f.presence.Presence = is
	return is
}

// away compares the file at the path with the one that was opened.
func (f *sqliteFile) away() (gone, replaced bool) {
	info, err := os.Stat(f.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return true, false
	case err != nil: // it cannot be seen: that says nothing
		return false, false
	default:
		return false, !os.SameFile(info, f.file)
	}
}

// journals are the files that SQLite keeps beside a database.
var journals = []string{"-wal", "-shm"}

// noteJournal remembers the files beside the database, so that no others are taken for them.
func (f *sqliteFile) noteJournal() {
	f.journal = map[string]os.FileInfo{}
	for _, suffix := range journals {
		if info, err := os.Stat(f.path + suffix); err == nil {
			f.journal[suffix] = info
		}
	}
}

// hideJournal takes the journal of a file that is gone out of the way: whoever opens another file in its place would write the old
// pages into it. Open as they are, the files stay usable here. They are kept under another name, since what was moved may come back.
func (f *sqliteFile) hideJournal() {
	for suffix, was := range f.journal {
		if at := f.path + suffix; same(at, was) {
			_ = os.Rename(at, hidden(at, f.file)) // if it stays, so does the danger; there is nothing else to do about it
		}
	}
}

// showJournal puts the journal back beside its file, and reports whether it is there. Of a file with another journal in its place,
// nothing that is committed from now on would be found at the next start.
func (f *sqliteFile) showJournal() bool {
	for suffix, was := range f.journal {
		at := f.path + suffix
		if same(at, was) {
			continue
		}
		if _, err := os.Stat(at); !errors.Is(err, fs.ErrNotExist) || os.Rename(hidden(at, f.file), at) != nil {
			return false
		}
	}
	return true
}

// findJournal puts the hidden journal back beside a file that was moved away and back, when the process was killed meanwhile. A file that
// was written after it is another one, with the number of the old.
func findJournal(path string) {
	file, err := os.Stat(path)
	if err != nil {
		return
	}
	for _, suffix := range journals {
		at := path + suffix
		journal, err := os.Stat(hidden(at, file))
		if err != nil || file.ModTime().After(journal.ModTime()) {
			return
		}
		if _, err := os.Stat(at); errors.Is(err, fs.ErrNotExist) {
			_ = os.Rename(hidden(at, file), at)
		}
	}
}

// hidden is the name of a journal that waits for its file, which it names by its number in the file system.
func hidden(journal string, file os.FileInfo) string {
	number := uint64(0)
	if stat, ok := file.Sys().(*syscall.Stat_t); ok {
		number = stat.Ino
	}
	return journal + ".of-" + strconv.FormatUint(number, 10)
}

func same(path string, file os.FileInfo) bool {
	info, err := os.Stat(path)
	return err == nil && os.SameFile(info, file)
}

// save writes a copy of the database, whole or not at all.
func (f *sqliteFile) save(ctx context.Context, to string) error {
	part := to + ".part"
	if err := os.Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return unwrapped(err)
	}
	if _, err := private(part); err != nil {
		return unwrapped(err)
	}
	if _, err := f.write.ExecContext(ctx, "VACUUM INTO $1", part); err != nil {
		return errors.Join(errors.New(inWords(err, true)), os.Remove(part))
	}
	return os.Rename(part, to)
}

// saveLast saves a database whose file is not where it was, before it is closed.
func (f *sqliteFile) saveLast() error {
	if gone, replaced := f.away(); !gone && !replaced {
		return nil
	}
	f.hideJournal()
	ctx, cancel := context.WithTimeout(context.Background(), saveBound)
	defer cancel()
	if err := f.save(ctx, f.path+savedSuffix); err != nil {
		return fmt.Errorf("save the database, whose file is gone, to %s: %w", f.path+savedSuffix, err)
	}
	return nil
}

// useSaved puts the copy of a deleted database in its place if nothing else is there. Its caller has the lock.
func useSaved(path string) (used bool, err error) {
	if _, err := os.Stat(path); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if _, err := os.Stat(path + savedSuffix); err != nil {
		return false, nil //nolint:nilerr // there is none
	}
	for _, suffix := range journals { // of the deleted file: nothing of it must get into the copy
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return false, err
		}
	}
	return true, os.Rename(path+savedSuffix, path)
}

func (f *sqliteFile) fromCopy() string { return f.copied }
