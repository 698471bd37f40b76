package ops_test

import (
	"testing"
	"time"

	"opsbot/model"
	"opsbot/oncall"
	"opsbot/ops"
)

// twoWeeks has anna and boris take turns of a week, anna now.
func twoWeeks() *oncall.Roster {
	return &oncall.Roster{
		People: []oncall.Person{{Name: "anna", Telegram: 7, Phone: model.NewSecret("+49 1")}, {Name: "boris"}},
		Schedules: []*oncall.Schedule{{Name: "primary", Zone: time.UTC, Layers: []oncall.Layer{&oncall.Rotation{
			People: []string{"anna", "boris"}, Start: oncall.Wall(epoch.Truncate(model.Day)), Every: oncall.Days(7), Zone: time.UTC,
		}}}},
	}
}

// TestOnCallIsForThoseWhoSeeEverything: whoever is limited to clients gets the answer of a bot without schedules, whatever they ask, and so
// whether they take part; phones are for admins.
func TestOnCallIsForThoseWhoSeeEverything(t *testing.T) {
	b := newBench(t)
	b.roster = twoWeeks()
	for _, words := range [][]string{nil, {"primary"}, {"nights"}, {"me"}, {"next", "30d"}} {
		for role := model.RoleViewer; role <= model.RoleAdmin; role++ {
			who := model.Actor{User: 7, Role: role, Scope: model.ScopeOf([]string{"acme"})}
			if a, err := b.actions.OnCall(t.Context(), who, words); err != nil || !a.None || len(a.Schedules)+len(a.Shifts) > 0 {
				t.Errorf("%v %v: %+v, %v", role, words, a, err)
			}
		}
	}
	for role, phone := range map[model.Role]string{model.RoleViewer: "", model.RoleOperator: "", model.RoleAdmin: "+49 1"} {
		a, err := b.actions.OnCall(t.Context(), model.Actor{Role: role}, nil)
		if err != nil || len(a.Schedules) != 1 || len(a.Schedules[0].Now) != 1 || a.Schedules[0].Now[0].Phone != phone {
			t.Errorf("%v: %+v, %v", role, a, err)
		}
		if a, err = b.actions.OnCall(t.Context(), model.Actor{Role: role}, []string{"next"}); err != nil || a.Shifts[0].Phone != phone {
			t.Errorf("%v: %+v, %v", role, a, err)
		}
	}
}

// TestOnCallSaysWhoIsNext: now, then, and one's own.
func TestOnCallSaysWhoIsNext(t *testing.T) {
	b := newBench(t)
	b.roster = twoWeeks()
	a, err := b.actions.OnCall(t.Context(), actor(model.RoleViewer), []string{"PRIM"})
	if err != nil || len(a.Schedules) != 1 {
		t.Fatal(a, err)
	}
	s, handoff := a.Schedules[0], epoch.Truncate(model.Day).Add(model.Week)
	if s.Now[0].Person != "anna" || !s.Now[0].To.Equal(handoff) || !s.Next.Equal(handoff) || s.Then[0] != "boris" || len(s.Gaps) > 0 {
		t.Errorf("%+v", s)
	}
	mine, err := b.actions.OnCall(t.Context(), model.Actor{User: 7, Role: model.RoleViewer}, []string{"me", "15d"})
	if err != nil || len(mine.Shifts) != 2 || mine.Shifts[0].Person != "anna" || !mine.Shifts[1].From.Equal(handoff.Add(model.Week)) {
		t.Errorf("%+v, %v", mine, err)
	}
	if _, err = b.actions.OnCall(t.Context(), model.Actor{User: 8, Role: model.RoleViewer}, []string{"me"}); model.CodeOf(err) != model.ErrNotOnCall {
		t.Errorf("nobody's shifts: %v", err)
	}
	if _, err = b.actions.OnCall(t.Context(), actor(model.RoleViewer), []string{"nights"}); model.CodeOf(err) != model.ErrNoSchedule {
		t.Errorf("an unknown schedule: %v", err)
	}
	if a, err = b.actions.OnCall(t.Context(), actor(model.RoleViewer), []string{ops.OnCallNext, "3000d"}); err != nil || a.Until.After(epoch.Add(oncall.Horizon+model.Day)) {
		t.Errorf("too far ahead: %v, %v", a.Until, err)
	}
}

// TestTakeover: at once, until the next handoff or as long as is said, for oneself or for somebody else; and back.
func TestTakeover(t *testing.T) {
	b := newBench(t)
	b.roster = twoWeeks()
	b.roster.People[1].Telegram = 9
	boris := model.Actor{User: 9, Name: "Boris", Role: model.RoleOperator}
	now, handoff := b.now(), epoch.Truncate(model.Day).Add(model.Week)
	onCall := func() string {
		a, err := b.actions.OnCall(t.Context(), actor(model.RoleViewer), nil)
		if err != nil || len(a.Schedules[0].Now) != 1 {
			t.Fatal(a, err)
		}
		return a.Schedules[0].Now[0].Person
	}
	took, err := b.actions.Takeover(t.Context(), boris, ops.MuteRequest{Reason: "ill"})
	if err != nil || took.ID != 1 || took.Person != "boris" || !took.To.Equal(handoff) || took.Before[0] != "anna" || onCall() != "boris" {
		t.Fatalf("%+v, %v; on call is %s", took, err, onCall())
	}
	if entry := b.audit[len(b.audit)-1]; entry.Action != ops.ActionTakeover || entry.Before != "anna" || entry.After != "boris" {
		t.Errorf("the audit log has %+v", entry)
	}
	if _, err = b.actions.Takeover(t.Context(), boris, ops.MuteRequest{For: time.Hour}); model.CodeOf(err) != model.ErrOnCallAlready {
		t.Errorf("again: %v", err)
	}
	back, err := b.actions.Handback(t.Context(), boris, nil)
	if err != nil || back.ID != 1 || back.After[0] != "anna" || onCall() != "anna" {
		t.Fatalf("%+v, %v; on call is %s", back, err, onCall())
	}
	if _, err = b.actions.Handback(t.Context(), boris, []string{"#1"}); model.CodeOf(err) != model.ErrNoOverride {
		t.Errorf("back again: %v", err)
	}
	took, err = b.actions.Takeover(t.Context(), actor(model.RoleAdmin), ops.MuteRequest{Words: []string{"@Boris", "prim"}, For: 90 * time.Minute})
	if err != nil || took.ID != 2 || !took.To.Equal(now.Add(90*time.Minute)) || onCall() != "boris" {
		t.Errorf("somebody else: %+v, %v", took, err)
	}
	// The schedule has boris from the handoff on: until then is one shift.
	if a, err := b.actions.OnCall(t.Context(), actor(model.RoleViewer), nil); err != nil || len(a.Schedules[0].By) != 1 {
		t.Errorf("%+v, %v", a, err)
	}
}

// TestTakeoverRefuses: whoever may not, what is not known, and what is too long, change nothing.
func TestTakeoverRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		who  model.Actor
		req  ops.MuteRequest
		code model.ErrorCode
	}{
		"a viewer":             {model.Actor{User: 7, Role: model.RoleViewer}, ops.MuteRequest{For: time.Hour}, model.ErrForbidden},
		"limited to clients":   {model.Actor{User: 7, Role: model.RoleAdmin, Scope: model.ScopeOf([]string{"acme"})}, ops.MuteRequest{For: time.Hour}, model.ErrNoSchedule},
		"nobody of them":       {model.Actor{User: 8, Role: model.RoleAdmin}, ops.MuteRequest{For: time.Hour}, model.ErrNotOnCall},
		"an unknown word":      {model.Actor{User: 7, Role: model.RoleAdmin}, ops.MuteRequest{For: time.Hour, Words: []string{"nights"}}, model.ErrNoSchedule},
		"too long":             {model.Actor{User: 8, Role: model.RoleAdmin}, ops.MuteRequest{For: 32 * model.Day, Words: []string{"boris"}}, model.ErrTakeoverLong},
		"in the past":          {model.Actor{User: 8, Role: model.RoleAdmin}, ops.MuteRequest{Until: epoch.Add(-time.Hour), Words: []string{"boris"}}, model.ErrBadTime},
		"one who is, for less": {model.Actor{User: 7, Role: model.RoleAdmin}, ops.MuteRequest{For: time.Hour}, model.ErrOnCallAlready},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.roster = twoWeeks()
			if took, err := b.actions.Takeover(t.Context(), c.who, c.req); model.CodeOf(err) != c.code || b.taken > 0 {
				t.Errorf("%+v, %v, want %s", took, err, c.code)
			}
		})
	}
	b := newBench(t)
	b.roster = twoWeeks()
	b.roster.Schedules = append(b.roster.Schedules, &oncall.Schedule{Name: "nights"})
	if _, err := b.actions.Takeover(t.Context(), model.Actor{User: 7, Role: model.RoleAdmin}, ops.MuteRequest{}); model.CodeOf(err) != model.ErrNeedArgument {
		t.Errorf("one of two schedules: %v", err)
	}
	took, err := b.actions.Takeover(t.Context(), model.Actor{User: 7, Role: model.RoleAdmin}, ops.MuteRequest{Words: []string{"nights"}})
	if err != nil || !took.To.Equal(b.now().Add(8*time.Hour)) || len(took.Before) > 0 {
		t.Errorf("a gap without end: %+v, %v", took, err)
	}
	b.refuse = errDisk
	if _, err = b.actions.Handback(t.Context(), model.Actor{User: 7, Role: model.RoleAdmin}, nil); err == nil {
		t.Error("a full disk is no error")
	}
	if a, err := b.actions.OnCall(t.Context(), actor(model.RoleViewer), []string{"nights"}); err != nil || len(a.Schedules[0].Now) != 1 {
		t.Errorf("after a refusal: %+v, %v", a, err)
	}
}
