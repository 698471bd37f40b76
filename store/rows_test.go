package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/store"
)

// damage is what happens to one value.
type damage struct {
	name  string
	value any // or a func of the value before
	// bad reports whether a column of a declared type that held a value cannot hold this one; the others may: a long name is a name.
	bad func(c columnOf, before string) bool
}

// columnOf is a column of a table.
type columnOf struct{ table, name, kind string }

// moments are the columns that hold one, known here by their names.
func (c columnOf) moment() bool {
	return strings.HasSuffix(c.name, "_at") || slices.Contains([]string{"at", "created", "not_before", "due", "expires", "since"}, c.name)
}

// enum is one of few words.
func (c columnOf) enum() bool {
	return slices.Contains([]string{"severity", "phase", "status"}, c.name) || c.name == "kind" && c.kind == "text"
}

func always(columnOf, string) bool { return true }
func isKind(kinds ...string) func(columnOf, string) bool {
	return func(c columnOf, _ string) bool { return slices.Contains(kinds, c.kind) }
}

// holdsJSON is a column whose value was JSON; of intake it is Telegram's, which whoever reads it judges.
func holdsJSON(c columnOf, before string) bool {
	return c.kind == "text" && c.table != "intake" && (strings.HasPrefix(before, "{") || strings.HasPrefix(before, "["))
}

var damages = []damage{
	{"null", nil, always},
	{"text", "abc", isKind("bigint", "bytea")},
	{"blob", []byte{0xff, 0x00}, isKind("bigint", "text")},
	{"real", 1.5, isKind("bigint", "bytea")},
	{"infinity", math.Inf(1), isKind("bigint", "bytea")},
	{"huge number", int64(math.MaxInt64), isKind("bigint", "bytea")},
	{"small number", int64(math.MinInt64), isKind("bigint", "bytea")},
	{"far moment", int64(8_000_000_000_000_000), func(c columnOf, _ string) bool { return c.kind == "bytea" || c.moment() }},
	{"long ago", int64(-8_000_000_000_000_000), func(c columnOf, _ string) bool { return c.kind == "bytea" || c.moment() }},
	{"cut", func(before string) any { return before[:len(before)/2] }, holdsJSON},
	{"empty", "", func(c columnOf, before string) bool {
		return isKind("bigint", "bytea")(c, before) || c.enum() || holdsJSON(c, before) && c.name != "named" && c.name != "reason" && c.name != "value"
	}},
	{"null as JSON", "null", func(c columnOf, before string) bool {
		return isKind("bigint", "bytea")(c, before) || holdsJSON(c, before) && c.name != "value"
	}},
	{"unknown word", "no_such", func(c columnOf, before string) bool { return c.enum() || c.kind != "text" || holdsJSON(c, before) }},
	{"huge text", strings.Repeat("x", 1<<20), func(c columnOf, before string) bool { return c.enum() || c.kind != "text" || holdsJSON(c, before) }},
}

// columnsOf lists the columns of all tables.
func columnsOf(t *testing.T, path string) map[string][]columnOf {
	t.Helper()
	all := map[string][]columnOf{}
	for _, table := range tableNames(t, path) {
		for _, text := range texts(t, path, `SELECT name || ' ' || lower(type) FROM pragma_table_info($1) ORDER BY cid`, table) {
			name, kind, _ := strings.Cut(text, " ")
			all[table] = append(all[table], columnOf{table, name, kind})
		}
	}
	return all
}

// TestABrokenRowIsSetAsideAndTheRestGoesOn breaks, for each kind of damage, one column of one row in every table at once: the first column
// of each, then the second, and so on. Tables come from the schema, so that a later one is tried too.
func TestABrokenRowIsSetAsideAndTheRestGoesOn(t *testing.T) {
	t.Parallel()
	w := newWhole(t)
	for at := range w.most() {
		for i, d := range damages {
			if (at+i)%sampled != 0 {
				continue
			}
			t.Run(fmt.Sprintf("%d %s", at, d.name), func(t *testing.T) {
				t.Parallel()
				w.breakRows(t, &d, w.column(at))
			})
		}
	}
}

// whole is a database in which nothing is broken.
type whole struct {
	path    string
	columns map[string][]columnOf
	rows    map[string][]string
}

func newWhole(t *testing.T) *whole {
	t.Helper()
	path := full(t)
	w := &whole{path: path, columns: columnsOf(t, path)}
	w.rows = contents(t, path, w.columns)
	return w
}

// most is how many columns the widest table has.
func (w *whole) most() (n int) {
	for _, all := range w.columns {
		n = max(n, len(all))
	}
	return n
}

// column is one column of every table that has so many.
func (w *whole) column(at int) (some []columnOf) {
	for _, all := range w.columns {
		if at < len(all) {
			some = append(some, all[at])
		}
	}
	return some
}

// breakRows breaks a column of the first row of some tables.
func (w *whole) breakRows(t *testing.T, d *damage, broken []columnOf) {
	t.Helper()
	path := copied(t, w.path)
	must, may := w.put(t, path, d, broken)
	db := open(t, store.Options{Path: path})
	works(t, db)
	db.InspectNow(t.Context())
	w.onlyTheBrokenAreAside(t, db, must, may)
	works(t, db)
	w.worksOn(t, db)
	w.theRestIsThere(t, path)
}

// TestARowThatBreaksWhileItRunsIsSetAside has rows broken under a running opsbot: its next call may fail, and the one after an inspection
// works.
func TestARowThatBreaksWhileItRunsIsSetAside(t *testing.T) {
	t.Parallel()
	w := newWhole(t)
	for at := range w.most() {
		for i, d := range damages {
			if !slices.Contains([]string{"null", "text", "huge number", "cut"}, d.name) || (at+i)%sampled != 0 {
				continue
			}
			t.Run(fmt.Sprintf("%d %s", at, d.name), func(t *testing.T) {
				t.Parallel()
				path := copied(t, w.path)
				db := open(t, store.Options{Path: path})
				must, may := w.put(t, path, &d, w.column(at))
				readAll(t, db)
				_, _ = db.Commit(t.Context(), model.Change{Notifications: []model.Notification{{Kind: model.NotifyDigest, To: first, Created: now()}}})
				db.InspectNow(t.Context())
				w.onlyTheBrokenAreAside(t, db, must, may)
				works(t, db)
				w.worksOn(t, db)
				w.theRestIsThere(t, path)
			})
		}
	}
}

// put damages the first rows of tables, and returns in how many a row must be set aside, and in which one may be.
func (w *whole) put(t *testing.T, path string, d *damage, broken []columnOf) (must map[string]int, may map[string]bool) {
	t.Helper()
	must, may = map[string]int{}, map[string]bool{}
	raw(t, path, func(db *sql.DB) {
		for _, c := range broken {
			if before, done := d.put(t, db, c); done {
				may[c.table] = true
				if d.bad(c, before) {
					must[c.table] = 1
				}
			}
		}
	})
	return must, may
}

// onlyTheBrokenAreAside compares what was set aside with what was broken.
func (w *whole) onlyTheBrokenAreAside(t *testing.T, db *store.DB, must map[string]int, may map[string]bool) {
	t.Helper()
	counts, _, err := db.UnnoticedAside(t.Context())
	ok(t, err)
	for table := range may {
		if n := counts[table]; n < must[table] || n > 1 {
			t.Errorf("%s: %d rows were set aside, want %d", table, n, must[table])
		}
	}
	for table, n := range counts {
		if !may[table] {
			t.Errorf("%s: %d whole rows were set aside", table, n)
		}
	}
}

// worksOn reads everything: no reader leaves out a row any more, and nothing fails.
func (w *whole) worksOn(t *testing.T, db *store.DB) {
	t.Helper()
	_ = db.Suspected() // what was suspected before
	readAll(t, db)
	if db.Suspected() {
		t.Error("a row is left that its readers cannot read")
	}
	if faults := db.Faults(); len(faults) > 0 {
		t.Errorf("faults: %+v", faults)
	}
}

// put damages the first row of a table and returns the value before; false if the table's constraints forbid it.
func (d *damage) put(t *testing.T, db *sql.DB, c columnOf) (before string, done bool) {
	t.Helper()
	where := ` WHERE rowid = (SELECT MIN(rowid) FROM ` + c.table + `)`
	ok(t, db.QueryRowContext(context.Background(), `SELECT `+c.name+` FROM `+c.table+where).Scan(&before))
	value := d.value
	if f, is := value.(func(string) any); is {
		value = f(before)
	}
	_, err := db.ExecContext(context.Background(), `UPDATE `+c.table+` SET `+c.name+` = $1`+where, value)
	if err != nil && !strings.Contains(err.Error(), "constraint") {
		t.Fatal(c, err)
	}
	return before, err == nil
}

// contents are the rows of every table by rowid.
func contents(t *testing.T, path string, columns map[string][]columnOf) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	raw(t, path, func(db *sql.DB) {
		for table, columns := range columns {
			var parts []string
			for _, c := range columns {
				parts = append(parts, "quote("+c.name+")")
			}
			all[table] = listed(t, db, `SELECT rowid || ' ' || `+strings.Join(parts, " || ' ' || ")+` FROM `+table+` ORDER BY rowid`)
		}
	})
	return all
}

// theRestIsThere compares a database with what it held before the first rows were broken.
func (w *whole) theRestIsThere(t *testing.T, path string) {
	t.Helper()
	after := contents(t, path, w.columns)
	for table, rows := range w.rows {
		for _, row := range rows[1:] {
			if !slices.Contains(after[table], row) && !slices.Contains([]string{"counter", "setting"}, table) { // which go on
				t.Errorf("%s: a row is lost: %.200s", table, row)
			}
		}
	}
}

// works loads the state, commits an alert, and finds it in the outbox.
func works(t *testing.T, db *store.DB) {
	t.Helper()
	ctx := t.Context()
	m, err := db.Load(ctx)
	ok(t, err)
	if len(m.Open) < 2 || len(m.Checks) < 2 || len(m.Mutes) < 2 || len(m.Events) < 2 || len(m.Cards) < 2 {
		t.Fatalf("more than one row of each is gone: %+v", m)
	}
	id := m.LastIncident + 1
	for _, in := range m.Open {
		if in.ID >= id {
			t.Fatalf("the incident %d is there, and the last number is %d", in.ID, m.LastIncident)
		}
	}
	in := incidentOf(id, model.CheckID(fmt.Sprint("new-", id)))
	to := model.Destination{Channel: "telegram", Chat: model.ChatID(5000 + id)}
	ids, err := db.Commit(ctx, model.Change{
		Checks: map[model.CheckID]model.CheckState{in.Check: {Phase: model.PhaseDown}}, Incidents: []model.Incident{in},
		Transitions:   []model.Transition{{Check: in.Check, At: now().Add(time.Second), Phase: model.PhaseDown, Status: model.StatusFail}},
		Notifications: []model.Notification{{Kind: model.NotifyOpened, Incident: id, To: to, Severity: model.SeverityCritical, Created: now(), Snapshot: model.Snapshot{Incident: &in}}},
		Audit:         []model.AuditEntry{{At: now(), Action: "test"}},
	})
	ok(t, err)
	due, err := db.Due(ctx, now(), 10)
	ok(t, err)
	n := slices.IndexFunc(due, func(n model.Notification) bool { return n.ID == ids[0] && n.To == to })
	if n < 0 || len(due) < 3 {
		t.Fatalf("the new alert is not due: %d are", len(due))
	}
	begun, err := db.Begin(ctx, ids[0], model.NotifyOpened)
	ok(t, err)
	if !begun {
		t.Fatal("the new alert cannot be sent")
	}
	ok(t, db.Sent(ctx, due[n], model.Receipt{Message: 5}))
}

// readAll calls what reads, as the rooms do; nothing fails for one row.
func readAll(t *testing.T, db *store.DB) {
	t.Helper()
	ctx := t.Context()
	span := model.Span{From: now().Add(-24 * time.Hour), To: now().Add(24 * time.Hour)}
	errs := map[string]error{}
	_, errs["waiting"] = db.Waiting(ctx, 100)
	_, errs["dead"] = db.DeadLetters(ctx, 100)
	_, errs["backlog"] = db.Backlog(ctx, second, 0, 100)
	_, _, errs["backlog size"] = db.BacklogSize(ctx, second)
	_, errs["next"] = db.NextDue(ctx, now())
	_, errs["queue"] = db.Queue(ctx, now())
	_, errs["failing"] = db.Outages(ctx)
	_, errs["copied"] = db.Copied(ctx, 1, first)
	_, errs["copied"] = db.Copied(ctx, 2, first)
	_, errs["incidents"] = db.Incidents(ctx, time.Time{}, 100)
	_, errs["past events"] = db.PastEvents(ctx, time.Time{}, 100, func(*model.Event) bool { return true })
	_, errs["gathered"] = db.GatheredKeys(ctx, span)
	_, errs["events"] = db.EventsOf(ctx, "icinga", time.Time{})
	_, errs["transitions"] = db.Transitions(ctx, []model.CheckID{"main-db", "licence"}, span)
	_, errs["gaps"] = db.Gaps(ctx, span)
	_, errs["mutes"] = db.MutesIn(ctx, span)
	_, errs["alive"] = db.Alive(ctx)
	_, errs["numbers"] = db.CheckNumbers(ctx)
	_, errs["hours"] = db.PackedHours(ctx, model.PackHours, time.Time{})
	errs["packs"] = db.Packs(ctx, model.PackQuery{Groups: []int{0}, Span: span}, func(*model.Pack) error { return nil })
	_, errs["baseline"] = db.Baseline(ctx, "shop")
	_, errs["heartbeat"] = db.Heartbeat(ctx, "shop")
	errs["heartbeats"] = db.KeepHeartbeats(ctx, []model.CheckID{"shop", "bank", "abc", model.CheckID(strings.Repeat("x", 1<<20)), "no_such", "", "null"})
	_, errs["slots"] = db.Slots(ctx)
	_, errs["answers"] = db.LoadAnswers(ctx)
	_, _, errs["paired"] = db.Paired(ctx)
	_, errs["moves"] = db.Moves(ctx)
	_, errs["pauses"] = db.Pauses(ctx)
	_, errs["audit"] = db.AuditSince(ctx, time.Time{}, 100)
	_, _, errs["button"] = db.Button(ctx, "a")
	_, errs["updates"] = db.PendingUpdates(ctx)
	_, errs["set aside"] = db.SetAside(ctx, 100)
	for _, id := range []int64{3, 6, 9} {
		_, errs[fmt.Sprint("report ", id)] = db.ReportParts(ctx, id)
	}
	errs["move"] = db.Migrate(ctx, -777, -778)
	for what, err := range errs {
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
}
