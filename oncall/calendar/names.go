package calendar

import (
	"regexp"
	"slices"
	"strings"
)

var (
	prefixed  = regexp.MustCompile(`^\s*(?:\[[^\]]*\]\s*)+`)          // "[L1] anna"
	listed    = regexp.MustCompile(`[,;&+|\n]|\s+(?i:and|и)\s+`)      // "anna, boris"
	described = regexp.MustCompile(`\s+[-–—]\s+|[()\[\]<>:]|\s*@\s+`) // "On Call - Anna Smith - Primary"
)

// named finds the people in the title of an event. It may be a name, several, or have a name in it, as programs write it; of each that is
// listed somebody must be known.
func (r *reader) named(title string) (people, unknown []string) {
	if person, known := r.Person(title); known {
		return []string{person}, nil
	}
	title = prefixed.ReplaceAllString(title, "")
	if person, known := r.Person(strings.TrimSpace(title)); known {
		return []string{person}, nil
	}
	for _, one := range listed.Split(title, -1) {
		one = strings.TrimSpace(one)
		found := r.within(one)
		if people = append(people, found...); len(found) == 0 && one != "" {
			unknown = append(unknown, one)
		}
	}
	if len(people) == 0 {
		unknown = []string{title}
	}
	slices.Sort(people)
	return slices.Compact(people), unknown
}

// within finds the people that one part of a title names.
func (r *reader) within(one string) (people []string) {
	for _, part := range append([]string{one}, described.Split(one, -1)...) {
		part = strings.TrimSpace(part)
		local, _, _ := strings.Cut(part, "@")
		for _, name := range []string{part, local} {
			if person, known := r.Person(name); known && name != "" {
				people = append(people, person)
				break
			}
		}
	}
	return people
}
