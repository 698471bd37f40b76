package model

import (
	"slices"
	"strings"
	"time"
)

// PageTargetKind is what a target of a page names.
type PageTargetKind string

// The kinds of targets.
const (
	PageSchedule PageTargetKind = "schedule" // whoever is on call; Next: whoever is after them
	PagePerson   PageTargetKind = "person"
	PageRole     PageTargetKind = "role" // all people with this role
	PageChat     PageTargetKind = "chat" // everybody in a chat, by a message there
)

// PageTarget is one of those who are paged together.
type PageTarget struct {
	Kind PageTargetKind
	Name string
	Next bool // of PageSchedule
}

// nextSuffix makes a target of a schedule mean whoever is on call next.
const nextSuffix = ".next"

// ParsePageTarget reads "schedule:primary", "schedule:primary.next", "person:anna", "role:admin", "chat:ops"; false for anything else.
func ParsePageTarget(text string) (t PageTarget, ok bool) {
	kind, name, found := strings.Cut(text, ":")
	t.Kind, t.Name = PageTargetKind(kind), name
	switch t.Kind {
	case PageSchedule:
		t.Name, t.Next = strings.CutSuffix(name, nextSuffix)
	case PagePerson, PageRole, PageChat:
	default:
		return PageTarget{}, false
	}
	return t, found && t.Name != ""
}

// String is what ParsePageTarget reads.
func (t PageTarget) String() string {
	if t.Next {
		return string(t.Kind) + ":" + t.Name + nextSuffix
	}
	return string(t.Kind) + ":" + t.Name
}

// MarshalText writes String.
func (t PageTarget) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText is ParsePageTarget. Errors are *ValueError.
func (t *PageTarget) UnmarshalText(text []byte) error {
	read, ok := ParsePageTarget(string(text))
	if !ok {
		return &ValueError{What: Say("config.value.page_target", "got", string(text))}
	}
	*t = read
	return nil
}

// PageRule is one way to reach a person, and how long after the beginning of their page it is tried.
type PageRule struct {
	After time.Duration
	Way   string
}

// Ways to reach a person.
const (
	WayDM      = "dm"
	WayMention = "mention"
	WayGateway = GatewayChannel // and its name
	WayChat    = "chat:"        // and its name: of a target, not of a person
)

// PageRules are how a person is reached, the earliest first.
type PageRules []PageRule

// DefaultPageRules are those of people who have none: a private message, and a mention in the group.
func DefaultPageRules() PageRules { return PageRules{{Way: WayDM}, {Way: WayMention}} }

// mostRules bounds the rules of one person.
const mostRules = 10

// ParsePageRules reads "dm, 2m mention, 4m gateway:voice". Errors are *ValueError.
func ParsePageRules(text string) (PageRules, error) {
	wrong := &ValueError{What: Say("config.value.rules", "got", text)}
	var all PageRules
	for part := range strings.SplitSeq(text, ",") {
		words := strings.Fields(part)
		var r PageRule
		switch len(words) {
		case 1:
			r.Way = words[0]
		case 2:
			after, err := ParseDuration(words[0])
			if err != nil || after < 0 || time.Duration(after) > Day {
				return nil, wrong
			}
			r.After, r.Way = time.Duration(after), words[1]
		default:
			return nil, wrong
		}
		name, isGateway := strings.CutPrefix(r.Way, WayGateway)
		if r.Way != WayDM && r.Way != WayMention && (!isGateway || name == "") {
			return nil, wrong
		}
		all = append(all, r)
	}
	if len(all) > mostRules {
		return nil, wrong
	}
	slices.SortStableFunc(all, func(a, b PageRule) int { return int(a.After - b.After) })
	return all, nil
}

// String is what ParsePageRules reads.
func (r PageRules) String() string {
	parts := make([]string, len(r))
	for i, rule := range r {
		if parts[i] = rule.Way; rule.After > 0 {
			parts[i] = Duration(rule.After).String() + " " + rule.Way
		}
	}
	return strings.Join(parts, ", ")
}

// MarshalText writes String.
func (r PageRules) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText is ParsePageRules.
func (r *PageRules) UnmarshalText(text []byte) error {
	all, err := ParsePageRules(string(text))
	if err == nil {
		*r = all
	}
	return err
}

// PageRequest is whom somebody has paged, and why.
type PageRequest struct {
	Who  PageTarget
	By   string
	Text string
}
