package store_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/store"
)

// victimOrders names what this binary does as a process of its own that is killed: "backup PATH TO" or "restore FROM PATH".
const victimOrders = "OPSBOT_STORE_VICTIM"

func TestMain(m *testing.M) {
	if orders := os.Getenv(victimOrders); orders != "" {
		if err := victim(strings.Fields(orders), os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// victim backs up, or restores, again and again.
func victim(orders []string, out io.Writer) error {
	ctx := context.Background()
	for {
		if _, err := fmt.Fprintln(out, "begin"); err != nil {
			return err
		}
		if orders[0] == "backup" {
			if _, _, err := store.Backup(ctx, store.BackupOptions{Path: orders[1], To: orders[2], Keep: 2, Now: time.Now}); err != nil {
				return err
			}
			continue
		}
		r, err := store.NewRestore(ctx, store.RestoreOptions{From: orders[1], Path: orders[2], Now: time.Now})
		if err != nil {
			return err
		}
		if _, err := r.Put(ctx); err != nil {
			return err
		}
		if err := r.Close(); err != nil {
			return err
		}
	}
}

// killOne starts a victim, and kills it at a random moment after it began.
func killOne(t *testing.T, random *rand.Rand, orders ...string) {
	t.Helper()
	exe, err := os.Executable()
	ok(t, err)
	cmd := exec.CommandContext(t.Context(), exe)
	cmd.Env = append(os.Environ(), victimOrders+"="+strings.Join(orders, " "))
	cmd.Stderr = os.Stderr
	said, err := cmd.StdoutPipe()
	ok(t, err)
	ok(t, cmd.Start())
	begun := bufio.NewScanner(said).Scan()
	timer := time.AfterFunc(time.Duration(random.IntN(30_000))*time.Microsecond, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	if err := cmd.Wait(); !begun || err == nil || !strings.Contains(err.Error(), "killed") {
		t.Fatalf("the victim ended by itself: %v", err)
	}
}

// killBackups kills backups at random moments while an opsbot writes. Whatever is there under the name of a backup is whole, and those that were
// there are only replaced by newer ones; the database loses nothing.
func killBackups(t *testing.T, kills int, random *rand.Rand) {
	t.Helper()
	path, dir := fullCopy(t), t.TempDir()
	db := open(t, store.Options{Path: path})
	best := 0
	for i := range kills {
		ok(t, db.SetSetting(t.Context(), "kill", fmt.Sprint(i)))
		killOne(t, random, "backup", path, filepath.Join(dir, "b.db"))
		copies, err := filepath.Glob(filepath.Join(dir, "b-*.db"))
		ok(t, err)
		if len(copies) < min(best, 2) {
			t.Fatalf("after kill %d there are %d backups, there were %d", i, len(copies), best)
		}
		best = len(copies)
		for _, c := range copies {
			wholeCopy(t, c)
		}
	}
	saved, _, err := store.Backup(t.Context(), store.BackupOptions{Path: path, To: filepath.Join(dir, "b.db"), Keep: 1, Now: func() time.Time { return time.Now().Add(time.Hour) }})
	ok(t, err)
	ok(t, db.Close())
	sameTables(t, path, saved.Path)
	alone(t, saved.Path, filepath.Base(saved.Path))
}

// wholeCopy is whether a copy is a whole database: it can be backed up itself, which checks its pages.
func wholeCopy(t *testing.T, path string) {
	t.Helper()
	to := filepath.Join(t.TempDir(), "again.db")
	if saved := backup(t, path, to); len(saved.Tables) != len(store.Tables()) || saved.Rows() == 0 {
		t.Errorf("%s has %d tables, %d rows", path, len(saved.Tables), saved.Rows())
	}
}

// killRestores kills restores at random moments. At the place is always the database that was there or the restored one, whole; what was there is
// there still, here or under its other name.
func killRestores(t *testing.T, kills int, random *rand.Rand) {
	t.Helper()
	path := fullCopy(t)
	from := filepath.Join(t.TempDir(), "backup.db")
	backup(t, path, from)
	for i := range kills {
		mark := fmt.Sprint("before kill ", i)
		db := open(t, store.Options{Path: path})
		ok(t, db.SetSetting(t.Context(), "mark", mark))
		leftByAKill(t, filepath.Dir(path), db)
		killOne(t, random, "restore", from, path)
		all := append(must[[]string](t)(filepath.Glob(path+".replaced-*")), path)
		all = slices.DeleteFunc(all, func(name string) bool { return strings.HasSuffix(name, "-wal") || strings.HasSuffix(name, "-shm") })
		found := false
		for _, name := range all {
			found = found || slices.Contains(texts(t, name, `SELECT value FROM setting WHERE name = 'mark'`), mark)
			if name != path {
				ok(t, os.Remove(name))
			}
		}
		if !found {
			t.Fatalf("after kill %d the old database is lost", i)
		}
		restarted := open(t, store.Options{Path: path})
		if m := must[model.Memory](t)(restarted.Load(t.Context())); len(m.Open) != 3 {
			t.Fatalf("after kill %d there are %d open incidents", i, len(m.Open))
		}
		ok(t, restarted.Close())
	}
	r := prepared(t, from, path)
	_, err := r.Put(t.Context())
	ok(t, err)
	ok(t, r.Close())
	edit(t, path, `DELETE FROM setting WHERE name = 'store.restored'`)
	sameTables(t, from, path)
}

func TestKilledBackups(t *testing.T) { killBackups(t, someKills, rand.New(rand.NewPCG(1, 2))) }

func TestKilledRestores(t *testing.T) { killRestores(t, someKills, rand.New(rand.NewPCG(3, 4))) }
