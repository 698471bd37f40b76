package model_test

import (
	"slices"
	"testing"
	"time"

	"opsbot/model"
)

func TestHostsOfIncidents(t *testing.T) {
	failing := func(ids ...model.CheckID) (all []model.FailingCheck) {
		for _, id := range ids {
			all = append(all, model.FailingCheck{Check: id})
		}
		return all
	}
	for name, c := range map[string]struct {
		in   model.Incident
		want []string
	}{
		"a host":         {model.Incident{Kind: model.IncidentHost, Host: "web1", Failing: failing("a/b@web1", "a/c@web1")}, []string{"web1"}},
		"a service":      {model.Incident{Kind: model.IncidentService, Failing: failing("a/b@web1", "a/b@web2")}, []string{"web1", "web2"}},
		"a check":        {model.Incident{Kind: model.IncidentCheck, Check: "main-db", Failing: failing("main-db")}, nil},
		"an event group": {model.Incident{Kind: model.IncidentEventGroup, EventGroup: &model.EventGroup{Hosts: []string{"web1", "web2"}, Refuted: []string{"web2"}}}, []string{"web1"}},
		"a storm":        {model.Incident{Kind: model.IncidentStorm, Storm: &model.Storm{Hosts: []string{"web3"}}}, []string{"web3"}},
		"no host":        {model.Incident{Kind: model.IncidentConnectivity}, nil},
	} {
		if got := c.in.Hosts(); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestBegan(t *testing.T) {
	opened := time.Date(2026, 10, 10, 12, 0, 0, 0, time.UTC)
	in := model.Incident{OpenedAt: opened, Failing: []model.FailingCheck{
		{Since: opened.Add(-time.Minute)}, {Since: opened.Add(time.Minute)}, {Since: opened.Add(-time.Hour), Before: true}, {},
	}}
	if got := in.Began(); !got.Equal(opened.Add(-time.Minute)) {
		t.Error(got)
	}
	in.EventGroup = &model.EventGroup{Since: opened.Add(-2 * time.Minute)}
	if got := in.Began(); !got.Equal(opened.Add(-2 * time.Minute)) {
		t.Error(got)
	}
}
