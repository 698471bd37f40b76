//go:build integration

package integration_test

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"opsbot/model"
	"opsbot/test/ports"
)

// postgres starts one with a user of each kind of right.
func postgres(t *testing.T) (port, ca string) {
	t.Helper()
	_, port, ca = postgresServer(t)
	return port, ca
}

// postgresServer is that, with its process. It refuses to run as root: then it runs as the package's user.
func postgresServer(t *testing.T) (server *process, port, ca string) {
	t.Helper()
	programs, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil || len(programs) == 0 {
		t.Fatalf("no PostgreSQL here: %v", err)
	}
	as := unprivileged(t, "postgres")
	dir, err := os.MkdirTemp("", "opsbot-postgres-") //nolint:usetesting // of another owner, who could not enter t.TempDir
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	ca, key := certificate(t, dir, 30)
	secret := write(t, dir, "password", "s3cret")
	for _, path := range []string{dir, ca, key, secret} {
		if as != nil {
			if err := os.Chown(path, int(as.Uid), int(as.Gid)); err != nil {
				t.Fatal(err)
			}
		}
	}
	data, bin := filepath.Join(dir, "data"), programs[len(programs)-1]
	output(t, as, filepath.Join(bin, "initdb"), "-D", data, "-U", "boss", "-A", "scram-sha-256", "--pwfile", secret, "--no-sync", "--locale=C")
	port = ports.Free(t)
	server = launch(t, as, filepath.Join(bin, "postgres"), "-D", data, "-p", port, "-k", dir, "-h", "127.0.0.1", "-F",
		"-c", "ssl=on", "-c", "ssl_cert_file="+ca, "-c", "ssl_key_file="+key, "-c", "max_connections=6", "-c", "superuser_reserved_connections=3")
	server.answers(port)
	begun := time.Now()
	for r := (model.Result{}); r.Status != model.StatusOK; { // it listens before it accepts logins
		r = look(t, fmt.Sprintf("kind = \"postgres\"\naddress = \"127.0.0.1:%s\"\nuser = \"boss\"\npassword = \"s3cret\"\ndatabase = \"postgres\"", port))
		if r.Status != model.StatusOK && (r.Reason.Code != model.ReasonPostgresAway || time.Since(begun) > patience) {
			t.Fatalf("PostgreSQL starts: %+v", r)
		}
	}
	for _, sql := range []string{"create user watch password 'hunter2'", "create database shop owner watch", "create user locked nologin"} {
		ask(t, port, "boss", "s3cret", "postgres", sql)
	}
	ask(t, port, "watch", "hunter2", "shop", "create table jobs (n int)")
	return server, port, ca
}

// unprivileged is the user for programs that refuse to run as root; nil is our own.
func unprivileged(t *testing.T, name string) *syscall.Credential {
	t.Helper()
	if os.Getuid() != 0 {
		return nil
	}
	u, err := user.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	uid, errUID := strconv.ParseUint(u.Uid, 10, 32)
	gid, errGID := strconv.ParseUint(u.Gid, 10, 32)
	if errUID != nil || errGID != nil {
		t.Fatal(errUID, errGID)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

func connect(t *testing.T, port, name, password, database string) *pgconn.PgConn {
	t.Helper()
	conn, err := connected(t, port, name, password, database)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

func connected(t *testing.T, port, name, password, database string) (*pgconn.PgConn, error) {
	t.Helper()
	return pgconn.Connect(t.Context(), fmt.Sprintf("host=127.0.0.1 port=%s user=%s password='%s' dbname=%s sslmode=disable", port, name, password, database))
}

func ask(t *testing.T, port, name, password, database, sql string) {
	t.Helper()
	conn := connect(t, port, name, password, database)
	defer func() { _ = conn.Close(t.Context()) }()
	if _, err := conn.Exec(t.Context(), sql).ReadAll(); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func TestIntegrationPostgres(t *testing.T) {
	port, ca := postgres(t)
	as := func(name, password, rest string) string {
		return fmt.Sprintf("kind = \"postgres\"\naddress = \"127.0.0.1\"\nport = %s\nuser = %q\npassword = %q\n%s", port, name, password, rest)
	}
	shop := func(rest string) string { return as("watch", "hunter2", "database = \"shop\"\n"+rest) }
	well(t, "it lets us in", look(t, shop("")))
	well(t, "a query", look(t, shop(`query = "select count(*) < 10 from jobs"`)))
	wants(t, "a query that is not true", look(t, shop(`query = "select count(*) > 10 from jobs"`)), model.StatusFail, model.ReasonPostgresFalse, "got", "f")
	wants(t, "no row", look(t, shop(`query = "select n from jobs"`)), model.StatusFail, model.ReasonPostgresFalse)
	wants(t, "null", look(t, shop(`query = "select null"`)), model.StatusFail, model.ReasonPostgresFalse)
	wants(t, "no such table", look(t, shop(`query = "select * from none"`)), model.StatusFail, model.ReasonPostgresError, "code", "42P01")
	wants(t, "it can change nothing", look(t, shop(`query = "insert into jobs values (1) returning n"`)), model.StatusFail, model.ReasonPostgresError, "code", "25006")
	wants(t, "another password", look(t, as("watch", "hunter3", `database = "shop"`)), model.StatusFail, model.ReasonPostgresLogin, "said", "password authentication failed")
	wants(t, "one who may not log in", look(t, as("locked", "x", `database = "shop"`)), model.StatusFail, model.ReasonPostgresLogin)
	wants(t, "no such database", look(t, as("watch", "hunter2", "")), model.StatusFail, model.ReasonPostgresDatabase, "name", "watch")

	begun := time.Now()
	wants(t, "a slow query", look(t, shop("timeout = \"1s\"\nquery = \"select pg_sleep(60)\"")), model.StatusFail, model.ReasonTimeout, "phase", "query")
	well(t, "many rows", look(t, shop(`query = "select generate_series(1, 100000000)"`)))
	if r := look(t, shop(`query = "select repeat('x', 100000000)"`)); r.Status == model.StatusOK {
		t.Errorf("a value of 100 MB was accepted: %+v", r)
	}
	if took := time.Since(begun); took > 30*time.Second {
		t.Errorf("the three took %v", took)
	}

	well(t, "TLS", look(t, shop(`sslmode = "require"`)))
	well(t, "TLS of a name", look(t, shop(fmt.Sprintf("sslmode = \"verify-full\"\nca_file = %q", ca))))
	wants(t, "TLS of nobody we know", look(t, shop(`sslmode = "verify-full"`)), model.StatusFail, model.ReasonTLS)
	well(t, "no TLS", look(t, shop(`sslmode = "disable"`)))

	fill(t, port)
	r := look(t, shop(""))
	wants(t, "no connection left", r, model.StatusFail, model.ReasonPostgresFull)
	if strings.Contains(fmt.Sprint(r), "hunter2") {
		t.Error("the password is in the reason")
	}
}

// fill takes every connection that PostgreSQL has for ordinary users. Backends of checks before it may still be ending: a connection
// is asked for until there is one.
func fill(t *testing.T, port string) {
	t.Helper()
	begun := time.Now()
	for taken := 0; taken < 3; {
		conn, err := connected(t, port, "watch", "hunter2", "shop")
		var refused *pgconn.PgError
		switch {
		case err == nil:
			taken++
			t.Cleanup(func() { _ = conn.Conn().Close() })
		case !errors.As(err, &refused) || refused.Code != "53300" || time.Since(begun) > patience: // too_many_connections
			t.Fatalf("take connection %d: %v", taken+1, err)
		}
	}
}
