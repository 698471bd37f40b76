package moving_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"pgregory.net/rapid"

	"opsbot/model"
	"opsbot/oncall/moving"
	"opsbot/test/golden"
)

// exported is when the exports of the corpus were made.
var exported = time.Date(2026, 2, 1, 12, 0, 0, 0, time.UTC)

// corpus are exports as each program writes them, by kind.
var corpus = map[string][]string{
	moving.PagerDuty: {"pagerduty.json", "pagerduty-users.json"}, moving.Opsgenie: {"opsgenie.json", "opsgenie-users.json"},
	moving.GoAlert: {"goalert.json"}, moving.OnCall: {"oncall-users.json", "oncall-schedules.json", "oncall-shifts.json"},
}

func read(t testing.TB, kind string) []moving.File {
	t.Helper()
	var files []moving.File
	for _, name := range corpus[kind] {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, moving.File{Name: name, Data: data, At: exported})
	}
	return files
}

// TestCorpus: what becomes of each export, and what could not be carried over; in whatever order its files are.
func TestCorpus(t *testing.T) {
	for kind := range corpus {
		files := read(t, kind)
		e, err := moving.Read(kind, files)
		if err != nil {
			t.Errorf("%s: %v", kind, err)
			continue
		}
		o := moving.Options{Kind: kind, Telegram: map[string]model.UserID{"Vera": 44, "vera@example.com": 44, "boris@example.com": 43, "anna": 42}}
		text, unreached := e.TOML(o)
		if len(unreached) > 0 {
			t.Errorf("%s: nobody can reach %v", kind, unreached)
		}
		want0 := map[string]string{moving.PagerDuty: "vera", moving.OnCall: "anna.smith boris vera"}[kind] // the latter knows no phones
		if _, unreached := e.TOML(moving.Options{Kind: kind}); strings.Join(unreached, " ") != want0 {
			t.Errorf("%s: without ids nobody can reach %v", kind, unreached)
		}
		got := string(text) + "\n"
		for _, n := range e.Notes {
			got += "# " + n.Args["schedule"] + ": " + n.Parts["what"].ID + " " + n.Parts["what"].Args["layer"] + "\n"
		}
		golden.Compare(t, filepath.Join("testdata", kind+".golden"), got)
		for i := range files {
			files[0], files[i] = files[i], files[0]
			if again, err := moving.Read(kind, files); err != nil {
				t.Error(err)
			} else if other, _ := again.TOML(o); string(other) != string(text) {
				t.Errorf("%s in another order:\n%s", kind, other)
			}
		}
		if !moving.Owned(text, kind) || moving.Owned(text, kind+"x") || moving.Owned([]byte("[[people]]\n"), kind) {
			t.Errorf("%s does not know its own file", kind)
		}
	}
}

// TestPeopleOfTheConfiguration are not written again, and schedules get a name that is free.
func TestPeopleOfTheConfiguration(t *testing.T) {
	e, err := moving.Read(moving.GoAlert, read(t, moving.GoAlert))
	if err != nil {
		t.Fatal(err)
	}
	text, _ := e.TOML(moving.Options{Kind: moving.GoAlert, People: []moving.Known{{Name: "anna smith"}, {Name: "BORIS"}}, Taken: []string{"WEB-API"}})
	for _, part := range []string{`people = ["vera", "anna smith", "BORIS"]`, `name = "web-api-goalert"`} {
		if !strings.Contains(string(text), part) {
			t.Errorf("no %s in\n%s", part, text)
		}
	}
	if n := strings.Count(string(text), "[[people]]"); n != 1 {
		t.Errorf("%d people in\n%s", n, text)
	}
}

// TestWhatIsNoExport is an error that names the file, whatever it is.
func TestWhatIsNoExport(t *testing.T) {
	for kind := range corpus {
		for _, text := range []string{"", "[]", "{}", "null", "<html>", `{"data":null}`, `{"results":[]}`, `{"schedules":{}}`, `{"data":{"schedules":1}}`} {
			if e, err := moving.Read(kind, []moving.File{{Name: "x.json", Data: []byte(text)}}); err == nil {
				t.Errorf("%s: %q is read as %+v", kind, text, e)
			}
		}
	}
}

// TestDamagedExports: no cut or change of an export ends the program.
func TestDamagedExports(t *testing.T) {
	all := map[string][]moving.File{}
	for kind := range corpus {
		all[kind] = read(t, kind)
	}
	rapid.Check(t, func(r *rapid.T) {
		kind := rapid.SampledFrom([]string{moving.PagerDuty, moving.Opsgenie, moving.GoAlert, moving.OnCall}).Draw(r, "kind")
		files := append([]moving.File(nil), all[kind]...)
		at := rapid.IntRange(0, len(files)-1).Draw(r, "file")
		text := string(files[at].Data)
		old := rapid.SampledFrom([]string{`"`, "1", "2026", "weekly", "[", "user", "id", "0", ":", "Europe/", "true"}).Draw(r, "old")
		text = strings.ReplaceAll(text, old, rapid.SampledFrom([]string{"", "9", "-1", "null", "99999999999", `"x"`, "\\u0000"}).Draw(r, "new"))
		files[at].Data = []byte(text[:rapid.IntRange(0, len(text)).Draw(r, "cut")])
		if rapid.Bool().Draw(r, "whole") {
			files[at].Data = []byte(text)
		}
		if e, err := moving.Read(kind, files); err == nil {
			e.TOML(moving.Options{Kind: kind})
		}
	})
}
