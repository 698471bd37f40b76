package payload

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"opsbot/model"
)

// Text reads a text, a number, a boolean, or a list of them, which is joined by commas; "" is none. Anything else is noted.
func (n *Notes) Text(field string, value any) string {
	return strings.Join(n.Texts(field, value), ",")
}

// Texts reads a text or a list of texts, without empty ones. What is neither is noted.
func (n *Notes) Texts(field string, value any) []string {
	list, isList := value.([]any)
	if !isList {
		list = []any{value}
	}
	var texts []string
	for _, one := range list {
		text, ok := scalar(one)
		if !ok {
			n.Add(field, Unreadable)
			return texts
		}
		if text != "" {
			texts = append(texts, text)
		}
	}
	return texts
}

// scalar is a value as a text; objects and lists are none.
func scalar(value any) (string, bool) {
	switch value := value.(type) {
	case nil:
		return "", true
	case string:
		return strings.TrimSpace(value), true
	case json.Number:
		return value.String(), true
	case bool:
		return strconv.FormatBool(value), true
	default:
		return "", false
	}
}

// Labels reads an object of texts, numbers, booleans and lists of them. An empty one is none; what cannot be read is noted.
func (n *Notes) Labels(field string, value any) model.Labels {
	object, ok := value.(map[string]any)
	if !ok && value != nil {
		n.Add(field, Unreadable)
	}
	labels := make(model.Labels, len(object))
	for _, key := range slices.Sorted(maps.Keys(object)) {
		if text := n.Text(field+"."+key, object[key]); text != "" {
			labels[key] = text
		}
	}
	return labels
}

// Time reads a time; zero if there is none, or if it cannot be read, which is noted. Times without a zone are in that zone.
func (n *Notes) Time(field string, value any, zone *time.Location) time.Time {
	text, ok := scalar(value)
	if list, isList := value.([]any); isList && len(list) == 1 {
		text, ok = scalar(list[0])
	}
	at, known := time.Time{}, false
	if ok {
		at, known = Moment(text, zone)
	}
	if !known {
		n.Add(field, Unreadable)
	}
	return at
}

// layouts are how senders write times, apart from RFC 3339. Fractions of a second may follow the seconds in all of them.
var layouts = []string{
	time.RFC3339, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05Z07", "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02T15:04Z07:00",
	"2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05Z0700", "2006-01-02 15:04:05Z07", "2006-01-02 15:04:05", "2006-01-02 15:04",
	"2006-01-02 15:04:05 Z07:00", "2006-01-02 15:04:05 Z0700", "2006-01-02 15:04:05 -0700 MST", "2006-01-02 15:04:05 MST",
	"2006.01.02 15:04:05", "2006/01/02 15:04:05", "02.01.2006 15:04:05", "20060102T150405Z07:00", "20060102T150405", "2006-01-02",
	time.RFC1123, time.RFC1123Z, time.RFC850, time.ANSIC, time.UnixDate, time.RubyDate, "2 Jan 2006 15:04:05 -0700", "2 Jan 2006 15:04:05 MST",
}

// oldest and latest bound the times that are believed: others are a mistake of the sender.
var (
	oldest = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	latest = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)
)

// Moment reads a time: RFC 3339 and what is usual besides, or seconds, milliseconds, microseconds or nanoseconds since 1970. It is zero
// for "", 0 and the zero times of programming languages. ok is false if it is something else.
func Moment(text string, zone *time.Location) (at time.Time, ok bool) {
	if text = strings.TrimSpace(text); text == "" {
		return time.Time{}, true
	}
	if seconds, err := strconv.ParseFloat(text, 64); err == nil {
		return believed(sinceEpoch(text, seconds))
	}
	text = strings.Replace(strings.ToUpper(text), "−", "-", 1)
	if zone == nil {
		zone = time.UTC
	}
	for _, layout := range layouts {
		if at, err := time.ParseInLocation(layout, text, zone); err == nil && !invented(at, zone) {
			return believed(at, true)
		}
	}
	return time.Time{}, false
}

// believed is a time unless it is a zero time or too far away.
func believed(at time.Time, ok bool) (time.Time, bool) {
	switch {
	case !ok:
		return time.Time{}, false
	case at.Unix() == 0 || at.Year() <= 1: // the zero times of Unix, Go and .NET, in any zone
		return time.Time{}, true
	case at.Before(oldest) || at.After(latest):
		return time.Time{}, false
	}
	return at.UTC(), true
}

// invented reports whether the parser did not know a zone's abbreviation, and made up one without an offset.
func invented(at time.Time, zone *time.Location) bool {
	name, offset := at.Zone()
	return offset == 0 && at.Location() != time.UTC && at.Location() != zone && name != "UTC" && name != "GMT" && name != ""
}

// sinceEpoch reads a number by its size: as seconds, the limit of each unit is beyond the year 5000.
func sinceEpoch(text string, number float64) (time.Time, bool) {
	if !(number >= 0 && number < 1e19) { // NaN as well
		return time.Time{}, false
	}
	whole, err := strconv.ParseInt(text, 10, 64)
	switch {
	case number < 1e11:
		return time.UnixMicro(int64(number * 1e6)), true
	case number < 1e14:
		return time.UnixMicro(int64(number * 1e3)), true
	case number < 1e17:
		return time.UnixMicro(int64(number)), true
	case err == nil: // not every nanosecond is a float
		return time.Unix(0, whole), true
	case number < 9e18:
		return time.Unix(0, int64(number)), true
	}
	return time.Time{}, false
}
