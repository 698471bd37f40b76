package oncall_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"opsbot/oncall"
)

// TestScheduleIsTheCalendar compares schedules with a calendar filled in minute by minute, around the clock changes of all zones.
func TestScheduleIsTheCalendar(t *testing.T) {
	if underRace {
		t.Skip("one goroutine, for a minute")
	}
	all := zones(t)
	rapid.Check(t, func(r *rapid.T) {
		zone := rapid.SampledFrom(all).Draw(r, "zone")
		days := clockChanges(zone, 2008, 2030)
		days = append(days, time.Date(2026, 6, 10, 0, 0, 0, 0, time.UTC))
		day := rapid.SampledFrom(days).Draw(r, "day")
		isTheCalendar(r, drawTrial(r, watch(zone, day, watched), zone, day))
	})
}

// oddChange is a clock change that broke others.
type oddChange struct {
	zone, day string
	location  *time.Location
	clock     *wallClock
}

// TestOddChanges: a day that was skipped, half an hour, a change at midnight, one for good.
func TestOddChanges(t *testing.T) {
	if underRace {
		t.Skip("one goroutine, for a minute")
	}
	all := []*oddChange{
		{zone: "Pacific/Apia", day: "2011-12-30"},
		{zone: "Pacific/Kwajalein", day: "1993-08-21"},
		{zone: "Australia/Lord_Howe", day: "2026-10-04"},
		{zone: "Australia/Lord_Howe", day: "2026-04-05"},
		{zone: "Europe/Berlin", day: "2026-03-29"},
		{zone: "America/New_York", day: "2026-11-01"},
		{zone: "America/Sao_Paulo", day: "2018-11-04"},
		{zone: "Asia/Beirut", day: "2023-03-30"},
		{zone: "Europe/Moscow", day: "2014-10-26"},
		{zone: "Asia/Pyongyang", day: "2018-05-04"},
		{zone: "Antarctica/Troll", day: "2026-03-29"},
	}
	for _, c := range all {
		location, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		c.location, c.clock = location, watch(location, at(c.day+" 00:00"), watched)
	}
	rapid.Check(t, func(r *rapid.T) {
		c := all[rapid.IntRange(0, len(all)-1).Draw(r, "change")]
		isTheCalendar(r, drawTrial(r, c.clock, c.location, at(c.day+" 00:00")))
	})
}

func isTheCalendar(r *rapid.T, c *trial) {
	from, to := c.middle.AddDate(0, 0, -asked), c.middle.AddDate(0, 0, asked)
	got := make(calendar, len(c.calendar))
	for _, s := range c.schedule.Shifts(from, to) {
		got.fill(c.clock, s.Cut(from, to).From, s.Cut(from, to).To, func(people []string) []string {
			if slices.Contains(people, s.Person) {
				r.Fatalf("%s has two shifts at once, one of them %v", s.Person, s)
			}
			return append(people, s.Person)
		})
	}
	for i, at := range c.clock.at {
		slices.Sort(got[i])
		if !at.Before(from) && at.Before(to) && !slices.Equal(got[i], c.calendar[i]) {
			r.Fatalf("at %s %v are on call, want %v", at.In(c.zone), got[i], c.calendar[i])
		}
	}
	at := c.drawMinute(r, "asked", asked-1)
	i := int(at.Sub(c.clock.at[0]) / time.Minute)
	if people := c.schedule.At(at); !slices.Equal(people, c.calendar[i]) {
		r.Fatalf("At(%s) is %v, want %v", at, people, c.calendar[i])
	}
	nextIsTheNextChange(r, c, at, i)
	wholeShifts(r, c, at, i)
	gapsAreEmpty(r, c, from, to)
}

func nextIsTheNextChange(r *rapid.T, c *trial, at time.Time, i int) {
	next, ok := c.schedule.Next(at)
	for j := i; j < len(c.calendar) && c.clock.at[j].Before(c.middle.AddDate(0, 0, asked)); j++ {
		if !slices.Equal(c.calendar[j], c.calendar[i]) {
			if !ok || !next.Equal(c.clock.at[j]) {
				r.Fatalf("after %s the next change is %v (%t), want %v", at, next, ok, c.clock.at[j])
			}
			return
		}
	}
	if ok && next.Before(c.middle.AddDate(0, 0, asked)) {
		r.Fatalf("after %s nothing changes, but Next is %v", at, next)
	}
}

// wholeShifts: of everybody who is on call, a shift begins and ends where the person's time does.
func wholeShifts(r *rapid.T, c *trial, at time.Time, i int) {
	who := c.schedule.Who(at)
	if len(who) != len(c.calendar[i]) {
		r.Fatalf("Who(%s) is %v, want shifts of %v", at, who, c.calendar[i])
	}
	low, high := c.middle.AddDate(0, 0, -asked), c.middle.AddDate(0, 0, asked)
	for _, s := range who {
		begin, end := i, i
		for begin > 0 && slices.Contains(c.calendar[begin-1], s.Person) {
			begin--
		}
		for end < len(c.calendar) && slices.Contains(c.calendar[end], s.Person) {
			end++
		}
		if b := c.clock.at[begin]; b.After(low) && !s.From.Equal(b) {
			r.Fatalf("at %s: %v begins then, want %s", at, s, b)
		}
		if end < len(c.calendar) && c.clock.at[end].Before(high) && !s.To.Equal(c.clock.at[end]) {
			r.Fatalf("at %s: %v ends then, want %s", at, s, c.clock.at[end])
		}
	}
}

func gapsAreEmpty(r *rapid.T, c *trial, from, to time.Time) {
	empty := make([]bool, len(c.calendar))
	last := time.Time{}
	for _, g := range c.schedule.Gaps(from, to) {
		if !g.From.Before(g.To) || !g.From.After(last) {
			r.Fatalf("gap %v after %v", g, last)
		}
		last = g.To
		for i := max(0, int(g.From.Sub(c.clock.at[0])/time.Minute)); i < len(empty) && c.clock.at[i].Before(g.To); i++ {
			empty[i] = true
		}
	}
	for i, at := range c.clock.at {
		if inside := !at.Before(from) && at.Before(to); inside && empty[i] != (len(c.calendar[i]) == 0) {
			r.Fatalf("at %s: in a gap is %t, on call is %v", at, empty[i], c.calendar[i])
		}
	}
}

// TestTurnsFollowEachOther: in all zones and at all times of day, turns of days are contiguous and in order across every clock change,
// and begin when the wall clock says so.
func TestTurnsFollowEachOther(t *testing.T) {
	if underRace {
		t.Skip("one goroutine, for a minute")
	}
	for _, zone := range zones(t) {
		for _, day := range clockChanges(zone, 2008, 2030) {
			for minute := 0; minute < 24*60; minute += 90 {
				turnsFollow(t, zone, day, time.Duration(minute)*time.Minute)
			}
		}
	}
}

func turnsFollow(t *testing.T, zone *time.Location, day time.Time, clock time.Duration) {
	t.Helper()
	start := day.AddDate(0, 0, -3).Add(clock)
	r := &oncall.Rotation{People: []string{"anna", "boris"}, Start: oncall.Wall(start), Every: oncall.Days(1), Zone: zone}
	shifts := r.Shifts(start.AddDate(0, 0, -2), day.AddDate(0, 0, 4))
	skipped := 0
	for i, s := range shifts {
		if i > 0 && !shifts[i-1].To.Equal(s.From) {
			t.Fatalf("%s: %v is followed by %v", zone, shifts[i-1], s)
		}
		if length := s.To.Sub(s.From); length > 25*time.Hour+time.Minute || length < 22*time.Hour {
			skipped++
		}
		if got := s.From.In(zone); i != 3 && i != 4 && got.Hour()*60+got.Minute() != int(clock.Minutes()) && skipped == 0 && !onChange(s.From, zone) {
			t.Fatalf("%s: a turn begins at %s, want the time of day %s", zone, got, clock)
		}
	}
	if len(shifts) < 5 {
		t.Fatalf("%s %s: %d turns in a week", zone, day, len(shifts))
	}
}

// onChange reports whether the clock is changed within some hours of t: its time of day may have been skipped.
func onChange(t time.Time, zone *time.Location) bool {
	_, before := t.Add(-4 * time.Hour).In(zone).Zone()
	_, after := t.Add(4 * time.Hour).In(zone).Zone()
	return before != after
}

func at(text string) time.Time {
	t, err := time.Parse("2006-01-02 15:04", text)
	if err != nil {
		panic(err)
	}
	return t
}

func week(people ...string) *oncall.Schedule {
	return &oncall.Schedule{Name: "primary", Zone: time.UTC, Layers: []oncall.Layer{&oncall.Rotation{
		People: people, Start: oncall.Wall(at("2026-12-07 10:00")), Every: oncall.Days(7), Zone: time.UTC,
	}}}
}

// TestMoved: who joins in the middle of a rotation moves those behind; each is named with the shifts that were and are.
func TestMoved(t *testing.T) {
	from, to := at("2026-12-07 10:00"), at("2027-01-04 10:00")
	if m := oncall.Moved(week("anna", "boris"), week("anna", "boris"), from, to); len(m) != 0 {
		t.Errorf("nothing changed, but %v", m)
	}
	moves := oncall.Moved(week("anna", "boris"), week("anna", "vera", "boris"), from, to)
	if len(moves) != 3 || moves[0].Person != "anna" || moves[1].Person != "boris" || moves[2].Person != "vera" {
		t.Fatalf("moved: %+v", moves)
	}
	anna, vera := moves[0], moves[2]
	if len(anna.Was) != 1 || !anna.Was[0].From.Equal(at("2026-12-21 10:00")) || len(anna.Now) != 1 || !anna.Now[0].From.Equal(at("2026-12-28 10:00")) {
		t.Errorf("anna: %+v", anna)
	}
	if len(vera.Was) != 0 || len(vera.Now) != 1 || !vera.Now[0].To.Equal(at("2026-12-21 10:00")) {
		t.Errorf("vera: %+v", vera)
	}
	if m := oncall.Moved(nil, week("anna"), from, to); len(m) != 1 || !m[0].Now[0].To.IsZero() {
		t.Errorf("a new schedule: %+v", m)
	}
}

// TestMovedOutsideOfTheTimeAsked: a shift that began earlier, or ends later, than the time that is asked about is the same shift in it.
func TestMovedOutsideOfTheTimeAsked(t *testing.T) {
	fixed := func(from, to string) *oncall.Schedule {
		return &oncall.Schedule{Layers: []oncall.Layer{oncall.Fixed{{Person: "anna", From: at(from), To: at(to)}}}}
	}
	before := fixed("2026-12-01 00:00", "2026-12-10 00:00")
	for _, after := range []*oncall.Schedule{fixed("2026-12-03 00:00", "2026-12-10 00:00"), fixed("2026-12-01 00:00", "2026-12-12 00:00")} {
		if m := oncall.Moved(before, after, at("2026-12-05 00:00"), at("2026-12-09 00:00")); len(m) != 0 {
			t.Errorf("moved: %+v", m)
		}
		if m := oncall.Moved(before, after, at("2026-12-01 00:00"), at("2026-12-20 00:00")); len(m) != 1 || len(m[0].Was) != 1 || len(m[0].Now) != 1 {
			t.Errorf("in the whole time: %+v", m)
		}
	}
}

// TestMovedIsWhatDiffers: whatever changes, a person is named if and only if their minutes differ.
func TestMovedIsWhatDiffers(t *testing.T) {
	if underRace {
		t.Skip("one goroutine, for a minute")
	}
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	day := at("2026-03-29 00:00")
	clock := watch(berlin, day, watched)
	rapid.Check(t, func(r *rapid.T) {
		before, after := drawTrial(r, clock, berlin, day), drawTrial(r, clock, berlin, day)
		from, to := day.AddDate(0, 0, -asked), day.AddDate(0, 0, asked)
		differ := map[string]bool{}
		for i, at := range before.clock.at {
			for _, p := range crew {
				inside := !at.Before(from) && at.Before(to)
				differ[p] = differ[p] || inside && slices.Contains(before.calendar[i], p) != slices.Contains(after.calendar[i], p)
			}
		}
		moved := map[string]bool{}
		for _, m := range oncall.Moved(before.schedule, after.schedule, from, to) {
			moved[m.Person] = true
		}
		for _, p := range crew {
			if moved[p] != differ[p] {
				r.Fatalf("%s: moved is %t, minutes differ is %t", p, moved[p], differ[p])
			}
		}
	})
}

// TestNoEnd: one person alone is on call without end, and nothing changes.
func TestNoEnd(t *testing.T) {
	s := week("anna")
	who := s.Who(at("2028-01-01 00:00"))
	if len(who) != 1 || !who[0].From.IsZero() || !who[0].To.IsZero() {
		t.Errorf("who: %v", who)
	}
	if next, ok := s.Next(at("2028-01-01 00:00")); ok {
		t.Errorf("next: %v", next)
	}
	if next, ok := s.Next(at("2026-12-01 00:00")); !ok || !next.Equal(at("2026-12-07 10:00")) {
		t.Errorf("next before the start: %v", next)
	}
	if shifts := s.Shifts(at("2026-12-08 00:00"), at("2026-12-08 00:00")); shifts != nil {
		t.Errorf("in no time: %v", shifts)
	}
}

// TestEvery: what is accepted is written as it is read.
func TestEvery(t *testing.T) {
	for _, text := range []string{"1h", "23h", "1d", "6d", "1w", "8w", "55d"} {
		var e oncall.Every
		if err := e.UnmarshalText([]byte(text)); err != nil || e.String() != text {
			t.Errorf("%s: %s, %v", text, e, err)
		}
	}
	for _, text := range []string{"", "h", "0h", "24h", "0d", "57d", "9w", "1", "1m", "-1d", "1.5d", "999w", "1 d", "d1", "+1d"} {
		var e oncall.Every
		if err := e.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is accepted as %s", text, e)
		}
	}
}

// FuzzRotation: whatever a rotation is, its turns are in order, and those of a part are those of the whole.
func FuzzRotation(f *testing.F) {
	all := zones(f)
	f.Add(uint16(0), int64(1_765_101_600), uint8(7), true, int64(86400*30))
	f.Add(uint16(17), int64(1_325_203_200), uint8(1), true, int64(86400))
	f.Add(uint16(300), int64(1_700_000_000), uint8(5), false, int64(1))
	f.Fuzz(func(t *testing.T, zone uint16, start int64, every uint8, days bool, ask int64) {
		const first, last = 315_532_800, 4_102_444_800 // 1980, 2100
		if start < first || start > last {
			t.Skip()
		}
		r := &oncall.Rotation{People: crew, Start: oncall.Wall(time.Unix(start, 0).UTC()), Zone: all[int(zone)%len(all)]}
		if r.Every = oncall.Hours(int(every%23) + 1); days {
			r.Every = oncall.Days(int(every%56) + 1)
		}
		from := time.Unix(start, 0).Add(time.Duration(ask%(86400*3650)) * time.Second)
		middle := from.Add(5 * 24 * time.Hour)
		whole, part := r.Shifts(from, from.Add(10*24*time.Hour)), r.Shifts(middle, middle.Add(time.Minute))
		for i, s := range whole {
			if !s.From.Before(s.To) || i > 0 && !whole[i-1].To.Equal(s.From) {
				t.Fatalf("%v is followed by %v", whole[max(0, i-1)], s)
			}
		}
		for _, s := range part {
			if !slices.Contains(whole, s) {
				t.Fatalf("%v is not in %v", s, whole)
			}
		}
	})
}
