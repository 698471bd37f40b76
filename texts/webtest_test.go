package texts_test

import (
	"testing"

	"opsbot/model"
)

func TestVerdictsOfWebTests(t *testing.T) {
	one := func(v model.Verdict, s model.Severity) model.ClientTest {
		return model.ClientTest{Client: "clientA", Verdict: v, Severity: s}
	}
	words := model.Selector{Clients: []string{"clientA"}, Services: []string{"reports"}}
	for _, c := range []struct {
		test   model.WebTest
		en, ru string
	}{
		{model.WebTest{}, "all clients: all ok", "все клиенты: всё в порядке"},
		{model.WebTest{All: true, Clients: []model.ClientTest{one(model.VerdictOK, 0)}}, "clientA: all ok", "clientA: всё в порядке"},
		{model.WebTest{Selector: words, Clients: []model.ClientTest{one(model.VerdictAtRisk, 2)}}, "clientA reports: at risk", "clientA reports: под угрозой"},
		{model.WebTest{Selector: words, Clients: []model.ClientTest{one(model.VerdictOK, 1)}}, "clientA reports: some services fail", "clientA reports: есть сбои"},
		{
			model.WebTest{Selector: words, Tally: model.Tally{Failed: 1}, Clients: []model.ClientTest{one(model.VerdictOK, 0)}},
			"clientA reports: failures below the threshold", "clientA reports: сбои ниже порога",
		},
		{
			model.WebTest{All: true, Clients: []model.ClientTest{one(model.VerdictDown, 2), one(model.VerdictOK, 0)}},
			"1 of 2 clients down", "1 из 2 клиентов — не работает",
		},
		{
			model.WebTest{Selector: words, Clients: []model.ClientTest{one(model.VerdictDown, 2), one(model.VerdictOK, 0)}},
			"clientA reports: 1 of 2 clients down", "clientA reports: 1 из 2 клиентов — не работает",
		},
	} {
		for lang, want := range map[string]string{"en": c.en, "ru": c.ru} {
			if got := load(t).For(lang).TestVerdict(&c.test); got != want {
				t.Errorf("%s: %q, want %q", lang, got, want)
			}
		}
	}
}

func TestFindings(t *testing.T) {
	p := load(t).For("en")
	hosts := []string{"web1", "web2", "web3", "web4", "web5", "web6", "web7", "web8"}
	for want, f := range map[string]model.Finding{
		"1 host is down or all its services fail: web1":                                              {Kind: model.FindingHostsDown, Hosts: hosts[:1]},
		"7 hosts are down or all their services fail: web1, web2, web3, web4, web5, web6, web7":      {Kind: model.FindingHostsDown, Hosts: hosts[:7]},
		"8 hosts are down or all their services fail: web1, web2, web3, web4, web5, web6 and 2 more": {Kind: model.FindingHostsDown, Hosts: hosts},
		"reports: 2 of 9 failed":      {Kind: model.FindingErrorLevel, Services: []string{"reports"}, Failed: 2, Total: 9},
		"1 of 9 could not be checked": {Kind: model.FindingUnchecked, Failed: 1, Total: 9},
		"down on every host: reports": {Kind: model.FindingServicesDown, Services: []string{"reports"}},
	} {
		if got := p.Finding(&f); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestCause(t *testing.T) {
	p := load(t).For("en")
	for _, c := range []struct {
		cause *model.Cause
		want  string
	}{
		{nil, ""},
		{&model.Cause{Of: 9}, ""},
		{&model.Cause{Of: 10}, "🔎 no common cause found"},
		{&model.Cause{Labels: []string{"host=web1"}, Failed: 9, Of: 9}, ""},
		{&model.Cause{Labels: []string{"dc=fra1"}, Failed: 9, Of: 9}, "🔎 all 9 failures are in dc=fra1"},
		{&model.Cause{Labels: []string{"dc=fra1", "version=42"}, Failed: 8, Of: 9, Fine: 3}, "🔎 8 of 9 failures are in dc=fra1, version=42; 3 % of it is ok"},
	} {
		if got := p.Cause(c.cause); got != c.want {
			t.Errorf("%+v: %q, want %q", c.cause, got, c.want)
		}
	}
}

func TestServices(t *testing.T) {
	s := model.ServiceState{Verdict: model.VerdictAtRisk, Tally: model.Tally{Up: 1, Failed: 1}, Need: 1}
	p := load(t).For("en")
	if got := p.ServiceState(&s); got != "at risk, 1 of 2 up, needs 1" {
		t.Error(got)
	}
	if got := p.ServiceCounts(&s); got != "1 of 2 up, needs 1" {
		t.Error(got)
	}
	if got := p.HostState(model.ReasonHostDown) + p.HostState(model.ReasonTimeout); got != "does not answer" {
		t.Error(got)
	}
}
