package checks_test

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"opsbot/checks"
	"opsbot/model"
)

// database is a server that speaks the few messages of PostgreSQL that a login and a query need.
type database struct {
	refuse *pgproto3.ErrorResponse // instead of accepting the login
	hang   string                  // "startup", "login", "query": stays silent from there on
	fault  *pgproto3.ErrorResponse // in answer to the second query
	value  []byte                  // of the one row; nil is NULL
	empty  bool                    // no row
	cert   *tls.Certificate        // nil: no TLS
	secret string                  // asks for it in clear, and refuses another

	queries chan string
}

func (d *database) serve(t *testing.T) string {
	t.Helper()
	d.queries = make(chan string, 16)
	return talker(t, func(conn net.Conn) {
		if d.hang == "startup" {
			_, _ = io.Copy(io.Discard, conn) // until the other side is gone
			return
		}
		conn, ok := d.hello(conn)
		b := pgproto3.NewBackend(conn, conn)
		if !ok {
			return
		}
		if _, err := b.ReceiveStartupMessage(); err != nil || d.hang == "login" {
			_, _ = io.Copy(io.Discard, conn)
			return
		}
		if d.letIn(b) {
			d.answer(b, conn)
		}
	})
}

// talker is a server that runs serve for each connection. It ends with the test.
func talker(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var open sync.WaitGroup
	stop, cancel := context.WithCancel(context.Background())
	open.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			open.Go(func() {
				defer context.AfterFunc(stop, func() { _ = conn.Close() })()
				defer func() { _ = conn.Close() }()
				serve(conn)
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		cancel()
		open.Wait()
	})
	return l.Addr().String()
}

// hello answers the request for TLS, if there is one.
func (d *database) hello(conn net.Conn) (net.Conn, bool) {
	head := make([]byte, 8)
	if _, err := io.ReadFull(conn, head); err != nil {
		return conn, false
	}
	if binary.BigEndian.Uint32(head[4:]) != 80877103 { // SSLRequest
		return &peekConn{Conn: conn, limited: head}, true
	}
	if d.cert == nil {
		_, err := conn.Write([]byte("N"))
		return conn, err == nil
	}
	_, err := conn.Write([]byte("S"))
	return tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{*d.cert}}), err == nil
}

// peekConn returns what was peeked at first.
type peekConn struct {
	net.Conn
	limited []byte
}

func (c *peekConn) Read(into []byte) (int, error) {
	if len(c.limited) > 0 {
		n := copy(into, c.limited)
		c.limited = c.limited[n:]
		return n, nil
	}
	return c.Conn.Read(into)
}

func (d *database) letIn(b *pgproto3.Backend) bool {
	if d.secret != "" {
		b.Send(&pgproto3.AuthenticationCleartextPassword{})
		if b.Flush() != nil || b.SetAuthType(pgproto3.AuthTypeCleartextPassword) != nil {
			return false
		}
		if m, err := b.Receive(); err != nil || m.(*pgproto3.PasswordMessage).Password != d.secret {
			b.Send(&pgproto3.ErrorResponse{Severity: "FATAL", Code: "28P01", Message: `password authentication failed for user "watch"`})
			_ = b.Flush()
			return false
		}
	}
	if d.refuse != nil {
		b.Send(d.refuse)
		_ = b.Flush()
		return false
	}
	b.Send(&pgproto3.AuthenticationOk{})
	b.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
	return b.Flush() == nil
}

func (d *database) answer(b *pgproto3.Backend, conn net.Conn) {
	for n := 1; ; n++ {
		m, err := b.Receive()
		q, ok := m.(*pgproto3.Query)
		if err != nil || !ok {
			return
		}
		d.queries <- q.String
		switch {
		case d.hang == "query":
			_, _ = io.Copy(io.Discard, conn)
			return
		case n == 1:
		case d.fault != nil:
			b.Send(d.fault)
		case d.empty:
			b.Send(&pgproto3.RowDescription{Fields: []pgproto3.FieldDescription{{Name: []byte("v")}}})
		default:
			b.Send(&pgproto3.RowDescription{Fields: []pgproto3.FieldDescription{{Name: []byte("v")}}})
			b.Send(&pgproto3.DataRow{Values: [][]byte{d.value}})
		}
		b.Send(&pgproto3.CommandComplete{CommandTag: []byte("SELECT 1")})
		b.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
		if b.Flush() != nil {
			return
		}
	}
}

func postgres(t *testing.T, address string) *checks.PostgresOptions {
	t.Helper()
	o := options[checks.PostgresOptions](t, checks.Deps{}, "postgres")
	o.Address, o.User, o.Password = address, "watch", model.NewSecret("hunter2")
	return o
}

func TestPostgres(t *testing.T) {
	refused := func(code, message string) *pgproto3.ErrorResponse {
		return &pgproto3.ErrorResponse{Severity: "FATAL", Code: code, Message: message}
	}
	cases := []struct {
		name string
		db   database
		code model.ReasonCode
		said string
	}{
		{"all is ok", database{value: []byte("1"), secret: "hunter2"}, "", ""},
		{"true", database{value: []byte("t")}, "", ""},
		{"a word", database{value: []byte("yes")}, "", ""},
		{"false", database{value: []byte("f")}, model.ReasonPostgresFalse, ""},
		{"zero", database{value: []byte("0.00")}, model.ReasonPostgresFalse, ""},
		{"null", database{}, model.ReasonPostgresFalse, ""},
		{"no row", database{empty: true}, model.ReasonPostgresFalse, ""},
		{"another password", database{secret: "hunter3"}, model.ReasonPostgresLogin, "password authentication failed"},
		{"not from here", database{refuse: refused("28000", "no pg_hba.conf entry for host")}, model.ReasonPostgresLogin, "no pg_hba.conf entry"},
		{"no such database", database{refuse: refused("3D000", `database "watch" does not exist`)}, model.ReasonPostgresDatabase, "does not exist"},
		{"not this database", database{refuse: refused("42501", "permission denied for database")}, model.ReasonPostgresDatabase, "permission denied"},
		{"too many", database{refuse: refused("53300", "sorry, too many clients already")}, model.ReasonPostgresFull, "too many clients"},
		{"starting", database{refuse: refused("57P03", "the database system is starting up")}, model.ReasonPostgresAway, "starting up"},
		{"recovering", database{refuse: refused("57P03", "the database system is in recovery mode")}, model.ReasonPostgresAway, "in recovery mode"},
		{"no such table", database{fault: refused("42P01", `relation "jobs" does not exist`)}, model.ReasonPostgresError, `relation "jobs"`},
		{"no right to the table", database{fault: refused("42501", "permission denied for table jobs")}, model.ReasonPostgresError, "permission denied"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := runKind(t, postgres(t, c.db.serve(t)))
			if r.Reason.Code != c.code || (r.Status == model.StatusOK) != (c.code == "") || !strings.Contains(r.Reason.Args["said"], c.said) {
				t.Errorf("got %s %+v", r.Status, r.Reason)
			}
			if strings.Contains(fmt.Sprintf("%+v", r), "hunter2") {
				t.Errorf("the password is in %+v", r)
			}
		})
	}
}

func TestPostgresHangs(t *testing.T) {
	for at, phase := range map[string]string{"startup": "login", "login": "login", "query": "query"} {
		db := database{hang: at}
		c := check(t, postgres(t, db.serve(t)))
		c.Timeout = 200 * time.Millisecond
		if r := run(t, c); r.Reason.Code != model.ReasonTimeout || r.Reason.Args["phase"] != phase {
			t.Errorf("%s: %+v", at, r.Reason)
		}
	}
}

func TestPostgresAsksWhereItCanChangeNothing(t *testing.T) {
	db := database{value: []byte("1")}
	o := postgres(t, db.serve(t))
	o.Query = "select count(*) < 100 from jobs"
	if r := runKind(t, o); r.Status != model.StatusOK {
		t.Fatalf("got %+v", r)
	}
	if set := <-db.queries; !strings.HasPrefix(set, "begin read only; set local statement_timeout = ") {
		t.Errorf("the first query is %q", set)
	}
	if q := <-db.queries; q != o.Query {
		t.Errorf("the second query is %q", q)
	}
}

func TestPostgresTLS(t *testing.T) {
	cert := certificate(t, 60*model.Day)
	file := roots(t, cert)
	cases := []struct {
		name, mode string
		db         database
		ca         string
		code       model.ReasonCode
	}{
		{"preferred and there", "prefer", database{cert: &cert}, "", ""},
		{"preferred and not there", "prefer", database{}, "", ""},
		{"required and there", "require", database{cert: &cert}, "", ""},
		{"required and not there", "require", database{}, "", model.ReasonNet},
		{"verified: not the name", "verify-full", database{cert: &cert}, file, model.ReasonTLS},
		{"verified: an authority that we do not know", "verify-full", database{cert: &cert}, "", model.ReasonTLS},
		{"without", "disable", database{cert: &cert}, "", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			c.db.value = []byte("1")
			o := postgres(t, c.db.serve(t))
			o.SSLMode, o.CAFile = c.mode, c.ca
			if r := runKind(t, o); r.Reason.Code != c.code {
				t.Errorf("got %+v", r.Reason)
			}
		})
	}
}

// TestPostgresTakesNothingFromTheEnvironment: the user who starts opsbot may have set up psql.
func TestPostgresTakesNothingFromTheEnvironment(t *testing.T) {
	for name, value := range map[string]string{"PGPASSWORD": "other", "PGUSER": "other", "PGDATABASE": "other", "PGSSLMODE": "verify-full", "PGSSLROOTCERT": "/nowhere", "PGOPTIONS": "-c x=y"} {
		t.Setenv(name, value)
	}
	db := database{value: []byte("1"), secret: "hunter2"}
	if r := runKind(t, postgres(t, db.serve(t))); r.Status != model.StatusOK {
		t.Errorf("got %+v", r)
	}
}

func TestPostgresSaysWhatIsWrong(t *testing.T) {
	cases := map[string]func(o *checks.PostgresOptions){
		"address is missing": func(o *checks.PostgresOptions) { o.Address = "" },
		"user is missing":    func(o *checks.PostgresOptions) { o.User = "" },
		`sslmode "yes" is not allowed; allowed: disable`: func(o *checks.PostgresOptions) { o.SSLMode = "yes" },
		`ca_file needs sslmode = "verify-full"`:          func(o *checks.PostgresOptions) { o.CAFile = roots(t, certificate(t, time.Hour)) },
		`password_file "/nowhere" cannot be read`:        func(o *checks.PostgresOptions) { o.Password, o.PasswordFile = model.Secret{}, "/nowhere" },
		"query contains a zero byte":                     func(o *checks.PostgresOptions) { o.Query = "select\x001" },
		"address \"10.0.0.9:port\": port":                func(o *checks.PostgresOptions) { o.Address = "10.0.0.9:port" },
	}
	for want, change := range cases {
		o := postgres(t, "10.0.0.9")
		change(o)
		if wrong := strings.Join(inEnglish(o.Validate()), "; "); !strings.Contains(wrong, want) || strings.Contains(wrong, "hunter2") {
			t.Errorf("%q, want %q", wrong, want)
		}
	}
}
