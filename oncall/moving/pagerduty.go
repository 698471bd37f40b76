package moving

import (
	"slices"
	"time"

	"opsbot/model"
)

// pdSchedule is a schedule as the REST API of PagerDuty gives it, with its layers: the first one counts most.
type pdSchedule struct {
	Name     string    `json:"name"`
	Summary  string    `json:"summary"`
	Zone     string    `json:"time_zone"`
	Layers   []pdLayer `json:"schedule_layers"`
	Override struct {
		Entries []struct{} `json:"rendered_schedule_entries"`
	} `json:"overrides_subschedule"`
}

type pdLayer struct {
	Name   string     `json:"name"`
	Start  time.Time  `json:"start"`
	End    *time.Time `json:"end"`
	Anchor time.Time  `json:"rotation_virtual_start"`
	Turn   int        `json:"rotation_turn_length_seconds"`
	Users  []struct {
		User pdUser `json:"user"`
	} `json:"users"`
	Limits []struct {
		Type   string `json:"type"`
		Start  string `json:"start_time_of_day"`
		Length int    `json:"duration_seconds"`
		Day    int    `json:"start_day_of_week"` // 1 is Monday
	} `json:"restrictions"`
}

type pdUser struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Summary string `json:"summary"`
	Email   string `json:"email"`
	Zone    string `json:"time_zone"`
	Methods []struct {
		Type    string `json:"type"`
		Country int    `json:"country_code"`
		Address string `json:"address"`
	} `json:"contact_methods"`
}

// readPagerDuty reads answers of GET /schedules/ID, of GET /schedules with include[]=schedule_layers, and of GET /users with include[]=contact_methods.
func readPagerDuty(r *reader, files []File) error {
	for _, f := range files {
		var answer struct {
			One   *pdSchedule  `json:"schedule"`
			Many  []pdSchedule `json:"schedules"`
			Users []pdUser     `json:"users"`
		}
		if err := decode(f, &answer); err != nil {
			return err
		}
		if answer.One != nil {
			answer.Many = append(answer.Many, *answer.One)
		}
		for i := range answer.Users {
			r.pdUser(&answer.Users[i])
		}
		for i := range answer.Many {
			r.pdSchedule(&answer.Many[i], f.At)
		}
	}
	return nil
}

func (r *reader) pdUser(u *pdUser) {
	p := Person{ID: u.ID, Full: u.Name, Ref: u.Summary, Email: u.Email, Zone: ianaZone(u.Zone)}
	for _, m := range u.Methods {
		if (m.Type == "phone_contact_method" || m.Type == "sms_contact_method") && p.Phone == "" && m.Address != "" {
			p.Phone = phone(m.Country, m.Address)
		}
	}
	r.person(p)
}

func (r *reader) pdSchedule(s *pdSchedule, at time.Time) {
	name := s.Name
	if name == "" {
		name = s.Summary
	}
	out := Schedule{Name: name, Zone: ianaZone(s.Zone)}
	if len(s.Override.Entries) > 0 {
		r.note(name, model.Say("moving.overrides"))
	}
	for _, l := range slices.Backward(s.Layers) { // here the last one counts most
		if layer, ok := r.pdLayer(&out, &l, at); ok {
			out.Layers = append(out.Layers, layer)
		}
	}
	r.schedule(out, false)
}

func (r *reader) pdLayer(s *Schedule, l *pdLayer, at time.Time) (Layer, bool) {
	if l.End != nil && !l.End.After(at) {
		return Layer{}, false // it is over
	}
	if l.End != nil {
		r.note(s.Name, model.Say("moving.ends", "layer", l.Name))
	}
	length, ok := every(time.Duration(l.Turn) * time.Second)
	if !ok {
		r.note(s.Name, model.Say("moving.turn", "layer", l.Name, "length", (time.Duration(l.Turn)*time.Second).String()))
		return Layer{}, false
	}
	out := Layer{Every: length, Start: wallIn(l.Anchor, s.Zone)}
	for _, u := range l.Users {
		r.pdUser(&u.User)
		out.People = append(out.People, u.User.ID)
	}
	if len(out.People) == 0 {
		r.note(s.Name, model.Say("moving.nobody", "layer", l.Name))
		return out, false
	}
	if len(l.Limits) == 0 {
		return out, true
	}
	var w week
	for _, limit := range l.Limits {
		start, err := time.Parse("15:04:05", limit.Start)
		if err != nil {
			r.note(s.Name, model.Say("moving.hours", "layer", l.Name))
			return out, false
		}
		minute := start.Hour()*60 + start.Minute()
		if limit.Type == "weekly_restriction" {
			w.add((limit.Day-1)*day+minute, limit.Length/60)
			continue
		}
		for d := range 7 {
			w.add(d*day+minute, limit.Length/60)
		}
	}
	out.Hours, ok = w.hours()
	return out, ok
}
