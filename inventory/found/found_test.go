package found_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"opsbot/inventory/found"
	"opsbot/model"
	"opsbot/texts"
)

func folder(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const iniInventory = `# hosts of all
bare.example.com
[client_acme]
web[01:03].example.com ansible_host=10.0.0.1 opsbot_services=reports,store # a comment
db-[a:b] opsbot_tier="gold" rack='7 b' db_password=s3cret

[other]
app1:2222 client="B Corp" ansible_host=10.0.0.9
app[x

[clients:children]
zeta
[zeta:children]
zeta_web
[zeta_web]
z1 ansible_host={{ hidden }}
[zeta_web:vars]
dc = "fra1"   # of all
[all:vars]
env=prod
dc=nowhere
[broken:thing]
x=y
localhost ansible_connection=local
`

const yamlInventory = `
all:
  vars: {env: prod, dc: nowhere}
  hosts:
    bare.example.com:
    localhost: {ansible_connection: local}
  children:
    client_acme:
      hosts:
        web[01:03].example.com: &w
          ansible_host: 10.0.0.1
          opsbot_services: [reports, store]
        db-[a:b]: {opsbot_tier: gold, rack: 7 b, db_password: s3cret}
    other:
      hosts:
        app1:
          client: B Corp
          ansible_host: 10.0.0.9
          secret: !vault |
            $ANSIBLE_VAULT;1.1;AES256
            3031
        "app[x": {}
    clients:
      children:
        zeta:
          children:
            zeta_web:
              vars: {dc: fra1}
              hosts:
                z1: {ansible_host: "{{ hidden }}"}
`

const listInventory = `{"_meta": {"hostvars": {
  "web01.example.com": {"ansible_host": "10.0.0.1", "opsbot_services": ["reports", "store"], "env": "prod", "dc": "nowhere"},
  "z1": {"env": "prod", "dc": "fra1"}}},
 "all": {"children": ["client_acme", "clients", "ungrouped"]}, "client_acme": {"hosts": ["web01.example.com"]},
 "clients": {"children": ["zeta"]}, "zeta": {"hosts": ["z1"]}}`

func wanted() []model.FoundHost {
	prod := model.Labels{"env": "prod", "dc": "nowhere"}
	db := prod.Merged(model.Labels{"rack": "7 b"})
	services := []string{"reports", "store"}
	return []model.FoundHost{
		{Name: "app1", Client: "B Corp", Address: "10.0.0.9", Labels: prod},
		{Name: "app[x", Labels: prod},
		{Name: "bare.example.com", Labels: prod},
		{Name: "db-a", Client: "acme", Tier: "gold", Labels: db},
		{Name: "db-b", Client: "acme", Tier: "gold", Labels: db},
		{Name: "web01.example.com", Client: "acme", Address: "10.0.0.1", Services: services, Labels: prod},
		{Name: "web02.example.com", Client: "acme", Address: "10.0.0.1", Services: services, Labels: prod},
		{Name: "web03.example.com", Client: "acme", Address: "10.0.0.1", Services: services, Labels: prod},
		{Name: "z1", Client: "zeta", Labels: model.Labels{"env": "prod", "dc": "fra1"}},
	}
}

// inEnglish are notes as a person reads them; both languages have them.
func inEnglish(t testing.TB, notes []model.Sentence) []string {
	t.Helper()
	catalog, err := texts.Load()
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, note := range notes {
		said = append(said, catalog.For(texts.English).Sentence(note))
		for _, language := range []string{texts.English, texts.Russian} {
			if words := catalog.For(language).Sentence(note); words == "" || strings.Contains(words, "<no value>") || strings.Contains(words, note.ID) {
				t.Errorf("%s has no text for %s: %q", language, note, words)
			}
		}
	}
	return said
}

func TestAnsible(t *testing.T) {
	for name, row := range map[string]struct {
		file, text string
		want       func([]model.FoundHost) []model.FoundHost
	}{
		"ini":       {"hosts", iniInventory, nil},
		"ini named": {"hosts.ini", iniInventory, nil},
		"yaml":      {"hosts.yml", yamlInventory, nil},
		"unnamed":   {"hosts", yamlInventory, nil},
		"list": {"hosts.json", listInventory, func(all []model.FoundHost) []model.FoundHost {
			return []model.FoundHost{all[5], all[8]}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			got, notes, err := found.Ansible(filepath.Join(folder(t, map[string]string{row.file: row.text}), row.file))
			if err != nil {
				t.Fatal(err)
			}
			want := wanted()
			if row.want != nil {
				want = row.want(want)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s\n%q", diff, notes)
			}
		})
	}
}

// TestAnsibleFolder has the variables in separate files: the nearer one wins, an encrypted one is skipped.
func TestAnsibleFolder(t *testing.T) {
	dir := folder(t, map[string]string{
		"prod.ini":                  "[web]\nweb1 dc=line\nweb2\n[db]\ndb1\n",
		"more.yml":                  "web:\n  hosts:\n    web3:\n",
		"ansible.cfg":               "[defaults]\ninventory = x\n",
		"group_vars/all.yml":        "opsbot_client: acme\ndc: all\nopsbot_labels: {team: core, dc: own}\n",
		"group_vars/web/main.yml":   "dc: web\nansible_host: 10.0.0.5\n",
		"group_vars/web/vault.yml":  "$ANSIBLE_VAULT;1.1;AES256\n3031\n",
		"group_vars/db.yml":         "opsbot_labels:\n  tier: 2\n",
		"host_vars/web1.yml":        "rack: 9\n",
		"host_vars/web2":            "opsbot_client: zeta\n",
		"host_vars/db1.yaml":        "not: [yaml\n",
		"group_vars/../../evil.yml": "dc: evil\n",
	})
	got, notes, err := found.Ansible(dir)
	if err != nil {
		t.Fatal(err)
	}
	want := []model.FoundHost{
		{Name: "db1", Client: "acme", Labels: model.Labels{"dc": "own", "team": "core", "tier": "2"}},
		{Name: "web1", Client: "acme", Address: "10.0.0.5", Labels: model.Labels{"dc": "own", "team": "core", "rack": "9"}},
		{Name: "web2", Client: "zeta", Address: "10.0.0.5", Labels: model.Labels{"dc": "own", "team": "core"}},
		{Name: "web3", Client: "acme", Address: "10.0.0.5", Labels: model.Labels{"dc": "own", "team": "core"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if said := inEnglish(t, notes); len(said) != 1 || !strings.Contains(said[0], "db1.yaml is left out") {
		t.Errorf("notes: %q", said)
	}
}

func TestAnsibleLeavesOutAndSays(t *testing.T) {
	for text, want := range map[string]string{
		"#!/bin/sh\necho": "is a program, and is not run", "$ANSIBLE_VAULT;1.1;AES256\n30": "it is encrypted", "[web\nx\n": "a section has no ]",
		"[a:what]\nx\n": `section "a:what" is left out`, "localhost\n": "localhost is left out", "w[1:600][1:600]\n": "more than 200000 hosts", "w[1:9][1:9]\nw[1:150000]\n": "more than 200000 hosts",
	} {
		_, notes, err := found.Ansible(filepath.Join(folder(t, map[string]string{"hosts": text}), "hosts"))
		if said := inEnglish(t, notes); err != nil || len(said) != 1 || !strings.Contains(said[0], want) {
			t.Errorf("%q: %q, %v; want %q", text, said, err, want)
		}
	}
	for _, text := range []string{"{", "all:\n  - [\n"} {
		if _, _, err := found.Ansible(filepath.Join(folder(t, map[string]string{"hosts.yml": text}), "hosts.yml")); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
	if _, _, err := found.Ansible(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a missing file is accepted")
	}
}

func TestRanges(t *testing.T) {
	for pattern, want := range map[string]string{
		"web1": "web1", "web[1:3]": "web1 web2 web3", "w[08:11:2]": "w08 w10", "[a:c]x[1:2]": "ax1 ax2 bx1 bx2 cx1 cx2", "w[3:1]": "w[3:1]",
		"w[1:999999999]": "w[1:999999999]", "2001:db8::1": "2001:db8::1", "web1:22": "web1", "[2001:db8::1]:22": "2001:db8::1", "[2001:db8::1]": "2001:db8::1", "w[1:2:0]": "w[1:2:0]",
	} {
		hosts, _, err := found.Ansible(filepath.Join(folder(t, map[string]string{"h.ini": "[g]\n" + pattern + "\n"}), "h.ini"))
		var names []string
		for _, h := range hosts {
			names = append(names, h.Name)
		}
		if got := strings.Join(names, " "); err != nil || got != want {
			t.Errorf("%s: %q, want %q (%v)", pattern, got, want, err)
		}
	}
}

// TestYAMLBombsEnd: aliases of aliases, merges of merges, groups that contain each other.
func TestYAMLBombsEnd(t *testing.T) {
	bomb, merge := "a0: &a0 {hosts: {x: {}}}\n", "m0: &m0 {dc: a}\n"
	for i := range 60 {
		b, a := string(rune('0'+i/10))+string(rune('0'+i%10)), string(rune('0'+(i+1)/10))+string(rune('0'+(i+1)%10))
		if i == 0 {
			b = "0"
		}
		bomb += "a" + a + ": &a" + a + " {children: {l: *a" + b + ", r: *a" + b + "}}\n"
		merge += "m" + a + ": &m" + a + " {<<: *m" + b + ", x: {<<: *m" + b + "}, <<: *m" + b + "}\n"
	}
	began := time.Now()
	for _, text := range []string{bomb, merge + "all: {vars: *m60}\n", "a: {children: {b: {}}}\nb: {children: {a: {hosts: {x: {}}}}}\n"} {
		_, _, _ = found.Ansible(filepath.Join(folder(t, map[string]string{"h.yml": text}), "h.yml")) // whatever the result
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestCSV(t *testing.T) {
	text := "\ufeffServer;IP;Customer;Rack;Services;Labels;Empty;Root password\n\"web1\";10.0.0.1/24;ACME Corp;7;reports, store;dc=fra1;;s3cret\n;;x;;;;;\n;;;;;;;\n# no\nweb2;;;\n"
	got, notes, err := found.CSV([]byte(text), map[string]string{"tier": "rack"})
	want := []model.FoundHost{
		{Name: "web1", Address: "10.0.0.1", Client: "ACME Corp", Tier: "7", Services: []string{"reports", "store"}, Labels: model.Labels{"dc": "fra1"}},
		{Name: "web2", Labels: model.Labels{}},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if said := inEnglish(t, notes); len(said) != 2 || said[0] != `column "Root password" is left out: by its title it holds secrets` || said[1] != "line 3 names no host" {
		t.Errorf("notes: %q", said)
	}
	for text, row := range map[string]struct {
		named map[string]string
		want  string
	}{
		"":         {nil, "it is empty"},
		"a,b\n":    {nil, "no column names the host: say which with --map name=COLUMN; there are a, b"},
		"name,b\n": {map[string]string{"client": "c"}, `there is no column "c": there are name, b`},
		"name,c\n": {map[string]string{"owner": "c"}, `there is no field "owner": there are address, aliases, client, labels, name, services, tier`},
	} {
		if _, _, err := found.CSV([]byte(text), row.named); err == nil || !strings.HasPrefix(err.Error(), row.want) {
			t.Errorf("%q: got %v, want %s", text, err, row.want)
		}
	}
}

// check verifies what users of the found hosts rely on.
func check(t *testing.T, hosts []model.FoundHost) {
	t.Helper()
	for _, h := range hosts {
		if h.Name == "" && h.Address == "" {
			t.Fatalf("a host without a name: %+v", h)
		}
	}
}

func FuzzAnsibleINI(f *testing.F) {
	f.Add(iniInventory)
	f.Add("[a:children]\nb\n[b:children]\na\n[b]\nx[1:3] a='\"\n")
	f.Fuzz(func(t *testing.T, text string) { fuzz(t, "h.ini", text) })
}

func FuzzAnsibleYAML(f *testing.F) {
	f.Add(yamlInventory)
	f.Add(listInventory)
	f.Add("a: &a {children: *a}\nb: {<<: *a, hosts: [x, {y: z}]}\n")
	f.Fuzz(func(t *testing.T, text string) { fuzz(t, "h.yml", text) })
}

func fuzz(t *testing.T, name, text string) {
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if hosts, _, err := found.Ansible(path); err == nil {
		check(t, hosts)
	}
}

func FuzzCSV(f *testing.F) {
	f.Add("name,ip\nweb1,10.0.0.1\n")
	f.Fuzz(func(t *testing.T, text string) {
		if hosts, _, err := found.CSV([]byte(text), nil); err == nil {
			check(t, hosts)
		}
	})
}
