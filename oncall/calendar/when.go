package calendar

import (
	_ "embed"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	ics "github.com/arran4/golang-ical"

	"opsbot/model"
)

// form is how a time is written.
type form int

const (
	formLocal form = iota // on a wall clock
	formUTC
	formDay
)

// Layouts of ICS.
const (
	layoutDay   = "20060102"
	layoutLocal = "20060102T150405"
	layoutUTC   = "20060102T150405Z"
)

// The years that events may be in: others are mistakes, and cost time to expand.
const minYear, maxYear = 1990, 2200

var errTime = errors.New("time")

// parseTime reads a DATE or DATE-TIME, with its fields in UTC.
func parseTime(text string) (time.Time, form, error) {
	layout, f := layoutLocal, formLocal
	switch {
	case len(text) == len(layoutDay):
		layout, f = layoutDay, formDay
	case strings.HasSuffix(text, "Z"):
		layout, f = layoutUTC, formUTC
	}
	t, err := time.Parse(layout, text)
	if err != nil {
		return t, f, fmt.Errorf("%w %q", errTime, text)
	}
	if t.Year() < minYear || t.Year() > maxYear {
		return t, f, fmt.Errorf("%w %q: the year is not one from %d to %d", errTime, text, minYear, maxYear)
	}
	return t, f, nil
}

// when is a time of an event, on the wall clock of its zone.
type when struct {
	wall  time.Time
	zone  *time.Location
	whole bool // a day
}

func (w when) instant() time.Time {
	first, _ := model.Instants(w.wall, w.zone)
	return first
}

// in is the same moment on the wall clock of another zone.
func (w when) in(zone *time.Location) time.Time {
	if w.whole || w.zone == zone {
		return w.wall
	}
	return wallOf(w.instant(), zone)
}

// when reads the value of a property that has one time.
func (r *reader) when(p *ics.BaseProperty, text string) (when, error) {
	t, f, err := parseTime(text)
	if err != nil {
		return when{}, err
	}
	switch f {
	case formUTC:
		return when{wall: t, zone: time.UTC}, nil
	case formDay:
		return when{wall: t, zone: r.Zone, whole: true}, nil
	case formLocal:
	}
	zone := r.local
	if id := parameter(p, "TZID"); id != "" {
		if zone = r.zone(id); zone == nil {
			return when{}, fmt.Errorf("%w %q", errZone, id)
		}
	}
	return when{wall: t, zone: zone}, nil
}

func parameter(p *ics.BaseProperty, name string) string {
	if values := p.ICalParameters[name]; len(values) > 0 {
		return strings.Trim(values[0], `"`)
	}
	return ""
}

var errZone = errors.New("time zone")

//go:embed windows_zones.txt
var windowsTable string

// windowsZones are the names of zones in Windows, from the table of Unicode CLDR as the Go tree has it.
var windowsZones = sync.OnceValue(func() map[string]string {
	all := map[string]string{}
	for line := range strings.Lines(windowsTable) {
		if windows, iana, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok {
			all[strings.ToLower(windows)] = iana
		}
	}
	return all
})

// zoneNamed finds a zone by the names that calendars use: of IANA, also behind a path as in "/mozilla.org/20050126_1/Europe/Berlin", and
// of Windows. nil if there is none.
func zoneNamed(name string) *time.Location {
	name = strings.TrimSpace(name)
	if iana, known := windowsZones()[strings.ToLower(name)]; known {
		name = iana
	}
	for name != "" && !strings.EqualFold(name, "local") {
		if zone, err := time.LoadLocation(name); err == nil {
			return zone
		}
		_, rest, path := strings.Cut(strings.TrimPrefix(name, "/"), "/")
		if !path {
			break
		}
		name = rest
	}
	return nil
}

// zone finds the zone of a TZID: by its name, else by what the calendar says of it. It is the same pointer every time.
func (r *reader) zone(id string) *time.Location {
	if zone, known := r.zones[id]; known {
		return zone
	}
	zone := zoneNamed(id)
	if zone == nil {
		zone = r.declared[id]
	}
	r.zones[id] = zone
	return zone
}

// declaredZone is the zone of a VTIMEZONE whose name is unknown: that of another name it gives, or a fixed offset, if it has only one.
func declaredZone(z *ics.VTimezone) *time.Location {
	for _, p := range z.Properties {
		if p.IANAToken == "X-LIC-LOCATION" {
			return zoneNamed(p.Value)
		}
	}
	offset, known := 0, false
	for _, part := range z.Components {
		for _, p := range part.UnknownPropertiesIANAProperties() {
			if p.IANAToken != "TZOFFSETTO" {
				continue
			}
			seconds, ok := parseOffset(p.Value)
			if !ok || known && seconds != offset {
				return nil
			}
			offset, known = seconds, true
		}
	}
	if !known {
		return nil
	}
	return time.FixedZone("", offset)
}

// parseOffset reads "+0530".
func parseOffset(text string) (seconds int, ok bool) {
	t, err := time.Parse("-0700", text)
	if err != nil {
		return 0, false
	}
	_, seconds = t.Zone()
	return seconds, true
}

var lengthForm = regexp.MustCompile(`^\+?P(?:(\d{1,3})W)?(?:(\d{1,4})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,5})M)?(?:(\d{1,6})S)?)?$`)

// parseLength reads DURATION: days are those of the wall clock, the rest is elapsed time.
func parseLength(text string) (length time.Duration, exact bool, err error) {
	parts := lengthForm.FindStringSubmatch(text)
	if parts == nil {
		return 0, false, fmt.Errorf("%w %q", errTime, text)
	}
	for i, unit := range []time.Duration{model.Week, model.Day, time.Hour, time.Minute, time.Second} {
		n, err := strconv.Atoi("0" + parts[i+1])
		if err != nil {
			return 0, false, fmt.Errorf("%w %q", errTime, text)
		}
		length += time.Duration(n) * unit
		exact = exact || n > 0 && unit < model.Day
	}
	return length, exact, nil
}
