package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"opsbot/model"
)

// writeTransitions stores each check's transitions in the order of evaluation, whatever the clock says: one slightly before the last
// is placed right behind it, and stored ones further in the future came from a wrong clock. Of two at the same time the later one
// wins.
func writeTransitions(ctx context.Context, tx *txn, all []model.Transition) error {
	if len(all) == 0 {
		return nil
	}
	w := transitionWriter{last: map[model.CheckID]int64{}}
	if err := tx.QueryRowContext(ctx, `SELECT COALESCE(CAST(MAX(at) AS bigint), 0) FROM transition WHERE at <= $1`, latest).Scan(&w.newest); err != nil {
		return err
	}
	if err := w.readLast(ctx, tx, all); err != nil {
		return err
	}
	for i := range all {
		if err := w.add(ctx, tx, &all[i]); err != nil {
			return err
		}
	}
	return w.flush(ctx, tx)
}

// transitionWriter gives transitions their times.
type transitionWriter struct {
	newest int64                   // of all stored ones
	last   map[model.CheckID]int64 // of those that may be placed behind it
	placed []placedTransition
}

type placedTransition struct {
	*model.Transition
	at int64
}

// readLast reads the last stored transition of each check that may have a later one than what is to be stored: a storm is thousands that
// have none.
func (w *transitionWriter) readLast(ctx context.Context, tx *txn, all []model.Transition) error {
	newest, ids := w.newest, map[model.CheckID]bool{}
	for i := range all {
		if at := ms(all[i].At); at < newest {
			ids[all[i].Check] = true
		} else {
			newest = at
		}
	}
	for some := range slices.Chunk(slices.Sorted(maps.Keys(ids)), rowsAtOnce) {
		args := append(textKeys(some), latest)
		r, err := tx.QueryContext(ctx, `SELECT check_id, CAST(MAX(at) AS bigint) FROM transition WHERE check_id IN `+placesOf(1, len(some))+`
			AND at <= $`+strconv.Itoa(len(args))+` GROUP BY check_id`, args...)
		if err != nil {
			return err
		}
		if err := w.scanLast(r); err != nil {
			return err
		}
	}
	return nil
}

func (w *transitionWriter) scanLast(r *sql.Rows) (err error) {
	defer func() { err = errors.Join(err, r.Close()) }()
	for r.Next() {
		var id model.CheckID
		var at int64
		if err := r.Scan(&id, &at); err != nil {
			return err
		}
		w.last[id] = at
	}
	return r.Err()
}

func (w *transitionWriter) add(ctx context.Context, tx *txn, t *model.Transition) (err error) {
	at := ms(t.At)
	if at < w.newest {
		if at, err = w.behindTheLast(ctx, tx, t.Check, at); err != nil {
			return err
		}
	}
	w.newest, w.last[t.Check] = max(w.newest, at), at
	w.placed = append(w.placed, placedTransition{t, at})
	return nil
}

// clockSlack is how far a transition may be before an earlier one if the clock is right: results arrive as they end.
const clockSlack = 20 * time.Minute

// behindTheLast returns the time of a transition that was evaluated after all of its check before it.
func (w *transitionWriter) behindTheLast(ctx context.Context, tx *txn, id model.CheckID, at int64) (int64, error) {
	before := w.last[id]
	if before < at {
		return at, nil
	}
	if before <= at+clockSlack.Milliseconds() {
		return before + 1, nil
	}
	if err := w.flush(ctx, tx); err != nil {
		return 0, err
	}
	if err := tx.write(ctx, `DELETE FROM transition WHERE check_id = $1 AND at > $2`, string(id), at+clockSlack.Milliseconds()); err != nil {
		return 0, err
	}
	err := tx.QueryRowContext(ctx, `SELECT COALESCE(CAST(MAX(at) AS bigint), 0) FROM transition WHERE check_id = $1 AND at <= $2`, string(id), latest).Scan(&before)
	return max(at, before+1), err
}

func (w *transitionWriter) flush(ctx context.Context, tx *txn) error {
	placed := w.placed
	w.placed = nil
	return insert(ctx, tx, insertion{`INSERT INTO transition (check_id, at, phase, status, gone, reason)`, 6, 2,
		`ON CONFLICT (check_id, at) DO UPDATE SET phase = excluded.phase, status = excluded.status, gone = excluded.gone, reason = excluded.reason`},
		placed, func(t placedTransition) ([]any, error) {
			reason, err := reasonText(t.Reason)
			return []any{string(t.Check), t.at, t.Phase.String(), t.Status.String(), flag(t.Gone), reason}, err
		})
}

// reasonText is a reason as stored in a column, "" if there is none.
func reasonText(r model.Reason) (string, error) {
	if r.IsZero() {
		return "", nil
	}
	body, err := json.Marshal(r)
	return string(body), err
}

// Transitions returns, for each check, the one in force when the span begins and those within it: by check in the order of the
// request, then by time.
func (db *DB) Transitions(ctx context.Context, checks []model.CheckID, span model.Span) ([]model.Transition, error) {
	var all []model.Transition
	for _, id := range checks {
		some, err := rows(ctx, db.of("transition"), scanTransition, `SELECT check_id, at, phase, status, gone, reason FROM transition
			WHERE check_id = $1 AND at < $2 AND at >= COALESCE((SELECT MAX(at) FROM transition WHERE check_id = $1 AND at <= $3), 0)
			ORDER BY at`, string(id), ms(span.To), ms(span.From))
		if n := len(some); err == nil && (n == 0 || some[n-1].Gone) {
			some, err = db.wellSince(ctx, id, some, span)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

// wellSince adds to the transitions of a check the one that only its state implies: it has been ok since its first result, or since
// the first one after it returned to the inventory. The state of a removed check was deleted with it.
func (db *DB) wellSince(ctx context.Context, id model.CheckID, some []model.Transition, span model.Span) ([]model.Transition, error) {
	states, err := bodies[model.CheckState](ctx, db.of("check_state"), `SELECT body FROM check_state WHERE id = $1`, string(id))
	if err != nil || len(states) == 0 || states[0].Remembered || states[0].Since.IsZero() {
		return some, err
	}
	since := states[0].Since
	if n := len(some); n > 0 && !since.After(some[n-1].At) {
		since = some[n-1].At.Add(time.Millisecond) // as behindTheLast would store it
	}
	if !since.Before(span.To) {
		return some, nil
	}
	if !since.After(span.From) {
		some = nil // it is in force when the span begins
	}
	return append(some, model.Transition{Check: id, At: since, Status: model.StatusOK}), nil
}

func scanTransition(r *sql.Rows) (t model.Transition, err error) {
	var at int64
	var phase, status, reason string
	var gone int
	if err := r.Scan(&t.Check, &at, &phase, &status, &gone, &reason); err != nil {
		return t, err
	}
	t.At, t.Gone = moment(at), gone != 0
	if err := t.Phase.UnmarshalText([]byte(phase)); err != nil {
		return t, err
	}
	if err := t.Status.UnmarshalText([]byte(status)); err != nil || reason == "" {
		return t, err
	}
	return t, json.Unmarshal([]byte(reason), &t.Reason)
}

// aliveSetting is the last time at which opsbot is known to have run.
const aliveSetting = "history.alive"

// Alive returns the last time at which opsbot is known to have run: the last record, or the last transition if that is later and not
// in the future; zero if it never ran.
func (db *DB) Alive(ctx context.Context) (time.Time, error) {
	text, err := db.Setting(ctx, aliveSetting)
	if err != nil {
		return time.Time{}, err
	}
	mark, _ := strconv.ParseInt(text, 10, 64) // anything but a number was not written by us: as if it never ran
	var last int64
	_, err = db.of("transition").one(ctx, `SELECT COALESCE(CAST(MAX(at) AS bigint), 0) FROM transition WHERE at <= $1`, []any{ms(db.now())}, &last)
	return moment(max(mark, last)), err
}

// SetAlive records that opsbot runs, and when it did not.
func (db *DB) SetAlive(ctx context.Context, now time.Time, gaps []model.Span) error {
	return db.tx(ctx, "history.alive", func(tx *txn) error {
		err := insert(ctx, tx, insertion{`INSERT INTO history_gap (from_at, to_at)`, 2, 1, `ON CONFLICT (from_at) DO UPDATE SET to_at = excluded.to_at`}, gaps,
			func(gap model.Span) ([]any, error) { return []any{ms(gap.From), ms(gap.To)}, nil })
		if err != nil {
			return err
		}
		return writeSetting(ctx, tx, aliveSetting, strconv.FormatInt(ms(now), 10))
	})
}

// Gaps returns the times in which opsbot did not run that overlap a span, by their beginning.
func (db *DB) Gaps(ctx context.Context, span model.Span) ([]model.Span, error) {
	return rows(ctx, db.of("history_gap"), func(r *sql.Rows) (model.Span, error) {
		var from, to int64
		err := r.Scan(&from, &to)
		return model.Span{From: moment(from), To: moment(to)}, err
	}, `SELECT from_at, to_at FROM history_gap WHERE from_at < $1 AND to_at > $2 ORDER BY from_at`, ms(span.To), ms(span.From))
}

// MutesIn returns the mutes that may have been in force in a span, by number.
func (db *DB) MutesIn(ctx context.Context, span model.Span) ([]model.Mute, error) {
	all, err := bodies[model.Mute](ctx, db.of("mute"), `SELECT body FROM mute WHERE ended_at = 0 OR ended_at > $1 ORDER BY id`, ms(span.From))
	var some []model.Mute
	for i := range all {
		if force := all[i].InForce(); force.From.Before(span.To) && force.To.After(span.From) {
			some = append(some, all[i])
		}
	}
	return some, err
}

// checksInRow is how many check numbers one row holds: with a row each, the first start of 20,000 checks takes megabytes more.
const checksInRow = 1000

// CheckNumbers returns the numbers of all checks that have one: the first, if a commit whose answer was lost assigned a second.
func (db *DB) CheckNumbers(ctx context.Context) (map[model.CheckID]int, error) {
	numbers := map[model.CheckID]int{}
	_, err := rows(ctx, db.of("history_check"), func(r *sql.Rows) (none struct{}, err error) {
		var number int
		var names string
		err = r.Scan(&number, &names)
		for name := range strings.SplitSeq(names, "\n") {
			if _, has := numbers[model.CheckID(name)]; !has {
				numbers[model.CheckID(name)] = number
			}
			number++
		}
		return none, err
	}, `SELECT first, names FROM history_check ORDER BY first`)
	return numbers, err
}

// NumberChecks assigns consecutive numbers to checks that have none, in their order, and returns the first. A number is never reused.
// No id contains a line break.
func (db *DB) NumberChecks(ctx context.Context, ids []model.CheckID) (first int, err error) {
	err = db.tx(ctx, "history.number", func(tx *txn) error {
		var names string
		err := tx.QueryRowContext(ctx, `SELECT first, names FROM history_check ORDER BY first DESC LIMIT 1`).Scan(&first, &names)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			first = 1
		case err != nil:
			return err
		default:
			first += strings.Count(names, "\n") + 1
		}
		lost, err := numbersSetAside(ctx, tx)
		if err != nil {
			return err
		}
		first = max(first, lost)
		number := first
		return insert(ctx, tx, insertion{`INSERT INTO history_check (first, names)`, 2, 0, ""}, slices.Collect(slices.Chunk(ids, checksInRow)),
			func(some []model.CheckID) ([]any, error) {
				row := number
				number += len(some)
				return []any{row, joined(some)}, nil
			})
	})
	return first, err
}

// numbersSetAside returns the first number that no row that was set aside can have assigned, or 0 if there is none: the past still
// holds results under them. A row that lost even its first number began at most after all others, full as they may be.
func numbersSetAside(ctx context.Context, tx *txn) (next int, err error) {
	keys, err := keysSetAside(ctx, tx, "history_check")
	if err != nil || len(keys) == 0 {
		return 0, err
	}
	last, lost := int64(0), false
	for _, key := range keys {
		n, err := strconv.ParseInt(key, 10, 64)
		lost = lost || err != nil || n < 1 || n > mostNumber
		last = max(last, n)
	}
	if !lost {
		return int(last) + checksInRow, nil
	}
	var rows int
	err = tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM history_check`).Scan(&rows)
	return (len(keys)+rows)*checksInRow + 1, err
}

// keysSetAside are what the rows of a table that were set aside were found by.
func keysSetAside(ctx context.Context, from querier, table string) ([]string, error) {
	r, err := from.QueryContext(ctx, `SELECT row_key FROM set_aside WHERE table_name = $1`, table)
	if err != nil {
		return nil, err
	}
	return scanTexts(r)
}

func joined(ids []model.CheckID) string {
	var all strings.Builder
	for i, id := range ids {
		if i > 0 {
			all.WriteByte('\n')
		}
		all.WriteString(string(id))
	}
	return all.String()
}

// SavePacks writes packs in one transaction. One of PackHours replaces the existing one of its hour.
func (db *DB) SavePacks(ctx context.Context, packs []model.Pack) error {
	return db.tx(ctx, "history.packs", func(tx *txn) error {
		hours := make([]model.Pack, 0, len(packs))
		for i := range packs {
			if packs[i].Kind == model.PackHours {
				hours = append(hours, packs[i])
			}
		}
		err := each(ctx, tx, `DELETE FROM history_pack WHERE kind = $1 AND grp = $2 AND from_at = $3`, hours, func(p model.Pack) ([]any, error) {
			return []any{int(p.Kind), p.Group, ms(p.From)}, nil
		})
		if err != nil {
			return err
		}
		return insert(ctx, tx, insertion{`INSERT INTO history_pack (kind, grp, from_at, to_at, body)`, 5, 0, ""}, packs,
			func(p model.Pack) ([]any, error) {
				return []any{int(p.Kind), p.Group, ms(p.From), ms(p.To), p.Body}, nil
			})
	})
}

// Packs calls each with every pack that matches the query, by group, then by time. They are read one at a time; the body is valid
// only during the call. A pack for which each returns model.ErrDamagedPack is left out, and set aside soon.
func (db *DB) Packs(ctx context.Context, q model.PackQuery, each func(p *model.Pack) error) error {
	for _, group := range q.Groups {
		err := db.packsOf(ctx, q, group, each)
		if err := db.of("history_pack").done("packs", err); err != nil {
			return err
		}
	}
	return nil
}

func (db *DB) packsOf(ctx context.Context, q model.PackQuery, group int, each func(p *model.Pack) error) (err error) {
	r, err := db.read.QueryContext(ctx, `SELECT `+db.engine.rowID()+`, from_at, to_at, body FROM history_pack
		WHERE kind = $1 AND grp = $2 AND from_at >= $3 AND from_at < $4 ORDER BY from_at`, int(q.Kind), group, ms(q.From), ms(q.To))
	if err != nil {
		return err
	}
	defer func() {
		if closed := r.Close(); err == nil {
			err = closed
		}
	}()
	for r.Next() {
		p := model.Pack{Kind: q.Kind, Group: group}
		var id, from, to int64
		var body sql.RawBytes
		if err := r.Scan(&id, &from, &to, &body); err != nil {
			db.suspects.add("history_pack")
			continue
		}
		p.From, p.To, p.Body = moment(from), moment(to), body
		switch err := each(&p); {
		case errors.Is(err, model.ErrDamagedPack):
			db.suspects.addRow("history_pack", id, err)
		case err != nil:
			return err
		}
	}
	return r.Err()
}

// PackedHours returns the hours with packs of a kind that begin at or after since, in order.
func (db *DB) PackedHours(ctx context.Context, kind model.PackKind, since time.Time) ([]time.Time, error) {
	return rows(ctx, db.of("history_pack"), func(r *sql.Rows) (time.Time, error) {
		var hour int64
		err := r.Scan(&hour)
		return time.UnixMilli(hour * time.Hour.Milliseconds()).UTC(), err
	}, `SELECT DISTINCT from_at / 3600000 FROM history_pack WHERE kind = $1 AND from_at >= $2 ORDER BY 1`, int(kind), ms(since))
}
