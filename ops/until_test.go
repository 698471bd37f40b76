package ops_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/ops"
)

// evening is a Tuesday in Moscow, where it is three hours later than at Greenwich.
func evening(t *testing.T) time.Time {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Moscow")
	if err != nil {
		t.Fatal(err)
	}
	return time.Date(2026, 12, 1, 20, 30, 0, 0, zone)
}

func TestMuteUntil(t *testing.T) {
	now := evening(t)
	for line, want := range map[string]struct {
		until, words, reason string
		code                 model.ErrorCode
	}{
		"until 22:00 clientA -- update":            {until: "2026-12-01 22:00", words: "clientA", reason: "update"},
		"clientA reports до 18:00 — обновление":    {until: "2026-12-02 18:00", words: "clientA reports", reason: "обновление"},
		"until tomorrow 9:00 clientA":              {until: "2026-12-02 09:00", words: "clientA"},
		"до завтра 9:00 clientA":                   {until: "2026-12-02 09:00", words: "clientA"},
		"until Mon 08:00":                          {until: "2026-12-07 08:00"},
		"clientA until 2026-12-24 web1":            {until: "2026-12-24 00:00", words: "clientA web1"},
		"until 18:00\u00a0tomorrow\u00a0clientA":   {until: "2026-12-02 18:00", words: "clientA"},
		"clientA -- until 18:00":                   {words: "clientA", reason: "until 18:00"},
		"until clientA":                            {code: model.ErrBadTime},
		"clientA до":                               {code: model.ErrBadTime},
		"until today 9:00 clientA":                 {code: model.ErrBadTime},
		"until 2026-11-30 18:00 clientA -- update": {code: model.ErrBadTime},
	} {
		parsed, err := ops.ParseMute(line)
		var req ops.MuteRequest
		if err == nil {
			req, err = parsed.At(now)
		}
		if (err != nil || want.code != "") && model.CodeOf(err) != want.code {
			t.Errorf("%q: %v, want %q", line, err, want.code)
			continue
		}
		if err != nil {
			continue
		}
		until := ""
		if !req.Until.IsZero() {
			until = req.Until.In(now.Location()).Format("2006-01-02 15:04")
		}
		if until != want.until || !slices.Equal(req.Words, strings.Fields(want.words)) || req.Reason != want.reason || req.For != 0 {
			t.Errorf("%q: until %q, %+v, want %+v", line, until, req, want)
		}
	}
}

// A mute ends at the moment that was said, not so long after it was said.
func TestAMuteEndsWhenItWasSaid(t *testing.T) {
	b := newBench(t)
	until := epoch.Add(90 * time.Minute)
	b.passed = 7 * time.Second
	a, err := b.actions.Mute(t.Context(), actor(model.RoleOperator), ops.MuteRequest{Words: []string{"acme"}, Until: until})
	if err != nil || !a.Mute.Until.Equal(until) || !a.Mute.From.Equal(b.now()) || a.Asks {
		t.Errorf("%+v, %v", a, err)
	}
	b.wantAudit("mute acme", "ok")
	if b.audit[0].After != "until 2026-03-01T13:30:00Z" {
		t.Errorf("%q", b.audit[0].After)
	}
	for at, code := range map[time.Duration]model.ErrorCode{
		-time.Minute: model.ErrBadTime, 7 * time.Second: model.ErrBadTime, 30 * time.Second: model.ErrMuteLength, 91 * model.Day: model.ErrMuteLength,
	} {
		if _, err := b.actions.Mute(t.Context(), actor(model.RoleOperator), ops.MuteRequest{Words: []string{"acme"}, Until: epoch.Add(at)}); model.CodeOf(err) != code {
			t.Errorf("%v: %v", at, err)
		}
	}
	planned, err := b.actions.Mute(t.Context(), actor(model.RoleOperator), ops.MuteRequest{At: epoch.Add(time.Hour), Words: []string{"acme"}, Until: epoch.Add(2 * time.Hour)})
	if m := planned.Mute; err != nil || !m.From.Equal(epoch.Add(time.Hour)) || !m.Until.Equal(epoch.Add(2*time.Hour)) {
		t.Errorf("%+v, %v", m, err)
	}
}

func TestExtendUntil(t *testing.T) {
	now := epoch
	for line, want := range map[string]string{
		"3 until 18:00": "2026-03-01 18:00", "until tomorrow 9:00 3": "2026-03-02 09:00", "#3 до завтра в 9": "2026-03-02 09:00", "до 11:00 #3": "2026-03-02 11:00",
	} {
		x, err := ops.ParseExtend(strings.Fields(line), now)
		if err != nil || x.Mute != 3 || x.By != 0 || x.Until.Format("2006-01-02 15:04") != want {
			t.Errorf("%q: %+v, %v", line, x, err)
		}
	}
	for line, code := range map[string]model.ErrorCode{
		"3 until today 9:00": model.ErrBadTime, "3 until": model.ErrBadTime, "until 18:00": model.ErrNeedArgument, "3 1h until 18:00": model.ErrNeedArgument,
		"x until 18:00": model.ErrNoMute,
	} {
		if _, err := ops.ParseExtend(strings.Fields(line), now); model.CodeOf(err) != code {
			t.Errorf("%q: %v, want %s", line, err, code)
		}
	}
	b := newBench(t).withMute() // until 13:00
	who := actor(model.RoleOperator)
	for at, code := range map[time.Duration]model.ErrorCode{
		30 * time.Minute: model.ErrMuteLonger, time.Hour: model.ErrMuteLonger, 91 * model.Day: model.ErrMuteLength,
	} {
		if _, err := b.actions.Extend(t.Context(), who, ops.Extension{Mute: 1, Until: epoch.Add(at)}); model.CodeOf(err) != code {
			t.Errorf("until %v: %v", at, err)
		}
	}
	if m, err := b.actions.Extend(t.Context(), who, ops.Extension{Mute: 1, Until: epoch.Add(61 * time.Minute)}); err != nil || !m.Until.Equal(epoch.Add(61*time.Minute)) {
		t.Errorf("%+v, %v", m, err)
	}
}

func TestMaintenanceUntil(t *testing.T) {
	now := evening(t)
	for line, want := range map[string]string{
		"23:00 2h clientA":                        "2026-12-01 23:00 +2h",
		"23:00 until 02:00 clientA":               "2026-12-01 23:00 2026-12-02 02:00",
		"from 23:00 until 02:00 clientA":          "2026-12-01 23:00 2026-12-02 02:00",
		"с 23:00 до 02:00 clientA":                "2026-12-01 23:00 2026-12-02 02:00",
		"tomorrow 23:00 2h clientA":               "2026-12-02 23:00 +2h",
		"завтра в 23:00 до 23:30 clientA":         "2026-12-02 23:00 2026-12-02 23:30",
		"Sat 02:00 until Sun 18:00 clientA":       "2026-12-05 02:00 2026-12-06 18:00",
		"2026-12-05 02:00 4h clientA":             "2026-12-05 02:00 +4h",
		"tomorrow at 9 2h clientA":                "2026-12-02 09:00 +2h",
		"завтра в 9 утра на 2 часа clientA":       "2026-12-02 09:00 +2h",
		"in 2 hours for 1 hour clientA":           "2026-12-01 22:30 +1h",
		"через полчаса на час clientA":            "2026-12-01 21:00 +1h",
		"завтра вечером в 11 2ч clientA":          "2026-12-02 23:00 +2h",
		"next monday 2:00 4h clientA":             "2026-12-07 02:00 +4h",
		"5 декабря 02:00 4h clientA":              "2026-12-05 02:00 +4h",
		"20:00 2h clientA":                        "2026-12-02 20:00 +2h",
		"23:00 until 22:00 clientA":               "2026-12-01 23:00 2026-12-02 22:00",
		"tomorrow 23:00 until today 9:00 clientA": "tomorrow is past", // "today" is the day on which it begins
	} {
		req, err := ops.ParseMaintenance(line, now)
		if want == "tomorrow is past" {
			if model.CodeOf(err) != model.ErrBadTime {
				t.Errorf("%q: %+v, %v", line, req, err)
			}
			continue
		}
		got := req.At.Format("2006-01-02 15:04 ") + req.Until.Format("2006-01-02 15:04")
		if req.Until.IsZero() {
			got = req.At.Format("2006-01-02 15:04 +") + model.Duration(req.For).String()
		}
		if err != nil || got != want || !slices.Equal(req.Words, []string{"clientA"}) {
			t.Errorf("%q: %q %v, %v, want %q", line, got, req.Words, err, want)
		}
	}
	for line, code := range map[string]model.ErrorCode{
		"9 2h clientA": model.ErrNeedClock, "tomorrow 2h clientA": model.ErrNeedClock, "завтра 2 часа clientA": model.ErrNeedClock, "today 9:00 2h clientA": model.ErrBadTime, "23:00 until clientA": model.ErrBadTime,
		"23:00 until 02:00": model.ErrNeedArgument, "2028-12-01 02:00 2h clientA": model.ErrBadTime, "from": model.ErrBadTime, "": model.ErrNeedArgument,
	} {
		if _, err := ops.ParseMaintenance(line, now); model.CodeOf(err) != code {
			t.Errorf("%q: %v, want %s", line, err, code)
		}
	}
}
