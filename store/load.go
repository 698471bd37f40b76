package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"opsbot/model"
)

// Load reads the state from which the alerts.Manager starts.
func (db *DB) Load(ctx context.Context) (m model.Memory, err error) {
	if m.Checks, err = db.loadChecks(ctx); err != nil {
		return m, err
	}
	if m.Open, err = bodies[model.Incident](ctx, db.of("incident"), `SELECT body FROM incident WHERE closed_at = 0 ORDER BY id`); err != nil {
		return m, err
	}
	if m.Events, err = db.loadEvents(ctx); err != nil {
		return m, err
	}
	m.Cards, err = rows(ctx, db.of("card"), scanCard, `SELECT `+cardColumns+` FROM card
		WHERE incident IN (SELECT id FROM incident WHERE closed_at = 0) ORDER BY incident`)
	if err != nil {
		return m, err
	}
	if m.Mutes, err = bodies[model.Mute](ctx, db.of("mute"), `SELECT body FROM mute WHERE ended_at = 0 ORDER BY id`); err != nil {
		return m, err
	}
	m.Deferred, err = rows(ctx, db.of("notification"), scanNotification, `SELECT `+notificationColumns+` FROM notification
		WHERE not_before > 0 AND attempts = 0 ORDER BY id`)
	if err != nil {
		return m, err
	}
	if err := db.loadLately(ctx, &m); err != nil {
		return m, err
	}
	return m, db.loadNumbers(ctx, &m)
}

// How long Memory keeps what has ended: flapping is detected within a day, and no maintenance window lasts a week.
const (
	endedFor   = model.Day
	windowsFor = 7 * model.Day
)

// dailySetting is the time of the last daily digest.
const dailySetting = "alerts.daily"

// loadLately reads what has ended and still counts.
func (db *DB) loadLately(ctx context.Context, m *model.Memory) (err error) {
	m.Ended, err = rows(ctx, db.of("incident"), func(r *sql.Rows) (e model.Ended, err error) {
		var opened, closed int64
		err = r.Scan(&e.Key, &opened, &closed)
		e.OpenedAt, e.ClosedAt = moment(opened), moment(closed)
		return e, err
	}, `SELECT key, opened_at, closed_at FROM incident WHERE closed_at > $1 ORDER BY closed_at, id`, ms(db.now().Add(-endedFor)))
	if err != nil {
		return err
	}
	mutes, err := bodies[model.Mute](ctx, db.of("mute"), `SELECT body FROM mute WHERE ended_at = 0 OR ended_at > $1`, ms(db.now().Add(-windowsFor)))
	if err != nil {
		return err
	}
	for i := range mutes {
		if name := mutes[i].Window; name != "" && mutes[i].From.After(m.Windows[name]) {
			if m.Windows == nil {
				m.Windows = map[string]time.Time{}
			}
			m.Windows[name] = mutes[i].From
		}
	}
	text, err := db.Setting(ctx, dailySetting)
	if err != nil || text == "" {
		return err
	}
	m.Daily, _ = time.Parse(time.RFC3339Nano, text) // anything but a time was not written by us
	return nil
}

func (db *DB) loadNumbers(ctx context.Context, m *model.Memory) error {
	var err error
	if m.LastIncident, err = lastUsed[model.IncidentID](ctx, db, "incident"); err != nil {
		return err
	}
	if m.LastMute, err = lastUsed[model.MuteID](ctx, db, "mute"); err != nil {
		return err
	}
	m.Numbers, err = db.loadReaderNumbers(ctx)
	m.Fresh = len(m.Checks) == 0 && m.LastIncident == 0
	return err
}

func (db *DB) loadChecks(ctx context.Context) (map[model.CheckID]model.CheckState, error) {
	type row struct {
		id    model.CheckID
		state model.CheckState
	}
	all, err := rows(ctx, db.of("check_state"), func(r *sql.Rows) (row, error) {
		var v row
		var body string
		if err := r.Scan(&v.id, &body); err != nil {
			return v, err
		}
		return v, json.Unmarshal([]byte(body), &v.state)
	}, `SELECT id, body FROM check_state`)
	states := make(map[model.CheckID]model.CheckState, len(all))
	for _, v := range all {
		states[v.id] = v.state
	}
	return states, err
}

// Incidents returns incidents that were open at some time since a time, newest first, at most limit.
func (db *DB) Incidents(ctx context.Context, since time.Time, limit int) ([]model.Incident, error) {
	return bodies[model.Incident](ctx, db.of("incident"),
		`SELECT body FROM incident WHERE closed_at = 0 OR closed_at >= $1 ORDER BY id DESC LIMIT $2`, ms(since), limit)
}

// StoredIncident returns an incident, open or over; false when none of that id is kept.
func (db *DB) StoredIncident(ctx context.Context, id model.IncidentID) (model.Incident, bool, error) {
	all, err := bodies[model.Incident](ctx, db.of("incident"), `SELECT body FROM incident WHERE id = $1`, int64(id))
	if err != nil || len(all) == 0 {
		return model.Incident{}, false, err
	}
	return all[0], true, nil
}

const cardColumns = `incident, channel, chat, topic, message, down, severity, reminded, named, notified_at, raised_at`

func scanCard(r *sql.Rows) (c model.Card, err error) {
	var down int
	var severity, named string
	var notified, raised int64
	err = r.Scan(&c.Incident, channelInto(&c.To), &c.To.Chat, &c.To.Topic, &c.Message, &down, &severity, &c.Reminded, &named, &notified, &raised)
	if err != nil {
		return c, err
	}
	c.Down, c.NotifiedAt, c.RaisedAt = down != 0, moment(notified), moment(raised)
	if named != "" {
		if err := json.Unmarshal([]byte(named), &c.Named); err != nil {
			return c, err
		}
	}
	return c, c.Severity.UnmarshalText([]byte(severity))
}

// againRestored is the value of again in rows that come from a backup: they may have been sent since it was made.
const againRestored = 2

const notificationColumns = `id, kind, incident, channel, chat, topic, severity, silent, created, not_before, retry_at,
	attempts, trying, again, snapshot`

func scanNotification(r *sql.Rows) (t model.Notification, err error) {
	var severity, snapshot string
	var silent, trying, again int
	var created, notBefore, retryAt int64
	err = r.Scan(&t.ID, &t.Kind, &t.Incident, channelInto(&t.To), &t.To.Chat, &t.To.Topic, &severity, &silent,
		&created, &notBefore, &retryAt, &t.Attempts, &trying, &again, &snapshot)
	if err != nil {
		return t, err
	}
	t.Silent, t.Repeat, t.Restored = silent != 0, again != 0, again == againRestored
	t.Created, t.NotBefore, t.RetryAt = moment(created), moment(notBefore), moment(retryAt)
	if err := t.Severity.UnmarshalText([]byte(severity)); err != nil {
		return t, err
	}
	return t, json.Unmarshal([]byte(snapshot), &t.Snapshot)
}

// keysAtOnce is how many keys one query takes: SQLite allows 32,766 variables, PostgreSQL twice as many.
const keysAtOnce = 1000

// IncidentsOf returns incidents with one of the keys that were open at some time of a span, the earliest first: the latest, at most
// limit.
func (db *DB) IncidentsOf(ctx context.Context, span model.Span, keys []string, limit int) ([]model.Incident, error) {
	var all []model.Incident
	for some := range slices.Chunk(keys, keysAtOnce) {
		args := []any{ms(span.To), ms(span.From), limit}
		places := make([]string, len(some))
		for i, key := range some {
			args = append(args, key)
			places[i] = "$" + strconv.Itoa(len(args))
		}
		found, err := bodies[model.Incident](ctx, db.of("incident"), `SELECT body FROM incident WHERE opened_at < $1 AND (closed_at = 0 OR closed_at > $2)
			AND key IN (`+strings.Join(places, ", ")+`) ORDER BY id DESC LIMIT $3`, args...)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	slices.SortFunc(all, func(a, b model.Incident) int { return cmp.Compare(a.ID, b.ID) })
	return all[max(0, len(all)-limit):], nil
}

// GatheredKeys returns the keys of the storms and event groups that were open at some time of a span.
func (db *DB) GatheredKeys(ctx context.Context, span model.Span) ([]string, error) {
	return rows(ctx, db.of("incident"), func(r *sql.Rows) (key string, err error) { return key, r.Scan(&key) },
		`SELECT key FROM incident WHERE (key LIKE 'storm:%' OR key LIKE 'event_group:%') AND opened_at < $1 AND (closed_at = 0 OR closed_at > $2)
			ORDER BY key`, ms(span.To), ms(span.From))
}
