package store

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"opsbot/model"
)

// Retention is how long what has ended is kept.
type Retention struct {
	Incidents time.Duration // closed incidents with their cards, and ended mutes; those of maintenance as long as Transitions, if that is longer
	Audit     time.Duration
	Intake    time.Duration // done updates: at least 24 h, as long as Telegram resends them

	DeadLetters time.Duration // messages that were given up
	Baselines   time.Duration // web test results before an update; 0 keeps none
	Events      time.Duration // ended events of sources, by their end: at least 48 h, in which they may be received again

	// 0 keeps these for ever.
	Transitions time.Duration // of checks, and gaps; the one in force stays
	Results     time.Duration // packed single results
	Hours       time.Duration // packed hourly sums
}

// Prune deletes what ended longer ago than the retention. What is open, unsent or not done is never deleted, and the newest
// incident and mute stay, and the last number of each reader: numbers are not reused. Each table is pruned by itself: one that fails keeps no other from it.
func (db *DB) Prune(ctx context.Context, keep Retention) error {
	var errs []error
	for i, step := range keep.steps(db.now()) {
		err := db.run(ctx, "retention."+strconv.Itoa(i), step.query, ms(step.before))
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// pruning is one step of it: what ended before a time goes.
type pruning struct {
	query  string
	before time.Time
}

func (keep Retention) steps(now time.Time) []pruning {
	return []pruning{
		{`DELETE FROM incident WHERE closed_at > 0 AND closed_at < $1 AND id < (SELECT MAX(id) FROM incident)
			AND id NOT IN (SELECT incident FROM notification)`, now.Add(-keep.Incidents)},
		{`DELETE FROM card WHERE CAST($1 AS bigint) > 0 AND incident NOT IN (SELECT id FROM incident)`, now},
		{`DELETE FROM fallback_copy WHERE CAST($1 AS bigint) > 0 AND incident NOT IN (SELECT id FROM incident)
			AND notification NOT IN (SELECT id FROM notification)`, now},
		{`DELETE FROM mute WHERE ended_at > 0 AND ended_at < $1 AND id < (SELECT MAX(id) FROM mute) AND NOT ` + maintenance, now.Add(-keep.Incidents)},
		{`DELETE FROM mute WHERE ended_at > 0 AND ended_at < $1 AND id < (SELECT MAX(id) FROM mute)`, slices.MinFunc([]time.Time{now.Add(-keep.Incidents), before(now, keep.Transitions)}, time.Time.Compare)},
		{`DELETE FROM reader_number WHERE CAST($1 AS bigint) > 0 AND (kind = 'incident' AND id NOT IN (SELECT id FROM incident) OR kind = 'mute' AND id NOT IN (SELECT id FROM mute))
			AND EXISTS (SELECT 1 FROM reader_number AS later WHERE later.readers = reader_number.readers AND later.kind = reader_number.kind
				AND later.number > reader_number.number)`, now},
		{`DELETE FROM audit WHERE at < $1`, now.Add(-keep.Audit)},
		{`DELETE FROM intake WHERE done = 1 AND at < $1`, now.Add(-max(keep.Intake, 24*time.Hour))},
		{`DELETE FROM dead_letter WHERE dead_at < $1`, now.Add(-keep.DeadLetters)},
		{`DELETE FROM report WHERE CAST($1 AS bigint) > 0 AND notification NOT IN (SELECT id FROM notification)
			AND notification NOT IN (SELECT id FROM dead_letter)`, now},
		{`DELETE FROM event WHERE ended_at > 0 AND ended_at < $1
			AND incident NOT IN (SELECT id FROM incident WHERE closed_at = 0)`, now.Add(-max(keep.Events, 48*time.Hour))},
		{`DELETE FROM baseline WHERE at < $1`, now.Add(-keep.Baselines)},
		{`DELETE FROM ack_link WHERE at < $1 AND incident NOT IN (SELECT id FROM incident WHERE closed_at = 0)`, now.Add(-linksFor)},
		{`DELETE FROM gateway_sent WHERE at < $1`, now.Add(-model.LongestOfRate)},
		{`DELETE FROM escalation WHERE ended_at > 0 AND ended_at < $1 AND id < (SELECT MAX(id) FROM escalation)`, now.Add(-keep.Incidents)},
		{`DELETE FROM oncall_override WHERE to_at < $1`, now.Add(-keep.Audit)},
		{`DELETE FROM oncall_cover WHERE to_at < $1`, now.Add(-keep.Audit)},
		{`DELETE FROM oncall_calendar WHERE at < $1`, now.Add(-calendarFor)},
		{`DELETE FROM button WHERE expires < $1`, now},
		{`DELETE FROM transition WHERE at < $1 AND (gone = 1 OR EXISTS (SELECT 1 FROM transition AS later
			WHERE later.check_id = transition.check_id AND later.at > transition.at AND later.at <= $1))`, before(now, keep.Transitions)},
		{`DELETE FROM history_gap WHERE from_at > 0 AND to_at < $1`, before(now, keep.Transitions)},
		{`DELETE FROM history_pack WHERE kind = 0 AND from_at < $1`, before(now, keep.Results).Truncate(time.Hour)},
		{`DELETE FROM history_pack WHERE kind = 1 AND from_at < $1`, before(now, keep.Hours).Truncate(time.Hour)},
		{`DELETE FROM set_aside WHERE at < $1`, now.Add(-asideFor)},
		{`DELETE FROM commit_mark WHERE at < $1`, now.Add(-model.Day)}, // of earlier starts
	}
}

// asideFor is how long rows that could not be read are kept for whoever can.
const asideFor = 30 * model.Day

// calendarFor is how long the last good copy of a calendar is kept that cannot be fetched, or is no longer asked for.
const calendarFor = 14 * model.Day

// maintenance selects mutes that excuse outages, as Mute.Maintenance does: quotes in text are escaped, and unset fields are
// omitted.
const maintenance = `(body LIKE '%"planned":true%' OR body LIKE '%"window":"%')`

// before is the time from which on something is kept; 0 keeps everything.
func before(now time.Time, keep time.Duration) time.Time {
	if keep == 0 {
		return time.Time{}
	}
	return now.Add(-keep)
}
