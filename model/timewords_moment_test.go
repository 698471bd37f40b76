package model_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"opsbot/model"
)

// said is a Wednesday afternoon in Berlin.
func said(t *testing.T) time.Time {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return time.Date(2026, 11, 25, 15, 30, 10, 0, zone)
}

const asMoment = "2006-01-02 15:04"

func TestMomentsAsPeopleTypeThem(t *testing.T) {
	now := said(t)
	for text, want := range map[string]string{
		"18:00": "2026-11-25 18:00", "18": "2026-11-25 18:00", "18.00": "2026-11-25 18:00", "9:00": "2026-11-26 09:00", "15:30": "2026-11-26 15:30",
		"15:31": "2026-11-25 15:31", "00:00": "2026-11-26 00:00", "24:00": "2026-11-26 00:00", "midnight": "2026-11-26 00:00", "полуночи": "2026-11-26 00:00",
		"noon": "2026-11-26 12:00", "6pm": "2026-11-25 18:00", "6 pm": "2026-11-25 18:00", "6:30pm": "2026-11-25 18:30", "12am": "2026-11-26 00:00",
		"6 вечера": "2026-11-25 18:00", "9 утра": "2026-11-26 09:00", "3 дня": "2026-11-26 15:00", "2 ночи": "2026-11-26 02:00",
		"today 18:00": "2026-11-25 18:00", "tomorrow 9:00": "2026-11-26 09:00", "Tomorrow at 9:00": "2026-11-26 09:00", "завтра 9:00": "2026-11-26 09:00",
		"завтра в 9": "2026-11-26 09:00", "завтра, 9:00": "2026-11-26 09:00", "9:00 tomorrow": "2026-11-26 09:00", "9:00 завтра": "2026-11-26 09:00",
		"послезавтра 9:00": "2026-11-27 09:00", "tomorrow": "2026-11-26 00:00", "завтра": "2026-11-26 00:00",
		"Mon 08:00": "2026-11-30 08:00", "monday": "2026-11-30 00:00", "пн 08:00": "2026-11-30 08:00", "понедельника": "2026-11-30 00:00",
		"пятницы 19:00": "2026-11-27 19:00", "Wed 18:00": "2026-11-25 18:00", "wed 15:00": "2026-12-02 15:00", "wednesday": "2026-12-02 00:00",
		"ср. 18:00": "2026-11-25 18:00", "2026-12-01 02:00": "2026-12-01 02:00", "2026-12-01": "2026-12-01 00:00", "02:00 2026-12-01": "2026-12-01 02:00",
		"01.12": "2026-12-01 00:00", "1.12 8:00": "2026-12-01 08:00", "01.12.2026 08:00": "2026-12-01 08:00", "1 декабря 8:00": "2026-12-01 08:00",
		"1 December": "2026-12-01 00:00", "Dec 1 at 8:00": "2026-12-01 08:00", "dec 1st": "2026-12-01 00:00", "5 января": "2027-01-05 00:00",
		"1 декабря 2026 8:00": "2026-12-01 08:00", "2026-12-01T02:00": "2026-12-01 02:00", "2026-12-01T02:00:00Z": "2026-12-01 03:00", "until 18:00": "2026-11-25 18:00",
		"до\u00a018:00": "2026-11-25 18:00", "25.11 24:00": "2026-11-26 00:00",
	} {
		m, err := model.ParseMoment(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if at, ok := m.At(now); !ok || at.Format(asMoment) != want || at.Location() != now.Location() {
			t.Errorf("%q: %s, %v, want %s", text, at, ok, want)
		}
	}
	for _, text := range []string{
		"", "until", "25:00", "24:01", "18:60", "18:0", "-1:00", "+9", "soon", "1h", "2h", "13pm", "0am", "tomorrow 25:00", "18:00 clientA",
		"30.02.2026x", "31 ноября", "30 февраля", "2026-13-01", "2026-02-30", "mon tue", "1 дек 2026 8:00 9:00", "100", "dec",
	} {
		if m, err := model.ParseMoment(text); model.CodeOf(err) != model.ErrBadTime {
			t.Errorf("%q: %+v, %v", text, m, err)
		}
	}
	for _, past := range []string{"today 15:30", "today 9:00", "today", "2026-11-24", "2026-11-25 15:30", "24.11", "1 November", "25.11", "2026-11-25T14:30:10Z", "29 February"} {
		m, err := model.ParseMoment(past)
		if at, ok := m.At(now); err != nil || ok {
			t.Errorf("%q is %v, %v", past, at, err)
		}
	}
}

// A time of day in its zone, whatever the clock did in the night.
func TestMomentsAcrossAClockChange(t *testing.T) {
	zone := said(t).Location()
	for _, now := range []time.Time{time.Date(2026, 10, 24, 23, 0, 0, 0, zone), time.Date(2027, 3, 27, 23, 0, 0, 0, zone)} {
		m, _ := model.ParseMoment("9:00")
		if at, ok := m.At(now); !ok || at.Format("15:04") != "09:00" || at.Day() != now.Day()+1 {
			t.Errorf("%s: %s", now, at)
		}
	}
}

// TestUntilIsFoundAmongWords: wherever it stands, the words around it stay, and it is what it is alone.
func TestUntilIsFoundAmongWords(t *testing.T) {
	now := said(t)
	names := rapid.SliceOfN(rapid.SampledFrom([]string{"clientA", "reports", "web1", "dc=fra1", "sun", "store2", "9"}), 0, 3)
	rapid.Check(t, func(r *rapid.T) {
		before, after := names.Draw(r, "before"), names.Draw(r, "after")
		if len(after) > 0 {
			after[0] = "clientB" // "until tomorrow 9" is a time of day
		}
		moment := rapid.SampledFrom([]string{"18:00", "tomorrow 9:00", "завтра 9:00", "Mon 08:00", "tomorrow", "2026-12-01", "1 декабря в 8:00", "6 pm"}).Draw(r, "moment")
		word := rapid.SampledFrom([]string{"until", "Until", "till", "до"}).Draw(r, "word")
		words := slices.Concat(before, []string{word}, strings.Fields(moment), after)
		text, m, rest, err := model.CutUntil(words)
		if err != nil || text != moment || !slices.Equal(rest, slices.Concat(before, after)) {
			r.Fatalf("%q: %q, %q, %v", words, text, rest, err)
		}
		alone, err := model.ParseMoment(moment)
		if err != nil || alone != m {
			r.Fatalf("%q: %+v, %v", moment, alone, err)
		}
		if at, ok := m.At(now); !ok || !at.After(now) {
			r.Fatalf("%q: %v", moment, at)
		}
	})
	for _, words := range []string{"until", "clientA until", "until soon clientA", "до обеда"} {
		if _, _, _, err := model.CutUntil(strings.Fields(words)); model.CodeOf(err) != model.ErrBadTime {
			t.Errorf("%q: %v", words, err)
		}
	}
	if text, _, rest, err := model.CutUntil([]string{"2h", "clientA"}); text != "" || len(rest) != 2 || err != nil {
		t.Errorf("%q %q %v", text, rest, err)
	}
}

// FuzzTime: nothing that somebody types panics, what is understood is before or after the moment at which it is said as asked, and reads
// the same among other words.
func FuzzTime(f *testing.F) {
	for _, text := range []string{
		"18:00", "tomorrow at 9", "1 декабря 2026", "t", "T18:00", "99999999999999999999", "am", "pm", ".", ":", "1.", "٣:٠٠", "an hour and a half",
		"через полтора часа", "1h30", "next week 9:00", "утром в 9", "9999999w", "2026-", "the end of the day", "in the last 2 hours ago",
	} {
		f.Add(text)
	}
	now := time.Date(2026, 11, 25, 15, 30, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		words := strings.Fields(text)
		if d, n := model.LeadingLength(words); n > len(words) || d < 0 {
			t.Errorf("%q: %v, %d words", text, d, n)
		}
		m, n := model.LeadingMoment(words)
		if n == 0 {
			return
		}
		if at, ok := m.At(now); n > len(words) || ok && !at.After(now) {
			t.Errorf("%q: %v, %d words", text, at, n)
		}
		if at, ok := m.Before(now); ok && at.After(now) {
			t.Errorf("%q was %v", text, at)
		}
		if same, k := model.LeadingMoment(append(words[:n:n], "clientA")); same != m || k != n {
			t.Errorf("%q is another moment before a name", words[:n])
		}
	})
}
