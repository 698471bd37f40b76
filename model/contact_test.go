package model_test

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"opsbot/model"
)

func TestPhones(t *testing.T) {
	for _, c := range []struct{ contact, plain, without string }{
		{"+7 495 000-00-00, duty manager", "+74950000000, duty manager", "duty manager"},
		{"Anna Petrova +49 (30) 123.456", "Anna Petrova +4930123456", "Anna Petrova"},
		{"+49 30 123456 or +49 30 654321", "+4930123456 or +4930654321", "or"},
		{"Anna (+49 30 123456)", "Anna (+4930123456)", "Anna"},
		{"+7\u00a0495\u00a0000‑00‑00", "+74950000000", ""},
		{"first line, ext. 100", "first line, ext. 100", "first line, ext. 100"},
		{"8 (495) 000-00-00", "8 (495) 000-00-00", "8 (495) 000-00-00"}, // national: nobody knows of which country
		{"dana@example.com", "dana@example.com", "dana@example.com"},
		{"rate +12 345", "rate +12 345", "rate +12 345"},
		{"+1234567890123456789", "+1234567890123456789", "+1234567890123456789"},
		{"", "", ""},
	} {
		if got := model.PlainPhones(c.contact); got != c.plain {
			t.Errorf("PlainPhones(%q) = %q, want %q", c.contact, got, c.plain)
		}
		if got := model.WithoutPhones(c.contact); got != c.without {
			t.Errorf("WithoutPhones(%q) = %q, want %q", c.contact, got, c.without)
		}
		if got := model.HasPhone(c.contact); got != (c.without != c.contact) {
			t.Errorf("HasPhone(%q) = %v", c.contact, got)
		}
	}
}

// However a number is written, who may not read it reads none of its digits, and who may can tap all of it.
func TestPhonesHoweverWritten(t *testing.T) {
	plus := regexp.MustCompile(`\+\d{7,15}`)
	rapid.Check(t, func(rt *rapid.T) {
		digits := rapid.StringMatching(`[1-9][0-9]{6,14}`).Draw(rt, "digits")
		var written strings.Builder
		written.WriteString("+")
		for i, r := range digits {
			if i > 0 && i%3 == 0 {
				written.WriteString(rapid.SampledFrom([]string{"", " ", "-", "\u00a0", ".", " (", ") ", "–"}).Draw(rt, "between"))
			}
			written.WriteRune(r)
		}
		contact := rapid.SampledFrom([]string{"", "Anna: ", "duty, "}).Draw(rt, "before") + written.String() + rapid.SampledFrom([]string{"", ", Anna", " day and night"}).Draw(rt, "after")
		if got := plus.FindString(model.PlainPhones(contact)); got != "+"+digits {
			rt.Fatalf("%q reads %q", contact, model.PlainPhones(contact))
		}
		if got := model.WithoutPhones(contact); strings.ContainsAny(got, "0123456789") {
			rt.Fatalf("%q leaves %q", contact, got)
		}
	})
}
