package opsbot_test

import (
	"slices"
	"testing"
	"time"

	"opsbot"
)

func TestHostsOfIncidents(t *testing.T) {
	failing := func(ids ...opsbot.CheckID) (all []opsbot.FailingCheck) {
		for _, id := range ids {
			all = append(all, opsbot.FailingCheck{Check: id})
		}
		return all
	}
	for name, c := range map[string]struct {
		in   opsbot.Incident
		want []string
	}{
		"a host":       {opsbot.Incident{Kind: opsbot.IncidentHost, Host: "web1", Failing: failing("a/b@web1", "a/c@web1")}, []string{"web1"}},
		"a service":    {opsbot.Incident{Kind: opsbot.IncidentService, Failing: failing("a/b@web1", "a/b@web2")}, []string{"web1", "web2"}},
		"a check":      {opsbot.Incident{Kind: opsbot.IncidentCheck, Check: "main-db", Failing: failing("main-db")}, nil},
		"a burst":      {opsbot.Incident{Kind: opsbot.IncidentEventGroup, EventGroup: &opsbot.EventGroup{Hosts: []string{"web1", "web2"}, Refuted: []string{"web2"}}}, []string{"web1"}},
		"a storm":      {opsbot.Incident{Kind: opsbot.IncidentStorm, Storm: &opsbot.Storm{Hosts: []string{"web3"}}}, []string{"web3"}},
		"nobody looks": {opsbot.Incident{Kind: opsbot.IncidentConnectivity}, nil},
	} {
		if got := c.in.Hosts(); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestBegan(t *testing.T) {
	opened := time.Date(2026, 10, 10, 12, 0, 0, 0, time.UTC)
	in := opsbot.Incident{OpenedAt: opened, Failing: []opsbot.FailingCheck{
		{Since: opened.Add(-time.Minute)}, {Since: opened.Add(time.Minute)}, {Since: opened.Add(-time.Hour), Before: true}, {},
	}}
	if got := in.Began(); !got.Equal(opened.Add(-time.Minute)) {
		t.Error(got)
	}
	in.EventGroup = &opsbot.EventGroup{Since: opened.Add(-2 * time.Minute)}
	if got := in.Began(); !got.Equal(opened.Add(-2 * time.Minute)) {
		t.Error(got)
	}
}
