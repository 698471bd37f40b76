package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// postgresTx is a write transaction. What nobody needs the result of waits, and goes with the next statement that somebody does, or with
// the commit: the way to the server and back is what costs.
type postgresTx struct {
	server *postgresServer
	conn   *sql.Conn
	number int64
	queue  []statement
	bytes  int                 // of text in the queue
	done   []pgconn.CommandTag // of what was sent last
	ended  bool
}

// mostQueued bounds what waits, so that it neither fills the memory nor has the server wait for long.
const (
	mostQueued      = 1000
	mostQueuedBytes = 4 << 20
)

// begin begins a write transaction: each of them begins here, with the same statements.
func (s *postgresServer) begin(ctx context.Context) (transaction, error) {
	t, err := s.start(ctx)
	if err != nil {
		return nil, err
	}
	return t, nil
}

func (s *postgresServer) start(ctx context.Context) (*postgresTx, error) {
	conn, err := s.write.Conn(ctx)
	if err != nil {
		return nil, err
	}
	number, oldest := s.marks.take()
	t := &postgresTx{server: s, conn: conn, number: number}
	t.queue = append([]statement{{query: `BEGIN`}}, s.fence()...)
	t.queue = append(t.queue,
		statement{`SELECT set_config('statement_timeout', $1, true), set_config('idle_in_transaction_session_timeout', $2, true)`, []any{milliseconds(statementBound), milliseconds(idleBound)}},
		statement{`INSERT INTO commit_mark (writer, number, at, committed) VALUES ($1, $2, $3, 1)`, []any{s.marks.writer, number, ms(s.now())}},
		statement{`DELETE FROM commit_mark WHERE writer = $1 AND number < $2`, []any{s.marks.writer, oldest}},
	)
	return t, nil
}

func milliseconds(d time.Duration) string { return fmt.Sprint(d.Milliseconds()) }

func (s *postgresServer) exec(ctx context.Context, query string, args []any) (changed int64, err error) {
	t, err := s.start(ctx)
	if err != nil {
		return 0, err
	}
	if changed, err = t.change(ctx, query, args); err != nil {
		return 0, errors.Join(err, t.rollback())
	}
	return changed, t.commit(ctx)
}

func (s *postgresServer) run(ctx context.Context, query string, args []any) error {
	t, err := s.start(ctx)
	if err != nil {
		return err
	}
	t.queue = append(t.queue, statement{query, args})
	return t.commit(ctx)
}

func (t *postgresTx) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if _, err := t.flush(ctx); err != nil {
		return nil, err
	}
	return t.conn.QueryContext(ctx, query, t.server.storable(args)...)
}

func (t *postgresTx) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	n, err := t.change(ctx, query, args)
	return driver.RowsAffected(n), err
}

func (t *postgresTx) change(ctx context.Context, query string, args []any) (int64, error) {
	t.queue = append(t.queue, statement{query, args})
	tag, err := t.flush(ctx)
	return tag.RowsAffected(), err
}

func (t *postgresTx) write(ctx context.Context, query string, args ...any) error {
	t.queue = append(t.queue, statement{query, args})
	t.bytes += sizeOf(args)
	if len(t.queue) < mostQueued && t.bytes < mostQueuedBytes {
		return nil
	}
	_, err := t.flush(ctx)
	return err
}

// flush sends what waits, all at once, and returns what the last of it did. After an error the server has done nothing of it.
func (t *postgresTx) flush(ctx context.Context) (last pgconn.CommandTag, err error) {
	err = t.send(ctx, nil)
	if n := len(t.done); err == nil && n > 0 {
		last = t.done[n-1]
	}
	return last, err
}

// first goes with what waits.
func (t *postgresTx) first(ctx context.Context, s statement, into []any) error {
	t.queue = append(t.queue, s)
	err := t.send(ctx, into)
	if errors.Is(err, pgx.ErrNoRows) {
		return sql.ErrNoRows
	}
	return err
}

// send sends what waits. If there is anything to scan into, it is the first row of the last statement.
func (t *postgresTx) send(ctx context.Context, into []any) error {
	t.done = t.done[:0]
	if len(t.queue) == 0 {
		return nil
	}
	batch := &pgx.Batch{}
	for _, s := range t.queue {
		batch.Queue(s.query, t.server.storable(s.args)...)
	}
	t.queue, t.bytes = nil, 0
	return t.conn.Raw(func(c any) error {
		sent := c.(*stdlib.Conn).Conn().SendBatch(ctx, batch) //nolint:forcetypeassert // it is the driver of the pool
		for i := range batch.Len() {
			if into != nil && i == batch.Len()-1 {
				return errors.Join(sent.QueryRow().Scan(into...), sent.Close())
			}
			tag, err := sent.Exec()
			if err != nil {
				_ = sent.Close() // it repeats the error
				return err
			}
			t.done = append(t.done, tag)
		}
		return sent.Close()
	})
}

// unanswered is the error of a commit that was sent, and of which nobody knows whether it was done.
type unanswered struct {
	tx *postgresTx
	error
}

func (u *unanswered) Unwrap() error { return u.error }

// commit is sent with what still waits. An error that is unanswered says nothing about what the server did.
func (t *postgresTx) commit(ctx context.Context) error {
	t.queue = append(t.queue, statement{query: `COMMIT`})
	tag, err := t.flush(ctx)
	if err == nil && tag.String() != "COMMIT" { // the server answers ROLLBACK if a statement had failed before
		err = errRolledBack
	}
	if err == nil {
		return errors.Join(t.end(), nil)
	}
	if t.alive() {
		return errors.Join(err, t.rollback())
	}
	t.ended = true
	_ = t.conn.Close() // it is broken already
	return &unanswered{t, err}
}

var errRolledBack = errors.New("the server rolled the transaction back")

// alive reports whether the connection still is one: then an error of a commit is an answer.
func (t *postgresTx) alive() bool {
	return t.conn.Raw(func(c any) error {
		if c.(*stdlib.Conn).Conn().IsClosed() { //nolint:forcetypeassert // it is the driver of the pool
			return driver.ErrBadConn
		}
		return nil
	}) == nil
}

func (t *postgresTx) rollback() error {
	if t.ended {
		return nil
	}
	began := len(t.queue) == 0 || t.queue[0].query != `BEGIN`
	t.queue = nil
	if began {
		ctx, cancel := context.WithTimeout(context.Background(), idleBound)
		defer cancel()
		_, _ = t.conn.ExecContext(ctx, `ROLLBACK`) // of a connection that is broken, the server does it
	}
	return t.end()
}

func (t *postgresTx) end() error {
	t.ended = true
	t.server.marks.end(t.number)
	if err := t.conn.Close(); err != nil && !errors.Is(err, driver.ErrBadConn) && !errors.Is(err, sql.ErrConnDone) {
		return fmt.Errorf("give back a connection: %w", err)
	}
	return nil
}

// settle asks the server what became of the commit. Whoever writes the mark first decides: if the question does, the commit, should it
// still be under way, meets the mark and is undone.
func (u *unanswered) settle(ctx context.Context) (committed bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, connectBound)
	defer cancel()
	s := u.tx.server
	_, err = s.write.ExecContext(ctx, `INSERT INTO commit_mark (writer, number, at, committed) VALUES ($1, $2, $3, 0) ON CONFLICT (writer, number) DO NOTHING`,
		s.marks.writer, u.tx.number, ms(s.now()))
	if err != nil {
		return false, err
	}
	err = s.write.QueryRowContext(ctx, `SELECT committed = 1 FROM commit_mark WHERE writer = $1 AND number = $2`, s.marks.writer, u.tx.number).Scan(&committed)
	if err == nil {
		s.marks.end(u.tx.number)
	}
	return committed, err
}

// forget says that nobody will ask any more.
func (u *unanswered) forget() { u.tx.server.marks.end(u.tx.number) }
