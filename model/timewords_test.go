package model_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"opsbot/model"
)

// phraseOf is one line of testdata/time.LANGUAGE.txt.
type phraseOf struct {
	line   int
	said   time.Time
	phrase string
	past   bool
	means  string
}

func corpus(t *testing.T, language string) (all []phraseOf) {
	t.Helper()
	data, err := os.ReadFile("testdata/time." + language + ".txt")
	if err != nil {
		t.Fatal(err)
	}
	var now time.Time
	n := 0
	for line := range strings.Lines(string(data)) {
		line, n = strings.TrimSpace(line), n+1
		switch {
		case line == "" || line[0] == '#':
			continue
		case line[0] == '@':
			now = berlin(t, line[2:])
			continue
		}
		phrase, means, past := strings.Cut(line, " < ")
		if !past {
			phrase, means, _ = strings.Cut(line, " = ")
		}
		all = append(all, phraseOf{n, now, phrase, past, means})
	}
	return all
}

// berlin reads a moment of the corpus: of the wall clock in Berlin, or of Greenwich.
func berlin(t *testing.T, text string) time.Time {
	t.Helper()
	zone := said(t).Location()
	for _, form := range []string{time.RFC3339, time.DateTime, asMoment} {
		if at, err := time.ParseInLocation(form, text, zone); err == nil {
			return at.In(zone)
		}
	}
	t.Fatalf("%q is no moment", text)
	return time.Time{}
}

// TestTimeAsPeopleSayIt holds the grammar to what people type, each phrase alone and among other words.
func TestTimeAsPeopleSayIt(t *testing.T) {
	for _, language := range []string{"en", "ru"} {
		all := corpus(t, language)
		if len(all) < 150 {
			t.Errorf("%s: %d phrases, want at least 150", language, len(all))
		}
		for _, p := range all {
			if got := meaning(&p); !same(t, got, p.means) {
				t.Errorf("time.%s.txt:%d: %q is %s, want %s", language, p.line, p.phrase, got, p.means)
			}
		}
	}
}

// meaning is what a phrase means, as the corpus has it.
func meaning(p *phraseOf) string {
	if strings.HasPrefix(p.means, "+") {
		d, err := model.ParseLength(p.phrase)
		if err != nil {
			return "none"
		}
		return "+" + d.String()
	}
	if _, err := model.ParseLength(p.phrase); err == nil && p.means == "none" {
		return "a length"
	}
	m, err := model.ParseMoment(p.phrase)
	if err != nil {
		return "none"
	}
	resolve := m.At
	if p.past {
		resolve = m.Before
	}
	at, ok := resolve(p.said)
	if !ok {
		return "past"
	}
	return at.UTC().Format(time.RFC3339)
}

// same compares moments to the minute.
func same(t *testing.T, got, want string) bool {
	t.Helper()
	at, err := time.Parse(time.RFC3339, got)
	if err != nil || want == "none" || want == "past" || strings.HasPrefix(want, "+") {
		return got == want
	}
	return at.Truncate(time.Minute).Equal(berlin(t, want))
}

// TestWordsThatAreAboutTime: an error about a word is one about time only when it looks like one.
func TestWordsThatAreAboutTime(t *testing.T) {
	for _, word := range strings.Fields("2x 2hors 25:00 18-00 1..5h tomorow завтре понидельник monady часв hours минут 18:60 90") {
		if !model.IsTimeWord(word) {
			t.Errorf("%q is about time", word)
		}
	}
	for _, word := range strings.Fields("clientA reports web1 dc=fra1 10.0.0.1 shop.example 3com-switch1 main-db v2 ___ . фронт") {
		if model.IsTimeWord(word) {
			t.Errorf("%q is not about time", word)
		}
	}
}
