package app

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/sirupsen/logrus/hooks/test"

	"opsbot/bot/telegram"
	"opsbot/model"
	"opsbot/test/clock"
)

// TestEveryChangeOfStatesIsLogged has the last change come right after another, with no result behind it that could bring
// it to light.
func TestEveryChangeOfStatesIsLogged(t *testing.T) {
	log := logrus.New()
	log.SetOutput(io.Discard)
	hook := test.NewLocal(log)
	now := `{"a":true}`
	states := func() []byte { return []byte(now) }
	l := stateLog{log: log}
	l.update(states)
	l.changed()
	l.update(states)
	now = `{"a":false}`
	l.changed()
	l.update(states)
	l.changed() // results, and no change
	l.update(states)
	now = `{"a":true}`
	l.write(now) // the minute's line
	l.changed()
	l.update(states)
	var lines []string
	for _, e := range hook.AllEntries() {
		lines = append(lines, e.Message)
	}
	if got, want := strings.Join(lines, " "), `{"a":true} {"a":false} {"a":true}`; got != want {
		t.Errorf("logged %s, want %s", got, want)
	}
}

func TestTheListenerNamesNoClient(t *testing.T) {
	mistake := model.NewReason(model.IssueReload, "what", `opsbot.toml:7: clients[1] "secretive"`)
	if r := public(mistake); r.Code != mistake.Code || strings.Contains(r.Args["what"], "secretive") {
		t.Errorf("got %+v", r)
	}
	full := model.NewReason(model.IssueDeadLetters, "count", "3")
	if r := public(full); r.Args["count"] != "3" {
		t.Errorf("got %+v", r)
	}
}

func TestIssuesOfPollingBlameTheRightOne(t *testing.T) {
	for failure, want := range map[telegram.Failure]model.ReasonCode{
		telegram.FailureNone: "", telegram.FailureUnreachable: model.IssueTelegramAway, telegram.FailureFlood: model.IssueTelegramAway,
		telegram.FailureRefused: model.IssueTelegramRefused, telegram.FailureConflict: model.IssueTelegramShared,
		telegram.FailureJournal: model.IssueStore, telegram.FailureWebhook: model.IssueTelegramWebhook,
	} {
		if r, _ := pollIssue(telegram.Health{Failure: failure}); r.Code != want {
			t.Errorf("%s: got %q, want %q", failure, r.Code, want)
		}
	}
	if r, _ := pollIssue(telegram.Health{Failure: telegram.FailureWebhook}); !strings.Contains(r.Args["command"], "/deleteWebhook") {
		t.Errorf("a webhook: got %+v, which does not say how to remove it", r)
	}
	if r, ailing := pollIssue(telegram.Health{Stale: true}); !ailing || r.Code != model.IssueTelegramAway {
		t.Errorf("a silent poll: got %+v", r)
	}
}

// TestAClockFarAheadDeletesNothing: by a clock that is years ahead all history is old.
func TestAClockFarAheadDeletesNothing(t *testing.T) {
	begun := time.Now()
	at := func(elapsed, wall time.Duration) time.Time { return clock.Moved(begun.Add(elapsed), wall) }
	var c clockTrust
	c.began(at(0, 0), begun.Round(0).Add(-time.Minute))
	for i, look := range []struct {
		elapsed, wall time.Duration
		want          bool
	}{
		{time.Hour, 0, true},
		{2 * time.Hour, 2 * time.Hour, true},
		{3 * time.Hour, 3 * 365 * model.Day, false},
		{4 * time.Hour, 3 * 365 * model.Day, false},
		{5 * time.Hour, 0, false}, // corrected: it may be set again
		{28 * time.Hour, 0, true},
	} {
		if got := c.holds(at(look.elapsed, look.wall)); got != look.want {
			t.Errorf("%d: %v, want %v", i, got, look.want)
		}
	}
	var started clockTrust
	started.began(at(0, 3*365*model.Day), begun.Round(0))
	if started.holds(at(time.Hour, 3*365*model.Day)) || !started.holds(at(25*time.Hour, 3*365*model.Day)) {
		t.Error("a start years after the last run must wait for a day, and no longer")
	}
}
