package ops_test

import (
	"slices"
	"strings"
	"testing"

	"opsbot/model"
	"opsbot/ops"
)

// TestWordsOfAnIncident: what a card's buttons ask about is what the card is about, in as many words as there is room for.
func TestWordsOfAnIncident(t *testing.T) {
	fails := func(ids ...model.CheckID) (all []model.FailingCheck) {
		for _, id := range ids {
			all = append(all, model.FailingCheck{Check: id})
		}
		return all
	}
	store := model.ServiceKey{Client: "acme", Service: "store"}
	for _, c := range []struct {
		name string
		in   model.Incident
		room int
		want string
	}{
		{"service", model.Incident{Kind: model.IncidentService, ServiceKey: store, Failing: fails("acme/store@web1")}, 200, "client:acme service:store"},
		{"check", model.Incident{Kind: model.IncidentCheck, Check: "main-db"}, 200, "check:main-db"},
		{"endpoint", model.Incident{Kind: model.IncidentCheck, Check: "acme/store@web1"}, 200, "acme/store@web1"},
		{"host", model.Incident{Kind: model.IncidentHost, Host: "web1", Failing: fails("acme/store@web1")}, 200, "host:web1"},
		{"storm", model.Incident{Kind: model.IncidentStorm, Storm: &model.Storm{Hosts: []string{"web1", "web2"}}}, 200, "host:web1 host:web2"},
		{"storm without room", model.Incident{Kind: model.IncidentStorm, Storm: &model.Storm{Hosts: []string{"web1", "web2", "web3"}}}, 20, "host:web1 host:web2"},
		{"storm without hosts", model.Incident{Kind: model.IncidentStorm, Affected: []model.ServiceState{{ServiceKey: store}, {ServiceKey: store}}}, 200, "client:acme"},
		{"source", model.Incident{Kind: model.IncidentSource}, 200, ""},
	} {
		if got := strings.Join(ops.WordsOf(&c.in, c.room), " "); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		if got := strings.Join(ops.WordsOf(&c.in, c.room), " "); len(got) > c.room {
			t.Errorf("%s: %d bytes, room for %d", c.name, len(got), c.room)
		}
	}
}

// TestHostNames: a command that takes hosts alone gets their names.
func TestHostNames(t *testing.T) {
	s := ops.Subject{Hosts: []string{"host:web1", "host:web2"}}
	if got := s.HostNames(); !slices.Equal(got, []string{"web1", "web2"}) {
		t.Errorf("%q", got)
	}
}
