package ops_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/ops"
)

// shelf is the logs of hosts, and records requests.
type shelf struct {
	of map[string][]string

	mu    sync.Mutex
	asked []model.LogQuestion
}

func (s *shelf) Sources(h model.Host) []string { return s.of[h.Name] }

func (s *shelf) Excerpts(_ context.Context, _ *model.Inventory, questions []model.LogQuestion) []model.LogExcerpt {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, questions...)
	var all []model.LogExcerpt
	for _, q := range questions {
		all = append(all, model.LogExcerpt{Host: q.Host, Source: "access", Lines: []string{"line of " + q.Host}, Matched: 1})
	}
	return all
}

func (s *shelf) hosts() string {
	var names []string
	for _, q := range s.asked {
		names = append(names, q.Host)
	}
	return strings.Join(names, " ")
}

// failedTest is a run in which everything on some hosts failed.
func failedTest(hosts ...string) *model.WebTest {
	t := &model.WebTest{Words: "acme", At: epoch, Took: time.Second}
	for i, host := range hosts {
		var c model.ClientTest
		for range len(hosts) - i {
			c.Rows = append(c.Rows, model.EndpointTest{Endpoint: &model.Endpoint{Host: host}, Result: model.Result{Status: model.StatusFail}})
		}
		t.Clients = append(t.Clients, c)
	}
	t.Clients = append(t.Clients, model.ClientTest{Rows: []model.EndpointTest{{Endpoint: &model.Endpoint{Host: "fine"}}}})
	return t
}

func TestParseLogs(t *testing.T) {
	for line, want := range map[string]string{
		"web1":                                  "[web1] 0s 0 ",
		"web1 access since 1h last 50":          "[web1 access] 1h0m0s 50 ",
		"web1 since 15 min last 50":             "[web1] 15m0s 50 ",
		"web1 since 2 часа":                     "[web1] 2h0m0s 0 ",
		"last 5 web1 SINCE 2d":                  "[web1] 48h0m0s 5 ",
		"web1 grep since last  grep":            "[web1] 0s 0 since last grep",
		"":                                      "[] 0s 0 ",
		"web1 grep $(touch x); rm -rf / \n 'a'": "[web1] 0s 0 $(touch x); rm -rf / \\n 'a'",
	} {
		line = strings.ReplaceAll(line, `\n`, "\n")
		got, err := ops.ParseLogs(line, epoch)
		if text := fmt.Sprint(got.Words, " ", got.Since, " ", got.Last, " ", got.Grep); err != nil || text != strings.ReplaceAll(want, "\\n ", "") && text != want {
			t.Errorf("%q: %q (%v), want %q", line, text, err, want)
		}
	}
	for line, want := range map[string]model.ErrorCode{
		"web1 since": model.ErrBadLogs, "web1 since 0s": model.ErrBadDuration, "web1 since 99d": model.ErrBadDuration, "web1 since x": model.ErrBadDuration,
		"web1 last 0": model.ErrBadLogs, "web1 last -5": model.ErrBadLogs, "web1 last 999999": model.ErrBadLogs, "web1 last x": model.ErrBadLogs, "web1 grep": model.ErrBadLogs,
	} {
		if _, err := ops.ParseLogs(line, epoch); model.CodeOf(err) != want {
			t.Errorf("%q: %v, want %s", line, err, want)
		}
	}
}

func FuzzParseLogs(f *testing.F) {
	f.Add("web1 access since 1h last 50 grep a b")
	f.Fuzz(func(t *testing.T, line string) {
		req, err := ops.ParseLogs(line, epoch)
		if err == nil && (req.Last < 0 || req.Since < 0) {
			t.Errorf("%q: %+v", line, req)
		}
	})
}

func TestLogsAsksForWhatWasSaid(t *testing.T) {
	b := newBench(t)
	if _, err := b.actions.Logs(t.Context(), actor(model.RoleOperator), ops.LogsRequest{Words: []string{"WEB1", "Error", "web2"}, Since: time.Hour, Grep: "x"}); err != nil {
		t.Fatal(err)
	}
	q := b.logs.asked[0]
	if b.logs.hosts() != "web1 web2" || !slices.Equal(q.Sources, []string{"error"}) || !q.From.Equal(epoch.Add(-time.Hour)) || !q.To.IsZero() || q.Grep != "x" {
		t.Errorf("%+v", b.logs.asked)
	}
	for words, want := range map[string]model.ErrorCode{
		"":                model.ErrNeedArgument,
		"nobody":          model.ErrNoLogHost,
		"web1 nothing":    model.ErrNoLogSource,
		"web1 web2 web3":  model.ErrManyHosts,
		"$(id)":           model.ErrNoLogHost,
		"web1 ../../etc":  model.ErrNoLogSource,
		"web1\x00 access": model.ErrNoLogHost,
	} {
		_, err := b.actions.Logs(t.Context(), actor(model.RoleOperator), ops.LogsRequest{Words: strings.Fields(words)})
		if model.CodeOf(err) != want {
			t.Errorf("%q: %v, want %s", words, err, want)
		}
	}
	if len(b.logs.asked) != 2 {
		t.Errorf("something was read for unknown words: %+v", b.logs.asked)
	}
	for _, n := range []int{-1, 2001} {
		if _, err := b.actions.Logs(t.Context(), actor(model.RoleOperator), ops.LogsRequest{Words: []string{"web1"}, Last: n}); model.CodeOf(err) != model.ErrBadLogs {
			t.Errorf("last %d: %v", n, err)
		}
	}
	_, err := b.actions.Logs(t.Context(), actor(model.RoleOperator), ops.LogsRequest{Words: []string{"web1"}, Grep: strings.Repeat("x", 300)})
	if model.CodeOf(err) != model.ErrTooLong {
		t.Error(err)
	}
}

// TestLogsKeepToAScope: a user of acme reads hosts that carry only acme, and learns of no others. web1 is acme's, web2 is
// shared, web3 belongs to others.
func TestLogsKeepToAScope(t *testing.T) {
	b := newBench(t)
	anna := actor(model.RoleOperator, "acme")
	for _, host := range []string{"web2", "web3"} {
		_, err := b.actions.Logs(t.Context(), anna, ops.LogsRequest{Words: []string{host}})
		if model.CodeOf(err) != model.ErrNoLogHost || strings.Contains(fmt.Sprintf("%+v", err), "web3\"") && host == "web2" {
			t.Errorf("%s: %v", host, err)
		}
	}
	if _, err := b.actions.LogsOfIncident(t.Context(), anna, 1); model.CodeOf(err) != model.ErrNoLogs {
		t.Errorf("an incident of a host of others too: %v", err)
	}
	if _, err := b.actions.LogsOfIncident(t.Context(), anna, 2); model.CodeOf(err) != model.ErrNoIncident {
		t.Errorf("an incident of others: %v", err)
	}
	if _, err := b.actions.LogsOfTest(t.Context(), anna, failedTest("web3", "web2", "web1")); err != nil || b.logs.hosts() != "web1" {
		t.Errorf("of a run over all: %v, read was %q", err, b.logs.hosts())
	}
}

func TestLogsOfAWebTest(t *testing.T) {
	b := newBench(t)
	b.results["acme/store@web2"] = model.Result{Status: model.StatusFail}
	got, err := b.actions.WebTest(t.Context(), actor(model.RoleOperator), ops.WebTestRequest{Words: []string{"acme"}, Logs: true})
	if err != nil || len(got.Logs) != 1 || got.Logs[0].Host != "web2" || got.LogsLeft != 0 {
		t.Fatalf("%v %+v", err, got)
	}
	if q := b.logs.asked[0]; !q.From.Equal(epoch.Add(-5*time.Minute)) || q.To.Before(epoch) {
		t.Errorf("%+v", q)
	}
	a, err := b.actions.LogsOfTest(t.Context(), actor(model.RoleOperator), failedTest("web3", "web1", "web2"))
	if err != nil || a.Left != 1 || b.logs.hosts() != "web2 web3 web1" {
		t.Errorf("the worst two of three: %v %+v, read were %q", err, a, b.logs.hosts())
	}
	if _, err := b.actions.LogsOfTest(t.Context(), actor(model.RoleOperator), failedTest("db1")); model.CodeOf(err) != model.ErrNoLogs {
		t.Errorf("a host without logs: %v", err)
	}
}

func TestLogsOfAnIncident(t *testing.T) {
	b := newBench(t)
	b.open[0].OpenedAt = epoch
	b.open[0].Failing[0].Since = epoch.Add(-time.Minute)
	a, err := b.actions.LogsOfIncident(t.Context(), actor(model.RoleOperator), 1)
	if err != nil || a.Kept || b.logs.hosts() != "web2" || !a.From.Equal(epoch.Add(-6*time.Minute)) || !a.To.Equal(epoch) {
		t.Errorf("%v %+v %q", err, a, b.logs.hosts())
	}
	b.keptOf, b.kept = 1, ops.Collected{At: epoch, Excerpts: []model.LogExcerpt{{Host: "web2", Lines: []string{"kept"}}, {Host: "web3", Lines: []string{"of another host"}}}}
	a, err = b.actions.LogsOfIncident(t.Context(), actor(model.RoleOperator), 1)
	if err != nil || !a.Kept || len(a.Excerpts) != 1 || a.Excerpts[0].Lines[0] != "kept" || len(b.logs.asked) != 1 {
		t.Errorf("%v %+v", err, a)
	}
	if _, err := b.actions.LogsOfIncident(t.Context(), actor(model.RoleOperator), 9); model.CodeOf(err) != model.ErrNoIncident {
		t.Error(err)
	}
}

// TestKeptLogsAndHostsWithoutThem: a host that could not be read when the incident opened is read on request; hosts beyond
// the limit are still reported.
func TestKeptLogsAndHostsWithoutThem(t *testing.T) {
	b := newBench(t)
	b.open[0].OpenedAt = epoch
	for _, id := range []model.CheckID{"acme/reports@web1", "beta/support@web3"} {
		b.open[0].Failing = append(b.open[0].Failing, model.FailingCheck{Check: id})
	}
	away := model.NewReason(model.ReasonLogsLate, "limit", "15s")
	b.keptOf, b.kept = 1, ops.Collected{At: epoch, Excerpts: []model.LogExcerpt{
		{Host: "web2", Source: "access", Lines: []string{"kept"}}, {Host: "web2", Source: "error", Why: away}, {Host: "web1", Source: "access", Why: away},
	}}
	a, err := b.actions.LogsOfIncident(t.Context(), actor(model.RoleOperator), 1)
	if err != nil || !a.Kept || !a.At.Equal(epoch) || a.Left != 1 || !slices.Equal(a.Anew, []string{"web1"}) || b.logs.hosts() != "web1" {
		t.Fatalf("%v %+v, asked %q", err, a, b.logs.hosts())
	}
	var got []string
	for _, e := range a.Excerpts {
		got = append(got, e.Host+"/"+e.Source+"/"+strings.Join(e.Lines, "")+string(e.Why.Code))
	}
	if want := []string{"web2/access/kept", "web2/error/logs.late", "web1/access/line of web1"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
