package ops_test

import (
	"testing"
	"time"

	"opsbot/model"
)

func TestChartOfServicesAndChecks(t *testing.T) {
	b := newBench(t)
	b.since, b.pace = epoch.Add(-2*time.Hour), time.Minute
	b.pasts = map[model.ServiceKey]model.ServicePast{
		{Client: "acme", Service: "reports"}: {Up: 90 * time.Minute, Down: 30 * time.Minute, Outages: 2},
	}
	c, err := b.actions.Chart(t.Context(), actor(model.RoleViewer), []string{"acme"}, 2*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if u := c.Uptime; u.Units != 2 || u.Services != 2 || u.Up != 210*time.Minute || u.Down != 30*time.Minute || u.Outages != 2 {
		t.Errorf("of two services: %+v", u)
	}
	if c.Asked.Length() != 2*time.Hour || !c.Asked.To.Equal(epoch) || c.Series.Step != 2*time.Minute || len(c.Series.Points) != 60 {
		t.Errorf("a step of %v, %d of them", c.Series.Step, len(c.Series.Points))
	}
	c, err = b.actions.Chart(t.Context(), actor(model.RoleViewer), []string{"main-db"}, 2*time.Hour)
	if err != nil || c.Uptime.Units != 1 || c.Uptime.Services != 0 || c.Uptime.Up != 2*time.Hour {
		t.Errorf("of a check: %+v %v", c, err)
	}
}

// A chart of a day shows something two minutes after a first start, in steps that have results.
func TestChartBeginsWithWhatIsKnown(t *testing.T) {
	for _, c := range []struct{ known, pace, step time.Duration }{
		{2 * time.Minute, 2 * time.Second, 5 * time.Second},
		{10 * time.Minute, 2 * time.Second, 5 * time.Second},
		{10 * time.Minute, time.Minute, 2 * time.Minute},
		{20 * time.Hour, time.Minute, 10 * time.Minute},
		{20 * time.Hour, 3 * time.Hour, 6 * time.Hour},
	} {
		b := newBench(t)
		b.since, b.pace = epoch.Add(-c.known), c.pace
		chart, err := b.actions.Chart(t.Context(), actor(model.RoleViewer), []string{"main-db"}, model.Day)
		if err != nil {
			t.Fatal(err)
		}
		s := chart.Series
		if s.Step != c.step || s.From.After(b.since) || s.Length() > 3*c.known || len(s.Points) > 151 {
			t.Errorf("known for %v, every %v: from %v on, %d steps of %v, want %v", c.known, c.pace, s.From.Sub(epoch), len(s.Points), s.Step, c.step)
		}
	}
}

func TestChartThatCannotBe(t *testing.T) {
	b := newBench(t)
	b.since = epoch.Add(-time.Hour)
	acme := actor(model.RoleViewer, "acme")
	for _, c := range []struct {
		who   model.Actor
		words []string
		want  model.ErrorCode
	}{
		{acme, nil, model.ErrNeedArgument},
		{acme, []string{"beta"}, model.ErrUnknownWord},
		{acme, []string{"main-db"}, model.ErrUnknownWord},
		{actor(model.RoleNone), []string{"acme"}, model.ErrForbidden},
	} {
		if _, err := b.actions.Chart(t.Context(), c.who, c.words, time.Hour); model.CodeOf(err) != c.want {
			t.Errorf("%v: %v, want %s", c.words, err, c.want)
		}
	}
	b.pasts = map[model.ServiceKey]model.ServicePast{{Client: "acme", Service: "reports"}: {Unmeasured: time.Hour}, {Client: "acme", Service: "store"}: {Unmeasured: time.Hour}}
	b.since = epoch
	if _, err := b.actions.Chart(t.Context(), acme, []string{"acme"}, time.Hour); model.CodeOf(err) != model.ErrNoPast {
		t.Errorf("of what was never measured: %v", err)
	}
}

// A host shared with other clients shows only what the requester may see.
func TestChartWithinAScope(t *testing.T) {
	b := newBench(t)
	b.since = epoch.Add(-time.Hour)
	c, err := b.actions.Chart(t.Context(), actor(model.RoleViewer, "acme"), []string{"web2"}, time.Hour)
	if err != nil || c.Uptime.Units != 1 {
		t.Errorf("%+v %v", c, err)
	}
	if all, err := b.actions.Chart(t.Context(), actor(model.RoleViewer), []string{"web2"}, time.Hour); err != nil || all.Uptime.Units != 2 {
		t.Errorf("%+v %v", all, err)
	}
	past, err := b.actions.History(t.Context(), actor(model.RoleViewer, "acme"), []string{"web2"}, epoch.Add(-time.Hour))
	if err != nil || past.Uptime == nil || past.Uptime.Units != 1 {
		t.Errorf("%+v %v", past, err)
	}
}
