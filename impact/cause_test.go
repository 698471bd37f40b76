package impact_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"opsbot/impact"
	"opsbot/model"
)

// racks is a fleet of two data centres with four racks each, eight hosts per rack, two services per host.
func racks(failed func(marks map[string]string) bool) []impact.Sample {
	var seen []impact.Sample
	for dc := range 2 {
		for rack := range 4 {
			for host := range 8 {
				for _, service := range []string{"reports", "store"} {
					marks := map[string]string{
						"dc": fmt.Sprint("dc", dc), "rack": fmt.Sprint(dc*4 + rack), "host": fmt.Sprintf("h%d-%d-%d", dc, rack, host), "service": service,
						"version": fmt.Sprint(host % 2), "env": "prod",
					}
					seen = append(seen, impact.Sample{Labels: marks, Failed: failed(marks)})
				}
			}
		}
	}
	return seen
}

func TestCommonCause(t *testing.T) {
	in := func(key, value string) func(map[string]string) bool {
		return func(m map[string]string) bool { return m[key] == value }
	}
	cases := []struct {
		name   string
		failed func(map[string]string) bool
		want   string
		fine   int
	}{
		{"a data centre", in("dc", "dc1"), "dc=dc1", 0},
		{"a rack", in("rack", "3"), "rack=3", 0},
		{"a service", in("service", "store"), "service=store", 0},
		{"a service in one place", func(m map[string]string) bool { return m["dc"] == "dc0" && m["service"] == "store" }, "dc=dc0 service=store", 0},
		{"a version in one place", func(m map[string]string) bool { return m["dc"] == "dc1" && m["version"] == "1" }, "dc=dc1 version=1", 0},
		{"two racks", func(m map[string]string) bool { return m["rack"] == "1" || m["rack"] == "6" }, "rack=1 rack=6", 0},
		{"most of a rack", func(m map[string]string) bool { return m["rack"] == "3" && m["host"] != "h0-3-7" }, "rack=3", 12},
		{"half a rack is no cause, and is said", func(m map[string]string) bool { return m["rack"] == "3" && m["host"] < "h0-3-4" }, "partly rack=3", 50},
		{"a rack, and one host elsewhere", func(m map[string]string) bool { return m["rack"] == "3" || m["host"] == "h1-2-1" }, "partly rack=3", 0},
		{"most of a rack, and more elsewhere", func(m map[string]string) bool {
			return m["rack"] == "3" && m["host"] < "h0-3-6" || m["host"] == "h1-2-1" || m["host"] == "h1-1-2"
		}, "partly rack=3", 25},
		{"here and there", func(m map[string]string) bool { return strings.HasSuffix(m["host"], "-5") && m["service"] == "store" }, "none", 0},
		{"everything", func(map[string]string) bool { return true }, "no answer", 0},
		{"nothing", func(map[string]string) bool { return false }, "no answer", 0},
		{"one host, both services", in("host", "h0-0-0"), "no answer", 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			cause, ok := impact.Common(racks(c.failed))
			got := strings.Join(cause.Labels, " ")
			if cause.Partly {
				got = "partly " + got
			}
			switch {
			case !ok:
				got = "no answer"
			case got == "":
				got = "none"
			}
			if got != c.want || cause.Fine != c.fine {
				t.Errorf("got %s, %d%% fine; want %s, %d%%", got, cause.Fine, c.want, c.fine)
			}
		})
	}
}

// Whatever fails, the reported cause covers nearly all of it and little else, by an independent count.
func TestACauseIsTrue(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var seen []impact.Sample
		for range rapid.IntRange(0, 60).Draw(rt, "n") {
			marks := map[string]string{}
			for _, key := range []string{"dc", "rack", "service"} {
				if v := rapid.IntRange(0, 3).Draw(rt, key); v > 0 {
					marks[key] = fmt.Sprint(v)
				}
			}
			seen = append(seen, impact.Sample{Labels: marks, Failed: rapid.Bool().Draw(rt, "failed")})
		}
		cause, ok := impact.Common(seen)
		if !ok || len(cause.Labels) == 0 {
			return
		}
		keys := map[string][]string{}
		for _, m := range cause.Labels {
			key, value, _ := strings.Cut(m, "=")
			keys[key] = append(keys[key], value)
		}
		var has, failed, all int
		for _, s := range seen {
			if s.Failed {
				all++
			}
			in := true
			for key, values := range keys {
				in = in && slices.Contains(values, s.Labels[key])
			}
			if in {
				has++
				if s.Failed {
					failed++
				}
			}
		}
		if want := (model.Cause{Labels: cause.Labels, Failed: failed, Of: all, Fine: (has - failed) * 100 / max(1, has)}); cause.Failed != want.Failed || cause.Of != want.Of || cause.Fine != want.Fine {
			rt.Fatalf("got %+v, counted %+v", cause, want)
		}
		if cause.Partly {
			if failed*100 < 60*all || (has-failed)*100 > 50*has || has == len(seen) {
				rt.Fatalf("%+v is shared by %d of %d, and %d of %d are fine", cause, failed, all, has-failed, has)
			}
			return
		}
		if failed*100 < 95*all || (has-failed)*100 > 20*has || has == len(seen) {
			rt.Fatalf("%+v explains %d of %d, and %d of %d are fine", cause, failed, all, has-failed, has)
		}
	})
}

// Whatever fails, "nothing in common" is never said where one label holds most of it and half of that fails, by an independent count.
func TestNoCauseMeansNothingShared(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		racks := rapid.IntRange(1, 6).Draw(rt, "racks")
		down := rapid.IntRange(0, 12).Draw(rt, "down in the first")
		var seen []impact.Sample
		for i := range 60 {
			sample := impact.Sample{Labels: map[string]string{"rack": fmt.Sprint(i % racks), "host": fmt.Sprint("h", i)}}
			sample.Failed = i%racks == 0 && i/racks < down || rapid.IntRange(0, 40).Draw(rt, "stray") == 0
			seen = append(seen, sample)
		}
		cause, ok := impact.Common(seen)
		if !ok || len(cause.Labels) > 0 {
			return
		}
		for rack := range racks {
			var all, failed, of int
			for _, s := range seen {
				if s.Failed {
					of++
				}
				if s.Labels["rack"] == fmt.Sprint(rack) {
					all++
					if s.Failed {
						failed++
					}
				}
			}
			if all < len(seen) && failed >= 3 && failed*100 >= 60*of && (all-failed)*2 <= all {
				rt.Fatalf("nothing shared, and %d of %d are in rack %d, of which %d work", failed, of, rack, all-failed)
			}
		}
	})
}
