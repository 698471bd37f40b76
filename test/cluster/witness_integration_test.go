//go:build integration

package cluster_test

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"opsbot/test/postgres"
)

// witness writes down what the database says, whatever the bots say: triggers of its superuser keep who wrote in which epoch, and when
// incidents were committed; a connection of its own looks who has the lease.
type witness struct {
	place *place

	mu      sync.Mutex
	tenures []tenure
}

// triggers are what the database writes down by itself. A mark that is not of a commit is a question.
const triggers = `
CREATE TABLE witness_write (writer text, epoch bigint, PRIMARY KEY (writer, epoch));
CREATE FUNCTION witness_write() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
	IF NEW.committed = 1 THEN INSERT INTO witness_write SELECT NEW.writer, epoch FROM opsbot_fence ON CONFLICT DO NOTHING; END IF;
	RETURN NULL;
END $$;
CREATE TRIGGER witness AFTER INSERT ON commit_mark FOR EACH ROW EXECUTE FUNCTION witness_write();
CREATE TABLE witness_incident (id bigint, key text, at double precision);
CREATE FUNCTION witness_incident() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
	INSERT INTO witness_incident VALUES (NEW.id, NEW.key, extract(epoch FROM clock_timestamp()));
	RETURN NULL;
END $$;
CREATE TRIGGER witness AFTER INSERT ON incident FOR EACH ROW EXECUTE FUNCTION witness_incident();`

// testify begins to write down. The schema is there, and the first bot leads.
func (c *chaos) testify() *witness {
	ok(c.t, postgres.Exec(c.t.Context(), c.pg.DSN("boss", "opsbot"), triggers))
	w := &witness{place: c.place}
	watch, stop := context.WithCancel(context.WithoutCancel(c.t.Context()))
	var watching sync.WaitGroup
	watching.Go(func() { w.follow(watch) })
	c.t.Cleanup(func() { stop(); watching.Wait() })
	return w
}

// known waits until so many checks have a state: until then a first start collects what is down, for one digest.
func (c *chaos) known(checks int) {
	conn, err := pgx.Connect(c.t.Context(), c.pg.DSN("boss", "opsbot"))
	ok(c.t, err)
	defer func() { _ = conn.Close(c.t.Context()) }()
	c.until("all checks have run", func() bool {
		var n int
		ok(c.t, conn.QueryRow(c.t.Context(), `SELECT count(*) FROM check_state`).Scan(&n))
		return n == checks
	})
}

// follow notes who has the lease.
func (w *witness) follow(ctx context.Context) {
	last := ""
	for ctx.Err() == nil {
		pass(50 * time.Millisecond)
		conn, err := pgx.Connect(ctx, w.place.pg.DSN("boss", "opsbot"))
		if err != nil {
			continue
		}
		for err == nil && ctx.Err() == nil {
			var name, holder string
			var holds bool
			var since int64 // by the clock of the database, which is this machine's: a look comes later
			err = conn.QueryRow(ctx, `SELECT instance, holder, released = 0, since FROM opsbot_lease`).Scan(&name, &holder, &holds, &since)
			if err == nil && holds && holder != last {
				last = holder
				w.mu.Lock()
				w.tenures = append(w.tenures, tenure{time.UnixMilli(since), name})
				w.mu.Unlock()
			}
			pass(50 * time.Millisecond)
		}
		_ = conn.Close(context.WithoutCancel(ctx))
	}
}

// observed puts all together that is known by now.
func (c *chaos) observed() *record {
	r := &record{
		spells: map[string][]spell{}, answered: map[string][]time.Time{}, commands: c.sent, audits: map[string]int{}, faults: c.faults,
		messages: c.posted(group), replies: c.posted(person), end: time.Now(),
	}
	c.mu.Lock()
	r.tenures = append(r.tenures, c.tenures...)
	c.mu.Unlock()
	for _, x := range c.targets {
		x.mu.Lock()
		r.spells[x.name] = append([]spell(nil), x.spells...)
		r.answered[x.name] = append([]time.Time(nil), x.seen...)
		x.mu.Unlock()
	}
	for _, b := range c.bots {
		for _, at := range b.chats.Sent() {
			r.calls = append(r.calls, spoke{b.name, at})
		}
	}
	c.read(r)
	return r
}

// posted are the messages to a chat that the test server took, as they were then.
func (c *chaos) posted(chat int64) (all []sent) {
	for _, call := range c.chats.Calls("sendMessage") {
		if call.Executed && call.Params["chat_id"] == strconv.FormatInt(chat, 10) {
			all = append(all, sent{call.At, call.Params["text"]})
		}
	}
	return all
}

// read adds what is in the database.
func (c *chaos) read(r *record) {
	conn, err := pgx.Connect(c.t.Context(), c.pg.DSN("boss", "opsbot"))
	ok(c.t, err)
	defer func() { _ = conn.Close(context.WithoutCancel(c.t.Context())) }()
	each := func(query string, f func(values []any)) {
		rows, err := conn.Query(c.t.Context(), query)
		ok(c.t, err)
		defer rows.Close()
		for rows.Next() {
			values, err := rows.Values()
			ok(c.t, err)
			f(values)
		}
		ok(c.t, rows.Err())
	}
	each(`SELECT w.id::text, w.key, w.at, i.closed_at = 0 FROM witness_incident w JOIN incident i USING (id) ORDER BY w.at`, func(v []any) {
		target := words(v[1].(string))
		r.opened = append(r.opened, opened{id: v[0].(string), target: target[len(target)-1], at: time.UnixMilli(int64(v[2].(float64) * 1000)), open: v[3].(bool)})
	})
	each(`SELECT writer, epoch::text FROM witness_write`, func(v []any) {
		r.writers = append(r.writers, written{v[0].(string), v[1].(string)})
	})
	each(`SELECT body FROM audit`, func(v []any) {
		for _, word := range words(v[0].(string)) {
			if strings.HasPrefix(word, "spare") {
				r.audits[word]++
				return
			}
		}
	})
}
