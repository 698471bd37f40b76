package model_test

import (
	"encoding/json"
	"regexp"
	"testing"

	"opsbot/model"
)

// plus numbers everything 1000 higher than it is stored.
func plus(_ model.Scope, kind model.NumberKind, ids []int64) map[int64]int64 {
	numbers := map[int64]int64{}
	for _, id := range ids {
		numbers[id] = 1000 + id
		if kind == model.NumberMute {
			numbers[id] = 2000 + id
		}
	}
	return numbers
}

// TestASnapshotForLimitedReadersHasTheirNumbers: whatever of a snapshot names an incident or a mute has the readers' numbers, and only these; the
// snapshot in the outbox stays as it is.
func TestASnapshotForLimitedReadersHasTheirNumbers(t *testing.T) {
	part := model.Incident{ID: 3, Parent: 7}
	in := model.Incident{ID: 7, Parent: 9, Kind: model.IncidentStorm, Storm: &model.Storm{Parts: []model.Incident{part}}}
	s := model.Snapshot{
		Incident: &in, Open: []model.Incident{in, part}, Resolved: []model.Incident{part}, Gone: []model.Incident{part},
		Mute:  &model.Mute{ID: 5, Incident: 7},
		Daily: &model.Daily{Mutes: []model.Mute{{ID: 5}, {ID: 6, Incident: 3}}},
	}
	before := text(t, s)
	number := regexp.MustCompile(`"(?:id|parent|incident)":(\d+)`)
	shown := model.Numbering{Readers: model.ScopeOf([]string{"a"}), Numbers: plus}.Snapshot(s)
	for _, m := range number.FindAllStringSubmatch(text(t, shown), -1) {
		if len(m[1]) != 4 {
			t.Errorf("a stored number leaves: %s", m[0])
		}
	}
	if shown.Incident.ID != 1007 || shown.Incident.Ref() != 7 || shown.Incident.Storm.Parts[0].Parent != 1007 || shown.Mute.ID != 2005 || shown.Mute.Ref() != 5 || shown.Mute.Incident != 1007 {
		t.Errorf("numbered %s", text(t, shown))
	}
	if after := text(t, s); after != before {
		t.Errorf("the outbox's own became %s", after)
	}
	again := model.Numbering{Readers: model.ScopeOf([]string{"a"}), Numbers: plus}.Snapshot(shown)
	if text(t, again) != text(t, shown) {
		t.Errorf("numbered twice: %s", text(t, again))
	}
	if all := (model.Numbering{}).Snapshot(s); text(t, all) != before {
		t.Errorf("who sees everything reads %s", text(t, all))
	}
}

func text(t *testing.T, v any) string {
	t.Helper()
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
