package model_test

import (
	"slices"
	"testing"
	"time"

	"opsbot/model"
)

func TestSelectorsAreEqualInAnyOrder(t *testing.T) {
	of := func(clients ...string) model.Selector {
		return model.Selector{Clients: clients, Labels: map[string][]string{"dc": {"fra1", "ams2"}}}
	}
	labels := of("a")
	labels.Labels = map[string][]string{"dc": {"ams2", "fra1"}}
	host := model.Selector{Hosts: []string{"a"}} // reads the same as the client "a"
	for name, c := range map[string]struct {
		a, b  model.Selector
		equal bool
	}{
		"nothing":       {model.Selector{}, model.Selector{Clients: []string{}}, true},
		"another order": {of("a", "b"), of("b", "a"), true},
		"twice":         {of("a", "a"), of("a"), true},
		"labels":        {of("a"), labels, true},
		"one more":      {of("a", "b"), of("a"), false},
		"another kind":  {model.Selector{Clients: []string{"a"}}, host, false},
		"no labels":     {of("a"), model.Selector{Clients: []string{"a"}}, false},
	} {
		if c.a.Equal(c.b) != c.equal || c.b.Equal(c.a) != c.equal {
			t.Errorf("%s: %v and %v", name, c.a, c.b)
		}
	}
}

func TestDurationReadsAsPeopleWriteIt(t *testing.T) {
	for written, want := range map[string]string{
		"1000d": "1000d", "2w": "14d", "90s": "1m30s", "36h": "1d12h", "0": "0", "1500ms": "1s500ms", "8d1h": "8d1h",
	} {
		d, err := model.ParseDuration(written)
		if err != nil || d.String() != want {
			t.Errorf("%s reads %s, %v; wanted %s", written, d, err, want)
		}
		if again, err := model.ParseDuration(d.String()); err != nil || again != d {
			t.Errorf("%s is read back as %v, %v", d, again, err)
		}
	}
}

func TestDownIsOpenBeforeAtRisk(t *testing.T) {
	service := func(id model.IncidentID, s model.Severity, v model.Verdict) model.Incident {
		return model.Incident{ID: id, Kind: model.IncidentService, Severity: s, Affected: []model.ServiceState{{Verdict: v}}}
	}
	all := []model.Incident{
		service(1, model.SeverityWarning, model.VerdictDown), // severity goes first
		service(2, model.SeverityCritical, model.VerdictAtRisk),
		service(3, model.SeverityCritical, model.VerdictDown),
		{ID: 4, Kind: model.IncidentCheck, Severity: model.SeverityCritical},
		{ID: 5, Kind: model.IncidentCheck, Severity: model.SeverityWarning, Reason: model.NewReason(model.ReasonUnknownLong, "since", time.Time{}.String())},
	}
	slices.SortFunc(all, func(a, b model.Incident) int { return model.CompareIncidents(&a, &b) })
	var order []model.IncidentID
	for i := range all {
		order = append(order, all[i].ID)
	}
	if want := []model.IncidentID{3, 4, 2, 1, 5}; !slices.Equal(order, want) {
		t.Errorf("the order is %v, wanted %v", order, want)
	}
}
