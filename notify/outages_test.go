package notify_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"reflect"
	"sync"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/notify"
)

// outageRows is a store that knows outages only.
type outageRows struct {
	notify.Store
	mu   sync.Mutex
	rows map[model.Destination]model.Outage
}

func (s *outageRows) SetOutage(_ context.Context, o model.Outage, _ *model.Notification) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rows[o.To] = o
	return nil
}

func (s *outageRows) EndOutage(_ context.Context, to model.Destination, _ *model.Notification) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.rows, to)
	return nil
}

func (s *outageRows) Uncopied(context.Context, model.Destination, model.Severity, time.Time, int) ([]model.Notification, error) {
	return nil, nil
}

func (s *outageRows) list() []model.Outage {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]model.Outage, 0, len(s.rows))
	for _, o := range s.rows {
		all = append(all, o)
	}
	return all
}

// TestWhatIsStoredOfAnOutageIsWhatIsKnown: the alerts and the reports of one destination fail, and are accepted, at the same time. Whatever
// came last, the next process knows it as this one does: that the admins were told, for one, or they read it again after each restart.
func TestWhatIsStoredOfAnOutageIsWhatIsKnown(t *testing.T) {
	to, now := chat(1), time.Date(2026, 12, 1, 3, 0, 0, 0, time.UTC)
	denied := &model.SendError{Failure: model.SendDenied, Err: errors.New("Forbidden: bot was kicked from the group chat")}
	attempts := []func(d *notify.Dispatcher){
		func(d *notify.Dispatcher) { d.Fails(t.Context(), to, false, denied) },
		func(d *notify.Dispatcher) { d.Fails(t.Context(), to, true, denied) },
		func(d *notify.Dispatcher) {
			d.Fails(t.Context(), to, false, &model.SendError{Failure: model.SendFlood, RetryAfter: time.Minute})
		},
		func(d *notify.Dispatcher) { d.Works(t.Context(), to) },
	}
	for range 5000 {
		rows := &outageRows{rows: map[model.Destination]model.Outage{}}
		d := notify.New(notify.Options{
			Store: rows, Now: func() time.Time { return now }, Elapsed: func() time.Duration { return 0 },
			Notice: func(model.Destination) (model.Destination, bool) { return chat(2), true },
		})
		var at sync.WaitGroup
		for range 3 {
			var own []func(*notify.Dispatcher)
			for range 1 + rand.IntN(2) {
				own = append(own, attempts[rand.IntN(len(attempts))])
			}
			at.Go(func() {
				for _, attempt := range own {
					attempt(d)
				}
			})
		}
		at.Wait()
		if stored, known := rows.list(), d.Outages(); !reflect.DeepEqual(stored, known) {
			t.Fatalf("stored is %+v, known %+v", stored, known)
		}
	}
}
