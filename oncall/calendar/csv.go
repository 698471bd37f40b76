package calendar

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"opsbot/model"
	"opsbot/oncall"
)

// LineError is what is wrong with a line of a table.
type LineError struct {
	Line int
	What model.Sentence
}

// columns of a table, in the order in which it has them without a title line.
var columns = []string{"from", "to", "person"}

// ReadCSV reads a table of shifts: "from,to,person", with times such as "2026-12-07 10:00" on the wall clock of the zone, or with an
// offset as in RFC 3339. Columns may be separated by semicolons, and be in any order under a title line. Its mistakes are all told.
func ReadCSV(data []byte, o Options) (oncall.Fixed, []LineError) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	in := csv.NewReader(bytes.NewReader(data))
	first, _, _ := bytes.Cut(data, []byte("\n"))
	if bytes.Count(first, []byte(";")) > bytes.Count(first, []byte(",")) {
		in.Comma = ';'
	}
	in.Comment, in.TrimLeadingSpace, in.FieldsPerRecord = '#', true, -1
	t := &table{Options: o, at: map[string]int{"from": 0, "to": 1, "person": 2}}
	for row := 0; ; row++ {
		fields, err := in.Read()
		if errors.Is(err, io.EOF) {
			return t.shifts, t.wrong
		}
		if broken, ok := errors.AsType[*csv.ParseError](err); ok {
			t.fail(broken.StartLine, model.Say("config.csv.broken", "said", broken.Err))
			return t.shifts, t.wrong
		}
		line, _ := in.FieldPos(0)
		if row == 0 && t.titles(fields) {
			continue
		}
		t.row(line, fields)
	}
}

type table struct {
	Options
	at     map[string]int
	shifts oncall.Fixed
	wrong  []LineError
}

func (t *table) fail(line int, what model.Sentence) { t.wrong = append(t.wrong, LineError{line, what}) }

// titles reads a title line; false if it is none.
func (t *table) titles(fields []string) bool {
	at := map[string]int{}
	for i, f := range fields {
		at[strings.ToLower(strings.TrimSpace(f))] = i
	}
	for _, c := range columns {
		if _, has := at[c]; !has {
			return false
		}
	}
	t.at = at
	return true
}

func (t *table) row(line int, fields []string) {
	var cells [3]string
	for i, c := range columns {
		if t.at[c] >= len(fields) {
			t.fail(line, model.Say("config.csv.columns", "columns", columns))
			return
		}
		cells[i] = strings.TrimSpace(fields[t.at[c]])
	}
	from, errFrom := t.time(cells[0])
	to, errTo := t.time(cells[1])
	person, known := t.Person(cells[2])
	switch {
	case errFrom != nil:
		t.fail(line, model.Say("config.csv.time", "got", cells[0]))
	case errTo != nil:
		t.fail(line, model.Say("config.csv.time", "got", cells[1]))
	case !from.Before(to):
		t.fail(line, model.Say("config.csv.order", "from", cells[0], "to", cells[1]))
	case !known:
		t.fail(line, model.Say("config.csv.person", "got", cells[2]))
	default:
		t.shifts = append(t.shifts, oncall.Shift{Person: person, From: from, To: to})
	}
}

// time reads a time on the wall clock, or with its offset. A shift that ends where another begins is written with the same time: it is
// the first of those that a clock change repeats.
func (t *table) time(text string) (time.Time, error) {
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, nil
	}
	for _, layout := range []string{"2006-01-02 15:04", "2006-01-02T15:04", "2006-01-02 15:04:05", time.DateOnly, "02.01.2006 15:04", "02.01.2006"} {
		if wall, err := time.Parse(layout, text); err == nil && wall.Year() >= minYear && wall.Year() <= maxYear {
			first, _ := model.Instants(wall, t.Zone)
			return first, nil
		}
	}
	return time.Time{}, fmt.Errorf("%w %q", errTime, text)
}
