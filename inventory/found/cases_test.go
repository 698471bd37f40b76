package found_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"pgregory.net/rapid"

	"opsbot/inventory/found"
	"opsbot/model"
)

// brief is a host in one line: NAME ADDRESS client=… alias=… and its labels.
func brief(h model.FoundHost) string {
	words := []string{h.Name, h.Address}
	if h.Client != "" {
		words = append(words, "client="+h.Client)
	}
	if h.Tier != "" {
		words = append(words, "tier="+h.Tier)
	}
	for _, alias := range h.Aliases {
		words = append(words, "alias="+alias)
	}
	for _, service := range h.Services {
		words = append(words, "service="+service)
	}
	for _, key := range []string{"sla", "powerstate", "notes", "host"} {
		if h.Labels[key] != "" {
			words = append(words, key+"="+h.Labels[key])
		}
	}
	return strings.Join(words, " ")
}

func briefs(hosts []model.FoundHost) []string {
	var all []string
	for _, h := range hosts {
		all = append(all, brief(h))
	}
	return all
}

// compare compares hosts, and the beginnings of notes.
func compare(t *testing.T, hosts []model.FoundHost, notes []model.Sentence, wantHosts, wantNotes []string) {
	t.Helper()
	if diff := cmp.Diff(wantHosts, briefs(hosts)); diff != "" {
		t.Errorf("hosts (-want +got):\n%s", diff)
	}
	said := inEnglish(t, notes)
	for i, want := range wantNotes {
		if i >= len(said) || !strings.Contains(said[i], want) {
			t.Errorf("note %d is not %q: %q", i, want, said)
		}
	}
	if len(said) != len(wantNotes) {
		t.Errorf("notes: %q, want %q", said, wantNotes)
	}
}

// TestTablesOfOthers reads what other programs and people write.
func TestTablesOfOthers(t *testing.T) {
	for name, c := range map[string]struct {
		text  string // "": the file of that name
		hosts []string
		notes []string
	}{
		"display_name.csv":   {"", []string{"web1 10.0.0.1 alias=Main Web Server", "web2 10.0.0.2 alias=Second Web Server"}, nil},
		"addresses.csv":      {"", []string{"web1 10.0.0.1", "web2 10.0.0.5", "web4 2001:db8::2"}, []string{`line 2, column "primary_ip4": 10.0.0.1 is used, 10.0.0.2 is left out`}},
		"titles_sep.csv":     {"", []string{"web1 10.0.0.1 client=ACME"}, nil},
		"titles_excel.csv":   {"", []string{"web1 10.0.0.1 client=ACME sla=99.9 notes=ok", "web2 10.0.0.2 client=ACME sla=99.5 notes=a; b"}, nil},
		"titles_ru.csv":      {"", []string{"веб1 10.0.0.1 client=Ромашка"}, nil},
		"titles_b.csv":       {"", []string{"WEB-01 10.1.1.5 powerstate=poweredOn"}, nil},
		"titles_hash.csv":    {"", []string{"web1 10.0.0.1 client=ACME", "web2 10.0.0.2 client=ACME"}, nil},
		"titles_sla.csv":     {"", []string{"web1 10.0.0.1 client=ACME sla=99.9"}, nil},
		"titles_rvtools.csv": {"", []string{"WEB-01 10.1.1.5 alias=web-01.corp.example powerstate=poweredOn", "WEB-02  powerstate=poweredOff"}, nil},

		"NetBox":            {"Name,Status,Tenant,IPv4 Address,IPv6 Address\nweb1,Active,ACME,10.0.0.1/24,2001:db8::1/64\nweb2,Active,,,2001:db8::2/64\n", []string{"web1 10.0.0.1 client=ACME", "web2 2001:db8::2"}, nil},
		"Icinga":            {"name;address;address6;display_name\nweb1;10.0.0.1;::1;Front, first\n", []string{"web1 10.0.0.1 alias=Front, first"}, nil},
		"Zabbix":            {"\"Host\",\"Visible name\",\"Interface\"\n\"web1\",\"Front one\",\"10.0.0.1:10050\"\n", []string{"web1 10.0.0.1 alias=Front one"}, nil},
		"Zabbix in Russian": {"Узел сети;Видимое имя;Интерфейс\nweb1;Главный сайт;10.0.0.1:10050\n", []string{"web1 10.0.0.1 alias=Главный сайт"}, nil},
		"phpIPAM":           {"IP address,IP state,Description,Hostname,Owner\n10.0.0.1,Active,,web1,ACME\n10.0.0.2,Active,,,\n", []string{"web1 10.0.0.1 client=ACME", " 10.0.0.2"}, nil},
		"Excel in Russian":  {"sep=;\r\nИмя хоста;IP-адрес;Заказчик;Услуги\r\nвеб1;10.0.0.1;ООО «Ромашка»;Web Store;\r\n", []string{"веб1 10.0.0.1 client=ООО «Ромашка» service=Web Store"}, nil},
		"a cloud":           {"Name\tInstance ID\tPrivate IPv4 address\tPublic IPv4 address\nweb1\ti-1\t10.0.0.1\t\nweb2\ti-2\t-\t192.0.2.2\n", []string{"web1 10.0.0.1", "web2 192.0.2.2"}, nil},
		"Icinga Director":   {"object_name;address;display_name;vars.client\nweb1;10.0.0.1;Front;ACME\n", []string{"web1 10.0.0.1 client=ACME alias=Front"}, nil},
		"longer titles":     {"Имя сервера (ВМ);IP-адрес (осн.);Клиент\nweb1;10.0.0.1;ACME\n", []string{"web1 10.0.0.1 client=ACME"}, nil},
		"a title above":     {"Servers of 2026\n\nHost name;IP\nweb1;10.0.0.1\n", []string{"web1 10.0.0.1"}, []string{"lines above the titles are left out: 2"}},
		"bars":              {"hostname|ip\nweb1|10.0.0.1\n", []string{"web1 10.0.0.1"}, nil},
		"one column":        {"hostname\nweb1\n\nweb2\n", []string{"web1 ", "web2 "}, nil},
		"commas in quotes":  {"\"A, b, c\";\"D, e, f\";hostname\n\"a, b\";c;web1\n", []string{"web1 "}, nil},
		"a formula":         {"name;ip\n=\"web1\";=\"10.0.0.1\"\n", []string{"web1 10.0.0.1"}, nil},
		"a list of aliases": {"name,aliases\nweb1,web1.a.test web1-old\nweb2,Main Server\nweb3,a;b c\n", []string{"web1  alias=web1.a.test alias=web1-old", "web2  alias=Main Server", "web3  alias=a alias=b c"}, nil},
		"a postal address":  {"name,address,ip\nweb1,\"Main St 5, London\",10.0.0.1\n", []string{"web1 10.0.0.1"}, nil},
		"no address":        {"name,address\nweb1,\"Main St 5, London\"\nweb2,n/a\nweb3,300.1.1.1\n", []string{"web1 ", "web2 ", "web3 "}, []string{`line 2, column "address": "Main St 5, London" is no address`, `line 4, column "address": "300.1.1.1" is no address`}},
		"more values":       {"name,ip\nweb1,10.0.0.1,x\n", []string{"web1 10.0.0.1"}, []string{"line 2: value 3 is left out: its column has no title"}},
		"swallowed":         {"name,ip,notes\nweb1,10.0.0.1,\"x\nweb2,10.0.0.2,y\"\nweb3,10.0.0.3,\n", []string{"web1 10.0.0.1 notes=x\nweb2,10.0.0.2,y", "web3 10.0.0.3"}, []string{"line 2: a value covers several lines"}},
		"quotes within":     {"name,notes\nweb1,24\" monitor\nweb2,ok\n", []string{"web1  notes=24\" monitor", "web2  notes=ok"}, nil},
		"old Mac":           {"name,ip\rweb1,10.0.0.1\rweb2,10.0.0.2\r", []string{"web1 10.0.0.1", "web2 10.0.0.2"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			data := []byte(c.text)
			if c.text == "" {
				var err error
				if data, err = os.ReadFile(filepath.Join("testdata/read", name)); err != nil {
					t.Fatal(err)
				}
			}
			hosts, notes, err := found.CSV(data, nil)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, hosts, notes, c.hosts, c.notes)
		})
	}
}

// TestTablesInOtherEncodings are read whole, and the encoding is said.
func TestTablesInOtherEncodings(t *testing.T) {
	const text = "Имя;Адрес;Клиент\nвеб1;10.0.0.1;Ромашка и партнёры\nвеб2;10.0.0.2;Лютик\n"
	want := []string{"веб1 10.0.0.1 client=Ромашка и партнёры", "веб2 10.0.0.2 client=Лютик"}
	for name, encode := range map[string]func(string) (string, error){
		"windows-1251": charmap.Windows1251.NewEncoder().String, "koi8-r": charmap.KOI8R.NewEncoder().String, "ibm866": charmap.CodePage866.NewEncoder().String,
		"utf-16le": unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String, "utf-16be": unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder().String,
	} {
		data, err := encode(text)
		if err != nil {
			t.Fatal(err)
		}
		hosts, notes, err := found.CSV([]byte(data), nil)
		if err != nil {
			t.Fatal(name, err)
		}
		compare(t, hosts, notes, want, []string{"the file is in " + name})
	}
	hosts, notes, err := found.CSV([]byte("name,client\nweb1,a\xffbc работает\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	compare(t, hosts, notes, []string{"web1  client=a\ufffdbc работает"}, []string{"line 2: some letters cannot be read"})
}

// TestAQuoteThatNeverCloses is an error with its place: what comes after it would be one value.
func TestAQuoteThatNeverCloses(t *testing.T) {
	path := filepath.Join(folder(t, map[string]string{"a.csv": "name,ip\nweb1,10.0.0.1\nweb2,\"10.0.0.2\nweb3,10.0.0.3\n"}), "a.csv")
	_, _, err := found.CSVFile(path, nil)
	problems, ok := errors.AsType[model.Problems](err)
	if !ok || len(problems) != 1 || problems[0].Place.Line != 3 {
		t.Errorf("got %v", err)
	}
}

// TestAWorkbook is no table of text.
func TestAWorkbook(t *testing.T) {
	path := filepath.Join(folder(t, map[string]string{"a.csv": "PK\x03\x04\x14\x00name,ip\nweb1,10.0.0.1\n"}), "a.csv")
	_, _, err := found.CSVFile(path, nil)
	if problems, ok := errors.AsType[model.Problems](err); !ok || problems[0].What.ID != "config.import.workbook" {
		t.Errorf("got %v", err)
	}
}

func TestAddress(t *testing.T) {
	for text, want := range map[string]string{
		"10.0.0.1": "10.0.0.1", "10.0.0.1, 10.0.0.2": "10.0.0.1|10.0.0.2", "10.0.0.5:22": "10.0.0.5", "[2001:db8::2]": "2001:db8::2", "[2001:db8::2]:22": "2001:db8::2", "10.0.0.5/24": "10.0.0.5",
		"2001:DB8::1/64": "2001:db8::1", "fe80::1%eth0": "fe80::1", "::ffff:10.0.0.1": "10.0.0.1", "https://10.0.0.1:8443/x": "10.0.0.1", "http://[2001:db8::1]/": "2001:db8::1", "10.0.0.1 10.0.0.1": "10.0.0.1",
		"10.0.0.1\n10.0.0.2;10.0.0.3": "10.0.0.1|10.0.0.2|10.0.0.3", "web1.a.test": "web1.a.test", "web1.a.test:22": "web1.a.test", "web1.a.test 10.0.0.1": "10.0.0.1|web1.a.test", "": "", "n/a": "", "DHCP": "", "-": "",
		"10.0.0": "|10.0.0", "10.0.0.300": "|10.0.0.300", "Main St, 5": "|Main St, 5", "10.0.0.1 (mgmt)": "10.0.0.1|(mgmt)", "\"10.0.0.1\"": "10.0.0.1", "a b": "|a b", "пример.рф": "пример.рф", "$(id)": "|$(id)",
	} {
		address, rest := found.Address(text)
		if got := strings.Join(append([]string{address}, rest...), "|"); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// TestInventoriesOfAnsible reads files as Ansible does.
func TestInventoriesOfAnsible(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string // nil: the one of that name
		hosts []string
		notes []string
	}{
		"bom":               {nil, []string{"web1 10.0.0.1 client=acme"}, nil},
		"comment_after_all": {nil, []string{"web1 10.0.0.1"}, nil},
		"semicolon_first":   {nil, []string{"web1 10.0.0.1"}, nil},
		"brackets_host":     {nil, []string{"2001:db8::5 ", "ten 10.0.0.5"}, nil},
		"brackets_value":    {nil, []string{"ten [2001:db8::9]"}, nil},
		"folder":            {nil, []string{"db1 ", "web1 "}, []string{"aws_ec2.yml is left out: plugin amazon.aws.aws_ec2", "ec2.ini is left out: it holds settings"}},
		"all kinds": {
			map[string]string{
				"hosts.prod": "[db]\ndb1\n", "static": "[client_a]\nweb1\n", "ec2.py": "print(1)\n", "dyn": "#!/usr/bin/env python3\n", "ec2.ini": "[ec2]\nregions = all\n", "sub/more": "[x]\nweb2\n", "sub/group_vars/x.yml": "client: b\n",
				"old.bak": "z1\n", "play.yml": "- hosts: all\n  tasks: []\n", "group_vars/all.yml": "dc: fra1\n", "list.json": `{"web": ["web3"], "_meta": {"hostvars": {"web3": {"ansible_host": "10.0.0.3"}}}}`, ".hidden": "z2\n",
			},
			[]string{"db1 ", "web1  client=a", "web2  client=b", "web3 10.0.0.3"},
			[]string{"dyn is a program", "ec2.ini is left out: it holds settings", "ec2.py is a program", "old.bak is left out, as Ansible does", "play.yml is left out: it is no inventory"},
		},
		"two documents":           {map[string]string{"h": "web:\n  hosts:\n    web1:\n---\ndb:\n  hosts:\n    db1:\n"}, []string{"db1 ", "web1 "}, nil},
		"a comment, then a group": {map[string]string{"h": "# [web]\nall:\n  hosts:\n    web1:\n"}, []string{"web1 "}, nil},
		"hosts alone":             {map[string]string{"h": "web1\nweb2 ansible_host=10.0.0.2\n"}, []string{"web1 ", "web2 10.0.0.2"}, nil},
		"colons in INI":           {map[string]string{"h": "[web:children]\nfront\n[front]\nweb1:22\n[web:vars]\nclient=a\n"}, []string{"web1  client=a"}, nil},
		"brackets of all kinds":   {map[string]string{"h": "[g] # a comment\n[2001:db8::1]\n[2001:db8::2]:22\n[a:b].x.test\n[h]; another\nweb1\n"}, []string{"2001:db8::1 ", "2001:db8::2 ", "a.x.test ", "b.x.test ", "web1 "}, nil},
		"a plain value":           {map[string]string{"h.yml": "web:\n  hosts: {web1: {}}\nversion: 2\n"}, []string{"web1 "}, []string{`"version" is left out: it is no group`}},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join("testdata/read", name)
			if c.files != nil {
				path = folder(t, c.files)
			}
			hosts, notes, err := found.Ansible(path)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, hosts, notes, c.hosts, c.notes)
		})
	}
}

// TestLinksInFolders are followed as Ansible does, in circles too.
func TestLinksInFolders(t *testing.T) {
	dir := folder(t, map[string]string{"common/hosts": "[web]\nweb1\n", "inv/x": "db1\n"})
	for from, to := range map[string]string{"inv/hosts": "../common/hosts", "inv/circle": "../inv", "inv/nowhere": "../none"} {
		if err := os.Symlink(to, filepath.Join(dir, from)); err != nil {
			t.Fatal(err)
		}
	}
	hosts, notes, err := found.Ansible(filepath.Join(dir, "inv"))
	if err != nil || strings.Join(briefs(hosts), ",") != "db1 ,web1 " {
		t.Errorf("%q %v", briefs(hosts), err)
	}
	if said := strings.Join(inEnglish(t, notes), "\n"); !strings.Contains(said, "nowhere is left out: no such file") || !strings.Contains(said, "too many levels") {
		t.Errorf("notes: %q", said)
	}
}

// TestAsAnsibleReadsIt compares with ansible-inventory, where it is installed.
func TestAsAnsibleReadsIt(t *testing.T) {
	program, err := exec.LookPath("ansible-inventory")
	if err != nil {
		t.Skip("ansible-inventory is not installed")
	}
	random := rand.New(rand.NewPCG(uint64(os.Getpid()), 7))
	dir := folder(t, map[string]string{
		"a": randomINI(random), "b.yml": "all: # everything\n  children:\n    client_y:\n      hosts:\n        y[1:3].test: {ansible_host: 10.1.0.1}\n        \"[2001:db8::7]:22\":\n      vars: {dc: yaml}\n",
		"sub/c": "; first\n[client_sub]\nsub1 dc='x y' # why\n", "group_vars/all.yml": "env: prod\n", "group_vars/client_1.yml": "rack: 7\n", "host_vars/h1.test.yml": "dc: own\n", "hosts.prod": "[client_p]\np1\n",
	})
	cmd := exec.CommandContext(t.Context(), program, "-i", dir, "--list")
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir(), "ANSIBLE_LOCALHOST_WARNING=False", "LC_ALL=C.UTF-8")
	out, err := cmd.Output()
	if err != nil {
		t.Skip("ansible-inventory does not run here:", err)
	}
	want, _, err := found.AnsibleList("the list", out)
	if err != nil || len(want) < 10 {
		t.Fatalf("%d hosts, %v", len(want), err)
	}
	got, notes, err := found.Ansible(dir)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		text, _ := os.ReadFile(filepath.Join(dir, "a"))
		t.Errorf("%v %q (-ansible +got):\n%s\n%s", err, inEnglish(t, notes), diff, text)
	}
}

// randomINI is an inventory of all that its format has.
func randomINI(random *rand.Rand) string {
	pick := func(of ...string) string { return of[random.IntN(len(of))] }
	var b strings.Builder
	b.WriteString(pick("; comment:\n", "# comment\n", "", "first.test\n"))
	for g := range 12 {
		fmt.Fprintf(&b, "[%s_%d]%s\n", pick("client", "group"), g, pick("", " # why", "  "))
		for range 1 + random.IntN(4) {
			n := random.IntN(40)
			b.WriteString(pick(fmt.Sprintf("h%d.test", n), fmt.Sprintf("h%d.test:22", n), fmt.Sprintf("r[%d:%d].test", n, n+2), fmt.Sprintf("z[%02d:%02d:2]x[a:c]", n, n+3), fmt.Sprintf("[2001:db8::%d]:22", n), fmt.Sprintf("10.9.0.%d", n), fmt.Sprintf("[%d:%d].test", n, n+1)))
			b.WriteString(pick("", " ansible_host=10.0.0.7", " dc=fra1 rack='7 b'", " dc=\"fra 2\" # no", " ansible_user=x role=web", "   ansible_port=22", " client=own") + "\n" + pick("", "\n", "# no\n", "; no\n"))
		}
	}
	for g := range 4 {
		fmt.Fprintf(&b, "[parent_%d:children]\ngroup_%d\nclient_%d\n[parent_%d:vars]\ndc=p%d\nzone = z # of all\n", g, g, g+4, g, g)
	}
	return strings.NewReplacer("group_", "client_", "parent_", "all_").Replace(b.String())
}

// TestDamagedTablesLoseNothingInSilence: of a damaged table each host is found, or the notes or the error say that something is wrong.
func TestDamagedTablesLoseNothingInSilence(t *testing.T) {
	lines := []string{"Host Name;IP Address;Customer;Notes"}
	for n := range 20 {
		lines = append(lines, fmt.Sprintf("web%d;10.0.0.%d;\"ACME; Inc\";note %d", n, n, n))
	}
	good := strings.Join(lines, "\n") + "\n"
	rapid.Check(t, func(r *rapid.T) {
		data := []byte(good)
		for range rapid.IntRange(1, 3).Draw(r, "changes") {
			at := rapid.IntRange(0, len(data)-1).Draw(r, "at")
			switch rapid.IntRange(0, 4).Draw(r, "change") {
			case 0:
				data = slices.Insert(data, at, rapid.SampledFrom([]byte("\";,\t\n#\xff\x00=")).Draw(r, "byte"))
			case 1:
				data = slices.Delete(data, at, at+1)
			case 2:
				data[at] = rapid.Byte().Draw(r, "byte")
			case 3:
				data = append(data, data[at:]...)
			case 4:
				data = slices.Insert(data, 0, []byte("\xef\xbb\xbf")...)
			}
		}
		hosts, notes, err := found.CSV(data, nil)
		if err == nil && len(notes) == 0 && len(hosts) < strings.Count(string(data), "10.0.0.")-3 {
			r.Fatalf("%d hosts of %d lines, and nothing is said:\n%s", len(hosts), strings.Count(string(data), "\n"), data)
		}
	})
}
