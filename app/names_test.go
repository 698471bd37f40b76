package app

import (
	"slices"
	"testing"

	logtest "github.com/sirupsen/logrus/hooks/test"

	"opsbot/inventory"
	"opsbot/model"
)

func TestNamesAreLoggedWhenTheyFailAndWhenTheyAnswer(t *testing.T) {
	log, hook := logtest.NewNullLogger()
	names := &nameLog{log: log}
	a := inventory.Warning{Name: "a.test", Reason: model.NewReason(model.ReasonNoName), Kept: 2}
	b := inventory.Warning{Name: "b.test", Reason: model.NewReason(model.ReasonDNS)}
	steps := []struct {
		warnings []inventory.Warning
		want     []string
	}{
		{nil, nil},
		{[]inventory.Warning{a}, []string{"a.test no DNS answer for a name"}},
		{[]inventory.Warning{a}, nil},
		{[]inventory.Warning{a, b}, []string{"b.test no DNS answer for a name"}},
		{[]inventory.Warning{b}, []string{"a.test DNS answers for a name again"}},
	}
	for i, s := range steps {
		hook.Reset()
		names.update(s.warnings)
		var got []string
		for _, e := range hook.AllEntries() {
			name, _ := e.Data["name"].(string)
			got = append(got, name+" "+e.Message)
		}
		if !slices.Equal(got, s.want) {
			t.Errorf("step %d: %q, want %q", i, got, s.want)
		}
	}
}
