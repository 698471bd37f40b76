package alerts_test

import (
	"testing"
	"time"

	"opsbot/model"
)

func TestHostSaysHowItFails(t *testing.T) {
	for _, c := range []struct {
		first, second, want model.ReasonCode
	}{
		{model.ReasonRefused, model.ReasonRefused, model.ReasonHostRefuses},
		{model.ReasonTimeout, model.ReasonTimeout, model.ReasonHostDown},
		{model.ReasonRefused, model.ReasonTimeout, model.ReasonHostDown},
		{model.ReasonTimeout, model.ReasonRefused, model.ReasonHostDown},
		{model.ReasonUnreachable, model.ReasonRefused, model.ReasonHostDown},
		{model.ReasonRefused, model.ReasonWebStatus, model.ReasonHostFails},
		{model.ReasonWebStatus, model.ReasonTimeout, model.ReasonHostFails},
	} {
		w := newWorld(t, "a/web@h1", "b/web@h1")
		for id, code := range map[model.CheckID]model.ReasonCode{"a/web@h1": c.first, "b/web@h1": c.second} {
			r := model.Result{Check: id, Status: model.StatusFail, At: w.at, Reason: model.NewReason(code)}
			if err := w.manager.Handle(t.Context(), r); err != nil {
				t.Fatal(err)
			}
		}
		w.wait(13 * time.Second)
		if open := w.manager.OpenIncidents(model.Scope{}); len(open) != 1 || open[0].Reason.Code != c.want {
			t.Errorf("%s and %s: %+v, wanted %s", c.first, c.second, open, c.want)
		}
	}
}
