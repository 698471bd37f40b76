// Package lease decides which of several opsbots that share a PostgreSQL database leads: a row says who, until when by the clock of the
// database, and a second row is the epoch of the leader, which each of its write transactions compares.
//
// It must not know what a leader does.
package lease

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// The lease. A leader that cannot renew it must be silent before another one leads: Doubt is what its own clock allows less than TTL.
const (
	TTL    = 6 * time.Second
	Pace   = 1500 * time.Millisecond // of renewals
	Look   = 500 * time.Millisecond  // how often a standby looks for a lease that was released
	Doubt  = 500 * time.Millisecond
	Way    = 2 * Look        // for how long one that has just been restarted leaves what it gave back to one that stands by
	bound  = 2 * time.Second // of one call
	tables = "opsbot lease"  // the name of the lock under which the tables are made
	store  = "opsbot"        // what package store calls its connections, unless the connection string does
)

// Self is what is written of an opsbot that leads.
type Self struct {
	Instance string // its name, for people
	Address  string // where others reach its listener: a URL, or ""
	Version  string
	Schema   int64 // the highest migration that it knows: who knows fewer than the last leader does not lead
}

// Change is why the leader changed.
type Change string

// The reasons.
const (
	First    Change = "first"    // there was none before
	Released Change = "released" // the one before stopped
	Expired  Change = "expired"  // the one before did not renew its lease: its machine, its network or the database was away
)

// Leader is who leads, or led last.
type Leader struct {
	Self
	Holder   string
	Since    time.Time     // by the clock of this machine
	Left     time.Duration // of its lease; not positive: it has ended
	Why      Change
	Previous string // the instance that led before; may be the same
}

// Leads reports whether the lease had not ended.
func (l *Leader) Leads() bool { return l.Left > 0 }

// Errors of a lease.
var (
	ErrLost   = errors.New("another opsbot leads")
	ErrSchema = errors.New("the database was upgraded by a later version of opsbot")
)

// Lease is the part of one opsbot in the election. It is safe for concurrent use.
type Lease struct {
	config  *pgx.ConnConfig
	holder  string // of this start
	writers string // what a leader's other connections are called in pg_stat_activity
	born    time.Time

	calls sync.Mutex // one at a time
	conn  *pgx.Conn
	made  bool // the tables are there

	mu       sync.Mutex
	self     Self
	deadline time.Time // until when it is surely ours, in elapsed time; zero: it is not
}

// New returns a Lease of a database; nothing is dialled yet. The error does not hold the connection string.
func New(dsn string, self Self) (*Lease, error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, errors.New("the connection string is not one")
	}
	writers := cmp.Or(config.RuntimeParams["application_name"], store)
	harden(config)
	return &Lease{config: config, holder: rand.Text(), writers: writers, born: time.Now(), self: self}, nil
}

// Place names the database for people, without a password.
func (l *Lease) Place() string {
	return net.JoinHostPort(l.config.Host, strconv.Itoa(int(l.config.Port))) + "/" + l.config.Database
}

// Holder is the id of this start.
func (l *Lease) Holder() string { return l.holder }

// Valid reports whether this opsbot leads for sure: nobody else does before the lease has ended by every clock.
func (l *Lease) Valid() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.deadline.IsZero() && time.Now().Before(l.deadline)
}

// Ends is until when Valid reports true unless the lease is renewed; zero: it does not.
func (l *Lease) Ends() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.deadline
}

// extend notes that the lease was ours at a moment before it was asked for.
func (l *Lease) extend(asked time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.deadline = asked.Add(TTL - Doubt)
}

func (l *Lease) drop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.deadline = time.Time{}
}

// now is the clock of the database in milliseconds, as it is when a row is looked at.
const now = `(extract(epoch FROM clock_timestamp()) * 1000)::bigint`

// columns of a Leader; the moments are ages by the clock of the database.
const columns = `holder, instance, address, version, schema, ` + now + ` - since, expires - ` + now + `, released, why, previous`

func scan(row pgx.Row) (l Leader, err error) {
	var age, left, released int64
	err = row.Scan(&l.Holder, &l.Instance, &l.Address, &l.Version, &l.Schema, &age, &left, &released, &l.Why, &l.Previous)
	l.Since, l.Left = time.Now().Add(-milliseconds(age)), milliseconds(left)
	if released != 0 {
		l.Left = 0
	}
	return l, err
}

func milliseconds(n int64) time.Duration { return time.Duration(n) * time.Millisecond }

// Look returns who leads.
func (l *Lease) Look(ctx context.Context) (leader Leader, err error) {
	err = l.call(ctx, func(ctx context.Context, c *pgx.Conn) error {
		leader, err = scan(c.QueryRow(ctx, `SELECT `+columns+` FROM opsbot_lease WHERE id = 1`))
		return err
	})
	return leader, err
}

// GivesWay reports whether this start leaves a lease that nobody has to others for now: the same instance has just given it back, so one that
// stands by, which knows the names and has all at hand, is about to take it.
func (l *Lease) GivesWay(leader *Leader) bool {
	return !leader.Leads() && leader.Instance == l.me().Instance && time.Since(l.born) < Way
}

// Acquire takes the lease if nobody has it, and returns who leads then. ErrSchema: it is not for us.
func (l *Lease) Acquire(ctx context.Context) (leader Leader, ours bool, err error) {
	asked, me := time.Now(), l.me()
	err = l.call(ctx, func(ctx context.Context, c *pgx.Conn) error {
		leader, err = scan(c.QueryRow(ctx, `UPDATE opsbot_lease SET holder = $1, instance = $2, address = $3, version = $4, since = `+now+`, expires = `+now+` + $5,
			released = 0, previous = instance, why = CASE WHEN holder = '' THEN 'first' WHEN released = 1 THEN 'released' ELSE 'expired' END
			WHERE id = 1 AND (released = 1 OR expires <= `+now+`) AND schema <= $6 RETURNING `+columns,
			l.holder, me.Instance, me.Address, me.Version, TTL.Milliseconds(), me.Schema))
		ours = err == nil
		if !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		leader, err = scan(c.QueryRow(ctx, `SELECT `+columns+` FROM opsbot_lease WHERE id = 1`))
		return err
	})
	switch {
	case err != nil:
		return leader, false, err
	case ours:
		l.extend(asked)
	case !leader.Leads() && leader.Schema > me.Schema:
		return leader, false, ErrSchema
	}
	return leader, ours, nil
}

// Renew extends a lease that is still ours, even if it had ended and nobody else has taken it: our epoch is the last one then. ErrLost:
// it is somebody else's.
func (l *Lease) Renew(ctx context.Context) error {
	asked := time.Now()
	err := l.call(ctx, func(ctx context.Context, c *pgx.Conn) error {
		tag, err := c.Exec(ctx, `UPDATE opsbot_lease SET expires = `+now+` + $2 WHERE id = 1 AND holder = $1 AND released = 0`, l.holder, TTL.Milliseconds())
		if err == nil && tag.RowsAffected() == 0 {
			return ErrLost
		}
		return err
	})
	switch {
	case errors.Is(err, ErrLost):
		l.drop()
	case err == nil:
		l.extend(asked)
	}
	return err
}

// Raise begins an epoch: from then on no write of an earlier leader succeeds. It waits for those under way, on a connection of its own, so
// that the lease can be renewed meanwhile. ErrLost: somebody else leads.
func (l *Lease) Raise(ctx context.Context) (epoch int64, err error) {
	c, err := pgx.ConnectConfig(ctx, l.config.Copy())
	if err != nil {
		return 0, fmt.Errorf("connect: %w", err)
	}
	defer func() { _ = c.Close(context.WithoutCancel(ctx)) }() // what matters is committed
	if err := l.terminate(ctx, c); err != nil {
		return 0, err
	}
	err = pgx.BeginFunc(ctx, c, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT set_config('idle_in_transaction_session_timeout', '2s', true)`); err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, `UPDATE opsbot_fence SET epoch = epoch + 1 WHERE id = 1 RETURNING epoch`).Scan(&epoch); err != nil {
			return err
		}
		var ours bool // read once the fence is locked: whoever takes the lease later raises it later
		err := tx.QueryRow(ctx, `SELECT holder = $1 AND released = 0 FROM opsbot_lease WHERE id = 1`, l.holder).Scan(&ours)
		if err == nil && !ours {
			return ErrLost
		}
		return err
	})
	return epoch, err
}

// terminate ends what the leader before has open: the machine may be cut off in a transaction or an upgrade, whose locks nobody would
// release. What it opens anew is fenced.
func (l *Lease) terminate(ctx context.Context, c *pgx.Conn) error {
	_, err := c.Exec(ctx, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $2 AND usename = current_user AND datname = current_database()
		AND pid <> pg_backend_pid() AND EXISTS (SELECT 1 FROM opsbot_lease WHERE id = 1 AND holder = $1 AND released = 0)`, l.holder, l.writers)
	return err
}

// Confirm notes that the database has our schema.
func (l *Lease) Confirm(ctx context.Context) error {
	return l.call(ctx, func(ctx context.Context, c *pgx.Conn) error {
		_, err := c.Exec(ctx, `UPDATE opsbot_lease SET schema = $2 WHERE id = 1 AND holder = $1`, l.holder, l.me().Schema)
		return err
	})
}

// Release gives the lease back, so that another opsbot takes it at once. It must be called when nothing of this term runs any more.
func (l *Lease) Release(ctx context.Context) error {
	l.drop()
	return l.call(ctx, func(ctx context.Context, c *pgx.Conn) error {
		_, err := c.Exec(ctx, `UPDATE opsbot_lease SET released = 1 WHERE id = 1 AND holder = $1`, l.holder)
		return err
	})
}

// Name changes what is written of this opsbot when it leads next.
func (l *Lease) Name(self Self) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.self = self
}

func (l *Lease) me() Self {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.self
}
