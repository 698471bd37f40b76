package opsbot_test

import (
	"slices"
	"testing"
	"time"

	"opsbot"
)

func TestSelectorsAreEqualInAnyOrder(t *testing.T) {
	of := func(clients ...string) opsbot.Selector {
		return opsbot.Selector{Clients: clients, Labels: map[string][]string{"dc": {"fra1", "ams2"}}}
	}
	labels := of("a")
	labels.Labels = map[string][]string{"dc": {"ams2", "fra1"}}
	host := opsbot.Selector{Hosts: []string{"a"}} // reads the same as the client "a"
	for name, c := range map[string]struct {
		a, b  opsbot.Selector
		equal bool
	}{
		"nothing":       {opsbot.Selector{}, opsbot.Selector{Clients: []string{}}, true},
		"another order": {of("a", "b"), of("b", "a"), true},
		"twice":         {of("a", "a"), of("a"), true},
		"labels":        {of("a"), labels, true},
		"one more":      {of("a", "b"), of("a"), false},
		"another kind":  {opsbot.Selector{Clients: []string{"a"}}, host, false},
		"no labels":     {of("a"), opsbot.Selector{Clients: []string{"a"}}, false},
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
		d, err := opsbot.ParseDuration(written)
		if err != nil || d.String() != want {
			t.Errorf("%s reads %s, %v; wanted %s", written, d, err, want)
		}
		if again, err := opsbot.ParseDuration(d.String()); err != nil || again != d {
			t.Errorf("%s is read back as %v, %v", d, again, err)
		}
	}
}

func TestDownIsOpenBeforeAtRisk(t *testing.T) {
	service := func(id opsbot.IncidentID, s opsbot.Severity, v opsbot.Verdict) opsbot.Incident {
		return opsbot.Incident{ID: id, Kind: opsbot.IncidentService, Severity: s, Affected: []opsbot.ServiceState{{Verdict: v}}}
	}
	all := []opsbot.Incident{
		service(1, opsbot.SeverityWarning, opsbot.VerdictDown), // severity goes first
		service(2, opsbot.SeverityCritical, opsbot.VerdictAtRisk),
		service(3, opsbot.SeverityCritical, opsbot.VerdictDown),
		{ID: 4, Kind: opsbot.IncidentCheck, Severity: opsbot.SeverityCritical},
		{ID: 5, Kind: opsbot.IncidentCheck, Severity: opsbot.SeverityWarning, Reason: opsbot.NewReason(opsbot.ReasonUnknownLong, "since", time.Time{}.String())},
	}
	slices.SortFunc(all, func(a, b opsbot.Incident) int { return opsbot.CompareIncidents(&a, &b) })
	var order []opsbot.IncidentID
	for i := range all {
		order = append(order, all[i].ID)
	}
	if want := []opsbot.IncidentID{3, 4, 2, 1, 5}; !slices.Equal(order, want) {
		t.Errorf("the order is %v, wanted %v", order, want)
	}
}
