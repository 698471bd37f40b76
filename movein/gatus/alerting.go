package gatus

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"opsbot/model"
	"opsbot/movein/moved"
)

// external is an endpoint whose state others report: a job that calls in.
func (r *reader) external(d document, e moved.Node) {
	t := r.table(d, e, "heartbeat")
	every := moved.Time(e.Get("heartbeat", "interval").Text(), time.Second)
	switch {
	case !e.Get("enabled").Flag(true):
		r.m.Left(t.At, model.Say("movein.paused"))
		return
	case every == 0:
		r.m.Left(t.At, model.Say("movein.no_interval"))
		return
	}
	t.Token(e.Get("token").Text())
	t.Duration("every", every).Set("grace", "1m")
	t.Set("labels", moved.Labels(map[string]string{"group": e.Get("group").Text()}))
	r.m.Differs(t.At, model.Say("movein.job"))
	r.m.Add(t)
}

// alerting says how to have the alerts of each channel here.
func (r *reader) alerting(d document) {
	for _, p := range d.Get("alerting").Pairs() {
		at := fmt.Sprintf("%s %q", moved.Line(d.file, p.Line()), "alerting."+p.Key)
		switch p.Key {
		case "telegram":
			r.m.Left(at, model.Say("movein.notify.telegram", "chat", p.Get("id").Text(), "checks", "-"))
		case "email":
			r.m.Left(at, model.Say("movein.notify.email", "to", p.Get("to").Text(), "server", p.Get("host").Text(), "checks", "-"))
		case "teams", "teams-workflows":
			r.m.Left(at, model.Say("movein.notify.teams", "checks", "-"))
		case "custom":
			r.m.Left(at, model.Say("movein.notify.webhook", "checks", "-"))
		default:
			r.m.Left(at, model.Say("movein.notify.other", "kind", p.Key, "checks", "-"))
		}
	}
}

// weekdays are the days of a schedule, by their English names.
var weekdays = []string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}

// maintenance is the one window of Gatus, which is about everything of it.
func (r *reader) maintenance(d document) {
	m := d.Get("maintenance")
	if !m.There() || !m.Get("enabled").Flag(true) {
		return
	}
	t := &moved.Table{Section: "maintenance", ID: "maintenance", Name: "gatus-maintenance", At: fmt.Sprintf("%s %q", moved.Line(d.file, m.Line()), "maintenance")}
	minute, ok := moved.Clock(m.Get("start").Text())
	length := moved.Time(m.Get("duration").Text(), time.Second)
	if !ok || length < time.Minute || length > 7*24*time.Hour {
		r.m.Left(t.At, model.Say("movein.window_length", "length", m.Get("duration").Text()))
		return
	}
	days := "*"
	if every := m.Get("every").Texts(); len(every) > 0 {
		var numbers []string
		for _, day := range every {
			if i := slices.Index(weekdays, strings.ToLower(strings.TrimSpace(day))); i >= 0 {
				numbers = append(numbers, fmt.Sprint(i))
			}
		}
		days = strings.Join(numbers, ",")
	}
	t.Set("schedule", fmt.Sprintf("%d %d * * %s", minute%60, minute/60, days)).Duration("duration", length).Set("checks", r.allChecks())
	zone := m.Get("timezone").Text()
	if zone == "" {
		zone = "UTC"
	}
	if r.o.Zone != nil && r.o.Zone.String() != zone {
		r.m.Differs(t.At, model.Say("movein.zone", "zone", zone, "here", r.o.Zone.String()))
	}
	r.m.Add(t)
}

func (r *reader) allChecks() moved.Refs {
	var ids moved.Refs
	for _, t := range r.m.Tables {
		if t.Section == "checks" {
			ids = append(ids, t.ID)
		}
	}
	return ids
}

// carried are the sections of a document that are read, and those that only say how Gatus itself runs.
var carried = []string{
	"endpoints", "services", "external-endpoints", "alerting", "maintenance",
	"storage", "web", "ui", "metrics", "debug", "concurrency", "disable-monitoring-lock", "skip-invalid-config-update", "security", "connectivity",
}

// rest names the sections that are not read.
func (r *reader) rest(d document) {
	for _, p := range d.Pairs() {
		if slices.Contains(carried, p.Key) || strings.HasPrefix(p.Key, "x-") {
			continue
		}
		r.m.Left(fmt.Sprintf("%s %q", moved.Line(d.file, p.Line()), p.Key), model.Say("movein.section"))
	}
}
