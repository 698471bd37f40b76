package kuma

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	_ "modernc.org/sqlite" // the driver
)

// The limits of a database: a damaged or a hostile one must not hang, nor fill the memory.
const (
	readTime  = time.Minute
	maxRows   = 20_000
	maxColumn = 64 << 10 // letters of one value
)

func isDatabase(path string) bool {
	f, err := os.Open(path) //nolint:gosec // reading the file that was asked for is the point
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }() // it was only read
	head := make([]byte, 16)
	n, _ := f.Read(head)
	return bytes.HasPrefix(head[:n], []byte("SQLite format 3"))
}

// readDatabase reads kuma.db. A running Kuma may write to it meanwhile.
func readDatabase(ctx context.Context, path string) (*data, error) {
	ctx, cancel := context.WithTimeout(ctx, readTime)
	defer cancel()
	db, err := open(ctx, path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = db.Close() }() // it was only read
	q := &queries{ctx: ctx, db: db}
	d := emptyData()
	d.monitors, d.notifications, d.maintenances = q.table("monitor"), q.table("notification"), q.table("maintenance")
	for _, r := range q.table("proxy") {
		d.proxies[r.text("id")] = r
	}
	q.links(d)
	if q.err == nil && len(q.columns("monitor")) == 0 {
		return nil, fmt.Errorf("no database of Uptime Kuma: it has no table monitor")
	}
	return d, q.err
}

// open opens a database for reading. One in a folder that cannot be written to is read as it is: its journal could not be followed.
func open(ctx context.Context, path string) (*sql.DB, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	var failed error
	for _, mode := range []string{"mode=ro", "mode=ro&immutable=1"} {
		u := url.URL{Scheme: "file", Path: absolute, RawQuery: mode + "&_pragma=query_only(1)&_pragma=trusted_schema(0)&_pragma=busy_timeout(5000)&_pragma=cell_size_check(1)"}
		db, err := sql.Open("sqlite", u.String())
		if err != nil {
			return nil, err
		}
		db.SetMaxOpenConns(1)
		var n int
		if err = db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_master").Scan(&n); err == nil {
			return db, nil
		}
		_ = db.Close() // the error of the query says more
		if failed == nil {
			failed = err
		}
	}
	return nil, failed
}

// queries read tables until one fails.
type queries struct {
	ctx context.Context //nolint:containedctx // it lives as long as one function
	db  *sql.DB
	err error
}

// columns are those of a table; none if there is no such table. A view is none: it could be endless.
func (q *queries) columns(table string) []string {
	var names []string
	q.each("SELECT i.name FROM pragma_table_info(?) i JOIN sqlite_master m ON m.name = ? AND m.type = 'table'", func(r row) { names = append(names, r.text("name")) }, table, table)
	return names
}

// table is all of a table, whatever columns its version has.
func (q *queries) table(name string) []row {
	columns := q.columns(name)
	if len(columns) == 0 || q.err != nil {
		return nil
	}
	for i, column := range columns {
		quoted := `"` + strings.ReplaceAll(column, `"`, `""`) + `"`
		columns[i] = "CASE WHEN typeof(" + quoted + ") IN ('text', 'blob') THEN substr(" + quoted + ", 1, " + strconv.Itoa(maxColumn) + ") ELSE " + quoted + " END AS " + quoted
	}
	var all []row
	//nolint:gosec // the names are those of the database, quoted
	q.each(`SELECT `+strings.Join(columns, ", ")+` FROM "`+name+`" ORDER BY id LIMIT `+strconv.Itoa(maxRows), func(r row) { all = append(all, r) })
	return all
}

// each calls do for each row of a query.
func (q *queries) each(query string, do func(row), args ...any) {
	if q.err != nil {
		return
	}
	rows, err := q.db.QueryContext(q.ctx, query, args...)
	if err != nil {
		q.err = err
		return
	}
	defer func() { _ = rows.Close() }() // its error is that of Err
	names, err := rows.Columns()
	for err == nil && rows.Next() {
		values, into := make([]any, len(names)), make([]any, len(names))
		for i := range values {
			into[i] = &values[i]
		}
		if err = rows.Scan(into...); err != nil {
			break
		}
		r := row{}
		for i, name := range names {
			r[strings.ToLower(name)] = values[i]
		}
		do(r)
	}
	if err == nil {
		err = rows.Err()
	}
	q.err = err
}

// links reads what belongs to which monitor.
func (q *queries) links(d *data) {
	tags, pages := map[string]string{}, map[string]string{}
	for _, r := range q.table("tag") {
		tags[r.text("id")] = r.text("name")
	}
	for _, r := range q.table("monitor_tag") {
		id := r.text("monitor_id")
		d.tags[id] = append(d.tags[id], row{"name": tags[r.text("tag_id")], "value": r.text("value")})
	}
	for _, r := range q.table("monitor_notification") {
		d.notifiedBy[r.text("notification_id")] = append(d.notifiedBy[r.text("notification_id")], r.text("monitor_id"))
	}
	for _, r := range q.table("monitor_maintenance") {
		d.during[r.text("maintenance_id")] = append(d.during[r.text("maintenance_id")], r.text("monitor_id"))
	}
	for _, r := range q.table("group") {
		pages[r.text("id")] = r.text("name")
	}
	for _, r := range q.table("monitor_group") {
		if d.groups[r.text("monitor_id")] == "" {
			d.groups[r.text("monitor_id")] = pages[r.text("group_id")]
		}
	}
	for _, r := range q.table("setting") {
		if days := r.list("value"); r.text("key") == "tlsExpiryNotifyDays" {
			d.warnDays(days)
		}
	}
}

// defaultDays is when Kuma warns of a certificate first.
const defaultDays = 21

func emptyData() *data {
	return &data{tags: map[string][]row{}, notifiedBy: map[string][]string{}, during: map[string][]string{}, groups: map[string]string{}, proxies: map[string]row{}, certDays: defaultDays}
}

// warnDays sets when the first warning of a certificate is due.
func (d *data) warnDays(texts []string) {
	most := 0
	for _, text := range texts {
		if n, err := strconv.Atoi(text); err == nil && n < 3650 {
			most = max(most, n)
		}
	}
	if most > 0 {
		d.certDays = most
	}
}
