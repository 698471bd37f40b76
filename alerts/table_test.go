package alerts_test

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"opsbot/alerts"
	"opsbot/model"
)

// The columns of the table in docs/alerts.md.
const (
	normally = iota
	muted
	outside
	inhibited
)

// stage is a world in which a check, and in the last column a service, has come as far as before the event of a row.
type stage struct {
	*world
	column int
	own    string           // what the event happens to
	id     model.IncidentID // its incident, where that is not of a check; 0 is found by own
}

// rows are the events of the table, each with how it comes about: what was said since setUp returned is what the row says.
var rows = map[string]struct{ before, event func(*stage) }{
	"opens": {nothing, (*stage).down},
	"gets worse than was notified": {
		func(s *stage) { s.soften(model.CheckID(s.own)); s.notified() },
		func(s *stage) {
			c, _ := s.inv.Check(model.CheckID(s.own))
			c.Severity = model.SeverityCritical
			_ = s.manager.SetInventory(context.Background(), s.inv)
		},
	},
	"something joins it": {
		func(s *stage) {
			s.rules.Storm = alerts.Storm{Over: 1, Within: model.Day}
			s.manager.SetRules(s.rules)
			s.fail(s.own, "other")
			s.wait(alerts.StormPace)
			s.id = s.storm().ID
			if s.column == muted { // by a mute of the incident, which covers what it consisted of
				_, _, _ = s.manager.Mute(context.Background(), model.Mute{Chat: 1, Until: s.at.Add(5 * time.Hour), Incident: s.storm().ID}, model.AuditEntry{})
				return
			}
			s.condition()
		},
		func(s *stage) {
			s.fail("third")
			s.wait(alerts.CollectWait + time.Second)
		},
	},
	"changes in any other way": {(*stage).notified, func(s *stage) {
		r := outcome(s.own, model.StatusFail, s.at)
		r.Reason = model.NewReason(model.ReasonTimeout)
		_ = s.manager.Handle(context.Background(), r)
	}},
	"ends, was notified": {(*stage).notified, func(s *stage) { s.up() }},
	"ends, was never notified": {
		func(s *stage) {
			s.condition()
			s.down()
		},
		func(s *stage) { s.heal(s.own) },
	},
	"is attached to a host or a storm": {
		func(s *stage) {
			s.fail("a/web@h1", "b/web@h1")
			s.own = "a/web@h1"
			s.verification("h1", "b/web@h1")
			s.wait(15 * time.Second)
			s.condition()
		},
		func(s *stage) {
			s.fail("b/web@h1")
			s.verification("h1")
			s.wait(15 * time.Second)
		},
	},
	"a latched check works again": {(*stage).notifiedLatched, func(s *stage) { s.heal(s.own) }},
	"a latched check is reset": {(*stage).notifiedLatched, func(s *stage) {
		_ = s.manager.Reset(context.Background(), model.CheckID(s.own), model.AuditEntry{})
	}},
	"starts flapping": {(*stage).restless, (*stage).down},
	"changes while it is flapping": {
		func(s *stage) { s.flapping(); s.down(); s.up(); s.notified() },
		func(s *stage) { s.heal(s.own); s.fail(s.own); s.heal(s.own) },
	},
	"is acknowledged": {(*stage).notified, func(s *stage) {
		_, _ = s.manager.Ack(context.Background(), s.incident(), model.Ack{Name: "Ann"}, model.AuditEntry{})
	}},
	"is no longer acknowledged": {
		func(s *stage) {
			s.notified()
			_, _ = s.manager.Ack(context.Background(), s.incident(), model.Ack{Name: "Ann"}, model.AuditEntry{})
		},
		func(s *stage) {
			_, _ = s.manager.Unack(context.Background(), s.incident(), model.Scope{}, model.AuditEntry{})
		},
	},
	"is open for as long as `alerts.remind` says": {
		func(s *stage) {
			s.rules.Remind = []time.Duration{10 * time.Minute}
			s.manager.SetRules(s.rules)
			s.notified()
		},
		func(s *stage) { s.wait(11 * time.Minute) },
	},
	"a mute or a maintenance window begins": {(*stage).notified, func(s *stage) { s.mute(time.Hour) }},
	"a mute is about to end": {
		func(s *stage) { s.mute(time.Hour); s.down() },
		func(s *stage) { s.wait(51 * time.Minute) },
	},
	"a mute ends, incidents are open": {
		func(s *stage) { s.down(); s.mute(time.Hour); s.wait(51 * time.Minute) },
		func(s *stage) { s.wait(10 * time.Minute) },
	},
	"a mute ends, no incident is open": {
		func(s *stage) { s.mute(time.Hour); s.down(); s.up(); s.wait(51 * time.Minute) },
		func(s *stage) { s.wait(10 * time.Minute) },
	},
	"a mute is undone before anything was sent": {
		func(s *stage) { s.mute(time.Hour); s.down() },
		func(s *stage) { _, _ = s.manager.EndMute(context.Background(), 1, false, model.AuditEntry{}) },
	},
	"active hours begin, incidents are open": {
		func(s *stage) { s.condition(); s.down() },
		func(s *stage) { s.wait(model.Day) },
	},
	"the daily summary is due": {
		func(s *stage) {
			s.rules.Daily = everyDayAt(11)
			s.manager.SetRules(s.rules)
			s.notified()
		},
		func(s *stage) { s.wait(time.Hour + time.Minute) },
	},
}

func nothing(s *stage) { s.condition() }

func newStage(t *testing.T, column int) *stage {
	t.Helper()
	s := &stage{column: column, own: "main-db", world: newWorld(t, "main-db", "other", "third", "a/web@h1", "a/web@h2", "b/web@h1")}
	s.routing.Bypass = nil
	s.manager.SetRouting(s.routing)
	if column == inhibited {
		s.rules.Storm = alerts.Storm{Over: 1, Within: model.Day}
		s.manager.SetRules(s.rules)
	}
	return s
}

func (s *stage) down() { s.fail(s.own) }
func (s *stage) up()   { s.heal(s.own) }

// notified has the incident notified, and then the condition of the column hold.
func (s *stage) notified() {
	s.down()
	s.condition()
}

func (s *stage) notifiedLatched() {
	c, _ := s.inv.Check(model.CheckID(s.own))
	c.Latched = true
	s.notified()
}

// restless is what has changed as often as is not yet flapping.
func (s *stage) restless() {
	s.flapping()
	s.down()
	s.up()
	if s.column != inhibited {
		s.condition()
	}
}

func (s *stage) flapping() {
	s.rules.Flapping = alerts.Flapping{Over: 2, Within: time.Hour, Quiet: 10 * time.Minute}
	s.manager.SetRules(s.rules)
}

// condition makes what the column says so, from now on.
func (s *stage) condition() {
	switch s.column {
	case muted:
		s.mute(5 * time.Hour)
	case outside:
		hours, _ := model.ParseActiveHours("03:00-04:00", time.UTC)
		s.routing.Hours = &hours
		s.manager.SetRouting(s.routing)
	case inhibited: // by a storm that was notified
		s.fail("other")
		s.wait(alerts.StormPace)
	}
}

func (s *stage) mute(d time.Duration) {
	_, _, _ = s.manager.Mute(context.Background(), model.Mute{
		Chat: 1, Until: s.at.Add(d), Selector: model.Selector{Checks: []model.CheckID{model.CheckID(s.own)}},
	}, model.AuditEntry{})
}

func (s *stage) incident() model.IncidentID {
	if s.id != 0 {
		return s.id
	}
	for _, in := range s.manager.OpenIncidents(model.Scope{}) {
		if in.Check == model.CheckID(s.own) || slices.ContainsFunc(in.Failing, func(f model.FailingCheck) bool { return f.Check == model.CheckID(s.own) }) {
			return in.ID
		}
	}
	return 0
}

// outcome sums up what was said of the incident itself, in the words of the table.
func (s *stage) outcome(own model.IncidentID) string {
	var notified, edited, waits bool
	for _, t := range s.store.notifications {
		if t.ID <= s.read || t.Incident != 0 && t.Incident != own {
			continue
		}
		switch {
		case t.Kind == model.NotifyUpdated:
			edited = true
		case !t.NotBefore.IsZero():
			waits = true
		default:
			notified = true
		}
	}
	var words []string
	for word, is := range map[string]bool{"sent": notified, "edited": edited, "deferred": waits} {
		if is {
			words = append(words, word)
		}
	}
	if len(words) == 0 {
		return "nothing"
	}
	slices.Sort(words)
	return strings.Join(words, " + ")
}

// tableOf returns the rows of the table under a heading of the docs, without its title.
func tableOf(t *testing.T, path, heading string) (table [][]string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## "+heading+"\n")
	for line := range strings.Lines(section) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) != 5 || strings.Contains(cells[0], "---") {
			continue
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		table = append(table, cells)
	}
	if len(table) == 0 {
		t.Fatalf("%s has no table under %q", path, heading)
	}
	return table[1:]
}

// TestTableOfTheDocsInRussian: the Russian table has a row for each row of the English one, in the same order, with the same outcomes.
func TestTableOfTheDocsInRussian(t *testing.T) {
	english := tableOf(t, "../docs/alerts.md", "When a notification is sent")
	russian := tableOf(t, "../docs/ru/alerts.md", "Когда отправляется уведомление")
	if len(english) != len(russian) {
		t.Fatalf("%d rows in Russian, %d in English", len(russian), len(english))
	}
	words := strings.NewReplacer("sent", "отправлено", "edited", "правка", "deferred", "отложено", "nothing", "ничего")
	for i, cells := range english {
		for column, cell := range cells[1:] {
			outcome, _, _ := strings.Cut(cell, ";")
			got, _, _ := strings.Cut(russian[i][column+1], ";")
			if want := words.Replace(outcome); got != want {
				t.Errorf("%s, column %d: %q, want %q", russian[i][0], column+1, got, want)
			}
		}
	}
}

func TestTableOfTheDocs(t *testing.T) {
	seen := 0
	for _, cells := range tableOf(t, "../docs/alerts.md", "When a notification is sent") {
		event := cells[0]
		row, ok := rows[event]
		if !ok {
			t.Errorf("nothing tries %q", event)
			continue
		}
		seen++
		for column, cell := range cells[1:] {
			want, _, _ := strings.Cut(strings.TrimSpace(cell), ";")
			if want == "–" {
				continue
			}
			parts := strings.Split(want, " + ")
			slices.Sort(parts)
			want = strings.Join(parts, " + ")
			t.Run(event+"/"+[]string{"normally", "muted", "outside", "inhibited"}[column], func(t *testing.T) {
				s := newStage(t, column)
				row.before(s)
				own := s.incident()
				s.said()
				row.event(s)
				if own == 0 {
					own = s.incident()
				}
				if got := s.outcome(own); got != want {
					t.Errorf("%s, the docs say %s:\n  %s", got, want, strings.Join(s.said(), "\n  "))
				}
			})
		}
	}
	if seen != len(rows) {
		t.Errorf("%d of %d events stand in the table", seen, len(rows))
	}
}
