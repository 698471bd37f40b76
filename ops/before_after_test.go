package ops_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/ops"
)

// TestRoundsOfWhatFailsAreFewer: each failure may last a whole timeout.
func TestRoundsOfWhatFailsAreFewer(t *testing.T) {
	b := newBench(t)
	b.results["acme/store@web2"] = model.Result{Status: model.StatusFail, Reason: model.NewReason(model.ReasonTimeout)}
	var last ops.RoundsProgress
	got, err := b.actions.Before(t.Context(), actor(model.RoleViewer), ops.RoundsRequest{Words: []string{"acme"}, Progress: func(p ops.RoundsProgress) { last = p }})
	if err != nil {
		t.Fatal(err)
	}
	rows := map[model.CheckID]model.Counts{}
	for i := range got.Rows {
		rows[got.Rows[i].ID()] = got.Rows[i].Counts
	}
	if rows["acme/reports@web1"] != (model.Counts{OK: 5}) || rows["acme/store@web2"] != (model.Counts{Failed: 3}) || got.Rounds != 5 {
		t.Errorf("%+v", got)
	}
	if last != (ops.RoundsProgress{Round: 5, Rounds: 5, Done: 1, Total: 1}) {
		t.Errorf("%+v", last)
	}
	if len(b.rechecks) == 0 {
		t.Error("the scheduler was not asked to recheck what fails")
	}
	if len(b.audit) != 1 || b.audit[0].Action != "webtest.before" {
		t.Errorf("audit %+v", b.audit)
	}
}

// TestWhatIsCutShortIsNoBaseline: missing results would look like unknown ones.
func TestWhatIsCutShortIsNoBaseline(t *testing.T) {
	b := newBench(t)
	who := actor(model.RoleViewer)
	if _, err := b.actions.Before(t.Context(), who, ops.RoundsRequest{Words: []string{"acme"}}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	b.pause = func() error { cancel(); return nil }
	if _, err := b.actions.Before(ctx, who, ops.RoundsRequest{Words: []string{"acme"}}); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	b.pause = nil
	got, err := b.actions.After(t.Context(), who, ops.RoundsRequest{Words: []string{"acme"}})
	if err != nil || got.Worse() || got.Endpoints != 2 || !got.Before.At.Equal(epoch) {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestBaselinesOfScopes: users with a limited scope compare with their own baselines.
func TestBaselinesOfScopes(t *testing.T) {
	b := newBench(t)
	limited := actor(model.RoleOperator)
	limited.Scope = model.ScopeOf([]string{"acme"})
	if _, err := b.actions.Before(t.Context(), actor(model.RoleOperator), ops.RoundsRequest{Words: []string{"all"}}); err != nil {
		t.Fatal(err)
	}
	if b.actions.HasBaseline(t.Context(), limited, []string{"all"}) || !b.actions.HasBaseline(t.Context(), actor(model.RoleViewer), []string{"all"}) {
		t.Error("whose baseline is it")
	}
	_, err := b.actions.After(t.Context(), limited, ops.RoundsRequest{Words: []string{"all"}})
	if model.CodeOf(err) != model.ErrNoBaseline {
		t.Error(err)
	}
}

func watching(words string, length time.Duration) ops.WatchRequest {
	return ops.WatchRequest{
		Words: []string{words}, For: length, Report: func(*ops.WatchState) {}, Still: func() (model.Actor, bool) { return actor(model.RoleAdmin), true },
	}
}

// TestAWatchHasItsOwnBaseline: its first rounds; what breaks within them is news all the same, unknown results are not.
func TestAWatchHasItsOwnBaseline(t *testing.T) {
	b := newBench(t)
	round := 0
	b.pause = func() error {
		round++
		switch round {
		case 2:
			b.results["acme/reports@web1"] = model.Result{Status: model.StatusUnknown, Reason: model.NewReason(model.ReasonLocal)}
		case 3:
			delete(b.results, "acme/reports@web1")
		case 6:
			b.results["acme/store@web2"] = model.Result{Status: model.StatusFail, Reason: model.NewReason(model.ReasonRefused)}
		}
		return nil
	}
	req := watching("acme", 2*time.Minute)
	var states []*ops.WatchState
	req.Report = func(s *ops.WatchState) { states = append(states, s) }
	last, err := b.actions.Watch(t.Context(), actor(model.RoleViewer), req)
	if err != nil {
		t.Fatal(err)
	}
	if !states[3].Measuring || states[4].Measuring || states[4].Worse() || states[1].Unknown+states[2].Unknown != 1 {
		t.Errorf("measuring %t, then %t: %+v", states[3].Measuring, states[4].Measuring, states[4])
	}
	if !last.Ended || last.Round != 8 || last.Count(model.ChangeBroken) != 1 || len(last.News) != 1 || last.News[0].Works || last.Failed != 1 {
		t.Errorf("%+v", last)
	}
}

// TestABreakdownWhileTheBaselineIsTakenIsWorse: whatever round it breaks in, and however often it does, it was well before. What failed from
// the start is named as that, and not as worse.
func TestABreakdownWhileTheBaselineIsTakenIsWorse(t *testing.T) {
	fails := model.Result{Status: model.StatusFail, Reason: model.NewReason(model.ReasonRefused)}
	for at := 1; at <= 7; at++ {
		b := newBench(t)
		b.results["acme/reports@web1"] = fails
		round := 0
		b.pause = func() error {
			if round++; round == at {
				b.results["acme/store@web2"] = fails
			}
			return nil
		}
		req := watching("acme", 2*time.Minute)
		var states []*ops.WatchState
		req.Report = func(s *ops.WatchState) { states = append(states, s) }
		last, err := b.actions.Watch(t.Context(), actor(model.RoleViewer), req)
		if err != nil {
			t.Fatal(err)
		}
		if !last.Worse() || last.Count(model.ChangeBroken) != 1 || last.Count(model.ChangeStill) != 1 || !states[at].Worse() {
			t.Errorf("broken after round %d: %+v", at, last.Comparison)
		}
		if len(last.Began) != 1 || last.Began[0].Service != "reports" {
			t.Errorf("broken at the start: %+v", last.Began)
		}
	}
}

// TestAfterWaitsForBefore: a comparison with the baseline of last week, while the new one is being measured, is not what was asked for.
func TestAfterWaitsForBefore(t *testing.T) {
	b := newBench(t)
	began, goOn := make(chan struct{}), make(chan struct{})
	first := true
	b.pause = func() error {
		if first {
			first = false
			close(began)
			<-goOn
		}
		return nil
	}
	done := make(chan error, 1)
	go func() {
		_, err := b.actions.Before(b.Context(), actor(model.RoleViewer), ops.RoundsRequest{Words: []string{"acme"}})
		done <- err
	}()
	receive(b, began)
	waits := false
	got, err := b.actions.After(t.Context(), actor(model.RoleViewer), ops.RoundsRequest{Words: []string{"acme"}, Progress: func(p ops.RoundsProgress) {
		if p.Waiting && !waits {
			waits = true
			close(goOn)
		}
	}})
	if err != nil || !waits || got.Endpoints != 2 {
		t.Errorf("%+v, %v, waited: %t", got, err, waits)
	}
	if err := receive(b, done); err != nil {
		t.Error(err)
	}
}

// TestWhoWaitsForABaselineCanLeave: the wait ends with its context.
func TestWhoWaitsForABaselineCanLeave(t *testing.T) {
	b := newBench(t)
	began, goOn := make(chan struct{}), make(chan struct{})
	b.pause = func() error {
		select {
		case <-began:
		default:
			close(began)
			<-goOn
		}
		return nil
	}
	done := make(chan error, 1)
	go func() {
		_, err := b.actions.Before(b.Context(), actor(model.RoleViewer), ops.RoundsRequest{Words: []string{"acme"}})
		done <- err
	}()
	receive(b, began)
	ctx, cancel := context.WithCancel(t.Context())
	_, err := b.actions.After(ctx, actor(model.RoleViewer), ops.RoundsRequest{Words: []string{"acme"}, Progress: func(ops.RoundsProgress) { cancel() }})
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	close(goOn)
	if err := receive(b, done); err != nil {
		t.Error(err)
	}
}

// TestAWatchEnds when its requester loses the right, when the program stops, and when nobody wants it, which is no error.
func TestAWatchEnds(t *testing.T) {
	b := newBench(t)
	req, rounds := watching("acme", time.Hour), 0
	req.Report = func(*ops.WatchState) { rounds++ }
	req.Still = func() (model.Actor, bool) {
		if rounds < 3 {
			return actor(model.RoleViewer), true
		}
		return model.Actor{}, true
	}
	if _, err := b.actions.Watch(t.Context(), actor(model.RoleViewer), req); model.CodeOf(err) != model.ErrForbidden || rounds != 3 {
		t.Errorf("%v after %d rounds", err, rounds)
	}
	ctx, cancel := context.WithCancel(t.Context())
	b.pause = func() error { cancel(); return nil }
	if _, err := b.actions.Watch(ctx, actor(model.RoleViewer), watching("acme", time.Hour)); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	ctx, cancel = context.WithCancel(t.Context())
	req, stopped := watching("acme", time.Hour), false
	req.Still = func() (model.Actor, bool) { return actor(model.RoleAdmin), !stopped }
	b.pause = func() error { stopped = true; cancel(); return nil }
	if last, err := b.actions.Watch(ctx, actor(model.RoleViewer), req); err != nil || !last.Ended || last.Round != 1 {
		t.Errorf("%+v, %v", last, err)
	}
	for _, length := range []time.Duration{time.Second, 5 * time.Hour} {
		if _, err := b.actions.Watch(t.Context(), actor(model.RoleViewer), watching("acme", length)); model.CodeOf(err) != model.ErrWatchLength {
			t.Errorf("%s: %v", length, err)
		}
	}
	if _, err := b.actions.Watch(t.Context(), actor(model.RoleViewer), watching("all", time.Hour)); model.CodeOf(err) != model.ErrForbidden {
		t.Error(err)
	}
}

// TestAWatchSeesNoMoreThanItsUser: after the requester's rights shrink, it shows only what they may still request.
func TestAWatchSeesNoMoreThanItsUser(t *testing.T) {
	limited := actor(model.RoleOperator)
	limited.Scope = model.ScopeOf([]string{"beta"})
	for name, later := range map[string]model.Actor{"limited": limited, "demoted": actor(model.RoleViewer)} {
		b := newBench(t)
		req, rounds := watching("all", time.Hour), 0
		req.Report = func(*ops.WatchState) { rounds++ }
		req.Still = func() (model.Actor, bool) {
			if rounds < 2 {
				return actor(model.RoleOperator), true
			}
			return later, true
		}
		if _, err := b.actions.Watch(t.Context(), actor(model.RoleOperator), req); model.CodeOf(err) != model.ErrForbidden || rounds != 2 {
			t.Errorf("%s: %v after %d rounds", name, err, rounds)
		}
	}
}

// TestAWatchFollowsTheInventory: endpoints that are added or removed meanwhile are added or removed.
func TestAWatchFollowsTheInventory(t *testing.T) {
	b := newBench(t)
	round := 0
	b.pause = func() error {
		switch round++; round {
		case 2:
			b.inv = inventory("acme/reports@web1", "acme/store@web9", "beta/reports@web2")
			b.results["acme/store@web9"] = model.Result{Status: model.StatusFail, Reason: model.NewReason(model.ReasonRefused)}
		case 5:
			b.inv = inventory("acme/reports@web1", "acme/store@web9", "acme/store@web8", "beta/reports@web2")
			b.results["acme/store@web8"] = model.Result{Status: model.StatusFail, Reason: model.NewReason(model.ReasonRefused)}
		}
		return nil
	}
	last, err := b.actions.Watch(t.Context(), actor(model.RoleViewer), watching("acme", 3*time.Minute))
	if err != nil || last.Count(model.ChangeNew) != 2 || !last.Worse() || last.Total() != 3 {
		t.Errorf("%+v, %v", last, err)
	}
}

// TestWhoWaitsForARunOverEverythingCanLeave: the wait ends with its context.
func TestWhoWaitsForARunOverEverythingCanLeave(t *testing.T) {
	b := newBench(t)
	b.hold = make(chan struct{})
	first := b.sweep(t.Context(), actor(model.RoleOperator), nil)
	receive(b, b.began)
	ctx, cancel := context.WithCancel(t.Context())
	left := make(chan error, 1)
	go func() {
		_, err := b.actions.Before(ctx, actor(model.RoleOperator), ops.RoundsRequest{Words: []string{"all"}})
		left <- err
	}()
	cancel()
	if err := receive(b, left); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	close(b.hold)
	if a := receive(b, first); a.err != nil {
		t.Error(a.err)
	}
}
