package inventory_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"opsbot/inventory"
	"opsbot/model"
)

func draw(t testing.TB, im inventory.Import, old string) *inventory.Draft {
	t.Helper()
	d, err := im.Draw("clients.csv", []byte(old))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func icinga(hosts ...model.FoundHost) inventory.Import {
	return inventory.Import{As: "icinga", Hosts: hosts, Group: "std"}
}

func TestImportDraws(t *testing.T) {
	web1 := model.FoundHost{Name: "web1", Address: "10.0.0.1", Client: "clientA", Labels: model.Labels{"dc": "fra1"}}
	cases := []struct {
		name, old, want string
		im              inventory.Import
	}{
		{"a new file", "", `client,host,address,services,tier,group,aliases,labels,source
clientA,web1,10.0.0.1,,,std,,dc=fra1,icinga
clientA,web2,10.0.0.2,reports;store,gold,,front,,icinga
,web10,10.0.0.10,,,,,,icinga
`, icinga(
			model.FoundHost{Name: "web10", Address: "10.0.0.10"}, web1,
			model.FoundHost{Name: "web2", Address: "10.0.0.2", Client: "clientA", Services: []string{"reports", "store"}, Tier: "gold", Aliases: []string{"front", "web2"}},
		)},
		{"nothing new", "# mine\nclient, host, address, labels, source\nclientA, web1, 10.0.0.1, rack=7; dc=fra1, icinga", "# mine\nclient, host, address, labels, source\nclientA, web1, 10.0.0.1, rack=7; dc=fra1, icinga\n", inventory.Import{As: "icinga", Hosts: []model.FoundHost{web1}}},
		{
			"what others wrote stays", `client,host,address,tier,labels,source
# the boss's own
boss,server,10.1.1.1,gold,
clientB,other,10.2.2.2,,,zabbix
clientA,gone,10.0.0.9,,,icinga
# a remark
clientA,web1,10.9.9.9,gold,dc=old;rack=7,icinga
`, `client,host,address,tier,labels,source
# the boss's own
boss,server,10.1.1.1,gold,
clientB,other,10.2.2.2,,,zabbix
# a remark
clientA,web1,10.0.0.1,gold,dc=fra1;rack=7,icinga
`, inventory.Import{As: "icinga", Hosts: []model.FoundHost{web1}},
		},
		{
			"a row of mine gets what it leaves open", "client,host,services\nclientA,web1,reports\n",
			"client,host,services,address,labels\nclientA,web1,reports,10.0.0.1,dc=fra1\n", icinga(web1),
		},
		{
			"what I wrote wins", "client,host,address,labels\nclientA,web1,10.7.7.7,dc=mine\n",
			"client,host,address,labels\nclientA,web1,10.7.7.7,dc=mine\n", icinga(web1),
		},
		{
			"a host that goes to another client", "client,host,address,services,labels,source\nclientB,web1,10.0.0.1,reports,rack=7,icinga\n",
			"client,host,address,services,labels,source,group\nclientA,web1,10.0.0.1,,dc=fra1;rack=7,icinga,std\n", icinga(web1),
		},
		{
			"the same address is the same host", "client,host,address\nclientA,front,10.0.0.1\n",
			"client,host,address,labels,aliases\nclientA,front,10.0.0.1,dc=fra1,web1\n", icinga(web1),
		},
		{
			"names as they are written already", "client,domain,host\nCLIENTA,a.test,\n", "client,domain,host,address,labels,group,source\nCLIENTA,a.test,\nCLIENTA,,web1,10.0.0.1,dc=fra1,std,icinga\n",
			icinga(web1),
		},
		{"an address that is a name", "", `client,host,address,services,tier,group,aliases,labels,source
,web1.example.com,,,,,web1,,icinga
`, icinga(model.FoundHost{Name: "web1", Address: "web1.example.com"})},
		{"invalid names", "", `client,host,address,services,tier,group,aliases,labels,source
"#ACME-Corp",My-host,10.0.0.1,,,std,,"note=a b, c",icinga
`, icinga(
			model.FoundHost{Name: " My host ", Address: "10.0.0.1", Client: "#ACME Corp", Labels: model.Labels{"note": "a\nb; c", "": "x", "empty": " "}},
			model.FoundHost{Name: " ,, "},
		)},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			d := draw(t, c.im, c.old)
			if diff := cmp.Diff(c.want, string(d.Text)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if again := draw(t, c.im, string(d.Text)); !again.Same() || string(again.Text) != string(d.Text) {
				t.Errorf("a second time it is %+v\n%s", again, again.Text)
			}
		})
	}
}

func TestImportSaysWhatItDoes(t *testing.T) {
	old := "client,host,address,source\n,mine,10.1.1.1,\na,h1,10.0.0.1,icinga\na,h2,10.0.0.2,icinga\nb,h3,10.0.0.3,icinga\n"
	d := draw(t, icinga(
		model.FoundHost{Name: "h1", Address: "10.0.0.11", Client: "a"}, model.FoundHost{Name: "h2", Address: "10.0.0.2", Client: "a"},
		model.FoundHost{Name: "h4", Address: "10.0.0.4", Client: "c"}, model.FoundHost{Name: "mine", Address: "10.6.6.6"}, model.FoundHost{Name: "@"},
	), old)
	d.Text = nil
	want := &inventory.Draft{
		Added:   []inventory.Edit{{Host: "h4", Client: "c"}},
		Removed: []inventory.Edit{{Host: "h3", Client: "b"}},
		Changed: []inventory.Edit{
			{Host: "h1", Client: "a", Changes: []inventory.Change{{Column: "address", From: "10.0.0.1", To: "10.0.0.11"}, {Column: "group", To: "std"}}},
			{Host: "h2", Client: "a", Changes: []inventory.Change{{Column: "group", To: "std"}}},
		},
		Kept: 1, Others: 1,
		Notes: []model.Sentence{
			model.Say("config.import.name", "name", "@"), model.Say("config.import.address", "name", "mine", "address", "10.6.6.6"),
		},
		Before: inventory.Size{Hosts: 4, Clients: 2}, After: inventory.Size{Hosts: 4, Clients: 2}, Gone: inventory.Size{Hosts: 1, Clients: 1},
	}
	if diff := cmp.Diff(want, d); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestImportIsDrasticAboveATenth(t *testing.T) {
	for gone, want := range map[int]bool{0: false, 2: false, 3: true, 20: true} {
		var all []model.FoundHost
		for i := range 20 {
			all = append(all, model.FoundHost{Name: fmt.Sprintf("h%d", i), Address: fmt.Sprintf("10.0.0.%d", i+1), Client: "a"})
		}
		old := draw(t, icinga(all...), "")
		if d := draw(t, icinga(all[gone:]...), string(old.Text)); d.Drastic() != want || old.Drastic() {
			t.Errorf("%d of 20: drastic = %t", gone, d.Drastic())
		}
	}
}

// TestImportMindsWhatIsOpenElsewhere: the config's hosts and clients keep their names, addresses and services.
func TestImportMindsWhatIsOpenElsewhere(t *testing.T) {
	im := icinga(
		model.FoundHost{Name: "web1.example.com", Address: "10.0.0.1", Client: "CLIENTA", Tier: "normal", Aliases: []string{"db"}},
		model.FoundHost{Name: "web2", Address: "10.0.0.99", Client: "clientA"},
	)
	gold := model.ClientSpec{Name: "clientA", Services: []string{"reports"}}
	gold.Tier = "gold"
	im.Else = inventory.Declared{
		Clients: []model.ClientSpec{gold},
		Hosts:   []model.HostSpec{{Name: "web1", Address: "10.0.0.1"}, {Name: "web2", Address: "10.0.0.2"}, {Name: "db", Address: "10.0.0.3"}},
	}
	d := draw(t, im, "")
	want := `client,host,address,services,tier,group,aliases,labels,source
clientA,web1,10.0.0.1,,gold,,web1.example.com,,icinga
clientA,web2,,,,,,,icinga
`
	if diff := cmp.Diff(want, string(d.Text)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	im.Else.Services = []model.ServiceSpec{service("reports", 1)}
	compile(t, im.Else.With(readCSV(t, string(d.Text))))
}

func TestImportRefusesAFileWithMistakes(t *testing.T) {
	for _, old := range []string{"client,host\na b,c\n", "name\nx\n", "client\n\"a\n"} {
		_, err := icinga().Draw("c.csv", []byte(old))
		if _, ok := errors.AsType[model.Problems](err); !ok || !strings.HasPrefix(err.Error(), "c.csv:") {
			t.Errorf("%q: %v", old, err)
		}
	}
}

// TestWhateverIsImportedCompiles: whatever a source returns and a file contains, the result is a file that loads, a second
// identical import changes nothing, and other rows remain.
func TestWhateverIsImportedCompiles(t *testing.T) {
	word := rapid.SampledFrom([]string{"web1", "WEB1", "web 2", "web2.a.test", "10.0.0.1", "db", "#x", "all", "-", "", "a,b", "ü", "2001:db8::1"})
	found := rapid.Custom(func(t *rapid.T) model.FoundHost {
		return model.FoundHost{
			Name: word.Draw(t, "name"), Client: rapid.SampledFrom([]string{"", "a", "A", "b c", "d;e"}).Draw(t, "client"),
			Address:  rapid.SampledFrom([]string{"", "10.0.0.1", "10.0.0.2", "::ffff:10.0.0.2", "web2.a.test", "127.0.0.1", "not an address", "2001:DB8::1"}).Draw(t, "address"),
			Aliases:  rapid.SliceOfN(word, 0, 2).Draw(t, "aliases"),
			Services: rapid.SliceOfN(rapid.SampledFrom([]string{"reports", "store"}), 0, 2).Draw(t, "services"),
			Tier:     rapid.SampledFrom([]string{"", "gold", "normal"}).Draw(t, "tier"),
			Labels:   rapid.MapOfN(rapid.SampledFrom([]string{"dc", "a b", "x;y", "source"}), rapid.StringN(0, 6, -1), 0, 2).Draw(t, "labels"),
		}
	})
	mine := rapid.SampledFrom([]string{
		"", "client,host,address,services\n# keep\nmine,web1,10.0.0.1,reports\n", "client,domain,host,labels,group\na,a.test,,region=eu,std\n,,db,dc=fra1,\n",
		"host,address,source,labels\nweb1,10.0.0.2,zabbix,dc=z\n",
	})
	base := inventory.Declared{
		Services: []model.ServiceSpec{service("reports", 1), service("store", 2)}, Groups: []model.GroupSpec{{Name: "std", Services: []string{"reports"}}},
		Hosts: []model.HostSpec{{Name: "db", Address: "10.3.3.3", Aliases: []string{"ü"}}}, Defaults: defaults(),
	}
	rapid.Check(t, func(t *rapid.T) {
		old := mine.Draw(t, "old")
		text := old
		for range 2 { // two days
			im := icinga(rapid.SliceOfN(found, 0, 6).Draw(t, "found")...)
			im.Else = base
			d, err := im.Draw("c.csv", []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			text = string(d.Text)
			more, err := inventory.ReadCSV("c.csv", strings.NewReader(text))
			if err == nil {
				_, err = inventory.Compile(base.With(more))
			}
			if err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			if again, err := im.Draw("c.csv", d.Text); err != nil || !again.Same() || string(again.Text) != text {
				t.Fatalf("a second time: %v %+v\n%s\n%s", err, again, text, again.Text)
			}
		}
		for _, name := range []string{"mine,web1,10.0.0.1,reports", "a,a.test,,region=eu,std", "web1,10.0.0.2,zabbix,"} {
			if strings.Contains(old, name) && !strings.Contains(text, name) {
				t.Fatalf("%s is gone:\n%s", name, text)
			}
		}
	})
}

func TestReplace(t *testing.T) {
	good := func(string) error { return nil }
	bad := errors.New("it does not compile")
	for name, row := range map[string]struct {
		was, seen string
		verify    func(string) error
		want      error
		bak       string
	}{
		"new":         {"", "", good, nil, ""},
		"old":         {"old", "old", good, nil, "old"},
		"bad":         {"old", "old", func(string) error { return bad }, bad, ""},
		"bad and new": {"", "", func(string) error { return bad }, bad, ""},
		"changed":     {"old", "older", good, inventory.ErrMoved, ""},
		"appeared":    {"old", "", good, inventory.ErrMoved, ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "link.csv")
			if err := os.Symlink("clients.csv", path); err != nil {
				t.Fatal(err)
			}
			if row.was != "" {
				if err := os.WriteFile(filepath.Join(dir, "clients.csv"), []byte(row.was), 0o640); err != nil {
					t.Fatal(err)
				}
			} else if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			var seen []byte
			if row.seen != "" {
				seen = []byte(row.seen)
			}
			err := inventory.Replace(path, seen, []byte("new"), func(written string) error {
				if text, err := os.ReadFile(written); err != nil || string(text) != "new" {
					t.Errorf("verify sees %q, %v", text, err)
				}
				return row.verify(written)
			})
			if !errors.Is(err, row.want) {
				t.Fatalf("got %v, want %v", err, row.want)
			}
			want := "new"
			if err != nil {
				want = row.was
			}
			if text, _ := inventory.ReadFile(path); string(text) != want {
				t.Errorf("it holds %q, want %q", text, want)
			}
			if bak, _ := inventory.ReadFile(filepath.Join(dir, "clients.csv.bak")); string(bak) != row.bak {
				t.Errorf("the old one is %q, want %q", bak, row.bak)
			}
			if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
				t.Errorf("left behind: %q", left)
			}
			if info, err := os.Stat(path); row.was != "" && (err != nil || info.Mode().Perm() != 0o640) {
				t.Errorf("mode %v, %v", info.Mode(), err)
			}
		})
	}
}
