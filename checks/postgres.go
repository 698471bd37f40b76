package checks

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"opsbot/model"
)

// PostgresOptions are the options of kind "postgres": a database accepts our login and answers a query.
type PostgresOptions struct {
	Address      string       `toml:"address"`       // host:port. Default port 5432
	User         string       `toml:"user"`          // login
	Password     model.Secret `toml:"password"`      // of the login
	PasswordFile string       `toml:"password_file"` // contains the password
	Database     string       `toml:"database"`      // default: the user's name
	SSLMode      string       `toml:"sslmode"`       // one of sslModes. Default prefer
	CAFile       string       `toml:"ca_file"`       // PEM of authorities to trust instead of the machine's, with verify-full
	Query        string       `toml:"query"`         // its first value must be true, or truthy. Default select 1
	Targets
}

// sslModes are the unambiguous ones of libpq.
var sslModes = [...]string{"disable", "prefer", "require", "verify-full"}

// The defaults of kind "postgres".
const (
	postgresPort  = 5432
	defaultSSL    = "prefer"
	defaultSelect = "select 1"
)

// The phases of kind "postgres".
const (
	phaseLogin = "login"
	phaseQuery = "query"
)

// Validate returns what is wrong.
func (o *PostgresOptions) Validate() []model.Sentence {
	var wrong []model.Sentence
	if len(o.set(o.Address)) == 0 {
		wrong = append(wrong, model.Say("config.missing.like", "key", "address", "example", "10.0.0.9:5432"))
	}
	wrong = append(wrong, o.wrong(o.Address)...)
	if o.User == "" {
		wrong = append(wrong, model.Say("config.missing.login", "key", "user"))
	}
	wrong = append(wrong, wrongSecret(o.around, o.Password, "password", o.PasswordFile)...)
	for key, text := range map[string]string{"user": o.User, "database": o.Database, "password": o.Password.Reveal(), "query": o.Query} {
		if strings.Contains(text, "\x00") {
			wrong = append(wrong, model.Say("config.zero_byte", "key", key))
		}
	}
	switch {
	case !slices.Contains(sslModes[:], o.SSLMode):
		wrong = append(wrong, model.OneOf("sslmode", []byte(o.SSLMode), sslModes[:]...).What)
	case o.CAFile != "" && o.SSLMode != "verify-full":
		wrong = append(wrong, model.Say("config.needs", "key", "ca_file", "other", `sslmode = "verify-full"`))
	}
	return append(wrong, o.wrongRoots(o.CAFile)...)
}

// Checker returns the check.
func (o *PostgresOptions) Checker() model.Checker {
	c := postgresCheck{user: o.User, database: o.Database, query: o.Query, mode: o.SSLMode, names: o.names}
	c.password, _ = secretOf(o.around, o.Password, o.PasswordFile) // valid: Validate has checked it
	if c.database == "" {
		c.database = c.user
	}
	roots, _ := readRoots(o.around.Path(o.CAFile)) // so is this
	return o.checker(o.Address, "", func(address string) model.Checker {
		one := c
		one.address = address
		host, _, _ := net.SplitHostPort(address)                                                                                                   // valid: every address was checked
		one.tls = &tls.Config{ServerName: host, RootCAs: roots.pool, MinVersion: tls.VersionTLS12, InsecureSkipVerify: o.SSLMode != "verify-full"} //nolint:gosec // what the mode asks for
		return one
	})
}

type postgresCheck struct {
	address, user, password, database, query, mode string

	tls   *tls.Config
	names *Names
}

func (c postgresCheck) at(address string) model.Checker {
	c.address = address
	return c
}

// Check logs in and runs the query.
func (c postgresCheck) Check(ctx context.Context) model.Result {
	d := &postgresDialer{p: newProbe(ctx, c.names), address: c.address}
	config, err := c.config(d.dial)
	if err != nil {
		return d.p.result(unknown(model.ReasonLocal, "said", plain(err)))
	}
	conn, err := pgconn.ConnectConfig(ctx, config)
	d.done.Store(true)
	switch {
	case d.failed != nil:
		return d.p.result(d.failed)
	case err != nil:
		return d.p.result(c.explain(d.p, lastOf(err)))
	}
	failed := c.ask(ctx, d.p, conn)
	goodbye, cancel := context.WithTimeout(context.WithoutCancel(ctx), farewell)
	defer cancel()
	_ = conn.Close(goodbye) // the result is known
	_ = conn.Conn().Close() // a hung server is not waited for
	<-conn.CleanupDone()
	return d.p.result(failed)
}

// postgresDialer dials for pgconn, while it connects. Later it would dial on its own, only to cancel a query.
type postgresDialer struct {
	p       *probe
	address string
	failed  *finding // the result of dialling, in our words
	done    atomic.Bool
}

func (d *postgresDialer) dial(ctx context.Context, _, _ string) (conn net.Conn, err error) {
	switch {
	case d.done.Load():
		return nil, errNotDialled
	case d.p.phase == phaseLogin && timeLeft(ctx) < leastLook: // the first of two login attempts used up the time
		return nil, context.DeadlineExceeded
	}
	if conn, d.failed = d.p.dial(ctx, d.address); d.failed != nil {
		return nil, errNotDialled
	}
	d.p.phase = phaseLogin
	return conn, nil
}

// errNotDialled stands for a finding on its way through pgconn.
var errNotDialled = errors.New("not dialled")

// farewell bounds the clean end of a connection: without it the server logs a line for each check.
const farewell = time.Second

// overEnvironment overrides what pgconn would read from variables and files of the user who started opsbot.
const overEnvironment = "host=x port=1 user=x password=x dbname=x passfile=/dev/null target_session_attrs=any " +
	"sslmode=disable sslrootcert='' sslcert='' sslkey='' sslpassword='' sslsni=1 sslnegotiation=postgres"

// config returns the connection settings. Nothing is taken from the environment: it is parsed from a text that sets
// everything, and then filled in.
func (c postgresCheck) config(dial pgconn.DialFunc) (*pgconn.Config, error) {
	config, err := pgconn.ParseConfig(overEnvironment)
	if err != nil {
		return nil, err
	}
	host, port, err := net.SplitHostPort(c.address)
	if err != nil {
		return nil, err
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil, err
	}
	config.Host, config.Port, config.User, config.Password, config.Database = host, uint16(n), c.user, c.password, c.database
	config.ConnectTimeout, config.MaxProtocolMessageBodyLen = 0, maxBody
	config.RuntimeParams = map[string]string{"application_name": "opsbot"}
	config.DialFunc = dial
	config.LookupFunc = func(_ context.Context, host string) ([]string, error) { return []string{host}, nil } // dial does
	if c.mode != "disable" {
		config.TLSConfig = c.tls
	}
	config.Fallbacks = nil
	if c.mode == "prefer" {
		config.Fallbacks = []*pgconn.FallbackConfig{{Host: host, Port: uint16(n)}}
	}
	return config, nil
}

// ask runs the query read-only, and evaluates its first value. The server ends it with our timeout.
func (c postgresCheck) ask(ctx context.Context, p *probe, conn *pgconn.PgConn) *finding {
	p.phase = phaseQuery
	begun := time.Now()
	set := fmt.Sprintf("begin read only; set local statement_timeout = %d", max(1, timeLeft(ctx).Milliseconds()))
	if err := conn.Exec(ctx, set).Close(); err != nil {
		return c.explain(p, err)
	}
	value, err := firstValue(conn.Exec(ctx, c.query))
	p.phases.FirstByte = time.Since(begun)
	if err != nil {
		return c.explain(p, err)
	}
	p.measure(model.MeasuredValue, "got", glimpse(value))
	if truthyText(value) {
		return nil
	}
	return fail(model.ReasonPostgresFalse, "want", shortened(oneLine(c.query)), "got", glimpse(value), "took", p.took(), "addr", p.address)
}

// firstValue is the first value of the first row; nil if there is none. The rest is not read.
func firstValue(results *pgconn.MultiResultReader) ([]byte, error) {
	if results.NextResult() {
		if rows := results.ResultReader(); rows.NextRow() && len(rows.Values()) > 0 {
			return slices.Clone(rows.Values()[0]), nil
		}
	}
	return nil, results.Close()
}

// truthyText is truthy for values as PostgreSQL writes them.
func truthyText(value []byte) bool {
	switch text := string(value); text {
	case "", "f", "false":
		return false
	default:
		n, err := strconv.ParseFloat(text, 64)
		return err != nil || n != 0
	}
}

// explain turns an error of the database, or of the connection, into a finding. The server's text is passed on: it never
// receives our password in a form that it could repeat.
func (c postgresCheck) explain(p *probe, err error) *finding {
	e, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return p.explainTLS(c.tls.ServerName, err)
	}
	said := shortened(oneLine(e.Message))
	switch {
	case strings.HasPrefix(e.Code, "28"): // https://www.postgresql.org/docs/current/errcodes-appendix.html
		return fail(model.ReasonPostgresLogin, "user", c.user, "said", said, "addr", p.address)
	case e.Code == "3D000", e.Code == "42501" && p.phase == phaseLogin:
		return fail(model.ReasonPostgresDatabase, "name", c.database, "said", said, "addr", p.address)
	case e.Code == "53300":
		return fail(model.ReasonPostgresFull, "said", said, "addr", p.address)
	case strings.HasPrefix(e.Code, "57P"): // starting up, in recovery, shutting down: the server says which
		return fail(model.ReasonPostgresAway, "said", said, "addr", p.address)
	case e.Code == "57014":
		return fail(model.ReasonTimeout, "addr", p.address, "phase", p.phase, "limit", p.limit.String())
	default:
		return fail(model.ReasonPostgresError, "said", said, "code", e.Code, "addr", p.address)
	}
}

// lastOf is the last of joined errors: of several attempts to connect, the last one.
func lastOf(err error) error {
	for inner := err; inner != nil; inner = errors.Unwrap(inner) {
		if many, ok := inner.(interface{ Unwrap() []error }); ok {
			if all := many.Unwrap(); len(all) > 0 {
				return lastOf(all[len(all)-1])
			}
		}
	}
	return err
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
