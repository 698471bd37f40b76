package store_test

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/store"
)

// pageSize is SQLite's usual one.
const pageSize = 4096

// overwrite damages the pages of a table's or an index's b-tree in a closed database: their first bytes, or only the root's.
func overwrite(t *testing.T, path, name string) {
	t.Helper()
	edit(t, path, `PRAGMA wal_checkpoint(TRUNCATE)`)
	root := texts(t, path, `SELECT rootpage FROM sqlite_master WHERE name = $1`, name)
	if len(root) != 1 {
		t.Fatalf("there is no %s", name)
	}
	var page int64
	_, err := fmt.Sscan(root[0], &page)
	ok(t, err)
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	ok(t, err)
	_, err = f.WriteAt([]byte(strings.Repeat("\xde\xad\xbe\xef", 256)), (page-1)*pageSize)
	ok(t, err)
	ok(t, f.Close())
}

// objects are the tables of an area and their indexes.
func objects(t *testing.T, path string, tables ...string) (all []string) {
	t.Helper()
	for _, table := range tables {
		all = append(all, texts(t, path, `SELECT name FROM sqlite_master WHERE tbl_name = $1 AND rootpage > 0`, table)...)
	}
	if len(all) <= len(tables) {
		t.Fatalf("%v have no indexes: %v", tables, all)
	}
	return all
}

// TestDamageInThePastStopsNoAlert damages pages of the tables of history, and each of their indexes: state is loaded, alerts are stored and
// sent, and what fails is a fault with its place that ends when it works again.
func TestDamageInThePastStopsNoAlert(t *testing.T) {
	t.Parallel()
	path := full(t)
	for i, name := range objects(t, path, "transition", "history_pack", "history_check", "history_gap", "audit", "baseline", "report", "dead_letter", "button", "set_aside") {
		if i%sampled != 0 {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := copied(t, path)
			overwrite(t, path, name)
			db := open(t, store.Options{Path: path})
			works(t, db)
			usePast(t, db)
			db.InspectNow(t.Context())
			works(t, db)
			faults := db.Faults()
			if len(faults) == 0 {
				t.Fatal("no fault is known")
			}
			for _, f := range faults {
				if f.What != "the file is damaged or is not a database" || !slices.Contains(store.Areas, f.Area) {
					t.Errorf("%+v", f)
				}
			}
			if counts := db.FaultCounts(); len(counts) < len(faults) {
				t.Errorf("counted: %+v", counts)
			}
		})
	}
}

// usePast writes and reads what is not alerts, and lets it fail.
func usePast(t *testing.T, db *store.DB) {
	t.Helper()
	ctx := t.Context()
	span := model.Span{From: now().Add(-24 * time.Hour), To: now().Add(24 * time.Hour)}
	hour := now().Truncate(time.Hour)
	for _, err := range []error{
		db.SavePacks(ctx, []model.Pack{{Kind: model.PackHours, Span: model.Span{From: hour, To: hour}, Body: []byte{1}}}),
		db.SetAlive(ctx, now(), []model.Span{span}), db.Audit(ctx, model.AuditEntry{At: now()}), db.KeepBaseline(ctx, "shop", &model.Baseline{At: now()}),
		db.PutButtons(ctx, map[string]model.Button{"a": {Action: "ack"}}), db.Prune(ctx, store.Retention{}),
		db.Packs(ctx, model.PackQuery{Groups: []int{0}, Span: span}, func(*model.Pack) error { return nil }),
	} {
		if err != nil && !strings.Contains(err.Error(), "damaged") {
			t.Error(err)
		}
	}
	_, _ = db.NumberChecks(ctx, []model.CheckID{"one more"})
	_, _ = db.CheckNumbers(ctx)
	_, _ = db.Gaps(ctx, span)
	_, _ = db.AuditSince(ctx, time.Time{}, 9)
	_, _, _ = db.Button(ctx, "a")
	_, _ = db.ReportParts(ctx, 9)
	_, _ = db.DeadLetters(ctx, 9)
	_, _ = db.SetAside(ctx, 9)
}

// TestDamageOfTheStateIsSaidWithItsCopy damages what a start needs: it is refused with the file, and with the copy of the last upgrade and
// how to put it back, if there is one.
func TestDamageOfTheStateIsSaidWithItsCopy(t *testing.T) {
	t.Parallel()
	path := full(t)
	for _, table := range []string{"incident", "check_state", "card", "mute", "notification", "event"} {
		t.Run(table, func(t *testing.T) {
			t.Parallel()
			path := copied(t, path)
			overwrite(t, path, table)
			for _, want := range []model.ErrorCode{model.ErrDatabaseDamaged, model.ErrDatabaseBackup} {
				err := start(t, path)
				if model.CodeOf(err) != want || !strings.Contains(err.Error(), path) {
					t.Errorf("%v, want %s", err, want)
				}
				ok(t, os.WriteFile(path+".v12.bak", nil, 0o600))
				if want == model.ErrDatabaseBackup && !strings.Contains(err.Error(), path+".v12.bak") {
					t.Errorf("%v does not name the copy", err)
				}
			}
		})
	}
}

// start opens a database and loads its state, as a start does.
func start(t *testing.T, path string) error {
	t.Helper()
	db, err := store.Open(t.Context(), store.Options{Path: path, Now: now})
	if err != nil {
		return err
	}
	defer func() { ok(t, db.Close()) }()
	_, err = db.Load(t.Context())
	return db.Damaged(err)
}

// TestADamagedHeaderIsNotTakenForANewDatabase overwrites the beginning of opsbot's own file.
func TestADamagedHeaderIsNotTakenForANewDatabase(t *testing.T) {
	path := full(t)
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	ok(t, err)
	var pages [4]byte
	binary.BigEndian.PutUint32(pages[:], 1)
	_, err = f.WriteAt([]byte("garbage"), 0)
	ok(t, err)
	ok(t, f.Close())
	before, err := os.ReadFile(path)
	ok(t, err)
	_, err = store.Open(t.Context(), store.Options{Path: path, Now: now})
	if model.CodeOf(err) != model.ErrDatabaseForeign {
		t.Errorf("%v", err)
	}
	if after, err := os.ReadFile(filepath.Clean(path)); err != nil || string(after) != string(before) {
		t.Error("it was written to")
	}
}

// TestFaultsEndWhenItWorks has a full disk refuse writes: that is said of writing, reading works, and it ends with the next write that works.
func TestFaultsEndWhenItWorks(t *testing.T) {
	path := full(t)
	db := open(t, store.Options{Path: path, MaxPages: 1}) // no page more than there are
	var err error
	for i := 0; err == nil && i < 1000; i++ {
		err = db.SetSetting(t.Context(), "x", strings.Repeat("x", 4096*i))
	}
	if model.CodeOf(err) != model.ErrStore || !strings.Contains(err.Error(), "the disk is full") {
		t.Fatalf("%v", err)
	}
	faults := db.Faults()
	if len(faults) != 1 || !faults[0].Write || faults[0].Area != "settings" || faults[0].What != "the disk is full" || !faults[0].Since.Equal(now()) {
		t.Errorf("%+v", faults)
	}
	readAll(t, db)
	ok(t, db.SetSetting(t.Context(), "x", ""))
	if faults := db.Faults(); len(faults) != 0 {
		t.Errorf("%+v", faults)
	}
}

// TestABrokenRowOnAFullDiskStopsNothing has a row that cannot be set aside, since the disk is full: it is left out, the rest is read, and the
// fault is one of writing. With space it is set aside.
func TestABrokenRowOnAFullDiskStopsNothing(t *testing.T) {
	path := full(t)
	edit(t, path, `UPDATE notification SET snapshot = $1 WHERE id = (SELECT MIN(id) FROM notification)`, strings.Repeat("x", 60_000))
	edit(t, path, `VACUUM`)
	db := open(t, store.Options{Path: path, MaxPages: 1})
	due := must[[]model.Notification](t)(db.Due(t.Context(), now(), 99))
	db.InspectNow(t.Context())
	if again := must[[]model.Notification](t)(db.Due(t.Context(), now(), 99)); len(due) == 0 || len(again) != len(due) {
		t.Errorf("%d and %d are due", len(due), len(again))
	}
	faults := db.Faults()
	if len(faults) != 1 || faults[0].Area != "set_aside" || !faults[0].Write || faults[0].What != "the disk is full" {
		t.Errorf("%+v", faults)
	}
	ok(t, db.Close())
	db = open(t, store.Options{Path: path})
	if counts := must[map[string]int](t)(db.SetAsideCounts(t.Context())); counts["notification"] != 1 || len(db.Faults()) != 0 {
		t.Errorf("%v, %+v", counts, db.Faults())
	}
}

// TestNumbersOfChecksAreNotGivenTwice breaks a row of numbers in each of its columns, the last and another one: what is numbered after
// that gets no number that results may be stored under.
func TestNumbersOfChecksAreNotGivenTwice(t *testing.T) {
	ids := func(prefix string, n int) (ids []model.CheckID) {
		for i := range n {
			ids = append(ids, model.CheckID(fmt.Sprintf("%s%d", prefix, i)))
		}
		return ids
	}
	for _, damage := range []string{"names = ''", "names = x'00ff'", "first = 'gone'", "first = -7", "first = 9223372036854775807"} {
		for _, row := range []int{1, 1001, 2001} {
			t.Run(fmt.Sprintf("%s of %d", damage, row), func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "opsbot.db")
				db := open(t, store.Options{Path: path})
				must[int](t)(db.NumberChecks(t.Context(), ids("old", 2500)))
				last := 2500
				ok(t, db.Close())
				edit(t, path, fmt.Sprintf("UPDATE history_check SET %s WHERE first = %d", damage, row))
				db = open(t, store.Options{Path: path})
				for i := range 3 {
					first := must[int](t)(db.NumberChecks(t.Context(), ids(fmt.Sprintf("new%d-", i), 3)))
					if first <= last || first > 20_000 {
						t.Errorf("a number %d after %d", first, last)
					}
					last = first + 2
				}
			})
		}
	}
}
