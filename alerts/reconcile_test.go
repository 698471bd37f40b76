package alerts_test

import (
	"testing"
	"time"

	"opsbot"
)

func TestHostSaysHowItFails(t *testing.T) {
	for _, c := range []struct {
		first, second, want opsbot.ReasonCode
	}{
		{opsbot.ReasonRefused, opsbot.ReasonRefused, opsbot.ReasonHostRefuses},
		{opsbot.ReasonTimeout, opsbot.ReasonTimeout, opsbot.ReasonHostDown},
		{opsbot.ReasonRefused, opsbot.ReasonTimeout, opsbot.ReasonHostDown},
		{opsbot.ReasonTimeout, opsbot.ReasonRefused, opsbot.ReasonHostDown},
		{opsbot.ReasonUnreachable, opsbot.ReasonRefused, opsbot.ReasonHostDown},
		{opsbot.ReasonRefused, opsbot.ReasonWebStatus, opsbot.ReasonHostFails},
		{opsbot.ReasonWebStatus, opsbot.ReasonTimeout, opsbot.ReasonHostFails},
	} {
		w := newWorld(t, "a/web@h1", "b/web@h1")
		for id, code := range map[opsbot.CheckID]opsbot.ReasonCode{"a/web@h1": c.first, "b/web@h1": c.second} {
			r := opsbot.Result{Check: id, Status: opsbot.StatusFail, At: w.at, Reason: opsbot.NewReason(code)}
			if err := w.manager.Handle(t.Context(), r); err != nil {
				t.Fatal(err)
			}
		}
		w.wait(13 * time.Second)
		if open := w.manager.OpenIncidents(opsbot.Scope{}); len(open) != 1 || open[0].Reason.Code != c.want {
			t.Errorf("%s and %s: %+v, wanted %s", c.first, c.second, open, c.want)
		}
	}
}
