package model_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"pgregory.net/rapid"

	"opsbot/model"
)

// TestLengthsAsPeopleTypeThem are case 18, and its kin: the number and its unit are one.
func TestLengthsAsPeopleTypeThem(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"1h": time.Hour, "1 h": time.Hour, "2 hours": 2 * time.Hour, "30 min": 30 * time.Minute, "2ч": 2 * time.Hour, "2 Ч": 2 * time.Hour,
		"30мин": 30 * time.Minute, "30 мин.": 30 * time.Minute, "15м": 15 * time.Minute, "3д": 3 * model.Day, "2 дня": 2 * model.Day,
		"1.5h": 90 * time.Minute, "1,5 часа": 90 * time.Minute, "0.5d": 12 * time.Hour, "1\u00a0h": time.Hour, "2\u202fчаса": 2 * time.Hour,
		"1h 30m": 90 * time.Minute, "1 час 30 минут": 90 * time.Minute, "1 day 2 hours 30 min": 26*time.Hour + 30*time.Minute, "2 недели": 2 * model.Week,
		"45 сек": 45 * time.Second, "1w2d": 9 * model.Day, "0": 0,
	} {
		if got, err := model.ParseLength(text); err != nil || time.Duration(got) != want {
			t.Errorf("%q: %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "90", "h", "1 x", "1h1h", "1h 2 hours", "1..5h", "1.5.2h", ".", "1 0s", "-1h", "1e3h", "9999999999h", "1h clientA", "1hh", "0x1h"} {
		if got, err := model.ParseLength(text); err == nil {
			t.Errorf("%q: %v, want an error", text, got)
		}
	}
}

// TestDurationsOfTheConfiguration: a space is one whether or not it breaks; words are for the chat.
func TestDurationsOfTheConfiguration(t *testing.T) {
	for _, text := range []string{"10s", "10s\u00a0", "10 s", "10\u00a0s", "5s 5000ms", "\u202f10s"} {
		if got, err := model.ParseDuration(text); err != nil || time.Duration(got) != 10*time.Second {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"1 0s", "10 seconds", "10с", "0.5m", "10 "} {
		if got, err := model.ParseDuration(text); err == nil {
			t.Errorf("%q: %v, want an error", text, got)
		}
	}
}

func TestALimitWithAnySpace(t *testing.T) {
	for _, text := range []string{"3 of 5", "3\u00a0of\u00a05"} {
		var l model.Limit
		if err := l.UnmarshalText([]byte(text)); err != nil || l.String() != "3 of 5" {
			t.Errorf("%q: %v, %v", text, l, err)
		}
	}
}

// TestALengthIsFoundAmongWords: wherever it stands, however it is spaced, the words around it stay.
func TestALengthIsFoundAmongWords(t *testing.T) {
	names := rapid.SliceOfN(rapid.SampledFrom([]string{"clientA", "reports", "web1", "dc=fra1", "h", "мин", "store2"}), 0, 3)
	rapid.Check(t, func(r *rapid.T) {
		n, unit := rapid.IntRange(1, 90).Draw(r, "n"), rapid.SampledFrom([]string{"m", "h", "min", "hours", "ч", "мин", "дня"}).Draw(r, "unit")
		space := rapid.SampledFrom([]string{"", " ", "\u00a0"}).Draw(r, "space")
		before, after := names.Draw(r, "before"), names.Draw(r, "after")
		text := strings.Join(before, " ") + " " + fmt.Sprint(n) + space + unit + "\u00a0" + strings.Join(after, " ")
		want, err := model.ParseLength(fmt.Sprint(n) + unit)
		if err != nil {
			r.Fatal(err)
		}
		words := strings.Fields(text)
		d, rest, found := model.CutLength(words)
		if !found || d != want || !slices.Equal(rest, slices.Concat(before, after)) {
			r.Fatalf("%q: %v and %q, want %v", text, d, rest, want)
		}
		if d, n := model.TrailingLength(words[:len(words)-len(after)]); n == 0 || d != want {
			r.Fatalf("%q: its end is %v", words[:len(words)-len(after)], d)
		}
	})
}

func TestEverySpaceIsPlain(t *testing.T) {
	for r := rune(0); r < 0x3100; r++ {
		got := model.PlainSpaces("a" + string(r) + "b")
		kept := r == '\n' || r == '\r' || r == '\t'
		if unicode.IsSpace(r) && !kept && got != "a b" || kept && got != "a"+string(r)+"b" {
			t.Errorf("%U: %q", r, got)
		}
	}
	if got := model.PlainSpaces("a\u200bb\ufeffc\u2060d"); got != "a b c d" {
		t.Errorf("spaces without width: %q", got)
	}
}
