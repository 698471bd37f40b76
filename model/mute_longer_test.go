package model_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"opsbot/model"
)

// fewOf draws up to two of a few words, often none.
func fewOf[W any](words ...W) *rapid.Generator[[]W] {
	return rapid.SliceOfN(rapid.SampledFrom(words), 0, 2)
}

var someSelectors = rapid.Custom(func(t *rapid.T) model.Selector {
	s := model.Selector{
		Clients: fewOf("a", "b").Draw(t, "clients"), Services: fewOf("web", "shop").Draw(t, "services"),
		Hosts: fewOf("h1", "h2").Draw(t, "hosts"), Checks: fewOf[model.CheckID]("a/web@h1", "main-db").Draw(t, "checks"),
	}
	if dc := fewOf("fra1", "ams1").Draw(t, "dc"); len(dc) > 0 {
		s.Labels = map[string][]string{"dc": dc}
	}
	return s
})

// allChecks are checks of every combination, and one of no client.
func allChecks() (all []*model.Check) {
	for _, dc := range []string{"", "fra1", "ams1"} {
		all = append(all, &model.Check{ID: "main-db", Labels: model.Labels{"dc": dc}})
		for _, client := range []string{"a", "b"} {
			for _, service := range []string{"web", "shop"} {
				for _, host := range []string{"h1", "h2"} {
					key := model.ServiceKey{Client: client, Service: service}
					all = append(all, &model.Check{
						ID: model.CheckID(key.String() + "@" + host), Endpoint: &model.Endpoint{ServiceKey: key, Host: host}, Labels: model.Labels{"dc": dc},
					})
				}
			}
		}
	}
	return all
}

// TestAMuteThatOutlastsAnotherMutesAllOfIt: whatever the other one mutes, anywhere and at any time, it mutes too, and for longer; by
// itself with another end each mute does.
func TestAMuteThatOutlastsAnotherMutesAllOfIt(t *testing.T) {
	start := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	mutes := rapid.Custom(func(t *rapid.T) model.Mute {
		m := model.Mute{Selector: someSelectors.Draw(t, "selector"), Here: rapid.Bool().Draw(t, "here"), Chat: model.ChatID(rapid.IntRange(1, 2).Draw(t, "chat"))}
		if m.Incident = model.IncidentID(rapid.IntRange(0, 2).Draw(t, "incident")); m.Incident != 0 {
			m.Selector, m.Here = model.Selector{}, false
			for _, subject := range fewOf("service:a/web", "check:main-db").Draw(t, "covers") {
				m.Covers = model.Named{subject: rapid.Bool().Draw(t, "down")}
			}
		}
		m.From = start.Add(time.Duration(rapid.IntRange(0, 2).Draw(t, "from")) * time.Hour)
		m.Until = m.From.Add(time.Duration(rapid.IntRange(1, 4).Draw(t, "length")) * time.Hour)
		if rapid.IntRange(0, 4).Draw(t, "over") == 0 {
			m.EndedAt = m.From.Add(time.Minute)
		}
		return m
	})
	checks := allChecks()
	seen := 0
	property := func(r *rapid.T) {
		m, other := mutes.Draw(r, "m"), mutes.Draw(r, "other")
		longer, from := other, start.Add(time.Duration(rapid.IntRange(0, 6).Draw(r, "at"))*time.Hour)
		longer.Until, longer.EndedAt = other.Until.Add(time.Minute), time.Time{}
		if longer.Outlasts(&other, from) != longer.Active(from) || other.Outlasts(&other, from) {
			r.Fatalf("it must outlast itself with an earlier end, and only then: %+v", other)
		}
		if !m.Outlasts(&other, from) {
			return
		}
		seen++
		if !m.Active(from) || other.Until.After(from) && !m.Active(other.Until) { // of what is over by then nothing is left to outlast
			r.Fatalf("%+v is not in force from %v to after the end of %+v", m, from, other)
		}
		for chat := model.ChatID(1); chat <= 2; chat++ {
			for _, c := range checks {
				for in := model.IncidentID(0); in <= 2; in++ {
					if mutesThere(&other, c, in, chat) && !mutesThere(&m, c, in, chat) {
						r.Fatalf("%s of #%d in chat %d: muted by %+v, not by %+v", c.ID, in, chat, other, m)
					}
				}
			}
		}
	}
	for range 10 { // in one of 30 rounds of a hundred pairs none outlasts the other
		rapid.Check(t, property)
	}
	if seen == 0 {
		t.Error("none outlasted another")
	}
}

// mutesThere is what package alerts makes of a mute.
func mutesThere(m *model.Mute, c *model.Check, in model.IncidentID, chat model.ChatID) bool {
	switch {
	case m.Here && m.Chat != chat:
		return false
	case m.Incident != 0:
		return m.Incident == in
	default:
		return m.Selector.Matches(c)
	}
}
