package checks_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/expr-lang/expr/builtin"
	"pgregory.net/rapid"

	"opsbot/checks"
	"opsbot/model"
)

// serving is a server with one answer.
func serving(t *testing.T, contentType, body string) string {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

const odd = `{"count":5,"len":3,"now":"x","in":1,"my-key":"v","a.b":2,"status":"UP","n":null,"num":"12","f":0.1,"not":1,"let":2,` +
	`"filter":7,"true":false,"nested":{"all":[1,2],"in":3},"if":1,"and":2,"or":3,"matches":4,"else":5,"max":9,"list":[1,2,3]}`

// TestJSONKeysLikeWords: a key may be called like a word or a function of the language.
func TestJSONKeysLikeWords(t *testing.T) {
	for _, condition := range []string{
		`count == 5`, `len == 3`, `now == "x"`, `in == 1`, `in in [1, 2]`, `not == 1`, `let == 2`, `if == 1`, `and == 2 and or == 3`,
		`filter == 7`, `matches == 4`, `else == 5`, `nested.in == 3`, `nested.all == [1, 2]`, `nested?.in == 3`, `5 == count`,
		`count + len == 8`, `(count)`, `[count, len] == [5, 3]`, `{count: 1}.count == 1`, `{count: count}.count == 5`, `f < 1 ? count == 5 : len == 0`,
		`f > 1 ? len : count == 5`, `count(list, # > 1) == 2`, `len(list) == 3`, `filter(list, # > count - 3) == [3]`, `all(list, {# < count})`,
		`list | count(# > 1) == 2`, `let x = count; x == 5`, `not (count == 6)`, `not true == false`, `count not in list`, `max == 9 and max(1, 2) == 2`,
		`document["true"] == false`, `document["a.b"] == 2`, `$env["my-key"] == "v"`, `document.count == 5`, `-count == -5`, `if count == 5 { len == 3 } else { false }`,
		`list[0] == in`, `list[in] == 2`, `num == "12"`, `n == nil`, `"count" == "count"`, `/* count */ len == 3`,
	} {
		o := &checks.JSONOptions{WebOptions: checks.WebOptions{URL: "http://x/"}, Condition: condition}
		if wrong := inEnglish(o.Validate()); wrong != nil {
			t.Errorf("%s: %q", condition, wrong)
		} else if f := checks.JudgeJSON(o, []byte(odd)); f != "" {
			t.Errorf("%s: %s", condition, f)
		}
	}
}

// TestJSONEveryFunctionIsAKey of the language as it is now.
func TestJSONEveryFunctionIsAKey(t *testing.T) {
	for _, name := range builtin.Names {
		o := &checks.JSONOptions{WebOptions: checks.WebOptions{URL: "http://x/"}, Condition: name + " == 5 and " + name + " < 6"}
		if wrong := inEnglish(o.Validate()); wrong != nil {
			t.Errorf("%q", wrong)
		} else if f := checks.JudgeJSON(o, []byte(`{"`+name+`":5}`)); f != "" {
			t.Errorf("%s: %s", name, f)
		}
	}
}

// TestJSONNumbersAreExact beyond the 53 bits of a float64, and beyond 64.
func TestJSONNumbersAreExact(t *testing.T) {
	const doc = `{"id":9007199254740993,"seq":12345678901234567890,"less":12345678901234567889,"f":0.5,"e":1e3,"neg":-9223372036854775808,"half":2.0,"zero":0}`
	for condition, want := range map[string]bool{
		`id == 9007199254740993`: true, `id == 9007199254740992`: false, `id == 9007199254740992.0`: false, `id > 9007199254740992`: true, `id != 9007199254740992`: true,
		`seq == 12345678901234567890`: true, `seq == 12345678901234567891`: false, `seq > less`: true, `seq == less`: false, `seq - less == 1`: true, `seq < 12345678901234567891`: true,
		`string(id) == "9007199254740993"`: true, `f == 0.5`: true, `e == 1000`: true, `half == 2`: true, `id % 2 == 1`: true, `id / 2 > 1`: true, `neg - 1 < neg`: true,
		`9223372036854775807 + 1 > 9223372036854775807`: true, `-12_345_678_901_234_567_890 < 0`: true, `id in [9007199254740992]`: false, `id * id > seq`: true,
		`seq`: true, `zero`: false, `f + 1 == 1.5`: true, `"a" + "b" == "ab"`: true, `seq * 0.5 > 1`: true, `2 ^ 3 == 8`: true, `2 ** f > 1`: true, `id <= id and seq >= seq`: true,
	} {
		o := &checks.JSONOptions{WebOptions: checks.WebOptions{URL: "http://x/"}, Condition: condition}
		if wrong := inEnglish(o.Validate()); wrong != nil {
			t.Errorf("%s: %q", condition, wrong)
		} else if f := checks.JudgeJSON(o, []byte(doc)); (f == "") != want {
			t.Errorf("%s: got %q, want %t", condition, f, want)
		}
	}
}

// TestJSONWholeNumbersCompareAsTheyAreWritten, whatever their size.
func TestJSONWholeNumbersCompareAsTheyAreWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		digits := rapid.StringMatching(`-?[1-9][0-9]{0,30}`)
		a, b := digits.Draw(t, "a"), digits.Draw(t, "b")
		o := &checks.JSONOptions{WebOptions: checks.WebOptions{URL: "http://x/"}, Condition: fmt.Sprintf("a == %s and b == %s and (a == b) == %t", a, b, a == b)}
		if wrong := inEnglish(o.Validate()); wrong != nil {
			t.Fatal(wrong)
		}
		if f := checks.JudgeJSON(o, fmt.Appendf(nil, `{"a":%s,"b":%s}`, a, b)); f != "" {
			t.Fatal(f)
		}
	})
}

// TestJSONForms of documents.
func TestJSONForms(t *testing.T) {
	for _, c := range []struct {
		name, body, condition string
		code                  model.ReasonCode
	}{
		{"a byte order mark", "\xef\xbb\xbf{\"status\":\"UP\"}", `status == "UP"`, ""},
		{"two documents", "{\"status\":\"UP\"}\n{\"status\":\"DOWN\"}", `status == "UP"`, model.ReasonJSONBad},
		{"half of one", `{"status":`, `status == "UP"`, model.ReasonJSONBad},
		{"no number", `{"v":NaN}`, `v > 1`, model.ReasonJSONBad},
		{"a number out of range", `{"v":1e999}`, `v > 1`, model.ReasonJSONBad},
		{"a whole number out of range", `{"v":1` + fmt.Sprintf("%0400d", 0) + `}`, `v > 1`, model.ReasonJSONBad},
	} {
		r := runKind(t, &checks.JSONOptions{WebOptions: checks.WebOptions{URL: serving(t, "application/json", c.body)}, Condition: c.condition})
		if r.Reason.Code != c.code {
			t.Errorf("%s: %+v", c.name, r)
		}
	}
	o := &checks.JSONOptions{WebOptions: checks.WebOptions{URL: "http://x/"}, Condition: `"a" == 5`}
	if inEnglish(o.Validate()) == nil {
		t.Error("types that never fit were accepted")
	}
}
