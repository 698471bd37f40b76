package moving

import (
	"encoding/json"
	"strings"
	"time"

	"opsbot/model"
)

// ogSchedule is a schedule as the REST API of Opsgenie gives it, and as its backup tool writes it: one file for each.
type ogSchedule struct {
	Name      string       `json:"name"`
	Zone      string       `json:"timezone"`
	Enabled   *bool        `json:"enabled"`
	Rotations []ogRotation `json:"rotations"`
}

type ogRotation struct {
	Name   string     `json:"name"`
	Start  time.Time  `json:"startDate"`
	End    *time.Time `json:"endDate"`
	Type   string     `json:"type"` // "hourly", "daily", "weekly"
	Length int        `json:"length"`
	Who    []struct {
		Type string `json:"type"`
		ID   string `json:"id"`
		User string `json:"username"`
		Name string `json:"name"`
	} `json:"participants"`
	Limit *struct {
		Type string   `json:"type"` // "time-of-day", "weekday-and-time-of-day"
		One  *ogTime  `json:"restriction"`
		Many []ogTime `json:"restrictions"`
	} `json:"timeRestriction"`
}

type ogTime struct {
	StartDay  string `json:"startDay"`
	EndDay    string `json:"endDay"`
	StartHour int    `json:"startHour"`
	StartMin  int    `json:"startMin"`
	EndHour   int    `json:"endHour"`
	EndMin    int    `json:"endMin"`
}

type ogUser struct {
	ID       string `json:"id"`
	Username string `json:"username"`
	FullName string `json:"fullName"`
	Zone     string `json:"timeZone"`
	Contacts []struct {
		Method string `json:"method"`
		To     string `json:"to"`
	} `json:"userContacts"`
}

// readOpsgenie reads answers of GET /v2/schedules?expand=rotation and GET /v2/users, and files of the backup tool: a schedule or a user each, or lists.
func readOpsgenie(r *reader, files []File) error {
	for _, f := range files {
		var answer struct {
			Data json.RawMessage `json:"data"`
		}
		data := f.Data
		if err := json.Unmarshal(data, &answer); err == nil && len(answer.Data) > 0 {
			data = answer.Data
		}
		if !strings.HasPrefix(strings.TrimSpace(string(data)), "[") {
			data = append(append([]byte("["), data...), ']')
		}
		var all []struct {
			ogSchedule
			ogUser
		}
		if err := decode(File{Name: f.Name, Data: data}, &all); err != nil {
			return err
		}
		for i := range all {
			if one := &all[i]; one.Username != "" {
				r.ogUser(&one.ogUser)
			} else if one.Name != "" {
				r.ogSchedule(&one.ogSchedule, f.At)
			}
		}
	}
	return nil
}

// ogUser notes a user, by the address that participants are named by.
func (r *reader) ogUser(u *ogUser) {
	p := Person{ID: strings.ToLower(u.Username), Full: u.FullName, Email: u.Username, Zone: ianaZone(u.Zone)}
	for _, c := range u.Contacts {
		if (c.Method == "voice" || c.Method == "sms") && p.Phone == "" {
			country, number, _ := strings.Cut(c.To, "-") // "1-9999999999"
			p.Phone = "+" + strings.TrimLeft(country, "+") + number
		}
	}
	r.person(p)
}

func (r *reader) ogSchedule(s *ogSchedule, at time.Time) {
	if s.Enabled != nil && !*s.Enabled {
		r.note(s.Name, model.Say("moving.disabled"))
		return
	}
	out := Schedule{Name: s.Name, Zone: ianaZone(s.Zone)}
	for i := range s.Rotations {
		if layer, ok := r.ogRotation(&out, &s.Rotations[i], at); ok {
			out.Layers = append(out.Layers, layer)
		}
	}
	r.schedule(out, true)
}

func (r *reader) ogRotation(s *Schedule, o *ogRotation, at time.Time) (Layer, bool) {
	if o.End != nil && !o.End.After(at) {
		return Layer{}, false // it is over
	}
	if o.End != nil {
		r.note(s.Name, model.Say("moving.ends", "layer", o.Name))
	}
	unit := map[string]time.Duration{"hourly": time.Hour, "daily": model.Day, "weekly": model.Week}[o.Type]
	length, ok := every(time.Duration(max(1, o.Length)) * unit)
	if !ok {
		r.note(s.Name, model.Say("moving.turn", "layer", o.Name, "length", o.Type))
		return Layer{}, false
	}
	out := Layer{Every: length, Start: wallIn(o.Start, s.Zone)}
	for _, who := range o.Who {
		if who.Type != "user" || who.User == "" { // a team, an escalation, or nobody for a turn
			r.note(s.Name, model.Say("moving.participant", "layer", o.Name, "who", who.Type+" "+who.Name))
			return out, false
		}
		id := strings.ToLower(who.User)
		r.person(Person{ID: id, Email: who.User})
		out.People = append(out.People, id)
	}
	if len(out.People) == 0 {
		r.note(s.Name, model.Say("moving.nobody", "layer", o.Name))
		return out, false
	}
	if o.Limit == nil {
		return out, true
	}
	out.Hours, ok = ogHours(o.Limit.One, o.Limit.Many)
	if !ok {
		r.note(s.Name, model.Say("moving.hours", "layer", o.Name))
	}
	return out, ok
}

// ogHours are restrictions as active hours: one for each day, or several of the week.
func ogHours(each *ogTime, some []ogTime) (string, bool) {
	var w week
	if each != nil {
		from, to := each.StartHour*60+each.StartMin, each.EndHour*60+each.EndMin
		for d := range 7 {
			w.add(d*day+from, (to-from+day-1)%day+1)
		}
	}
	for _, t := range some {
		begins, known := weekdays[strings.ToLower(t.StartDay)]
		ends, knownEnd := weekdays[strings.ToLower(t.EndDay)]
		if !known || !knownEnd {
			return "", false
		}
		from, to := minuteOf(begins, t.StartHour, t.StartMin), minuteOf(ends, t.EndHour, t.EndMin)
		w.add(from, (to-from+len(w)-1)%len(w)+1)
	}
	return w.hours()
}
