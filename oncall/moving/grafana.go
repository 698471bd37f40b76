package moving

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"opsbot/model"
	"opsbot/oncall"
)

// oneWeek is the turn of somebody who has no turns.
var oneWeek = oncall.Days(7)

// ocSchedule, ocShift and ocUser are items of the lists of Grafana OnCall's HTTP API.
type ocSchedule struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	Zone      string   `json:"time_zone"`
	Shifts    []string `json:"shifts"`
	Primary   string   `json:"ical_url_primary"`
	Overrides string   `json:"ical_url_overrides"`
}

type ocShift struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	Schedule  string     `json:"schedule"`
	Type      string     `json:"type"` // "rolling_users", "recurrent_event", "single_event", "override"
	Zone      string     `json:"time_zone"`
	Level     int        `json:"level"`
	Start     string     `json:"start"` // wall clock
	Rotation  string     `json:"rotation_start"`
	Length    int        `json:"duration"` // seconds
	Frequency string     `json:"frequency"`
	Interval  int        `json:"interval"`
	Until     string     `json:"until"`
	Days      []string   `json:"by_day"` // "MO"
	Users     []string   `json:"users"`
	Rolling   [][]string `json:"rolling_users"`
	First     int        `json:"start_rotation_from_user_index"`
	ByMonth   []int      `json:"by_month"`
	ByMonthD  []int      `json:"by_monthday"`
}

type ocUser struct {
	ID       string `json:"id"`
	Username string `json:"username"`
	Email    string `json:"email"`
	Zone     string `json:"timezone"`
}

// readOnCall reads answers of GET /api/v1/users/, /schedules/ and /on_call_shifts/: lists of results, told apart by what is in them.
func readOnCall(r *reader, files []File) error {
	var schedules []ocSchedule
	shifts := map[string]*ocShift{}
	var at time.Time
	for _, f := range files {
		var list struct {
			Results []json.RawMessage `json:"results"`
		}
		if err := decode(f, &list); err != nil {
			return err
		}
		at = f.At
		for _, raw := range list.Results {
			var one struct {
				Username  *string `json:"username"`
				Frequency *string `json:"frequency"`
				Start     *string `json:"start"`
			}
			if err := decode(File{Name: f.Name, Data: raw}, &one); err != nil {
				return err
			}
			var err error
			switch {
			case one.Username != nil:
				var u ocUser
				err = decode(File{Name: f.Name, Data: raw}, &u)
				r.person(Person{ID: u.ID, Full: u.Username, Email: u.Email, Zone: ianaZone(u.Zone)})
			case one.Start != nil:
				s := &ocShift{}
				err = decode(File{Name: f.Name, Data: raw}, s)
				shifts[s.ID] = s
			default:
				var s ocSchedule
				err = decode(File{Name: f.Name, Data: raw}, &s)
				schedules = append(schedules, s)
			}
			if err != nil {
				return err
			}
		}
	}
	for i := range schedules {
		r.ocSchedule(&schedules[i], shifts, at)
	}
	return nil
}

func (r *reader) ocSchedule(s *ocSchedule, shifts map[string]*ocShift, at time.Time) {
	out := Schedule{Name: s.Name, Zone: cmp.Or(ianaZone(s.Zone), "UTC")}
	if s.Primary != "" {
		out.Layers = append(out.Layers, Layer{ICS: s.Primary})
	}
	var mine []*ocShift
	for _, id := range s.Shifts {
		if one := shifts[id]; one != nil {
			mine = append(mine, one)
		} else {
			r.note(s.Name, model.Say("moving.shift_missing", "layer", id))
		}
	}
	slices.SortStableFunc(mine, func(a, b *ocShift) int { return cmp.Compare(a.Level, b.Level) })
	same := map[int]int{}
	for _, one := range mine {
		if layer, ok := r.ocShift(&out, one, at); ok {
			out.Layers = append(out.Layers, layer)
			same[one.Level]++
		}
	}
	if s.Overrides != "" {
		out.Layers = append(out.Layers, Layer{ICS: s.Overrides})
	}
	for _, n := range same {
		if n > 1 {
			r.note(s.Name, model.Say("moving.side_by_side", "n", n))
			break
		}
	}
	r.schedule(out, false)
}

func (r *reader) ocShift(s *Schedule, o *ocShift, at time.Time) (Layer, bool) {
	if until, err := time.Parse("2006-01-02T15:04:05", o.Until); err == nil {
		if !until.After(at) {
			return Layer{}, false // it is over
		}
		r.note(s.Name, model.Say("moving.ends", "layer", o.Name))
	}
	start, err := time.Parse("2006-01-02T15:04:05", cmp.Or(o.Rotation, o.Start))
	clockFrom, errClock := time.Parse("2006-01-02T15:04:05", o.Start)
	length := time.Duration(o.Length) * time.Second
	switch {
	case o.Type != "rolling_users" && o.Type != "recurrent_event":
		if err == nil && start.Add(length).After(at) {
			r.note(s.Name, model.Say("moving.single", "layer", o.Name))
		}
		return Layer{}, false
	case err != nil || errClock != nil || len(o.ByMonth)+len(o.ByMonthD) > 0:
		r.note(s.Name, model.Say("moving.turn", "layer", o.Name, "length", o.Frequency))
		return Layer{}, false
	case o.Zone != "" && ianaZone(o.Zone) != s.Zone:
		r.note(s.Name, model.Say("moving.other_zone", "layer", o.Name, "zone", o.Zone))
	}
	people, ok := r.ocPeople(s, o)
	if !ok {
		return Layer{}, false
	}
	unit := map[string]time.Duration{"hourly": time.Hour, "daily": model.Day, "weekly": model.Week}[o.Frequency]
	turn := time.Duration(max(1, o.Interval)) * unit
	out := Layer{People: people, Start: start.Truncate(time.Minute)}
	if out.Every, ok = every(turn); !ok {
		r.note(s.Name, model.Say("moving.turn", "layer", o.Name, "length", o.Frequency))
		return out, false
	}
	if length >= turn && len(o.Days) == 0 {
		return out, true
	}
	if turn < model.Day || o.Interval > 1 && o.Frequency == "daily" {
		r.note(s.Name, model.Say("moving.hours", "layer", o.Name))
		return out, false
	}
	out.Hours, ok = ocHours(o, clockFrom, length)
	if !ok {
		r.note(s.Name, model.Say("moving.hours", "layer", o.Name))
	}
	return out, ok
}

// ocPeople are the people of a shift in their order; opsbot has one at a time in a layer.
func (r *reader) ocPeople(s *Schedule, o *ocShift) ([]string, bool) {
	groups := o.Rolling
	if o.Type == "recurrent_event" {
		groups = [][]string{o.Users}
	}
	var people []string
	for _, group := range groups {
		if len(group) != 1 {
			r.note(s.Name, model.Say("moving.at_once", "layer", o.Name, "n", len(group)))
			return nil, false
		}
		people = append(people, group[0])
	}
	if len(people) == 0 {
		r.note(s.Name, model.Say("moving.nobody", "layer", o.Name))
		return nil, false
	}
	return rotated(people, o.First), true
}

// ocHours are the times of a shift that is shorter than its turn: on its days, each day, or the day of the week on which it begins.
func ocHours(o *ocShift, from time.Time, length time.Duration) (string, bool) {
	var w week
	minute := from.Hour()*60 + from.Minute()
	switch {
	case len(o.Days) > 0:
		for _, name := range o.Days {
			d, known := weekdays[strings.ToLower(name)]
			if !known {
				return "", false
			}
			w.add(minuteOf(d, 0, minute), int(length.Minutes()))
		}
	case o.Frequency == "daily":
		for d := range 7 {
			w.add(d*day+minute, int(length.Minutes()))
		}
	case o.Interval <= 1:
		w.add(minuteOf(from.Weekday(), 0, minute), int(length.Minutes()))
	default:
		return "", false
	}
	return w.hours()
}
