package moved

import (
	"strconv"
	"strings"
	"time"

	"opsbot/model"
)

// maxLength bounds lengths of time: a year.
const maxLength = 366 * 24 * time.Hour

// Time is a length of time as Go and Prometheus write it, "1m30s", "1d", "0.5s"; a number alone is in units. 0 for anything else.
func Time(text string, unit time.Duration) time.Duration {
	text = strings.TrimSpace(text)
	if f, err := strconv.ParseFloat(text, 64); err == nil {
		if !(f > 0) || f*float64(unit) > float64(maxLength) {
			return 0
		}
		return time.Duration(f * float64(unit))
	}
	if d, err := model.ParseDuration(text); err == nil {
		return min(time.Duration(d), maxLength)
	}
	if d, err := time.ParseDuration(text); err == nil && d > 0 {
		return min(d, maxLength)
	}
	return 0
}

// Clock is a time of day, "02:30", as minutes of the day.
func Clock(text string) (minute int, ok bool) {
	at, err := time.Parse("15:04", strings.TrimSpace(text))
	if err != nil {
		return 0, false
	}
	return at.Hour()*60 + at.Minute(), true
}
