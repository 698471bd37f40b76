package payload_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"opsbot/inbound/payload"
	"opsbot/model"
)

var (
	berlin = time.FixedZone("CET", 3600)
	seven  = time.Date(2026, 11, 30, 7, 0, 0, 0, time.UTC)
)

// TestTimes reads the time of one moment as senders write it.
func TestTimes(t *testing.T) {
	for _, text := range []string{
		"2026-11-30T07:00:00Z", "2026-11-30T07:00:00.000Z", "2026-11-30t07:00:00z", "2026-11-30T07:00:00+0000", "2026-11-30T07:00:00+00",
		"2026-11-30T08:00:00+01:00", "2026-11-30T10:00:00+0300", "2026-11-30 07:00:00Z", "2026-11-30 07:00:00+00:00", "2026-11-30 07:00:00 UTC",
		"2026-11-30 07:00:00 +0000 UTC", "2026-11-30 07:00:00 +0000", "Mon, 30 Nov 2026 07:00:00 GMT", "Mon, 30 Nov 2026 10:00:00 +0300",
		"30 Nov 2026 07:00:00 +0000", "Mon Nov 30 07:00:00 UTC 2026", "20261130T070000Z", "20261130T080000", " 2026-11-30T07:00:00Z ",
		"2026-11-30T08:00:00", "2026-11-30 08:00:00", "2026-11-30 08:00:00.000", "2026-11-30 08:00", "2026.11.30 08:00:00", "2026/11/30 08:00:00",
		"30.11.2026 08:00:00", "2026-11-30 08:00:00 CET", "1796022000", "1796022000.0", "1796022000000", "1796022000000000", "1796022000000000000",
	} {
		if at, ok := payload.Moment(text, berlin); !ok || !at.Equal(seven) {
			t.Errorf("%q: %v, %v", text, at, ok)
		}
	}
	if at, ok := payload.Moment("2026-11-30 07:00:00.123", nil); !ok || !at.Equal(seven.Add(123*time.Millisecond)) {
		t.Errorf("without a zone: %v, %v", at, ok)
	}
}

func TestTimesThatAreNone(t *testing.T) {
	for text, known := range map[string]bool{
		"": true, " ": true, "0": true, "0.0": true, "0001-01-01T00:00:00Z": true, "1970-01-01T00:00:00Z": true, "0001-01-01 00:00:00": true,
		"n/a": false, "-": false, "never": false, "yesterday": false, "NaN": false, "Inf": false, "-5": false, "5": false, "1e300": false,
		"99999999999999999999": false, "2026-13-40T07:00:00Z": false, "9999-12-31T23:59:59Z": false, "2026-11-30 07:00:00 XYZ": false,
		"1899-12-30T00:00:00Z": false, "{EVENT.TIME}": false,
	} {
		if at, ok := payload.Moment(text, berlin); ok != known || !at.IsZero() {
			t.Errorf("%q: %v, %v", text, at, ok)
		}
	}
}

func decoded(t testing.TB, text string) any {
	t.Helper()
	value, err := payload.Decode([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func TestLabels(t *testing.T) {
	var n payload.Notes
	got := n.Labels("labels", decoded(t, `{"a":"x","n":12345678901234567890,"f":1.50,"t":true,"z":null,"e":"","l":["a","b",3],"o":{"k":1},"m":[{}]}`))
	if want := (model.Labels{"a": "x", "n": "12345678901234567890", "f": "1.50", "t": "true", "l": "a,b,3"}); !maps.Equal(got, want) {
		t.Errorf("%v", got)
	}
	if said := payload.Sentence(n.All()); said != "event 0: labels.m cannot be read: taken without it; event 0: labels.o cannot be read: taken without it" {
		t.Error(said)
	}
	for _, none := range []string{`null`, `[]`, `"x"`, `5`} {
		var n payload.Notes
		if got := n.Labels("labels", decoded(t, none)); len(got) != 0 || (len(n.All()) == 0) != (none == "null") {
			t.Errorf("%s: %v, %v", none, got, n.All())
		}
	}
}

func TestNotesAreBounded(t *testing.T) {
	var n payload.Notes
	for i := range 1000 {
		n.At = i
		n.Add(strings.Repeat("x", i+1), payload.Unreadable)
		n.Skip("it is empty")
	}
	all := n.All()
	if payload.Count(all, payload.Skipped) != 1000 || len(all) > 25 || slices.ContainsFunc(all, func(o payload.Oddity) bool { return len(o.Field) > 80 }) {
		t.Errorf("%d noted: %v", len(all), all)
	}
	if all[0].String() != "event 0: x cannot be read: taken without it" || payload.Count(all[1:2], payload.Skipped) != 1000 {
		t.Errorf("%v", all[:2])
	}
}

func TestLenientKeepsOtherErrors(t *testing.T) {
	var to struct {
		A string `json:"a"`
		B int    `json:"b"`
	}
	if field, err := payload.Lenient(json.Unmarshal([]byte(`{"a":5,"b":7}`), &to)); field != "a" || err != nil || to.B != 7 {
		t.Errorf("%q, %v, %+v", field, err, to)
	}
	for _, body := range []string{`{"a":`, `[]`, `"x"`} {
		if field, err := payload.Lenient(json.Unmarshal([]byte(body), &to)); field != "" || err == nil {
			t.Errorf("%s: %q, %v", body, field, err)
		}
	}
}

// FuzzMoment checks that a time that is believed is a possible one, and that nothing panics.
func FuzzMoment(f *testing.F) {
	for _, seed := range []string{"2026-11-30T07:00:00Z", "1796022000000", "1e18", "n/a", "0001-01-01T00:00:00+14:00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if at, ok := payload.Moment(text, berlin); !at.IsZero() && (!ok || at.Year() < 2000 || at.Year() > 2200) {
			t.Errorf("%q: %v, %v", text, at, ok)
		}
	})
}
