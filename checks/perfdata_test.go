package checks_test

import (
	"testing"

	"opsbot/checks"
)

func TestPerfdata(t *testing.T) {
	for text, want := range map[string]string{
		"":                                 "",
		"load1=5.1;4;6;0":                  "load1=5.1",
		"load1=3;4;6":                      "",
		"load1=3;4;6 load5=7;4;6;;":        "load5=7",
		"'it''s = free'=1MB;2:":            "it's = free=1MB",
		"/=94%;80;90 stray /var=95%;;90":   "/=94% /var=95%",
		"users=5;@3:7":                     "users=5",
		"users=5;~:4":                      "users=5",
		"users=-5;~:4":                     "",
		"users=-5;4":                       "users=-5",
		"users=5;5:5":                      "",
		"rta=U;1;2 'open":                  "",
		"a=1;b;c d=;1 =1 e=1e3;5 f=0x10;1": "e=1e3",
		"time=0.5s;;0.1;0 size=10B;;;0":    "time=0.5s",
	} {
		if got := checks.Overs(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func FuzzPerfdata(f *testing.F) {
	for _, seed := range []string{"load1=5.1;4;6;0 'a b'=1%", "'it''s'=U;@1:2;~:", "'", "= =", "a=1e999;;"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if got := checks.Overs(text); len(got) > 200 {
			t.Errorf("%d bytes for a reason", len(got))
		}
	})
}
