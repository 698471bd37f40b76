// Package impact turns results and events into what they mean: findings of a web test, what failures have in common, the
// effect on clients when hosts are broken or gone.
//
// Everything here is a pure function of its arguments. It must not know where results came from or who reads the outcome.
package impact

import (
	"slices"

	"opsbot/model"
)

// Observation is the result of one endpoint in one run.
type Observation struct {
	model.ServiceKey
	Host   string
	Status model.Status
}

// FindingsOf is Findings of the rows of one client's web test.
func FindingsOf(rows []model.EndpointTest, threshold int) []model.Finding {
	seen := make([]Observation, len(rows))
	for i := range rows {
		seen[i] = Observation{ServiceKey: rows[i].Endpoint.ServiceKey, Host: rows[i].Endpoint.Host, Status: rows[i].Result.Status}
	}
	return Findings(seen, threshold)
}

// Findings analyses one web test of one client, in this order, each step on what the previous one left:
//
//  1. hosts on which every service whose status is known fails;
//  2. with those set aside, services that fail on all remaining hosts. When no host remains, every service is down;
//  3. with those set aside too, services whose share of failures over the remaining hosts is at or above threshold
//     (percent, 1..100).
//
// Last comes the number of unknown endpoints, if any: they count neither as failing nor as ok. All observations must be
// of one client.
func Findings(seen []Observation, threshold int) []model.Finding {
	if len(seen) == 0 {
		return nil
	}
	client := seen[0].Client
	hosts, services := tallies(seen)
	var found []model.Finding

	down := allFail(hosts)
	if len(down) > 0 {
		f := model.Finding{Kind: model.FindingHostsDown, Severity: model.SeverityCritical, Client: client, Hosts: down}
		found = append(found, counted(f, down, hosts))
	}
	rest := slices.DeleteFunc(slices.Clone(seen), func(o Observation) bool { return slices.Contains(down, o.Host) })
	if len(rest) == 0 {
		return append(found, model.Finding{
			Kind: model.FindingServicesDown, Severity: model.SeverityCritical, Client: client,
			Services: model.SortedKeys(services), Failed: sum(services).Failed, Total: len(seen),
		})
	}
	_, services = tallies(rest)
	found = append(found, servicesOver(client, services, threshold)...)
	if n := sum(services).Unknown; n > 0 {
		found = append(found, model.Finding{
			Kind: model.FindingUnchecked, Severity: model.SeverityWarning, Client: client, Failed: n, Total: len(seen),
		})
	}
	return found
}

// counted adds up what failed of some names.
func counted(f model.Finding, names []string, of map[string]model.Tally) model.Finding {
	for _, name := range names {
		f.Failed += of[name].Failed
		f.Total += of[name].Total()
	}
	return f
}

// servicesOver applies rules 2 and 3 to services counted over the remaining hosts.
func servicesOver(client string, services map[string]model.Tally, threshold int) []model.Finding {
	var found []model.Finding
	dead := allFail(services)
	if len(dead) > 0 {
		f := model.Finding{Kind: model.FindingServicesDown, Severity: model.SeverityCritical, Client: client, Services: dead}
		found = append(found, counted(f, dead, services))
	}
	for _, name := range model.SortedKeys(services) {
		t := services[name]
		judged := t.Up + t.Failed
		if slices.Contains(dead, name) || t.Failed == 0 || t.Failed*100 < threshold*judged {
			continue
		}
		found = append(found, model.Finding{
			Kind: model.FindingErrorLevel, Severity: model.SeverityWarning, Client: client,
			Services: []string{name}, Failed: t.Failed, Total: judged,
		})
	}
	return found
}

func tallies(seen []Observation) (hosts, services map[string]model.Tally) {
	hosts, services = map[string]model.Tally{}, map[string]model.Tally{}
	for _, o := range seen {
		h, s := hosts[o.Host], services[o.Service]
		h.Add(o.Status)
		s.Add(o.Status)
		hosts[o.Host], services[o.Service] = h, s
	}
	return hosts, services
}

// allFail returns the names that failed in every known result, and have at least one.
func allFail(of map[string]model.Tally) []string {
	var names []string
	for _, name := range model.SortedKeys(of) {
		if t := of[name]; t.Failed > 0 && t.Up == 0 {
			names = append(names, name)
		}
	}
	return names
}

func sum(of map[string]model.Tally) model.Tally {
	var all model.Tally
	for _, t := range of {
		all.Up += t.Up
		all.Failed += t.Failed
		all.Unknown += t.Unknown
	}
	return all
}
