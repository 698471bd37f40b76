package model_test

import (
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"pgregory.net/rapid"

	"opsbot/model"
)

func TestClip(t *testing.T) {
	for _, c := range []struct {
		text string
		most int
		want string
	}{
		{"web1", 4, "web1"},
		{"web12", 4, "web…"},
		{"ывап", 4, "ывап"},
		{"ывапр", 4, "ыва…"},
		{"🔥🔥🔥", 4, "🔥…"}, // two units each
		{"AAA🔥", 4, "AAA…"},
		{"AA🔥", 4, "AA🔥"},
		{"a\nb\tc", 9, "a b c"},
		{"a\u202eb", 9, "ab"},
		{"a\xffb", 9, "a\ufffdb"},
	} {
		if got := model.Clip(c.text, c.most); got != c.want {
			t.Errorf("%q to %d: %q, want %q", c.text, c.most, got, c.want)
		}
	}
	if got := model.ClipLines("a\nb\rc\nd", 6); got != "a\nb c…" {
		t.Errorf("lines: %q", got)
	}
}

func TestClippedTextsFit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text, most := rapid.String().Draw(t, "text"), rapid.IntRange(4, 40).Draw(t, "most")
		if got := model.Clip(text, most); len(utf16.Encode([]rune(got))) > most || strings.Contains(got, "\n") {
			t.Errorf("%q", got)
		}
		if got := model.ClipBytes(text, most); len(got) > most || utf8.ValidString(text) && !utf8.ValidString(got) || !strings.HasPrefix(text, got) {
			t.Errorf("%q", got)
		}
	})
}

func TestEarlier(t *testing.T) {
	never, a := time.Time{}, time.Unix(1000, 0)
	b := a.Add(time.Second)
	for _, c := range [][3]time.Time{{a, b, a}, {b, a, a}, {a, never, a}, {never, a, a}, {never, never, never}} {
		if got := model.Earlier(c[0], c[1]); !got.Equal(c[2]) {
			t.Errorf("%v, %v: %v", c[0], c[1], got)
		}
	}
}

func TestReasonsAreEqual(t *testing.T) {
	r := model.NewReason(model.ReasonTimeout, "addr", "10.0.0.1:80")
	for other, want := range map[*model.Reason]bool{
		{Code: model.ReasonTimeout, Args: map[string]string{"addr": "10.0.0.1:80"}}: true,
		{Code: model.ReasonTimeout, Args: map[string]string{"addr": "10.0.0.2:80"}}: false,
		{Code: model.ReasonTimeout}: false,
		{Code: model.ReasonRefused, Args: map[string]string{"addr": "10.0.0.1:80"}}: false,
	} {
		if got := r.Equal(*other); got != want {
			t.Errorf("%v: %v", *other, got)
		}
	}
	if !(model.Reason{}).Equal(model.NewReason("")) {
		t.Error("two empty reasons differ")
	}
}

// Whatever somebody calls themselves: one line of at most 64 units, in one direction, without what separates fields; and cleaning it again changes nothing.
func FuzzPersonName(f *testing.F) {
	for _, s := range []string{"Olga", "Ann\nlevel=error", "\u202eevil", "👩‍💻 Дежурный", "a: b → c · d @e t.me/x", "\xff\xfe", strings.Repeat("😀", 100), " \u2028 ", "＝：＠"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		name := model.PersonName(s)
		units := utf16.Encode([]rune(name))
		if len(units) > 64 || !utf8.ValidString(name) || strings.TrimSpace(name) != name || strings.ContainsAny(name, "\n\r\t=:·→@/\"`|\u2028\u2029") {
			t.Errorf("%q is named %q", s, name)
		}
		for _, r := range name {
			if r != '\u200d' && !unicode.IsPrint(r) {
				t.Errorf("%q has %U", name, r)
			}
		}
		if again := model.PersonName(name); again != name {
			t.Errorf("%q, cleaned again: %q", name, again)
		}
	})
}
