package ops_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/ops"
)

// TestReasonsBehindADash: whatever dash a keyboard writes, and no hyphen of a name.
func TestReasonsBehindADash(t *testing.T) {
	for line, want := range map[string]string{
		"2h clientA -- update": "update", "2h clientA - update": "update", "2h clientA – update": "update", "2h clientA — update": "update",
		"2 часа clientA - обновление - часть 2": "обновление - часть 2", "2h clientA-2 web-1": "", "2h clientA-2 - web-1": "web-1", "2h clientA -": "",
		"half an hour clientA -update": "",
	} {
		req, err := ops.ParseMute(line)
		if err != nil || req.Reason != want || slices.Contains(req.Words, "-") {
			t.Errorf("%q: %q, %q, %v", line, req.Words, req.Reason, err)
		}
	}
}

// TestLengthsInWordsAreNoNames: what people type for a length is not looked up as a name.
func TestLengthsInWordsAreNoNames(t *testing.T) {
	for _, length := range []string{"2 hours", "2ч", "полчаса", "1.5h", "an hour and a half", "на 2 часа", "for 2 hours", "полтора часа", "for the next 2 hours"} {
		want, err := model.ParseLength(length)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range []string{length + " acme", "acme " + length} {
			req, err := ops.ParseMute(line)
			if err != nil || req.For != time.Duration(want) || !slices.Equal(req.Words, []string{"acme"}) {
				t.Errorf("%q: %v %q, %v", line, req.For, req.Words, err)
			}
		}
	}
}

// TestAWrongTimeIsSaidToBeOne: never that its name is unknown.
func TestAWrongTimeIsSaidToBeOne(t *testing.T) {
	b := newBench(t)
	for line, want := range map[string]model.ErrorCode{
		"2hors acme": model.ErrBadDuration, "2x acme": model.ErrBadDuration, "acme 2 hors": model.ErrBadDuration, "tomorow acme": model.ErrBadDuration,
		"18:00 acme": model.ErrUntilOrFrom, "acme tomorrow 9:00": model.ErrUntilOrFrom, "завтра acme": model.ErrUntilOrFrom,
		"25:00 acme": model.ErrBadDuration, "1h nobody": model.ErrUnknownWord, "1h acme 25:00": model.ErrBadDuration, "понидельник acme": model.ErrBadDuration,
	} {
		req, err := ops.ParseMute(line)
		if err == nil {
			_, err = b.actions.Mute(t.Context(), actor(model.RoleOperator), req.MuteRequest)
		}
		if model.CodeOf(err) != want {
			t.Errorf("%q: %v, want %s", line, err, want)
		}
	}
}

// TestAWrongTimeOfThePastIsSaidToBeOne: of what asks since when, too.
func TestAWrongTimeOfThePastIsSaidToBeOne(t *testing.T) {
	b := newBench(t)
	for words, want := range map[string]model.ErrorCode{"2x acme": model.ErrBadPast, "acme 18:00": model.ErrBadPast, "acme 2 hors": model.ErrBadPast, "nobody": model.ErrUnknownWord} {
		_, err := b.actions.History(t.Context(), actor(model.RoleViewer), strings.Fields(words), epoch.Add(-time.Hour))
		if model.CodeOf(err) != want {
			t.Errorf("history of %q: %v, want %s", words, err, want)
		}
		if _, err = b.actions.Chart(t.Context(), actor(model.RoleViewer), strings.Fields(words), time.Hour); model.CodeOf(err) != want {
			t.Errorf("chart of %q: %v, want %s", words, err, want)
		}
	}
}

// TestLogsSince: lines since a moment, and since so long ago, in both languages.
func TestLogsSince(t *testing.T) {
	for line, want := range map[string]time.Duration{
		"web1 since 2 hours": 2 * time.Hour, "web1 since 11:00": time.Hour, "web1 с 11:00": time.Hour, "web1 за последний час": time.Hour, "web1 last hour": time.Hour,
		"web1 since yesterday": 36 * time.Hour, "web1 вчера": 36 * time.Hour, "web1 2 hours ago": 2 * time.Hour, "web1 since half an hour": 30 * time.Minute, "web1 last 50": 0,
	} {
		req, err := ops.ParseLogs(line, epoch)
		if err != nil || req.Since != want || !slices.Equal(req.Words, []string{"web1"}) {
			t.Errorf("%q: %v %q, %v, want %v", line, req.Since, req.Words, err, want)
		}
	}
}

// TestPeriodsOfReports: whole days, weeks and months in words.
func TestPeriodsOfReports(t *testing.T) {
	now := evening(t) // Tuesday, 1 December
	for line, want := range map[string]string{
		"clientA last month": "2026-11", "clientA за прошлый месяц": "2026-11", "november clientA": "2026-11", "clientA за октябрь": "2026-10", "clientA october 2025": "2025-10",
		"clientA this month": "2026-12", "clientA yesterday": "2026-11-30", "clientA вчера": "2026-11-30", "clientA last week": "2026-11-23..2026-11-29",
		"clientA на прошлой неделе": "2026-11-23..2026-11-29", "clientA in November": "2026-11", "clientA last 7 days": "7d", "clientA за неделю": "7d",
		"clientA 2026-10-01..2026-10-15": "2026-10-01..2026-10-15", "clientA 2026-10": "2026-10", "clientA": "2026-12",
	} {
		req, err := ops.ParseReport(strings.Fields(line), now)
		if err != nil || req.Asked != want || !slices.Equal(req.Words, []string{"clientA"}) {
			t.Errorf("%q: %q %q, %v, want %q", line, req.Asked, req.Words, err, want)
			continue
		}
		again, err := ops.ParseReport([]string{"clientA", req.Asked}, now) // a button repeats it
		if err != nil || again.Span != req.Span {
			t.Errorf("%q: %v, again %v, %v", line, req.Span, again.Span, err)
		}
	}
}
