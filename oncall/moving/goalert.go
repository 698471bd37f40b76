package moving

import (
	"strings"
	"time"

	"opsbot/model"
)

// gaAnswer is an answer of GoAlert's GraphQL API to the query of docs/oncall.md. Lists have their items in nodes.
type gaAnswer struct {
	Data struct {
		Users     nodes[gaUser]     `json:"users"`
		Rotations nodes[gaRotation] `json:"rotations"`
		Schedules nodes[gaSchedule] `json:"schedules"`
	} `json:"data"`
}

type nodes[T any] struct {
	Nodes []T `json:"nodes"`
}

type gaUser struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Email   string `json:"email"`
	Methods []struct {
		Type  string `json:"type"`
		Value string `json:"value"`
	} `json:"contactMethods"`
}

type gaRotation struct {
	ID     string    `json:"id"`
	Name   string    `json:"name"`
	Type   string    `json:"type"` // "hourly", "daily", "weekly", "monthly"
	Start  time.Time `json:"start"`
	Length int       `json:"shiftLength"`
	Zone   string    `json:"timeZone"`
	Users  []string  `json:"userIDs"`
	Active int       `json:"activeUserIndex"`
}

type gaSchedule struct {
	Name    string `json:"name"`
	Zone    string `json:"timeZone"`
	Targets []struct {
		Target struct {
			ID   string `json:"id"`
			Type string `json:"type"` // "rotation", "user"
			Name string `json:"name"`
		} `json:"target"`
		Rules []struct {
			Start string `json:"start"` // "08:00"
			End   string `json:"end"`
			Days  []bool `json:"weekdayFilter"` // from Sunday
		} `json:"rules"`
	} `json:"targets"`
}

func readGoAlert(r *reader, files []File) error {
	var all gaAnswer
	var at time.Time
	for _, f := range files {
		var one gaAnswer
		if err := decode(f, &one); err != nil {
			return err
		}
		all.Data.Users.Nodes = append(all.Data.Users.Nodes, one.Data.Users.Nodes...)
		all.Data.Rotations.Nodes = append(all.Data.Rotations.Nodes, one.Data.Rotations.Nodes...)
		all.Data.Schedules.Nodes = append(all.Data.Schedules.Nodes, one.Data.Schedules.Nodes...)
		at = f.At
	}
	for _, u := range all.Data.Users.Nodes {
		p := Person{ID: u.ID, Full: u.Name, Email: u.Email}
		for _, m := range u.Methods {
			if (m.Type == "VOICE" || m.Type == "SMS") && p.Phone == "" {
				p.Phone = m.Value
			}
		}
		r.person(p)
	}
	rotations := map[string]*gaRotation{}
	for i := range all.Data.Rotations.Nodes {
		rotations[all.Data.Rotations.Nodes[i].ID] = &all.Data.Rotations.Nodes[i]
	}
	for i := range all.Data.Schedules.Nodes {
		r.gaSchedule(&all.Data.Schedules.Nodes[i], rotations, at)
	}
	return nil
}

func (r *reader) gaSchedule(s *gaSchedule, rotations map[string]*gaRotation, at time.Time) {
	out := Schedule{Name: s.Name, Zone: ianaZone(s.Zone)}
	for _, t := range s.Targets {
		var layer Layer
		ok := true
		switch rotation := rotations[t.Target.ID]; {
		case t.Target.Type == "user":
			layer = Layer{People: []string{t.Target.ID}, Start: time.Date(2020, 1, 6, 0, 0, 0, 0, time.UTC), Every: oneWeek}
			r.person(Person{ID: t.Target.ID, Ref: t.Target.Name})
		case rotation != nil:
			layer, ok = r.gaRotation(&out, rotation, at)
		default:
			r.note(s.Name, model.Say("moving.participant", "layer", t.Target.Name, "who", t.Target.Type+" "+t.Target.Name))
			ok = false
		}
		if !ok {
			continue
		}
		var w week
		for _, rule := range t.Rules {
			begin, errBegin := time.Parse("15:04", rule.Start)
			end, errEnd := time.Parse("15:04", rule.End)
			for d := range rule.Days {
				if rule.Days[d] && errBegin == nil && errEnd == nil {
					length := (end.Hour()*60 + end.Minute() - begin.Hour()*60 - begin.Minute() + day - 1) % day
					w.add(minuteOf(time.Weekday(d), begin.Hour(), begin.Minute()), length+1)
				}
			}
		}
		if layer.Hours, ok = w.hours(); !ok {
			r.note(s.Name, model.Say("moving.hours", "layer", t.Target.Name))
			continue
		}
		out.Layers = append(out.Layers, layer)
	}
	r.schedule(out, true)
}

// gaRotation is a rotation. GoAlert keeps whose turn it is; here that follows from who had the first one.
func (r *reader) gaRotation(s *Schedule, o *gaRotation, at time.Time) (Layer, bool) {
	unit := map[string]time.Duration{"hourly": time.Hour, "daily": model.Day, "weekly": model.Week}[strings.ToLower(o.Type)]
	length, ok := every(time.Duration(max(1, o.Length)) * unit)
	switch {
	case !ok:
		r.note(s.Name, model.Say("moving.turn", "layer", o.Name, "length", o.Type))
		return Layer{}, false
	case len(o.Users) == 0:
		r.note(s.Name, model.Say("moving.nobody", "layer", o.Name))
		return Layer{}, false
	case o.Zone != "" && o.Zone != s.Zone:
		r.note(s.Name, model.Say("moving.other_zone", "layer", o.Name, "zone", o.Zone))
	}
	out := Layer{Every: length, Start: wallIn(o.Start, s.Zone)}
	passed := int(wallIn(at, s.Zone).Sub(out.Start) / (time.Duration(max(1, o.Length)) * unit))
	if out.Start.After(wallIn(at, s.Zone)) {
		passed = 0
	}
	out.People = rotated(o.Users, o.Active-passed)
	return out, true
}
