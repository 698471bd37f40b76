package config

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"

	"opsbot/model"
	"opsbot/oncall"
	"opsbot/oncall/calendar"
)

// Person is somebody who can be on call.
type Person struct {
	Name     string            `toml:"name"`
	Telegram model.UserID      `toml:"telegram" range:"1..4503599627370495"` // 0: cannot be reached there
	Phone    Secret            `toml:"phone"`                                // shown to admins alone
	Zone     Zone              `toml:"zone"`                                 // of times told to this person; not set: that of the schedule
	Language Language          `toml:"language"`                             // of pages; not set: that of the first chat
	Rules    model.PageRules   `toml:"rules"`                                // how they are paged; nil: model.DefaultPageRules
	Gateways map[string]Secret `toml:"gateways"`                             // where gateways reach them, by gateway, if that is not their phone
	At       model.Place       `toml:"-"`
}

// OnCallSchedule is who is on call when.
type OnCallSchedule struct {
	Name   string        `toml:"name"`
	Zone   Zone          `toml:"zone"`
	Layers []OnCallLayer `toml:"layers"` // at least one; a later one wins where it has somebody
	Gaps   Gaps          `toml:"gaps"`
	Notify Target        `toml:"notify"` // the chat of handovers, gaps and covers; not set: the first that sees everything, of what nobody else can be told
	At     model.Place   `toml:"-"`
}

// Gaps is what times with nobody on call are.
type Gaps string

// The values of Gaps.
const (
	GapsReported Gaps = "reported"
	GapsAllowed  Gaps = "allowed" // meant: nobody is told of them
)

// MarshalText writes it.
func (g Gaps) MarshalText() ([]byte, error) { return []byte(g), nil }

// UnmarshalText accepts the values above.
func (g *Gaps) UnmarshalText(text []byte) error {
	switch v := Gaps(text); v {
	case GapsReported, GapsAllowed:
		*g = v
		return nil
	default:
		return model.OneOf("gaps", text, GapsReported, GapsAllowed)
	}
}

func (s *OnCallSchedule) setDefaults() { *s = OnCallSchedule{Gaps: GapsReported} }

// OnCallLayer is one source of shifts: a rotation of people, or a file.
type OnCallLayer struct {
	People []string           `toml:"people"` // in the order of their turns
	Start  oncall.Wall        `toml:"start"`  // the first turn of the first of them
	Every  oncall.Every       `toml:"every"`  // how long a turn lasts
	Hours  *model.ActiveHours `toml:"hours"`  // nil: always
	ICS    string             `toml:"ics"`    // a file, or the address of a calendar
	CSV    string             `toml:"csv"`    // a file
	By     map[string]string  `toml:"by"`     // people by their names in that file
	At     model.Place        `toml:"-"`

	Feed *Feed `toml:"-" json:"-"` // of an address; nil: it is none

	shifts oncall.Layer     `toml:"-"` // of the file
	notes  []model.Sentence `toml:"-"` // about it
}

// onCall validates [[people]] and [[schedules]], and reads the files of shifts.
func (l *loader) onCall(root *node, cfg *Config) {
	people := l.people(root, cfg)
	schedules := newNames(l, model.Sentence{})
	for i := range cfg.OnCall {
		s, n := &cfg.OnCall[i], root.child("schedules").item(i)
		schedules.add(n, s.Name)
		if !n.isTable {
			continue
		}
		if n.child("zone") == nil {
			l.wrong(n, "", model.Say("config.missing.like", "key", "zone", "example", "Europe/Moscow"))
		}
		if len(n.child("layers").list()) == 0 {
			l.wrong(n, "", model.Say("config.missing.layers", "key", "layers"))
		}
		for j := range s.Layers {
			l.layer(n.child("layers").item(j), s, &s.Layers[j], people)
		}
	}
	l.escalations(root, cfg, people, schedules)
}

// scheduleChats checks the chats of schedules. One limited to some clients would read who answers for others.
func (l *loader) scheduleChats(n *node, cfg *Config, known map[string]*names) {
	for i := range cfg.OnCall {
		s, item := &cfg.OnCall[i], n.item(i)
		if s.Notify == (Target{}) {
			continue // not set, or reported while it was read
		}
		l.declared(known, item, "notify", []Target{s.Notify})
		if s.Notify.Chat == "" {
			l.wrong(item, "notify", model.Say("config.schedule.no_chat", "got", s.Notify))
		}
		for j := range cfg.Telegram.Chats {
			if c := &cfg.Telegram.Chats[j]; s.Notify.Chat != "" && c.Name == s.Notify.Chat && len(c.Clients) > 0 {
				l.wrong(item, "notify", model.Say("config.schedule.limited", "got", s.Notify))
			}
		}
	}
}

// people validates [[people]], and returns their names.
func (l *loader) people(root *node, cfg *Config) *names {
	n := root.child("people")
	people, gateways := newNames(l, model.Say("config.unknown.person")), l.gatewayNames(root)
	for i := range cfg.People {
		p, item := &cfg.People[i], n.item(i)
		people.add(item, p.Name)
		if item.isTable && item.child("telegram") == nil && item.child("phone") == nil && item.child("gateways") == nil {
			l.wrong(item, "", model.Say("config.missing.way", "key", "telegram"))
		}
		l.rules(item, p, gateways)
		for j := range i {
			if other := &cfg.People[j]; p.Telegram != 0 && other.Telegram == p.Telegram {
				l.wrong(item, "telegram", model.Say("config.person.twice", "other", other.Name))
			}
		}
	}
	return people
}

// kinds of layers, by the key that each needs.
var layerKinds = []string{"people", "ics", "csv"}

func (l *loader) layer(n *node, s *OnCallSchedule, layer *OnCallLayer, people *names) {
	if n == nil || !n.isTable {
		return
	}
	var set []string
	for _, key := range layerKinds {
		if n.child(key) != nil {
			set = append(set, key)
		}
	}
	switch {
	case len(set) == 0:
		l.wrong(n, "", model.Say("config.missing.layer_people", "key", "people"))
	case len(set) > 1:
		l.wrong(n, set[1], model.Say("config.both", "key", set[0], "other", set[1]))
	case set[0] == "people":
		l.rotation(n, s, layer, people)
	default:
		l.shifts(n, s, layer, people)
	}
}

// only reports keys that a layer cannot have beside another one.
func (l *loader) only(n *node, with string, keys ...string) {
	for _, key := range keys {
		if n.child(key) != nil {
			l.wrong(n, key, model.Say("config.layer.not_with", "other", with))
		}
	}
}

// rotation validates a layer of people who take turns.
func (l *loader) rotation(n *node, s *OnCallSchedule, layer *OnCallLayer, people *names) {
	l.only(n, "people", "by")
	if list := n.child("people"); list.isArray && len(list.items) == 0 {
		l.wrong(n, "people", model.Say("config.empty.one"))
	}
	for i, name := range layer.People {
		if _, text := n.child("people").item(i).value.(string); text {
			people.has(n, "people", name)
		}
	}
	for _, needed := range []struct{ key, example string }{{"start", "2026-12-07 10:00"}, {"every", "1w"}} {
		if n.child(needed.key) == nil {
			l.wrong(n, "", model.Say("config.missing.like", "key", needed.key, "example", needed.example))
		}
	}
	if layer.Hours != nil {
		*layer.Hours = layer.Hours.In(s.Zone.Location())
	}
}

// shifts validates a layer of a file, and reads it.
func (l *loader) shifts(n *node, s *OnCallSchedule, layer *OnCallLayer, people *names) {
	key, file := "ics", layer.ICS
	if n.child("csv") != nil {
		key, file = "csv", layer.CSV
	}
	l.only(n, key, "start", "every", "hours")
	for _, name := range sortedKeys(layer.By) {
		people.has(n, "by", layer.By[name])
	}
	if _, text := n.child(key).value.(string); !text {
		return // reported while it was read
	}
	o := calendar.Options{Zone: s.Zone.Location(), Person: namedBy(layer.By, people.list)}
	if strings.Contains(file, "://") {
		l.feed(n, key, layer, o)
		return
	}
	data, err := readBounded(l.beside(file))
	if err != nil {
		l.wrong(n, key, unreadable(file, err))
		return
	}
	if key == "ics" {
		l.calendar(n, layer, data, o)
		return
	}
	shifts, wrong := calendar.ReadCSV(data, o)
	layer.shifts = shifts
	for _, w := range wrong {
		l.problems = append(l.problems, model.Place{File: l.beside(file), Line: w.Line}.Problem(w.What))
	}
}

// Feed is a calendar that is fetched. Its address may be secret.
type Feed struct {
	URL     URL
	Options calendar.Options
}

// feed validates the address of a calendar. That of an application for calendars is one of HTTPS.
func (l *loader) feed(n *node, key string, layer *OnCallLayer, o calendar.Options) {
	if key != "ics" {
		l.wrong(n, key, model.Say("config.layer.url"))
		return
	}
	address := layer.ICS
	if rest, webcal := strings.CutPrefix(address, "webcal://"); webcal {
		address = "https://" + rest
	}
	f := &Feed{Options: o}
	if err := f.URL.UnmarshalText([]byte(address)); err != nil || f.URL.scheme() != "https" && f.URL.scheme() != "http" {
		l.wrong(n, key, model.Say("config.layer.address"))
		return
	}
	f.URL = NewURL(address) // as it is: a slash at its end may count
	layer.Feed, layer.ICS = f, ""
}

func (l *loader) calendar(n *node, layer *OnCallLayer, data []byte, o calendar.Options) {
	cal, err := calendar.ReadICS(data, o)
	if err != nil {
		what := model.Say("config.layer.no_calendar", "file", filepath.Base(layer.ICS))
		if bytes.HasPrefix(bytes.TrimSpace(data), []byte("BEGIN:VCALENDAR")) {
			what = model.Say("config.layer.calendar", "file", filepath.Base(layer.ICS), "said", err)
		}
		l.wrong(n, "ics", what)
		return
	}
	layer.shifts, layer.notes = cal, cal.Notes
}

// namedBy finds people by their names in a file, in any case: those of by first.
func namedBy(by map[string]string, people []string) func(name string) (string, bool) {
	folded := map[string]string{}
	for _, person := range people {
		folded[strings.ToLower(person)] = person
	}
	for name, person := range by {
		folded[strings.ToLower(strings.TrimSpace(name))] = person
	}
	return func(name string) (string, bool) {
		person, known := folded[strings.ToLower(strings.TrimSpace(name))]
		return person, known
	}
}

func sortedKeys(m map[string]string) []string {
	var keys []string
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// Calendars returns what was fetched of a calendar: the layer of it, nil if there is none any more, and false if it was never read.
type Calendars func(f *Feed) (oncall.Layer, bool)

// unread are Calendars of which none was read.
func unread(*Feed) (oncall.Layer, bool) { return nil, false }

// Schedule is the schedule, without overrides, and without calendars that are fetched.
func (s *OnCallSchedule) Schedule() *oncall.Schedule { return s.with(unread) }

func (s *OnCallSchedule) with(calendars Calendars) *oncall.Schedule {
	out := &oncall.Schedule{Name: s.Name, Zone: s.Zone.Location(), GapsAllowed: s.Gaps == GapsAllowed}
	for i := range s.Layers {
		switch layer := &s.Layers[i]; {
		case layer.Feed != nil:
			shifts, read := calendars(layer.Feed)
			if out.Missing = out.Missing || !read; shifts != nil {
				out.Layers = append(out.Layers, shifts)
			}
		case layer.shifts != nil:
			out.Layers = append(out.Layers, layer.shifts)
		default:
			out.Layers = append(out.Layers, &oncall.Rotation{
				People: layer.People, Start: layer.Start, Every: layer.Every, Zone: s.Zone.Location(), Hours: layer.Hours,
			})
		}
	}
	return out
}

// Feeds are the calendars that are fetched, each with its schedule.
func (c *Config) Feeds(each func(schedule string, f *Feed)) {
	for i := range c.OnCall {
		for j := range c.OnCall[i].Layers {
			if f := c.OnCall[i].Layers[j].Feed; f != nil {
				each(c.OnCall[i].Name, f)
			}
		}
	}
}

// Roster is who can be on call and when they are, without overrides, and without calendars that are fetched.
func (c *Config) Roster() *oncall.Roster { return c.RosterWith(unread) }

// RosterWith is Roster with calendars that were fetched.
func (c *Config) RosterWith(calendars Calendars) *oncall.Roster {
	r := &oncall.Roster{}
	for i := range c.People {
		p := &c.People[i]
		one := oncall.Person{Name: p.Name, Telegram: p.Telegram, Phone: p.Phone, Language: string(p.Language), Rules: p.PageRules()}
		if !p.Zone.IsZero() {
			one.Zone = p.Zone.Location()
		}
		r.People = append(r.People, one)
	}
	for i := range c.OnCall {
		r.Schedules = append(r.Schedules, c.OnCall[i].with(calendars))
	}
	return r
}

// Notes are what is left out of the file of a layer.
func (l *OnCallLayer) Notes() []model.Sentence { return l.notes }
