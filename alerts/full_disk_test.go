package alerts_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"opsbot/model"
)

// personal are the changes of people, with what tells whether they are in effect.
func personal() map[string]struct {
	do   func(w *world) error
	done func(w *world) bool
} {
	ctx := context.Background()
	type row = struct {
		do   func(w *world) error
		done func(w *world) bool
	}
	incident := func(w *world, check model.CheckID) model.Incident {
		for _, in := range w.manager.OpenIncidents(model.Scope{}) {
			if in.Check == check {
				return in
			}
		}
		return model.Incident{}
	}
	return map[string]row{
		"mute": {
			func(w *world) error {
				_, _, err := w.manager.Mute(ctx, model.Mute{Selector: picks("terminal"), Until: w.at.Add(time.Hour)}, model.AuditEntry{Action: "x"})
				return err
			},
			func(w *world) bool { return len(w.manager.Mutes()) == 2 },
		},
		"extend": {
			func(w *world) error {
				_, err := w.manager.ExtendMute(ctx, 1, w.at.Add(5*time.Hour), model.AuditEntry{Action: "x"})
				return err
			},
			func(w *world) bool { return w.manager.Mutes()[0].Until.Sub(w.at) > 2*time.Hour },
		},
		"unmute": {
			func(w *world) error {
				_, err := w.manager.EndMute(ctx, 1, true, model.AuditEntry{Action: "x"})
				return err
			},
			func(w *world) bool { return len(w.manager.Mutes()) == 0 },
		},
		"ack": {
			func(w *world) error {
				_, err := w.manager.Ack(ctx, incident(w, "main-db").ID, model.Ack{Name: "ann"}, model.AuditEntry{Action: "x"})
				return err
			},
			func(w *world) bool { return len(incident(w, "main-db").Acks) == 1 },
		},
		"unack": {
			func(w *world) error {
				_, err := w.manager.Unack(ctx, incident(w, "licence").ID, model.Scope{}, model.AuditEntry{Action: "x"})
				return err
			},
			func(w *world) bool { return len(incident(w, "licence").Acks) == 0 },
		},
		"reset": {
			func(w *world) error { return w.manager.Reset(ctx, "main-db", model.AuditEntry{Action: "x"}) },
			func(w *world) bool { return incident(w, "main-db").ID == 0 },
		},
	}
}

// What people change on a disk that is full is as they are told: unchanged; or, when the disk fills in that moment, in effect and
// not stored. Never an error that leaves it open.
func TestChangesOnAFullDiskAreAsIsSaid(t *testing.T) {
	for name, row := range personal() {
		for _, known := range []bool{true, false} {
			w := newWorld(t, "main-db", "licence", "terminal", "queue")
			w.fail("main-db", "licence")
			for _, in := range w.manager.OpenIncidents(model.Scope{}) {
				if in.Check == "licence" {
					w.ackBy(in.ID, "ann")
				}
			}
			w.mute(time.Hour, model.Mute{Selector: picks("queue")})
			w.store.full = true
			if known {
				_ = w.manager.Handle(context.Background(), outcome("terminal", model.StatusFail, w.at)) // fails, as it must
			}
			audited := len(w.store.audit)
			err := row.do(w)
			switch code := model.CodeOf(err); {
			case known && code != model.ErrUnchanged, code != model.ErrUnchanged && code != model.ErrUnstored:
				t.Errorf("%s, known %t: %v", name, known, err)
			case row.done(w) != (code == model.ErrUnstored):
				t.Errorf("%s, known %t: %v, and it is in effect: %t", name, known, err, row.done(w))
			}
			if e, ok := errors.AsType[*model.Error](err); !ok || e.Args["what"] == "" {
				t.Errorf("%s: no reason in %v", name, err)
			}
			w.store.full = false
			w.wait(2 * time.Second)
			if stored := len(w.store.audit) > audited; stored != (model.CodeOf(err) == model.ErrUnstored) {
				t.Errorf("%s, known %t: %v, and it is stored later: %t", name, known, err, stored)
			}
		}
	}
}

// Several mutes are lifted in one transaction: a kill leaves all of them, or none.
func TestSeveralMutesEndAtOnce(t *testing.T) {
	w := newWorld(t, "main-db", "licence", "terminal")
	var ends []model.MuteEnd
	for _, id := range []model.CheckID{"main-db", "licence", "terminal"} {
		m := w.mute(time.Hour, model.Mute{Selector: picks(id)})
		ends = append(ends, model.MuteEnd{ID: m.ID, Audit: model.AuditEntry{Action: "unmute"}})
	}
	ends = append(ends, model.MuteEnd{ID: 99}) // has ended meanwhile
	commits, audited := w.store.commits, len(w.store.audit)
	ended, err := w.manager.EndMutes(context.Background(), ends, true)
	if err != nil || len(ended) != 3 || len(w.manager.Mutes()) != 0 {
		t.Errorf("%d ended, %d left, %v", len(ended), len(w.manager.Mutes()), err)
	}
	if n := w.store.commits - commits; n != 1 || len(w.store.audit)-audited != 3 {
		t.Errorf("%d transactions, %d audit entries", n, len(w.store.audit)-audited)
	}
	if _, err := w.manager.EndMutes(context.Background(), ends, true); model.CodeOf(err) != model.ErrNoMute {
		t.Errorf("again: %v", err)
	}
}
