package setup

import (
	"slices"
	"strings"
	"testing"
	"time"

	"opsbot/model"
)

// TestNotes: each note is said of what it is for, and not of its neighbour that is well.
func TestNotes(t *testing.T) {
	const (
		base = "[telegram]\ntoken = \"1:x\"\n[[telegram.chats]]\nname = \"ops\"\nid = -100\n[[telegram.chats]]\nname = \"olga\"\nid = 7\n" +
			"[[services]]\nname = \"web\"\nport = 80\n[[services]]\nname = \"idle\"\nport = 81\n" +
			"[[hosts]]\nname = \"h1\"\naddress = \"10.0.0.1\"\nlabels = { dc = \"fra1\" }\n[[hosts]]\nname = \"h2\"\naddress = \"10.0.0.2\"\n" +
			"[[checks]]\nname = \"db\"\nkind = \"tcp\"\naddress = \"10.0.0.1:1\"\n"
		acme = "[[clients]]\nname = \"acme\"\ntier = \"gold\"\nservices = [\"web\"]\nhosts = [\"h1\", \"h2\"]\n"
	)
	const byDNS = "[[clients]]\nname = \"acme\"\ntier = \"gold\"\nservices = [\"web\"]\ndomains = [\"acme.example.com\"]\n"
	window := func(rest string) string {
		return "[[maintenance]]\nname = \"w\"\nduration = \"1h\"\n" + rest + "\n"
	}
	routes := func(tables ...string) (all string) {
		for _, r := range tables {
			all += "[[routes]]\n" + r + "\n"
		}
		return all
	}
	const toOps, toOlga = "to = [\"chat:ops\"]\n", "to = [\"chat:olga\"]\n"
	for _, c := range []struct{ name, text, want string }{
		{"as it should be", acme, ""},
		{"as many as there are", acme + "min_up = 2\n", ""},
		{"more than there are", acme + "min_up = 3\n", "min_up"},
		{"all of them", acme + "min_up = \"100%\"\n", ""},
		{"more than are known before DNS", acme + "min_up = 3\ndomains = [\"acme.example.com\"]\n", ""},
		{"behind a catch-all", acme + routes(toOps, "clients = [\"acme\"]\n"+toOps), "route_behind"},
		{"behind one that continues", acme + routes(toOps+"continue = true\n", "clients = [\"acme\"]\n"+toOps), ""},
		{"behind one that takes less", acme + routes("min_severity = \"critical\"\n"+toOps, toOps), ""},
		{"behind the same labels", acme + routes("labels = { dc = [\"fra1\", \"x\"] }\n"+toOps, "labels = { dc = [\"fra1\"] }\nclients = [\"acme\"]\n"+toOps), "route_behind"},
		{"behind other labels", acme + routes("labels = { dc = [\"fra1\"] }\n"+toOps, "clients = [\"acme\"]\n"+toOps), ""},
		{"a service that nobody has", acme + routes("services = [\"idle\"]\n"+toOps, toOps), "route_nothing"},
		{"a tier that nobody has", acme + routes("tiers = [\"silver\"]\n"+toOps, toOps), "route_nothing"},
		{"a tier that is there", acme + routes("tiers = [\"gold\"]\n"+toOps, toOps), ""},
		{"a label that nobody has", acme + routes("labels = { dc = [\"fra2\"] }\n"+toOps, toOps), "route_nothing"},
		{"bypass alone", acme + "[alerts]\nhours_bypass = [\"warning\"]\n", "bypass_alone"},
		{"hours and bypass", acme + "[alerts]\nhours = \"08:00-20:00\"\nhours_bypass = [\"critical\"]\n", ""},
		{"all bypass", acme + "[alerts]\nhours = \"08:00-20:00\"\nhours_bypass = [\"critical\", \"warning\", \"info\"]\n", "bypass_all"},
		{"hours of every route", acme + "[alerts]\nhours = \"08:00-20:00\"\n" + routes(toOps+"hours = \"always\"\n"), "hours_of_routes"},
		{"hours of a route", acme + "[alerts]\nhours = \"08:00-20:00\"\n" + routes("min_severity = \"critical\"\n"+toOps+"hours = \"always\"\n", toOps), ""},
		{"a service that nobody has, by DNS", byDNS + routes("services = [\"idle\"]\n"+toOps, toOps), "route_nothing"},
		{"a service by DNS", byDNS + routes("services = [\"web\"]\n"+toOps, toOps), ""},
		{"a client by DNS", byDNS + routes("clients = [\"acme\"]\n"+toOps, toOps), ""},
		{"a tier that nobody has, by DNS", byDNS + routes("tiers = [\"silver\"]\n"+toOps, toOps), "route_nothing"},
		{"a label that nobody has, by DNS", byDNS + routes("labels = { dc = [\"fra2\"] }\n"+toOps, toOps), "route_nothing"},
		{"a label of a host that DNS may name", byDNS + routes("labels = { dc = [\"fra1\"] }\n"+toOps, toOps), ""},
		{"a label of a client by DNS", byDNS + "labels = { env = \"prod\" }\n" + routes("labels = { env = [\"prod\"] }\n"+toOps, toOps), ""},
		{"a window of a label that nothing has, by DNS", byDNS + window("schedule = \"0 2 * * *\"\nlabels = { dc = [\"fra9\"] }"), "label"},
		{"a window of a label of a host, by DNS", byDNS + window("schedule = \"0 2 * * *\"\nlabels = { dc = [\"fra1\"] }"), ""},
		{"either day, case 16", acme + window(`schedule = "0 2 1-7 * sun"`), "either_day"},
		{"either day of a check", "schedule = \"0 2 1 * mon\"\n" + acme, "either_day"},
		{"both days", acme + window(`schedule = "0 2 */2 * sun"`), ""},
		{"the first Sunday", acme + window(`schedule = "0 2 * * sun#1"`), ""},
		{"a window of a label that nothing has", acme + window("schedule = \"0 2 * * *\"\nlabels = { dc = [\"fra9\"] }"), "label"},
		{"a window of a label", acme + window("schedule = \"0 2 * * *\"\nlabels = { dc = [\"fra1\"] }"), ""},
		{"one person hears of all", acme + routes(toOlga), "one_person"},
		{"one person hears of one client", acme + routes("clients = [\"acme\"]\n"+toOlga, toOps), "one_person"},
		{"one person hears of what is not critical too", acme + routes(toOlga+"continue = true\n", toOps), ""},
		{"one person and a fallback", acme + "[alerts]\nfallback = [\"chat:ops\"]\n" + routes(toOlga), ""},
	} {
		var got []string
		for _, note := range loadText(t, base+c.text).Notes(nil, time.Now()) {
			got = append(got, strings.TrimPrefix(note.What.ID, "config.note."))
		}
		slices.Sort(got)
		if text := strings.Join(slices.Compact(got), " "); text != c.want {
			t.Errorf("%s: %q, want %q", c.name, text, c.want)
		}
	}
}

// TestOnePersonKnowsPairedChats: whoever was paired gets what no route sends elsewhere.
func TestOnePersonKnowsPairedChats(t *testing.T) {
	const (
		token = "[telegram]\ntoken = \"1:x\"\n"
		olga  = "[[telegram.chats]]\nname = \"olga\"\nid = 7\n"
		check = "[[checks]]\nname = \"db\"\nkind = \"tcp\"\naddress = \"10.0.0.1:1\"\n"
		route = "[[routes]]\nto = [\"chat:olga\"]\n"
	)
	person, group := model.Chat{ID: 8, Name: "8"}, model.Chat{ID: -100, Name: "-100"}
	for _, c := range []struct {
		name, text string
		paired     []model.Chat
		said       bool
	}{
		{"nobody is paired", token + check, nil, false},
		{"one person is paired", token + check, []model.Chat{person}, true},
		{"a group is paired", token + check, []model.Chat{group}, false},
		{"a person and a group are paired", token + check, []model.Chat{person, group}, false},
		{"a person is listed", token + olga + check, nil, true},
		{"the same person is listed and paired", token + olga + check, []model.Chat{{ID: 7, Name: "7"}}, true},
		{"a person is listed, a group is paired", token + olga + check, []model.Chat{group}, false},
		{"a route to a person, a group is paired", token + olga + check + route, []model.Chat{group}, true},
	} {
		notes := loadText(t, c.text).Notes(c.paired, time.Now())
		said := slices.ContainsFunc(notes, func(p model.Problem) bool { return p.What.ID == "config.note.one_person" })
		if said != c.said {
			t.Errorf("%s: %v", c.name, notes)
		}
	}
}
