package inventory

import (
	"maps"
	"slices"
	"strings"

	"opsbot/model"
)

// mergeClient merges a further part of the same client. A single value that differs is a problem.
func mergeClient(c *model.ClientSpec, part model.ClientSpec) model.Problems {
	m := merger{of: clientNamed(part.At, c.Name), first: c.At}
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
	single(&m, "sla", &c.SLA, part.SLA)
	single(&m, "owns_dns", &c.OwnsDNS, part.OwnsDNS)
	c.EndpointSettings = mergeEndpoint(c.EndpointSettings, part.EndpointSettings)
	if c.Service = maps.Clone(c.Service); c.Service == nil && len(part.Service) > 0 {
		c.Service = map[string]model.ClientServiceSpec{}
	}
	for _, name := range slices.Sorted(maps.Keys(part.Service)) {
		mine, theirs := c.Service[name], part.Service[name]
		mine.Hosts = union(mine.Hosts, theirs.Hosts...)
		m.text("runbook", &mine.Runbook, theirs.Runbook)
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
	m := merger{of: hostNamed(part.At, h.Name), first: h.At}
	m.text("address", &h.Address, part.Address)
	h.Aliases = union(h.Aliases, part.Aliases...)
	h.Labels = m.labels(h.Labels, part.Labels)
	h.EndpointSettings = mergeEndpoint(h.EndpointSettings, part.EndpointSettings)
	return m.problems
}

// merger finds differences between two parts of one object.
type merger struct {
	of       subject // the second part
	first    model.Place
	problems model.Problems
}

// differ reports a key that the parts give different values.
func (m *merger) differ(key string, first, second any) {
	m.problems = append(m.problems, m.of.problem(model.Say("config.differ", "key", key, "got", second, "other", first, "at", m.first)))
}

func (m *merger) text(key string, mine *string, theirs string) {
	switch {
	case theirs == "" || theirs == *mine:
	case *mine == "":
		*mine = theirs
	default:
		m.differ(key, *mine, theirs)
	}
}

// single merges a value that only one part should give.
func single[T comparable](m *merger, key string, mine **T, theirs *T) {
	switch {
	case theirs == nil || *mine != nil && **mine == *theirs:
	case *mine == nil:
		*mine = theirs
	default:
		m.differ(key, **mine, *theirs)
	}
}

func (m *merger) labels(mine, theirs model.Labels) model.Labels {
	for _, key := range slices.Sorted(maps.Keys(theirs)) {
		v := mine[key]
		m.text("labels."+key, &v, theirs[key])
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
			problems = append(problems, at(&parts[i]).Problem(model.Say("config.spelling",
				"got", name(&parts[i]), "other", name(&merged[first]), "at", at(&merged[first]))))
		default:
			problems = append(problems, merge(&merged[first], parts[i])...)
		}
	}
	return merged, problems
}
