package inventory_test

import (
	"strings"
	"testing"

	"opsbot/inventory"
	"opsbot/model"
)

func TestPick(t *testing.T) {
	inv := model.NewInventory(nil, nil, []model.Host{
		{Name: "web1", Address: "10.0.0.1", Labels: model.Labels{"dc": "fra1", "role": "web"}},
		{Name: "web2", Address: "10.0.0.2", Aliases: []string{"shop"}, Labels: model.Labels{"dc": "ams1", "role": "web"}},
		{Name: "db1", Address: "fd00::3", Labels: model.Labels{"dc": "fra1", "role": "db"}},
		{Name: "10.0.0.9", Address: "10.0.0.9"},
	}, nil)
	cases := []struct {
		words []string
		want  string
	}{
		{[]string{"dc=fra1"}, "db1 web1"},
		{[]string{"dc=fra1,role=web"}, "web1"},
		{[]string{"dc=fra1", "role=web"}, "db1 web1 web2"}, // words are alternatives, labels of one word are conditions
		{[]string{"WEB2", "shop", "10.0.0.2"}, "web2"},
		{[]string{"10.0.0.9", "FD00::3"}, "10.0.0.9 db1"},
		{[]string{"dc=", "=fra1", "=", "dc=fra1,", "web", ""}, ""},
		{nil, ""},
	}
	for _, c := range cases {
		var got []string
		for _, h := range inventory.Pick(inv, c.words) {
			got = append(got, h.Name)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%q picks %v, want %s", c.words, got, c.want)
		}
	}
}

func TestPlanPicks(t *testing.T) {
	plan, err := inventory.Compile(inventory.Declared{Hosts: []model.HostSpec{
		{Name: "web1", Address: "10.0.0.1", Labels: model.Labels{"dc": "fra1"}},
		{Name: "web2.example.com", Aliases: []string{"shop"}, Labels: model.Labels{"dc": "ams1"}}, // its address comes from DNS
	}})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"web1": true, "web2.example.com": true, "shop": false, "10.0.0.1": false, "": false} {
		if plan.HasHost(name) != want {
			t.Errorf("HasHost(%q) is not %v", name, want)
		}
	}
	for word, want := range map[string]bool{"web1": true, "10.0.0.1": true, "shop": true, "dc=ams1": true, "dc=ams2": false, "10.0.0.2": false, "": false} {
		if plan.Picks(word) != want {
			t.Errorf("Picks(%q) is not %v", word, want)
		}
	}
}
