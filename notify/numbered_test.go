package notify_test

import (
	"context"
	"testing"

	"opsbot/model"
	"opsbot/notify"
)

// got is a channel that keeps what it gets.
type got struct{ all *[]model.Notification }

func (g got) Deliver(_ context.Context, t model.Notification, _ model.Card) (model.Receipt, error) {
	*g.all = append(*g.all, t)
	return model.Receipt{}, nil
}

// TestAChannelRendersTheNumbersOfItsReaders: a limited destination gets its own numbers, any other what is stored; by what the outbox knows a
// notification does not change.
func TestAChannelRendersTheNumbersOfItsReaders(t *testing.T) {
	limited := model.Destination{Channel: "email:acme"}
	var all []model.Notification
	c := notify.Numbered{
		Channel: got{&all},
		Counts: func(to model.Destination) model.Scope {
			if to == limited {
				return model.ScopeOf([]string{"acme"})
			}
			return model.Scope{}
		},
		Numbers: func(_ context.Context, readers model.Scope, kind model.NumberKind, ids []int64) map[int64]int64 {
			if readers.Key() != `["acme"]` || kind != model.NumberIncident || len(ids) != 1 || ids[0] != 847 {
				t.Errorf("asked for %s of %v for %v", kind, ids, readers)
			}
			return map[int64]int64{847: 3}
		},
	}
	for _, to := range []model.Destination{limited, {Channel: "console"}} {
		in := model.Incident{ID: 847, Kind: model.IncidentHost, Host: "web1"}
		if _, err := c.Deliver(t.Context(), model.Notification{Incident: 847, To: to, Snapshot: model.Snapshot{Incident: &in}}, model.Card{}); err != nil {
			t.Fatal(err)
		}
	}
	if all[0].Snapshot.Incident.ID != 3 || all[0].Snapshot.Incident.Ref() != 847 || all[0].Incident != 847 || all[1].Snapshot.Incident.ID != 847 {
		t.Errorf("%+v", all)
	}
}
