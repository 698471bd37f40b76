package lease

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// harden bounds what a connection may wait for, and has it keep nothing in its session, so that a pooler may stand between.
func harden(config *pgx.ConnConfig) {
	config.DefaultQueryExecMode = pgx.QueryExecModeExec
	config.ConnectTimeout = bound
	config.RuntimeParams["application_name"] = "opsbot lease"
	if config.ValidateConnect == nil { // of several hosts the one that can be written to
		config.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	}
	config.DialFunc = (&net.Dialer{KeepAlive: bound, Control: giveUp}).DialContext
}

// tcpUserTimeout is TCP_USER_TIMEOUT of Linux, which package syscall lacks: tcp(7).
const tcpUserTimeout = 18

// giveUp has the kernel give up a connection on which what was sent is not confirmed.
func giveUp(network, _ string, c syscall.RawConn) (err error) {
	if network == "unix" {
		return nil
	}
	controlled := c.Control(func(fd uintptr) {
		err = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpUserTimeout, int(bound.Milliseconds()))
	})
	return errors.Join(controlled, err)
}

// call runs one call on the lease's own connection: nothing else holds that up. After an error the connection is opened anew.
func (l *Lease) call(ctx context.Context, f func(ctx context.Context, c *pgx.Conn) error) error {
	l.calls.Lock()
	defer l.calls.Unlock()
	ctx, cancel := context.WithTimeout(ctx, bound)
	defer cancel()
	if l.conn == nil {
		c, err := pgx.ConnectConfig(ctx, l.config.Copy())
		if err != nil {
			return fmt.Errorf("connect: %w", err)
		}
		l.conn = c
	}
	err := l.prepare(ctx)
	if err == nil {
		err = f(ctx, l.conn)
	}
	if err != nil && !errors.Is(err, ErrLost) {
		l.hangUp()
	}
	return err
}

func (l *Lease) hangUp() {
	ctx, cancel := context.WithCancel(context.Background())
	cancel() // it says no goodbye
	_ = l.conn.Close(ctx)
	l.conn = nil
}

// prepare makes the tables. They are not part of the schema: who may upgrade that is what they are about.
func (l *Lease) prepare(ctx context.Context) error {
	if l.made {
		return nil
	}
	err := pgx.BeginFunc(ctx, l.conn, func(tx pgx.Tx) error {
		var there bool
		err := tx.QueryRow(ctx, `SELECT to_regclass('opsbot_fence') IS NOT NULL`).Scan(&there)
		if err != nil || there {
			return err
		}
		for _, statement := range []string{
			`SELECT pg_advisory_xact_lock(hashtext('` + tables + `'))`,
			`CREATE TABLE IF NOT EXISTS opsbot_lease (id bigint PRIMARY KEY CHECK (id = 1), holder text NOT NULL, instance text NOT NULL, address text NOT NULL,
				version text NOT NULL, schema bigint NOT NULL, since bigint NOT NULL, expires bigint NOT NULL, released bigint NOT NULL, why text NOT NULL, previous text NOT NULL)`,
			`CREATE TABLE IF NOT EXISTS opsbot_fence (id bigint PRIMARY KEY CHECK (id = 1), epoch bigint NOT NULL)`,
			`INSERT INTO opsbot_lease VALUES (1, '', '', '', '', 0, 0, 0, 1, 'first', '') ON CONFLICT DO NOTHING`,
			`INSERT INTO opsbot_fence VALUES (1, 0) ON CONFLICT DO NOTHING`,
		} {
			if _, err := tx.Exec(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	})
	l.made = err == nil
	return err
}

// Close closes the connection. A lease that was not released ends by itself.
func (l *Lease) Close() {
	l.calls.Lock()
	defer l.calls.Unlock()
	if l.conn != nil {
		l.hangUp()
	}
}
