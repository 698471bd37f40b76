package ops_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/ops"
)

// refs are what OpenEvents lists for words: the ids of the events.
func (b *bench) listed(who model.Actor, words ...string) []string {
	b.Helper()
	all, err := b.actions.OpenEvents(b.Context(), who, words)
	if err != nil {
		b.Fatal(err)
	}
	var ids []string
	for i := range all {
		ids = append(ids, all[i].Names[0])
	}
	return ids
}

func TestOpenEventsByWords(t *testing.T) {
	b := withEvents(t)
	b.sources[0].Queried = true
	other := event("web2", "web2")
	other.Source = "zabbix"
	b.events = append(b.events, other)
	who := actor(model.RoleViewer)
	for _, c := range []struct{ words, want []string }{
		{nil, []string{"web1", "web2", "db9", "web2"}},
		{[]string{"ICINGA"}, []string{"web1", "web2", "db9"}},
		{[]string{"zabbix"}, []string{"web2"}},
		{[]string{"icinga", "zabbix"}, []string{"web1", "web2", "db9", "web2"}},
		{[]string{"db9"}, []string{"db9"}},
		{[]string{"DB9"}, []string{"db9"}},
		{[]string{"web1"}, []string{"web1"}},
		{[]string{"beta"}, []string{"web2", "web2"}}, // its hosts
		{[]string{"icinga", "beta"}, []string{"web2"}},
		{[]string{"db9", "web1"}, []string{"web1", "db9"}},
		{[]string{"main-db"}, nil}, // nothing of it is on a host
	} {
		if len(c.words) == 1 && c.words[0] == "main-db" {
			if _, err := b.actions.OpenEvents(t.Context(), who, c.words); model.CodeOf(err) != model.ErrNothingSelected {
				t.Errorf("%v: %v", c.words, err)
			}
			continue
		}
		if got := b.listed(who, c.words...); !slices.Equal(got, c.want) {
			t.Errorf("%v: %v, want %v", c.words, got, c.want)
		}
	}
	all, _ := b.actions.OpenEvents(t.Context(), who, nil)
	if e := &all[1]; !slices.Equal(e.On, []string{"acme", "beta"}) || !e.Queried || !e.Mapped() || e.Ref != e.EventKey.Ref() || !e.LastContact.Equal(epoch) {
		t.Errorf("%+v", e)
	}
	if all[2].Mapped() || all[3].Queried || all[1].Ref == all[3].Ref {
		t.Errorf("%+v", all)
	}
}

// What is about a client without a host is among the events of that client.
func TestOpenEventsAboutAClient(t *testing.T) {
	b := withEvents(t)
	about := event("shop.example.com", "")
	about.About = []model.ServiceKey{{Client: "beta", Service: "support"}}
	b.events = append(b.events, about)
	who := actor(model.RoleViewer)
	for words, want := range map[string][]string{
		"beta": {"web2", "shop.example.com"}, "support": {"shop.example.com"}, "acme": {"web1", "web2"}, "shop.example.com": {"shop.example.com"},
	} {
		if got := b.listed(who, words); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", words, got, want)
		}
	}
	all, _ := b.actions.OpenEvents(t.Context(), who, []string{"support"})
	if len(all) != 1 || !all[0].Mapped() || !slices.Equal(all[0].On, []string{"beta"}) {
		t.Errorf("%+v", all)
	}
	unmapped, err := b.actions.Unmapped(t.Context(), who)
	if err != nil || len(unmapped) != 1 || unmapped[0].Name != "db9" {
		t.Errorf("%+v, %v", unmapped, err)
	}
	found, err := b.actions.Impact(t.Context(), who, ops.ImpactRequest{Live: true})
	if err != nil || !slices.Equal(found.About, []string{"beta"}) || len(found.NoHost) != 0 || !slices.Equal(found.Unmapped, []string{"db9"}) || found.Found.Total != 4 {
		t.Errorf("%+v, %v", found, err)
	}
	why, err := b.actions.Why(t.Context(), who, []string{"support"})
	if err != nil || len(why.Events) != 1 || why.Events[0].ID != "shop.example.com" {
		t.Errorf("%+v, %v", why, err)
	}
}

// Whoever is limited closes only what they see whole.
func TestEventsOfOthersAreNotClosed(t *testing.T) {
	b := withEvents(t)
	shared := b.events[1]
	b.events[1] = shared.Within(b.inv, model.ScopeOf([]string{"beta"})) // as the manager gives it
	who := actor(model.RoleOperator)
	who.Scope = model.ScopeOf([]string{"beta"})
	all, err := b.actions.OpenEvents(t.Context(), who, nil)
	if err != nil || len(all) != 1 || all[0].Ref != "" || all[0].Title != "web2" || !slices.Equal(all[0].On, []string{"beta"}) {
		t.Fatalf("%v %+v", err, all)
	}
	for _, ref := range []string{"", "icinga/", "icinga/web2", shared.Ref(), "icinga/db9", (model.EventKey{Source: "icinga", ID: "db9"}).Ref()} {
		if _, err := b.actions.CloseEvents(t.Context(), who, []string{ref}); model.CodeOf(err) != model.ErrNoEvent {
			t.Errorf("%q: %v", ref, err)
		}
	}
	if len(b.closed) != 0 {
		t.Errorf("closed %v", b.closed)
	}
}

func TestCloseEvents(t *testing.T) {
	b := withEvents(t)
	ref := model.EventKey{Source: "icinga", ID: "db9"}.Ref()
	closed, err := b.actions.CloseEvents(t.Context(), actor(model.RoleOperator), []string{ref, "icinga/web1", ref})
	if err != nil || len(closed) != 2 || !slices.Equal(b.closed, []string{"icinga/db9 by Ada", "icinga/web1 by Ada"}) {
		t.Fatalf("%v %+v %v", err, closed, b.closed)
	}
	if e := b.audit[0]; e.Action != "close" || e.Target != "icinga/db9" || e.Before != "open since "+epoch.Add(-time.Minute).Format(time.RFC3339) {
		t.Errorf("%+v", e)
	}
	for _, refs := range [][]string{{ref}, {"icinga/web2", "nosuch"}} { // one that is none: nothing is closed
		if _, err := b.actions.CloseEvents(t.Context(), actor(model.RoleOperator), refs); model.CodeOf(err) != model.ErrNoEvent || len(b.closed) != 2 {
			t.Errorf("%v: %v, closed %v", refs, err, b.closed)
		}
	}
	b.refuse = errors.New("disk full")
	if _, err := b.actions.CloseEvents(t.Context(), actor(model.RoleOperator), []string{"icinga/web2"}); !errors.Is(err, b.refuse) {
		t.Errorf("%v", err)
	}
}

// Two events with one reference are told apart by their whole keys.
func TestAReferenceOfTwoEventsIsNone(t *testing.T) {
	a, c := model.EventKey{Source: "s", ID: "41719"}, model.EventKey{Source: "s", ID: "97918"} // found by trying
	if a.Ref() != c.Ref() {
		t.Fatalf("%s and %s are not the same", a.Ref(), c.Ref())
	}
	b := newBench(t)
	b.events = []model.Event{{EventKey: a, Names: []string{"x"}}, {EventKey: c, Names: []string{"y"}}}
	who := actor(model.RoleOperator)
	if _, err := b.actions.CloseEvents(t.Context(), who, []string{a.Ref()}); model.CodeOf(err) != model.ErrNoEvent {
		t.Errorf("%v", err)
	}
	if closed, err := b.actions.CloseEvents(t.Context(), who, []string{c.String()}); err != nil || len(closed) != 1 || closed[0].ID != c.ID {
		t.Errorf("%v %+v", err, closed)
	}
}
