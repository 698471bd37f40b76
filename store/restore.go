package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"opsbot/model"
)

// RestoreOptions say what Restore puts where.
type RestoreOptions struct {
	From string // a backup
	Path string // the database, a file of SQLite
	By   string // who restores, for the audit log
	Now  func() time.Time
}

// Restore is a database that is ready to be restored: its copy is beside its place and checked, and no opsbot can start there. Close it.
type Restore struct {
	Saved
	Made    time.Time // the last moment at which an opsbot is known to have run on it; zero: not known
	Waiting int       // messages that were to be sent then: they are sent again
	Oldest  time.Time // of them
	Reports int       // documents among them
	Was     time.Time // when what is replaced was last written; zero: nothing is there

	o    RestoreOptions
	part *part
	lock *os.File
}

// NewRestore prepares a restore. It changes nothing. Errors are for people: an opsbot that runs on the database, and a file that is no whole
// database of opsbot's, or a newer one's.
func NewRestore(ctx context.Context, o RestoreOptions) (r *Restore, err error) {
	if err := restorable(ctx, o); err != nil {
		return nil, err
	}
	r = &Restore{o: o}
	if r.lock, err = lockFile(o.Path); err != nil {
		if errors.Is(err, errInUse) {
			return nil, &model.Error{Code: model.ErrRestoreRunning, Args: map[string]string{"path": o.Path}, Err: err}
		}
		return nil, restoreFailed(o.Path, err)
	}
	if err := r.prepare(ctx); err != nil {
		return nil, errors.Join(r.failed(err), r.Close())
	}
	return r, nil
}

// restorable refuses what is no backup.
func restorable(ctx context.Context, o RestoreOptions) error {
	info, err := os.Stat(o.From)
	switch {
	case err != nil:
	case info.Size() == 0:
		err = errors.New("the file is empty")
	default:
		err = identify(ctx, o.From)
	}
	if err != nil {
		return noDatabase(o.From, err)
	}
	if there, err := os.Stat(o.Path); err == nil && os.SameFile(info, there) || inUse(o.From) {
		return &model.Error{Code: model.ErrBackupItself, Args: map[string]string{"path": o.From}}
	}
	return nil
}

func restoreFailed(path string, err error) error {
	if _, ours := errors.AsType[*model.Error](err); ours || errors.Is(err, context.Canceled) {
		return err
	}
	return &model.Error{Code: model.ErrRestore, Args: map[string]string{"path": path, "what": inWords(unwrapped(err), true)}, Err: err}
}

// failed words an error of a preparation: a backup that is damaged is its own fault.
func (r *Restore) failed(err error) error {
	if d, ok := errors.AsType[*damage](err); ok || damaged(err) {
		what := inWords(err, false)
		if ok {
			what = d.found
		}
		return &model.Error{Code: model.ErrBackupDamaged, Args: map[string]string{"path": r.o.From, "what": what}, Err: err}
	}
	return restoreFailed(r.o.Path, err)
}

func (r *Restore) prepare(ctx context.Context) (err error) {
	if r.part, err = openPart(r.o.Path, r.o.Path); err != nil {
		return err
	}
	mode := immutable
	if info, err := os.Stat(r.o.From + "-wal"); err == nil && info.Size() > 0 {
		mode = "rw" // it was copied with its journal, in which the latest writes are
	}
	if r.Saved, err = r.part.fill(ctx, r.o.From, mode); err != nil {
		return err
	}
	r.Path = r.o.From
	for _, name := range []string{r.o.Path, r.o.Path + "-wal"} {
		if at := modified(name); at.After(r.Was) {
			r.Was = at
		}
	}
	if wants := Schema(); r.Schema > wants {
		return &model.Error{Code: model.ErrDatabaseNewer, Args: map[string]string{
			"path": r.o.From, "has": strconv.FormatInt(r.Schema, 10), "wants": strconv.FormatInt(wants, 10),
		}}
	}
	return r.describe(ctx)
}

// describe reads what a person must know before.
func (r *Restore) describe(ctx context.Context) (err error) {
	db, err := sql.Open("sqlite", fileURI(r.part.name, immutable))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	r.Made = lastAlive(ctx, db)
	table := "notification"
	if r.Schema < renameVersion {
		table = "telling"
	}
	var oldest int64
	err = db.QueryRowContext(ctx, `SELECT COUNT(*), COALESCE(SUM(kind = 'report'), 0), COALESCE(MIN(created), 0) FROM `+table).Scan(&r.Waiting, &r.Reports, &oldest)
	r.Oldest = moment(oldest)
	return err
}

// lastAlive is the last moment at which an opsbot is known to have run on a database; zero if that cannot be read.
func lastAlive(ctx context.Context, db *sql.DB) time.Time {
	var text string
	if err := db.QueryRowContext(ctx, `SELECT value FROM setting WHERE name = $1`, aliveSetting).Scan(&text); err != nil {
		return time.Time{}
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return moment(n)
}

// Close gives the place free. What was prepared and not put there is removed.
func (r *Restore) Close() (err error) {
	if r.part != nil {
		err = r.part.close()
	}
	return errors.Join(err, r.lock.Close())
}

// Put replaces the database. What was there is kept under the name that it returns, with its journal; "" if nothing was. A process that is
// killed meanwhile leaves either the old database or the new one at the place, whole.
func (r *Restore) Put(ctx context.Context) (kept string, err error) {
	old, err := settle(ctx, r.o.Path)
	if err != nil {
		return "", restoreFailed(r.o.Path, err)
	}
	if err := r.mark(ctx, old); err != nil {
		return "", restoreFailed(r.o.Path, err)
	}
	if kept, err = r.keepOld(); err != nil {
		return kept, restoreFailed(r.o.Path, err)
	}
	if err := r.part.put(); err != nil {
		return kept, restoreFailed(r.o.Path, err)
	}
	return kept, nil
}

// settle brings all of a database into its file, so that it is whole without a journal, and returns the highest numbers that are in use there;
// nil if there is none, or it cannot be read. A journal that stays belongs to a damaged file.
func settle(ctx context.Context, path string) (last map[string]int64, err error) {
	if _, err := os.Stat(path); err != nil {
		return nil, nil //nolint:nilnil // what cannot be seen cannot be kept either: that says why
	}
	if identify(ctx, path) != nil {
		return nil, nil //nolint:nilnil // it is kept as it is
	}
	db, err := sql.Open("sqlite", fileURI(path, "rw", "busy_timeout("+strconv.FormatInt(busy.Milliseconds(), 10)+")"))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	var locked, frames, moved int
	switch err := db.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&locked, &frames, &moved); {
	case err != nil: // it is damaged
		return nil, ctx.Err()
	case locked != 0:
		return nil, errLocked
	default:
		return highestNumbers(ctx, db), ctx.Err()
	}
}

var errLocked = errors.New("another program holds the database")

// highestNumbers are the highest numbers in use, as far as they can be read. Those of set-aside rows are behind the counters as well.
func highestNumbers(ctx context.Context, db *sql.DB) map[string]int64 {
	last := map[string]int64{}
	for name, columns := range usedNumbers {
		all := append([][2]string{{"counter", "value"}}, columns...)
		where := ` AND name = '` + name + `'`
		for _, at := range all {
			var n int64
			err := db.QueryRowContext(ctx, `SELECT COALESCE(MAX(`+at[1]+`), 0) FROM `+at[0]+` WHERE `+at[1]+` BETWEEN 0 AND $1`+where, int64(mostNumber)).Scan(&n)
			if err != nil { // of an earlier schema, or damaged
				delete(last, name)
				break
			}
			last[name], where = max(last[name], n), ""
		}
	}
	return last
}

// keepOld gives what is at the place a second name, which it returns. Its journal goes with it, for a new file must not meet it; only that of a
// damaged file has something in it, see settle.
func (r *Restore) keepOld() (kept string, err error) {
	name := freeName(r.o.Path + ".replaced-" + r.o.Now().UTC().Format(stampForm))
	old, err := os.Stat(r.o.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return "", err
	default:
		if os.Link(r.o.Path, name) != nil { // a file system without links
			if err := copyFile(name, r.o.Path); err != nil {
				return "", err
			}
		}
		kept = name
	}
	for _, suffix := range journals {
		if err := os.Rename(r.o.Path+suffix, name+suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return kept, err
		}
	}
	return kept, r.own(old)
}

// freeName is a name, with a number if there is such a file.
func freeName(name string) string {
	free := name
	for n := 2; ; n++ {
		if _, err := os.Lstat(free); err != nil {
			return free
		}
		free = name + "-" + strconv.Itoa(n)
	}
}

// own gives the new database and its lock to whoever has the old one, else to whoever has the folder.
func (r *Restore) own(old os.FileInfo) (err error) {
	if old == nil { // there is none
		if old, err = os.Stat(filepath.Dir(r.o.Path)); err != nil {
			return err
		}
	}
	stat, ok := old.Sys().(*syscall.Stat_t)
	if !ok || os.Geteuid() != 0 {
		return nil
	}
	return errors.Join(r.part.file.Chown(int(stat.Uid), int(stat.Gid)), r.lock.Chown(int(stat.Uid), int(stat.Gid)))
}

// restored is what the next start must know of a restore.
type restored struct {
	At   time.Time        `json:"at"`
	Made time.Time        `json:"made,omitzero"`
	By   string           `json:"by,omitempty"`
	Last map[string]int64 `json:"last,omitempty"` // the highest numbers that were given since, as far as is known
}

// The settings that say that a database was restored: until a start has taken it in, and until people were notified.
const (
	restoredSetting       = "store.restored"
	restoredNoticeSetting = "store.restored_notice"
)

// mark writes into the copy that it was restored.
func (r *Restore) mark(ctx context.Context, last map[string]int64) (err error) {
	text, err := json.Marshal(restored{At: r.o.Now().UTC(), Made: r.Made, By: r.o.By, Last: last})
	if err != nil {
		return err
	}
	db, err := sql.Open("sqlite", fileURI(r.part.name, "rw", "journal_mode(delete)"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	_, err = db.ExecContext(ctx, `INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, restoredSetting, string(text))
	return err
}

// unknownNumbers is how many numbers are left out after a restore when nobody knows how many were given since the backup.
const unknownNumbers = 1000

// takeRestored does what a restored database needs, once: its messages may have been sent since, and numbers that were given since must not
// be given to something else, for cards and people still refer to them.
func (db *DB) takeRestored(ctx context.Context) error {
	text, err := db.Setting(ctx, restoredSetting)
	if err != nil || text == "" {
		return err
	}
	var is restored
	if err := json.Unmarshal([]byte(text), &is); err != nil {
		is = restored{} // that it was restored is what counts
	}
	is.At = cmp.Or(is.At, db.now())
	last, err := db.numbersSince(ctx, is.Last)
	if err != nil {
		return err
	}
	notice, err := json.Marshal(is)
	if err != nil {
		return err
	}
	return db.tx(ctx, "settings.restored", func(tx *txn) error {
		if err := tx.write(ctx, `UPDATE notification SET again = $1, trying = 0`, againRestored); err != nil {
			return err
		}
		if err := countOn(ctx, tx, last); err != nil {
			return err
		}
		if err := skipReaderNumbers(ctx, tx, last); err != nil {
			return err
		}
		entry := model.AuditEntry{At: is.At, Actor: model.Actor{Name: is.By, Via: "cli", Role: model.RoleAdmin}, Action: "restore", Target: stampOf(is.Made), Result: "ok"}
		if err := writeAudits(ctx, tx, []model.AuditEntry{entry}); err != nil {
			return err
		}
		if err := writeSetting(ctx, tx, restoredNoticeSetting, string(notice)); err != nil {
			return err
		}
		return tx.write(ctx, `DELETE FROM setting WHERE name = $1`, restoredSetting)
	})
}

func stampOf(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.RFC3339)
}

// numbersSince are the numbers behind which everything that is numbered goes on.
func (db *DB) numbersSince(ctx context.Context, known map[string]int64) (map[string]int64, error) {
	last := map[string]int64{}
	for name := range usedNumbers {
		n, err := lastUsed[int64](ctx, db, name)
		if err != nil {
			return nil, err
		}
		if since, ok := known[name]; ok {
			last[name] = max(n, since)
		} else {
			last[name] = n + unknownNumbers
		}
	}
	return last, nil
}

// skipReaderNumbers has limited readers count on behind numbers that they may have met since the backup.
func skipReaderNumbers(ctx context.Context, tx *txn, last map[string]int64) error {
	for _, kind := range []model.NumberKind{model.NumberIncident, model.NumberMute} {
		err := tx.write(ctx, `INSERT INTO reader_number (readers, kind, id, number)
			SELECT readers, kind, CAST($1 AS bigint), MAX(number) + $2 FROM reader_number WHERE kind = $3 GROUP BY readers, kind
			ON CONFLICT (readers, kind, id) DO NOTHING`, last[string(kind)], unknownNumbers, string(kind))
		if err != nil {
			return fmt.Errorf("numbers of readers: %w", err)
		}
	}
	return nil
}

// Restored is a restore of which people were not notified yet.
type Restored struct {
	At   time.Time // of the restore
	Made time.Time // of the backup; zero: not known
}

// Restored returns the restore of which people were not notified yet; false if there is none.
func (db *DB) Restored(ctx context.Context) (Restored, bool, error) {
	text, err := db.Setting(ctx, restoredNoticeSetting)
	if err != nil || text == "" {
		return Restored{}, false, err
	}
	var is restored
	if err := json.Unmarshal([]byte(text), &is); err != nil {
		return Restored{}, true, nil //nolint:nilerr // that it was restored is what counts
	}
	return Restored{At: is.At, Made: is.Made}, true, nil
}

// NoticeRestored stores the notices of a restore, in the transaction that notes that there are.
func (db *DB) NoticeRestored(ctx context.Context, notices []model.Notification) error {
	return db.tx(ctx, "settings.restored_notice", func(tx *txn) error {
		if _, err := writeNotifications(ctx, tx, notices); err != nil {
			return err
		}
		return tx.write(ctx, `DELETE FROM setting WHERE name = $1`, restoredNoticeSetting)
	})
}
