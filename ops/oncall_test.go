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
