package alertmanager_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"opsbot/inbound"
	"opsbot/model"
)

// matchers of a posted silence, in short: "alertname=Down", "instance=~a|b".
func matchers(silence map[string]any) []string {
	var out []string
	for _, m := range silence["matchers"].([]any) {
		m := m.(map[string]any)
		sign := "="
		if m["isRegex"].(bool) {
			sign = "=~"
		}
		if !m["isEqual"].(bool) {
			sign = "!" + sign
		}
		out = append(out, fmt.Sprint(m["name"], sign, m["value"]))
	}
	slices.Sort(out)
	return out
}

func TestSuppressMatchesAllLabels(t *testing.T) {
	am := newServer(t)
	handle, err := client(t, []string{am.url}, nil).Suppress(t.Context(), []model.Event{alert("web1"), alert("web1")}, note())
	if err != nil || handle != "id-1" || len(am.silences) != 1 {
		t.Fatalf("%q, %v, %v", handle, err, am.silences)
	}
	s := am.silences[0]
	want := []string{"alertname=Down", "instance=web1:9100", "job=web", "prometheus=p1", "severity=critical"}
	if got := matchers(s); !slices.Equal(got, want) {
		t.Errorf("matches %q", got)
	}
	if s["createdBy"] != "ivan" || s["comment"] != "deploy" || s["endsAt"] != "2026-11-22T03:30:00Z" || s["startsAt"] != "2026-11-22T02:29:00Z" {
		t.Errorf("%v", s)
	}
}

func TestSuppressJoinsHostsThatShareTheRest(t *testing.T) {
	am := newServer(t)
	other := alert("web3")
	other.Labels["severity"], other.Labels["empty"] = "warning", ""
	all := []model.Event{alert("web2.example"), alert("web1"), other}
	if _, err := client(t, []string{am.url}, nil).Suppress(t.Context(), all, note()); err != nil || len(am.silences) != 2 {
		t.Fatalf("%v, %v", err, am.silences)
	}
	var got []string
	for _, s := range am.silences {
		got = append(got, strings.Join(matchers(s), " "))
	}
	slices.Sort(got)
	want := []string{
		`alertname=Down instance=web3:9100 job=web prometheus=p1 severity=warning`,
		`alertname=Down instance=~web1:9100|web2\.example:9100 job=web prometheus=p1 severity=critical`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestSuppressRefusesWhatCouldMatchTooMuch(t *testing.T) {
	am := newServer(t)
	c := client(t, []string{am.url}, nil)
	nameless := alert("web1")
	nameless.Labels = model.Labels{"instance": "web1"}
	var many []model.Event
	for i := range 101 {
		e := alert("web1")
		e.Labels["path"] = fmt.Sprint(i)
		many = append(many, e)
	}
	for name, all := range map[string][]model.Event{"no labels": {{}}, "no name": {alert("web1"), nameless}, "too many": many} {
		if _, err := c.Suppress(t.Context(), all, note()); err == nil || inbound.AsFault(err).Reason.Code != model.ReasonSourceRefuses {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(am.silences) != 0 {
		t.Errorf("set: %v", am.silences)
	}
}

func TestSuppressSetsAllOrNone(t *testing.T) {
	am := newServer(t)
	am.most = 1
	other := alert("web1")
	other.Labels["path"] = "/cart"
	handle, err := client(t, []string{am.url}, nil).Suppress(t.Context(), []model.Event{alert("web1"), other}, note())
	if err == nil || handle != "" || inbound.AsFault(err).Reason.Code != model.ReasonSourceGarbage {
		t.Errorf("%q, %v", handle, err)
	}
	if got := am.requests(); got[len(got)-1] != "DELETE /api/v2/silence/id-1" {
		t.Errorf("asked %q", got)
	}
}

func TestExpire(t *testing.T) {
	am := newServer(t)
	am.refuse("/api/v2/silence/gone", 404, "")
	am.refuse("/api/v2/silence/over", 500, `"silence over already expired"`)
	am.refuse("/api/v2/silence/broken", 500, `"disk full"`)
	c := client(t, []string{am.url}, nil)
	if err := c.Expire(t.Context(), "id-1,gone,over,id-2"); err != nil {
		t.Error(err)
	}
	want := []string{"DELETE /api/v2/silence/id-1", "DELETE /api/v2/silence/gone", "DELETE /api/v2/silence/over", "DELETE /api/v2/silence/id-2"}
	if got := am.requests(); !slices.Equal(got, want) {
		t.Errorf("asked %q", got)
	}
	if err := c.Expire(t.Context(), "broken,id-3"); err == nil {
		t.Error("an active silence is reported as expired")
	}
	if got := am.requests(); got[len(got)-1] != "DELETE /api/v2/silence/id-3" {
		t.Error("one that cannot be expired keeps the others")
	}
}

func TestThereIsNoAcknowledge(t *testing.T) {
	err := client(t, nil, nil).Acknowledge(t.Context(), alert("web1"), note())
	if !errors.Is(err, errors.ErrUnsupported) || inbound.AsFault(err).Reason.Code != model.ReasonSourceRight {
		t.Error(err)
	}
}
