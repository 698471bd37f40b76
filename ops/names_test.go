package ops_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"opsbot/model"
	"opsbot/ops"
)

// TestNamesAreThoseThatTheRequesterSees: a limited requester learns no name of another client, of its hosts, or of a check of nobody's.
func TestNamesAreThoseThatTheRequesterSees(t *testing.T) {
	b := newBench(t)
	all, err := b.actions.Names(t.Context(), actor(model.RoleViewer))
	if err != nil || len(all.Clients) < 2 || len(all.Services) == 0 || len(all.Hosts) == 0 || len(all.Checks) == 0 {
		t.Fatalf("%v: %+v", err, all)
	}
	who := actor(model.RoleViewer)
	who.Scope = model.ScopeOf([]string{"acme"})
	seen, err := b.actions.Names(t.Context(), who)
	if err != nil {
		t.Fatal(err)
	}
	want := ops.Names{Clients: []string{"acme"}}
	for _, c := range b.inv.ChecksOfClient("acme") {
		want.Services, want.Hosts = append(want.Services, c.Endpoint.Service), append(want.Hosts, c.Endpoint.Host)
	}
	if diff := cmp.Diff(sortedSet(want.Hosts), seen.Hosts); diff != "" {
		t.Errorf("hosts (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(sortedSet(want.Services), seen.Services); diff != "" {
		t.Errorf("services (-want +got):\n%s", diff)
	}
	if len(seen.Clients) != 1 || len(seen.Checks) != 0 {
		t.Errorf("clients %v, checks %v", seen.Clients, seen.Checks)
	}
}

func sortedSet(names []string) []string {
	slices.SortFunc(names, model.CompareNatural)
	return slices.Compact(names)
}
