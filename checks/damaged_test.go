package checks_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"opsbot/checks"
	"opsbot/test/damage"
)

// TestDamagedAnswersAndFiles: each reader, given a thousand damaged copies of what it reads, ends with a value or a reason, and what it says is
// text. Nothing that it takes from another program's file is anything but an address.
func TestDamagedAnswersAndFiles(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	files := map[string]string{
		"a.yml": "x:\n  80: {host: 10.0.0.1}\n  a: &a {host: \"10.0.0.1:80\"}\n---\ny: *a\n", "a.json": `{"x": {"a": {"host": "10.0.0.1:80"}}} {"b": 12345678901234567890}`,
		"a.toml": "[x.a]\nhost = '10.0.0.1:80'\n", "a.ini": "[x.a]\nhost = \"10.0.0.1:80\" ; why\nport 80\n", "a.env": "export x.a.host=http://u:p@10.0.0.1/\n",
	}
	const condition = `x.count == 5 and len(x.list) > 1 and x.id == 12345678901234567890`
	o := &checks.JSONOptions{WebOptions: checks.WebOptions{URL: "http://x/"}, Condition: condition}
	if wrong := inEnglish(o.Validate()); wrong != nil {
		t.Fatal(wrong)
	}
	page := encoded(t, "windows-1251", "<meta charset=windows-1251><title>Магазин работает</title>")
	for range 1000 {
		for name, text := range files {
			data := damage.Some(random, []byte(text))
			if address, ok := checks.AddressIn(name, data, "x.a.host"); ok {
				if wrong := inEnglish((&checks.TCPOptions{Address: address}).Validate()); wrong != nil || strings.Contains(address, "u:p") {
					t.Fatalf("%s gives %q: %q\n%s", name, address, wrong, data)
				}
			}
		}
		if said := checks.JudgeJSON(o, damage.Some(random, []byte(`{"x": {"count": 5, "list": [1, 2], "id": 12345678901234567890}}`))); !utf8.ValidString(said) {
			t.Fatalf("%q is no text", said)
		}
		if text := checks.Decoded("text/html", damage.Some(random, []byte(page))); !utf8.Valid(text) {
			t.Fatalf("%q is no text", text)
		}
		if over := checks.Overs(string(damage.Some(random, []byte("a=1;5;9 'b c'=12%;5;9 d=@3:4;;")))); strings.Contains(over, "\n") {
			t.Fatalf("%q has several lines", over)
		}
	}
}
