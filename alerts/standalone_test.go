package alerts_test

import (
	"testing"
	"time"

	"opsbot/model"
)

// on is the failure of a standalone check on some hosts alone.
func (w *world) failOn(id string, hosts ...string) {
	w.t.Helper()
	r := outcome(id, model.StatusFail, w.at)
	r.Hosts = hosts
	w.handle([]model.Result{r})
}

// What is down because its host is down is part of the host's incident, whichever was seen first.
func TestAStandaloneCheckIsPartOfItsHost(t *testing.T) {
	for name, c := range map[string]struct {
		hosts []string
		alive []string
		want  []string
	}{
		"its host is down":              {[]string{"h1"}, nil, []string{"1 opened host:h1 critical"}},
		"its host works":                {[]string{"h1"}, []string{"a/web@h1", "b/web@h1"}, []string{"1 opened check:main-db critical"}},
		"it fails on another host too":  {[]string{"h1", "h2"}, []string{"c/web@h2"}, []string{"1 opened host:h1 critical", "1 opened check:main-db critical"}},
		"it is about no host":           {nil, nil, []string{"1 opened check:main-db critical"}},
		"its host is not in the list":   {[]string{"gone"}, nil, []string{"1 opened check:main-db critical"}},
		"both of its hosts are down":    {[]string{"h1", "h2"}, nil, []string{"1 opened host:h1 critical", "1 opened host:h2 critical"}},
		"one service of its host works": {[]string{"h1"}, []string{"b/web@h1"}, []string{"1 opened service:a/web critical", "1 opened check:main-db critical"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "main-db", "a/web@h1", "b/web@h1", "c/web@h2")
			w.failOn("main-db", c.hosts...)
			for len(w.toVerify) > 0 {
				ids := w.toVerify
				w.toVerify = nil
				var results []model.Result
				for _, id := range ids {
					status := model.StatusFail
					for _, alive := range c.alive {
						if string(id) == alive {
							status = model.StatusOK
						}
					}
					results = append(results, outcome(string(id), status, w.at))
				}
				w.handle(results)
			}
			w.expect(c.want...)
		})
	}
}

// What failed long ago is no answer: the endpoint is run again before its host is called down.
func TestAStandaloneCheckGoesByNoOldFailure(t *testing.T) {
	w := newWorld(t, "main-db", "a/web@h1", "a/web@h2")
	c, _ := w.inv.Check("a/web@h1")
	c.Failures = model.Limit{N: 3}
	w.fail("a/web@h1") // below its limit
	w.toVerify = nil
	w.wait(time.Minute)
	w.failOn("main-db", "h1")
	w.verifies("a/web@h1")
	w.heal("a/web@h1")
	w.expect("1 opened check:main-db critical")
}

// When its host works again and it does not, it is notified by itself.
func TestAStandaloneCheckThatOutlivesItsHost(t *testing.T) {
	w := newWorld(t, "main-db", "a/web@h1", "b/web@h1")
	w.fail("a/web@h1")
	w.verification("h1")
	w.expect("1 opened host:h1 critical")
	w.failOn("main-db", "h1")
	w.expect()
	w.restart()
	w.expect()
	w.heal("a/web@h1", "b/web@h1")
	w.expect("1 updated host:h1 critical closed", "1 resolved host:h1 critical closed", "1 opened check:main-db critical")
	w.heal("main-db")
	w.expect("1 updated check:main-db critical closed", "1 resolved check:main-db critical closed")
}
