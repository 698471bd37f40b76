package logs_test

import (
	"slices"
	"testing"
	"time"

	"opsbot/logs"
	"opsbot/model"
)

// TestALogAheadOfTheClock: local time that is read as UTC, or a fast clock of a host, hides no line if there is no bound,
// and with a bound the reason says so.
func TestALogAheadOfTheClock(t *testing.T) {
	t.Parallel()
	p := &place{T: t, local: true, dir: t.TempDir()}
	for name, c := range map[string]struct {
		line string
		by   string
		rest string
	}{
		"local time": {"2026-10-10 17:00:00 ERROR: it broke", "3h", ""},
		"a fast one": {"2026-10-10 14:02:10 fine", "2m", ""},
		"a bit":      {"2026-10-10 14:00:30 fine", "", "2026-10-10 14:00:30 fine"},
		"syslog":     {"Oct 10 17:00:00 web1 nginx: x", "3h", ""},
	} {
		p.put("access.log", c.line+"\n", now)
		e := p.ask(p.files(), model.LogQuestion{Last: 50})
		if !slices.Equal(e.Lines, []string{c.line}) || !e.Why.IsZero() {
			t.Errorf("%s: without a bound: %+v", name, e)
		}
		for _, to := range []time.Time{{}, now.Add(-time.Minute)} {
			e = p.ask(p.files(), model.LogQuestion{From: now.Add(-15 * time.Minute), To: to})
			if (c.by != "") != (e.Why.Code == model.ReasonLogsAhead) || e.Why.Args["by"] != c.by || to.IsZero() && last(e) != c.rest {
				t.Errorf("%s: to %v: %+v", name, to, e)
			}
		}
	}
	zone := time.FixedZone("", 3*3600)
	p.put("access.log", "2026-10-10 17:00:00 ERROR: it broke\n", now)
	s := logs.Source{Files: p.files().Files, Zone: zone}
	if e := p.ask(s, model.LogQuestion{From: now.Add(-15 * time.Minute)}); e.Matched != 1 || !e.Why.IsZero() {
		t.Errorf("its zone is set: %+v", e)
	}
}
