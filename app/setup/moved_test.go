package setup

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"opsbot/model"
	"opsbot/texts"
)

// TestAReloadNamesWhoseShiftsMove: who joins, who leaves and who is moved, with the shifts that were and are; a change that moves nobody is
// not mentioned, and neither is a schedule that is new.
func TestAReloadNamesWhoseShiftsMove(t *testing.T) {
	catalog, err := texts.Load()
	if err != nil {
		t.Fatal(err)
	}
	crew := "[[people]]\nname = \"anna\"\ntelegram = 1\n[[people]]\nname = \"boris\"\ntelegram = 2\n[[people]]\nname = \"vera\"\ntelegram = 3\n"
	weeks := func(name, people, start string) string {
		return "[[schedules]]\nname = \"" + name + "\"\nzone = \"Europe/Berlin\"\n[[schedules.layers]]\npeople = [" + people + "]\nstart = \"" + start + "\"\nevery = \"4w\"\n"
	}
	two := crew + weeks("primary", `"anna", "boris"`, "2026-11-09 10:00")
	for name, c := range map[string]struct {
		after string
		want  []string
	}{
		"the same":             {two, nil},
		"another anchor":       {crew + weeks("primary", `"anna", "boris"`, "2026-09-14 10:00"), nil},
		"another schedule":     {two + weeks("nights", `"vera", "anna"`, "2026-11-09 10:00"), nil},
		"somebody joins":       {crew + weeks("primary", `"anna", "vera", "boris"`, "2026-11-09 10:00"), []string{"primary: anna is no longer on call 2027-01-04 10:00 – 2027-02-01 10:00", "primary: the shifts of boris move: no longer 2026-12-07 10:00 – 2027-01-04 10:00, now 2027-01-04 10:00 – 2027-02-01 10:00", "primary: vera is now on call 2026-12-07 10:00 – 2027-01-04 10:00"}},
		"the schedule is gone": {crew, []string{"primary: anna is no longer on call 2026-11-09 10:00 – 2026-12-07 10:00, 2027-01-04 10:00 – 2027-02-01 10:00", "primary: boris is no longer on call 2026-12-07 10:00 – 2027-01-04 10:00"}},
	} {
		t.Run(name, func(t *testing.T) {
			now := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
			var got []string
			for _, p := range loadText(t, two).Moved(loadText(t, c.after), now) {
				_, said, _ := strings.Cut(catalog.For("en").Problems(model.Problems{p}), "schedules")
				_, said, _ = strings.Cut(said, ": ")
				got = append(got, said)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
