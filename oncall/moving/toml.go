package moving

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"opsbot/model"
	"opsbot/oncall"
)

// Known is somebody whom the configuration has already.
type Known struct {
	Name     string
	Telegram model.UserID
}

// Options say how an export becomes a file of the configuration.
type Options struct {
	Kind     string
	People   []Known                 // of other files: they are not written again
	Telegram map[string]model.UserID // ids, by any name of a person: name, full name, mail address
	Taken    []string                // names of schedules of other files
}

// mark begins a file that an import wrote, and may write anew.
const mark = "# Written by opsbot import "

// Owned reports whether a file was written by an import of a kind: nobody else's is replaced.
func Owned(text []byte, kind string) bool { return bytes.HasPrefix(text, []byte(mark+kind+".")) }

// TOML writes what was found as a file of the configuration. unreached are people who have neither a phone nor a known Telegram id: without one of them
// the configuration does not take a person, so that they and their turns have to wait.
func (e *Export) TOML(o Options) (text []byte, unreached []string) {
	var out strings.Builder
	fmt.Fprintf(&out, "%s%s. The next import replaces this file: change it there, or import no more and delete this line.\n", mark, o.Kind)
	names := map[string]string{} // in this configuration, by id
	for i := range e.People {
		p := &e.People[i]
		if known, ok := p.known(o.People); ok {
			names[p.ID] = known
			continue
		}
		id := p.telegram(o.Telegram)
		if id == 0 && p.Phone == "" {
			unreached = append(unreached, p.Name)
		}
		names[p.ID] = p.Name
		out.WriteString("\n[[people]]\n")
		line(&out, "name", p.Name)
		if id != 0 {
			fmt.Fprintf(&out, "telegram = %d\n", id)
		}
		if p.Phone != "" {
			line(&out, "phone", p.Phone)
		}
		if p.Zone != "" {
			line(&out, "zone", p.Zone)
		}
	}
	for i := range e.Schedules {
		e.Schedules[i].write(&out, names, o)
	}
	return []byte(out.String()), unreached
}

// known finds a person in the configuration, by one of their names.
func (p *Person) known(all []Known) (name string, ok bool) {
	for _, one := range all {
		if p.named(one.Name) {
			return one.Name, true
		}
	}
	return "", false
}

func (p *Person) named(name string) bool {
	return slices.ContainsFunc([]string{p.Name, p.Full, p.Ref, p.Email}, func(own string) bool { return own != "" && strings.EqualFold(own, name) })
}

func (p *Person) telegram(ids map[string]model.UserID) model.UserID {
	for name, id := range ids {
		if p.named(name) {
			return id
		}
	}
	return 0
}

func (s *Schedule) write(out *strings.Builder, names map[string]string, o Options) {
	name := s.Name
	if slices.ContainsFunc(o.Taken, func(taken string) bool { return strings.EqualFold(taken, name) }) {
		name += "-" + o.Kind
	}
	out.WriteString("\n[[schedules]]\n")
	line(out, "name", name)
	line(out, "zone", s.Zone)
	for i := range s.Layers {
		l := &s.Layers[i]
		out.WriteString("\n[[schedules.layers]]\n")
		if l.ICS != "" {
			line(out, "ics", l.ICS)
			continue
		}
		people := make([]string, len(l.People))
		for j, id := range l.People {
			people[j] = quoted(names[id])
		}
		fmt.Fprintf(out, "people = [%s]\n", strings.Join(people, ", "))
		start, _ := oncall.Wall(l.Start).MarshalText() // it never fails
		line(out, "start", string(start))
		line(out, "every", l.Every.String())
		if l.Hours != "" {
			line(out, "hours", l.Hours)
		}
	}
}

func line(out *strings.Builder, key, value string) { fmt.Fprintf(out, "%s = %s\n", key, quoted(value)) }

// quoted is a text as TOML has it: the escapes of JSON are among those of TOML.
func quoted(text string) string {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	_ = e.Encode(text) // a string is always JSON
	return strings.TrimSpace(out.String())
}
