// Package postgres starts a real PostgreSQL for tests, in a temporary folder and on a socket of its own. Its databases compare text by the
// rules of Russian, so that nothing depends on the order of bytes by chance. It knows nothing of opsbot.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5"
)

// Server is one that runs.
type Server struct {
	dir string // of the socket, the data and the log
	bin string
	as  *syscall.Credential // the user that it runs as; nil is our own
}

// The names of what it has.
const (
	Owner = "opsbot" // a user who may create no database
	boss  = "boss"
	port  = "5432" // of the socket: nothing listens on the network
)

// Start starts one. Stop it in the end.
func Start(ctx context.Context) (s *Server, err error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil || len(found) == 0 {
		return nil, errors.New("no PostgreSQL here: scripts/install postgresql")
	}
	s = &Server{bin: found[len(found)-1]}
	if s.as, err = unprivileged(); err != nil {
		return nil, err
	}
	if s.dir, err = os.MkdirTemp("", "opsbot-pg-"); err != nil {
		return nil, err
	}
	if s.as != nil {
		err = os.Chown(s.dir, int(s.as.Uid), int(s.as.Gid))
	}
	if err == nil {
		err = s.create(ctx)
	}
	if err == nil {
		err = s.Up(ctx)
	}
	if err == nil {
		err = s.Exec(ctx, "CREATE ROLE "+Owner+" LOGIN")
	}
	if err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

// unprivileged is the package's user: PostgreSQL refuses to run as root.
func unprivileged() (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil //nolint:nilnil // our own user will do
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, err
	}
	uid, errUID := strconv.ParseUint(u.Uid, 10, 32)
	gid, errGID := strconv.ParseUint(u.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, errors.Join(errUID, errGID)
}

func (s *Server) create(ctx context.Context) error {
	args := []string{"-D", s.data(), "-U", boss, "-A", "trust", "--no-sync", "--encoding=UTF8"}
	if version, _ := strconv.Atoi(filepath.Base(filepath.Dir(s.bin))); version >= 15 {
		return s.run(ctx, "initdb", append(args, "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=ru-RU")...)
	}
	return s.run(ctx, "initdb", append(args, "--locale=C")...)
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// Up starts the server after Down; it answers when this returns.
func (s *Server) Up(ctx context.Context) error {
	options := fmt.Sprintf("-p %s -k %s -h '' -F -c max_connections=400", port, s.dir)
	return s.run(ctx, "pg_ctl", "-D", s.data(), "-l", filepath.Join(s.dir, "log"), "-w", "-t", "120", "-o", options, "start")
}

// Down ends the server as a crash does.
func (s *Server) Down(ctx context.Context) error {
	return s.run(ctx, "pg_ctl", "-D", s.data(), "-w", "-m", "immediate", "stop")
}

// Stop ends the server and removes all that it had.
func (s *Server) Stop() error {
	var err error
	if _, running := os.Stat(filepath.Join(s.data(), "postmaster.pid")); running == nil {
		err = s.Down(context.Background())
	}
	return errors.Join(err, os.RemoveAll(s.dir))
}

func (s *Server) run(ctx context.Context, program string, args ...string) error {
	c := exec.CommandContext(ctx, filepath.Join(s.bin, program), args...)
	c.Dir = s.dir
	c.SysProcAttr = &syscall.SysProcAttr{Credential: s.as}
	out := &strings.Builder{}
	log, err := os.CreateTemp(s.dir, "out-") // not a pipe: the server would keep it open
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(log.Name()) }()
	c.Stdout, c.Stderr = log, log
	if err := c.Run(); err != nil {
		text, _ := os.ReadFile(log.Name())
		out.Write(text)
		return errors.Join(fmt.Errorf("%s: %w: %s", program, err, out), log.Close())
	}
	return log.Close()
}

// Socket is the unix socket that it answers on.
func (s *Server) Socket() string { return filepath.Join(s.dir, ".s.PGSQL."+port) }

// DSN is how a user connects to a database.
func (s *Server) DSN(name, database string) string {
	return fmt.Sprintf("host=%s port=%s user=%s dbname=%s sslmode=disable", s.dir, port, name, database)
}

// Boss is how the superuser connects.
func (s *Server) Boss() string { return s.DSN(boss, "postgres") }

// Exec runs a statement as the superuser.
func (s *Server) Exec(ctx context.Context, query string) error { return Exec(ctx, s.Boss(), query) }

// Create makes an empty database and returns how its owner connects.
func (s *Server) Create(ctx context.Context, database string, options ...string) (dsn string, err error) {
	words := slices.Concat([]string{"CREATE DATABASE", database, "OWNER", Owner}, options)
	return s.DSN(Owner, database), s.Exec(ctx, strings.Join(words, " "))
}

// Exec runs a statement on a connection of its own.
func Exec(ctx context.Context, dsn, query string) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, query)
	return errors.Join(err, conn.Close(ctx))
}
