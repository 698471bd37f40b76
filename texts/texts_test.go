package texts_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/BurntSushi/toml"

	"opsbot/model"
	"opsbot/texts"
)

func load(t *testing.T) *texts.Catalog {
	t.Helper()
	b, err := texts.Load()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// wordsOf reads the files themselves: what the library makes of a broken one is not what is asked here.
func wordsOf(t *testing.T, lang string) map[string]map[string]string {
	t.Helper()
	names, err := filepath.Glob(lang + "/*.toml")
	if err != nil || len(names) == 0 {
		t.Fatalf("no files of %q: %v", lang, err)
	}
	all := map[string]map[string]string{}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var raw map[string]any
		if err := toml.Unmarshal(data, &raw); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for id, v := range raw {
			if _, twice := all[id]; twice {
				t.Errorf("%s: %q stands in two files", name, id)
			}
			forms := map[string]string{}
			switch v := v.(type) {
			case string:
				forms["other"] = v
			case map[string]any:
				for form, text := range v {
					forms[form], _ = text.(string)
				}
			}
			all[id] = forms
		}
	}
	return all
}

var argument = regexp.MustCompile(`\{\{[^}]*?\.(\w+)[^}]*\}\}`)

func argumentsOf(forms map[string]string) []string {
	found := map[string]bool{}
	for _, text := range forms {
		for _, m := range argument.FindAllStringSubmatch(text, -1) {
			found[m[1]] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

func TestBothLanguagesSayTheSame(t *testing.T) {
	en, ru := wordsOf(t, "en"), wordsOf(t, "ru")
	for id := range en {
		if _, ok := ru[id]; !ok {
			t.Errorf("%q has no Russian text", id)
		}
	}
	for id, forms := range ru {
		if _, ok := en[id]; !ok {
			t.Errorf("%q has no English text", id)
			continue
		}
		if got, want := argumentsOf(forms), argumentsOf(en[id]); !slices.Equal(got, want) {
			t.Errorf("%q takes %v in Russian, %v in English", id, got, want)
		}
	}
}

func TestPluralsAreComplete(t *testing.T) {
	want := map[string][]string{"en": {"one", "other"}, "ru": {"few", "many", "one", "other"}}
	for lang, forms := range want {
		for id, got := range wordsOf(t, lang) {
			if len(got) == 1 && got["other"] != "" {
				continue
			}
			if keys := slices.Sorted(maps.Keys(got)); !slices.Equal(keys, forms) {
				t.Errorf("%s: %q has the forms %v, wants %v", lang, id, keys, forms)
			}
		}
	}
}

func TestNoShouting(t *testing.T) {
	for _, lang := range texts.Languages() {
		for id, forms := range wordsOf(t, lang) {
			for _, text := range forms {
				if strings.Contains(text, "!") {
					t.Errorf("%s: %q shouts: %s", lang, id, text)
				}
			}
		}
	}
}

// constantsOf lists the string constants of one type in package model, so that a new code without words fails here.
func constantsOf(t *testing.T, typeName string) []string {
	t.Helper()
	names, err := filepath.Glob("../model/*.go")
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	for _, name := range names {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			if id, ok := spec.Type.(*ast.Ident); ok && id.Name == typeName {
				for _, v := range spec.Values {
					if lit, ok := v.(*ast.BasicLit); ok {
						s, _ := strconv.Unquote(lit.Value)
						values = append(values, s)
					}
				}
			}
			return true
		})
	}
	if len(values) == 0 {
		t.Fatalf("no constants of type %s found", typeName)
	}
	return values
}

func TestEveryCodeHasWords(t *testing.T) {
	b := load(t)
	for _, lang := range texts.Languages() {
		p := b.For(lang)
		for _, code := range constantsOf(t, "ReasonCode") {
			if !p.Has("reason." + code) {
				t.Errorf("%s: no words for reason %q", lang, code)
			}
		}
		for _, code := range constantsOf(t, "ErrorCode") {
			if !p.Has("error."+code) || !p.Has("error."+code+".hint") {
				t.Errorf("%s: no words or no hint for error %q", lang, code)
			}
		}
	}
}

func TestReason(t *testing.T) {
	r := model.NewReason(model.ReasonWebStatus, "got", "503", "want", "200", "took", "12ms", "addr", "10.0.0.3:8801")
	for lang, want := range map[string]string{
		"en": "HTTP 503, expected 200 (12 ms, 10.0.0.3:8801)",
		"ru": "HTTP 503, ожидалось 200 (12 мс, 10.0.0.3:8801)",
	} {
		if got := load(t).For(lang).Reason(r); got != want {
			t.Errorf("%s: %q, want %q", lang, got, want)
		}
	}
}

func TestReasonWithoutWordsKeepsWhatItKnows(t *testing.T) {
	r := model.NewReason("from.the.future", "b", "2", "a", "1")
	if got, want := load(t).For("en").Reason(r), "from.the.future a=1 b=2"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestHTMLEscapesArguments(t *testing.T) {
	got := load(t).For("en").HTML("error.unknown_word", texts.Args{"word": `<b>&"`})
	if strings.Contains(got, "<b>") || !strings.Contains(got, "&lt;b&gt;&amp;") {
		t.Errorf("not escaped: %s", got)
	}
}

func TestErrorHidesInsides(t *testing.T) {
	what, hint := load(t).For("en").Error(os.ErrPermission)
	if strings.Contains(what+hint, "permission") {
		t.Errorf("leaks: %s %s", what, hint)
	}
}

func TestDuration(t *testing.T) {
	cases := []struct {
		d      time.Duration
		en, ru string
	}{
		{0, "0 ms", "0 мс"},
		{300 * time.Microsecond, "under 1 ms", "меньше 1 мс"},
		{12 * time.Millisecond, "12 ms", "12 мс"},
		{1200 * time.Millisecond, "1.2 s", "1,2 с"},
		{10 * time.Second, "10 s", "10 с"},
		{2 * time.Minute, "2 min", "2 мин"},
		{65 * time.Minute, "1 h 5 min", "1 ч 5 мин"},
		{76 * time.Hour, "3 d 4 h", "3 д 4 ч"},
	}
	b := load(t)
	for _, c := range cases {
		if got := b.For("en").Duration(c.d); got != c.en {
			t.Errorf("%v: %q, want %q", c.d, got, c.en)
		}
		if got := b.For("ru").Duration(c.d); got != c.ru {
			t.Errorf("%v: %q, want %q", c.d, got, c.ru)
		}
	}
}

func TestMoment(t *testing.T) {
	moscow, err := time.LoadLocation("Europe/Moscow")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 22, 22, 30, 0, 0, time.UTC)
	b := load(t)
	if got, want := b.For("ru").In(moscow).Moment(now.Add(-2*time.Hour), now), "22 нояб. 23:30"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := b.For("en").Moment(now.Add(-2*time.Hour), now), "20:30"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// A date of another year says which: of a moment of a year ago the day alone would be one in the future.
func TestADateOfAnotherYearSaysWhich(t *testing.T) {
	moscow := time.FixedZone("MSK", 3*3600)
	now := time.Date(2026, 11, 22, 22, 30, 0, 0, time.UTC)
	for _, c := range []struct {
		at           time.Time
		en, ru, date string
	}{
		{now.AddDate(0, 0, -1), "22 Nov 01:30", "22 нояб. 01:30", "22 Nov"},
		{now.AddDate(-1, 0, 0), "23 Nov 2025 01:30", "23 нояб. 2025 01:30", "23 Nov 2025"},
		{now.AddDate(0, 2, 0), "23 Jan 2027 01:30", "23 янв. 2027 01:30", "23 Jan 2027"},
		{time.Date(2025, 12, 31, 20, 59, 0, 0, time.UTC), "31 Dec 2025 23:59", "31 дек. 2025 23:59", "31 Dec 2025"},
		{time.Date(2025, 12, 31, 21, 0, 0, 0, time.UTC), "1 Jan 00:00", "1 янв. 00:00", "1 Jan"}, // by the printer's clock
	} {
		en, ru := load(t).For("en").In(moscow), load(t).For("ru").In(moscow)
		if got := en.Moment(c.at, now); got != c.en {
			t.Errorf("%s: %q, want %q", c.at, got, c.en)
		}
		if got := ru.Moment(c.at, now); got != c.ru {
			t.Errorf("%s: %q, want %q", c.at, got, c.ru)
		}
		if got := en.DateAsOf(c.at, now); got != c.date {
			t.Errorf("%s: %q, want %q", c.at, got, c.date)
		}
	}
}

func TestAMomentOfAnotherDayHasItsDay(t *testing.T) {
	now := time.Date(2026, 11, 23, 4, 46, 0, 0, time.UTC)
	quiet := model.NewReason(model.ReplySilenced, "source", "icinga", "count", "3", "until", now.Add(24*time.Hour).Format(time.RFC3339))
	if got, want := load(t).For("en").Asof(now).Reason(quiet), "icinga: 3 events muted there until 24 Nov 04:46"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
