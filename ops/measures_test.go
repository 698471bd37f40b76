package ops_test

import (
	"slices"
	"testing"

	"opsbot/model"
)

// TestMeasuresKeepToAScope: a limited program gets what is its clients' alone and nobody on call; of many checks the first are listed and the
// rest is counted; no check is run for it.
func TestMeasuresKeepToAScope(t *testing.T) {
	b := newBench(t)
	b.roster = twoWeeks()
	all, err := b.actions.Measures(t.Context(), model.Actor{Role: model.RoleAdmin}, 1000)
	if err != nil || len(all.Checks) < 3 || all.LeftOut != 0 || len(all.OnCall) != 1 || all.OnCall[0].Now[0].Phone != "" {
		t.Fatalf("%+v, %v", all, err)
	}
	var client string
	for _, row := range all.Checks {
		if c := row.Check.Client(); c != "" {
			client = c
		}
	}
	limited, err := b.actions.Measures(t.Context(), model.Actor{Role: model.RoleViewer, Scope: model.ScopeOf([]string{client})}, 1000)
	if err != nil || len(limited.Checks) == 0 || len(limited.Checks) == len(all.Checks) || len(limited.OnCall) != 0 {
		t.Errorf("%+v, %v", limited, err)
	}
	for _, row := range limited.Checks {
		if row.Check.Client() != client {
			t.Errorf("%s is shown", row.Check.ID)
		}
	}
	if i := slices.IndexFunc(limited.Services, func(s model.ServiceState) bool { return s.Client != client }); i >= 0 || len(limited.Clients) > 1 {
		t.Errorf("%+v", limited)
	}
	few, err := b.actions.Measures(t.Context(), model.Actor{Role: model.RoleViewer}, 2)
	if err != nil || len(few.Checks) != 2 || few.LeftOut != len(all.Checks)-2 || few.Checks[0].Check != all.Checks[0].Check {
		t.Errorf("%+v, %v", few, err)
	}
	if _, err := b.actions.Measures(t.Context(), model.Actor{}, 1); model.CodeOf(err) != model.ErrForbidden {
		t.Errorf("without a role: %v", err)
	}
}
