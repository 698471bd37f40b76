package inventory_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"opsbot/inventory"
	"opsbot/model"
)

func TestCSVRows(t *testing.T) {
	d := readCSV(t, "\ufeff"+`Client, domain, host, address, services, tier, labels, aliases
# a comment
a, a.test, , , reports;store, gold, region=eu
b, , web1, 10.0.0.1, reports, , dc=fra1;rack=7
b, , , 10.0.0.2, store, ,
, , spare, 10.0.0.3, , , dc=fra2, spare.test; reserve
`)
	var clients []model.ClientSpec
	for _, c := range d.Clients {
		c.At = model.Place{}
		for name, s := range c.Service {
			s.At = model.Place{}
			c.Service[name] = s
		}
		clients = append(clients, c)
	}
	a := model.ClientSpec{Name: "a", Domains: []string{"a.test"}, Services: []string{"reports", "store"}, Labels: model.Labels{"region": "eu"}}
	a.Tier = "gold"
	want := []model.ClientSpec{a, {
		Name: "b", Hosts: []string{"web1", "10.0.0.2"}, Services: []string{"reports", "store"},
		Service: map[string]model.ClientServiceSpec{"reports": {Hosts: []string{"web1"}}, "store": {Hosts: []string{"10.0.0.2"}}},
	}}
	if diff := cmp.Diff(want, clients); diff != "" {
		t.Errorf("clients (-want +got):\n%s", diff)
	}
	if len(d.Hosts) != 3 || d.Hosts[0].Labels["rack"] != "7" || d.Hosts[0].At.Line != 4 || d.Hosts[2].Name != "spare" || len(d.Hosts[2].Aliases) != 2 {
		t.Errorf("hosts = %+v", d.Hosts)
	}
}

func TestCSVJoinsTheConfig(t *testing.T) {
	d := readCSV(t, "client,host,address,services,group\nclientA,web1,,reports,\nclientB,web2,10.0.0.2,,std\n")
	inv := source(t, inventory.Declared{
		Services: []model.ServiceSpec{service("reports", 1), service("store", 2)},
		Groups:   []model.GroupSpec{{Name: "std", Services: []string{"store"}}},
		Clients:  []model.ClientSpec{{Name: "clientA", Domains: []string{"a.test"}, Services: []string{"store"}}},
		Hosts:    []model.HostSpec{{Name: "web1", Address: "10.0.0.1"}},
	}.With(d)).Build(nil)
	want := []string{"clientA/reports@web1", "clientA/store@web1", "clientB/store@web2"}
	if diff := cmp.Diff(want, checkIDs(inv)); diff != "" {
		t.Errorf("endpoints (-want +got):\n%s", diff)
	}
}

// TestCSVReports: SLA and report recipients of clients may be in a table of thousands.
func TestCSVReports(t *testing.T) {
	d := readCSV(t, "client,host,address,sla,report_to,contacts,runbook\na,w1,10.0.0.1,99.9,it@a.example;boss@a.example,+7 495 000-00-00;Anna,https://wiki.example.com/a\na,w2,10.0.0.2,,,Boris,\nb,w3,10.0.0.3,0,,,\nc,w4,10.0.0.4,,,,\n")
	declared := inventory.Declared{
		Services: []model.ServiceSpec{service("reports", 1)}, Groups: []model.GroupSpec{{Name: "std", Services: []string{"reports"}}},
		Clients: []model.ClientSpec{{Name: "a", Group: "std", ReportTo: []string{"ops@a.example"}, ReportLanguage: "ru"}, {Name: "b", Group: "std"}, {Name: "c", Group: "std"}},
	}
	declared.Groups[0].SLA = new(99.5)
	inv := source(t, declared.With(d)).Build(nil)
	for client, want := range map[string]float64{"a": 99.9, "b": 0, "c": 99.5} { // 0 removes the group's SLA
		if s, _ := inv.Service(model.ServiceKey{Client: client, Service: "reports"}); s.SLA != want {
			t.Errorf("%s was promised %v, want %v", client, s.SLA, want)
		}
	}
	a, _ := inv.Client("a")
	if got := strings.Join(a.Contacts, ";"); got != "+7 495 000-00-00;Anna;Boris" || a.Runbook != "https://wiki.example.com/a" {
		t.Errorf("contacts %q, runbook %q", got, a.Runbook)
	}
	if got := strings.Join(a.ReportTo, " "); got != "ops@a.example it@a.example boss@a.example" || a.ReportLanguage != "ru" {
		t.Errorf("to %s in %s", got, a.ReportLanguage)
	}
}

func TestCSVProblems(t *testing.T) {
	for text, want := range map[string]string{
		"":                            "c.csv: the file is empty: its first line names the columns client,domain,host,address,services,tier,labels,group,aliases,source,sla,report_to,contacts,runbook",
		"client;host\n":               `c.csv:1: unknown column "client;host"; allowed: client,domain,host,address,services,tier,labels,group,aliases,source,sla,report_to,contacts,runbook`,
		"client,client\n":             `c.csv:1: column "client" is there twice`,
		"client\na,b\n":               "c.csv:2: 2 values for 1 columns",
		"client,tier\n,gold\n":        "c.csv:2: the row names neither a client nor a host",
		"client,host,tier\n,h,gold\n": "c.csv:2: domain, services, tier, group, sla and report_to belong to a client, and the row names none",
		"client,aliases\na,x\n":       "c.csv:2: aliases belong to a host, and the row names none",
		"client\na b\n":               `c.csv:2: client "a b"` + nameRule,
		"client,address\na,10.0\n":    `c.csv:2: address "10.0" is not an IP address`,
		"client,labels\na,x\n":        `c.csv:2: labels "x" is not valid: write it like "dc=fra1;rack=7"`,
		"client,tier\na,x\n\na,y\n":   `c.csv:4: client "a": tier is "y" here and "x" at c.csv:2: keep one`,
		"client,sla\na,99,9\n":        "c.csv:2: 3 values for 2 columns",
		"client,sla\na,NaN\n":         `c.csv:2: sla "NaN" is out of range: 0 to 100`,
		"client,sla\na,101\n":         `c.csv:2: sla "101" is out of range: 0 to 100`,
		"client,sla\na,99\na,98\n":    `c.csv:3: client "a": sla is "98" here and "99" at c.csv:2: keep one`,
		"client,report_to\na,b\n":     `c.csv:2: report_to "b" is not a mail address: write it like "oncall@example.com" or "On call <oncall@example.com>"`,
		"client\n\"a\n":               `c.csv:2: not valid CSV: extraneous or missing " in quoted-field`,
		"client\na b\nc d\n":          `c.csv:2: client "a b"` + nameRule + "\n" + `c.csv:3: client "c d"` + nameRule,
	} {
		_, err := inventory.ReadCSV("c.csv", strings.NewReader(text))
		if got := inEnglish(t, err); got != want {
			t.Errorf("%q\ngot  %s\nwant %s", text, got, want)
		}
	}
}

func TestCSVFileMissing(t *testing.T) {
	_, err := inventory.ReadCSVFile(filepath.Join(t.TempDir(), "none.csv"))
	if got := inEnglish(t, err); !strings.HasSuffix(got, "none.csv: the file cannot be read: no such file or directory") {
		t.Errorf("got %s", got)
	}
}

func TestCSVProblemsAreBounded(t *testing.T) {
	_, err := inventory.ReadCSV("c.csv", strings.NewReader("client\n"+strings.Repeat("a b\n", 10_000)))
	if problems, _ := errors.AsType[model.Problems](err); len(problems) != 50 {
		t.Errorf("%d problems", len(problems))
	}
}

func FuzzReadCSV(f *testing.F) {
	f.Add(fleetCSV(2))
	f.Add("client,domain,services,labels,group\na,a.test,x;y,k=v;;,g\na,,,=,\n")
	f.Fuzz(func(_ *testing.T, text string) {
		d, err := inventory.ReadCSV("c.csv", strings.NewReader(text))
		if err != nil {
			return
		}
		d.Services = []model.ServiceSpec{service("reports", 1)}
		if plan, err := inventory.Compile(d); err == nil {
			inventory.Source{Plan: plan, NewCheck: newCheck}.Build(nil)
		}
	})
}
