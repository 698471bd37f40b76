package bot_test

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/ops"
)

// Whatever happened, /history, /report and /incidents say the same number of incidents of a client: alone, a host, a storm, an
// event group with incidents in it and one without.
func TestCountsOfIncidentsAgree(t *testing.T) {
	for name, script := range map[string][]string{
		"nothing":                  {},
		"a service":                {"break acme/store@web2 503"},
		"a host":                   {"break acme/reports@web2 beta/reports@web2 acme/store@web2"},
		"a host, over":             {"break acme/reports@web2 beta/reports@web2 acme/store@web2", "heal acme/reports@web2 beta/reports@web2 acme/store@web2"},
		"a storm":                  {"rules", "break acme/reports@web1 acme/reports@web2 acme/store@web1 acme/store@web2 main-db licence refused"},
		"a storm, over":            {"rules", "break acme/reports@web1 acme/reports@web2 acme/store@web1 acme/store@web2 main-db licence refused", "heal acme/reports@web1 acme/reports@web2 acme/store@web1 acme/store@web2 main-db"},
		"an event group":           {"break quietly acme/reports@web1 acme/store@web1 acme/reports@web2 acme/store@web2 beta/reports@web2", "event icinga web1 web2 db9"},
		"an event group, over":     {"break quietly acme/reports@web1 acme/store@web1", "event icinga web1", "heal quietly acme/reports@web1 acme/store@web1", "event icinga web1 over", "wait 3m"},
		"nobody is affected":       {"event icinga web1 web2 web3"},
		"a service, then a source": {"break acme/store@web2 503", "wait 5m", "event icinga web2", "wait 10m"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, options{language: "en"})
			w.do("!heal " + strings.Join(endpoints, " ") + " main-db licence")
			for _, order := range script {
				w.clock.Advance(time.Second)
				w.do("!" + order)
			}
			for _, client := range []string{"acme", "beta"} {
				w.compareCounts(client)
			}
		})
	}
}

func (w *world) compareCounts(client string) {
	w.Helper()
	who := model.Actor{User: admin, Role: model.RoleAdmin}
	now := w.clock.Now()
	past, err := w.actions.History(w.ctx, who, []string{client}, now.Add(-time.Hour))
	w.ok(err)
	report, err := w.actions.ClientPast(w.ctx, who, ops.ReportRequest{Words: []string{client}, Span: model.Span{From: now.Add(-time.Hour), To: now.Add(time.Second)}, Asked: "1h"})
	w.ok(err)
	inHistory, inReport := model.CountIncidents(past.Incidents), model.CountIncidents(report.Incidents)
	if inHistory.All() != inReport.All() || inReport.All() != len(report.Incidents) {
		w.Errorf("%s: %+v in the history, %+v in the report, which lists %d", client, inHistory, inReport, len(report.Incidents))
	}
	open, err := w.actions.Incidents(w.ctx, model.Actor{User: anna, Role: model.RoleOperator, Scope: model.ScopeOf([]string{client})})
	w.ok(err)
	if got := model.CountIncidents(open); got.Open != inHistory.Open || got.All() != inHistory.All()-inHistory.Ended {
		w.Errorf("%s: %+v in the list, %+v in the history", client, got, inHistory)
	}
}

var moreLine = regexp.MustCompile(`^\+(\d+) more`)

// moreOf are the numbers of the lines "+3 more" of a message.
func moreOf(text string) (numbers []int) {
	for line := range strings.SplitSeq(text, "\n") {
		if m := moreLine.FindStringSubmatch(strings.TrimSpace(line)); m != nil {
			n, _ := strconv.Atoi(m[1])
			numbers = append(numbers, n)
		}
	}
	return numbers
}

// However long a list is, what is left out is said in one line, with the right number, and never instead of a single row.
func TestListsSayOnceHowMuchIsMissing(t *testing.T) {
	c := cards(t, "en", epoch)
	for n := 1; n <= 30; n++ {
		service, storm, group, digest := ofService(), ofStorm(), ofGroup(), []model.Incident{}
		service.Failing, storm.Affected, group.Affected = nil, nil, nil
		for i := range n {
			id := model.EndpointCheckID("clientA", "reports", fmt.Sprintf("web%d", i))
			service.Failing = append(service.Failing, model.FailingCheck{Check: id, Reason: model.NewReason(model.ReasonWebBody, "want", fmt.Sprint("text ", i))})
			one := state(fmt.Sprintf("client%d", i), "web", 1, 1, 0)
			if i < 20 { // the manager keeps the worst of a storm only
				storm.Affected, group.Affected = append(storm.Affected, one), append(group.Affected, one)
			}
			in := *ofCheck()
			in.ID = model.IncidentID(i + 1)
			digest = append(digest, in)
		}
		storm.Storm.Services, group.EventGroup.Services = n, n
		for what, notification := range map[string]model.Notification{
			"a service": about(model.NotifyOpened, service), "a storm": about(model.NotifyOpened, storm), "a group": about(model.NotifyOpened, group),
			"a digest": {Kind: model.NotifyDigest, Created: epoch, Snapshot: model.Snapshot{Open: digest}},
			"a day":    {Kind: model.NotifyDaily, Created: epoch, Snapshot: model.Snapshot{Open: digest, Daily: &model.Daily{}}},
		} {
			_, text, _ := strings.Cut(c.Plain(notification), "\n") // the first line counts clients
			shown := strings.Count(text, "• ") + strings.Count(text, "🟠 client") + strings.Count(text, "main-db is down")
			more := moreOf(text)
			switch {
			case len(more) > 1:
				t.Errorf("%s of %d says %v:\n%s", what, n, more, text)
			case len(more) == 0 && shown != n:
				t.Errorf("%s of %d shows %d without a word:\n%s", what, n, shown, text)
			case len(more) == 1 && (more[0] != n-shown || more[0] == 1):
				t.Errorf("%s of %d shows %d, and %d more:\n%s", what, n, shown, more[0], text)
			}
		}
	}
}
