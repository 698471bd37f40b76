package ops_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/ops"
)

// event is an event of icinga about a host; known is its name in the inventory, if it has one.
func event(host, known string) model.Event {
	return model.Event{
		EventKey: model.EventKey{Source: "icinga", ID: host}, Names: []string{host}, Host: known, Title: host + " is DOWN",
		Severity: model.SeverityCritical, OpenedAt: epoch.Add(-time.Minute),
	}
}

func withEvents(t *testing.T) *bench {
	b := newBench(t)
	b.sources = []model.SourceState{{Name: "icinga", Active: 3}, {Name: "zabbix"}}
	b.events = []model.Event{event("web1", "web1"), event("web2", "web2"), event("db9", "")}
	return b
}

func TestImpactLooksAtWhatTheHostsCarry(t *testing.T) {
	b := withEvents(t)
	b.results["acme/reports@web1"] = model.Result{Status: model.StatusFail}
	b.results["acme/store@web2"] = model.Result{Status: model.StatusFail}
	var seen []int
	got, err := b.actions.Impact(t.Context(), actor(model.RoleViewer), ops.ImpactRequest{Live: true, Progress: func(done, all int) { seen = append(seen, done, all) }})
	if err != nil {
		t.Fatal(err)
	}
	f := got.Found
	if f.Clients != 1 || f.Down != 1 || f.Spared != 1 || f.Done != 3 || f.Total != 3 || len(f.Services) != 2 {
		t.Errorf("%+v", f)
	}
	if !slices.Equal(got.Unmapped, []string{"db9"}) || !slices.Equal(got.Sources, []string{"icinga"}) || !got.Since.Equal(epoch.Add(-time.Minute)) {
		t.Errorf("%+v", got)
	}
	if want := []int{1, 3, 2, 3, 3, 3}; !slices.Equal(seen, want) {
		t.Errorf("progress %v, want %v", seen, want)
	}
	if len(b.rechecks) != 2 { // what the scheduler has not seen yet
		t.Errorf("asked the scheduler for %v", b.rechecks)
	}
}

func TestImpactShowsWhatTheUserSees(t *testing.T) {
	b := withEvents(t)
	b.results["acme/store@web2"] = model.Result{Status: model.StatusFail}
	who := actor(model.RoleViewer)
	who.Scope = model.Scope{Limited: true, Clients: []string{"beta"}}
	got, err := b.actions.Impact(t.Context(), who, ops.ImpactRequest{Live: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Events) != 1 || len(got.Unmapped) != 0 || len(got.Found.Services) != 0 || got.Found.Total != 1 || len(got.Found.Hosts) != 1 {
		t.Errorf("%+v", got)
	}
	all, err := b.actions.Sources(t.Context(), who)
	if err != nil || all[0].Active != 0 || b.sources[0].Active != 3 {
		t.Errorf("%+v, %v", all, err)
	}
	if strangers, err := b.actions.Unmapped(t.Context(), who); err != nil || len(strangers) != 0 {
		t.Errorf("%+v, %v", strangers, err)
	}
}

func TestSourcesByTheirNames(t *testing.T) {
	b := withEvents(t)
	for _, c := range []struct {
		word   string
		events int
		code   model.ErrorCode
	}{{"icinga", 3, ""}, {"ICI", 3, ""}, {"zabbix", 0, ""}, {"nagios", 0, model.ErrNoSource}, {"", 0, model.ErrNoSource}} {
		got, err := b.actions.Impact(t.Context(), actor(model.RoleViewer), ops.ImpactRequest{Sources: []string{c.word}})
		if model.CodeOf(err) != c.code && (err != nil || c.code != "") {
			t.Errorf("%q: %v", c.word, err)
		}
		if err == nil && len(got.Events) != c.events {
			t.Errorf("%q: %d events", c.word, len(got.Events))
		}
	}
}

// TestImpactSaysWhatIsDisconnected: a disconnected source without events must not look like a source without problems.
func TestImpactSaysWhatIsDisconnected(t *testing.T) {
	b := withEvents(t)
	b.sources[1].Failing = model.NewReason(model.ReasonSourceAway, "said", "timeout")
	for word, want := range map[string]int{"icinga": 0, "zabbix": 1} {
		got, err := b.actions.Impact(t.Context(), actor(model.RoleViewer), ops.ImpactRequest{Sources: []string{word}})
		if err != nil || len(got.Disconnected) != want {
			t.Errorf("of %s: %+v, %v", word, got, err)
		}
	}
	if got, err := b.actions.Impact(t.Context(), actor(model.RoleViewer), ops.ImpactRequest{}); err != nil || len(got.Disconnected) != 1 || got.Disconnected[0].Name != "zabbix" {
		t.Errorf("of all: %+v, %v", got, err)
	}
}

// At three in the morning everybody asks at once: that is one run, not one each.
func TestManyWhoAskAtOnceAreOneVerification(t *testing.T) {
	b := withEvents(t)
	b.lasts = 10 * time.Second // what is down hangs until its timeout
	var asking sync.WaitGroup
	for range 20 {
		asking.Go(func() {
			if _, err := b.actions.Impact(t.Context(), actor(model.RoleViewer), ops.ImpactRequest{Live: true}); err != nil {
				t.Error(err)
			}
		})
	}
	asking.Wait()
	if b.runs != 1 {
		t.Errorf("%d runs", b.runs)
	}
}

// A user limited to one client, in a chat limited to another, sees nothing, not even what somebody else was just shown.
func TestWhoSeesNothingIsNotShownTheVerificationOfAnother(t *testing.T) {
	b := withEvents(t)
	if _, err := b.actions.Impact(t.Context(), actor(model.RoleViewer), ops.ImpactRequest{Live: true}); err != nil {
		t.Fatal(err)
	}
	who := actor(model.RoleViewer)
	who.Scope = model.ScopeOf([]string{"acme"}).And(model.ScopeOf([]string{"beta"}))
	got, err := b.actions.Impact(t.Context(), who, ops.ImpactRequest{Live: true})
	if err != nil || len(got.Events)+got.Found.Total+len(got.Unmapped) != 0 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestWhatIsNotInTheInventory(t *testing.T) {
	b := withEvents(t)
	second := event("db9", "")
	second.ID, second.OpenedAt = "db9 disk", epoch.Add(-time.Hour)
	b.events = append(b.events, second)
	got, err := b.actions.Unmapped(t.Context(), actor(model.RoleViewer))
	if err != nil || len(got) != 1 {
		t.Fatalf("%+v, %v", got, err)
	}
	if s := got[0]; s.Name != "db9" || s.Events != 2 || !s.Since.Equal(epoch.Add(-time.Hour)) || !slices.Equal(s.Near, []string{"web1"}) {
		t.Errorf("%+v", s)
	}
	st, err := b.actions.Status(t.Context(), actor(model.RoleViewer), nil)
	if err != nil || !slices.ContainsFunc(st.HealthIssues, func(r model.Reason) bool { return r.Code == model.IssueUnmapped && r.Args["count"] == "1" }) {
		t.Errorf("/status says %+v, %v", st.HealthIssues, err)
	}
}

func TestWhySaysWhatItIsPartOf(t *testing.T) {
	b := withEvents(t)
	b.states["acme/store@web2"] = model.CheckState{Phase: model.PhaseDown, Status: model.StatusFail, At: epoch, Since: epoch}
	b.open = []model.Incident{
		{ID: 9, Kind: model.IncidentEventGroup, Severity: model.SeverityCritical, Affected: []model.ServiceState{{ServiceKey: model.ServiceKey{Client: "acme", Service: "store"}}}},
		{ID: 1, Kind: model.IncidentHost, Host: "web2", Parent: 9, Failing: []model.FailingCheck{{Check: "acme/store@web2"}}},
		{ID: 12, Kind: model.IncidentSource, Source: "icinga", Severity: model.SeverityCritical}, // nothing fails because of that
	}
	w, err := b.actions.Why(t.Context(), actor(model.RoleViewer), []string{"acme"})
	if err != nil {
		t.Fatal(err)
	}
	if len(w.Failing) != 1 || w.Failing[0].Check.ID != "acme/store@web2" || len(w.Clients) != 1 {
		t.Errorf("%+v", w)
	}
	if !slices.Equal(numbers(w.Incidents), []model.IncidentID{9, 1}) {
		t.Errorf("incidents %v", numbers(w.Incidents))
	}
	if len(w.Events) != 2 {
		t.Errorf("events %+v", w.Events)
	}
	if _, err := b.actions.Why(t.Context(), actor(model.RoleViewer), nil); model.CodeOf(err) != model.ErrNeedArgument {
		t.Errorf("without a word: %v", err)
	}
}
