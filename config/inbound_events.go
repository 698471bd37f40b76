package config

import (
	"maps"
	"slices"
	"strings"

	"opsbot/model"
)

// lists checks lists of words: an empty one would match nothing or everything.
func (s *source) lists() {
	for _, list := range []struct {
		key   string
		words []string
	}{{"host_from", s.in.HostFrom}, {"hosts_by", s.in.HostsBy}, {"domains", s.in.Domains}, {"clients", s.in.Clients}} {
		if s.has(list.key) && len(list.words) == 0 {
			s.fail(list.key, model.Say("config.empty.one"))
		}
		for i, word := range list.words {
			if strings.TrimSpace(word) == "" {
				s.fail(list.key, model.Say("config.empty", "key", indexedKey(list.key, i)))
			} else if slices.Contains(list.words[:i], word) {
				s.fail(list.key, model.Say("config.twice", "key", indexedKey(list.key, i), "got", word))
			}
		}
	}
	for i, way := range s.in.HostsBy {
		key, isLabel := strings.CutPrefix(way, "label:")
		if way = strings.TrimSpace(way); way != "" && !slices.Contains([]string{"name", "alias", "address"}, way) && (!isLabel || key == "") {
			s.fail("hosts_by", model.OneOf(indexedKey("hosts_by", i), []byte(way), "name", "alias", "address", "label:KEY").What)
		}
	}
	for i, domain := range s.in.Domains {
		if strings.ContainsAny(strings.TrimSpace(domain), ":/@*, ") {
			s.fail("domains", model.Say("config.like", "key", indexedKey("domains", i), "got", domain, "example", "example.com"))
		}
	}
	if _, empty := s.in.Severities[""]; empty {
		s.fail("severities", model.Say("config.empty", "key", "severities"))
	}
	if s.in.Untestable != UntestableNotify && s.in.Untestable != UntestableSilent {
		s.fail("untestable", model.OneOf("untestable", []byte(s.in.Untestable), string(UntestableNotify), string(UntestableSilent)).What)
	}
	for _, label := range slices.Sorted(maps.Keys(s.in.Ignore)) {
		if values := s.in.Ignore[label]; len(values) == 0 || slices.Contains(values, "") || label == "" {
			s.fail("ignore", model.Say("config.inbound.ignore", "label", label))
		}
	}
}

// mapping checks the paths in the JSON of a generic source.
func (s *source) mapping() {
	if s.in.Kind != model.SourceGeneric {
		if s.has("mapping") {
			s.fail("mapping", model.Say("config.inbound.mapping", "kind", s.kind.title))
		}
		return
	}
	m := s.in.Mapping
	var missing []string
	for _, need := range []struct{ key, path string }{{"id", m.ID}, {"host", m.Host}, {"state", m.State}} {
		if strings.TrimSpace(need.path) == "" {
			missing = append(missing, need.key)
		}
	}
	if len(missing) > 0 {
		s.fail("mapping", model.Say("config.inbound.mapping.paths", "missing", missing))
	}
	if len(m.Over) == 0 && m.State != "" {
		s.fail("mapping", model.Say("config.inbound.mapping.over"))
	}
	for _, key := range []string{"critical", "info"} {
		if s.n.child("mapping").child(key) != nil && m.Severity == "" {
			s.fail("mapping", model.Say("config.needs", "key", "mapping."+key, "other", "mapping.severity"))
		}
	}
}

// writeback checks what opsbot may write to the source, and sets the default of acknowledge.
func (s *source) writeback() {
	asked := s.hasAny("url", "urls")
	can := s.kind.acks && asked
	if !s.has("acknowledge") {
		s.in.Acknowledge = can
	}
	switch {
	case !s.has("acknowledge") || !s.in.Acknowledge:
	case s.in.Kind == model.SourceAlertmanager:
		s.fail("acknowledge", model.Say("config.inbound.no_acks"))
	case !can:
		s.fail("acknowledge", s.noWriteback())
	}
	if s.in.Downtime && !asked {
		s.fail("downtime", s.noWriteback())
	}
}

// noWriteback says why nothing can be written to the source.
func (s *source) noWriteback() model.Sentence {
	if s.kind.asked {
		return model.Say("config.needs", "other", "url")
	}
	return model.Say("config.inbound.only_sends")
}
