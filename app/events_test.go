package app_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"opsbot/cli/control"
	"opsbot/ops"
	"opsbot/sandbox"
)

// TestAnEventWhoseEndWasLostIsClosedByHand: a source that cannot be asked forgot to say that a problem is over. It is listed, closed from
// the command line, stays closed across a restart, and opens again when its source says so.
func TestAnEventWhoseEndWasLostIsClosedByHand(t *testing.T) {
	t.Parallel()
	p := newWorld(t)
	config, listen := inboundConfig(t, "")
	p.write(p.world.Config() + config)
	p.start()
	p.settled()
	began := time.Now()
	report := func() { p.alerts(listen, alert("db9", began, false)) }
	var open []ops.OpenEvent
	list := func(want int) {
		t.Helper()
		open = nil
		if p.api(listen, "/api/v1/events", &open); len(open) != want {
			t.Fatalf("open are %+v", open)
		}
	}
	report()
	p.message(sandbox.OpsChat, 0, "db9")
	list(1)
	if e := &open[0]; e.Mapped() || e.Queried || e.Ref == "" || e.LastContact.IsZero() || e.Incident == 0 {
		t.Errorf("%+v", e)
	}
	answer, err := control.New(filepath.Join(p.dir, "opsbot.sock"), "en").CloseEvents(p.wait(), []string{open[0].Ref})
	if err != nil || !strings.Contains(answer.Text, "It ends here, not in prom") {
		t.Fatalf("%v %q", err, answer.Text)
	}
	if err := json.Unmarshal(answer.JSON, &open); err != nil || len(open) != 1 || open[0].Object == "" {
		t.Errorf("%s", answer.JSON)
	}
	p.answered("/audit close", "prom/")
	list(0)
	p.stop()
	p.start()
	list(0)
	report()
	list(1)
	p.answered("/events prom", "db9", open[0].Ref)
}

// TestAnAlertAboutAClientFindsIt: a critical alert that no check can verify, with a client's label and a host that nobody knows, is a card
// that names the client; one about its site is verified on all hosts that serve it.
func TestAnAlertAboutAClientFindsIt(t *testing.T) {
	t.Parallel()
	p := newWorld(t)
	config, listen := inboundConfig(t, "")
	p.write(p.world.Config() + config)
	p.start()
	p.settled()
	labelled := func(name, client string) map[string]any {
		a := alert("load-balancer", time.Now(), false)
		labels := a["labels"].(map[string]string)
		labels["alertname"], labels["client"] = name, client
		a["fingerprint"] = name
		return a
	}
	p.alerts(listen, labelled("CertificateExpires", "clientA"))
	p.message(sandbox.OpsChat, 0, "🔴", "1 client reported by prom: clientA", "1 host reported by prom: load-balancer")
	p.answered("/events clientA", "clientA", "load-balancer")
	p.answered("/unmapped", "load-balancer")
	p.answered("/why clientA", "load-balancer")
	p.answered("/events clientB", "No open events")
}
