//go:build integration

package integration_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"opsbot/inbound"
	"opsbot/model"
)

// reasonOf is the reason of an error, which must be a Fault.
func reasonOf(t *testing.T, err error) model.Reason {
	t.Helper()
	fault, ok := errors.AsType[*inbound.Fault](err)
	if !ok {
		t.Fatalf("no Fault: %v", err)
	}
	return fault.Reason
}

func TestIntegrationIcinga(t *testing.T) {
	s := startIcinga(t)
	c := s.client(t, "opsbot", "opsword")
	t.Run("rights", func(t *testing.T) { icingaRights(t, s) })
	for i := range 10 { // from "not checked yet"
		s.result(t, fmt.Sprintf("web%d", i+1), 0, "PING OK")
		s.result(t, fmt.Sprintf("web%d!http", i+1), 0, "HTTP OK")
	}
	n := newNotebook()
	w, stop := watch(t, n, c, time.Hour) // the stream alone reports; a poll only on its request
	n.wait(t, soon, "it listens", func() bool { return len(w.State().Missing) == 0 && w.State().Version != "" })
	t.Run("ten hosts go down", func(t *testing.T) { icingaTenHosts(t, s, n) })
	t.Run("an acknowledged host", func(t *testing.T) { icingaWritesBack(t, s, n) })
	stop()
	_, stop = watch(t, n, s.client(t, "opsbot", "opsword"), 2*time.Second)
	t.Run("a reload", func(t *testing.T) { icingaReload(t, s, n) })
	t.Run("a crash", func(t *testing.T) { icingaCrash(t, s, n) })
	t.Run("an absence", func(t *testing.T) {
		stop()
		s.result(t, "web3", 0, "PING OK")
		s.result(t, "web4!http", 3, "late")
		s.result(t, "web4!http", 3, "late")
		watch(t, n, s.client(t, "opsbot", "opsword"), time.Hour)
		n.wait(t, soon, "ended events are over, new ones are active", func() bool {
			return n.of("web3").End == model.EndConfirmed && n.of("web4!http").Active() && n.of("web4!http").Severity == model.SeverityWarning
		})
	})
}

func icingaRights(t *testing.T, s *icingaServer) {
	p, err := s.client(t, "opsbot", "opsword").Probe(t.Context())
	if err != nil || len(p.Missing) > 0 || p.Version == "" {
		t.Errorf("the user of the documentation: %+v %v", p, err)
	}
	weak := s.client(t, "weak", "weakword")
	p, err = weak.Probe(t.Context())
	var missing []string
	for _, r := range p.Missing {
		missing = append(missing, r.Args["right"])
	}
	want := []string{"actions/acknowledge-problem", "actions/remove-acknowledgement", "objects/query/Comment", "actions/schedule-downtime", "actions/remove-downtime", "objects/query/Downtime"}
	if err != nil || !slices.Equal(missing, want) {
		t.Errorf("missing %v, want %v: %v", missing, want, err)
	}
	if r := reasonOf(t, weak.Acknowledge(t.Context(), model.Event{Object: "web1"}, inbound.Note{})); r.Code != model.ReasonSourceRight || r.Args["for"] != "ack" {
		t.Errorf("an ack without the right: %+v", r)
	}
	if _, err := s.client(t, "opsbot", "wrong").Probe(t.Context()); reasonOf(t, err).Code != model.ReasonSourceRefuses {
		t.Errorf("a wrong password: %v", err)
	}
	found, err := weak.Hosts(t.Context())
	if err != nil || len(found) != 11 || found[10].Name != "web10" || found[10].Client != "acme" || found[10].Address != "10.0.0.10" {
		t.Errorf("hosts: %+v %v", found, err)
	}
}

func icingaTenHosts(t *testing.T, s *icingaServer, n *notebook) {
	for i := range 10 {
		s.result(t, fmt.Sprintf("web%d", i+1), 1, "PING CRITICAL")
	}
	n.wait(t, soon, "all ten are reported", func() bool { return n.standing() == 10 })
	e := n.of("web10")
	if e.Severity != model.SeverityCritical || e.Title != "PING CRITICAL" || !slices.Equal(e.Names, []string{"web10.example.com", "web10", "10.0.0.10"}) {
		t.Errorf("%+v", e)
	}
	if late := time.Since(e.OpenedAt); late < 0 || late > soon {
		t.Errorf("it began %v ago", late)
	}
	s.result(t, "web1!http", 2, "soft")
	s.result(t, "web2!http", 2, "soft")
	s.result(t, "web2!http", 2, "503")
	n.wait(t, soon, "a hard problem of a service is reported", func() bool { return n.of("web2!http").Title == "503" })
	if e := n.of("web1!http"); e.ID != "" {
		t.Errorf("a soft one as well: %+v", e)
	}
	s.result(t, "web2!http", 0, "HTTP OK")
	n.wait(t, soon, "its end is confirmed", func() bool { return n.of("web2!http").End == model.EndConfirmed })
	s.result(t, "web5!http", 2, "blink")
	s.result(t, "web5!http", 2, "blink")
	s.result(t, "web5!http", 0, "HTTP OK")
	n.wait(t, soon, "what began and ended is reported", func() bool { e := n.of("web5!http"); return e.ID != "" && !e.Active() })
}

func icingaWritesBack(t *testing.T, s *icingaServer, n *notebook) {
	c := s.client(t, "opsbot", "opsword")
	e := *n.of("web1")
	note := inbound.Note{Author: "ivan", Comment: "looking"}
	for range 2 { // a repeated one is no error
		if err := c.Acknowledge(t.Context(), e, note); err != nil {
			t.Fatal(err)
		}
	}
	if a := s.attributes(t, "web1"); a["acknowledgement"] != 1.0 {
		t.Errorf("Icinga has %v", a["acknowledgement"])
	}
	n.wait(t, soon, "the ack is seen", func() bool { return n.of("web1").Acked && n.of("web1").AckedBy == "ivan" })
	for range 2 {
		if err := c.Unacknowledge(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	if a := s.attributes(t, "web1"); a["acknowledgement"] != 0.0 {
		t.Errorf("taken back, Icinga has %v", a["acknowledgement"])
	}
	n.wait(t, soon, "it is seen that nobody has it", func() bool { return !n.of("web1").Acked })
	note.Until = time.Now().Add(time.Hour)
	handle, err := c.Suppress(t.Context(), []model.Event{*n.of("web2"), *n.of("web3"), {Object: "gone"}}, note)
	if err != nil {
		t.Fatal(err)
	}
	n.wait(t, soon, "the downtime is seen", func() bool { return n.of("web2").Suppressed && n.of("web3").Suppressed })
	if a := s.attributes(t, "web3!http"); a["downtime_depth"] != 1.0 {
		t.Errorf("its service has %v downtimes", a["downtime_depth"])
	}
	if found, err := c.Find(t.Context(), note.Comment); err != nil || len(found) != len(handle) {
		t.Errorf("set was %q, found is %q: %v", handle, found, err)
	}
	for range 2 {
		if err := c.Expire(t.Context(), handle); err != nil {
			t.Fatal(err)
		}
	}
	n.wait(t, soon, "its end is seen", func() bool { return !n.of("web2").Suppressed && !n.of("web3").Suppressed })
	if a := s.attributes(t, "web3!http"); a["downtime_depth"] != 0.0 {
		t.Errorf("its service has %v downtimes left", a["downtime_depth"])
	}
	if err := c.Acknowledge(t.Context(), model.Event{Object: "gone"}, note); reasonOf(t, err).Code != model.ReasonSourceDeclines {
		t.Error(err)
	}
}

func icingaReload(t *testing.T, s *icingaServer, n *notebook) {
	before := n.all()
	s.reload(t)
	s.result(t, "web6", 0, "PING OK")
	s.result(t, "web7!http", 2, "after the reload")
	s.result(t, "web7!http", 2, "after the reload")
	n.wait(t, soon, "new problems after a reload are reported", func() bool { return n.of("web7!http").Active() && n.of("web7!http").ID != "" && !n.of("web6").Active() })
	for _, e := range before {
		if e.Object != "web6" && n.of(e.Object).ID != e.ID {
			t.Errorf("%s is reported again as %s", e.ID, n.of(e.Object).ID)
		}
	}
}

// icingaCrash: Icinga writes its state every five minutes and when it is stopped. What it has lost is not OK because of
// that.
func icingaCrash(t *testing.T, s *icingaServer, n *notebook) {
	ends := map[string]int{}
	for _, e := range n.all() {
		ends[e.ID] = len(n.endsOf(e.ID))
	}
	s.crash()
	n.wait(t, soon, "its disconnection is reported", func() bool { return n.silence().Code == model.ReasonSourceAway })
	s.run(t)
	n.wait(t, 2*soon, "it is connected again", func() bool { return n.silence().IsZero() })
	s.result(t, "web9!http", 2, "after the crash")
	s.result(t, "web9!http", 2, "after the crash")
	n.wait(t, 2*soon, "and listened to", func() bool { return n.of("web9!http").ID != "" })
	s.result(t, "web10", 0, "PING OK")
	n.wait(t, 2*soon, "what is absent counts again", func() bool { return n.of("web10").End == model.EndConfirmed })
	for id, before := range ends {
		if id != n.of("web10").ID && len(n.endsOf(id)) != before {
			t.Errorf("%s was ended by a crash of Icinga", id)
		}
	}
}
