package ops_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"opsbot/model"
)

// askedPast are readers and the words of their questions.
var askedPast = []struct {
	name    string
	clients []string // that the reader is limited to
	words   []string
}{
	{name: "a client", words: []string{"acme"}},
	{name: "a service of a client", words: []string{"acme", "reports"}},
	{name: "a service", words: []string{"reports"}},
	{name: "a host", words: []string{"web1"}},
	{name: "a check", words: []string{"main-db"}},
	{name: "limited", clients: []string{"acme"}},
	{name: "limited, a client", clients: []string{"acme"}, words: []string{"acme"}},
	{name: "limited, a host", clients: []string{"acme"}, words: []string{"web2"}},
}

// pastBench has a few incidents of all kinds, and events, that have ended.
func pastBench(t *testing.T) *bench {
	t.Helper()
	b := newBench(t)
	b.open = nil
	acme, beta := model.ServiceKey{Client: "acme", Service: "reports"}, model.ServiceKey{Client: "beta", Service: "reports"}
	affected := func(keys ...model.ServiceKey) (all []model.ServiceState) {
		for _, key := range keys {
			all = append(all, model.ServiceState{ServiceKey: key})
		}
		return all
	}
	for n := range 8 {
		at := model.IncidentID(10 * n)
		b.over = append(b.over,
			model.Incident{ID: at + 1, Kind: model.IncidentCheck, Check: "main-db"},
			model.Incident{ID: at + 2, Kind: model.IncidentService, ServiceKey: acme, Affected: affected(acme), Failing: []model.FailingCheck{{Check: "acme/reports@web1"}}},
			model.Incident{ID: at + 3, Kind: model.IncidentService, ServiceKey: beta, Affected: affected(beta), Failing: []model.FailingCheck{{Check: "beta/reports@web2"}}},
			model.Incident{
				ID: at + 4, Kind: model.IncidentHost, Host: "web2", Affected: affected(model.ServiceKey{Client: "acme", Service: "store"}, beta),
				Failing: []model.FailingCheck{{Check: "acme/store@web2"}, {Check: "beta/reports@web2"}},
			},
			model.Incident{ID: at + 5, Kind: model.IncidentStorm, Affected: affected(acme, beta)},
			model.Incident{ID: at + 6, Kind: model.IncidentEventGroup, Affected: affected(acme), EventGroup: &model.EventGroup{Worst: affected(acme)}},
			model.Incident{ID: at + 7, Kind: model.IncidentConnectivity},
		)
	}
	for i := range b.over {
		b.over[i].OpenedAt, b.over[i].ClosedAt = epoch.Add(-2*time.Hour), epoch.Add(-time.Hour)
	}
	for _, host := range []string{"web1", "web2", "web3"} {
		e := event(host, host)
		e.EndedAt = epoch
		b.past = append(b.past, e)
	}
	return b
}

// crowd adds a year of another client's past, all of it later.
func (b *bench) crowd() {
	support := model.ServiceKey{Client: "beta", Service: "support"}
	for n := range 3000 {
		in := model.Incident{ID: model.IncidentID(1000 + n), Kind: model.IncidentService, ServiceKey: support, Failing: []model.FailingCheck{{Check: "beta/support@web3"}}}
		if n%3 == 0 {
			in = model.Incident{ID: in.ID, Kind: model.IncidentStorm}
		}
		in.Affected = []model.ServiceState{{ServiceKey: support}}
		in.OpenedAt, in.ClosedAt = epoch.Add(-2*time.Hour), epoch.Add(-time.Hour)
		b.over = append(b.over, in)
		e := event(fmt.Sprint("web3!", n), "web3")
		e.EndedAt = epoch
		b.past = slices.Insert(b.past, 0, e)
	}
}

// However much happened to others, the history of a selection has all of its own, and says that there is more only if there is.
func TestHistoryIsOfTheSelectionAlone(t *testing.T) {
	alone, crowded := pastBench(t), pastBench(t)
	crowded.crowd()
	for i, c := range askedPast {
		if underRace && i%5 != 0 {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			seen := func(b *bench) string {
				past, err := b.actions.History(t.Context(), actor(model.RoleViewer, c.clients...), c.words, epoch.Add(-400*model.Day))
				if err != nil {
					t.Fatal(err)
				}
				var events []string
				for i := range past.Events {
					events = append(events, past.Events[i].ID)
				}
				return fmt.Sprint(numbers(past.Incidents), events, past.More)
			}
			want := seen(alone)
			if n := len(want); n < 30 {
				t.Fatalf("nothing happened: %s", want)
			}
			if got := seen(crowded); got != want {
				t.Errorf("beside others:\n got %s\nwant %s", got, want)
			}
		})
	}
}

// What is cut off is what is oldest, and the answer says so.
func TestHistoryOfTooMuchHasTheLatest(t *testing.T) {
	b := pastBench(t)
	b.crowd()
	past, err := b.actions.History(t.Context(), actor(model.RoleViewer), []string{"support"}, epoch.Add(-400*model.Day))
	if err != nil {
		t.Fatal(err)
	}
	ids := numbers(past.Incidents)
	if len(ids) != 1000 || ids[0] != 3999 || !past.More || len(past.Events) != 1000 {
		t.Errorf("%d incidents from %d, more: %t, %d events", len(ids), ids[0], past.More, len(past.Events))
	}
	if !slices.IsSortedFunc(ids, func(x, y model.IncidentID) int { return int(y - x) }) {
		t.Errorf("not newest first: %v", ids[:10])
	}
}

// A service that has left the inventory still has its past, for its client, by its client's name and its own.
func TestHistoryOfWhatWasRemoved(t *testing.T) {
	b := pastBench(t)
	gone := model.ServiceKey{Client: "acme", Service: "legacy"}
	b.pasts = map[model.ServiceKey]model.ServicePast{gone: {}}
	b.over = []model.Incident{{ID: 5, Kind: model.IncidentService, ServiceKey: gone, Affected: []model.ServiceState{{ServiceKey: gone}}, OpenedAt: epoch, ClosedAt: epoch}}
	for words, want := range map[string]int{"acme": 1, "web1": 0, "main-db": 0} {
		past, err := b.actions.History(t.Context(), actor(model.RoleViewer), []string{words}, epoch.Add(-time.Hour))
		if err != nil || len(past.Incidents) != want {
			t.Errorf("%s: %d incidents, want %d, %v", words, len(past.Incidents), want, err)
		}
	}
}
