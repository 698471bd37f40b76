package inventory_test

import (
	"slices"
	"strings"
	"testing"

	"opsbot/inventory"
	"opsbot/model"
)

// shops are two clients: shop has web on h1 and mail on h2, both by its domain mail.shop.example.com only on h2; pair is on h1 and h2.
func shops() *inventory.Locator {
	endpoint := func(client, service, host, domain string) *model.Check {
		return &model.Check{ID: model.CheckID(client + "/" + service + "@" + host), Endpoint: &model.Endpoint{
			ServiceKey: model.ServiceKey{Client: client, Service: service}, Host: host, ServerName: domain, URL: "https://" + domain + "/x",
		}}
	}
	return inventory.NewLocator(model.NewInventory(nil, nil, []model.Host{{Name: "h1", Address: "10.0.0.1"}, {Name: "h2", Address: "10.0.0.2"}}, []*model.Check{
		endpoint("shop", "web", "h1", "Shop.example.com"), endpoint("shop", "mail", "h2", "mail.shop.example.com"),
		endpoint("pair", "web", "h1", "pair.example.com"), endpoint("pair", "web", "h2", "pair.example.com"), endpoint("solo", "web", "h2", "h1"),
	}), map[string]inventory.LocateRules{"limited": {Clients: []string{"pair", "solo"}}})
}

func TestLocateByClient(t *testing.T) {
	l := shops()
	for _, c := range []struct {
		source, name string
		labels       model.Labels
		want         string
	}{
		{"any", "https://shop.example.com/login", nil, "h1"},
		{"any", "SHOP.example.com:443", nil, "h1"},
		{"any", "mail.shop.example.com", nil, "h2"},
		{"any", "pair.example.com", nil, ""}, // two hosts
		{"any", "h1", nil, "h1"},             // the name of a host before the domain of a client
		{"any", "example.com", nil, ""},
		{"limited", "shop.example.com", nil, ""},
		{"any", "", model.Labels{"client": "solo"}, "h2"},
		{"limited", "", model.Labels{"client": "solo"}, "h2"},
		{"any", "", model.Labels{"client": "shop", "service": "mail"}, "h2"},
		{"any", "", model.Labels{"client": "shop"}, ""},
		{"any", "", model.Labels{"client": "solo", "service": "its own word"}, "h2"},
		{"any", "db9", model.Labels{"client": "shop", "service": "web"}, ""}, // it is about another host
		{"limited", "", model.Labels{"client": "shop", "service": "mail"}, ""},
		{"any", "", model.Labels{"service": "mail"}, ""},
		{"any", "", model.Labels{"client": "nobody"}, ""},
	} {
		e := event(c.source, c.name)
		if e.Labels = c.labels; c.name == "" {
			e.Names = nil
		}
		if got, ok := l.Host(e); got != c.want || ok != (c.want != "") {
			t.Errorf("%s of %s, %v: %q, want %q", c.name, c.source, c.labels, got, c.want)
		}
	}
	about := func(keys ...string) (all []model.ServiceKey) {
		for _, key := range keys {
			client, service, _ := strings.Cut(key, "/")
			all = append(all, model.ServiceKey{Client: client, Service: service})
		}
		return all
	}
	for _, c := range []struct {
		source, name string
		labels       model.Labels
		want         []model.ServiceKey
	}{
		{"any", "pair.example.com", nil, about("pair/web")}, // two hosts
		{"any", "https://PAIR.example.com:8443/login", nil, about("pair/web")},
		{"limited", "pair.example.com", nil, about("pair/web")},
		{"limited", "shop.example.com", nil, nil},
		{"any", "", model.Labels{"client": "pair"}, about("pair/")},
		{"any", "", model.Labels{"client": "pair", "service": "web"}, about("pair/web")},
		{"any", "", model.Labels{"client": "shop"}, about("shop/")},
		{"any", "", model.Labels{"client": "shop", "service": "its own word"}, about("shop/")},
		{"any", "db9", model.Labels{"client": "shop", "service": "web"}, about("shop/web")}, // a host that is not in the inventory
		{"any", "db9", model.Labels{"client": "solo"}, about("solo/")},
		{"any", "pair.example.com", model.Labels{"client": "shop"}, about("pair/web")}, // the domain says more
		{"limited", "db9", model.Labels{"client": "shop"}, nil},
		{"limited", "db9", model.Labels{"client": "pair"}, about("pair/")},
		{"any", "db9", nil, nil},
		{"any", "db9", model.Labels{"client": "nobody"}, nil},
		{"any", "shop.example.com", model.Labels{"client": "pair"}, nil}, // it is about one host
	} {
		e := event(c.source, c.name)
		if e.Labels = c.labels; c.name == "" {
			e.Names = nil
		}
		unknown := len(c.want) > 0 && c.name == "db9" // it may be any host
		if got := l.Locate(e); got.HostUnknown != unknown || !slices.Equal(got.About, c.want) || got.Host != "" && len(got.About) > 0 {
			t.Errorf("%s of %s, %v: %+v, want %v", c.name, c.source, c.labels, got, c.want)
		}
	}
	if word, hosts := l.Several(event("any", "https://pair.example.com/"), 5); word != "https://pair.example.com/" || len(hosts) != 2 {
		t.Errorf("%q, %q", word, hosts)
	}
}
