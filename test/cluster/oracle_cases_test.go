package cluster_test

import (
	"slices"
	"testing"
	"time"
)

// trialBegin is when the trials of this file begin.
var trialBegin = time.Date(2026, 12, 1, 3, 0, 0, 0, time.UTC)

func second(n float64) time.Time { return trialBegin.Add(time.Duration(n * float64(time.Second))) }

func card(at float64, text string) sent { return sent{second(at), text} }

// wellDone is a trial of 100 s in which all went well: two bots, a target that fails twice and one that never does, a kill of the leader.
func wellDone() *record {
	r := &record{
		spells:   map[string][]spell{"target0": {{second(10), second(20)}, {second(70), second(90)}}, "steady0": nil},
		answered: map[string][]time.Time{},
		messages: []sent{
			card(11, "🔴 target0 down · #1"), card(22, "🟢 target0 up · #1"), card(49, "bot2 took over from bot1"),
			card(72, "🔴 target0 down · #2"), card(72.5, "🔴 target0 down · #2 (may be a repeat)"), card(91, "🟢 target0 up · #2"),
		},
		replies:  []sent{card(5, "Nothing is stored at the moment"), card(30, "🔇 Muted until 14:00: spare0 · mute #1"), card(50, "opsbot restarted before it ran /mute 1h spare1. Nothing was changed.")},
		commands: []command{{second(4), "spare9"}, {second(30), "spare0"}, {second(39), "spare1"}},
		audits:   map[string]int{"spare0": 1},
		opened:   []opened{{id: "1", target: "target0", at: second(10.5)}, {id: "2", target: "target0", at: second(71)}},
		writers:  []written{{"w1", "1"}, {"w2", "2"}},
		calls:    []spoke{{"bot1", second(11)}, {"bot1", second(39)}, {"bot2", second(49)}},
		tenures:  []tenure{{second(0), "bot1"}, {second(47), "bot2"}},
		faults:   []fault{{spell{second(40), second(60)}, "bot1", "kill"}},
		end:      second(100),
	}
	for s := range 100 {
		if s < 40 || s > 49 {
			r.answered["steady0"] = append(r.answered["steady0"], second(float64(s)))
		}
	}
	return r
}

// TestTheOracleFindsWhatIsWrong: it finds nothing in a trial in which all went well, and each thing that can go wrong by its kind. A fault that
// explains it is no finding.
func TestTheOracleFindsWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(r *record)
		want  []string
	}{
		{"all went well", func(*record) {}, nil},
		{"an alert is not sent", func(r *record) { r.messages = r.messages[2:] }, []string{"alerts lost"}},
		{"a failure is not noticed", func(r *record) { r.messages, r.opened = r.messages[2:], r.opened[1:] }, []string{"alerts lost"}},
		{"and nobody could", func(r *record) {
			r.messages, r.opened = r.messages[2:], r.opened[1:]
			r.faults = append([]fault{{spell{second(5), second(12)}, "bot1", "freeze"}}, r.faults...)
		}, nil},
		{"what is done to the standby is no excuse", func(r *record) {
			r.messages, r.opened = r.messages[2:], r.opened[1:]
			r.faults = append([]fault{{spell{second(5), second(12)}, "bot2", "freeze"}}, r.faults...)
		}, []string{"alerts lost"}},
		{"an end that nobody could notice", func(r *record) {
			r.spells["target0"] = []spell{{second(10), second(48)}, {second(51), second(90)}}
			r.messages = []sent{r.messages[0], r.messages[2], card(91, "🟢 target0 up · #1")}
			r.opened = r.opened[:1]
		}, nil},
		{"an end that somebody could notice", func(r *record) {
			r.spells["target0"] = []spell{{second(10), second(48)}, {second(63), second(90)}}
			r.messages = []sent{r.messages[0], r.messages[2], card(91, "🟢 target0 up · #1")}
			r.opened = r.opened[:1]
		}, []string{"alerts lost"}},
		{"the end is not sent", func(r *record) { r.messages = slices.Delete(r.messages, 1, 2) }, []string{"ends lost"}},
		{"it stays open", func(r *record) { r.opened[1].open = true }, []string{"ends lost"}},
		{"a repeat is not marked", func(r *record) { r.messages[4].text = r.messages[3].text }, []string{"unmarked repeats"}},
		{"an end comes twice", func(r *record) { r.messages = append(r.messages, r.messages[5]) }, []string{"unmarked repeats"}},
		{"a message without a failure", func(r *record) { r.messages = append(r.messages, card(45, "🔴 steady0 down · #3")) }, []string{"false down"}},
		{"an incident without a failure", func(r *record) {
			r.opened = append(r.opened, opened{id: "3", target: "steady0", at: second(45)})
			r.messages = append(r.messages, card(46, "🟢 up again · #3"))
		}, []string{"false down"}},
		{"two incidents of one failure", func(r *record) {
			r.opened = []opened{r.opened[0], {id: "3", target: "target0", at: second(15)}, r.opened[1]}
			r.messages = append(r.messages, card(16, "🔴 target0 down · #3"), card(21, "🟢 target0 up · #3"))
		}, []string{"false down"}},
		{"nobody runs a check", func(r *record) { r.answered["steady0"] = r.answered["steady0"][:60] }, []string{"silent checks"}},
		{"a command is not answered", func(r *record) { r.replies = r.replies[:2] }, []string{"commands lost"}},
		{"one answer for two commands", func(r *record) { r.commands = append(r.commands, command{second(4), "spare8"}) }, []string{"commands lost"}},
		{"an answer that came before", func(r *record) { r.commands[0].at = second(6) }, []string{"commands lost"}},
		{"a nameless answer says that nothing was done", func(r *record) { r.audits["spare9"] = 1 }, []string{"answers false"}},
		{"a command is done twice", func(r *record) { r.audits["spare0"] = 2 }, []string{"audit doubled"}},
		{"a command is said to be done", func(r *record) { delete(r.audits, "spare0") }, []string{"answers false"}},
		{"a command is said to be undone", func(r *record) { r.audits["spare1"] = 1 }, []string{"answers false"}},
		{"a stale leader writes", func(r *record) { r.writers = append(r.writers, written{"w1", "3"}) }, []string{"stale actions"}},
		{"two write in one epoch", func(r *record) { r.writers = append(r.writers, written{"w3", "2"}) }, []string{"stale actions"}},
		{"a stale leader speaks", func(r *record) { r.calls = append(r.calls, spoke{"bot1", second(48)}) }, []string{"stale actions"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := wellDone()
			c.spoil(r)
			found := r.judge()
			var kinds []string
			for kind := range found {
				kinds = append(kinds, kind)
			}
			if slices.Sort(kinds); !slices.Equal(kinds, c.want) {
				t.Errorf("%v, want %v", found, c.want)
			}
		})
	}
}
