package model_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"opsbot/model"
)

func TestCheckName(t *testing.T) {
	for name, want := range map[string]bool{
		"clientA": true, "web1.example.com": true, "2001:db8::1": true, "клиент": true, strings.Repeat("n", 64): true,
		"": false, "two words": false, "a/b": false, "a@b": false, "a,b": false, "a=b": false, "ALL": false, "-x": false,
		"a\x00": false, "a\xff": false, strings.Repeat("n", 65): false, "{host}": false, "a\u202eb": false,
	} {
		if got := model.CheckName(name) == nil; got != want {
			t.Errorf("CheckName(%q) ok = %v, want %v", name, got, want)
		}
	}
}

func TestClosest(t *testing.T) {
	names := []string{"reports", "store", "support", "analytics", "Store2", "web10", "web2"}
	for word, want := range map[string][]string{
		"reprots": {"reports"}, "STORE": {"store", "Store2"}, "sotre": {"store"}, "web": {"web2"}, "zzzzzz": {}, "": {},
	} {
		if diff := cmp.Diff(want, model.Closest(word, names, 8)); diff != "" {
			t.Errorf("Closest(%q) (-want +got):\n%s", word, diff)
		}
	}
	if got := model.Closest("web1", []string{"web2", "web3", "web4"}, 2); len(got) != 2 {
		t.Errorf("limit 2 gave %v", got)
	}
}

func TestURLTemplate(t *testing.T) {
	facts := model.URLFacts{Host: "[2001:db8::1]", Port: "8801", Path: "/r.html", Domain: "c.test", Client: "клиент"}
	for text, want := range map[string]string{
		"http://{host}:{port}{path}":      "http://[2001:db8::1]:8801/r.html",
		"https://{domain}/x?c={client}":   "https://c.test/x?c=%D0%BA%D0%BB%D0%B8%D0%B5%D0%BD%D1%82",
		"http://{host}:8801/reports.html": "http://[2001:db8::1]:8801/reports.html",
		"ftp://{host}/":                   "",
		"http://{hots}/":                  "",
		"{host}":                          "",
		"http://u:secret@{host}/":         "",
		"http://{host}:port/":             "",
		"http://{host}/a b":               "",
	} {
		var tmpl model.URLTemplate
		err := tmpl.UnmarshalText([]byte(text))
		if (err == nil) != (want != "") {
			t.Errorf("%q: err = %v", text, err)
			continue
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: the error shows the password: %v", text, err)
		}
		if err == nil && tmpl.Expand(facts) != want {
			t.Errorf("%q: Expand = %q, want %q", text, tmpl.Expand(facts), want)
		}
	}
}
