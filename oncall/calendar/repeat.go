package calendar

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/teambition/rrule-go"

	"opsbot/model"
)

// repeat is when an event occurs again. The rule is expanded on the wall clock, as if that were in UTC: expanded in a zone, the library
// moves times that a clock change skips the wrong way in half of the zones.
type repeat struct {
	begin  time.Time
	rule   *rrule.ROption // nil: only the dates in also
	also   []time.Time
	except map[time.Time]bool // occurrences that are cancelled or moved
	days   map[time.Time]bool // days without any
}

// errRule says that a rule of recurrence is not understood.
var errRule = errors.New("recurrence rule")

var untilPart = regexp.MustCompile(`(?i);?UNTIL=([0-9TZ]+)`)

// parseRule reads RRULE. Times in it are converted to the wall clock of a zone.
func parseRule(text string, zone *time.Location) (*rrule.ROption, error) {
	until := untilPart.FindStringSubmatch(text)
	rule, err := rrule.StrToROption(strings.Trim(untilPart.ReplaceAllString(text, ""), "; \r"))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errRule, err)
	}
	if rule.Freq > rrule.DAILY || rule.Interval < 0 || rule.Count < 0 {
		return nil, fmt.Errorf("%w: only whole days can be repeated", errRule)
	}
	if until != nil {
		at, form, err := parseTime(until[1])
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errRule, err)
		}
		switch form {
		case formUTC:
			at = wallOf(at, zone)
		case formDay:
			at = at.Add(model.Day - time.Second)
		case formLocal:
		}
		rule.Until = at
	}
	return rule, nil
}

// between are the beginnings in some time of the wall clock.
func (r *repeat) between(from, to time.Time) []time.Time {
	all := slices.Clone(r.also)
	all = append(all, r.begin) // the first occurrence counts, whether or not the rule has it
	if r.rule != nil {
		rule := *r.rule
		rule.Dtstart = r.begin
		if rule.Until.IsZero() || rule.Until.After(to) {
			rule.Until = to // a rule that nothing fulfils ends too
		}
		if expanded, err := rrule.NewRRule(rule); err == nil { // parsing has checked it
			all = append(all, expanded.Between(from, to, true)...)
		}
	}
	slices.SortFunc(all, time.Time.Compare)
	all = slices.CompactFunc(all, time.Time.Equal)
	return slices.DeleteFunc(all, func(at time.Time) bool {
		return at.Before(from) || at.After(to) || r.except[at] || r.days[at.Truncate(model.Day)]
	})
}
