package inventory_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"opsbot/inventory"
	"opsbot/model"
)

func selectable(t testing.TB) *model.Inventory {
	return source(t, inventory.Declared{
		Services: []model.ServiceSpec{service("reports", 1), service("store", 2), service("support", 3)},
		Hosts: []model.HostSpec{
			{Name: "web1", Address: "10.0.0.1", Aliases: []string{"frontend.example.com"}, Labels: model.Labels{"dc": "fra1"}},
			{Name: "web2", Address: "10.0.0.2", Labels: model.Labels{"dc": "fra2"}},
			{Name: "web10", Address: "10.0.0.10", Labels: model.Labels{"dc": "msk1"}},
			{Name: "spare", Address: "10.0.0.99"},
		},
		Clients: []model.ClientSpec{
			{Name: "clientA", Hosts: []string{"web1", "web2"}, Services: []string{"reports", "store"}},
			{Name: "clientB", Hosts: []string{"web2"}, Services: []string{"reports"}},
			{Name: "store", Hosts: []string{"web10"}, Services: []string{"support"}},
			{Name: "Клиент", Domains: []string{"shop.example.com"}, Hosts: []string{"web10"}, Services: []string{"support"}},
		},
	}).Build(nil)
}

func TestResolve(t *testing.T) {
	inv := selectable(t)
	for words, want := range map[string]model.Selector{
		"":                        {},
		"all":                     {},
		"ALL reports":             {Services: []string{"reports"}},
		"clienta":                 {Clients: []string{"clientA"}},
		"clientA clientB":         {Clients: []string{"clientA", "clientB"}},
		"clientA,clientB clientA": {Clients: []string{"clientA", "clientB"}},
		"clientA rep":             {Clients: []string{"clientA"}, Services: []string{"reports"}},
		"clientA/reports":         {Clients: []string{"clientA"}, Services: []string{"reports"}},
		"web1":                    {Hosts: []string{"web1"}}, // exact, though web10 has this prefix
		"frontend.example.com":    {Hosts: []string{"web1"}},
		"front":                   {Hosts: []string{"web1"}},
		"10.0.0.2":                {Hosts: []string{"web2"}},
		"host:10.0.0.1":           {Hosts: []string{"web1"}},
		"main":                    {Checks: []model.CheckID{"main-db"}},
		"clienta/reports@WEB1":    {Checks: []model.CheckID{"clientA/reports@web1"}},
		"clientB/reports@w":       {Checks: []model.CheckID{"clientB/reports@web2"}},
		"dc=FRA1":                 {Labels: map[string][]string{"dc": {"fra1"}}},
		"dc=m":                    {Labels: map[string][]string{"dc": {"msk1"}}},
		"client:store":            {Clients: []string{"store"}},
		"SERVICE:Store":           {Services: []string{"store"}},
		"клиент":                  {Clients: []string{"Клиент"}},
		"shop.example.com":        {Clients: []string{"Клиент"}},
	} {
		got, err := inventory.Resolve(inv, strings.Fields(words), model.Scope{})
		if pasted := strings.ReplaceAll(words, " ", "\u00a0"); pasted != words && err == nil { // as one argument of the command line
			if again, err := inventory.Resolve(inv, []string{pasted}, model.Scope{}); err != nil || !again.Equal(got) {
				t.Errorf("%q: %v, %v", pasted, again, err)
			}
		}
		if err != nil {
			t.Errorf("%q: %v", words, err)
		} else if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", words, diff)
		}
	}
}

func TestResolveRefuses(t *testing.T) {
	inv := selectable(t)
	for words, want := range map[string]model.Error{
		"client":                  {Code: model.ErrAmbiguousWord, Choices: []string{"clientA", "clientB"}},
		"store":                   {Code: model.ErrAmbiguousWord, Choices: []string{"client:store", "service:store"}},
		"sto":                     {Code: model.ErrAmbiguousWord, Choices: []string{"client:store", "service:store"}},
		"reprots":                 {Code: model.ErrUnknownWord, Choices: []string{"reports"}},
		"sotre":                   {Code: model.ErrUnknownWord, Choices: []string{"client:store", "service:store"}},
		"clientA/reprots":         {Code: model.ErrUnknownWord, Choices: []string{"clientA/reports"}},
		"cleintA/reports":         {Code: model.ErrUnknownWord, Choices: []string{"clientA/reports", "clientB/reports"}},
		"client/reports":          {Code: model.ErrAmbiguousWord, Choices: []string{"clientA/reports", "clientB/reports"}},
		"nobody/reports":          {Code: model.ErrUnknownWord},
		"clientA/reports/web1":    {Code: model.ErrUnknownWord, Choices: []string{"clientA/reports@web1"}},
		"clientA/reports/web9":    {Code: model.ErrUnknownWord},
		"clientA/":                {Code: model.ErrUnknownWord},
		"clientA/reports@":        {Code: model.ErrAmbiguousWord, Choices: []string{"clientA/reports@web1", "clientA/reports@web2"}},
		"clientA/reports@web9":    {Code: model.ErrUnknownWord},
		"dc=fra":                  {Code: model.ErrAmbiguousWord, Choices: []string{"dc=fra1", "dc=fra2"}},
		"dc=fra3":                 {Code: model.ErrUnknownWord, Choices: []string{"dc=fra1", "dc=fra2"}},
		"nothing-like-it":         {Code: model.ErrUnknownWord},
		"clientB web1":            {Code: model.ErrNothingSelected},
		"clientA main-db":         {Code: model.ErrNothingSelected},
		"spare":                   {Code: model.ErrNothingSelected},
		"client:":                 {Code: model.ErrUnknownWord},
		strings.Repeat("x", 4000): {Code: model.ErrTooLong},
		strings.Repeat("x,", 200): {Code: model.ErrTooLong},
		strings.Repeat("a ", 200): {Code: model.ErrTooLong},
	} {
		_, err := inventory.Resolve(inv, strings.Fields(words), model.Scope{})
		got, ok := errors.AsType[*model.Error](err)
		if !ok {
			t.Errorf("%.40q: err = %v", words, err)
			continue
		}
		if got.Code != want.Code || !cmp.Equal(append([]string{}, got.Choices...), append([]string{}, want.Choices...)) {
			t.Errorf("%.40q: %v %q, want %v %q", words, got.Code, got.Choices, want.Code, want.Choices)
		}
		if word, said := got.Args["word"]; said && word != words {
			t.Errorf("%.40q: the error has the word %q, which nobody wrote", words, word)
		}
	}
}

// TestResolveSaysHowManyMore: whoever is offered eight of many must know that there are others.
func TestResolveSaysHowManyMore(t *testing.T) {
	inv := source(t, fleet(t, 50)).Build(nil)
	_, err := inventory.Resolve(inv, []string{"client"}, model.Scope{})
	refused, ok := errors.AsType[*model.Error](err)
	if !ok || len(refused.Choices) != 8 || refused.Args["more"] != "42" {
		t.Errorf("%v, offers %q", err, refused.Choices)
	}
}

// TestEveryChoiceIsUnderstood: every suggestion is a valid word.
func TestEveryChoiceIsUnderstood(t *testing.T) {
	inv := selectable(t)
	for _, word := range []string{"client", "store", "sotre", "dc=fra", "dc=fra3", "clientA/reports@", "w", "s", "reprots", "10.0.0"} {
		_, err := inventory.Resolve(inv, []string{word}, model.Scope{})
		refused, ok := errors.AsType[*model.Error](err)
		if !ok || len(refused.Choices) == 0 {
			t.Errorf("%q: %v", word, err)
			continue
		}
		for _, choice := range refused.Choices {
			if _, err := inventory.Resolve(inv, []string{choice}, model.Scope{}); err != nil && model.CodeOf(err) != model.ErrNothingSelected {
				t.Errorf("%q suggests %q, which gives %v", word, choice, err)
			}
		}
	}
}

func TestResolveRevealsNothingBeyondTheScope(t *testing.T) {
	inv := selectable(t)
	scope := model.ScopeOf([]string{"clientB"})
	for _, word := range []string{
		"clientA", "client", "cleintA", "web1", "web", "spare", "store", "client:store", "sotre", "main-db", "mian-db", "dc=fra1",
		"dc=fra3", "10.0.0.1", "frontend", "clientA/reports@web1", "clientA/", "support", "shop.example.com", "w",
	} {
		got, err := inventory.Resolve(inv, []string{word}, scope)
		for _, hidden := range []string{"clientA", "web1", "web10", "spare", "store", "main-db", "fra1", "support", "Клиент"} {
			refused, _ := errors.AsType[*model.Error](err)
			if refused != nil && strings.Contains(strings.Join(refused.Choices, " "), hidden) || err == nil && strings.Contains(got.String(), hidden) {
				t.Errorf("%q shows %q: %v, %v", word, hidden, got, err)
			}
		}
	}
	for _, word := range []string{"clientB", "client", "web2", "web", "reports", "dc=fra2", "clientB/reports@web2"} {
		if _, err := inventory.Resolve(inv, []string{word}, scope); err != nil {
			t.Errorf("%q is in the scope and refused: %v", word, err)
		}
	}
}

func FuzzResolve(f *testing.F) {
	inv := selectable(f)
	for _, seed := range []string{"all", "clientA/reports@web1", "dc=fra1,dc=m", "host:10.0.0.1", "store", "a=b=c", "\xff/", "@", "клиент,,"} {
		f.Add(seed, true)
	}
	f.Fuzz(func(t *testing.T, text string, limited bool) {
		scope := model.Scope{Limited: limited, Clients: []string{"clientB"}}
		selector, err := inventory.Resolve(inv, strings.Fields(text), scope)
		if err != nil {
			if refused, ok := errors.AsType[*model.Error](err); !ok || len(refused.Choices) > 8 {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		if !selector.IsZero() && len(selector.Select(inv, scope)) == 0 {
			t.Fatalf("%q picks nothing: %v", text, selector)
		}
	})
}

func BenchmarkResolve(b *testing.B) {
	inv := source(b, fleet(b, 2000)).Build(nil)
	for name, words := range map[string]string{"exact": "client1000 reports", "misspelt": "cleint1000", "label": "dc=fra1"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := inventory.Resolve(inv, strings.Fields(words), model.Scope{}); err != nil && name != "misspelt" {
					b.Fatal(fmt.Errorf("resolve %q: %w", words, err))
				}
			}
		})
	}
}
