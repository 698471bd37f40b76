package ops_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"opsbot/model"
	"opsbot/oncall"
	"opsbot/ops"
)

// threePeople has anna, boris and vera take turns of a day; vera has no chat with the bot. boris is in Berlin.
func threePeople(t *testing.T) *oncall.Roster {
	t.Helper()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return &oncall.Roster{
		People: []oncall.Person{{Name: "anna", Telegram: 7}, {Name: "boris", Telegram: 8, Zone: berlin}, {Name: "vera"}, {Name: "lena", Telegram: 10}},
		Schedules: []*oncall.Schedule{{Name: "primary", Zone: time.UTC, Layers: []oncall.Layer{&oncall.Rotation{
			People: []string{"anna", "boris", "vera"}, Start: oncall.Wall(epoch.Truncate(model.Day)), Every: oncall.Days(1), Zone: time.UTC,
		}}}},
	}
}

// notified is what people were told since it was asked last, "what to person", in order.
func (b *bench) notified() (all []string) {
	b.locked(func() {
		for _, n := range b.sent {
			line := fmt.Sprintf("%s to %d", n.Kind, n.To.Chat)
			if s := n.Snapshot.Shift; s != nil {
				line = fmt.Sprintf("%s %s to %d", s.What, s.Person, n.To.Chat)
			}
			if c := n.Snapshot.Cover; c != nil {
				line = fmt.Sprintf("%s %d to %d", c.What, c.Cover.ID, n.To.Chat)
			}
			all = append(all, line)
		}
		b.sent = nil
	})
	return all
}

// tick lets time pass and tells people.
func (b *bench) tick(d time.Duration) []string {
	b.Helper()
	b.locked(func() { b.passed += d })
	if err := b.actions.NotifyShifts(b.Context()); err != nil {
		b.Fatal(err)
	}
	return b.notified()
}

func (b *bench) wants(what string, got []string, want ...string) {
	b.Helper()
	if !slices.Equal(got, want) {
		b.Errorf("%s: %q, want %q", what, got, want)
	}
}

// TestShiftsAreNotified: whoever goes on and off call, by whatever way, once; the chat where somebody cannot be told, or where it wants to know.
func TestShiftsAreNotified(t *testing.T) {
	b := newBench(t)
	b.roster, b.quiet = threePeople(t), true
	b.wants("the first look", b.tick(0))
	b.wants("nothing new", b.tick(time.Hour))
	b.wants("a handoff", b.tick(model.Day), "begins boris to 8", "ends anna to 7")
	b.wants("once", b.tick(time.Minute))
	b.wants("to somebody without a chat", b.tick(model.Day), "ends boris to 8", "group  to -100")
	b.wants("once", b.tick(time.Minute))
	if _, err := b.actions.Takeover(t.Context(), model.Actor{User: 8, Role: model.RoleOperator}, ops.MuteRequest{For: time.Hour}); err != nil {
		t.Fatal(err)
	}
	b.wants("a takeover", b.tick(0), "begins boris to 8", "group  to -100")
	b.locked(func() { b.away = []string{"boris"} })
	b.wants("the chat knows", b.tick(time.Minute))
	b.wants("its end", b.tick(time.Hour), "group  to -100")
	b.locked(func() { b.away, b.quiet = nil, false })
	b.wants("a chat that is told of all", b.tick(model.Day), "begins anna to 7", "group  to -100")
	b.locked(func() { b.away = []string{"anna", "group"} })
	b.wants("nobody can be told", b.tick(0))
	b.locked(func() { b.away = nil })
	b.roster.Schedules[0].Missing = true
	b.wants("a calendar that is missing", b.tick(model.Day))
	b.roster.Schedules[0].Missing = false
	b.wants("it is there again", b.tick(0), "begins boris to 8", "ends anna to 7", "group  to -100")
	b.roster.Schedules[0].Name = "other"
	b.wants("a schedule that is new", b.tick(0))
}

// TestAPersonWhoseChatFailsIsReplacedByTheGroup: the message to them was written, and did not arrive.
func TestAPersonWhoseChatFailsIsReplacedByTheGroup(t *testing.T) {
	b := newBench(t)
	b.roster, b.quiet = threePeople(t), true
	b.tick(0)
	b.wants("a handoff", b.tick(model.Day), "begins boris to 8", "ends anna to 7")
	b.locked(func() { b.away = []string{"boris"} })
	b.wants("the chat fails", b.tick(time.Minute), "group  to -100")
	b.wants("once", b.tick(time.Minute))
}

// TestAHandoverIsWhole: what is open, muted and noted, for whoever sees it; whoever does not gets the own times alone.
func TestAHandoverIsWhole(t *testing.T) {
	b := newBench(t)
	b.roster = threePeople(t)
	b.roster.Schedules[0].Layers[0].(*oncall.Rotation).People = []string{"anna", "boris", "lena"}
	b.mutes = []model.Mute{{ID: 1, From: epoch, Until: epoch.Add(100 * model.Day)}, {ID: 2, From: epoch.Add(50 * model.Day), Until: epoch.Add(60 * model.Day)}}
	b.tick(0)
	b.passed += model.Day
	if err := b.actions.NotifyShifts(t.Context()); err != nil {
		t.Fatal(err)
	}
	first := b.sent[0].Snapshot
	if s := first.Shift; len(first.Open) != 2 || len(s.Muted) != 1 || s.Zone != "Europe/Berlin" || s.Before[0] != "anna" || !s.To.Equal(epoch.Truncate(model.Day).Add(2*model.Day)) {
		t.Errorf("%+v %+v", first.Open, s)
	}
	b.notified()
	b.passed += model.Day
	if err := b.actions.NotifyShifts(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := b.sent[0]; n.To.Chat != 10 || len(n.Snapshot.Open)+len(n.Snapshot.Shift.Muted)+len(n.Snapshot.Shift.Before)+len(n.Snapshot.Shift.Now) > 0 || n.Snapshot.Shift.To.IsZero() {
		t.Errorf("a limited person is told %+v", n.Snapshot)
	}
	b.notified()
	b.passed += model.Day
	if err := b.actions.NotifyShifts(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, n := range b.sent {
		if n.To.Chat == 10 && len(n.Snapshot.Shift.Now) > 0 {
			t.Errorf("a limited person is told who follows: %+v", n.Snapshot.Shift)
		}
	}
}

// TestAGapIsNotifiedOnce: a day before it begins, with its end, and anew when it is another one.
func TestAGapIsNotifiedOnce(t *testing.T) {
	b := newBench(t)
	b.roster = threePeople(t)
	from := epoch.Truncate(model.Day).Add(10 * model.Day)
	shifts := oncall.Fixed{{Person: "anna", From: epoch.Add(-model.Day), To: from}, {Person: "anna", From: from.Add(40 * time.Hour), To: from.Add(1000 * time.Hour)}}
	b.roster.Schedules[0].Layers = []oncall.Layer{shifts}
	b.wants("long before", b.tick(8*model.Day))
	b.locked(func() { b.passed = from.Sub(epoch) - 23*time.Hour })
	if err := b.actions.NotifyShifts(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s := b.sent[0].Snapshot.Shift; len(b.sent) != 1 || s.What != model.ShiftGap || !s.From.Equal(from) || !s.To.Equal(from.Add(40*time.Hour)) || b.sent[0].Severity != model.SeverityWarning {
		t.Errorf("%+v", b.sent)
	}
	b.notified()
	b.wants("once", b.tick(time.Hour))
	b.wants("it begins", b.tick(23*time.Hour), "ends anna to 7", "group  to -100")
	b.wants("it goes on", b.tick(20*time.Hour))
	b.wants("it ends", b.tick(20*time.Hour), "begins anna to 7", "group  to -100")
	b.roster.Schedules[0].Layers = []oncall.Layer{oncall.Fixed{{Person: "anna", From: epoch, To: b.now().Add(time.Hour)}}}
	b.wants("another one", b.tick(0), "gap  to -100")
	b.roster.Schedules[0].GapsAllowed = true
	b.wants("that is meant", b.tick(2*time.Hour), "ends anna to 7", "group  to -100")
}

// TestWhoeverGoesOnCallIsNotified: whatever happens to a schedule, and however often the program is stopped, everybody who is on call knows, and nobody who
// knew it already is told again.
func TestWhoeverGoesOnCallIsNotified(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		b := newBench(t)
		b.roster, b.quiet = threePeople(t), true
		b.roster.People[2].Telegram = 9
		b.tick(0)
		knows := map[string]bool{}
		for _, name := range b.roster.Schedules[0].At(b.now()) {
			knows[name] = true
		}
		ids := map[string]string{"7": "anna", "8": "boris", "9": "vera"}
		for range rapid.IntRange(1, 12).Draw(r, "steps") {
			switch rapid.IntRange(0, 2).Draw(r, "what") {
			case 0:
				who := model.Actor{User: model.UserID(rapid.IntRange(7, 9).Draw(r, "who")), Role: model.RoleOperator}
				_, _ = b.actions.Takeover(t.Context(), who, ops.MuteRequest{For: time.Duration(rapid.IntRange(1, 50).Draw(r, "hours")) * time.Hour}) // may be refused
			case 1:
				b.roster.Schedules[0].Layers[0].(*oncall.Rotation).Every = oncall.Hours(rapid.IntRange(1, 23).Draw(r, "every"))
			}
			for _, line := range b.tick(time.Duration(rapid.IntRange(0, 60).Draw(r, "pass")) * time.Hour) {
				what := strings.Fields(line)
				name := ids[what[len(what)-1]]
				if name == "" {
					continue // the chat, of gaps
				}
				if begins := what[0] == "begins"; knows[name] == begins {
					r.Fatalf("%s, who knew it", line)
				}
				knows[name] = what[0] == "begins"
			}
			a, err := b.actions.OnCall(t.Context(), model.Actor{Role: model.RoleAdmin}, nil)
			if err != nil {
				r.Fatal(err)
			}
			on := map[string]bool{}
			for _, s := range a.Schedules[0].Now {
				on[s.Person] = true
			}
			for _, name := range ids {
				if on[name] != knows[name] {
					r.Fatalf("%s on call: %v, knows: %v", name, on[name], knows[name])
				}
			}
		}
	})
}

// TestMovedShiftsAreNotified: by another configuration, to each of those whose shifts it moves, with the shifts that were and are.
func TestMovedShiftsAreNotified(t *testing.T) {
	b := newBench(t)
	before := threePeople(t)
	after := threePeople(t)
	after.Schedules[0].Layers[0].(*oncall.Rotation).People = []string{"anna", "vera", "boris"}
	b.roster = after
	if err := b.actions.NotifyMoved(t.Context(), before, after); err != nil {
		t.Fatal(err)
	}
	if s := b.sent[0].Snapshot.Shift; s.Zone != "Europe/Berlin" || len(s.Was) == 0 || len(s.Are) == 0 {
		t.Errorf("%+v", s)
	}
	b.wants("two that change places", b.notified(), "moved boris to 8", "moved vera to -100")
	if err := b.actions.NotifyMoved(t.Context(), after, after); err != nil || len(b.notified()) > 0 {
		t.Error("nothing moved", err)
	}
	before.Schedules[0].Missing = true
	if err := b.actions.NotifyMoved(t.Context(), before, after); err != nil || len(b.notified()) > 0 {
		t.Error("it was not known", err)
	}
}
