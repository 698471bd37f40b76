package storetest

import (
	"fmt"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/store"
)

func minutes(n int) time.Time { return Start.Add(time.Duration(n) * time.Minute) }

// migrated formats transitions, one per line.
func migrated(all []model.Transition) []string {
	lines := make([]string, len(all))
	for i, t := range all {
		lines[i] = fmt.Sprintf("%s %s %s %s", t.Check, t.At.Sub(Start), t.Phase, t.Status)
		if t.Gone {
			lines[i] = fmt.Sprintf("%s %s gone", t.Check, t.At.Sub(Start))
		}
	}
	return lines
}

func change(all ...model.Transition) model.Change { return model.Change{Transitions: all} }

func transitions(t *testing.T, open Opener) {
	db := open(t, "a")
	refused := model.Transition{Check: "a", At: minutes(2), Phase: model.PhaseDown, Status: model.StatusFail, Reason: model.NewReason(model.ReasonRefused, "addr", "127.0.0.1:1")}
	must[[]int64](t)(db.Commit(t.Context(), change(
		model.Transition{Check: "a", At: minutes(0), Status: model.StatusOK}, model.Transition{Check: "b", At: minutes(1), Status: model.StatusOK}, refused,
	)))
	must[[]int64](t)(db.Commit(t.Context(), change(model.Transition{Check: "b", At: minutes(3), Gone: true})))
	db = reopen(t, db, open, "a")
	read := func(span model.Span, ids ...model.CheckID) []model.Transition {
		return must[[]model.Transition](t)(db.Transitions(t.Context(), ids, span))
	}
	same(t, migrated(read(model.Span{From: minutes(1), To: minutes(9)}, "b", "a", "c")),
		[]string{"b 1m0s ok ok", "b 3m0s gone", "a 0s ok ok", "a 2m0s down fail"})
	same(t, migrated(read(model.Span{From: minutes(2), To: minutes(3)}, "a", "b")), []string{"a 2m0s down fail", "b 1m0s ok ok"})
	same(t, migrated(read(model.Span{From: minutes(-9), To: minutes(0)}, "a")), []string{})
	same(t, read(model.Span{From: minutes(2), To: minutes(3)}, "a"), []model.Transition{refused})
}

// What was evaluated later applies later, whatever the clock said.
func transitionsInOrder(t *testing.T, open Opener) {
	db := open(t, "a")
	all := func() []string {
		return migrated(must[[]model.Transition](t)(db.Transitions(t.Context(), []model.CheckID{"a"}, model.Span{From: minutes(-999), To: minutes(99_999)})))
	}
	down := model.Transition{Check: "a", At: minutes(5), Phase: model.PhaseDown, Status: model.StatusFail}
	must[[]int64](t)(db.Commit(t.Context(), change(down, model.Transition{Check: "a", At: minutes(5), Status: model.StatusOK}, model.Transition{Check: "z", At: minutes(20), Status: model.StatusOK})))
	down.At = minutes(4)
	must[[]int64](t)(db.Commit(t.Context(), change(down)))
	same(t, all(), []string{"a 5m0s ok ok", "a 5m0.001s down fail"})                 // of the same time the later one
	wrong := model.Transition{Check: "a", At: minutes(9000), Status: model.StatusOK} // from a clock that is days ahead
	must[[]int64](t)(db.Commit(t.Context(), change(wrong)))
	wrong.At, wrong.Status = minutes(6), model.StatusUnknown
	must[[]int64](t)(db.Commit(t.Context(), change(wrong)))
	same(t, all()[2:], []string{"a 6m0s ok unknown"})
}

// A check that was never anything but ok has only its state.
func alwaysWell(t *testing.T, open Opener) {
	db := open(t, "a")
	well := model.CheckState{Since: minutes(5), Status: model.StatusOK}
	other := well
	other.Remembered = true
	must[[]int64](t)(db.Commit(t.Context(), model.Change{Checks: map[model.CheckID]model.CheckState{"well": well, "other": other, "never": {}}}))
	read := func(from, to int) []string {
		ids := []model.CheckID{"never", "well", "other"}
		return migrated(must[[]model.Transition](t)(db.Transitions(t.Context(), ids, model.Span{From: minutes(from), To: minutes(to)})))
	}
	same(t, read(0, 5), []string{})
	same(t, read(0, 6), []string{"well 5m0s ok ok"})
	same(t, read(60, 61), []string{"well 5m0s ok ok"})
}

// One that left and came back is unmeasured in between, and then has only its state.
func wellAgain(t *testing.T, open Opener) {
	db := open(t, "a")
	must[[]int64](t)(db.Commit(t.Context(), change(
		model.Transition{Check: "back", At: minutes(1), Status: model.StatusOK}, model.Transition{Check: "back", At: minutes(9), Gone: true},
	)))
	read := func(from, to int) []string {
		return migrated(must[[]model.Transition](t)(db.Transitions(t.Context(), []model.CheckID{"back"}, model.Span{From: minutes(from), To: minutes(to)})))
	}
	same(t, read(5, 60), []string{"back 1m0s ok ok", "back 9m0s gone"})
	come := func(since int, remembered bool) {
		state := model.CheckState{Since: minutes(since), Status: model.StatusOK, Remembered: remembered}
		must[[]int64](t)(db.Commit(t.Context(), model.Change{Checks: map[model.CheckID]model.CheckState{"back": state}}))
		db = reopen(t, db, open, "a")
	}
	come(11, false)
	same(t, read(5, 60), []string{"back 1m0s ok ok", "back 9m0s gone", "back 11m0s ok ok"})
	same(t, read(10, 60), []string{"back 9m0s gone", "back 11m0s ok ok"})
	same(t, read(30, 60), []string{"back 11m0s ok ok"})
	same(t, read(5, 11), []string{"back 1m0s ok ok", "back 9m0s gone"})
	same(t, read(2, 8), []string{"back 1m0s ok ok"})
	come(8, false) // from a clock that was set back
	same(t, read(30, 60), []string{"back 9m0.001s ok ok"})
	come(11, true)
	same(t, read(30, 60), []string{"back 9m0s gone"})
}

func life(t *testing.T, open Opener) {
	db := open(t, "a")
	same(t, must[time.Time](t)(db.Alive(t.Context())), time.Time{})
	ok(t, db.SetAlive(t.Context(), minutes(-60), nil))
	ok(t, db.SetAlive(t.Context(), minutes(-30), []model.Span{{From: minutes(-60), To: minutes(-30)}}))
	db = reopen(t, db, open, "a")
	same(t, must[time.Time](t)(db.Alive(t.Context())), minutes(-30))
	must[[]int64](t)(db.Commit(t.Context(), change(model.Transition{Check: "a", At: minutes(-20)}, model.Transition{Check: "b", At: minutes(20)})))
	same(t, must[time.Time](t)(db.Alive(t.Context())), minutes(-20))
	gap := []model.Span{{From: minutes(-60), To: minutes(-30)}}
	same(t, must[[]model.Span](t)(db.Gaps(t.Context(), model.Span{From: minutes(-31), To: minutes(0)})), gap)
	same(t, must[[]model.Span](t)(db.Gaps(t.Context(), model.Span{From: minutes(-99), To: minutes(-59)})), gap)
	same(t, len(must[[]model.Span](t)(db.Gaps(t.Context(), model.Span{From: minutes(-30), To: minutes(0)}))), 0)
}

func mutesIn(t *testing.T, open Opener) {
	db := open(t, "a")
	over := model.Mute{ID: 1, Planned: true, From: minutes(0), Until: minutes(60), EndedAt: minutes(10)}
	must[[]int64](t)(db.Commit(t.Context(), model.Change{Mutes: []model.Mute{over, {ID: 2, From: minutes(30), Until: minutes(90)}}}))
	for _, c := range []struct {
		from, to int
		want     []model.MuteID
	}{{-9, 1, []model.MuteID{1}}, {9, 31, []model.MuteID{1, 2}}, {11, 30, nil}, {89, 99, []model.MuteID{2}}, {90, 99, nil}} {
		var got []model.MuteID
		for _, m := range must[[]model.Mute](t)(db.MutesIn(t.Context(), model.Span{From: minutes(c.from), To: minutes(c.to)})) {
			got = append(got, m.ID)
		}
		same(t, got, c.want)
	}
}

// Planned maintenance excuses outages for as long as these are kept.
func maintenanceStays(t *testing.T, open Opener) {
	db := open(t, "a")
	mute := func(id model.MuteID, m model.Mute) model.Mute {
		m.ID, m.From, m.Until, m.EndedAt = id, minutes(-60*99), minutes(-60*98), minutes(-60*98)
		return m
	}
	must[[]int64](t)(db.Commit(t.Context(), model.Change{Mutes: []model.Mute{
		mute(1, model.Mute{Planned: true}), mute(2, model.Mute{Window: "sunday"}), mute(3, model.Mute{Reason: `"planned":true, "window":"x"`}), {ID: 4, From: minutes(0), Until: minutes(9)},
	}}))
	left := func(keep time.Duration) (ids []model.MuteID) {
		ok(t, db.Prune(t.Context(), store.Retention{Incidents: time.Hour, Transitions: keep}))
		for _, m := range must[[]model.Mute](t)(db.MutesIn(t.Context(), model.Span{From: minutes(-60 * 99), To: minutes(1)})) {
			ids = append(ids, m.ID)
		}
		return ids
	}
	same(t, left(0), []model.MuteID{1, 2, 4}) // for ever
	same(t, left(99*time.Hour), []model.MuteID{1, 2, 4})
	same(t, left(time.Minute), []model.MuteID{4})
}

func packs(t *testing.T, open Opener) {
	db := open(t, "a")
	first := must[int](t)(db.NumberChecks(t.Context(), []model.CheckID{"a", "b"}))
	if next := must[int](t)(db.NumberChecks(t.Context(), []model.CheckID{"c"})); next != first+2 {
		t.Errorf("numbers %d, then %d", first, next)
	}
	numbered(t, db, first)
	db = reopen(t, db, open, "a")
	pack := func(kind model.PackKind, group, from int, body ...byte) model.Pack {
		return model.Pack{Kind: kind, Group: group, Span: model.Span{From: minutes(from), To: minutes(from + 1)}, Body: body}
	}
	ok(t, db.SavePacks(t.Context(), []model.Pack{
		pack(model.PackRounds, 0, 10, 0, 255), pack(model.PackRounds, 0, 10, 2), pack(model.PackRounds, 0, 0, 3), pack(model.PackRounds, 1, 5, 4),
		pack(model.PackHours, 0, 0, 5),
	}))
	ok(t, db.SavePacks(t.Context(), []model.Pack{pack(model.PackHours, 0, 0, 6), pack(model.PackHours, 0, 60, 7)}))
	db = reopen(t, db, open, "a")
	read := func(kind model.PackKind, from, to int, groups ...int) (bodies [][]byte) {
		q := model.PackQuery{Kind: kind, Groups: groups, Span: model.Span{From: minutes(from), To: minutes(to)}}
		ok(t, db.Packs(t.Context(), q, func(p *model.Pack) error {
			bodies = append(bodies, append([]byte{byte(p.Group), byte(p.To.Sub(p.From) / time.Minute)}, p.Body...))
			return nil
		}))
		return bodies
	}
	same(t, read(model.PackRounds, 0, 10, 1, 0), [][]byte{{1, 1, 4}, {0, 1, 3}})
	same(t, len(read(model.PackRounds, 0, 11, 0)), 3)
	same(t, read(model.PackHours, 0, 61, 0), [][]byte{{0, 1, 6}, {0, 1, 7}})
	same(t, must[[]time.Time](t)(db.PackedHours(t.Context(), model.PackHours, minutes(0))), []time.Time{minutes(0), minutes(60)})
	same(t, must[[]time.Time](t)(db.PackedHours(t.Context(), model.PackHours, minutes(1))), []time.Time{minutes(60)})
	same(t, must[[]time.Time](t)(db.PackedHours(t.Context(), model.PackRounds, minutes(0))), []time.Time{minutes(0)})
}

// numbered numbers many checks at once, in a range of their own.
func numbered(t *testing.T, db *store.DB, first int) {
	t.Helper()
	var many []model.CheckID
	for i := range 2500 {
		many = append(many, model.CheckID(fmt.Sprintf("many%d", i)))
	}
	if at := must[int](t)(db.NumberChecks(t.Context(), many)); at != first+3 {
		t.Errorf("many begin at %d", at)
	}
	all := must[map[model.CheckID]int](t)(db.CheckNumbers(t.Context()))
	for i, id := range many {
		if all[id] != first+3+i {
			t.Fatalf("%s has the number %d", id, all[id])
		}
	}
	if len(all) != 2503 || all["a"] != first || all["b"] != first+1 || all["c"] != first+2 {
		t.Errorf("%d numbers", len(all))
	}
	if next := must[int](t)(db.NumberChecks(t.Context(), []model.CheckID{"last", "b"})); next != first+2503 {
		t.Errorf("after them comes %d", next)
	}
	if all := must[map[model.CheckID]int](t)(db.CheckNumbers(t.Context())); all["b"] != first+1 || all["last"] != first+2503 {
		t.Errorf("one that got a second number has %d", all["b"])
	}
}

func retentionOfThePast(t *testing.T, open Opener) {
	db := open(t, "a")
	at := func(hours int, id model.CheckID, gone bool) model.Transition {
		return model.Transition{Check: id, At: Start.Add(time.Duration(hours) * time.Hour), Gone: gone, Status: model.StatusOK}
	}
	must[[]int64](t)(db.Commit(t.Context(), change(at(-99, "a", false), at(-50, "a", false), at(-1, "a", false), at(-99, "gone", false), at(-98, "gone", true), at(-99, "still", false))))
	ok(t, db.SetAlive(t.Context(), Start, []model.Span{{From: minutes(-9000), To: minutes(-8999)}}))
	ok(t, db.SetAlive(t.Context(), Start, []model.Span{{From: time.Unix(0, 0), To: minutes(-90_000)}})) // older than everything stored: it stays
	for _, kind := range []model.PackKind{model.PackRounds, model.PackHours} {
		for _, from := range []int{-60 * 99, -60} {
			ok(t, db.SavePacks(t.Context(), []model.Pack{{Kind: kind, Span: model.Span{From: minutes(from), To: minutes(from + 60)}, Body: []byte{1}}}))
		}
	}
	left := func() (n [4]int) {
		all := model.Span{From: minutes(-89_999), To: minutes(0)}
		n[0] = len(must[[]model.Transition](t)(db.Transitions(t.Context(), []model.CheckID{"a", "gone", "still"}, all)))
		n[1] = len(must[[]model.Span](t)(db.Gaps(t.Context(), all)))
		for kind := range model.PackKind(2) {
			ok(t, db.Packs(t.Context(), model.PackQuery{Kind: kind, Groups: []int{0}, Span: all}, func(*model.Pack) error {
				n[2+kind]++
				return nil
			}))
		}
		return n
	}
	keep := store.Retention{Incidents: time.Hour, Audit: time.Hour, Intake: time.Hour}
	ok(t, db.Prune(t.Context(), keep))
	same(t, left(), [4]int{6, 1, 2, 2}) // for ever
	keep.Results, keep.Hours = 48*time.Hour, 200*time.Hour
	ok(t, db.Prune(t.Context(), keep))
	same(t, left(), [4]int{6, 1, 1, 2})
	keep.Transitions, keep.Hours = 48*time.Hour, 48*time.Hour
	ok(t, db.Prune(t.Context(), keep))
	same(t, len(must[[]model.Span](t)(db.Gaps(t.Context(), model.Span{From: minutes(-99_999), To: minutes(0)}))), 1)
	same(t, left(), [4]int{3, 0, 1, 1}) // of a: the one in force at the bound, and what came after; of still: the one in force
}
