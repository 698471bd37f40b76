package inventory

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"opsbot/model"
)

// mergeClient merges a further part of the same client. A single value that differs is a problem.
func mergeClient(c *model.ClientSpec, part model.ClientSpec) model.Problems {
	m := merger{what: "client", name: c.Name, first: c.At, second: part.At}
	c.Domains = union(c.Domains, part.Domains...)
	c.Hosts = union(c.Hosts, part.Hosts...)
	c.Services = union(c.Services, part.Services...)
	c.Contacts = union(c.Contacts, part.Contacts...)
	m.text("group", &c.Group, part.Group)
	m.text("tier", &c.Tier, part.Tier)
	m.text("runbook", &c.Runbook, part.Runbook)
	m.text("report_language", &c.ReportLanguage, part.ReportLanguage)
	c.ReportTo = union(c.ReportTo, part.ReportTo...)
	c.Labels = m.labels(c.Labels, part.Labels)
	m.percent("sla", &c.SLA, part.SLA)
	c.EndpointSettings = mergeEndpoint(c.EndpointSettings, part.EndpointSettings)
	if c.Service = maps.Clone(c.Service); c.Service == nil && len(part.Service) > 0 {
		c.Service = map[string]model.ClientServiceSpec{}
	}
	for _, name := range slices.Sorted(maps.Keys(part.Service)) {
		mine, theirs := c.Service[name], part.Service[name]
		mine.Hosts = union(mine.Hosts, theirs.Hosts...)
		mine.ServiceSettings = mergeService(mine.ServiceSettings, theirs.ServiceSettings)
		if mine.At == (model.Place{}) {
			mine.At = theirs.At
		}
		c.Service[name] = mine
	}
	return m.problems
}

// mergeHost merges a further part of the same host.
func mergeHost(h *model.HostSpec, part model.HostSpec) model.Problems {
	m := merger{what: "host", name: h.Name, first: h.At, second: part.At}
	m.text("address", &h.Address, part.Address)
	h.Aliases = union(h.Aliases, part.Aliases...)
	h.Labels = m.labels(h.Labels, part.Labels)
	h.EndpointSettings = mergeEndpoint(h.EndpointSettings, part.EndpointSettings)
	return m.problems
}

// merger finds differences between two parts of one object.
type merger struct {
	what, name    string
	first, second model.Place
	problems      model.Problems
}

func (m *merger) text(key string, mine *string, theirs string) {
	switch {
	case theirs == "" || theirs == *mine:
	case *mine == "":
		*mine = theirs
	default:
		m.problems = append(m.problems, m.second.Problem(
			fmt.Sprintf("%s %q has %s %q here and %q at %s", m.what, m.name, key, theirs, *mine, m.first)))
	}
}

func (m *merger) percent(key string, mine **float64, theirs *float64) {
	switch {
	case theirs == nil || *mine != nil && **mine == *theirs:
	case *mine == nil:
		*mine = theirs
	default:
		m.problems = append(m.problems, m.second.Problem(
			fmt.Sprintf("%s %q has %s %v here and %v at %s", m.what, m.name, key, *theirs, **mine, m.first)))
	}
}

func (m *merger) labels(mine, theirs model.Labels) model.Labels {
	for _, key := range slices.Sorted(maps.Keys(theirs)) {
		v := mine[key]
		m.text("label "+key, &v, theirs[key])
	}
	return mine.Merged(theirs)
}

// mergeParts merges all parts with the same name, in the order of their first occurrence.
func mergeParts[T any](parts []T, name func(*T) string, at func(*T) model.Place, merge func(*T, T) model.Problems) ([]T, model.Problems) {
	var problems model.Problems
	merged := make([]T, 0, len(parts))
	index := make(map[string]int, len(parts))
	for i := range parts {
		folded := strings.ToLower(name(&parts[i]))
		first, known := index[folded]
		switch {
		case !known:
			index[folded] = len(merged)
			merged = append(merged, parts[i])
		case name(&merged[first]) != name(&parts[i]):
			problems = append(problems, at(&parts[i]).Problem(fmt.Sprintf("%q is written %q at %s: names that differ in case alone are one",
				name(&parts[i]), name(&merged[first]), at(&merged[first]))))
		default:
			problems = append(problems, merge(&merged[first], parts[i])...)
		}
	}
	return merged, problems
}
