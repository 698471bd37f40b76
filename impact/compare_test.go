package impact_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"opsbot/impact"
	"opsbot/model"
)

// seenAs is an endpoint of client a: its results, and how long its ok results took, in milliseconds.
func seenAs(service, host string, ok, failed, unknown int, ms ...int) model.BaselineRow {
	r := model.BaselineRow{
		ServiceKey: model.ServiceKey{Client: "a", Service: service}, Host: host, Counts: model.Counts{OK: ok, Failed: failed, Unknown: unknown},
	}
	for _, m := range ms {
		r.Took = append(r.Took, time.Duration(m)*time.Millisecond)
	}
	if failed > 0 {
		r.Reason = model.NewReason(model.ReasonTimeout)
	}
	return r
}

func TestCompareOneEndpoint(t *testing.T) {
	fast, slow := []int{10, 12, 11, 10, 13}, []int{60, 70, 65, 61, 80}
	tests := []struct {
		name        string
		before, now model.BaselineRow
		want        model.ChangeKind
	}{
		{"the same", seenAs("s", "h", 5, 0, 0, fast...), seenAs("s", "h", 5, 0, 0, fast...), ""},
		{"broken", seenAs("s", "h", 5, 0, 0, fast...), seenAs("s", "h", 0, 3, 0), model.ChangeBroken},
		{"unsteady then broken", seenAs("s", "h", 4, 1, 0, fast...), seenAs("s", "h", 0, 3, 0), model.ChangeBroken},
		{"one failure of five", seenAs("s", "h", 5, 0, 0, fast...), seenAs("s", "h", 4, 1, 0, fast...), model.ChangeUnsteady},
		{"as unsteady as before", seenAs("s", "h", 3, 2, 0, fast...), seenAs("s", "h", 4, 1, 0, fast...), ""},
		{"fixed", seenAs("s", "h", 0, 3, 0), seenAs("s", "h", 5, 0, 0, fast...), model.ChangeFixed},
		{"fixed for the most part is not fixed", seenAs("s", "h", 0, 3, 0), seenAs("s", "h", 3, 2, 0, fast...), model.ChangeStill},
		{"still", seenAs("s", "h", 0, 3, 0), seenAs("s", "h", 0, 3, 0), model.ChangeStill},
		{"could not be checked now", seenAs("s", "h", 5, 0, 0, fast...), seenAs("s", "h", 0, 0, 3), model.ChangeUnclear},
		{"could not be checked then, fails now", seenAs("s", "h", 0, 0, 3), seenAs("s", "h", 0, 3, 0), model.ChangeUnclear},
		{"could not be checked then, works now", seenAs("s", "h", 0, 0, 3), seenAs("s", "h", 5, 0, 0, fast...), ""},
		{"slower", seenAs("s", "h", 5, 0, 0, fast...), seenAs("s", "h", 5, 0, 0, slow...), model.ChangeSlower},
		{"faster", seenAs("s", "h", 5, 0, 0, slow...), seenAs("s", "h", 5, 0, 0, fast...), model.ChangeFaster},
		{"one slow answer is a hiccup", seenAs("s", "h", 5, 0, 0, fast...), seenAs("s", "h", 5, 0, 0, 10, 900, 12, 11, 10), ""},
		{"two slow answers are as well", seenAs("s", "h", 5, 0, 0, fast...), seenAs("s", "h", 5, 0, 0, 10, 900, 900, 11, 10), ""},
		{"one quick answer among slow ones", seenAs("s", "h", 5, 0, 0, fast...), seenAs("s", "h", 5, 0, 0, 60, 70, 13, 61, 80), model.ChangeSlower},
		{"certainly slower, but not noticeable", seenAs("s", "h", 5, 0, 0, 1, 1, 1, 1, 1), seenAs("s", "h", 5, 0, 0, 3, 3, 3, 3, 3), ""},
		{"longer by a little of much", seenAs("s", "h", 5, 0, 0, 900, 901, 902, 903, 904), seenAs("s", "h", 5, 0, 0, 950, 951, 952, 953, 954), ""},
		{"too few answers to say", seenAs("s", "h", 2, 0, 0, 10, 10), seenAs("s", "h", 2, 0, 0, 500, 500), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := impact.Compare(&model.Baseline{Rows: []model.BaselineRow{tt.before}}, &model.Baseline{Rows: []model.BaselineRow{tt.now}})
			var kind model.ChangeKind
			if len(got.Changes) > 0 {
				kind = got.Changes[0].Kind
			}
			if kind != tt.want || got.Endpoints != 1 || got.New+got.Gone != 0 {
				t.Errorf("%+v, want %q", got, tt.want)
			}
		})
	}
}

func TestCompareOrdersWorstFirstAndCountsWhatIsInOneOnly(t *testing.T) {
	before := model.Baseline{Rows: []model.BaselineRow{
		seenAs("s", "h10", 5, 0, 0), seenAs("s", "h2", 5, 0, 0), seenAs("s", "fixed", 0, 3, 0), seenAs("s", "gone", 5, 0, 0), seenAs("s", "odd", 5, 0, 0),
		seenAs("s", "blind", 5, 0, 0), seenAs("s", "dark", 0, 0, 3),
	}}
	now := model.Baseline{Rows: []model.BaselineRow{
		seenAs("s", "fixed", 5, 0, 0), seenAs("s", "h10", 0, 3, 0), seenAs("s", "h2", 0, 3, 0), seenAs("s", "new", 0, 3, 0), seenAs("s", "odd", 4, 1, 0),
		seenAs("s", "blind", 0, 0, 3), seenAs("s", "dark", 0, 3, 0),
	}}
	got := impact.Compare(&before, &now)
	var order []string
	for _, c := range got.Changes {
		order = append(order, string(c.Kind)+" "+c.Host)
	}
	want := []string{"broken h2", "broken h10", "new new", "unsteady odd", "unclear dark", "unclear blind", "fixed fixed"}
	if !slices.Equal(order, want) || got.New != 1 || got.Gone != 1 || got.Endpoints != 6 || !got.Worse() {
		t.Errorf("%q, %+v", order, got)
	}
}

// TestWhatCannotBeComparedIsNotWell: what fails and was unknown before is worse, what is unknown now is unclear.
func TestWhatCannotBeComparedIsNotWell(t *testing.T) {
	compare := func(before, now model.BaselineRow) model.Comparison {
		return impact.Compare(&model.Baseline{Rows: []model.BaselineRow{before}}, &model.Baseline{Rows: []model.BaselineRow{now}})
	}
	if c := compare(seenAs("s", "h", 0, 0, 3), seenAs("s", "h", 0, 3, 0)); !c.Worse() || !c.Unclear() {
		t.Errorf("fails, nobody knows since when: %+v", c)
	}
	if c := compare(seenAs("s", "h", 5, 0, 0), seenAs("s", "h", 0, 0, 3)); c.Worse() || !c.Unclear() {
		t.Errorf("could not be checked: %+v", c)
	}
}

// TestChanceIsRare draws both runs from one distribution with a long tail: hardly any endpoint may be called slower, and one that
// really is slower is found.
func TestChanceIsRare(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	draw := func(base float64) []int {
		var ms []int
		for range 5 {
			ms = append(ms, int(base*(0.7+r.ExpFloat64()*0.4)))
		}
		return ms
	}
	const endpoints = 5000
	wrong, found := 0, 0
	for range endpoints {
		one := func(now float64) int {
			c := impact.Compare(&model.Baseline{Rows: []model.BaselineRow{seenAs("s", "h", 5, 0, 0, draw(100)...)}},
				&model.Baseline{Rows: []model.BaselineRow{seenAs("s", "h", 5, 0, 0, draw(now)...)}})
			return c.Count(model.ChangeSlower)
		}
		wrong += one(100)
		found += one(300)
	}
	if wrong > endpoints/100 || found < endpoints*9/10 {
		t.Errorf("%d of %d called slower that are not, %d found that are", wrong, endpoints, found)
	}
}

// TestCompareBackwards: what got worse in one direction got better in the other, and nothing is both.
func TestCompareBackwards(t *testing.T) {
	row := rapid.Custom(func(t *rapid.T) model.BaselineRow {
		ok := rapid.IntRange(0, 5).Draw(t, "ok")
		r := seenAs("s", "h", ok, rapid.IntRange(0, 3).Draw(t, "failed"), rapid.IntRange(0, 1).Draw(t, "unknown"))
		for range ok {
			r.Took = append(r.Took, time.Duration(rapid.IntRange(1, 2000).Draw(t, "ms"))*time.Millisecond)
		}
		return r
	})
	opposite := map[model.ChangeKind]model.ChangeKind{
		model.ChangeSlower: model.ChangeFaster, model.ChangeFaster: model.ChangeSlower,
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := model.Baseline{Rows: []model.BaselineRow{row.Draw(t, "a")}}, model.Baseline{Rows: []model.BaselineRow{row.Draw(t, "b")}}
		there, back := impact.Compare(&a, &b), impact.Compare(&b, &a)
		if len(there.Changes) > 1 {
			t.Fatalf("%+v", there)
		}
		if same := impact.Compare(&a, &a); same.Worse() {
			t.Fatalf("worse than itself: %+v", same)
		}
		if len(there.Changes) == 1 {
			if want, has := opposite[there.Changes[0].Kind]; has && (len(back.Changes) != 1 || back.Changes[0].Kind != want) {
				t.Fatalf("%+v there, %+v back", there, back)
			}
		}
		if there.Worse() && back.Worse() {
			t.Fatalf("%+v and %+v", there, back)
		}
	})
}

func BenchmarkCompare(b *testing.B) {
	var before, now model.Baseline
	for i := range 20000 {
		host := string(rune('a'+i%26)) + time.Duration(i).String()
		before.Rows = append(before.Rows, seenAs("s", host, 5, 0, 0, 10, 11, 12, 13, 14))
		now.Rows = append(now.Rows, seenAs("s", host, 5, 0, 0, 100, 110, 120, 130, 140))
	}
	for b.Loop() {
		impact.Compare(&before, &now)
	}
}
