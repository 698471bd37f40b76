package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"opsbot/model"
)

// postgresServer is a store in a database of a PostgreSQL server. It keeps nothing in a session, so that a pooler such as pgbouncer may
// stand between: what a transaction needs is set in it.
type postgresServer struct {
	config *pgx.ConnConfig
	now    func() time.Time
	marks  marks
	epoch  int64 // of the only leader that may write; 0: whoever has opened it

	write *sql.DB // one connection: what is read and written back by one transaction is safe without locks
	read  *sql.DB
}

// The bounds of talking to a server.
const (
	connectBound   = 5 * time.Second
	silenceBound   = 6 * time.Second  // of the network: sent and not confirmed
	statementBound = 60 * time.Second // of one statement of a write
	openBound      = 10 * time.Second // of waiting for transactions of an earlier start
	idleBound      = 2 * time.Second  // of a write transaction between two statements: its locks hold up everybody
)

// oldestServer is the first version that this was made for, as server_version_num says it.
const oldestServer = 13

func newPostgres(o Options) (*postgresServer, error) {
	config, err := pgx.ParseConfig(o.DSN)
	if err != nil {
		return nil, &model.Error{Code: model.ErrDatabaseDSN, Err: errDSN}
	}
	config.DefaultQueryExecMode = pgx.QueryExecModeExec // one round trip for a statement, and none prepared
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectBound
	}
	config.RuntimeParams["application_name"] = applicationName
	if o.copying {
		config.RuntimeParams["application_name"] = copyName
	}
	if config.ValidateConnect == nil { // of several hosts the one that can be written to
		config.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	}
	config.DialFunc = (&net.Dialer{KeepAlive: silenceBound, Control: boundSilence}).DialContext
	return &postgresServer{config: config, now: o.Now, epoch: o.Epoch, marks: marks{writer: rand.Text(), open: map[int64]bool{}}}, nil
}

// What opsbot is called in pg_stat_activity.
const (
	applicationName = "opsbot"
	copyName        = "opsbot store copy"
)

// errDSN hides what was wrong with a connection string: it may hold a password.
var errDSN = errors.New("the connection string is not one")

// tcpUserTimeout is TCP_USER_TIMEOUT of Linux, which package syscall lacks: tcp(7).
const tcpUserTimeout = 18

// boundSilence has the kernel give up a connection on which what was sent is not confirmed.
func boundSilence(network, _ string, c syscall.RawConn) (err error) {
	if network == "unix" {
		return nil
	}
	controlled := c.Control(func(fd uintptr) {
		err = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpUserTimeout, int(silenceBound.Milliseconds()))
	})
	return errors.Join(controlled, err)
}

func (s *postgresServer) place() string {
	return net.JoinHostPort(s.config.Host, strconv.Itoa(int(s.config.Port))) + "/" + s.config.Database
}

func (s *postgresServer) connect(ctx context.Context) (write, read *sql.DB, err error) {
	s.write, s.read = s.pool(1), s.pool(readers)
	if err := s.write.PingContext(ctx); err != nil {
		return nil, nil, errors.Join(s.opening(err), s.write.Close(), s.read.Close())
	}
	return s.write, s.read, nil
}

func (s *postgresServer) pool(conns int) *sql.DB {
	db := stdlib.OpenDB(*s.config, stdlib.OptionAfterConnect(func(_ context.Context, c *pgx.Conn) error {
		return serverVersion(c.PgConn().ParameterStatus("server_version"))
	}))
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db
}

// errTooOld is the error of a server that this was not made for.
type errTooOld struct{ version string }

func (e *errTooOld) Error() string {
	return fmt.Sprintf("PostgreSQL %s is too old: opsbot needs %d or later", e.version, oldestServer)
}

// serverVersion refuses a version such as "9.6.24" or "12.1 (Debian 12.1-1)". One that says nothing known is taken.
func serverVersion(said string) error {
	digits := strings.IndexFunc(said+".", func(r rune) bool { return r < '0' || r > '9' })
	if major, err := strconv.Atoi(said[:digits]); err == nil && major < oldestServer {
		return &errTooOld{said}
	}
	return nil
}

func (s *postgresServer) opening(err error) error {
	if e, ok := errors.AsType[*model.Error](err); ok {
		return e
	}
	return &model.Error{Code: model.ErrDatabaseServer, Args: map[string]string{"path": s.place(), "what": inWords(err, true)}, Err: err}
}

func (s *postgresServer) alone(ctx context.Context) error {
	n, err := countRows(ctx, s.write, `SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = '`+applicationName+`'`)
	if err == nil && n > 0 {
		err = errInUse
	}
	if err != nil {
		return s.opening(err)
	}
	return nil
}

func (s *postgresServer) close(context.Context) error { return nil }
func (s *postgresServer) release() error              { return nil }

// lockMigrations is how often and how long an upgrade asks whether another opsbot has ended its own.
const (
	lockPace  = time.Second
	lockTries = 300
)

func (s *postgresServer) migrations() (goose.Dialect, []goose.ProviderOption, error) {
	if s.epoch != 0 { // the lease keeps others out; the lock of a session that is cut off would stay
		return goose.DialectPostgres, nil, nil
	}
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(uint64(lockPace.Seconds()), lockTries))
	if err != nil {
		return "", nil, fmt.Errorf("lock migrations: %w", err)
	}
	return goose.DialectPostgres, []goose.ProviderOption{goose.WithSessionLocker(locker)}, nil
}

// backup is the server's own business: pg_dump, or an archive of its log.
func (s *postgresServer) backup(context.Context, int64) error { return nil }

// upgraded has text compared by its bytes, as SQLite does, whatever the language of the database: order must not depend on where it is.
func (s *postgresServer) upgraded(ctx context.Context) error {
	r, err := s.write.QueryContext(ctx, `SELECT format('ALTER TABLE %I ALTER COLUMN %I TYPE text COLLATE "C"', table_name, column_name)
		FROM information_schema.columns WHERE table_schema = current_schema() AND table_name IN (SELECT unnest(string_to_array($1, ' ')))
		AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C' ORDER BY table_name, ordinal_position`, strings.Join(Tables(), " "))
	if err != nil {
		return err
	}
	statements, err := scanTexts(r)
	if err != nil || len(statements) == 0 {
		return err
	}
	t, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	for _, statement := range statements {
		if _, err := t.ExecContext(ctx, statement); err != nil {
			return errors.Join(err, t.Rollback())
		}
	}
	return t.Commit()
}

func scanTexts(r *sql.Rows) (all []string, err error) {
	defer func() { err = errors.Join(err, r.Close()) }()
	for r.Next() {
		var text string
		if err := r.Scan(&text); err != nil {
			return nil, err
		}
		all = append(all, text)
	}
	return all, r.Err()
}

// opened waits until what an earlier opsbot had under way has ended: a server may still commit for a program that was killed. Each write
// transaction holds a lock on the table of marks that this one has to wait for.
func (s *postgresServer) opened(ctx context.Context) error {
	t, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	for _, query := range []string{`SELECT set_config('lock_timeout', '` + milliseconds(openBound) + `', true)`, `LOCK TABLE commit_mark IN SHARE ROW EXCLUSIVE MODE`} {
		if _, err := t.ExecContext(ctx, query); err != nil {
			return errors.Join(err, t.Rollback())
		}
	}
	return t.Commit()
}

func (s *postgresServer) look(context.Context) Presence { return Presence{} }
func (s *postgresServer) fromCopy() string              { return "" }

// rowID is the place of a row in the file of its table: page and line. It changes when the row does.
func (s *postgresServer) rowID() string {
	return `((ctid::text::point)[0]::bigint << 16) + (ctid::text::point)[1]::bigint`
}

func (s *postgresServer) atRowID() string {
	return `ctid = ('(' || ($1::bigint >> 16) || ',' || ($1::bigint & 65535) || ')')::tid`
}

func (s *postgresServer) columns() string {
	return `SELECT attname::text, CASE format_type(atttypid, NULL) WHEN 'bigint' THEN 'integer' WHEN 'bytea' THEN 'blob' ELSE 'text' END
		FROM pg_attribute WHERE attrelid = to_regclass($1::text) AND attnum > 0 AND NOT attisdropped ORDER BY attnum`
}

// mistyped: the server keeps to the types of its columns.
func (s *postgresServer) mistyped(column) string { return "" }

// mostArgs: the protocol takes 65,535.
func (s *postgresServer) mostArgs() int { return 30_000 }

// many has one argument for each column, all of its values: the server reads a statement of thousands of arguments for longer than it takes
// to do what it says. It has a row of arguments where a column has anything but texts or numbers.
func (s *postgresServer) many(in *insertion, args []any) statement {
	columns, types, ok := inColumns(args, in.columns)
	if !ok {
		return in.values(args)
	}
	return statement{in.into + " SELECT * FROM unnest(" + types + ") " + in.rest, columns}
}

func (s *postgresServer) unfinished(_, moment string) string { return moment + ` = 0` }
func (s *postgresServer) size() string                       { return `SELECT pg_database_size(current_database())` }

// marks number the write transactions of one start, so that the server can be asked what became of one whose answer was lost.
type marks struct {
	writer string

	mu   sync.Mutex
	last int64
	open map[int64]bool // not known to have ended
}

// take returns the number of a new transaction, and the oldest one that somebody may still ask about.
func (m *marks) take() (number, oldest int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.last++
	m.open[m.last] = true
	oldest = m.last
	for n := range m.open {
		oldest = min(oldest, n)
	}
	return m.last, oldest
}

func (m *marks) end(number int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.open, number)
}
