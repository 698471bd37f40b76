package calendar_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"opsbot/model"
	"opsbot/oncall"
	"opsbot/oncall/calendar"
)

// by is whom names mean: those of people, in any case, and a map as the configuration has one.
func by(name string) (string, bool) {
	name = strings.ToLower(name)
	if i := slices.Index([]string{"anna", "boris", "vera", "dmitri"}, name); i >= 0 {
		return name, true
	}
	person, known := map[string]string{"anna smith": "anna", "дмитрий": "dmitri"}[name]
	return person, known
}

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// shown lists the shifts of a layer in a zone, by their beginning.
func shown(l oncall.Layer, in *time.Location) string {
	all := l.Shifts(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC))
	slices.SortFunc(all, func(a, b oncall.Shift) int {
		if c := a.From.Compare(b.From); c != 0 {
			return c
		}
		return strings.Compare(a.Person, b.Person)
	})
	var lines []string
	for _, s := range all {
		lines = append(lines, fmt.Sprintf("%s %s-%s", s.Person, s.From.In(in).Format("01-02 15:04"), s.To.In(in).Format("01-02 15:04 MST")))
	}
	return strings.Join(lines, "\n")
}

// TestCorpus: calendars as the usual programs write them.
func TestCorpus(t *testing.T) {
	for _, c := range []struct {
		file, zone string
		want       []string
		notes      []string
	}{
		{"google", "Europe/Berlin", []string{
			"anna 03-27 22:00-03-28 06:00 CET", "boris 03-28 23:00-03-29 06:00 CEST", "anna 03-29 22:00-03-30 06:00 CEST",
			"boris 04-04 00:00-04-06 00:00 CEST", "vera 04-04 00:00-04-06 00:00 CEST",
		}, []string{"config.note.ics.name Ana"}},
		{"outlook", "Europe/Berlin", []string{
			"anna 10-23 09:00-10-23 17:00 CEST", "anna 11-02 09:00-11-02 17:00 CET", "anna 11-06 09:00-11-06 17:00 CET",
			"dmitri 11-08 00:00-11-09 00:00 CET", "boris 11-10 07:00-11-10 15:00 CET",
		}, []string{"config.note.ics.zone Boris"}},
		{"nextcloud", "America/New_York", []string{
			"vera 03-07 02:30-03-07 10:30 EST", "vera 03-08 03:30-03-08 10:30 EDT", "vera 03-09 02:30-03-09 10:30 EDT",
			"anna 03-12 20:00-03-13 08:00 EDT",
		}, []string{`config.note.ics.name [L1] anna, dimitri`, "config.note.ics.time anna", "config.note.ics.rule anna"}},
		{"pagerduty", "UTC", []string{"anna 12-07 07:00-12-14 07:00 UTC", "boris 12-14 07:00-12-21 07:00 UTC"}, []string{"config.note.ics.name On Call - Zoe Who Has Left - Primary"}},
		{"opsgenie", "UTC", []string{"anna 12-07 08:00-12-08 08:00 UTC", "boris 12-08 08:00-12-09 08:00 UTC"}, nil},
	} {
		t.Run(c.file, func(t *testing.T) {
			data, err := os.ReadFile("testdata/" + c.file + ".ics")
			if err != nil {
				t.Fatal(err)
			}
			in := zone(t, c.zone)
			for _, eol := range []string{"\r\n", "\n"} { // programs that edit files leave plain ends of lines
				cal, err := calendar.ReadICS(bytes.ReplaceAll(data, []byte("\r\n"), []byte(eol)), calendar.Options{Zone: in, Person: by})
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(strings.Join(c.want, "\n"), shown(cal, in)); diff != "" {
					t.Errorf("shifts (-want +got):\n%s", diff)
				}
				var notes []string
				for _, n := range cal.Notes {
					notes = append(notes, n.Parts["what"].ID+" "+n.Args["event"])
				}
				if diff := cmp.Diff(c.notes, notes); diff != "" {
					t.Errorf("notes (-want +got):\n%s", diff)
				}
			}
		})
	}
}

// event is a calendar with one event.
func event(lines ...string) []byte {
	return []byte("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:anna\r\n" + strings.Join(lines, "\r\n") + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
}

// TestForms: the ways in which a time, a length and a repetition may be written.
func TestForms(t *testing.T) {
	berlin := zone(t, "Europe/Berlin")
	for name, c := range map[string]struct {
		lines []string
		want  string
	}{
		"floating":                   {[]string{"DTSTART:20260601T100000", "DTEND:20260601T110000"}, "anna 06-01 10:00-06-01 11:00 CEST"},
		"a day without an end":       {[]string{"DTSTART;VALUE=DATE:20260601"}, "anna 06-01 00:00-06-02 00:00 CEST"},
		"a day by its form":          {[]string{"DTSTART:20260601"}, "anna 06-01 00:00-06-02 00:00 CEST"},
		"whole days of a change":     {[]string{"DTSTART;VALUE=DATE:20260329", "DTEND;VALUE=DATE:20260330"}, "anna 03-29 00:00-03-30 00:00 CEST"},
		"a length of hours":          {[]string{"DTSTART;TZID=Europe/Berlin:20260328T220000", "DURATION:PT8H"}, "anna 03-28 22:00-03-29 07:00 CEST"},
		"a length of days":           {[]string{"DTSTART;TZID=Europe/Berlin:20260328T220000", "DURATION:P1D"}, "anna 03-28 22:00-03-29 22:00 CEST"},
		"ends in another zone":       {[]string{"DTSTART;TZID=Europe/Berlin:20260601T100000", "DTEND:20260601T100000Z"}, "anna 06-01 10:00-06-01 12:00 CEST"},
		"a name of Windows":          {[]string{"DTSTART;TZID=\"Russian Standard Time\":20260601T100000", "DTEND;TZID=\"Russian Standard Time\":20260601T110000"}, "anna 06-01 09:00-06-01 10:00 CEST"},
		"more dates":                 {[]string{"DTSTART:20260601T100000", "DTEND:20260601T110000", "RDATE:20260603T100000,20260605T100000"}, "anna 06-01 10:00-06-01 11:00 CEST\nanna 06-03 10:00-06-03 11:00 CEST\nanna 06-05 10:00-06-05 11:00 CEST"},
		"until a day":                {[]string{"DTSTART:20260601T100000", "DTEND:20260601T110000", "RRULE:FREQ=DAILY;UNTIL=20260602"}, "anna 06-01 10:00-06-01 11:00 CEST\nanna 06-02 10:00-06-02 11:00 CEST"},
		"a day left out":             {[]string{"DTSTART:20260601T100000", "DTEND:20260601T110000", "RRULE:FREQ=DAILY;COUNT=3", "EXDATE;VALUE=DATE:20260602"}, "anna 06-01 10:00-06-01 11:00 CEST\nanna 06-03 10:00-06-03 11:00 CEST"},
		"left out in UTC":            {[]string{"DTSTART:20260601T100000", "DTEND:20260601T110000", "RRULE:FREQ=DAILY;COUNT=2", "EXDATE:20260602T080000Z"}, "anna 06-01 10:00-06-01 11:00 CEST"},
		"a rule nothing fulfils":     {[]string{"DTSTART:20260601T100000", "DTEND:20260601T110000", "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=31"}, "anna 06-01 10:00-06-01 11:00 CEST"},
		"long before":                {[]string{"DTSTART:19910601T100000", "DTEND:19910601T110000", "RRULE:FREQ=YEARLY"}, "anna 06-01 10:00-06-01 11:00 CEST"},
		"a night that has two times": {[]string{"DTSTART:20261024T220000", "DTEND:20261025T023000"}, "anna 10-24 22:00-10-25 02:30 CEST"},
	} {
		t.Run(name, func(t *testing.T) {
			cal, err := calendar.ReadICS(event(c.lines...), calendar.Options{Zone: berlin, Person: by})
			if err != nil || len(cal.Notes) > 0 {
				t.Fatal(err, cal)
			}
			if got := shown(cal, berlin); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

// TestNoCalendar: what is none is refused as a whole.
func TestNoCalendar(t *testing.T) {
	for _, text := range []string{"", "<html>sign in</html>", "BEGIN:VCARD\r\nEND:VCARD\r\n", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n"} {
		if cal, err := calendar.ReadICS([]byte(text), calendar.Options{Zone: time.UTC, Person: by}); err == nil {
			t.Errorf("%q is read as %v", text, cal)
		}
	}
}

// TestWhatIsLeftOutIsNoted: of each event either a shift is read, or a note says why not.
func TestWhatIsLeftOutIsNoted(t *testing.T) {
	for code, lines := range map[string][]string{
		"config.note.ics.time":  {"DTSTART:20260601T100000"},
		"config.note.ics.time ": {"DTSTART:16010101T100000", "DTEND:16010101T120000"},
		"config.note.ics.rule":  {"DTSTART:20260601T100000", "DTEND:20260601T110000", "RRULE:FREQ=SECONDLY"},
		"config.note.ics.rule ": {"DTSTART:20260601T100000", "DTEND:20260601T110000", "RRULE:FREQ=DAILY;UNTIL=soon"},
		"config.note.ics.zone":  {"DTSTART;TZID=Nowhere:20260601T100000", "DTEND;TZID=Nowhere:20260601T110000"},
		"config.note.ics.moved": {"DTSTART:20260601T100000", "DTEND:20260601T110000", "RECURRENCE-ID;RANGE=THISANDFUTURE:20260601T090000"},
	} {
		cal, err := calendar.ReadICS(event(lines...), calendar.Options{Zone: time.UTC, Person: by})
		if err != nil || len(cal.Notes) != 1 || cal.Notes[0].Parts["what"].ID != strings.TrimSpace(code) || shown(cal, time.UTC) != "" {
			t.Errorf("%v: %v, %+v", lines, err, cal)
		}
	}
}

// TestOutAndInIsIdentity: shifts that are written as a calendar are read as they were, whatever their people are called.
func TestOutAndInIsIdentity(t *testing.T) {
	name := rapid.StringN(1, 40, -1).Filter(func(name string) bool { return model.CheckName(name) == nil })
	rapid.Check(t, func(r *rapid.T) {
		known := map[string]bool{}
		var shifts oncall.Fixed
		for range rapid.IntRange(1, 20).Draw(r, "shifts") {
			s := oncall.Shift{Person: name.Draw(r, "person"), From: time.Unix(rapid.Int64Range(1_700_000_000, 1_900_000_000).Draw(r, "from"), 0)}
			s.To = s.From.Add(time.Duration(rapid.Int64Range(1, 86400*60).Draw(r, "length")) * time.Second)
			known[s.Person] = true
			shifts = append(shifts, s)
		}
		var out bytes.Buffer
		if err := calendar.WriteICS(&out, "primary", shifts, time.Unix(1_800_000_000, 0)); err != nil {
			r.Fatal(err)
		}
		in, err := calendar.ReadICS(out.Bytes(), calendar.Options{Zone: time.UTC, Person: func(name string) (string, bool) { return name, known[name] }})
		if err != nil || len(in.Notes) > 0 {
			r.Fatalf("%v %v\n%s", err, in, out.String())
		}
		from, to := time.Unix(1_600_000_000, 0), time.Unix(2_000_000_000, 0)
		if diff := cmp.Diff(shifts.Shifts(from, to), in.Shifts(from, to)); diff != "" {
			r.Fatalf("(-written +read):\n%s\n%s", diff, out.String())
		}
	})
}

// TestPersonalShiftsAreRead: what a person's calendar has is read as it was, for every name that separates from the words around it.
func TestPersonalShiftsAreRead(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		person := rapid.StringMatching(`[\p{L}\p{N}]{1,12}([ ._-][\p{L}\p{N}]{1,12}){0,2}`).Draw(r, "person")
		var all []calendar.Entry
		var want oncall.Fixed
		for range rapid.IntRange(1, 10).Draw(r, "shifts") {
			s := oncall.Shift{Person: person, From: time.Unix(rapid.Int64Range(1_700_000_000, 1_900_000_000).Draw(r, "from"), 0)}
			s.To = s.From.Add(time.Duration(rapid.Int64Range(1, 86400*60).Draw(r, "length")) * time.Second)
			all, want = append(all, calendar.Entry{Schedule: "primary", Shift: s}), append(want, s)
		}
		var out bytes.Buffer
		if err := calendar.WritePersonal(&out, person, all, time.Unix(1_800_000_000, 0)); err != nil {
			r.Fatal(err)
		}
		in, err := calendar.ReadICS(out.Bytes(), calendar.Options{Zone: time.UTC, Person: func(name string) (string, bool) { return person, name == person }})
		if err != nil || len(in.Notes) > 0 {
			r.Fatalf("%v %v\n%s", err, in, out.String())
		}
		from, to := time.Unix(1_600_000_000, 0), time.Unix(2_000_000_000, 0)
		if diff := cmp.Diff(want.Shifts(from, to), in.Shifts(from, to)); diff != "" {
			r.Fatalf("(-written +read):\n%s\n%s", diff, out.String())
		}
	})
}

// TestFinalShiftsAsACalendar: a schedule and the calendar that is written of it have the same people at each moment.
func TestFinalShiftsAsACalendar(t *testing.T) {
	berlin := zone(t, "Europe/Berlin")
	start, err := time.Parse("2006-01-02 15:04", "2026-03-23 10:00")
	if err != nil {
		t.Fatal(err)
	}
	s := oncall.Schedule{Name: "primary", Zone: berlin, Layers: []oncall.Layer{
		&oncall.Rotation{People: []string{"anna", "boris", "vera"}, Start: oncall.Wall(start), Every: oncall.Days(2), Zone: berlin},
	}, Overrides: []oncall.Override{{From: start.Add(50 * time.Hour), To: start.Add(60 * time.Hour), Person: "dmitri", Add: true}}}
	from, to := start, start.AddDate(0, 0, 30)
	var shifts []oncall.Shift
	for _, shift := range s.Shifts(from, to) {
		shifts = append(shifts, shift.Cut(from, to))
	}
	var out bytes.Buffer
	if err := calendar.WriteICS(&out, s.Name, shifts, from); err != nil {
		t.Fatal(err)
	}
	in, err := calendar.ReadICS(out.Bytes(), calendar.Options{Zone: berlin, Person: by})
	if err != nil {
		t.Fatal(err)
	}
	read := oncall.Schedule{Name: "read", Zone: berlin, Layers: []oncall.Layer{in}}
	for at := from; at.Before(to); at = at.Add(30 * time.Minute) {
		if !slices.Equal(s.At(at), read.At(at)) {
			t.Fatalf("at %s: %v, read %v", at, s.At(at), read.At(at))
		}
	}
}

// TestCSV: tables of shifts, and all that is wrong in one.
func TestCSV(t *testing.T) {
	berlin := zone(t, "Europe/Berlin")
	for name, text := range map[string]string{
		"plain":       "2026-12-07 10:00,2026-12-07 22:00,anna\n2026-12-07T21:00:00Z,2026-12-08 10:00,boris\n",
		"titles":      "\ufeffPerson;To;From\nAnna;07.12.2026 22:00;07.12.2026 10:00\n# a comment\nboris;2026-12-08T10:00;2026-12-07 22:00\n",
		"with quotes": "from,to,person\n\"2026-12-07 10:00\", \"2026-12-07 22:00\", \"Anna Smith\"\n2026-12-07 22:00:00,2026-12-08 10:00,Boris\n",
	} {
		shifts, wrong := calendar.ReadCSV([]byte(text), calendar.Options{Zone: berlin, Person: by})
		if want := "anna 12-07 10:00-12-07 22:00 CET\nboris 12-07 22:00-12-08 10:00 CET"; len(wrong) > 0 || shown(shifts, berlin) != want {
			t.Errorf("%s: %v\n%s", name, wrong, shown(shifts, berlin))
		}
	}
	_, wrong := calendar.ReadCSV([]byte("from,to,person\n2026-12-07,soon,anna\n2026-12-07,2026-12-06,anna\n\n2026-12-07,2026-12-08,zoe\nx,2026-12-08,anna\n2026-12-07\n2026-12-07,\"2026\n"), calendar.Options{Zone: berlin, Person: by})
	var got []string
	for _, w := range wrong {
		got = append(got, fmt.Sprint(w.Line, " ", w.What.ID))
	}
	want := []string{"2 config.csv.time", "3 config.csv.order", "5 config.csv.person", "6 config.csv.time", "7 config.csv.columns", "8 config.csv.broken"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// FuzzICS: whatever a file holds, it is read in bounded time or refused, and what is read are shifts.
func FuzzICS(f *testing.F) {
	files, err := filepath.Glob("testdata/*.ics")
	if err != nil || len(files) < 5 {
		f.Fatal(files, err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		cal, err := calendar.ReadICS(data, calendar.Options{Zone: time.UTC, Person: by})
		if err != nil {
			return
		}
		from, to := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
		for _, s := range cal.Shifts(from, to) {
			if !s.From.Before(s.To) || !s.From.Before(to) || !from.Before(s.To) || s.Person == "" {
				t.Fatalf("a shift %+v", s)
			}
		}
	})
}

// FuzzCSV: a table is read, or what is wrong has its line.
func FuzzCSV(f *testing.F) {
	f.Add("from,to,person\n2026-12-07 10:00,2026-12-07 22:00,anna\n")
	f.Add("a;b;c\n\"")
	f.Fuzz(func(t *testing.T, text string) {
		shifts, wrong := calendar.ReadCSV([]byte(text), calendar.Options{Zone: time.UTC, Person: by})
		for _, s := range shifts {
			if !s.From.Before(s.To) || s.Person == "" {
				t.Fatalf("a shift %+v", s)
			}
		}
		for _, w := range wrong {
			if w.Line < 1 || w.What.ID == "" {
				t.Fatalf("%+v", w)
			}
		}
	})
}
