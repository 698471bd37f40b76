package alerts_test

import (
	"strings"
	"testing"
	"time"

	"opsbot/alerts"
	"opsbot/model"
)

// diskFull is a critical event about a host that no check of opsbot's can verify.
func (w *world) diskFull(host string) model.Event {
	e := w.event(host)
	e.ID, e.Service, e.Title = host+"!disk", "DiskFull", "/ is 99% full"
	e.URL, e.Runbook, e.Labels = "https://source.example.com/disk", "https://wiki.example.com/disk", model.Labels{"mountpoint": "/"}
	return e
}

// A critical event that no check can verify is a critical notification with all that the source says, and its end is notified.
func TestACriticalEventThatCannotBeVerifiedIsCritical(t *testing.T) {
	w := hosting(t)
	full := w.diskFull("h1")
	w.receive(full)
	w.recheckAll()
	w.wait(5 * time.Second)
	w.expect("1 opened event_group:1 critical")
	b := w.group().EventGroup
	if len(b.Critical) != 1 || b.Critical[0] != "h1: DiskFull" || len(b.Texts) != 1 || b.Texts[0].Link != full.URL || b.Texts[0].Runbook != full.Runbook ||
		b.Texts[0].Labels["mountpoint"] != "/" || b.Texts[0].Text != full.Title {
		t.Errorf("%+v", b)
	}
	w.wait(time.Hour)
	w.expect() // it is open for as long as the source says so
	full.EndedAt, full.End = w.at, model.EndConfirmed
	w.receive(full)
	w.recheckAll()
	w.wait(alerts.EventGroupQuiet + time.Minute)
	if said := w.said(); len(said) == 0 || said[len(said)-1] != "1 resolved event_group:1 info closed" {
		t.Errorf("said %q", said)
	}
}

// What opsbot's own checks refute is no critical notification, whatever its source says.
func TestWhatChecksRefuteIsNotCritical(t *testing.T) {
	for _, service := range []string{"", "HostDown", "ping4", "icmpping", "net.tcp.service[http]", "InstanceDown", "ProbeFailed"} {
		w := hosting(t)
		e := w.event("h1")
		e.Service = service
		w.receive(e)
		w.recheckAll()
		w.wait(time.Minute)
		if said := w.said(); len(said) != 0 {
			t.Errorf("%q: %q", service, said)
		}
	}
}

func TestOnlyActiveCriticalEventsThatNobodyPlannedCount(t *testing.T) {
	for name, change := range map[string]func(*model.Event){
		"a warning": func(e *model.Event) { e.Severity = model.SeverityWarning },
		"planned":   func(e *model.Event) { e.Suppressed = true },
		"taken on":  func(e *model.Event) { e.Acked = true },
	} {
		w := hosting(t)
		e := w.diskFull("h1")
		change(&e)
		w.receive(e)
		w.recheckAll()
		w.wait(time.Minute)
		if said := w.said(); len(said) != 0 {
			t.Errorf("%s: %q", name, said)
		}
	}
}

// untestable = "silent" is how it was: of such events only those about unknown hosts and none are notified, as warnings.
func TestUntestableEventsOfASilentSource(t *testing.T) {
	w := hosting(t)
	w.rules.UntestableSilent = map[string]bool{"icinga": true}
	w.manager.SetRules(w.rules)
	w.receive(w.diskFull("h1"))
	w.recheckAll()
	w.wait(5 * time.Second)
	w.expect()
	w.down("db9")
	w.wait(5 * time.Second)
	if said := w.said(); len(said) != 1 || !strings.HasPrefix(said[0], "1 opened event_group:") || !strings.HasSuffix(said[0], " warning") {
		t.Errorf("%q", said)
	}
}

// A critical event that joins a group that was notified is notified by name.
func TestACriticalEventThatJoinsIsNotified(t *testing.T) {
	w := hosting(t)
	w.down("h1")
	w.recheckAll("h1")
	w.wait(5 * time.Second)
	w.said()
	w.receive(w.diskFull("h1"))
	w.recheckAll("h1")
	w.wait(40 * time.Second)
	if said := strings.Join(w.said(), "\n"); !strings.Contains(said, "raised event_group:") {
		t.Errorf("said %q", said)
	}
}
