package kuma

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"opsbot/model"
	"opsbot/movein/moved"
)

// maintenance carries a recurring window over.
func (r *reader) maintenance(v row) {
	t := &moved.Table{Section: "maintenance", ID: "maintenance " + v.text("id"), Name: v.text("title"), At: fmt.Sprintf("maintenance %s %q", v.text("id"), v.text("title"))}
	if v.has("active") && !v.flag("active") {
		r.m.Left(t.At, model.Say("movein.paused"))
		return
	}
	schedule, length, why := window(v)
	switch {
	case why != nil:
		r.m.Left(t.At, *why)
		return
	case length < time.Minute || length > 7*24*time.Hour:
		r.m.Left(t.At, model.Say("movein.window_length", "length", moved.Length(length)))
		return
	}
	var ids moved.Refs
	for _, id := range r.during[v.text("id")] {
		ids = append(ids, "monitor "+id)
	}
	if len(ids) == 0 {
		r.m.Left(t.At, model.Say("movein.no_checks"))
		return
	}
	t.Set("schedule", schedule).Duration("duration", length).Set("reason", v.text("description")).Set("checks", ids)
	if zone := v.text("timezone"); zone != "" && zone != "SAME_AS_SERVER" && r.o.Zone != nil && zone != r.o.Zone.String() {
		r.m.Differs(t.At, model.Say("movein.zone", "zone", zone, "here", r.o.Zone.String()))
	}
	r.m.Add(t)
}

// window is when a maintenance begins and how long it lasts, or why it cannot be said.
func window(v row) (schedule string, length time.Duration, why *model.Sentence) {
	refuse := func(s model.Sentence) (string, time.Duration, *model.Sentence) { return "", 0, &s }
	strategy := v.text("strategy")
	from, ok := clock(v.text("start_time"))
	until, too := clock(v.text("end_time"))
	switch {
	case strategy == "cron":
		return v.text("cron"), v.seconds("duration"), nil
	case strategy == "single":
		return refuse(model.Say("movein.window_once", "from", v.text("start_date"), "until", v.text("end_date")))
	case strategy == "manual":
		return refuse(model.Say("movein.window_manual"))
	case !ok || !too:
		return refuse(model.Say("movein.window_other", "strategy", strategy))
	}
	length = (until - from + 24*time.Hour) % (24 * time.Hour)
	minute, hour := int(from.Minutes())%60, int(from.Hours())
	switch days := v.list("weekdays"); {
	case strategy == "recurring-interval" && v.number("interval_day") <= 1:
		return fmt.Sprintf("%d %d * * *", minute, hour), length, nil
	case strategy == "recurring-weekday" && len(days) > 0:
		return fmt.Sprintf("%d %d * * %s", minute, hour, strings.Join(days, ",")), length, nil
	case strategy == "recurring-day-of-month" && plainDays(v.list("days_of_month")):
		return fmt.Sprintf("%d %d %s * *", minute, hour, strings.Join(v.list("days_of_month"), ",")), length, nil
	default:
		return refuse(model.Say("movein.window_other", "strategy", strategy))
	}
}

// plainDays reports whether days of a month are numbers alone: the last day is not one.
func plainDays(days []string) bool {
	return len(days) > 0 && !slices.ContainsFunc(days, func(day string) bool {
		_, err := strconv.Atoi(day)
		return err != nil
	})
}

// clock is a time of day, "02:30" or "02:30:00", or an object of a backup.
func clock(text string) (time.Duration, bool) {
	for _, form := range []string{"15:04", "15:04:05"} {
		if at, err := time.Parse(form, text); err == nil {
			return time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute, true
		}
	}
	return 0, false
}
