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

// matrix parses rows of "host service=+ service=- service=?" into observations of client A.
func matrix(rows ...string) []impact.Observation {
	marks := map[string]model.Status{"+": model.StatusOK, "-": model.StatusFail, "?": model.StatusUnknown}
	var seen []impact.Observation
	for _, row := range rows {
		words := strings.Fields(row)
		for _, w := range words[1:] {
			service, mark, _ := strings.Cut(w, "=")
			seen = append(seen, impact.Observation{
				ServiceKey: model.ServiceKey{Client: "A", Service: service}, Host: words[0], Status: marks[mark],
			})
		}
	}
	return seen
}

func line(f model.Finding) string {
	return fmt.Sprintf("%s %s %s %d/%d", f.Kind, strings.Join(f.Hosts, "+"), strings.Join(f.Services, "+"), f.Failed, f.Total)
}

func TestFindings(t *testing.T) {
	cases := []struct {
		name      string
		seen      []impact.Observation
		threshold int
		want      []string
	}{
		{"nothing was tested", nil, 10, nil},
		{"all well", matrix("web1 r=+ s=+", "web2 r=+ s=+"), 10, nil},
		{"one host is off", matrix("web1 r=- s=-", "web2 r=+ s=+"), 10, []string{"hosts_down web1  2/2"}},
		{"a service is down everywhere", matrix("web1 r=- s=+", "web2 r=- s=+"), 10, []string{"services_down  r 2/2"}},
		{"down on all that is left", matrix("web1 r=- s=-", "web2 r=- s=+", "web3 r=- s=+"), 10, []string{"hosts_down web1  2/2", "services_down  r 2/2"}},
		{"a share of errors", matrix("web1 r=- s=+", "web2 r=+ s=+", "web3 r=+ s=+"), 33, []string{"error_level  r 1/3"}},
		{"a share below the threshold", matrix("web1 r=- s=+", "web2 r=+ s=+", "web3 r=+ s=+"), 34, nil},
		{"the dead host does not count in the share", matrix("web1 r=- s=-", "web2 r=- s=+", "web3 r=+ s=+"), 50, []string{"hosts_down web1  2/2", "error_level  r 1/2"}},
		{"everything is down", matrix("web1 r=- s=-", "web2 r=- s=-"), 10, []string{"hosts_down web1+web2  4/4", "services_down  r+s 4/4"}},
		{"one host, one service", matrix("web1 r=-"), 10, []string{"hosts_down web1  1/1", "services_down  r 1/1"}},
		{"unknown is not a failure", matrix("web1 r=? s=?", "web2 r=+ s=+"), 10, []string{"unchecked   2/4"}},
		{"unknown does not save a host", matrix("web1 r=- s=?", "web2 r=+ s=+"), 10, []string{"hosts_down web1  1/2"}},
		{"hosts as people count them", matrix("web10 r=-", "web2 r=-", "web3 r=+"), 10, []string{"hosts_down web2+web10  2/2"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, f := range impact.Findings(c.seen, c.threshold) {
				got = append(got, line(f))
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

// Whatever the input: a working endpoint is never on a host or in a service that is called down, and if nothing failed
// and nothing is unknown there are no findings.
func TestFindingsNeverBlameWhatWorks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var seen []impact.Observation
		for h := range rapid.IntRange(1, 5).Draw(t, "hosts") {
			for s := range rapid.IntRange(1, 4).Draw(t, "services") {
				seen = append(seen, impact.Observation{
					ServiceKey: model.ServiceKey{Client: "A", Service: fmt.Sprint("s", s)}, Host: fmt.Sprint("h", h),
					Status: model.Status(rapid.IntRange(0, 2).Draw(t, "status")), //nolint:gosec // 0 to 2
				})
			}
		}
		found := impact.Findings(seen, rapid.IntRange(1, 100).Draw(t, "threshold"))
		var all model.Tally
		for _, o := range seen {
			all.Add(o.Status)
			for _, f := range found {
				if o.Status == model.StatusOK && (slices.Contains(f.Hosts, o.Host) ||
					f.Kind == model.FindingServicesDown && slices.Contains(f.Services, o.Service) && !onDeadHost(found, o.Host)) {
					t.Fatalf("%s blames %v", line(f), o)
				}
			}
		}
		if all.Failed+all.Unknown == 0 && len(found) > 0 {
			t.Fatalf("all is well, yet %v", found)
		}
		if all.Unknown == all.Total() && (len(found) != 1 || found[0].Kind != model.FindingUnchecked) {
			t.Fatalf("everything is unknown, yet %v", found)
		}
	})
}

func onDeadHost(found []model.Finding, host string) bool {
	return slices.ContainsFunc(found, func(f model.Finding) bool { return slices.Contains(f.Hosts, host) })
}
